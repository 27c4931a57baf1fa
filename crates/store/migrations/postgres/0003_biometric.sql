-- Biometric data. No table here holds the id of a person, a consent or a visit, nor a time finer than a day: subject, consent_ref and
-- capture_ref are keyed hashes, and ids are random, so that these tables alone say nothing about who someone is.
CREATE TABLE bio_keys (
    id TEXT NOT NULL PRIMARY KEY,
    subject TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('portrait', 'template', 'frame')),
    purpose TEXT NOT NULL,
    key_id TEXT NOT NULL,
    wrapped BYTEA NOT NULL,
    UNIQUE (subject, kind, purpose)
);
CREATE INDEX bio_keys_key ON bio_keys (key_id);

CREATE TABLE bio_portraits (
    id TEXT NOT NULL PRIMARY KEY,
    subject TEXT NOT NULL,
    taken_on TEXT,
    source TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    quality BIGINT NOT NULL,
    retired_on TEXT
);
CREATE INDEX bio_portraits_subject ON bio_portraits (subject);

CREATE TABLE bio_templates (
    id TEXT NOT NULL PRIMARY KEY,
    subject TEXT NOT NULL,
    purpose TEXT NOT NULL,
    portrait_id TEXT NOT NULL,
    consent_ref TEXT NOT NULL,
    pack TEXT NOT NULL,
    version BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    UNIQUE (portrait_id, purpose, pack)
);
CREATE INDEX bio_templates_subject ON bio_templates (subject, purpose);
CREATE INDEX bio_templates_consent ON bio_templates (consent_ref);

CREATE TABLE bio_frames (
    id TEXT NOT NULL PRIMARY KEY,
    capture_ref TEXT NOT NULL,
    position BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    UNIQUE (capture_ref, position)
);
