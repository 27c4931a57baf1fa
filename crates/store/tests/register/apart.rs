//! Identity data and biometric data apart: nothing that stands in one kind of table stands in the other.

use super::{data, portraits};
use jiff::SignedDuration;
use sqlx::{AssertSqlSafe, Column as _, Row as _, TypeInfo as _, ValueRef as _};
use std::collections::{BTreeMap, BTreeSet};
use store::id::{CaptureId, ConsentId};
use store::person::guardian::{self, NewGuardian};
use store::portrait::NewPortrait;
use store::{Table, bio, person, portrait, template};
use testkit::World;
use testkit::store::{Database, databases};

/// Every value of a table's columns, with where it stands.
async fn values(db: &Database, table: &str, into: &mut BTreeMap<Vec<u8>, String>) {
    let rows = sqlx::query(AssertSqlSafe(format!("SELECT * FROM {table}"))).fetch_all(db.raw()).await.unwrap();
    for row in rows {
        for column in row.columns() {
            let raw = row.try_get_raw(column.ordinal()).unwrap();
            let kind = raw.type_info().name().to_owned();
            let value = match kind.as_str() {
                _ if raw.is_null() => continue,
                "TEXT" => row.get::<String, _>(column.ordinal()).into_bytes(),
                "BLOB" => row.get::<Vec<u8>, _>(column.ordinal()),
                "BIGINT" => row.get::<i64, _>(column.ordinal()).to_string().into_bytes(),
                other => unreachable!("{table}.{} has the type {other}", column.name()),
            };
            into.entry(value).or_insert_with(|| format!("{table}.{}", column.name()));
        }
    }
}

/// True for values so short that they tell nothing: versions, qualities, positions, the empty purpose.
fn says_nothing(value: &[u8]) -> bool {
    value.len() < 4
}

async fn fill(db: &Database, world: &World) {
    let means = world.means();
    let mut tx = db.write().await.unwrap();
    let mut all = Vec::new();
    for (number, year) in [("A123456789", "1999"), ("B123456789", "2024-02-29")] {
        let id = person::add(&mut tx, &means, &data(number)).await.unwrap().id;
        let image = format!("\u{89}PNG of {number}");
        let image = [b"\x89PNG\r\n\x1a\n", image.as_bytes()].concat();
        let new =
            NewPortrait { person: &id, image: &image, taken_on: Some(year), source: "identity-card", quality: 80 };
        let portrait = portrait::add(&mut tx, &means, &new).await.unwrap();
        let grant = portraits::grant(&mut tx, world, &id).await;
        let new = template::New { portrait: &portrait, pack: "pack-1", version: 1, bytes: b"template" };
        template::put(&mut tx, &means, &grant, &new).await.unwrap();
        all.push(id);
    }
    let until = world.now + SignedDuration::from_hours(24);
    let new = NewGuardian { child: &all[0], guardian: &all[1], ground: "parent", since: world.now, until };
    guardian::set(&mut tx, &means, &new).await.unwrap();
    person::event::note(&mut tx, &means, &all[0], person::Event::Moved, None).await.unwrap();
    world.commit(tx).await;
}

#[tokio::test]
async fn no_value_of_one_kind_stands_in_the_other() {
    for db in databases().await {
        let world = World::default();
        fill(&db, &world).await;
        let (mut biometric, mut identity) = (BTreeMap::new(), BTreeMap::new());
        let mut tables = BTreeSet::new();
        for table in Table::ALL {
            let side = if table.name().starts_with("bio_") { &mut biometric } else { &mut identity };
            let before = side.len();
            values(&db, table.name(), side).await;
            if side.len() > before {
                tables.insert(table.name());
            }
        }
        for filled in ["persons", "life_events", "guardians", "consents", "bio_keys", "bio_portraits", "bio_templates"]
        {
            assert!(tables.contains(filled), "{filled} is empty: the test says nothing");
        }
        // The purpose is a word of the service's definition, the same for everyone, and the only thing that stands on both sides.
        let shared: Vec<_> = biometric
            .iter()
            .filter(|(value, _)| !says_nothing(value))
            .filter_map(|(value, place)| identity.get(value).map(|other| (place.as_str(), other.as_str())))
            .filter(|(place, _)| !place.ends_with(".purpose"))
            .collect();
        assert_eq!(shared, []);
        // Nor does one hidden inside the other, such as an id within a longer text.
        for (value, place) in biometric.iter().filter(|(value, _)| value.len() >= 16) {
            for (other, at) in identity.iter().filter(|(other, _)| other.len() >= 16) {
                let inside = |a: &[u8], b: &[u8]| a.len() <= b.len() && b.windows(a.len()).any(|part| part == a);
                let apart = !inside(value, other) && !inside(other, value);
                assert!(apart || place.ends_with(".purpose"), "{place} and {at}");
            }
        }
    }
}

#[tokio::test]
async fn the_ledger_does_not_join_them_either() {
    for db in databases().await {
        let world = World::default();
        fill(&db, &world).await;
        let (mut biometric, mut ledger) = (BTreeMap::new(), BTreeMap::new());
        for table in Table::ALL.iter().filter(|table| table.name().starts_with("bio_")) {
            values(&db, table.name(), &mut biometric).await;
        }
        values(&db, "persons", &mut biometric).await;
        values(&db, "ledger_entries", &mut ledger).await;
        let entries: Vec<_> = ledger.iter().filter(|(_, place)| place.as_str() == "ledger_entries.entry").collect();
        assert!(!entries.is_empty());
        for (value, place) in biometric.iter().filter(|(value, _)| value.len() >= 16) {
            for (entry, _) in &entries {
                let inside = entry.windows(value.len()).any(|part| part == value.as_slice());
                assert!(!inside || place.ends_with(".pseudonym"), "{place} stands in the ledger");
            }
        }
    }
}

#[test]
fn names_of_biometric_rows_follow_from_the_key_only() {
    let mut world = World::default();
    let person = store::id::PersonId::new(&world.means());
    let consent: ConsentId = person.as_str().parse().unwrap();
    let capture: CaptureId = person.as_str().parse().unwrap();
    let names = |world: &World| {
        let means = world.means();
        [bio::subject(&means, &person), bio::consent_ref(&means, &consent), bio::capture_ref(&means, &capture)]
    };
    let first = names(&world);
    assert_eq!(first, names(&world));
    assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 3, "each kind of name is its own");
    world.ring = seal::keys::FileRing::generate("2026-11-21", &testkit::SeededRandom::new(99)).unwrap();
    assert!(names(&world).iter().all(|name| !first.contains(name)));
}
