//! Administration: who may open which page, what is told once, and that nothing is done twice.

use crate::sign_in::{open, submit};
use testkit::app::{Answer, Faces, Login, TestApp};

/// Opens a page and gives its text.
async fn text(app: &TestApp, path: &str, by: &Login) -> String {
    open(app, path, Some(by)).await.with(200).text()
}

/// What stands between two marks.
fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    text.split_once(before).expect(before).1.split_once(after).expect(after).0
}

/// The path after the first link that begins so.
fn linked(text: &str, begins: &str) -> String {
    format!("{begins}{}", between(text, &format!("href=\"{begins}"), "\""))
}

/// A page that says what is to be mended.
fn is_mendable(answer: &Answer) -> bool {
    answer.status == 422 && answer.text().contains("role=\"alert\"")
}

#[tokio::test]
async fn each_page_is_for_who_may_see_it() {
    for app in TestApp::each(Faces::Fake).await {
        let people = &app.people;
        let all = [&people.clerk, &people.supervisor, &people.auditor, &people.administrator, &people.protection];
        let office = format!("/offices/{}", people.office);
        let other = format!("/offices/{}", people.other_office);
        let operator = format!("/operators/{}", people.clerk.id);
        let close = format!("{office}/close");
        for (path, statuses) in [
            ("/offices", [403, 200, 403, 200, 403]),
            (office.as_str(), [403, 200, 403, 200, 403]),
            (other.as_str(), [403, 404, 403, 200, 403]),
            (close.as_str(), [403, 403, 403, 200, 403]),
            ("/operators", [403, 403, 403, 200, 403]),
            (operator.as_str(), [403, 403, 403, 200, 403]),
            ("/services", [200, 200, 200, 200, 200]),
            ("/services/household.marriage", [200, 200, 200, 200, 200]),
            ("/services/household.nothing", [404, 404, 404, 404, 404]),
            ("/register", [403, 200, 403, 403, 403]),
            ("/system", [403, 403, 403, 200, 403]),
        ] {
            for (login, status) in all.into_iter().zip(statuses) {
                assert_eq!(open(&app, path, Some(login)).await.status, status, "{path}");
            }
            assert_eq!(open(&app, path, None).await.status, 303, "{path}");
        }
        // Who may only look is offered nothing to change.
        assert!(!text(&app, &office, &people.supervisor).await.contains("<form method=\"post\" action=\"/offices"));
        assert!(text(&app, &office, &people.administrator).await.contains(&format!("action=\"{office}/stations\"")));
        let menu = text(&app, "/account", &people.supervisor).await;
        assert!(menu.contains("href=\"/offices\"") && !menu.contains("href=\"/operators\""));
    }
}

#[tokio::test]
async fn who_may_only_look_changes_nothing() {
    for app in TestApp::each(Faces::Fake).await {
        let (people, office) = (&app.people, format!("/offices/{}", app.people.office));
        let operator = format!("/operators/{}", people.clerk.id);
        for login in [&people.clerk, &people.supervisor, &people.auditor, &people.protection] {
            for (path, form) in [
                ("/offices".to_owned(), "code=a&name=A&email=&phone=&inbox="),
                (office.clone(), "name=A&email=&phone=&inbox="),
                (format!("{office}/close"), ""),
                (format!("{office}/stations"), "name=S&kind=counter"),
                (format!("{office}/stations/{}/code", people.station), ""),
                (format!("{office}/stations/{}/revoke", people.station), ""),
                ("/operators".to_owned(), "login=new&name=N&office=&trained-on=&auditor=yes"),
                (operator.clone(), "office=&trained-on=&auditor=yes"),
                (format!("{operator}/invitation"), ""),
                (format!("{operator}/disable"), ""),
                (format!("{operator}/sign-out"), ""),
            ] {
                assert_eq!(submit(&app, &path, form, Some(login)).await.status, 403, "{path}");
            }
        }
        assert_eq!(app.database().count("SELECT COUNT(*) FROM offices").await, 2);
        assert_eq!(app.database().count("SELECT COUNT(*) FROM operators").await, 8);
    }
}

#[tokio::test]
async fn an_office_gets_a_station_whose_code_pairs_once() {
    for app in TestApp::each(Faces::Fake).await {
        let admin = &app.people.administrator;
        let form = "code=north&name=%3Cb%3E%26%22x&email=a%40example.org%0D%0A%0D%0Ab%40example.org&phone=123&inbox=";
        let made = submit(&app, "/offices", form, Some(admin)).await.with(303);
        let office = made.header("location").to_owned();
        let page = text(&app, &office, admin).await;
        assert!(page.contains("<bdi>&#60;b&#62;&#38;&#34;x</bdi>") && !page.contains("<b>&"), "{page}");
        assert!(
            page.contains("<bdi>b@example.org</bdi>") && page.contains(">a@example.org&#10;b@example.org<")
                || page.contains("a@example.org\nb@example.org")
        );
        // The second click of two finds the office there, and keeps what was typed.
        let again = submit(&app, "/offices", form, Some(admin)).await;
        assert!(
            is_mendable(&again) && again.text().contains("value=\"north\"") && again.text().contains("b@example.org")
        );
        let seat = "name=%3Ci%3ECounter+3&kind=kiosk";
        let shown = submit(&app, &format!("{office}/stations"), seat, Some(admin)).await.with(200).text();
        let code = between(&shown, "<p class=\"once\"><code>", "<").to_owned();
        assert!(code.len() == 9 && shown.contains("https://counter.example/station"), "{code}");
        let twice = submit(&app, &format!("{office}/stations"), seat, Some(admin)).await;
        assert!(is_mendable(&twice) && twice.text().contains("value=\"&#60;i&#62;Counter 3\""));
        assert!(twice.text().contains("<option value=\"kiosk\" selected>"));
        let page = text(&app, &office, admin).await;
        assert!(page.contains("Not paired yet") && !page.contains(&code));
        let paired = submit(&app, "/station/pair", &format!("code={code}"), None).await.with(303);
        assert!(paired.header("set-cookie").contains("__Host-station=st_"));
        let page = text(&app, &office, admin).await;
        assert!(page.contains("Paired, ") && page.contains("/revoke\""));
        let station = between(&page, &format!("action=\"{office}/stations/"), "/code\"").to_owned();
        let fresh = submit(&app, &format!("{office}/stations/{station}/code"), "", Some(admin)).await.with(200).text();
        assert_ne!(between(&fresh, "<p class=\"once\"><code>", "<"), code);
        for _ in 0..2 {
            submit(&app, &format!("{office}/stations/{station}/revoke"), "", Some(admin)).await.with(303);
        }
        assert!(text(&app, &office, admin).await.contains("Revoked"));
    }
}

#[tokio::test]
async fn an_office_is_changed_and_closed_after_a_question() {
    for app in TestApp::each(Faces::Fake).await {
        let (admin, office) = (&app.people.administrator, format!("/offices/{}", app.people.other_office));
        submit(&app, &office, "name=Lake+Office&email=&phone=&inbox=", Some(admin)).await.with(303);
        assert!(text(&app, "/offices", admin).await.contains("<bdi>Lake Office</bdi>"));
        let wrong = submit(&app, &office, "name=+&email=x%40y&phone=&inbox=", Some(admin)).await;
        assert!(is_mendable(&wrong) && wrong.text().contains("x@y"));
        let asked = text(&app, &format!("{office}/close"), admin).await;
        assert!(asked.contains("Lake Office") && asked.contains(&format!("action=\"{office}/close\"")));
        for _ in 0..2 {
            assert_eq!(
                submit(&app, &format!("{office}/close"), "", Some(admin)).await.with(303).header("location"),
                office
            );
        }
        let closed = text(&app, &office, admin).await;
        assert!(closed.contains("Closed ") && !closed.contains("/stations\""));
        assert_eq!(open(&app, &format!("{office}/close"), Some(admin)).await.status, 303);
    }
}

#[tokio::test]
async fn an_operator_is_added_and_the_link_is_told_once() {
    for app in TestApp::each(Faces::Fake).await {
        let (admin, office) = (&app.people.administrator, &app.people.office);
        let form = |login: &str, roles: &str, day: &str| {
            format!("login={login}&name=%3Cb%3EMei&office={office}&trained-on={day}{roles}")
        };
        for (wrong, kept) in [
            (form("mei", "", ""), "value=\"mei\""),
            (form("mei", "&clerk=yes&auditor=yes", ""), "name=\"auditor\" value=\"yes\" checked"),
            (form("m", "&clerk=yes", "2026-11-01"), "value=\"2026-11-01\""),
            (form("mei", "&clerk=yes", "2027-11-01"), "value=\"2027-11-01\""),
            (form("mei", "&clerk=yes", "yesterday"), "value=\"yesterday\""),
            (form("clerk", "&clerk=yes", ""), "value=\"clerk\""),
        ] {
            let answer = submit(&app, "/operators", &wrong, Some(admin)).await;
            let page = answer.text();
            assert!(is_mendable(&answer) && page.contains(kept), "{wrong}");
            assert!(
                page.contains("value=\"&#60;b&#62;Mei\"") && page.contains(&format!("value=\"{office}\" selected"))
            );
        }
        let right = form("mei", "&clerk=yes&supervisor=yes", "2026-11-01");
        let shown = submit(&app, "/operators", &right, Some(admin)).await.with(200).text();
        let link = between(&shown, "<code id=\"link\">", "<").to_owned();
        assert!(link.starts_with("https://counter.example/invitation#"), "{link}");
        let twice = submit(&app, "/operators", &right, Some(admin)).await;
        assert!(is_mendable(&twice));
        let operator = linked(&shown, "/operators/");
        let page = text(&app, &operator, admin).await;
        assert!(page.contains("<bdi>&#60;b&#62;Mei</bdi>") && !page.contains("invitation#"));
        assert!(page.contains("name=\"supervisor\" value=\"yes\" checked") && page.contains("value=\"2026-11-01\""));
        let again = submit(&app, &format!("{operator}/invitation"), "", Some(admin)).await.with(200).text();
        let newer = between(&again, "<code id=\"link\">", "<").to_owned();
        assert_ne!(newer, link);
        let accept = |link: &str| format!("token={}&password=plum+blossom+in+the+first+snow", link.replace('#', "%23"));
        assert_eq!(submit(&app, "/invitation", &accept(&link), None).await.status, 422);
        assert_eq!(submit(&app, "/invitation", &accept(&newer), None).await.status, 200);
    }
}

#[tokio::test]
async fn an_operator_is_changed_disabled_and_signed_out() {
    for app in TestApp::each(Faces::Fake).await {
        let (admin, clerk) = (&app.people.administrator, &app.people.clerk);
        let list = text(&app, "/operators", admin).await;
        assert!(list.contains("Ended ") && list.contains("Counts until "));
        let operator = format!("/operators/{}", clerk.id);
        let change = format!("office={}&trained-on=2025-12-10&clerk=yes", app.people.office);
        submit(&app, &operator, &change, Some(admin)).await.with(303);
        assert!(text(&app, "/operators", admin).await.contains("Ends soon: 10 December 2026"));
        let wrong = submit(&app, &operator, "office=&trained-on=&clerk=yes", Some(admin)).await;
        assert!(is_mendable(&wrong));
        submit(&app, &format!("{operator}/sign-out"), "", Some(admin)).await.with(303);
        assert_eq!(open(&app, "/account", Some(clerk)).await.status, 303);
        for act in ["disable", "disable", "enable", "enable", "disable"] {
            submit(&app, &format!("{operator}/{act}"), "", Some(admin)).await.with(303);
        }
        assert!(text(&app, &operator, admin).await.contains("Disabled"));
        let refused = submit(&app, &format!("{operator}/invitation"), "", Some(admin)).await.with(303);
        assert!(refused.header("location").ends_with("?problem=operator-disabled"));
        // Nobody changes their own record.
        let own = format!("/operators/{}", admin.id);
        assert!(!text(&app, &own, admin).await.contains(&format!("action=\"{own}/disable\"")));
        assert_eq!(submit(&app, &format!("{own}/disable"), "", Some(admin)).await.status, 403);
    }
}

#[tokio::test]
async fn a_service_is_shown_with_the_notice_that_citizens_see() {
    for app in TestApp::each(Faces::Fake).await {
        let auditor = &app.people.auditor;
        assert!(text(&app, "/account", auditor).await.contains("href=\"/services\""));
        let list = text(&app, "/services", auditor).await;
        assert!(list.contains("Register a marriage") && list.contains("1 in 10,000"), "{list}");
        let path = linked(&list, "/services/household.m");
        let page = text(&app, &path, auditor).await;
        assert!(page.contains("It costs nothing more and takes no longer."));
        let id = path.rsplit('/').next().unwrap();
        for language in ["zh-Hant", "zh-Hans", "en"] {
            let asked = app.get(&format!("/api/v1/services/{id}/notice?language={language}")).send().await.with(200);
            let article = between(&page, &format!("<article class=\"notice\" lang=\"{language}\""), "</article>");
            for line in asked.at("/text").lines().filter(|line| !line.is_empty()) {
                let line =
                    line.replace('\'', "&#39;").replace('"', "&#34;").replace('&', "&#38;").replace("&#38;#", "&#");
                assert!(article.contains(&format!(">{line}<")), "{language}: {line}");
            }
        }
    }
}

#[tokio::test]
async fn the_system_is_shown_in_numbers() {
    for app in TestApp::each(Faces::Fake).await {
        let admin = &app.people.administrator;
        let page = text(&app, "/system", admin).await;
        for seen in ["made-up", "1,000,000", "1 in 10,000", "Collect or replace an identity card", "Never", "In use"] {
            assert!(page.contains(seen), "{seen}");
        }
        for key in app.app.desk.ring.key_ids() {
            assert!(page.contains(key.as_str()), "{key}");
        }
        for model in app.app.desk.engine.pack().models() {
            assert!(page.contains(&model.sha256), "{}", model.name);
        }
        casework::desk::upkeep::checkpoint(&app.app.desk, app.now()).await.unwrap();
        assert!(text(&app, "/system", admin).await.contains("0 · 21 November 2026"));
        let chinese = app.get("/system").header("accept-language", "zh-TW");
        let chinese = chinese.header("cookie", &format!("__Host-operator={}", admin.token)).send().await.with(200);
        assert!(chinese.text().contains("待送出的通知"));
    }
}
