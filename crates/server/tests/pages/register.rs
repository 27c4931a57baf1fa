//! The register: an archive through the page, and a person without a picture.

use crate::sign_in::{open, open_in, submit};
use axum::http::Method;
use serde_json::json;
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::time::Duration;
use testkit::app::{Answer, Faces, Login, TestApp, fixture};
use zip::write::SimpleFileOptions;

const LINE: &str = "9d8f1c2e";

/// An archive with these files.
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Sends a file as a browser's form does.
async fn upload(app: &TestApp, name: &str, file: &[u8], by: &Login) -> Answer {
    let head = format!(
        "--{LINE}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"list.zip\"\r\n\
         Content-Type: application/zip\r\n\r\n"
    );
    let body = [head.as_bytes(), file, format!("\r\n--{LINE}--\r\n").as_bytes()].concat();
    app.call(Method::POST, "/register/imports")
        .header("accept-language", "en")
        .header("sec-fetch-site", "same-origin")
        .header("cookie", &format!("__Host-operator={}", by.token))
        .bytes(&format!("multipart/form-data; boundary={LINE}"), body)
        .send()
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_is_imported_through_the_page() {
    for app in TestApp::each(Faces::Fake).await {
        let supervisor = &app.people.supervisor;
        let mut list = "number,name,birth_date,photo\nwrong',Zero,1970-01-01,a.jpg\n".to_owned();
        for number in 0..120 {
            writeln!(list, "A1234{number:05},<b>N{number},1961-08-04,a.jpg").unwrap();
        }
        let file = archive(&[("list.csv", list.as_bytes()), ("a.jpg", &fixture("obama-1.jpg"))]);
        let begun = upload(&app, "archive", &file, supervisor).await.with(303);
        let page = begun.header("location").to_owned();
        let (mut text, mut was_running) = (String::new(), false);
        for _ in 0..600 {
            text = open(&app, &page, Some(supervisor)).await.with(200).text();
            if !text.contains("<progress") {
                break;
            }
            was_running = true;
            assert!(text.contains("max=\"121\"") && text.contains("http-equiv=\"refresh\""));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(text.contains("Finished") && was_running, "{text}");
        assert!(text.contains("<dd data-done>121</dd>") && text.contains("<dd data-rejected>1</dd>"), "{text}");
        assert!(text.contains("The identity number has a wrong form."));
        assert!(text.contains("it is not 4 to 32 letters and digits"));
        for (language, said) in [("zh-Hant", "號碼要 4 到 32 個字母或數字"), ("zh-Hans", "号码要 4 到 32 个字母或数字")]
        {
            let page = open_in(&app, language, &page, Some(supervisor)).await.with(200).text();
            let rows = page.split_once("<tbody>").unwrap().1;
            assert!(rows.contains(&format!("<bdi>{said}</bdi>")) && !rows.contains("letters"), "{language}: {rows}");
            assert!(rows.contains("<code class=\"small\">number-invalid</code>"), "{language}: {rows}");
        }
        let told = open(&app, &format!("{page}/rejections"), Some(supervisor)).await.with(200);
        assert!(told.header("content-disposition").starts_with("attachment"));
        assert!(told.text().starts_with("line,code,detail\n2,number-invalid,"), "{}", told.text());
        let listed = open(&app, "/register", Some(supervisor)).await.with(200).text();
        assert!(listed.contains(&format!("href=\"{page}\"")));
        assert_eq!(app.database().count("SELECT COUNT(*) FROM persons").await, 120);
        // The same archive again adds nobody twice.
        let again = upload(&app, "archive", &file, supervisor).await.with(303).header("location").to_owned();
        for _ in 0..600 {
            text = open(&app, &again, Some(supervisor)).await.with(200).text();
            if !text.contains("<progress") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(text.contains("<dd data-rejected>121</dd>"));
        assert_eq!(app.database().count("SELECT COUNT(*) FROM persons").await, 120);
        for login in [&app.people.clerk, &app.people.administrator, &app.people.auditor] {
            for path in [page.clone(), format!("{page}/rejections")] {
                assert_eq!(open(&app, &path, Some(login)).await.status, 403);
            }
        }
    }
}

#[tokio::test]
async fn what_is_no_archive_is_said_on_the_page() {
    for app in TestApp::each(Faces::Fake).await {
        let supervisor = &app.people.supervisor;
        for file in [&b""[..], b"no archive", &archive(&[("a.txt", b"x")])] {
            let answer = upload(&app, "archive", file, supervisor).await.with(422);
            assert!(answer.text().contains("role=\"alert\""));
        }
        assert_eq!(upload(&app, "other", b"x", supervisor).await.status, 400);
        assert_eq!(upload(&app, "archive", b"x", &app.people.clerk).await.status, 403);
        assert_eq!(submit(&app, "/register/imports", "archive=x", Some(supervisor)).await.status, 415);
        let foreign = app.call(Method::POST, "/register/imports").header("sec-fetch-site", "cross-site");
        let foreign = foreign.header("cookie", &format!("__Host-operator={}", supervisor.token));
        assert_eq!(foreign.bytes(&format!("multipart/form-data; boundary={LINE}"), vec![]).send().await.status, 403);
        assert_eq!(app.database().count("SELECT COUNT(*) FROM imports").await, 0);
    }
}

#[tokio::test]
async fn a_person_is_found_by_a_number_that_stands_in_no_address() {
    for app in TestApp::each(Faces::Fake).await {
        let supervisor = &app.people.supervisor;
        let new = json!({"number": "A123456789", "name": "<b>&\"x", "birth_date": "1980-02-03", "language": "zh-Hant"});
        let made = app.post("/api/v1/persons", &new).by(&supervisor.token).send().await.with(201);
        let path = format!("/api/v1/persons/{}/portraits?taken_on=2009-05&source=identity-card", made.at("/id"));
        let portrait = app.call(Method::POST, &path).by(&supervisor.token).bytes("image/jpeg", fixture("obama-1.jpg"));
        portrait.send().await.with(201);
        for wrong in ["B198765432", "%27+OR+1", ""] {
            let answer = submit(&app, "/register/find", &format!("number={wrong}"), Some(supervisor)).await;
            assert_eq!(answer.status, 422, "{wrong}");
            assert!(answer.text().contains("role=\"alert\""));
        }
        assert_eq!(submit(&app, "/register/find", "number=A123456789", Some(&app.people.clerk)).await.status, 403);
        let found = submit(&app, "/register/find", "number=+a123456789", Some(supervisor)).await.with(303);
        let page = found.header("location").to_owned();
        assert!(!page.contains("123456789"));
        let text = open(&app, &page, Some(supervisor)).await.with(200).text();
        assert!(text.contains("<bdi>&#60;b&#62;&#38;&#34;x</bdi>") && !text.contains("<b>&"));
        assert!(text.contains("A••••••789") && !text.contains("A123456789"));
        assert!(text.contains("May 2009") && !text.contains("<img") && !text.contains("data:image"));
        for login in [&app.people.clerk, &app.people.administrator, &app.people.auditor, &app.people.protection] {
            assert_eq!(open(&app, &page, Some(login)).await.status, 403);
        }
        assert!(text.contains("None is counted."));
        let reset = "purpose=household-identity-card&reason=identity-settled";
        let none = submit(&app, &format!("{page}/attempts"), reset, Some(supervisor)).await.with(303);
        assert!(none.header("location").ends_with("?problem=not-found"));
    }
}

#[tokio::test]
async fn life_events_are_noted_once() {
    for app in TestApp::each(Faces::Fake).await {
        let supervisor = &app.people.supervisor;
        let new = json!({"number": "A123456789", "name": "Mei", "birth_date": "1980"});
        let made = app.post("/api/v1/persons", &new).by(&supervisor.token).send().await.with(201);
        let page = format!("/register/persons/{}", made.at("/id"));
        let note = async |form: &str| submit(&app, &format!("{page}/events"), form, Some(supervisor)).await;
        note("kind=locked&reason=").await.with(303);
        let twice = note("kind=locked&reason=").await;
        assert!(twice.status == 422 && twice.text().contains("<option value=\"locked\" selected>"));
        let text = open(&app, &page, Some(supervisor)).await.with(200).text();
        assert_eq!(text.matches("<dd>Record locked</dd>").count(), 1);
        note("kind=unlocked&reason=injury").await.with(303);
        assert_eq!(note("kind=portrait-exception&reason=").await.status, 422);
        assert_eq!(note("kind=renamed&reason=").await.status, 422);
        note("kind=portrait-exception&reason=injury").await.with(303);
        let text = open(&app, &page, Some(supervisor)).await.with(200).text();
        assert!(text.contains("No usable portrait: Injury or surgery"));
        assert_eq!(
            submit(&app, &format!("{page}/events"), "kind=moved&reason=", Some(&app.people.clerk)).await.status,
            403
        );
    }
}

#[tokio::test]
async fn the_count_of_failed_attempts_begins_anew() {
    for app in TestApp::each(Faces::Fake).await {
        let supervisor = &app.people.supervisor;
        let new = json!({"number": "A123456789", "name": "Mei", "birth_date": "1980"});
        let made = app.post("/api/v1/persons", &new).by(&supervisor.token).send().await.with(201);
        let person = made.at("/id").parse().unwrap();
        let means = app.app.desk.means(app.now());
        let mut tx = app.app.desk.db.write().await.unwrap();
        let purpose = "household-identity-card";
        store::attempts::lock(&mut tx, &means, &person, purpose).await.unwrap();
        let counted = store::attempts::Attempts { consecutive: 3, total: 7, blocked_until: None };
        store::attempts::put(&mut tx, &person, purpose, &counted).await.unwrap();
        let actor = store::ledger::Actor::System;
        let act = store::ledger::Act::new(store::ledger::Kind::CaptureAsked, store::ledger::Shard::Register, &actor);
        store::ledger::append(&mut tx, &means, &act).await.unwrap();
        tx.commit().await.unwrap();
        let page = format!("/register/persons/{person}");
        let text = open(&app, &page, Some(supervisor)).await.with(200).text();
        assert!(text.contains("Counted: 7") && text.contains("Collect or replace an identity card"));
        let wrong = format!("purpose={purpose}&reason=papers-agree");
        let refused = submit(&app, &format!("{page}/attempts"), &wrong, Some(supervisor)).await.with(303);
        assert!(refused.header("location").ends_with("?problem=reason-unfit"));
        let right = format!("purpose={purpose}&reason=identity-settled");
        for _ in 0..2 {
            submit(&app, &format!("{page}/attempts"), &right, Some(supervisor)).await.with(303);
        }
        assert!(open(&app, &page, Some(supervisor)).await.with(200).text().contains("None is counted."));
    }
}
