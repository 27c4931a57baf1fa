-- What the program itself needs to remember between calls; none of it is a record about a person.
CREATE TABLE idempotency (
    id TEXT NOT NULL PRIMARY KEY,
    request_hash BLOB NOT NULL,
    status INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX idempotency_at ON idempotency (at_ms);

CREATE TABLE imports (
    id TEXT NOT NULL PRIMARY KEY,
    operator_id TEXT REFERENCES operators (id),
    source_hash BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'finished', 'stopped')),
    rows_total INTEGER NOT NULL,
    rows_done INTEGER NOT NULL,
    rows_rejected INTEGER NOT NULL,
    started_at_ms INTEGER NOT NULL,
    changed_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE import_rejections (
    import_id TEXT NOT NULL REFERENCES imports (id),
    line INTEGER NOT NULL,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (import_id, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    until_ms INTEGER NOT NULL
) STRICT;
