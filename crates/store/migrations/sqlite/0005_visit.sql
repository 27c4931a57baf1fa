-- Visits: one run of a service by one or two persons, from the first word to the outcome.
CREATE TABLE visits (
    id TEXT NOT NULL PRIMARY KEY,
    office_id TEXT NOT NULL REFERENCES offices (id),
    station_id TEXT REFERENCES stations (id),
    service TEXT NOT NULL,
    service_version TEXT NOT NULL,
    variant TEXT NOT NULL,
    channel TEXT NOT NULL,
    state TEXT NOT NULL,
    opened_by TEXT NOT NULL REFERENCES operators (id),
    opened_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    closed_at_ms INTEGER,
    revision INTEGER NOT NULL
) STRICT;
CREATE INDEX visits_office ON visits (office_id, opened_at_ms);
CREATE INDEX visits_open ON visits (closed_at_ms, expires_at_ms);
CREATE INDEX visits_service ON visits (service, closed_at_ms);

CREATE TABLE visit_persons (
    id TEXT NOT NULL PRIMARY KEY,
    visit_id TEXT NOT NULL REFERENCES visits (id),
    position INTEGER NOT NULL,
    role TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES persons (id),
    consent_id TEXT REFERENCES consents (id),
    state TEXT NOT NULL,
    UNIQUE (visit_id, position),
    UNIQUE (visit_id, person_id)
) STRICT;
CREATE INDEX visit_persons_person ON visit_persons (person_id);
CREATE INDEX visit_persons_consent ON visit_persons (consent_id);

CREATE TABLE captures (
    id TEXT NOT NULL PRIMARY KEY,
    visit_person_id TEXT NOT NULL REFERENCES visit_persons (id),
    consent_id TEXT NOT NULL REFERENCES consents (id),
    station_id TEXT NOT NULL REFERENCES stations (id),
    nonce_hash BLOB NOT NULL UNIQUE,
    opened_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    used_at_ms INTEGER,
    -- Until when a second operator may look at the pictures of a reported person, whatever time the consent has left.
    held_until_ms INTEGER,
    ended_at_ms INTEGER
) STRICT;
CREATE INDEX captures_visit_person ON captures (visit_person_id);
CREATE INDEX captures_consent ON captures (consent_id);
CREATE INDEX captures_open ON captures (ended_at_ms, expires_at_ms);

CREATE TABLE evidences (
    id TEXT NOT NULL PRIMARY KEY,
    visit_person_id TEXT NOT NULL REFERENCES visit_persons (id),
    capture_id TEXT NOT NULL REFERENCES captures (id),
    key_id TEXT NOT NULL,
    wrapped BLOB NOT NULL,
    sealed BLOB NOT NULL,
    made_at_ms INTEGER NOT NULL,
    opened_at_ms INTEGER,
    UNIQUE (capture_id)
) STRICT;
CREATE INDEX evidences_visit_person ON evidences (visit_person_id);
CREATE INDEX evidences_key ON evidences (key_id);

CREATE TABLE judgements (
    id TEXT NOT NULL PRIMARY KEY,
    visit_person_id TEXT NOT NULL REFERENCES visit_persons (id),
    evidence_id TEXT NOT NULL REFERENCES evidences (id),
    operator_id TEXT NOT NULL REFERENCES operators (id),
    answer TEXT NOT NULL CHECK (answer IN ('same', 'different', 'cannot-say')),
    at_ms INTEGER NOT NULL,
    UNIQUE (evidence_id, operator_id)
) STRICT;
CREATE INDEX judgements_visit_person ON judgements (visit_person_id);

CREATE TABLE outcomes (
    id TEXT NOT NULL PRIMARY KEY,
    visit_id TEXT NOT NULL UNIQUE REFERENCES visits (id),
    kind TEXT NOT NULL,
    reason TEXT,
    operator_id TEXT REFERENCES operators (id),
    second_operator_id TEXT REFERENCES operators (id),
    at_ms INTEGER NOT NULL,
    CHECK (kind <> 'suspected-impersonation' OR (second_operator_id IS NOT NULL AND reason IS NOT NULL AND second_operator_id <> operator_id))
) STRICT;

CREATE TABLE incidents (
    id TEXT NOT NULL PRIMARY KEY,
    visit_id TEXT NOT NULL REFERENCES visits (id),
    visit_person_id TEXT NOT NULL REFERENCES visit_persons (id),
    office_id TEXT NOT NULL REFERENCES offices (id),
    reason TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('reported', 'confirmed', 'dismissed', 'lapsed', 'closed')),
    reported_by TEXT NOT NULL REFERENCES operators (id),
    reported_at_ms INTEGER NOT NULL,
    seconded_by TEXT REFERENCES operators (id),
    seconded_at_ms INTEGER,
    finding TEXT,
    closed_by TEXT REFERENCES operators (id),
    closed_at_ms INTEGER,
    CHECK (seconded_by IS NULL OR seconded_by <> reported_by),
    CHECK (closed_by IS NULL OR closed_by <> reported_by),
    CHECK ((state = 'closed') = (closed_at_ms IS NOT NULL)),
    CHECK (closed_at_ms IS NULL OR (closed_by IS NOT NULL AND finding IS NOT NULL))
) STRICT;
CREATE INDEX incidents_office ON incidents (office_id, reported_at_ms);
CREATE INDEX incidents_visit ON incidents (visit_id);
CREATE INDEX incidents_visit_person ON incidents (visit_person_id);

CREATE TABLE notices (
    id TEXT NOT NULL PRIMARY KEY,
    office_id TEXT NOT NULL REFERENCES offices (id),
    visit_id TEXT REFERENCES visits (id),
    incident_id TEXT REFERENCES incidents (id),
    recipient TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'acknowledged', 'failed')),
    body TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    changed_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX notices_state ON notices (state, created_at_ms);
CREATE INDEX notices_office ON notices (office_id, id);
CREATE INDEX notices_visit ON notices (visit_id);
CREATE INDEX notices_incident ON notices (incident_id);

-- Failed comparisons of one person for one purpose: the limits of NIST SP 800-63B §3.2.3.
CREATE TABLE attempts (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES persons (id),
    purpose TEXT NOT NULL,
    consecutive INTEGER NOT NULL,
    total INTEGER NOT NULL,
    blocked_until_ms INTEGER,
    UNIQUE (person_id, purpose)
) STRICT;
