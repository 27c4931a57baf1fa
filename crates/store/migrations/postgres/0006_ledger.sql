-- The ledger: one RFC 9162 Merkle tree an office, appended in the transaction of the act.
CREATE TABLE ledger_heads (
    shard TEXT NOT NULL PRIMARY KEY,
    size BIGINT NOT NULL,
    frontier BYTEA NOT NULL
);

-- The columns after `entry` repeat parts of it, for searching; `db check` compares them with it.
CREATE TABLE ledger_entries (
    shard TEXT NOT NULL REFERENCES ledger_heads (shard),
    seq BIGINT NOT NULL,
    leaf BYTEA NOT NULL,
    entry TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    pseudonym TEXT,
    service TEXT,
    visit_id TEXT,
    PRIMARY KEY (shard, seq)
);
CREATE INDEX ledger_entries_pseudonym ON ledger_entries (pseudonym, at_ms);
CREATE INDEX ledger_entries_actor ON ledger_entries (actor, at_ms);
CREATE INDEX ledger_entries_visit ON ledger_entries (visit_id);

CREATE TABLE ledger_nodes (
    shard TEXT NOT NULL,
    level BIGINT NOT NULL,
    position BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (shard, level, position)
);

CREATE TABLE ledger_checkpoints (
    shard TEXT NOT NULL,
    size BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (shard, size)
);

-- Signed roots over the checkpoints of all shards.
CREATE TABLE ledger_roots (
    seq BIGINT NOT NULL PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    shards TEXT NOT NULL,
    note TEXT NOT NULL
);
