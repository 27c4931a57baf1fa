//! `/alarms`: a suspicion from the report to the closed case, as the second operator goes through it.

use crate::body;
use crate::flow::{Counter, OBAMA, offices};
use crate::sign_in::{open, open_in, submit};
use serde_json::Value;
use std::io::{Cursor, Read as _};
use store::ledger::proof::Inclusion;
use testkit::app::{Login, TestApp};

/// A name that a page must not take for its own words.
const HOSTILE: &str = "<b>&\"x";
/// The same, as it stands in a page.
const ESCAPED: &str = "<bdi>&#60;b&#62;&#38;&#34;x</bdi>";

/// Somebody else before the camera, judged and reported by `by`; the address of the alarm.
async fn reported(app: &TestApp, by: &Login) -> String {
    let mut counter = Counter::collecting(app, OBAMA).await;
    counter.agreed().await;
    counter.captured(&["biden-1.jpg"]).await;
    by.token.clone_into(&mut counter.by);
    counter.judged("different").await;
    let visit = format!("/counter/visits/{}", counter.visit);
    let form = "act=suspect&revision=0&person=0&reason=face-differs";
    let answer = submit(app, &visit, form, Some(by)).await.with(303);
    assert_eq!(answer.header("location"), format!("{visit}?person=0"));
    let list = app.get("/api/v1/incidents").by(&app.people.supervisor.token).send().await.with(200);
    format!("/alarms/{}", list.at("/items/0/id"))
}

async fn shown(app: &TestApp, path: &str, by: &Login) -> String {
    open(app, path, Some(by)).await.with(200).text()
}

/// Sends a form of an alarm's page and goes where it leads, which is the same page.
async fn act(app: &TestApp, path: &str, form: &str, by: &Login) -> String {
    let answer = submit(app, path, form, Some(by)).await.with(303);
    let to = answer.header("location").to_owned();
    assert!(to == path || to.starts_with(&format!("{path}?problem=")), "{to}");
    shown(app, &to, by).await
}

/// A text as it stands in a page.
fn escape(text: &str) -> String {
    text.replace('&', "&#38;").replace('\'', "&#39;").replace('"', "&#34;")
}

/// Gives an operator a name that looks like markup.
async fn renamed(app: &TestApp, login: &Login) {
    let statement = format!("UPDATE operators SET name = '{HOSTILE}' WHERE id = '{}'", login.id);
    assert_eq!(app.database().tamper(&statement).await, 1);
}

#[tokio::test]
async fn an_alarm_is_judged_by_eye_seconded_and_taken_away() {
    for app in offices().await {
        let people = &app.people;
        renamed(&app, &people.clerk).await;
        let path = reported(&app, &people.clerk).await;
        it_waits_at_the_top(&app, &path).await;
        it_is_judged_first(&app, &path).await;
        let decided = act(&app, &path, "act=second&state=reported", &people.supervisor).await;
        assert!(decided.contains(&format!("href=\"{path}/file\"")) && !decided.contains("value=\"dismiss\""));
        assert_eq!(app.database().count("SELECT COUNT(*) FROM visits WHERE closed_at_ms IS NOT NULL").await, 1);
        // A second click, or a form of a page that was left open, finds how things stand and changes nothing.
        for form in ["act=second&state=reported", "act=dismiss&state=reported&reason=same-person"] {
            let again = submit(&app, &path, form, Some(&people.supervisor)).await.with(303);
            assert_eq!(again.header("location"), path, "{form}");
        }
        it_is_printed(&app, &path).await;
        it_is_taken_away(&app, &path).await;
        let unfit = act(&app, &path, "act=close&state=confirmed&reason=same-person", &people.supervisor).await;
        assert!(unfit.contains("role=\"alert\"") && unfit.contains("value=\"close\""));
        let closed = act(&app, &path, "act=close&state=confirmed&reason=genuine-after-all", &people.supervisor).await;
        assert!(closed.contains("It was the person after all.") && !closed.contains("value=\"close\""));
        let file = shown(&app, &format!("{path}/file"), &people.supervisor).await;
        assert!(file.contains("It was the person after all.") && file.contains("<dt>Applicant</dt>"));
        let list = shown(&app, "/alarms", &people.supervisor).await;
        assert!(list.contains("<title>Alarms ·") && list.contains("Nothing waits for you."));
    }
}

async fn it_waits_at_the_top(app: &TestApp, path: &str) {
    let list = shown(app, "/alarms", &app.people.supervisor).await;
    assert!(list.contains("<title>(1) Alarms ·") && list.contains("One report waits for you."), "{list}");
    assert!(list.contains("5 people in 57,883 comparisons") && list.contains("CTS News, 24 December 2019"), "{list}");
    assert!(list.contains(ESCAPED) && !list.contains(HOSTILE));
    let (row, reason) = (format!("href=\"{path}\""), "look like two persons");
    assert!(list.contains(&row) && list.contains("by the pictures") && !list.contains(reason));
}

async fn it_is_judged_first(app: &TestApp, path: &str) {
    let supervisor = &app.people.supervisor;
    let first = shown(app, path, supervisor).await;
    assert!(first.contains("data-pictures=\"/api/v1/visits/") && first.contains("data-key=\"s\""));
    for early in ["look like two persons", "value=\"second\"", "value=\"dismiss\"", "Similarity", HOSTILE, ESCAPED] {
        assert!(!first.contains(early), "{early}");
    }
    assert_eq!(open(app, &format!("{path}/evidence"), Some(supervisor)).await.status, 409);
    let early = act(app, path, "act=second&state=reported", supervisor).await;
    assert!(early.contains("role=\"alert\"") && early.contains("data-key=\"s\""));
    let pictures = shown(app, &format!("{path}/pictures"), supervisor).await;
    assert!(pictures.contains("src=\"data:image/jpeg;base64,") && pictures.contains(&format!("href=\"{path}\"")));
    let nothing = act(app, path, "act=judge&state=reported&answer=guess", supervisor).await;
    assert!(nothing.contains("role=\"alert\""));
    let open_now = act(app, path, "act=judge&state=reported&answer=cannot-say", supervisor).await;
    for now in
        ["look like two persons", "value=\"second\"", "Similarity", ESCAPED, "Cannot say", "Different", "Person A1"]
    {
        assert!(open_now.contains(now), "{now}: {open_now}");
    }
    assert!(!open_now.contains("data-pictures") && !open_now.contains(HOSTILE));
    // The judgement stays what it was.
    let again = submit(app, path, "act=judge&state=reported&answer=same", Some(supervisor)).await.with(303);
    assert_eq!(again.header("location"), path);
    let said = "SELECT COUNT(*) FROM judgements WHERE answer = 'cannot-say'";
    assert_eq!((app.database().count(said).await, judgements(app).await), (1, 2));
}

async fn judgements(app: &TestApp) -> i64 {
    app.database().count("SELECT COUNT(*) FROM judgements").await
}

async fn it_is_printed(app: &TestApp, path: &str) {
    casework::desk::upkeep::checkpoint(&app.app.desk, app.now()).await.unwrap();
    let file = shown(app, &format!("{path}/file"), &app.people.supervisor).await;
    for part in [ESCAPED, "may well be genuine", "Similarity", "Cannot say", "An operator asked for the camera"] {
        assert!(file.contains(part), "{part}");
    }
    assert!(!file.contains(HOSTILE) && !file.contains(OBAMA) && !file.contains("Person A1"));
}

async fn it_is_taken_away(app: &TestApp, path: &str) {
    // Of the entries so far only the export before has no proof yet.
    let answer = open(app, &format!("{path}/archive"), Some(&app.people.supervisor)).await.with(200);
    assert_eq!(answer.header("content-type"), "application/zip");
    let id = path.trim_start_matches("/alarms/");
    assert_eq!(answer.header("content-disposition"), format!("attachment; filename=\"case-file-{id}.zip\""));
    let mut zip = zip::ZipArchive::new(Cursor::new(answer.body)).unwrap();
    let mut read = |name: &str| {
        let mut text = String::new();
        zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    };
    let readme = read("README.txt");
    assert!(readme.contains(id) && readme.contains("countenance ledger proof") && readme.contains("proof: 1."));
    assert!(readme.contains("by supervisor."));
    let page = read("case-file.html");
    assert!(page.contains(ESCAPED) && !page.contains("<script") && !page.contains("/assets/"));
    assert!(read("case-file.css").contains("@media print"));
    let file: Value = serde_json::from_str(&read("case-file.json")).unwrap();
    assert_eq!(file["incident"]["id"], id);
    let entries: Vec<&str> =
        file["entries"].as_array().unwrap().iter().map(|entry| entry["entry"].as_str().unwrap()).collect();
    let keys: Vec<seal::checkpoint::Verifier> = read("keys.txt").lines().map(|key| key.parse().unwrap()).collect();
    let proofs = read("proofs.jsonl");
    assert_eq!(proofs.lines().count() + 1, entries.len());
    for line in proofs.lines() {
        let proof: Inclusion = serde_json::from_str(line).unwrap();
        assert!(entries.contains(&proof.entry.as_str()));
        proof.verify_by(&keys).unwrap();
        let forged = Inclusion { entry: proof.entry.replace("different", "same") + " ", ..proof };
        assert!(forged.verify_by(&keys).is_err());
    }
    let exported = "SELECT COUNT(*) FROM ledger_entries WHERE kind = 'incident.exported'";
    assert_eq!(app.database().count(exported).await, 2);
}

/// The number of waiting alarms in the menu of a page; empty while none waits, nothing where there is no number.
fn number(page: &str) -> Option<String> {
    let part = page.split_once("<span id=\"waiting\"")?.1.split_once("</a>").unwrap().0;
    let badge = part.split_once("<span class=\"badge\" aria-hidden=\"true\">");
    Some(badge.map_or_else(String::new, |(_, rest)| rest.split('<').next().unwrap().to_owned()))
}

#[tokio::test]
async fn the_menu_of_every_page_says_how_many_alarms_wait() {
    for app in offices().await {
        let people = &app.people;
        let path = reported(&app, &people.both).await;
        let pages =
            ["/account", "/alarms", "/offices", "/register", "/services", "/notices", "/protection/figures", &path];
        for (language, words) in
            [("zh-Hant", "有 1 件通報等待您判斷。"), ("zh-Hans", "有 1 件"), ("en", "One report waits for you.")]
        {
            for address in pages {
                let page = open_in(&app, language, address, Some(&people.supervisor)).await.with(200).text();
                let menu = page.split_once("<nav class=\"menu\"").unwrap().1.split_once("</nav>").unwrap().0;
                assert_eq!(number(menu).as_deref(), Some("1"), "{language} {address}");
                assert!(menu.contains(words) && page.contains("/menu.js\""), "{language} {address}: {menu}");
            }
            let part = open_in(&app, language, "/alarms/waiting", Some(&people.supervisor)).await.with(200).text();
            assert!(part.starts_with("<span id=\"waiting\"") && part.contains(words), "{part}");
        }
        // Who reported it waits for somebody else; who sees no alarms has no number, and asks no office's.
        assert_eq!(number(&shown(&app, "/account", &people.both).await).as_deref(), Some(""));
        for who in [&people.clerk, &people.auditor, &people.administrator, &people.protection] {
            let page = shown(&app, "/account", who).await;
            assert!(number(&page).is_none() && !page.contains("/menu.js\""));
            assert_eq!(open(&app, "/alarms/waiting", Some(who)).await.status, 403);
        }
        assert_eq!(open(&app, "/alarms/waiting", None).await.status, 303);
        // One that nobody looked at in time waits no more, even if that is not noted yet.
        let day = "UPDATE incidents SET reported_at_ms = reported_at_ms - 86400000";
        assert_eq!(app.database().tamper(day).await, 1);
        assert_eq!(number(&shown(&app, "/account", &people.supervisor).await).as_deref(), Some(""));
    }
}

#[tokio::test]
async fn an_open_alarm_is_looked_at_again_without_opening_the_evidence() {
    for app in offices().await {
        let supervisor = &app.people.supervisor;
        let path = reported(&app, &app.people.clerk).await;
        let again = format!("{path}?again=yes");
        let blind = shown(&app, &again, supervisor).await;
        assert!(blind.contains("<div id=\"alarm-facts\" data-live></div>") && blind.contains("id=\"compare\""));
        act(&app, &path, "act=judge&state=reported&answer=same", supervisor).await;
        let looks = "SELECT COUNT(*) FROM ledger_entries WHERE kind = 'evidence.opened'";
        let before = app.database().count(looks).await;
        for _ in 0..3 {
            let page = shown(&app, &again, supervisor).await;
            assert!(page.contains("<div id=\"alarm-eye\" data-live></div>") && !page.contains("Similarity"));
            assert!(page.contains(&format!("href=\"{path}/evidence\"")) && page.contains("value=\"dismiss\""));
        }
        assert_eq!(app.database().count(looks).await, before);
        assert!(shown(&app, &path, supervisor).await.contains("Similarity"));
        assert_eq!(app.database().count(looks).await, before + 1);
        // What an open page puts in place after somebody else has decided.
        act(&app, &path, "act=dismiss&state=reported&reason=same-person", supervisor).await;
        let decided = shown(&app, &again, supervisor).await;
        assert!(decided.contains("The visit goes on") && !decided.contains("value=\"dismiss\""));
    }
}

#[tokio::test]
async fn a_dismissed_alarm_lets_the_visit_go_on() {
    for app in offices().await {
        let people = &app.people;
        let path = reported(&app, &people.clerk).await;
        act(&app, &path, "act=judge&state=reported&answer=same", &people.supervisor).await;
        let without = act(&app, &path, "act=dismiss&state=reported", &people.supervisor).await;
        assert!(without.contains("role=\"alert\""));
        let form = "act=dismiss&state=reported&reason=same-person";
        let dismissed = act(&app, &path, form, &people.supervisor).await;
        assert!(dismissed.contains("The visit goes on") && !dismissed.contains("/file\""));
        for (language, label) in
            [("zh-Hant", "為什麼不成立"), ("zh-Hans", "为什么不成立"), ("en", "Why it was dismissed")]
        {
            let reason = casework::Reason::parse("same-person").unwrap().row().texts;
            let reason = reason.get(casework::Language::parse(language).unwrap());
            // Whoever looks later reads it too.
            let page = open_in(&app, language, &path, Some(&people.both)).await.with(200).text();
            assert!(page.contains(&format!("<dt>{label}</dt><dd>{}</dd>", escape(reason))), "{language}: {page}");
        }
        assert_eq!(app.database().count("SELECT COUNT(*) FROM visits WHERE closed_at_ms IS NULL").await, 1);
        let early = open(&app, &format!("{path}/file"), Some(&people.supervisor)).await.with(409);
        assert!(early.text().contains("incident-settled"));
        assert_eq!(open(&app, &format!("{path}/archive"), Some(&people.supervisor)).await.status, 409);
    }
}

#[tokio::test]
async fn who_reported_sees_it_and_decides_nothing() {
    for app in offices().await {
        let both = &app.people.both;
        let path = reported(&app, both).await;
        let list = shown(&app, "/alarms", both).await;
        assert!(list.contains("<title>Alarms ·") && list.contains("for a colleague") && list.contains(&path));
        let page = shown(&app, &path, both).await;
        assert!(page.contains("You reported this.") && page.contains("look like two persons"));
        assert!(!page.contains("<button name=\"answer\"") && !page.contains("value=\"second\""));
        for form in [
            "act=judge&state=reported&answer=same",
            "act=second&state=reported",
            "act=dismiss&state=reported&reason=same-person",
        ] {
            let refused = submit(&app, &path, form, Some(both)).await.with(403);
            assert!(refused.text().contains("second-person-same"), "{form}");
        }
        act(&app, &path, "act=judge&state=reported&answer=different", &app.people.supervisor).await;
        act(&app, &path, "act=second&state=reported", &app.people.supervisor).await;
        let page = shown(&app, &path, both).await;
        assert!(!page.contains("value=\"close\"") && page.contains("Somebody else than who reported it closes it."));
        let close = submit(&app, &path, "act=close&state=confirmed&reason=handed-over", Some(both)).await.with(403);
        assert!(close.text().contains("second-person-same"));
    }
}

#[tokio::test]
async fn a_report_by_papers_is_decided_without_pictures() {
    for app in offices().await {
        let counter = Counter::collecting(&app, OBAMA).await;
        counter.act("suspicion", body!({"person": 0, "reason": "papers-forged"})).send().await.with(200);
        let supervisor = &app.people.supervisor;
        let list = app.get("/api/v1/incidents").by(&supervisor.token).send().await.with(200);
        let path = format!("/alarms/{}", list.at("/items/0/id"));
        let page = shown(&app, &path, supervisor).await;
        assert!(
            page.contains("forged or altered") && page.contains("value=\"second\"") && !page.contains("data-pictures")
        );
        let form = "act=dismiss&state=reported&reason=not-enough-ground";
        let dismissed = act(&app, &path, form, supervisor).await;
        assert!(dismissed.contains("The visit goes on"));
    }
}

#[tokio::test]
async fn only_supervisors_of_the_office_see_alarms() {
    for app in offices().await {
        let people = &app.people;
        let path = reported(&app, &people.clerk).await;
        for (who, menu) in [(&people.clerk, false), (&people.supervisor, true)] {
            assert_eq!(shown(&app, "/account", who).await.contains("href=\"/alarms\""), menu);
        }
        let others = [&people.clerk, &people.auditor, &people.administrator, &people.protection, &people.stranger];
        for who in others {
            for address in ["/alarms", &path, &format!("{path}/file"), &format!("{path}/archive"), "/notices"] {
                assert_eq!(open(&app, address, Some(who)).await.status, 403, "{address}");
            }
            assert_eq!(submit(&app, &path, "act=second&state=reported", Some(who)).await.status, 403);
        }
        assert_eq!(open(&app, &path, None).await.status, 303);
        let nobody = "/alarms/01kaj0000000000000000000zz";
        assert_eq!(open(&app, nobody, Some(&people.supervisor)).await.status, 404);
        assert_eq!(judgements(&app).await, 1);
    }
}
