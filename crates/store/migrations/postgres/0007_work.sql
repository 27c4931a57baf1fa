-- What the program itself needs to remember between calls; none of it is a record about a person.
CREATE TABLE idempotency (
    id TEXT NOT NULL PRIMARY KEY,
    request_hash BYTEA NOT NULL,
    status BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    at_ms BIGINT NOT NULL
);
CREATE INDEX idempotency_at ON idempotency (at_ms);

CREATE TABLE imports (
    id TEXT NOT NULL PRIMARY KEY,
    operator_id TEXT REFERENCES operators (id),
    source_hash BYTEA NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'finished', 'stopped')),
    rows_total BIGINT NOT NULL,
    rows_done BIGINT NOT NULL,
    rows_rejected BIGINT NOT NULL,
    started_at_ms BIGINT NOT NULL,
    changed_at_ms BIGINT NOT NULL
);

CREATE TABLE import_rejections (
    import_id TEXT NOT NULL REFERENCES imports (id),
    line BIGINT NOT NULL,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (import_id, line)
);

CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    until_ms BIGINT NOT NULL
);
