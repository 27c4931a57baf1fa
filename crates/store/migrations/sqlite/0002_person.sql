-- The register: who is in it. Nothing here is biometric, and nothing that tells who someone is stands in the clear.
CREATE TABLE persons (
    id TEXT NOT NULL PRIMARY KEY,
    pseudonym TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('active', 'locked', 'moved', 'deceased', 'erased')),
    key_id TEXT NOT NULL,
    wrapped BLOB NOT NULL,
    sealed BLOB NOT NULL,
    number_key_id TEXT NOT NULL,
    number_hash BLOB NOT NULL UNIQUE,
    portrait_exception TEXT,
    created_at_ms INTEGER NOT NULL,
    changed_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX persons_number_key ON persons (number_key_id);
CREATE INDEX persons_key ON persons (key_id);

CREATE TABLE life_events (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES persons (id),
    kind TEXT NOT NULL CHECK (kind IN ('locked', 'unlocked', 'moved', 'returned', 'deceased', 'renamed', 'corrected', 'portrait-exception', 'portrait-exception-ended')),
    operator_id TEXT REFERENCES operators (id),
    at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX life_events_person ON life_events (person_id);

CREATE TABLE guardians (
    id TEXT NOT NULL PRIMARY KEY,
    child_id TEXT NOT NULL REFERENCES persons (id),
    guardian_id TEXT NOT NULL REFERENCES persons (id),
    ground TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    ended_at_ms INTEGER
) STRICT;
CREATE INDEX guardians_child ON guardians (child_id);
CREATE INDEX guardians_guardian ON guardians (guardian_id);
