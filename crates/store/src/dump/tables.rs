//! Every table with its columns, in an order in which each comes after those that it refers to. A test compares the list with the database.

use crate::error::Result;
use crate::row::Value;
use crate::tx::{Statement, Tx};
use sqlx::any::AnyRow;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    Integer,
    Text,
    Bytes,
}

/// A table and its statements.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [(&'static str, Holds)],
    /// Columns of the primary key.
    key: &'static [&'static str],
    /// Rows that are read at once: few where they are large.
    page: i64,
    pub(crate) count: &'static str,
    first: &'static str,
    next: &'static str,
    pub(crate) insert: &'static str,
}

impl Stored {
    /// The table with this name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|table| table.name == name)
    }

    /// The next rows after `last`, in the order of the primary key.
    pub(crate) async fn page(&self, tx: &mut Tx, last: Option<&AnyRow>) -> Result<Vec<AnyRow>> {
        let Some(last) = last else { return tx.rows(sqlx::query(self.first).bind(self.page)).await };
        let mut statement = sqlx::query(self.next);
        for (index, (name, holds)) in self.columns.iter().enumerate() {
            if self.key.contains(name) {
                statement = bind(statement, *holds, crate::row::value(last, index)?);
            }
        }
        tx.rows(statement.bind(self.page)).await
    }

    /// Number of rows.
    pub(crate) async fn rows(&self, tx: &mut Tx) -> Result<u64> {
        let (rows,): (i64,) = tx.one(sqlx::query(self.count)).await?;
        Ok(rows as u64)
    }
}

/// Binds a value; a null takes the type of its column, which PostgreSQL insists on.
pub(crate) fn bind(statement: Statement<'_>, holds: Holds, value: Value) -> Statement<'_> {
    match (value, holds) {
        (Value::Integer(number), _) => statement.bind(number),
        (Value::Text(text), _) => statement.bind(text),
        (Value::Bytes(bytes), _) => statement.bind(bytes),
        (Value::Null, Holds::Integer) => statement.bind(None::<i64>),
        (Value::Null, Holds::Text) => statement.bind(None::<String>),
        (Value::Null, Holds::Bytes) => statement.bind(None::<Vec<u8>>),
    }
}

macro_rules! after {
    ($a:ident) => {
        concat!(stringify!($a), " > $1 ORDER BY ", stringify!($a), " LIMIT $2")
    };
    ($a:ident $b:ident) => {
        concat!("(", list!($a $b), ") > ($1, $2) ORDER BY ", list!($a $b), " LIMIT $3")
    };
    ($a:ident $b:ident $c:ident) => {
        concat!("(", list!($a $b $c), ") > ($1, $2, $3) ORDER BY ", list!($a $b $c), " LIMIT $4")
    };
}

macro_rules! list {
    ($first:ident $($other:ident)*) => { concat!(stringify!($first) $(, ", ", stringify!($other))*) };
}

macro_rules! tables {
    ($($table:ident by $($key:ident)+, $page:literal: 1 $first:ident $first_holds:ident $(, $number:literal $column:ident $holds:ident)*;)+) => {
        /// All tables but the list of migrations.
        pub(crate) const ALL: &[Stored] = &[$(Stored {
            name: stringify!($table),
            columns: &[(stringify!($first), Holds::$first_holds) $(, (stringify!($column), Holds::$holds))*],
            key: &[$(stringify!($key)),+],
            page: $page,
            count: concat!("SELECT COUNT(*) FROM ", stringify!($table)),
            first: concat!(
                "SELECT ", list!($first $($column)*), " FROM ", stringify!($table), " ORDER BY ", list!($($key)+), " LIMIT $1"
            ),
            next: concat!("SELECT ", list!($first $($column)*), " FROM ", stringify!($table), " WHERE ", after!($($key)+)),
            insert: concat!(
                "INSERT INTO ", stringify!($table), " (", list!($first $($column)*), ") VALUES ($1", $(", $", $number,)* ")"
            ),
        },)+];
    };
}

#[rustfmt::skip]
tables! {
    meta by key, 500: 1 key Text, 2 value Text;
    offices by id, 500: 1 id Text, 2 code Text, 3 name Text, 4 contacts Text, 5 created_at_ms Integer,
        6 closed_at_ms Integer;
    stations by id, 500: 1 id Text, 2 office_id Text, 3 name Text, 4 kind Text, 5 pairing_hash Bytes,
        6 pairing_expires_at_ms Integer, 7 token_hash Bytes, 8 created_at_ms Integer, 9 paired_at_ms Integer,
        10 revoked_at_ms Integer;
    station_contacts by station_id, 500: 1 station_id Text, 2 seen_at_ms Integer;
    operators by id, 500: 1 id Text, 2 login Text, 3 name Text, 4 office_id Text, 5 roles Text, 6 password_hash Text,
        7 totp_key_id Text, 8 totp_wrapped Bytes, 9 totp_sealed Bytes, 10 trained_until_ms Integer,
        11 created_at_ms Integer, 12 disabled_at_ms Integer;
    operator_throttles by operator_id, 500: 1 operator_id Text, 2 failures Integer, 3 locked_until_ms Integer,
        4 totp_step Integer;
    passkeys by id, 500: 1 id Text, 2 operator_id Text, 3 credential_id Bytes, 4 name Text, 5 static_state Bytes,
        6 created_at_ms Integer, 7 revoked_at_ms Integer;
    passkey_states by passkey_id, 500: 1 passkey_id Text, 2 dynamic_state Bytes, 3 used_at_ms Integer;
    passkey_challenges by id, 500: 1 id Text, 2 operator_id Text, 3 state Bytes, 4 expires_at_ms Integer;
    invitations by id, 500: 1 id Text, 2 operator_id Text, 3 token_hash Bytes, 4 created_at_ms Integer,
        5 expires_at_ms Integer, 6 used_at_ms Integer;
    sessions by id, 500: 1 id Text, 2 operator_id Text, 3 token_hash Bytes, 4 factor Text, 5 created_at_ms Integer,
        6 expires_at_ms Integer, 7 revoked_at_ms Integer;
    session_activity by session_id, 500: 1 session_id Text, 2 seen_at_ms Integer;
    persons by id, 500: 1 id Text, 2 pseudonym Text, 3 state Text, 4 key_id Text, 5 wrapped Bytes, 6 sealed Bytes,
        7 number_key_id Text, 8 number_hash Bytes, 9 portrait_exception Text, 10 created_at_ms Integer,
        11 changed_at_ms Integer;
    life_events by id, 500: 1 id Text, 2 person_id Text, 3 kind Text, 4 operator_id Text, 5 at_ms Integer;
    guardians by id, 500: 1 id Text, 2 child_id Text, 3 guardian_id Text, 4 ground Text, 5 since_ms Integer,
        6 until_ms Integer, 7 ended_at_ms Integer;
    bio_keys by id, 500: 1 id Text, 2 subject Text, 3 kind Text, 4 purpose Text, 5 key_id Text, 6 wrapped Bytes;
    bio_portraits by id, 16: 1 id Text, 2 subject Text, 3 taken_on Text, 4 source Text, 5 sealed Bytes,
        6 quality Integer, 7 retired_on Text;
    bio_templates by id, 64: 1 id Text, 2 subject Text, 3 purpose Text, 4 portrait_id Text, 5 consent_ref Text,
        6 pack Text, 7 version Integer, 8 sealed Bytes;
    bio_frames by id, 16: 1 id Text, 2 capture_ref Text, 3 position Integer, 4 sealed Bytes;
    bio_films by id, 16: 1 id Text, 2 capture_ref Text, 3 position Integer, 4 sealed Bytes;
    consent_texts by id, 500: 1 id Text, 2 service Text, 3 version Text, 4 language Text, 5 text Text,
        6 first_shown_at_ms Integer;
    consents by id, 500: 1 id Text, 2 person_id Text, 3 given_by Text, 4 purpose Text, 5 service Text,
        6 controller Text, 7 recipients Text, 8 text_id Text, 9 state Text, 10 withdrawal_hash Bytes,
        11 requested_at_ms Integer, 12 expires_at_ms Integer;
    consent_events by id, 500: 1 id Text, 2 consent_id Text, 3 kind Text, 4 actor Text, 5 at_ms Integer;
    visits by id, 500: 1 id Text, 2 office_id Text, 3 station_id Text, 4 service Text, 5 service_version Text,
        6 variant Text, 7 channel Text, 8 state Text, 9 opened_by Text, 10 opened_at_ms Integer,
        11 expires_at_ms Integer, 12 closed_at_ms Integer, 13 revision Integer;
    visit_persons by id, 500: 1 id Text, 2 visit_id Text, 3 position Integer, 4 role Text, 5 person_id Text,
        6 consent_id Text, 7 state Text;
    captures by id, 500: 1 id Text, 2 visit_person_id Text, 3 consent_id Text, 4 station_id Text, 5 nonce_hash Bytes,
        6 opened_at_ms Integer, 7 expires_at_ms Integer, 8 used_at_ms Integer, 9 held_until_ms Integer,
        10 ended_at_ms Integer;
    films by id, 500: 1 id Text, 2 capture_id Text, 3 page_key Bytes, 4 way Text, 5 challenge Text,
        6 challenged_at_ms Integer, 7 pieces Integer, 8 last_hash Bytes;
    evidences by id, 32: 1 id Text, 2 visit_person_id Text, 3 capture_id Text, 4 key_id Text, 5 wrapped Bytes,
        6 sealed Bytes, 7 made_at_ms Integer, 8 opened_at_ms Integer;
    judgements by id, 500: 1 id Text, 2 visit_person_id Text, 3 evidence_id Text, 4 operator_id Text, 5 answer Text,
        6 at_ms Integer;
    outcomes by id, 500: 1 id Text, 2 visit_id Text, 3 kind Text, 4 reason Text, 5 operator_id Text,
        6 second_operator_id Text, 7 at_ms Integer;
    incidents by id, 500: 1 id Text, 2 visit_id Text, 3 visit_person_id Text, 4 office_id Text, 5 reason Text,
        6 state Text, 7 reported_by Text, 8 reported_at_ms Integer, 9 seconded_by Text, 10 seconded_at_ms Integer,
        11 finding Text, 12 closed_by Text, 13 closed_at_ms Integer;
    notices by id, 500: 1 id Text, 2 office_id Text, 3 visit_id Text, 4 incident_id Text, 5 recipient Text,
        6 kind Text, 7 state Text, 8 body Text, 9 created_at_ms Integer, 10 changed_at_ms Integer;
    agencies by id, 500: 1 id Text, 2 code Text, 3 name Text, 4 endpoint Text, 5 purpose Text, 6 fields Text,
        7 paused_why Text, 8 paused_at_ms Integer, 9 created_at_ms Integer, 10 changed_at_ms Integer;
    agency_secrets by id, 500: 1 id Text, 2 agency_id Text, 3 key_id Text, 4 wrapped Bytes, 5 sealed Bytes,
        6 created_at_ms Integer, 7 ends_at_ms Integer;
    notice_deliveries by id, 500: 1 id Text, 2 recipient Text, 3 tries Integer, 4 begun_at_ms Integer,
        5 next_at_ms Integer, 6 claim Text, 7 claimed_until_ms Integer;
    notice_attempts by id, 500: 1 id Text, 2 notice_id Text, 3 at_ms Integer, 4 took_ms Integer, 5 status Integer,
        6 failure Text, 7 sent_sha256 Text, 8 answer_sha256 Text;
    attempts by id, 500: 1 id Text, 2 person_id Text, 3 purpose Text, 4 consecutive Integer, 5 total Integer,
        6 blocked_until_ms Integer;
    source_attempts by source, 500: 1 source Bytes, 2 consecutive Integer, 3 total Integer, 4 blocked_until_ms Integer,
        5 via Bytes, 6 forget_at_ms Integer;
    station_alarms by id, 500: 1 id Text, 2 office_id Text, 3 station_id Text, 4 attacks Integer, 5 raised_at_ms Integer,
        6 finding Text, 7 closed_by Text, 8 closed_at_ms Integer;
    ledger_heads by shard, 500: 1 shard Text, 2 size Integer, 3 frontier Bytes;
    ledger_entries by shard seq, 500: 1 shard Text, 2 seq Integer, 3 leaf Bytes, 4 entry Text, 5 at_ms Integer,
        6 kind Text, 7 actor Text, 8 pseudonym Text, 9 service Text, 10 visit_id Text;
    ledger_nodes by shard level position, 500: 1 shard Text, 2 level Integer, 3 position Integer, 4 hash Bytes;
    ledger_checkpoints by shard size, 500: 1 shard Text, 2 size Integer, 3 at_ms Integer, 4 note Text;
    ledger_roots by seq, 500: 1 seq Integer, 2 at_ms Integer, 3 shards Text, 4 note Text;
    idempotency by id, 500: 1 id Text, 2 request_hash Bytes, 3 status Integer, 4 sealed Bytes, 5 at_ms Integer;
    imports by id, 500: 1 id Text, 2 operator_id Text, 3 source_hash Bytes, 4 state Text, 5 rows_total Integer,
        6 rows_done Integer, 7 rows_rejected Integer, 8 started_at_ms Integer, 9 changed_at_ms Integer;
    import_rejections by import_id line, 500: 1 import_id Text, 2 line Integer, 3 code Text, 4 detail Text;
    leases by name, 500: 1 name Text, 2 holder Text, 3 until_ms Integer;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_what_they_should_be() {
        let stations = Stored::named("station_contacts").unwrap();
        assert_eq!(stations.insert, "INSERT INTO station_contacts (station_id, seen_at_ms) VALUES ($1, $2)");
        let nodes = Stored::named("ledger_nodes").unwrap();
        let next = "SELECT shard, level, position, hash FROM ledger_nodes WHERE (shard, level, position) > ($1, $2, $3) \
                    ORDER BY shard, level, position LIMIT $4";
        assert_eq!(nodes.next, next);
    }

    #[test]
    fn placeholders_are_numbered_without_gaps() {
        for table in ALL {
            let numbers: Vec<String> = (1..=table.columns.len()).map(|number| format!("${number}")).collect();
            assert!(table.insert.ends_with(&format!("VALUES ({})", numbers.join(", "))), "{}", table.insert);
            // The statement for the next page binds the key in the order of the columns.
            let order: Vec<&str> =
                table.columns.iter().map(|(name, _)| *name).filter(|name| table.key.contains(name)).collect();
            assert_eq!(order, table.key, "{}", table.name);
        }
    }
}
