-- Consent, as ISO/IEC TS 27560 records: what was shown, to whom, for what, and what became of it.
CREATE TABLE consent_texts (
    id TEXT NOT NULL PRIMARY KEY,
    service TEXT NOT NULL,
    version TEXT NOT NULL,
    language TEXT NOT NULL,
    text TEXT NOT NULL,
    first_shown_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE consents (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES persons (id),
    given_by TEXT NOT NULL REFERENCES persons (id),
    purpose TEXT NOT NULL,
    service TEXT NOT NULL,
    controller TEXT NOT NULL,
    recipients TEXT NOT NULL,
    text_id TEXT NOT NULL REFERENCES consent_texts (id),
    state TEXT NOT NULL CHECK (state IN ('requested', 'given', 'refused', 'withdrawn', 'expired')),
    withdrawal_hash BLOB NOT NULL UNIQUE,
    requested_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX consents_person ON consents (person_id, purpose);
CREATE INDEX consents_open ON consents (state, expires_at_ms);
CREATE INDEX consents_service ON consents (service, state);

CREATE TABLE consent_events (
    id TEXT NOT NULL PRIMARY KEY,
    consent_id TEXT NOT NULL REFERENCES consents (id),
    kind TEXT NOT NULL CHECK (kind IN ('requested', 'given', 'refused', 'withdrawn', 'expired')),
    actor TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    UNIQUE (consent_id, kind)
) STRICT;
