//! Register import: from a folder and from an archive, honest and hostile, whole and killed in the middle.

use crate::world::{World, at, picture, worlds};
use casework::desk::Desk;
use casework::desk::import::{self, ImportSource, ImportView, REPORT_HEADER, report_lines};
use casework::desk::person::{self, PersonNew};
use casework::{Error, Role};
use std::io::{Cursor, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use store::db::Dialect;
use store::ledger::Kind;
use store::tx::Gate;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const HEADER: &str = "number,name,birth_date,address,language,photo,photo_date,photo_source\n";

/// Rows of every kind, and which lines are refused with which code.
const ROWS: &str = "A100000001,\"Lee, Ann\",1990-02-03,1 Main Street,en,one.jpg,2012-12-06,identity-card
A100000002,Bo,1991,,,sub/two.jpg,,
A100000003,Cy,1992-03,,,,,
A100000001,Double,1990,,,,,
A100000099,Known,1990,,,,,
A100000005,Too few
A100000006,Photo gone,1990,,,none.jpg,,
A100000007,Traversal,1990,,,../secret.jpg,,
A100000008,Absolute,1990,,,/etc/passwd,,
A100000009,No face,1990,,,no-face.jpg,,
A100000010,Two faces,1990,,,two-faces.jpg,,
A100000011,Not a picture,1990,,,text.jpg,,
no,Number too short,1990,,,,,

A100000013,Born never,1990-02-30,,,,,
A100000014,Robert'); DROP TABLE persons;--,1990,\"'; DELETE FROM persons; --\",,,,
A100000015,Wrong day,1990,,,one.jpg,yesterday,
A100000016,Wrong source,1990,,,one.jpg,,'; DROP
";

const REFUSED: &[(u64, &str)] = &[
    (5, "import-number-twice"),
    (6, "import-number-exists"),
    (7, "import-row-invalid"),
    (8, "import-photo-missing"),
    (9, "import-photo-name"),
    (10, "import-photo-name"),
    (11, "no-face"),
    (12, "several-faces"),
    (13, "portrait-invalid"),
    (14, "number-invalid"),
    (16, "row-invalid"),
    (18, "row-invalid"),
    (19, "row-invalid"),
];

/// The photos that the rows name.
fn photos() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("one.jpg", picture("obama-1.jpg")),
        ("sub/two.jpg", picture("biden-1.jpg")),
        ("no-face.jpg", picture("no-face.jpg")),
        ("two-faces.jpg", picture("two-faces.jpg")),
        ("text.jpg", b"not a picture".to_vec()),
    ]
}

fn folder(list: &str) -> (TempDir, ImportSource) {
    let folder = tempfile::tempdir().unwrap();
    let photos_at = folder.path().join("photos");
    std::fs::create_dir_all(photos_at.join("sub")).unwrap();
    for (name, bytes) in photos() {
        std::fs::write(photos_at.join(name), bytes).unwrap();
    }
    std::fs::write(folder.path().join("secret.jpg"), picture("obama-2.jpg")).unwrap();
    std::fs::write(folder.path().join("list.csv"), list).unwrap();
    let source = ImportSource::Folder { list: folder.path().join("list.csv"), photos: photos_at };
    (folder, source)
}

fn packed(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in entries {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn archive(folder: &Path, bytes: &[u8]) -> ImportSource {
    let file = folder.join("import.zip");
    std::fs::write(&file, bytes).unwrap();
    ImportSource::Zip { file }
}

async fn run(desk: &Desk, source: &ImportSource) -> Result<ImportView, Error> {
    import::run(desk, None, &|| at(100), source, &mut |_| {}).await
}

async fn known(world: &World) {
    let office = world.office("north").await;
    let keeper = world.somebody("keeper", Role::Supervisor, &office).await;
    let new = PersonNew { number: "A100000099".into(), name: "K".into(), birth_date: "1990".into(), address: None, language: None };
    person::enrol(&world.desk, &keeper, at(1), &new).await.unwrap();
}

async fn imported_as_expected(world: &World, source: &ImportSource) {
    let mut seen = Vec::new();
    let done = import::run(&world.desk, None, &|| at(100), source, &mut |view| seen.push(view.rows_done)).await.unwrap();
    assert_eq!((done.state.as_str(), done.rows_total, done.rows_done), ("finished", 18, 18));
    assert_eq!(seen, [0, 18]);
    let refused = import::rejections(&world.desk, None, at(101), &done.id, 0).await.unwrap();
    let codes: Vec<(u64, &str)> = refused.iter().map(|row| (row.line, row.code.as_str())).collect();
    assert_eq!(codes, REFUSED);
    assert_eq!(done.rows_rejected, REFUSED.len() as u64);
    // The report tells nothing of who was in a row.
    let report = format!("{REPORT_HEADER}{}", report_lines(&refused));
    assert_eq!(report.lines().count(), REFUSED.len() + 1);
    assert!(!["Ann", "A1000", "Traversal", "DROP", "passwd"].iter().any(|word| report.contains(word)), "{report}");
    assert_eq!(world.db.count("SELECT COUNT(*) FROM persons").await, 5);
    assert_eq!(world.db.count("SELECT COUNT(*) FROM bio_portraits").await, 2);
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_imported_and_every_refused_row_reported() {
    for world in worlds().await {
        known(&world).await;
        let (_folder, source) = folder(&format!("\u{feff}{HEADER}{ROWS}"));
        imported_as_expected(&world, &source).await;
        assert_eq!(world.entries_of(Kind::PersonEnrolled).await, 2);
        // The same list again is a new import, in which everybody is known already.
        let again = run(&world.desk, &source).await.unwrap();
        assert_eq!((again.rows_done, again.rows_rejected), (18, 17));
        assert_eq!(world.db.count("SELECT COUNT(*) FROM persons").await, 5);
        world.check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_is_imported_like_a_folder() {
    for world in worlds().await {
        known(&world).await;
        let folder = tempfile::tempdir().unwrap();
        let mut entries: Vec<(String, Vec<u8>)> = vec![("register/list.CSV".to_owned(), format!("{HEADER}{ROWS}").into_bytes())];
        entries.extend(photos().into_iter().map(|(name, bytes)| (format!("register/{name}"), bytes)));
        entries.push(("secret.jpg".to_owned(), picture("obama-2.jpg")));
        let entries: Vec<(&str, Vec<u8>)> = entries.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
        imported_as_expected(&world, &archive(folder.path(), &packed(&entries))).await;
    }
}

/// So many rows without photos.
fn long(rows: usize) -> String {
    let row = |n: usize| format!("B{n:09},Name {n},1990,,,,,\n");
    format!("{HEADER}{}", (0..rows).map(row).collect::<String>())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_import_goes_on_where_it_stopped() {
    for world in worlds().await {
        let World { desk, db } = world;
        let desk = Arc::new(desk);
        let (_folder, source) = folder(&long(350));
        // Killed after each batch in turn, at whatever it was doing just then.
        for batches in 1..3 {
            let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
            let (task_desk, task_source) = (Arc::clone(&desk), source.clone());
            let task = tokio::spawn(async move {
                import::run(&task_desk, None, &|| at(100), &task_source, &mut |view| sender.send(view.rows_done).unwrap()).await
            });
            let begun = receiver.recv().await.unwrap();
            assert!(begun >= (batches - 1) * 100, "{begun}");
            while receiver.recv().await.unwrap() < batches * 100 {}
            task.abort();
            let _ = task.await;
            let done = db.count("SELECT rows_done FROM imports").await;
            assert_eq!(db.count("SELECT COUNT(*) FROM persons").await, done);
        }
        let done = run(&desk, &source).await.unwrap();
        assert_eq!((done.state.as_str(), done.rows_done, done.rows_rejected), ("finished", 350, 0));
        assert_eq!(db.count("SELECT COUNT(*) FROM persons").await, 350);
        assert_eq!(db.count("SELECT COUNT(*) FROM imports").await, 1);
        let desk = Arc::into_inner(desk).unwrap();
        World { desk, db }.check().await;
    }
}

/// Fails the n-th statement from when it is armed, and every one after it, as a lost connection does.
struct Fails(AtomicU32);

impl Gate for Fails {
    fn pass(&self, _statement: &str) -> store::Result<()> {
        let left = self.0.load(Ordering::Relaxed);
        if left == 0 {
            return Err(store::Error::new(store::Code::DatabaseUnreachable, "cut off by the test"));
        }
        self.0.store(left - 1, Ordering::Relaxed);
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_statement_fails_no_row_is_lost_or_repeated() {
    for mut world in worlds().await {
        let (_folder, source) = folder(&long(3));
        let whole = world.desk.db.clone();
        let mut statements = 0;
        loop {
            world.desk.db = whole.clone().with_gate(Arc::new(Fails(AtomicU32::new(statements))));
            let outcome = run(&world.desk, &source).await;
            world.desk.db = whole.clone();
            let persons = world.db.count("SELECT COUNT(*) FROM persons").await;
            let done = world.db.count("SELECT CAST(COALESCE(MAX(rows_done), 0) AS BIGINT) FROM imports").await;
            assert_eq!(persons, done, "after {statements} statements");
            match outcome {
                Ok(view) => {
                    assert_eq!((view.rows_done, view.rows_rejected), (3, 0));
                    break;
                }
                Err(error) => assert_eq!(error.code(), "database-unreachable"),
            }
            statements += 1;
        }
        assert!(statements > 10 && world.db.count("SELECT COUNT(*) FROM persons").await == 3);
        world.check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_with_one_list_take_each_row_once() {
    for world in worlds().await {
        let (_folder, source) = folder(&long(220));
        let (one, two) = tokio::join!(run(&world.desk, &source), run(&world.desk, &source));
        // The one that came second found the list begun by the other: it went on with it, or was refused.
        assert!(one.is_ok() || two.is_ok(), "{one:?} {two:?}");
        for outcome in [&one, &two] {
            assert!(outcome.as_ref().map_or_else(|error| error.code() == "conflict", |_| true), "{outcome:?}");
        }
        let last = run(&world.desk, &source).await.unwrap();
        assert_eq!(last.state, "finished");
        assert_eq!(world.db.count("SELECT COUNT(*) FROM persons").await, 220);
        world.check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_that_are_none_are_refused_before_anything_is_written() {
    let worlds = worlds().await;
    let world = worlds.iter().find(|world| world.db.dialect() == Dialect::Sqlite).unwrap();
    let entries = world.entries().await;
    for list in ["", "\n", "number,name\n", "number,name,birth_date,photo,salary\n", "\"number\n", "number,number,name,birth_date,photo\n"] {
        let (_folder, source) = folder(list);
        assert_eq!(run(&world.desk, &source).await.unwrap_err().code(), "import-source-invalid", "{list:?}");
    }
    let nowhere = ImportSource::Folder { list: "/nowhere/list.csv".into(), photos: "/nowhere".into() };
    assert_eq!(run(&world.desk, &nowhere).await.unwrap_err().code(), "import-source-invalid");
    assert_eq!(world.entries().await, entries);
}

/// What became of the only row of an archive, or of the archive.
async fn fate(world: &World, bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    match run(&world.desk, &archive(folder.path(), bytes)).await {
        Err(error) => error.code().to_owned(),
        Ok(view) => {
            let refused = import::rejections(&world.desk, None, at(101), &view.id, 0).await.unwrap();
            refused.first().map_or("taken".to_owned(), |row| row.code.clone())
        }
    }
}

/// The archive with every occurrence of some bytes replaced.
fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bytes.to_vec();
    let places: Vec<usize> = (0..=bytes.len() - from.len()).filter(|&at| bytes[at..].starts_with(from)).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + from.len()].copy_from_slice(to);
    }
    bytes
}

/// The central header of an entry: where it begins.
fn header_of(bytes: &[u8], name: &str) -> usize {
    let fits = |at: &usize| bytes[*at..].starts_with(b"PK\x01\x02") && bytes[*at + 46..].starts_with(name.as_bytes());
    (0..bytes.len() - 46).find(fits).unwrap()
}

fn put(bytes: &[u8], at: usize, value: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at..at + value.len()].copy_from_slice(value);
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_archives_are_refused() {
    let worlds = worlds().await;
    let world = &worlds[0];
    let mut number = 0;
    let mut list = |photo: &str| {
        number += 1;
        format!("number,name,birth_date,photo\nZ{number:06},N,1990,{photo}\n").into_bytes()
    };
    let face = picture("obama-1.jpg");
    let plain = packed(&[("l.csv", list("a.jpg")), ("a.jpg", face.clone())]);
    assert_eq!(fate(world, &plain).await, "taken");
    let fates = [
        // Eight megabytes out of eight thousand.
        ("packed too tightly", packed(&[("l.csv", list("a.jpg")), ("a.jpg", vec![0; 8 * 1024 * 1024])]), "import-archive-unsafe"),
        ("too large", packed(&[("l.csv", list("a.jpg")), ("a.jpg", vec![0; 8 * 1024 * 1024 + 1])]), "import-photo-too-large"),
        ("no list", packed(&[("a.jpg", face.clone())]), "import-source-invalid"),
        ("two lists", packed(&[("l.csv", list("a.jpg")), ("m.csv", list("a.jpg"))]), "import-source-invalid"),
        ("traversal", packed(&[("x/l.csv", list("../a.jpg")), ("a.jpg", face.clone())]), "import-photo-name"),
        ("traversal in the index", packed(&[("l.csv", list("a.jpg")), ("../a.jpg", face.clone())]), "import-photo-missing"),
        ("a list packed too tightly", packed(&[("l.csv", vec![b'\n'; 4 * 1024 * 1024])]), "import-archive-unsafe"),
    ];
    for (what, bytes, code) in fates {
        assert_eq!(fate(world, &bytes).await, code, "{what}");
    }
    let two = packed(&[("l.csv", list("a.jpg")), ("a.jpg", face.clone()), ("b.jpg", face.clone())]);
    assert_eq!(fate(world, &replaced(&two, b"b.jpg", b"a.jpg")).await, "import-archive-unsafe", "a name twice");
    let (a, b) = (header_of(&two, "a.jpg"), header_of(&two, "b.jpg"));
    let offset = two[a + 42..a + 46].to_vec();
    assert_eq!(fate(world, &put(&two, b + 42, &offset)).await, "import-archive-unsafe", "overlapping entries");
    // What the index says of an entry's length is not what comes out of it.
    for size in [10_u32, face.len() as u32 - 1, face.len() as u32 + 1, 4_000_000] {
        let lied = put(&two, a + 24, &size.to_le_bytes());
        assert_eq!(fate(world, &lied).await, "import-archive-unsafe", "{size}");
    }
    assert_eq!(fate(world, &put(&two, a + 8, &[1, 0])).await, "import-archive-unsafe", "encrypted");
    let link = (0o120_777_u32 << 16).to_le_bytes();
    let linked = put(&put(&two, a + 5, &[3]), a + 38, &link);
    assert_eq!(fate(world, &linked).await, "import-archive-unsafe", "a link");
    let damaged = two.iter().position(|byte| *byte == 0xff).unwrap() + 400;
    assert_ne!(fate(world, &put(&two, damaged, &[two[damaged] ^ 1])).await, "taken", "a damaged photo");
    assert_eq!(world.db.count("SELECT COUNT(*) FROM persons").await, 1);
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_off_archives_are_refused_at_every_length() {
    let worlds = worlds().await;
    let world = &worlds[0];
    let list = b"number,name,birth_date,photo\nZ000001,N,1990,\n".to_vec();
    let whole = packed(&[("l.csv", list), ("a.jpg", vec![7; 50])]);
    for length in 0..whole.len() {
        assert_eq!(fate(world, &whole[..length]).await, "import-source-invalid", "{length}");
    }
    assert_eq!(fate(world, &whole).await, "taken");
}
