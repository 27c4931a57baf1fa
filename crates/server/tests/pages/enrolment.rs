//! A person and their portraits, put into the register by hand.

use crate::sign_in::{LANGUAGES, open, open_in, submit, submit_in};
use axum::http::Method;
use testkit::app::{Answer, Faces, Login, TestApp, fixture};

const LINE: &str = "4be1c0de";
const FORM: &str = "number=A123456789&name=%3Cb%3EMei&birth_date=1980-02&address=&language=zh-Hant";

/// Sends a photograph as the browser's form does.
async fn photo(
    app: &TestApp,
    (page, language): (&str, &str),
    fields: &[(&str, &str)],
    picture: &[u8],
    by: &Login,
) -> Answer {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--{LINE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let head = format!(
        "--{LINE}\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(picture);
    body.extend_from_slice(format!("\r\n--{LINE}--\r\n").as_bytes());
    app.call(Method::POST, &format!("{page}/portraits"))
        .header("accept-language", language)
        .header("sec-fetch-site", "same-origin")
        .header("cookie", &format!("__Host-operator={}", by.token))
        .bytes(&format!("multipart/form-data; boundary={LINE}"), body)
        .send()
        .await
}

/// Enrols somebody through the page; the address of the person.
async fn enrolled(app: &TestApp) -> String {
    let made = submit(app, "/register/persons", FORM, Some(&app.people.supervisor)).await.with(303);
    made.header("location").to_owned()
}

#[tokio::test]
async fn a_person_is_enrolled_by_who_may() {
    for app in TestApp::each(Faces::Fake).await {
        let people = &app.people;
        for login in [&people.clerk, &people.administrator, &people.auditor, &people.protection] {
            assert_eq!(open(&app, "/register/persons", Some(login)).await.status, 403);
            assert_eq!(submit(&app, "/register/persons", FORM, Some(login)).await.status, 403);
        }
        let supervisor = Some(&people.supervisor);
        for (language, title) in
            LANGUAGES.into_iter().zip(["登錄一個人", "登记一个人", "Put a person into the register"])
        {
            let register = open_in(&app, language, "/register", supervisor).await.with(200).text();
            assert!(register.contains("href=\"/register/persons\"") && register.contains(title), "{language}");
            let form = open_in(&app, language, "/register/persons", supervisor).await.with(200).text();
            assert!(form.contains(&format!("<h1>{title}</h1>")), "{language}");
        }
        for (wrong, say) in [
            (FORM.replace("A123456789", "%27+OR+1"), "identity number has a wrong form"),
            (FORM.replace("1980-02", "1980-13"), "A date is a year, a month or a day"),
            (FORM.replace("%3Cb%3EMei", "+"), "Please check the other fields"),
        ] {
            let again = submit(&app, "/register/persons", &wrong, supervisor).await.with(422).text();
            assert!(again.contains("role=\"alert\"") && again.contains(say), "{wrong}: {again}");
            assert!(again.contains("<option value=\"zh-Hant\" selected>"), "what was typed is kept");
        }
        assert_eq!(app.database().count("SELECT COUNT(*) FROM persons").await, 0);
        let page = enrolled(&app).await;
        assert!(!page.contains("123456789"));
        let shown = open(&app, &page, supervisor).await.with(200).text();
        assert!(shown.contains("<h1><bdi>&#60;b&#62;Mei</bdi></h1>") && shown.contains("A••••••789"));
        assert!(shown.contains("February 1980") && shown.contains("Chinese (traditional characters)"));
        // The second click of two.
        for (language, there) in LANGUAGES.into_iter().zip(["已經登錄了", "已经登记了", "is in the register already"])
        {
            let twice = submit_in(&app, language, "/register/persons", FORM, supervisor).await.with(422).text();
            assert!(twice.contains(there) && twice.contains("value=\"&#60;b&#62;Mei\""), "{language}");
        }
        let count = "SELECT COUNT(*) FROM ledger_entries WHERE kind = 'person.enrolled'";
        assert_eq!(
            (app.database().count("SELECT COUNT(*) FROM persons").await, app.database().count(count).await),
            (1, 1)
        );
    }
}

#[tokio::test]
async fn a_portrait_passes_the_gate_or_the_page_says_why_not() {
    for app in TestApp::each(Faces::Real).await {
        let supervisor = &app.people.supervisor;
        let page = enrolled(&app).await;
        let said = &[("taken_on", "2012-12"), ("source", "passport")];
        for (picture, words) in [
            ("no-face.jpg", ["照片中找不到臉", "照片中找不到脸", "No face was found"]),
            ("two-faces.jpg", ["好幾張臉", "好几张脸", "Several faces"]),
        ] {
            for (language, word) in LANGUAGES.into_iter().zip(words) {
                let refused =
                    photo(&app, (&page, language), said, &fixture(picture), supervisor).await.with(422).text();
                assert!(refused.contains("role=\"alert\""), "{language} {picture}");
                let alert = refused.split("role=\"alert\"").nth(1).unwrap().split("</div>").next().unwrap();
                assert!(alert.contains(word), "{language} {picture}: {alert}");
                assert!(
                    refused.contains("value=\"2012-12\"") && refused.contains("<option value=\"passport\" selected>")
                );
            }
        }
        let text = photo(&app, (&page, "en"), said, b"no picture", supervisor).await.with(422).text();
        assert!(text.contains("role=\"alert\""));
        assert_eq!(app.database().count("SELECT COUNT(*) FROM bio_portraits").await, 0);
        photo(&app, (&page, "en"), said, &fixture("obama-1.jpg"), supervisor).await.with(303);
        let shown = open(&app, &page, Some(supervisor)).await.with(200).text();
        assert!(shown.contains("<td>December 2012</td><td>passport</td>") && !shown.contains("data:image"));
    }
}

#[tokio::test]
async fn a_portrait_form_is_whole_and_from_here() {
    for app in TestApp::each(Faces::Fake).await {
        let (people, page) = (&app.people, enrolled(&app).await);
        let picture = fixture("obama-1.jpg");
        let said = &[("taken_on", ""), ("source", "counter")][..];
        for login in [&people.clerk, &people.administrator, &people.auditor, &people.protection] {
            assert_eq!(photo(&app, (&page, "en"), said, &picture, login).await.status, 403);
        }
        let supervisor = &people.supervisor;
        assert_eq!(submit(&app, &format!("{page}/portraits"), "picture=x", Some(supervisor)).await.status, 415);
        assert_eq!(photo(&app, (&page, "en"), &[("other", "x")], &picture, supervisor).await.status, 400);
        let long = "x".repeat(300);
        assert_eq!(photo(&app, (&page, "en"), &[("source", &long)], &picture, supervisor).await.status, 400);
        assert_eq!(photo(&app, (&page, "en"), &[("source", "a\0b")], &picture, supervisor).await.status, 400);
        let foreign = app.call(Method::POST, &format!("{page}/portraits")).header("sec-fetch-site", "cross-site");
        let foreign = foreign.header("cookie", &format!("__Host-operator={}", supervisor.token));
        assert_eq!(foreign.bytes(&format!("multipart/form-data; boundary={LINE}"), vec![]).send().await.status, 403);
        let large = vec![0xff; 9 * 1024 * 1024];
        let refused = photo(&app, (&page, "en"), said, &large, supervisor).await.with(422).text();
        assert!(refused.contains("role=\"alert\"") && refused.contains("8 MB"), "{refused}");
        for day in ["2012-13", "yesterday"] {
            let again =
                photo(&app, (&page, "en"), &[("taken_on", day), ("source", "counter")], &picture, supervisor).await;
            assert!(again.with(422).text().contains("The date on which it was taken"), "{day}");
        }
        assert_eq!(app.database().count("SELECT COUNT(*) FROM bio_portraits").await, 0);
        let nobody = "/register/persons/01kaj0000000000000000000zz";
        assert_eq!(photo(&app, (nobody, "en"), said, &picture, supervisor).await.status, 404);
    }
}

#[tokio::test]
async fn a_portrait_is_retired_after_a_question() {
    for app in TestApp::each(Faces::Fake).await {
        let (people, page) = (&app.people, enrolled(&app).await);
        let supervisor = Some(&people.supervisor);
        let said = &[("taken_on", "2009"), ("source", "counter")];
        photo(&app, (&page, "en"), said, &fixture("obama-1.jpg"), &people.supervisor).await.with(303);
        let shown = open(&app, &page, supervisor).await.with(200).text();
        let link = format!("{page}/portraits/");
        let retire = format!("{link}{}", shown.split(&link).nth(1).unwrap().split('"').next().unwrap());
        assert!(retire.ends_with("/retire"));
        for login in [&people.clerk, &people.administrator, &people.auditor] {
            assert_eq!(open(&app, &retire, Some(login)).await.status, 403);
            assert_eq!(submit(&app, &retire, "", Some(login)).await.status, 403);
        }
        for (language, gone) in LANGUAGES.into_iter().zip(["立刻刪除", "立刻删除", "deleted at once and for good"])
        {
            let asked = open_in(&app, language, &retire, supervisor).await.with(200).text();
            assert!(asked.contains(gone) && asked.contains(&format!("action=\"{retire}\"")), "{language}");
        }
        assert_eq!(app.database().count("SELECT COUNT(*) FROM bio_portraits WHERE retired_on IS NULL").await, 1);
        for _ in 0..2 {
            let done = submit(&app, &retire, "", supervisor).await.with(303);
            assert_eq!(done.header("location"), page);
        }
        let shown = open(&app, &page, supervisor).await.with(200).text();
        assert!(shown.contains("Not used since") && !shown.contains("/retire\""));
        assert_eq!(open(&app, &retire, supervisor).await.with(303).header("location"), page);
        let told = "SELECT COUNT(*) FROM ledger_entries WHERE kind = 'portrait.retired'";
        assert_eq!(app.database().count(told).await, 1);
    }
}
