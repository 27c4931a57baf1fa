-- Films: the small pictures of a capture that show that a person is there. One row a capture that a page signs for.
CREATE TABLE films (
    id TEXT NOT NULL PRIMARY KEY,
    capture_id TEXT NOT NULL UNIQUE REFERENCES captures (id),
    -- The page's public key: a point of P-256, uncompressed.
    page_key BYTEA NOT NULL,
    -- What the person can do, and what is asked, as the service wrote it; asked once the camera has started.
    way TEXT NOT NULL,
    challenge TEXT,
    challenged_at_ms BIGINT,
    -- How many pieces came, and the hash of what the page signed last.
    pieces BIGINT NOT NULL,
    last_hash BYTEA NOT NULL
);

-- What was measured in the pictures of one request.
CREATE TABLE bio_films (
    id TEXT NOT NULL PRIMARY KEY,
    capture_ref TEXT NOT NULL,
    position BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    UNIQUE (capture_ref, position)
);

-- Failed captures by where they came from, a station or a network address, each by its keyed hash; forgotten a day after the last.
CREATE TABLE source_attempts (
    source BYTEA NOT NULL PRIMARY KEY,
    consecutive BIGINT NOT NULL,
    total BIGINT NOT NULL,
    blocked_until_ms BIGINT,
    -- Of a station: the address from which its latest camera was opened.
    via BYTEA,
    forget_at_ms BIGINT NOT NULL
);
CREATE INDEX source_attempts_forget ON source_attempts (forget_at_ms);

-- Several attacks on the liveness check at one station: the office is asked to look.
CREATE TABLE station_alarms (
    id TEXT NOT NULL PRIMARY KEY,
    office_id TEXT NOT NULL REFERENCES offices (id),
    station_id TEXT NOT NULL REFERENCES stations (id),
    attacks BIGINT NOT NULL,
    raised_at_ms BIGINT NOT NULL,
    finding TEXT,
    closed_by TEXT REFERENCES operators (id),
    closed_at_ms BIGINT,
    CHECK ((closed_at_ms IS NULL) = (closed_by IS NULL)),
    CHECK ((closed_at_ms IS NULL) = (finding IS NULL))
);
CREATE INDEX station_alarms_office ON station_alarms (office_id, id);
CREATE INDEX station_alarms_station ON station_alarms (station_id, raised_at_ms);
