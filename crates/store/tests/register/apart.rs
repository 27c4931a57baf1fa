//! Identity data and biometric data apart: nothing that stands in one kind of table stands in the other.

use super::portraits;
use jiff::SignedDuration;
use sqlx::{AssertSqlSafe, Column as _, Row as _, TypeInfo as _, ValueRef as _};
use std::collections::{BTreeMap, BTreeSet};
use store::id::{CaptureId, ConsentId, PersonId};
use store::person::PersonData;
use store::person::guardian::{self, NewGuardian};
use store::portrait::NewPortrait;
use store::{Table, bio, person, portrait, template};
use testkit::World;
use testkit::store::{Database, databases};
use testkit::town;

/// People as a register has them: name, number, birth, address, and the day of the portrait.
const PEOPLE: [[&str; 5]; 8] = [
    ["王小明", "A123456789", "1987-03-14", "臺北市信義區市府路1號", "2016-05-02"],
    ["陳美玲", "F227712345", "1999", "新北市板橋區中山路一段161號", "1999"],
    ["林志豪", "B120554431", "1946-02", "臺中市西屯區臺灣大道三段99號", "2024-02-29"],
    ["Nguyễn Thị Hoa", "AC01234567", "1991-11-30", "桃園市桃園區縣府路1號", "2019-08"],
    ["张伟", "110101199003072316", "1990-03-07", "北京市东城区正义路2号", "2010-03-07"],
    ["Maria da Conceição", "D900123456", "1962-12-24", "高雄市苓雅區四維三路2號", "2001"],
    ["O'Connor, Seán", "E800765432", "1978-07-19", "No. 3, Lane 12, Roosevelt Rd. Sec. 4", "2022-01-15"],
    ["巴奈·母路", "U220345678", "2008-09-01", "花蓮縣花蓮市府前路17號", "2025-09-01"],
];

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

/// The people in the register, in the order in which they came.
async fn fill(db: &Database, world: &World) -> Vec<PersonId> {
    let means = world.means();
    let mut tx = db.write().await.unwrap();
    let mut all = Vec::new();
    for [name, number, birth_date, address, taken_on] in PEOPLE {
        let data = PersonData {
            name: name.to_owned(),
            number: number.to_owned(),
            birth_date: birth_date.to_owned(),
            address: Some(address.to_owned()),
            language: Some("zh-Hant".to_owned()),
        };
        let id = person::add(&mut tx, &means, &data).await.unwrap().id;
        let image = [b"\x89PNG\r\n\x1a\n", picture(number).as_bytes()].concat();
        let new =
            NewPortrait { person: &id, image: &image, taken_on: Some(taken_on), source: "identity-card", quality: 80 };
        let portrait = portrait::add(&mut tx, &means, &new).await.unwrap();
        let grant = portraits::grant(&mut tx, world, &id).await;
        let bytes = vector(number);
        let new = template::New { portrait: &portrait, pack: "pack-1", version: 1, bytes: bytes.as_bytes() };
        template::put(&mut tx, &means, &grant, &new).await.unwrap();
        all.push(id);
    }
    let until = world.now + SignedDuration::from_hours(24);
    let new = NewGuardian { child: &all[7], guardian: &all[1], ground: "parent", since: world.now, until };
    guardian::set(&mut tx, &means, &new).await.unwrap();
    person::event::note(&mut tx, &means, &all[0], person::Event::Moved, None).await.unwrap();
    world.commit(tx).await;
    all
}

fn picture(number: &str) -> String {
    format!("every pixel of the portrait of {number}")
}

fn vector(number: &str) -> String {
    format!("every number of the template of {number}")
}

/// All values of the protected tables, the biometric ones apart, and which of them are filled.
async fn sides(db: &Database) -> ([BTreeMap<Vec<u8>, String>; 2], BTreeSet<&'static str>) {
    let mut sides = [BTreeMap::new(), BTreeMap::new()];
    let mut tables = BTreeSet::new();
    for table in Table::ALL {
        let side = &mut sides[usize::from(!table.name().starts_with("bio_"))];
        let before = side.len();
        values(db, table.name(), side).await;
        if side.len() > before {
            tables.insert(table.name());
        }
    }
    (sides, tables)
}

/// Nothing that stands in the biometric tables stands in the others, neither as a value nor within one.
fn are_apart([biometric, identity]: &[BTreeMap<Vec<u8>, String>; 2]) {
    // The purpose is a word of the service's definition, the same for everyone, and the only thing that stands on both sides.
    let shared: Vec<_> = biometric
        .iter()
        .filter(|(value, _)| !says_nothing(value))
        .filter_map(|(value, place)| identity.get(value).map(|other| (place.as_str(), other.as_str())))
        .filter(|(place, _)| !place.ends_with(".purpose"))
        .collect();
    assert_eq!(shared, []);
    for (value, place) in biometric.iter().filter(|(value, _)| value.len() >= 16) {
        for (other, at) in identity.iter().filter(|(other, _)| other.len() >= 16) {
            let inside = |a: &[u8], b: &[u8]| a.len() <= b.len() && b.windows(a.len()).any(|part| part == a);
            let apart = !inside(value, other) && !inside(other, value);
            assert!(apart || place.ends_with(".purpose"), "{place} and {at}");
        }
    }
}

#[tokio::test]
async fn no_value_of_one_kind_stands_in_the_other() {
    for db in databases().await {
        let world = World::default();
        fill(&db, &world).await;
        let (sides, tables) = sides(&db).await;
        for filled in ["persons", "life_events", "guardians", "consents", "bio_keys", "bio_portraits", "bio_templates"]
        {
            assert!(tables.contains(filled), "{filled} is empty: the test says nothing");
        }
        are_apart(&sides);
    }
}

/// The same in a town where every table has rows: visits, live pictures, evidence.
#[tokio::test]
async fn no_value_of_one_kind_stands_in_the_other_while_visits_go_on() {
    for db in databases().await {
        town::build(&db, &World::default().means()).await.unwrap();
        let (sides, tables) = sides(&db).await;
        assert_eq!(tables.len(), Table::ALL.len(), "{tables:?}");
        are_apart(&sides);
    }
}

/// Whoever adds persons one after the other leaves no order by which the two kinds could be laid side by side. (What the raw files of
/// PostgreSQL tell stands in `docs/THREATS.md`.)
#[tokio::test]
async fn the_order_of_the_rows_does_not_join_them() {
    for db in databases().await {
        let world = World::default();
        let persons = fill(&db, &world).await;
        let ids = async |statement: &'static str| -> Vec<String> {
            sqlx::query_scalar(statement).fetch_all(db.raw()).await.unwrap()
        };
        let subjects: Vec<String> = persons.iter().map(|id| bio::subject(&world.means(), id)).collect();
        let ordered = [
            "SELECT subject FROM bio_portraits ORDER BY id",
            "SELECT subject FROM bio_templates ORDER BY id",
            "SELECT subject FROM bio_keys WHERE kind = 'portrait' ORDER BY id",
            "SELECT subject FROM bio_portraits ORDER BY subject",
        ];
        let as_stored = ["SELECT subject FROM bio_portraits", "SELECT subject FROM bio_keys WHERE kind = 'template'"];
        let sqlite = db.dialect() == store::db::Dialect::Sqlite;
        for statement in ordered.into_iter().chain(as_stored.into_iter().filter(|_| sqlite)) {
            let found = ids(statement).await;
            assert_eq!(found.iter().collect::<BTreeSet<_>>(), subjects.iter().collect(), "{statement}");
            assert_ne!(found, subjects, "{statement}");
            assert_ne!(found, subjects.iter().rev().cloned().collect::<Vec<_>>(), "{statement}");
        }
    }
}

/// What stands in the rows, and on SQLite in the raw files, holds nothing that tells who somebody is or what they look like.
#[tokio::test]
async fn nothing_of_a_person_stands_anywhere_in_the_clear() {
    for db in databases().await {
        let world = World::default();
        fill(&db, &world).await;
        let mut secrets: Vec<Vec<u8>> = Vec::new();
        for [name, number, birth, address, _] in PEOPLE {
            let texts = [name.to_owned(), number.to_owned(), address.to_owned(), picture(number), vector(number)];
            secrets.extend(texts.map(String::into_bytes));
            secrets.extend((birth.len() > 4).then(|| birth.as_bytes().to_vec()));
        }
        let mut everything = BTreeMap::new();
        for (table, _) in store::dump::contents() {
            values(&db, table, &mut everything).await;
        }
        let mut raw: Vec<(Vec<u8>, String)> = everything.into_iter().collect();
        if let Some(folder) = db.folder() {
            for file in std::fs::read_dir(folder).unwrap() {
                let path = file.unwrap().path();
                raw.push((std::fs::read(&path).unwrap(), path.display().to_string()));
            }
            let all: Vec<u8> = raw.iter().flat_map(|(bytes, _)| bytes.clone()).collect();
            assert!(all.windows(13).any(|part| part == b"bio_portraits"), "the files were not read");
        }
        for (bytes, place) in &raw {
            for secret in &secrets {
                let stands = bytes.len() >= secret.len() && bytes.windows(secret.len()).any(|part| part == &secret[..]);
                assert!(!stands, "{} in {place}", String::from_utf8_lossy(secret));
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
