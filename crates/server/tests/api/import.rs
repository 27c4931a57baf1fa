//! `/api/v1/imports`.

use axum::http::Method;
use std::io::{Cursor, Write as _};
use std::time::Duration;
use testkit::app::{Answer, Faces, TestApp, fixture};
use zip::write::SimpleFileOptions;

/// An archive with these files.
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

async fn send(app: &TestApp, archive: Vec<u8>) -> Answer {
    let call = app.call(Method::POST, "/api/v1/imports").by(&app.people.supervisor.token);
    call.bytes("application/zip", archive).send().await
}

/// Waits for the end of an import.
async fn ended(app: &TestApp, id: &str) -> Answer {
    for _ in 0..600 {
        let answer = app.get(&format!("/api/v1/imports/{id}")).by(&app.people.supervisor.token).send().await.with(200);
        if answer.at("/state") != "running" {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the import does not end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn good_rows_come_in_and_bad_rows_are_told() {
    for app in TestApp::each(Faces::Real).await {
        let list = "number,name,birth_date,photo\n\
                    A123456789,One,1961-08-04,obama-1.jpg\n\
                    B198765432,Two,1942-11-20,no-face.jpg\n\
                    wrong',Three,1970-01-01,obama-1.jpg\n\
                    A123456789,Four,1961-08-04,obama-1.jpg\n\
                    F131104093,Five,1961-08-04,../../etc/passwd\n";
        let (portrait, empty) = (fixture("obama-1.jpg"), fixture("no-face.jpg"));
        let files: [(&str, &[u8]); 3] =
            [("list.csv", list.as_bytes()), ("obama-1.jpg", &portrait), ("no-face.jpg", &empty)];
        let begun = send(&app, archive(&files)).await.with(202);
        let id = begun.at("/id");
        let done = ended(&app, &id).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(done.shown(), @r#"
            200
            {
              "id": "[id]",
              "rows_done": 5,
              "rows_rejected": 4,
              "rows_total": 5,
              "started_at": "2026-11-21T08:00:00Z",
              "state": "finished"
            }
            "#);
        }
        let path = format!("/api/v1/imports/{id}/rejections");
        let rejections = app.get(&path).by(&app.people.supervisor.token).send().await.with(200);
        insta::allow_duplicates! {
            insta::assert_snapshot!(rejections.text(), @r#"
            line,code,detail
            3,no-face,"no face was found"
            4,number-invalid,"it is not 4 to 32 letters and digits"
            5,import-number-twice,"the number stands further up in the list"
            6,import-photo-name,"it is not a plain path inside the folder of photos"
            "#);
        }
        let list = app.get("/api/v1/imports").by(&app.people.supervisor.token).send().await.with(200);
        assert_eq!(list.at("/items/0/id"), id);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unsafe_archive_is_refused_whole() {
    for app in TestApp::each(Faces::Fake).await {
        let bomb = vec![b' '; 40 * 1024 * 1024];
        let rows = |photo: &str| format!("number,name,birth_date,photo\nA123456789,One,1961-08-04,{photo}\n");
        for (archive, code) in [
            (b"no archive".to_vec(), "import-source-invalid"),
            (archive(&[("a.txt", b"x")]), "import-source-invalid"),
            (archive(&[("a.csv", b"x"), ("b.csv", b"x")]), "import-source-invalid"),
            (archive(&[("a.csv", b"no,columns\n")]), "import-source-invalid"),
            (archive(&[("a.csv", &bomb)]), "import-archive-unsafe"),
        ] {
            let answer = send(&app, archive).await;
            assert!((400..500).contains(&answer.status));
            assert_eq!(answer.code(), code);
        }
        // A photo's name that leads out of the archive spoils its row only, and reaches no file.
        for photo in ["../../../etc/passwd", "/etc/passwd", "..\\x", "C:\\x", "a/../../b"] {
            let begun = send(&app, archive(&[("a.csv", rows(photo).as_bytes())])).await.with(202);
            let done = ended(&app, &begun.at("/id")).await.json();
            assert_eq!((done["rows_rejected"].as_u64(), done["rows_done"].as_u64()), (Some(1), Some(1)), "{photo}");
        }
        assert_eq!(app.database().count("SELECT COUNT(*) FROM persons").await, 0);
    }
}

#[tokio::test]
async fn who_may_not_import_sends_nothing() {
    for app in TestApp::each(Faces::Fake).await {
        let call = app.call(Method::POST, "/api/v1/imports").by(&app.people.clerk.token);
        let answer = call.bytes("application/zip", archive(&[])).send().await.with(403);
        assert_eq!(answer.code(), "permission-missing");
        let call = app.call(Method::POST, "/api/v1/imports").by(&app.people.supervisor.token);
        let answer = call.bytes("text/csv", b"number".to_vec()).send().await.with(415);
        assert_eq!(answer.code(), "media-type-unsupported");
    }
}
