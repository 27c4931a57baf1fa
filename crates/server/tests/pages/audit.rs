//! The ledger's pages: search, proof, verification, comparison, export.

use crate::flow::{BIDEN, Counter, OBAMA, enrol};
use crate::sign_in::{LANGUAGES, open, open_in, submit};
use seal::keys::SignUse;
use std::time::Duration;
use store::ledger::checkpoint::{ROOTS, verifiers};
use store::ledger::proof::Inclusion;
use store::ledger::verify::Trust;
use testkit::app::{Answer, Faces, TestApp};

const ORIGIN: &str = "counter.example";

/// A page's text without the escapes of HTML.
pub(crate) fn plain(text: &str) -> String {
    [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")]
        .into_iter()
        .fold(text.to_owned(), |text, (escape, plain)| text.replace(escape, plain))
}

/// What stands between two texts, each time.
pub(crate) fn between(text: &str, before: &str, after: &str) -> Vec<String> {
    let parts = text.split(before).skip(1);
    parts.filter_map(|part| Some(part.split_once(after)?.0.to_owned())).collect()
}

async fn searched(app: &TestApp, form: &str) -> Answer {
    submit(app, "/ledger", form, Some(&app.people.auditor)).await
}

/// A visit that went as far as the pictures.
async fn visited(app: &TestApp) {
    enrol(app, OBAMA, Some("obama-1.jpg")).await;
    enrol(app, BIDEN, None).await;
    let counter = Counter::collecting(app, OBAMA).await;
    counter.agreed().await;
    counter.captured(&["obama-2.jpg"]).await;
    casework::desk::upkeep::checkpoint(&app.app.desk, app.now()).await.unwrap();
}

/// Clicks, and waits for the result.
async fn verified(app: &TestApp) -> String {
    let auditor = Some(&app.people.auditor);
    let gone = submit(app, "/ledger/verify", "", auditor).await.with(303);
    assert_eq!(gone.header("location"), "/ledger/verify");
    for _ in 0..100 {
        let page = open(app, "/ledger/verify", auditor).await.with(200).text();
        if !page.contains("Look again") {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("the verification does not end");
}

#[tokio::test]
async fn only_an_auditor_opens_the_ledger() {
    for app in TestApp::each(Faces::Fake).await {
        let people = &app.people;
        for by in [&people.clerk, &people.supervisor, &people.administrator, &people.protection] {
            for path in ["/ledger", "/ledger/verify", "/ledger/register/0"] {
                assert_eq!(open(&app, path, Some(by)).await.status, 403, "{path}");
            }
            for (path, form) in
                [("/ledger", "kind="), ("/ledger/verify", ""), ("/ledger/compare", "note=x"), ("/ledger/export", "")]
            {
                assert_eq!(submit(&app, path, form, Some(by)).await.status, 403, "{path}");
            }
        }
        assert_eq!(open(&app, "/ledger", None).await.with(303).header("location"), "/sign-in?to=/ledger");
        let page = open(&app, "/ledger", Some(&people.auditor)).await.with(200).text();
        assert!(page.contains("href=\"/ledger\" aria-current=\"page\"") && !page.contains("href=\"/counter\""));
        for (path, status) in
            [("/ledger/register/99999", 404), ("/ledger/nothing/0", 404), ("/ledger/register/-1", 404)]
        {
            assert_eq!(open(&app, path, Some(&people.auditor)).await.status, status, "{path}");
        }
    }
}

#[tokio::test]
async fn a_search_finds_what_a_visit_left() {
    for app in TestApp::each(Faces::Fake).await {
        visited(&app).await;
        let found = searched(&app, &format!("number={OBAMA}&service=household.identity-card")).await.with(200).text();
        let table = found.split("<tbody>").nth(1).unwrap();
        for what in ["Consent was given.", "The camera was opened for one consent.", "Live pictures were taken in"] {
            assert!(table.contains(what), "{what}");
        }
        assert!(!found.contains(OBAMA) && found.contains("name=\"person\" value=\""));
        let of_kind = searched(&app, "operator=CLERK&kind=visit.opened&from=2026-11-21&to=2026-11-21").await.with(200);
        assert_eq!(of_kind.text().split("<tbody>").nth(1).unwrap().matches("<tr>").count(), 1);
        let before = searched(&app, "operator=clerk&to=2026-11-19").await.with(200).text();
        assert!(before.contains("No entry fits"));
        for (wrong, said) in [
            ("number=x", "wrong form"),
            ("number=Z999999999", "No person with this identity number"),
            ("operator=nobody", "no such record"),
            ("from=soon", "outside what may be stored"),
            ("visit=1", "role=\"alert\""),
            ("kind=no.such", "role=\"alert\""),
        ] {
            let again = searched(&app, wrong).await.with(422).text();
            assert!(again.contains(said), "{wrong}");
            let (name, value) = wrong.split_once('=').unwrap();
            assert!(name == "kind" || again.contains(&format!("value=\"{value}\"")), "{wrong}");
        }
        assert_eq!(searched(&app, "person=%00").await.status, 400);
        assert_eq!(searched(&app, "unknown=1").await.status, 400);
    }
}

#[tokio::test]
async fn further_entries_are_on_further_pages() {
    for app in TestApp::each(Faces::Fake).await {
        for number in 0..60 {
            enrol(&app, &format!("P{number:09}"), None).await;
        }
        let first = searched(&app, "kind=person.enrolled").await.with(200).text();
        let next = first.split("<form method=\"post\" action=\"/ledger\">").nth(1).unwrap();
        let fields = next.split("</form>").next().unwrap();
        let names = between(fields, "name=\"", "\"");
        let values = between(fields, "value=\"", "\"");
        let form: Vec<String> = names.iter().zip(&values).map(|(name, value)| format!("{name}={value}")).collect();
        let second = searched(&app, &form.join("&")).await.with(200).text();
        let rows = |page: &str| between(page, "<tr><td><a href=\"", "\"");
        let (first, second) = (rows(&first), rows(&second));
        assert_eq!((first.len(), second.len()), (50, 10));
        assert!(second.iter().all(|row| !first.contains(row)));
    }
}

#[tokio::test]
async fn a_proof_that_is_shown_is_valid() {
    for app in TestApp::each(Faces::Fake).await {
        visited(&app).await;
        let found = searched(&app, "kind=consent.given").await.with(200).text();
        assert!(found.contains("✓ proved"));
        let address = between(&found, "<tr><td><a href=\"", "\"").remove(0);
        let (shard, seq) = address.strip_prefix("/ledger/").unwrap().split_once('/').unwrap();
        let page = open(&app, &address, Some(&app.people.auditor)).await.with(200).text();
        assert!(page.contains("Checked just now by this server"));
        let texts = between(&page, "<pre", "</pre>");
        let shown = |number: usize| plain(texts[number].split_once('>').unwrap().1);
        let hashes = page.split("class=\"hashes\"").nth(1).unwrap().split("</ol>").next().unwrap();
        let hashes = between(hashes, "<code>", "</code>").iter().map(|hash| plain(hash)).collect();
        let proof = Inclusion { entry: shown(0), seq: seq.parse().unwrap(), checkpoint: shown(1), proof: hashes };
        let keys = verifiers(ORIGIN, shard, &app.app.desk.ring.public_keys(SignUse::Ledger)).unwrap();
        proof.verify(&keys).unwrap();
        assert!(Inclusion { entry: proof.entry.replace("given", "taken"), ..proof.clone() }.verify(&keys).is_err());
        let leaf = base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD,
            seal::tree::leaf_hash(proof.entry.as_bytes()),
        );
        assert!(plain(&page).contains(&leaf));
        // The file that the page links is the same proof.
        let file = format!("/api/v1/ledger/{shard}/entries/{seq}/proof");
        assert!(page.contains(&format!("href=\"{file}\" download=\"proof.json\"")));
        let file = open(&app, &file, Some(&app.people.auditor)).await.with(200).json();
        assert_eq!(serde_json::from_value::<Inclusion>(file).unwrap(), proof);
        // What happened after the last checkpoint says so.
        enrol(&app, "Q100000001", None).await;
        let fresh = searched(&app, "kind=person.enrolled").await.with(200).text();
        assert!(fresh.contains("not signed yet") && fresh.contains("✓ proved"));
    }
}

#[tokio::test]
async fn facts_are_named_in_the_readers_language() {
    for app in TestApp::each(Faces::Fake).await {
        visited(&app).await;
        let auditor = Some(&app.people.auditor);
        for (kind, told) in [
            ("consent.requested", [("語言", "英文"), ("语言", "英文"), ("Language", "English")]),
            ("capture.taken", [("使用的現場照片數", "1"), ("使用的现场照片数", "1"), ("Live pictures used", "1")]),
            ("portrait.added", [("來源", "身分證"), ("来源", "身份证"), ("Source", "identity card")]),
        ] {
            let found = searched(&app, &format!("kind={kind}")).await.with(200).text();
            let address = between(&found, "<tr><td><a href=\"", "\"").remove(0);
            for (language, (name, value)) in LANGUAGES.into_iter().zip(told) {
                let page = open_in(&app, language, &address, auditor).await.with(200).text();
                let facts = page.split_once("<h2 id=\"facts\">").unwrap().1.split_once("</section>").unwrap().0;
                assert!(facts.contains(&format!("<dt>{name}</dt><dd><bdi>{value}</bdi> <code")), "{language}: {facts}");
            }
        }
    }
}

#[tokio::test]
async fn one_click_finds_what_was_changed_behind_the_services_back() {
    for app in TestApp::each(Faces::Fake).await {
        let auditor = Some(&app.people.auditor);
        assert!(open(&app, "/ledger/verify", auditor).await.with(200).text().contains("Nothing was verified yet"));
        visited(&app).await;
        let right = verified(&app).await;
        assert!(right.contains("Nothing was changed") && right.contains("<code>register</code>"), "{right}");
        let locked = "UPDATE persons SET state = 'locked' WHERE portrait_exception IS NULL";
        assert!(app.database().tamper(locked).await > 0);
        let row = verified(&app).await;
        assert!(row.contains("A record is not as the last entry that speaks of it left it."), "{row}");
        assert!(
            row.contains("<code class=\"small\">row-changed</code>") && row.contains("this entry left it otherwise")
        );
        for (language, said) in [("zh-Hant", "這筆紀錄寫下時不是這樣"), ("zh-Hans", "这条记录写下时不是这样")]
        {
            let page = open_in(&app, language, "/ledger/verify", auditor).await.with(200).text();
            assert!(page.contains(said) && page.contains("row-changed</code>"), "{language}");
            assert!(!page.contains("this entry left it"), "{language}");
        }
        let changed = "UPDATE ledger_entries SET entry = REPLACE(entry, 'consent.given', 'consent.taken') \
                       WHERE kind = 'consent.given'";
        assert_eq!(app.database().tamper(changed).await, 1);
        let found = verified(&app).await;
        assert!(found.contains("An entry is not the one that was written."), "{found}");
        let address = between(&found, "<a href=\"/ledger/", "\"").remove(0);
        let page = open(&app, &format!("/ledger/{address}"), auditor).await.with(200).text();
        assert!(page.contains("does not fit what was signed") && !page.contains("✓ Checked"));
        let rows = searched(&app, "kind=consent.given").await.with(200).text();
        assert!(rows.contains("does not fit"));
        let hant = open_in(&app, "zh-Hant", "/ledger/verify", auditor).await.with(200).text();
        assert!(hant.contains("它的文字和葉雜湊不相符") && hant.contains("entry-changed</code>"), "{hant}");
    }
}

#[tokio::test]
async fn a_verification_at_work_is_followed() {
    for app in TestApp::each(Faces::Fake).await {
        let auditor = Some(&app.people.auditor);
        let quiet = open(&app, "/ledger/verify", auditor).await.with(200).text();
        assert!(quiet.contains("/verify.js\"") && !quiet.contains("data-running") && !quiet.contains("Look again"));
        // Somebody else holds the row that whoever verifies must write first: the work has begun and cannot go on.
        let means = app.app.desk.means(app.now());
        let mut tx = app.app.desk.db.write().await.unwrap();
        store::lease::take(&mut tx, &means, "verification", "test", jiff::SignedDuration::from_secs(1)).await.unwrap();
        submit(&app, "/ledger/verify", "", auditor).await.with(303);
        for (language, part) in [("zh-Hant", "正在讀"), ("zh-Hans", "正在读"), ("en", "Reading the ledger…")] {
            let page = open_in(&app, language, "/ledger/verify", auditor).await.with(200).text();
            let now = page.split_once("id=\"verify-now\"").unwrap().1.split_once("id=\"verify-last\"").unwrap().0;
            assert!(
                now.contains("data-running") && now.contains("<progress id=\"far\">") && now.contains(part),
                "{now}"
            );
            // Without script a link looks again, and nobody begins a second one meanwhile.
            assert!(
                now.contains("<noscript><p><a class=\"button\" href=\"/ledger/verify\">") && !now.contains("<form")
            );
        }
        drop(tx);
        for _ in 0..100 {
            if !open(&app, "/ledger/verify", auditor).await.text().contains("data-running") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let done = open(&app, "/ledger/verify", auditor).await.with(200).text();
        assert!(done.contains("Nothing was changed") && !done.contains("data-running"), "{done}");
    }
}

#[tokio::test]
async fn a_note_that_was_kept_outside_is_compared() {
    for app in TestApp::each(Faces::Fake).await {
        let auditor = Some(&app.people.auditor);
        visited(&app).await;
        let page = open(&app, "/ledger/verify", auditor).await.with(200).text();
        let root = between(&page, "<pre", "</pre>").remove(0);
        let root = plain(root.split_once('>').unwrap().1);
        assert!(root.starts_with(&format!("{ORIGIN}/{ROOTS}\n")), "{root}");
        let form = |note: &str| {
            let escaped = note.replace('+', "%2B").replace('=', "%3D").replace('\n', "%0D%0A").replace(' ', "+");
            format!("note={escaped}")
        };
        enrol(&app, "Q100000002", None).await;
        let fits = submit(&app, "/ledger/compare", &form(&root), auditor).await.with(200).text();
        assert!(fits.contains("since then the ledger has only grown"), "{fits}");
        let forged = root.replace(ORIGIN, "other.example");
        let other = submit(&app, "/ledger/compare", &form(&forged), auditor).await.with(422).text();
        assert!(other.contains("role=\"alert\"") && other.contains("other.example"));
        app.database().tamper("UPDATE ledger_heads SET size = 1 WHERE shard = 'register'").await;
        let older = submit(&app, "/ledger/compare", &form(&root), auditor).await.with(200).text();
        assert!(older.contains("the ledger is another or an older one"), "{older}");
    }
}

#[tokio::test]
async fn the_downloaded_ledger_is_verified_elsewhere() {
    for app in TestApp::each(Faces::Fake).await {
        visited(&app).await;
        let file = submit(&app, "/ledger/export", "", Some(&app.people.auditor)).await.with(200);
        assert!(file.header("content-disposition").contains("ledger.ndjson"));
        let ring = app.app.desk.ring.public_keys(SignUse::Ledger);
        let keys: Vec<_> =
            ["register", ROOTS].iter().flat_map(|shard| verifiers(ORIGIN, shard, &ring).unwrap()).collect();
        let trust = Trust { keys: Some(&keys), outside: &[] };
        let report = store::ledger::verify(&file.body[..], &trust, &mut |_| {}).unwrap();
        assert!(report.is_right(), "{:?}", report.findings);
        assert!(!file.text().contains(OBAMA));
    }
}

#[tokio::test]
async fn names_are_names_and_not_markup() {
    for app in TestApp::each(Faces::Fake).await {
        app.database().tamper("UPDATE operators SET name = '<b>&\"x' WHERE login = 'clerk'").await;
        app.database().tamper("UPDATE offices SET name = '<i>&\"y' WHERE code = 'first'").await;
        visited(&app).await;
        let found = searched(&app, "operator=clerk").await.with(200).text();
        let address = between(&found, "<tr><td><a href=\"", "\"").remove(0);
        let page = open(&app, &address, Some(&app.people.auditor)).await.with(200).text();
        for text in [found, page] {
            assert!(text.contains("&#60;b&#62;&#38;&#34;x") && text.contains("&#60;i&#62;&#38;&#34;y"), "{text}");
            assert!(!text.contains("<b>") && !text.contains("<i>"));
        }
        let hostile = searched(&app, "person=%3Cscript%3E&operator=clerk").await.text();
        assert!(!hostile.contains("<script>") && hostile.contains("&#60;script&#62;"));
    }
}
