-- Offices, their stations and the people who work there.
CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE offices (
    id TEXT NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    contacts TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    closed_at_ms BIGINT
);

CREATE TABLE stations (
    id TEXT NOT NULL PRIMARY KEY,
    office_id TEXT NOT NULL REFERENCES offices (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('counter', 'kiosk', 'gate')),
    pairing_hash BYTEA UNIQUE,
    pairing_expires_at_ms BIGINT,
    token_hash BYTEA UNIQUE,
    created_at_ms BIGINT NOT NULL,
    paired_at_ms BIGINT,
    revoked_at_ms BIGINT,
    UNIQUE (office_id, name)
);

CREATE TABLE station_contacts (
    station_id TEXT NOT NULL PRIMARY KEY REFERENCES stations (id),
    seen_at_ms BIGINT NOT NULL
);

CREATE TABLE operators (
    id TEXT NOT NULL PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    office_id TEXT REFERENCES offices (id),
    roles TEXT NOT NULL,
    password_hash TEXT,
    totp_key_id TEXT,
    totp_wrapped BYTEA,
    totp_sealed BYTEA,
    trained_until_ms BIGINT,
    created_at_ms BIGINT NOT NULL,
    disabled_at_ms BIGINT
);

-- Failed sign-ins and the last one-time code; changes too often, and says too little, for the ledger.
CREATE TABLE operator_throttles (
    operator_id TEXT NOT NULL PRIMARY KEY REFERENCES operators (id),
    failures BIGINT NOT NULL,
    locked_until_ms BIGINT NOT NULL,
    totp_step BIGINT NOT NULL
);

CREATE TABLE passkeys (
    id TEXT NOT NULL PRIMARY KEY,
    operator_id TEXT NOT NULL REFERENCES operators (id),
    credential_id BYTEA NOT NULL UNIQUE,
    name TEXT NOT NULL,
    static_state BYTEA NOT NULL,
    created_at_ms BIGINT NOT NULL,
    revoked_at_ms BIGINT
);

CREATE TABLE passkey_states (
    passkey_id TEXT NOT NULL PRIMARY KEY REFERENCES passkeys (id),
    dynamic_state BYTEA NOT NULL,
    used_at_ms BIGINT NOT NULL
);

CREATE TABLE passkey_challenges (
    id TEXT NOT NULL PRIMARY KEY,
    operator_id TEXT REFERENCES operators (id),
    state BYTEA NOT NULL,
    expires_at_ms BIGINT NOT NULL
);

CREATE TABLE invitations (
    id TEXT NOT NULL PRIMARY KEY,
    operator_id TEXT NOT NULL REFERENCES operators (id),
    token_hash BYTEA NOT NULL UNIQUE,
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    used_at_ms BIGINT
);

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    operator_id TEXT NOT NULL REFERENCES operators (id),
    token_hash BYTEA NOT NULL UNIQUE,
    factor TEXT NOT NULL CHECK (factor IN ('passkey', 'password-and-code', 'invitation')),
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    revoked_at_ms BIGINT
);
CREATE INDEX sessions_operator ON sessions (operator_id);

CREATE TABLE session_activity (
    session_id TEXT NOT NULL PRIMARY KEY REFERENCES sessions (id),
    seen_at_ms BIGINT NOT NULL
);
