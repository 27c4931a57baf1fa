-- Offices, their stations and the people who work there.
CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE offices (
    id TEXT NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    contacts TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    closed_at_ms INTEGER
) STRICT;

CREATE TABLE stations (
    id TEXT NOT NULL PRIMARY KEY,
    office_id TEXT NOT NULL REFERENCES offices (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('counter', 'kiosk', 'gate')),
    pairing_hash BLOB UNIQUE,
    pairing_expires_at_ms INTEGER,
    token_hash BLOB UNIQUE,
    created_at_ms INTEGER NOT NULL,
    paired_at_ms INTEGER,
    revoked_at_ms INTEGER,
    UNIQUE (office_id, name)
) STRICT;

CREATE TABLE station_contacts (
    station_id TEXT NOT NULL PRIMARY KEY REFERENCES stations (id),
    seen_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE operators (
    id TEXT NOT NULL PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    office_id TEXT REFERENCES offices (id),
    roles TEXT NOT NULL,
    password_hash TEXT,
    totp_key_id TEXT,
    totp_wrapped BLOB,
    totp_sealed BLOB,
    trained_until_ms INTEGER,
    created_at_ms INTEGER NOT NULL,
    disabled_at_ms INTEGER
) STRICT;

-- Failed sign-ins and the last one-time code; changes too often, and says too little, for the ledger.
CREATE TABLE operator_throttles (
    operator_id TEXT NOT NULL PRIMARY KEY REFERENCES operators (id),
    failures INTEGER NOT NULL,
    locked_until_ms INTEGER NOT NULL,
    totp_step INTEGER NOT NULL
) STRICT;

CREATE TABLE passkeys (
    id TEXT NOT NULL PRIMARY KEY,
    operator_id TEXT NOT NULL REFERENCES operators (id),
    credential_id BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    static_state BLOB NOT NULL,
    created_at_ms INTEGER NOT NULL,
    revoked_at_ms INTEGER
) STRICT;

CREATE TABLE passkey_states (
    passkey_id TEXT NOT NULL PRIMARY KEY REFERENCES passkeys (id),
    dynamic_state BLOB NOT NULL,
    used_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE passkey_challenges (
    id TEXT NOT NULL PRIMARY KEY,
    operator_id TEXT REFERENCES operators (id),
    state BLOB NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE invitations (
    id TEXT NOT NULL PRIMARY KEY,
    operator_id TEXT NOT NULL REFERENCES operators (id),
    token_hash BLOB NOT NULL UNIQUE,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    used_at_ms INTEGER
) STRICT;

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    operator_id TEXT NOT NULL REFERENCES operators (id),
    token_hash BLOB NOT NULL UNIQUE,
    factor TEXT NOT NULL CHECK (factor IN ('passkey', 'password-and-code', 'invitation')),
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    revoked_at_ms INTEGER
) STRICT;
CREATE INDEX sessions_operator ON sessions (operator_id);

CREATE TABLE session_activity (
    session_id TEXT NOT NULL PRIMARY KEY REFERENCES sessions (id),
    seen_at_ms INTEGER NOT NULL
) STRICT;
