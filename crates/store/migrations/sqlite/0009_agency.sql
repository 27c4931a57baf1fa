-- Agencies that are told something: where their notices go, and which fields they may receive.
CREATE TABLE agencies (
    id TEXT NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    purpose TEXT NOT NULL,
    fields TEXT NOT NULL,
    -- Why nothing is sent: somebody wanted it, or the agency answered that its endpoint is gone.
    paused_why TEXT CHECK (paused_why IN ('by-hand', 'gone')),
    paused_at_ms INTEGER,
    created_at_ms INTEGER NOT NULL,
    changed_at_ms INTEGER NOT NULL,
    CHECK ((paused_at_ms IS NULL) = (paused_why IS NULL))
) STRICT;

-- What notices to an agency are signed with. While a new secret takes over, both sign.
CREATE TABLE agency_secrets (
    id TEXT NOT NULL PRIMARY KEY,
    agency_id TEXT NOT NULL REFERENCES agencies (id),
    key_id TEXT NOT NULL,
    wrapped BLOB NOT NULL,
    sealed BLOB NOT NULL,
    created_at_ms INTEGER NOT NULL,
    -- From when on it signs no more; NULL for the newest.
    ends_at_ms INTEGER
) STRICT;
CREATE INDEX agency_secrets_agency ON agency_secrets (agency_id, id);

-- When a notice that waits is tried next; `id` is the notice's.
CREATE TABLE notice_deliveries (
    id TEXT NOT NULL PRIMARY KEY REFERENCES notices (id),
    recipient TEXT NOT NULL,
    tries INTEGER NOT NULL,
    begun_at_ms INTEGER,
    next_at_ms INTEGER NOT NULL,
    -- Who is sending it, and until when nobody else does.
    claim TEXT,
    claimed_until_ms INTEGER,
    CHECK ((claim IS NULL) = (claimed_until_ms IS NULL))
) STRICT;
CREATE INDEX notice_deliveries_due ON notice_deliveries (recipient, next_at_ms);
INSERT INTO notice_deliveries (id, recipient, tries, next_at_ms)
    SELECT id, recipient, 0, created_at_ms FROM notices WHERE state = 'waiting';

-- What became of each try: the status of the answer, or why there was none.
CREATE TABLE notice_attempts (
    id TEXT NOT NULL PRIMARY KEY,
    notice_id TEXT NOT NULL REFERENCES notices (id),
    at_ms INTEGER NOT NULL,
    took_ms INTEGER NOT NULL,
    status INTEGER,
    failure TEXT,
    sent_sha256 TEXT,
    answer_sha256 TEXT,
    CHECK (status IS NOT NULL OR failure IS NOT NULL)
) STRICT;
CREATE INDEX notice_attempts_notice ON notice_attempts (notice_id, id);
