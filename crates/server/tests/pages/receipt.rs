//! What a notice promises of the receipt: where the office is reached, and who looked.

use crate::flow::{Counter, OBAMA, enrol};
use crate::sign_in::{LANGUAGES, open, open_in, submit, submit_in};
use axum::http::Method;
use testkit::app::{Answer, Faces, TestApp};

const PLACE: &str = "code=&name=First+Office&email=duty%40example.org&phone=999&inbox=&public_address=1+Lake+Road&public_phone=02-5550-0100";

/// Consent given on the station's own page.
async fn agreed_at_the_station(app: &TestApp, counter: &Counter<'_>) -> Answer {
    let answer = counter.asked().await;
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    let form = format!(
        "act=agree&visit={}&person=0&consent={}&hash={}&language=en",
        text("visit"),
        text("consent"),
        text("notice_hash")
    );
    app.call(Method::POST, "/station")
        .header("accept-language", "en")
        .header("sec-fetch-site", "same-origin")
        .header("cookie", &format!("__Host-station={}", app.people.seat))
        .bytes("application/x-www-form-urlencoded", form.into_bytes())
        .send()
        .await
}

#[tokio::test]
async fn the_receipt_says_where_the_office_is() {
    for app in TestApp::each(Faces::Fake).await {
        enrol(&app, OBAMA, Some("obama-1.jpg")).await;
        let (admin, office) = (&app.people.administrator, format!("/offices/{}", app.people.office));
        for (language, missing) in LANGUAGES.into_iter().zip([
            "還沒有地址或服務電話",
            "还没有地址或服务电话",
            "Address or telephone number is missing",
        ]) {
            let page = open_in(&app, language, &office, Some(admin)).await.with(200).text();
            assert!(page.contains(missing), "{language}");
        }
        submit(&app, &office, PLACE, Some(admin)).await.with(303);
        let page = open(&app, &office, Some(admin)).await.with(200).text();
        assert!(!page.contains("number is missing") && page.contains("<bdi>1 Lake Road</bdi>"));
        assert!(page.contains(">02-5550-0100</textarea>"), "the form keeps what is known");
        let counter = Counter::collecting(&app, OBAMA).await;
        let shown = agreed_at_the_station(&app, &counter).await.with(200).text();
        assert!(shown.contains("<bdi>1 Lake Road</bdi>") && shown.contains("<bdi>02-5550-0100</bdi>"), "{shown}");
        let screen = app.get("/station").header("cookie", &format!("__Host-station={}", app.people.seat));
        let screen = screen.send().await.with(200).text();
        assert!(screen.contains("data-stage=\"wait\"") && screen.contains("<bdi>1 Lake Road</bdi>"), "{screen}");
        // What is for the office's own alarms is nobody else's business.
        assert!(!shown.contains("duty@example.org") && !shown.contains("999"));
        let receipt = Counter::collecting(&app, OBAMA).await.agreed().await;
        for (language, label) in LANGUAGES.into_iter().zip(["服務電話", "服务电话", "Telephone for everybody"])
        {
            let page =
                submit_in(&app, language, "/receipt", &format!("receipt={receipt}"), None).await.with(200).text();
            for held in ["<bdi>1 Lake Road</bdi>", &format!("<dt>{label}</dt><dd><bdi>02-5550-0100</bdi>")] {
                assert!(page.contains(held), "{language} {held}");
            }
            assert!(!page.contains("duty@example.org") && !page.contains("999<"));
        }
    }
}

#[tokio::test]
async fn the_receipt_says_who_looked_by_role_and_not_by_name() {
    for app in TestApp::each(Faces::Fake).await {
        enrol(&app, OBAMA, Some("obama-1.jpg")).await;
        let counter = Counter::collecting(&app, OBAMA).await;
        let receipt = counter.agreed().await;
        let form = format!("receipt={receipt}");
        let consent = counter.look("").send().await.with(200).at("/persons/0/claimed/consent");
        open(&app, &format!("/protection/consents/{consent}"), Some(&app.people.protection)).await.with(200);
        submit(&app, "/receipt", &form, None).await.with(200);
        for (language, clerk, officer, holder, number) in [
            ("zh-Hant", "承辦人員", "個資保護長", "持有收據的人", "編號 "),
            ("zh-Hans", "工作人员", "个人信息保护负责人", "持有回执的人", "编号 "),
            ("en", "Clerk", "Protection officer", "Whoever had the receipt", "entry "),
        ] {
            let page = submit_in(&app, language, "/receipt", &form, None).await.with(200).text();
            let acts = page.split("<ol class=\"entries\">").nth(1).unwrap().split("</ol>").next().unwrap();
            for who in [format!("{clerk} · <bdi>First Office</bdi> · {number}"), format!("{officer} · "), holder.into()]
            {
                assert!(acts.contains(&who), "{language} {who}: {acts}");
            }
            for name in [app.people.clerk.id.as_str(), app.people.protection.id.as_str(), "operator:", "station:"] {
                assert!(!acts.contains(name), "{language} {name}");
            }
        }
        let document = format!("number={OBAMA}&language=en");
        let held = submit(&app, "/protection/access", &document, Some(&app.people.protection)).await.with(200).text();
        assert!(held.contains("· Protection officer</li>") && held.contains("· The person, at the station</li>"));
    }
}
