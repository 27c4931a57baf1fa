//! The keys over all records: every column that a key has to do with, found in the live schema; rotation of each, and when the old key may go.
#![expect(clippy::unwrap_used, reason = "a step of a test that fails is the test's failure")]

use seal::keys::{Domain, FileRing, HashUse, KeyId, KeyRing as _, Rotate, Usage};
use sqlx::AssertSqlSafe;
use std::collections::{BTreeMap, BTreeSet};
use store::check::Depth;
use store::db::Dialect;
use store::ledger::{Act, Actor, Kind, Shard};
use store::operator::credential;
use store::person::PersonData;
use store::{Code, Error, Means, person, rotation, template};
use testkit::SeededRandom;
use testkit::store::{Database, databases};
use testkit::town::{self, Town};

const PURPOSE: &str = "household.identity-card";
const DAY: &str = "2026-11-22";

/// What the bytes of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    /// A data key that a key of the ring wraps; beside it stands the column that names it.
    Wrapped,
    /// What a wrapped data key seals: untouched by a rotation.
    Sealed,
    /// A keyed hash that a rotation makes anew.
    Hashed,
    /// Nothing that a rotation has to do with.
    Apart,
}

/// Every column of bytes in the schema. A new one fails the test until it is written down here, and rotated if it needs it.
const COLUMNS: &[(&str, &str, Holds)] = &[
    ("persons", "wrapped", Holds::Wrapped),
    ("persons", "sealed", Holds::Sealed),
    ("persons", "number_hash", Holds::Hashed),
    ("operators", "totp_wrapped", Holds::Wrapped),
    ("operators", "totp_sealed", Holds::Sealed),
    ("agency_secrets", "wrapped", Holds::Wrapped),
    ("agency_secrets", "sealed", Holds::Sealed),
    ("bio_keys", "wrapped", Holds::Wrapped),
    ("bio_portraits", "sealed", Holds::Sealed),
    ("bio_templates", "sealed", Holds::Sealed),
    ("bio_frames", "sealed", Holds::Sealed),
    ("bio_films", "sealed", Holds::Sealed),
    ("evidences", "wrapped", Holds::Wrapped),
    ("evidences", "sealed", Holds::Sealed),
    // Sealed with a key that is made from the client's own, for a day.
    ("idempotency", "sealed", Holds::Apart),
    // Keyed hashes of what lives for minutes or is held by others, by a key that has no second one.
    ("stations", "pairing_hash", Holds::Apart),
    ("stations", "token_hash", Holds::Apart),
    ("invitations", "token_hash", Holds::Apart),
    ("sessions", "token_hash", Holds::Apart),
    ("consents", "withdrawal_hash", Holds::Apart),
    ("captures", "nonce_hash", Holds::Apart),
    // A page's public key and a hash of what it signed, for three minutes.
    // Keyed hashes of a station and of a network address, for a day.
    ("source_attempts", "source", Holds::Apart),
    ("source_attempts", "via", Holds::Apart),
    ("films", "page_key", Holds::Apart),
    ("films", "last_hash", Holds::Apart),
    ("idempotency", "request_hash", Holds::Apart),
    // Public keys and counters of authenticators, open challenges.
    ("passkeys", "credential_id", Holds::Apart),
    ("passkeys", "static_state", Holds::Apart),
    ("passkey_states", "dynamic_state", Holds::Apart),
    ("passkey_challenges", "state", Holds::Apart),
    // A hash of a file, and hashes of the ledger.
    ("imports", "source_hash", Holds::Apart),
    ("ledger_heads", "frontier", Holds::Apart),
    ("ledger_entries", "leaf", Holds::Apart),
    ("ledger_nodes", "hash", Holds::Apart),
];

/// A filled database, and a ring with a new key of everything that can be renewed.
struct Rotated {
    db: Database,
    town: Town,
    old: FileRing,
    new: FileRing,
    random: SeededRandom,
}

impl Rotated {
    async fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for db in databases().await {
            let (old, mut new, random) = (testkit::ring(), testkit::ring(), SeededRandom::new(1));
            let town = town::build(&db, &Means { now: town::morning(), random: &random, ring: &old }).await.unwrap();
            new.rotate(&Rotate::Domains(Domain::ALL.to_vec()), DAY, &random).unwrap();
            new.rotate(&Rotate::Number, DAY, &random).unwrap();
            all.push(Self { db, town, old, new, random });
        }
        all
    }

    fn means<'a>(&'a self, ring: &'a FileRing) -> Means<'a> {
        Means { now: town::morning() + jiff::SignedDuration::from_mins(20), random: &self.random, ring }
    }

    async fn keep(&self, ring: &FileRing, tx: store::Tx) {
        town::note(tx, &self.means(ring), Act::new(Kind::KeysRotated, Shard::Register, &Actor::System)).await.unwrap();
    }

    /// Wraps and hashes everything again.
    async fn finish(&self) {
        let mut tx = self.db.write().await.unwrap();
        for domain in Domain::ALL {
            while rotation::rewrap_batch(&mut tx, &self.means(&self.new), domain, 2).await.unwrap() > 0 {}
        }
        while rotation::renumber_batch(&mut tx, &self.means(&self.new), 2).await.unwrap() > 0 {}
        self.keep(&self.new, tx).await;
    }

    async fn retire(&self, key: &KeyId) -> Result<(), Error> {
        let mut tx = self.db.write().await.unwrap();
        rotation::retire(&mut tx, (key, self.new.usage(key).unwrap())).await?;
        self.keep(&self.new, tx).await;
        Ok(())
    }

    /// The keys of the old ring that have a successor.
    fn left(&self) -> Vec<KeyId> {
        let mut keys: Vec<KeyId> = Domain::ALL.iter().map(|&domain| self.old.current(domain)).collect();
        keys.push(self.old.hashes(HashUse::Number, &[])[0].0.clone());
        keys
    }

    async fn is_in_order(&self) {
        let mut tx = self.db.read().await.unwrap();
        let report = store::check::check(&mut tx, &self.means(&self.new), Depth::Full, &mut |_| {}).await.unwrap();
        assert_eq!(report.findings.list(), []);
    }
}

/// The columns of bytes of a live database.
async fn blobs(db: &Database) -> BTreeSet<(String, String)> {
    let statement = match db.dialect() {
        Dialect::Sqlite => {
            "SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p \
             WHERE m.type = 'table' AND p.type = 'BLOB'"
        }
        Dialect::Postgres => {
            "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns \
             WHERE table_schema = current_schema() AND data_type = 'bytea'"
        }
    };
    let found: Vec<(String, String)> = sqlx::query_as(statement).fetch_all(db.raw()).await.unwrap();
    found.into_iter().filter(|(table, _)| table != "_sqlx_migrations").collect()
}

/// The bytes of a column by the row's id.
async fn bytes(db: &Database, table: &str, column: &str) -> BTreeMap<String, Vec<u8>> {
    let statement = format!("SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL");
    let rows: Vec<(String, Vec<u8>)> = sqlx::query_as(AssertSqlSafe(statement)).fetch_all(db.raw()).await.unwrap();
    rows.into_iter().collect()
}

/// The names of keys in a column.
async fn names(db: &Database, table: &str, column: &str) -> BTreeSet<String> {
    let statement = format!("SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL");
    let rows: Vec<(String,)> = sqlx::query_as(AssertSqlSafe(statement)).fetch_all(db.raw()).await.unwrap();
    rows.into_iter().map(|(name,)| name).collect()
}

#[tokio::test]
async fn a_rotation_reaches_every_column_of_the_schema_that_needs_it() {
    for rotated in Rotated::all().await {
        let db = &rotated.db;
        let known: BTreeSet<(String, String)> =
            COLUMNS.iter().map(|(table, column, _)| ((*table).to_owned(), (*column).to_owned())).collect();
        assert_eq!(blobs(db).await, known, "{db:?}");
        let turning = |holds: &Holds| matches!(holds, Holds::Wrapped | Holds::Sealed | Holds::Hashed);
        let mut before = Vec::new();
        for (table, column, holds) in COLUMNS.iter().filter(|(.., holds)| turning(holds)) {
            let found = bytes(db, table, column).await;
            assert!(!found.is_empty(), "{table}.{column} is empty: the test says nothing");
            before.push((*table, *column, *holds, found));
        }
        rotated.finish().await;
        for (table, column, holds, before) in before {
            for (id, now) in bytes(db, table, column).await {
                assert_eq!(now == before[&id], holds == Holds::Sealed, "{table}.{column} of {id}");
            }
        }
        // Whatever names a key names a new one, in columns that nobody thought of too.
        let held: BTreeSet<String> = rotated.new.key_ids().into_iter().map(String::from).collect();
        let old: BTreeSet<String> = rotated.old.key_ids().into_iter().map(String::from).collect();
        let mut columns = 0;
        for (table, all) in store::dump::contents() {
            for column in all.into_iter().filter(|column| *column == "key_id" || column.ends_with("_key_id")) {
                let found = names(db, table, column).await;
                assert!(!found.is_empty() && found.is_subset(&held) && found.is_disjoint(&old), "{table}.{column}");
                columns += 1;
            }
        }
        assert_eq!(columns, COLUMNS.iter().filter(|(.., h)| matches!(h, Holds::Wrapped | Holds::Hashed)).count());
        rotated.is_in_order().await;
    }
}

/// Renews all templates; what they hold does not matter here.
async fn renew(rotated: &Rotated, version: u32) -> u64 {
    let batch = template::Batch { purpose: PURPOSE, version, limit: 100 };
    let mut tx = rotated.db.write().await.unwrap();
    let means = rotated.means(&rotated.new);
    let renewed = template::renew_batch(&mut tx, &means, &batch, |_, bytes| Ok(bytes)).await.unwrap();
    rotated.keep(&rotated.new, tx).await;
    renewed
}

#[tokio::test]
async fn a_key_is_retired_when_nothing_needs_it_and_everything_still_opens() {
    for mut rotated in Rotated::all().await {
        let refused = |result: Result<(), Error>| result.unwrap_err().code();
        for key in rotated.left() {
            // Backups lie outside: the command asks for them.
            if rotated.new.usage(&key) != Some(&Usage::Seal(Domain::Backup)) {
                assert_eq!(refused(rotated.retire(&key).await), Some(Code::KeyNeeded), "{key}");
            }
        }
        let renewal = Rotate::Template { purpose: PURPOSE.to_owned() };
        let second = rotated.new.rotate(&renewal, DAY, &rotated.random).unwrap().remove(0);
        assert_eq!(renew(&rotated, 2).await, 2);
        rotated.new.rotate(&renewal, DAY, &rotated.random).unwrap();
        assert_eq!(refused(rotated.retire(&second).await), Some(Code::KeyNeeded), "templates of that version are left");
        assert_eq!((renew(&rotated, 3).await, renew(&rotated, 3).await), (2, 0));
        rotated.finish().await;
        for key in rotated.left().into_iter().chain([second]) {
            rotated.retire(&key).await.unwrap();
            rotated.new.retire(&key).unwrap();
        }
        rotated.is_in_order().await;
        everything_opens(&rotated).await;
    }
}

#[tokio::test]
async fn one_row_that_is_left_keeps_its_key() {
    for rotated in Rotated::all().await {
        rotated.finish().await;
        for (table, column, holds) in COLUMNS {
            let (Holds::Wrapped | Holds::Hashed) = holds else { continue };
            let name = match *column {
                "number_hash" => "number_key_id".to_owned(),
                column => column.replace("wrapped", "key_id"),
            };
            for key in rotated.left() {
                let usage = rotated.new.usage(&key).unwrap().clone();
                let of = match (*table, &usage) {
                    ("persons", Usage::Hash(_)) => *column == "number_hash",
                    ("persons", Usage::Seal(Domain::Identity)) => *column == "wrapped",
                    ("bio_keys", Usage::Seal(Domain::Portrait | Domain::Template | Domain::Frame))
                    | ("evidences", Usage::Seal(Domain::Evidence))
                    | ("operators" | "agency_secrets", Usage::Seal(Domain::Operator)) => true,
                    _ => false,
                };
                if !of {
                    continue;
                }
                let one = format!("{name} = '{key}' WHERE id = (SELECT MIN(id) FROM {table} WHERE {name} IS NOT NULL)");
                let new = names(&rotated.db, table, &name).await;
                assert!(!new.contains(key.as_str()));
                let before: (String,) = sqlx::query_as(AssertSqlSafe(format!(
                    "SELECT {name} FROM {table} WHERE id = (SELECT MIN(id) FROM {table} WHERE {name} IS NOT NULL)"
                )))
                .fetch_one(rotated.db.raw())
                .await
                .unwrap();
                assert_eq!(rotated.db.tamper(&format!("UPDATE {table} SET {one}")).await, 1);
                let kept = rotated.retire(&key).await.unwrap_err();
                assert_eq!(kept.code(), Some(Code::KeyNeeded), "{table}.{name} {key}");
                assert!(kept.to_string().contains(&format!("1 records of {table}")), "{kept}");
                let back = format!("UPDATE {table} SET {name} = '{}' WHERE {name} = '{key}'", before.0);
                assert_eq!(rotated.db.tamper(&back).await, 1);
            }
        }
    }
}

/// Opens a record of every kind with the ring as it is now.
async fn everything_opens(rotated: &Rotated) {
    let (db, town, means) = (&rotated.db, &rotated.town, rotated.means(&rotated.new));
    let mut tx = db.write().await.unwrap();
    for id in &town.persons {
        let data = person::read(&mut tx, &means, id).await.unwrap();
        let found = person::find_by_number(&mut tx, &means, &data.number).await.unwrap().unwrap();
        assert_eq!(found.id, *id);
    }
    for login in ["first.clerk", "second.clerk"] {
        assert!(credential::of_login(&mut tx, &means, login).await.unwrap().unwrap().totp_secret.is_some());
    }
    let statement = "SELECT k.id, k.person_id, c.id, e.id FROM consents k JOIN captures c ON c.consent_id = k.id \
         JOIN evidences e ON e.capture_id = c.id";
    let visits: Vec<(String, String, String, String)> = sqlx::query_as(statement).fetch_all(db.raw()).await.unwrap();
    assert_eq!(visits.len(), 2);
    let mut frames = 0;
    for (consent, person, capture, evidence) in visits {
        let (consent, person, capture) = (consent.parse().unwrap(), person.parse().unwrap(), capture.parse().unwrap());
        let grant = store::consent::require(&mut tx, &means, &consent, &person, PURPOSE).await.unwrap();
        let portraits = store::portrait::open(&mut tx, &means, &grant.sight()).await.unwrap();
        assert!(portraits[0].image.starts_with(&[0xff, 0xd8]));
        let templates = template::open_all(&mut tx, &means, &grant, "pack-1").await.unwrap();
        assert_eq!((templates.len(), templates[0].version, &templates[0].bytes[..]), (1, 3, &[5; 64][..]));
        frames += store::capture::open_frames(&mut tx, &means, &grant.sight(), &capture).await.unwrap().len();
        let evidence = evidence.parse().unwrap();
        let judged = store::judgement::require(&mut tx, &evidence, &town.operators[0]).await.unwrap();
        assert_eq!(&store::evidence::open(&mut tx, &means, &judged).await.unwrap()[..], b"{\"score\":412}");
    }
    // Those of the visit that has ended are gone.
    assert_eq!(frames, 2);
    rotated.keep(&rotated.new, tx).await;
}

/// Another process that has not read the new ring yet: it would take everybody for unknown, enrol them twice, and hash and wrap again with
/// the old keys.
#[tokio::test]
async fn who_has_the_ring_of_before_is_refused_and_undoes_nothing() {
    for rotated in Rotated::all().await {
        let (db, old) = (&rotated.db, rotated.means(&rotated.old));
        let mut tx = db.write().await.unwrap();
        assert!(person::find_by_number(&mut tx, &old, "Z999999999").await.unwrap().is_none());
        drop(tx);
        rotated.finish().await;
        let before = (bytes(db, "persons", "number_hash").await, bytes(db, "persons", "wrapped").await);
        let stale = Some(Code::KeyRingStale);
        let mut tx = db.write().await.unwrap();
        for number in ["A100001", "Z999999999"] {
            assert_eq!(person::find_by_number(&mut tx, &old, number).await.unwrap_err().code(), stale);
        }
        let data = PersonData {
            name: "Ana One".to_owned(),
            number: "A100001".to_owned(),
            birth_date: "1990-01-02".to_owned(),
            address: None,
            language: None,
        };
        assert_eq!(person::add(&mut tx, &old, &data).await.unwrap_err().code(), stale, "enrolled twice");
        assert_eq!(rotation::renumber_batch(&mut tx, &old, 9).await.unwrap_err().code(), stale);
        for domain in Domain::ALL.into_iter().filter(|domain| *domain != Domain::Backup) {
            assert_eq!(rotation::rewrap_batch(&mut tx, &old, domain, 9).await.unwrap_err().code(), stale);
        }
        drop(tx);
        assert_eq!(before, (bytes(db, "persons", "number_hash").await, bytes(db, "persons", "wrapped").await));
    }
}
