//! The protection officer's pages: consents, withdrawals, certificates, access requests, erasure, figures.

use crate::audit::{between, plain};
use crate::flow::{BIDEN, Counter, OBAMA, enrol};
use crate::sign_in::{open, submit};
use casework::desk::withdraw::{CERTIFICATE_TYPE, Certificate};
use seal::keys::SignUse;
use testkit::app::{Answer, Faces, TestApp};

async fn sent(app: &TestApp, path: &str, form: &str) -> Answer {
    submit(app, path, form, Some(&app.people.protection)).await
}

async fn seen(app: &TestApp, path: &str) -> Answer {
    open(app, path, Some(&app.people.protection)).await
}

/// A visit in which the person agreed and was looked at.
async fn agreed(app: &TestApp) -> Counter<'_> {
    enrol(app, OBAMA, Some("obama-1.jpg")).await;
    enrol(app, BIDEN, Some("biden-1.jpg")).await;
    let counter = Counter::collecting(app, OBAMA).await;
    counter.agreed().await;
    counter.captured(&["obama-2.jpg"]).await;
    counter
}

#[tokio::test]
async fn only_the_protection_officer_sees_consents_and_answers_requests() {
    for app in TestApp::each(Faces::Fake).await {
        let people = &app.people;
        let none = "/protection/consents/01kaj0000000000000000000zz";
        for by in [&people.clerk, &people.supervisor, &people.administrator, &people.auditor] {
            for path in ["/protection", "/protection/access", none, &format!("{none}/certificate")] {
                assert_eq!(open(&app, path, Some(by)).await.status, 403, "{path}");
            }
            for (path, form) in [
                ("/protection", format!("number={OBAMA}")),
                ("/protection/access", format!("number={OBAMA}")),
                ("/protection/access/erase", format!("number={OBAMA}")),
                ("/protection/access/erase", format!("number={OBAMA}&again={OBAMA}")),
            ] {
                assert_eq!(submit(&app, path, &form, Some(by)).await.status, 403, "{path}");
            }
        }
        assert_eq!(submit(&app, &format!("{none}/withdraw"), "", Some(&people.auditor)).await.status, 403);
        assert_eq!(seen(&app, none).await.status, 404);
        assert_eq!(seen(&app, &format!("{none}/certificate")).await.status, 404);
        for by in [&people.supervisor, &people.auditor, &people.protection] {
            open(&app, "/protection/figures", Some(by)).await.with(200);
        }
        for by in [&people.clerk, &people.administrator] {
            assert_eq!(open(&app, "/protection/figures", Some(by)).await.status, 403);
        }
        let menu = seen(&app, "/protection/figures").await.text();
        assert_eq!(menu.matches("aria-current=\"page\"").count(), 1);
    }
}

#[tokio::test]
async fn a_consent_is_found_read_and_withdrawn() {
    for app in TestApp::each(Faces::Fake).await {
        let counter = agreed(&app).await;
        let none = sent(&app, "/protection", &format!("number={BIDEN}")).await.with(200).text();
        assert!(none.contains("No consent of this person"));
        let found = sent(&app, "/protection", &format!("number={OBAMA}")).await.with(200).text();
        let address = between(&found, "<tr><td><a href=\"", "\"").remove(0);
        let id = address.rsplit('/').next().unwrap();
        let by_id = sent(&app, "/protection", &format!("consent={id}")).await.with(303);
        assert_eq!(by_id.header("location"), address);
        for wrong in ["number=x", "consent=x", "number=Z999999999"] {
            assert!(sent(&app, "/protection", wrong).await.with(422).text().contains("role=\"alert\""), "{wrong}");
        }
        let record = seen(&app, &address).await.with(200).text();
        let notice = app.service("household.identity-card").consent_notice(casework::Language::En);
        for line in notice.text().lines() {
            assert!(plain(&record).contains(line), "{line}");
        }
        assert!(record.contains("ISO/IEC TS 27560") && !record.contains(OBAMA));
        let certificate = sent(&app, &format!("{address}/withdraw"), "").await.with(303);
        let certificate = certificate.header("location").to_owned();
        assert_eq!(certificate, format!("{address}/certificate"));
        let page = seen(&app, &certificate).await.with(200).text();
        let token = between(&page, "<pre", "</pre>").remove(0);
        let keys = app.app.desk.ring.public_keys(SignUse::Receipt);
        let token = token.split_once('>').unwrap().1;
        let claims: Certificate = seal::jws::verify(&keys, CERTIFICATE_TYPE, token).unwrap();
        assert_eq!(claims.jti.as_str(), id);
        assert!(claims.deleted.keys > 0 && claims.deleted.templates == 1 && claims.ledger.is_some());
        // A second click, and a page that was open before, lead to the same certificate.
        let again = sent(&app, &format!("{address}/withdraw"), "").await.with(303);
        assert_eq!(again.header("location"), certificate);
        let once: Certificate = {
            let page = seen(&app, &certificate).await.with(200).text();
            let token = between(&page, "<pre", "</pre>").remove(0);
            seal::jws::verify(&keys, CERTIFICATE_TYPE, token.split_once('>').unwrap().1).unwrap()
        };
        assert_eq!(once.deleted, claims.deleted);
        let latest = seen(&app, "/protection").await.with(200).text();
        assert!(latest.contains(&address));
        assert_eq!(counter.look("").send().await.with(200).at("/persons/0/state"), "other-path");
    }
}

#[tokio::test]
async fn the_document_holds_what_it_must_and_nobody_else() {
    for app in TestApp::each(Faces::Fake).await {
        let odd = crate::body!({"number": "C100200300", "name": "<b>&\"x", "birth_date": "1970"});
        app.post("/api/v1/persons", odd).by(&app.people.supervisor.token).send().await.with(201);
        agreed(&app).await;
        let page = sent(&app, "/protection/access", &format!("number={OBAMA}&language=en&form=page")).await.with(200);
        let page = page.text();
        for held in [
            &format!("Person {OBAMA}"),
            OBAMA,
            "4 August 1961",
            "December 2012",
            "Collect or replace an identity card",
            "Consent was given.",
            "First Office",
            "Your rights",
        ] {
            assert!(page.contains(held), "{held}");
        }
        assert!(!page.contains(BIDEN) && !page.contains("C100200300") && !page.contains("operator:"));
        let file = sent(&app, "/protection/access", &format!("number={OBAMA}&form=file")).await.with(200);
        assert!(file.header("content-disposition").contains("attachment"));
        assert_eq!(file.json()["identity"]["number"], OBAMA);
        assert!(!file.text().contains(BIDEN));
        let chinese = sent(&app, "/protection/access", &format!("number={OBAMA}&language=zh-Hant")).await.with(200);
        let chinese = chinese.text();
        assert!(chinese.contains("lang=\"zh-Hant\"") && chinese.contains("我們保存的關於您的資料"));
        let escaped = sent(&app, "/protection/access", "number=C100200300&language=en").await.with(200).text();
        assert!(escaped.contains("<bdi>&#60;b&#62;&#38;&#34;x</bdi>") && !escaped.contains("<b>"));
        for wrong in ["number=", "number=Z999999999", "number=%3Cscript%3E"] {
            let again = sent(&app, "/protection/access", wrong).await.with(422).text();
            assert!(again.contains("role=\"alert\"") && !again.contains("<script>"), "{wrong}");
        }
    }
}

#[tokio::test]
async fn a_person_is_erased_after_a_second_thought() {
    for app in TestApp::each(Faces::Fake).await {
        let counter = agreed(&app).await;
        let erase = "/protection/access/erase";
        let asked = sent(&app, erase, &format!("number={OBAMA}")).await.with(200).text();
        assert!(asked.contains("name=\"again\""));
        let both = format!("number={OBAMA}&again={OBAMA}");
        let open = sent(&app, erase, &both).await.with(422).text();
        assert!(open.contains("still open"), "{open}");
        let found = sent(&app, "/protection", &format!("number={OBAMA}")).await.text();
        let address = between(&found, "<tr><td><a href=\"", "\"").remove(0);
        sent(&app, &format!("{address}/withdraw"), "").await.with(303);
        counter.act("outcome/leave", crate::body!({"how": "given-up"})).send().await.with(200);
        let other = sent(&app, erase, &format!("number={OBAMA}&again={BIDEN}")).await.with(422).text();
        assert!(other.contains("not the same"));
        let done = sent(&app, erase, &both).await.with(200).text();
        assert!(done.contains("Erased") && !done.contains(OBAMA), "{done}");
        assert_eq!(sent(&app, erase, &both).await.status, 422);
        assert_eq!(sent(&app, "/protection/access", &format!("number={OBAMA}")).await.status, 422);
        // The certificate of the withdrawal can still be had: it names a pseudonym only.
        seen(&app, &format!("{address}/certificate")).await.with(200);
        sent(&app, "/protection/access", &format!("number={BIDEN}")).await.with(200);
    }
}

#[tokio::test]
async fn the_summary_is_made_from_live_figures() {
    for app in TestApp::each(Faces::Fake).await {
        seen(&app, "/protection/figures").await.with(200);
        agreed(&app).await;
        let refused = Counter::collecting(&app, BIDEN).await;
        let mut answer = refused.asked().await;
        answer["agree"] = false.into();
        refused.station("consent", &answer).send().await.with(200);
        let page = seen(&app, "/protection/figures").await.with(200).text();
        let row = page.split("<th scope=\"row\">Collect or replace an identity card</th>").nth(1).unwrap();
        let row = between(row.split("</tr>").next().unwrap(), "<td class=\"number\">", "</td>");
        assert_eq!(row, ["2", "2", "1 (50 %)", "1 (50 %)", "1", "0 (0 %)", "0"]);
        for what in ["made-up", "Read the ledger and its proofs", "Auditor", "1,000,000", "1825"] {
            assert!(page.contains(what), "{what}");
        }
        assert!(!page.contains(OBAMA) && !page.contains(BIDEN));
    }
}

#[tokio::test]
async fn a_receipt_withdraws_on_its_page() {
    for app in TestApp::each(Faces::Fake).await {
        enrol(&app, OBAMA, Some("obama-1.jpg")).await;
        let receipt = Counter::collecting(&app, OBAMA).await.agreed().await;
        let form = format!("receipt={receipt}");
        let shown = submit(&app, "/receipt", &form, None).await.with(200).text();
        assert!(shown.contains("action=\"/receipt/withdraw\"") && shown.contains("Agreed, until"), "{shown}");
        let gone = submit(&app, "/receipt/withdraw", &form, None).await.with(200).text();
        assert!(gone.contains("Withdrawn and deleted"));
        let over = submit(&app, "/receipt", &form, None).await.with(200).text();
        assert!(!over.contains("action=\"/receipt/withdraw\""));
    }
}
