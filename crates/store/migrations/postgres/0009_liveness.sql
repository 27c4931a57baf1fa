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
    -- What was found wrong with the way in which pictures came.
    findings TEXT NOT NULL,
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
