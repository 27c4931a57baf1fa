//! The counter's page of one visit, with the station beside it: what was typed, what can be looked at again, and how a visit ends by time.

use crate::flow::{Counter, OBAMA, enrol};
use crate::sign_in::{LANGUAGES, open, open_in, submit_in};
use jiff::SignedDuration;
use testkit::app::{Answer, Faces, TestApp};

/// The station's page in this language.
async fn station(app: &TestApp, language: &str) -> String {
    let call = app.get("/station").header("accept-language", language);
    call.header("cookie", &format!("__Host-station={}", app.people.seat)).send().await.with(200).text()
}

/// Sends a form of the visit's page.
async fn act(counter: &Counter<'_>, language: &str, form: &str) -> Answer {
    let page = format!("/counter/visits/{}?person=0", counter.visit);
    submit_in(counter.app, language, &page, form, Some(&counter.app.people.clerk)).await
}

/// Lets time go by with a clerk at work, who stays signed in.
async fn work(app: &TestApp, minutes: i64) {
    for _ in 0..minutes / 20 {
        app.wait(SignedDuration::from_mins(20));
        open(app, "/counter", Some(&app.people.clerk)).await.with(200);
    }
    app.wait(SignedDuration::from_mins(minutes % 20));
}

#[tokio::test]
async fn a_refused_number_stays_in_its_field() {
    for app in TestApp::each(Faces::Fake).await {
        enrol(&app, OBAMA, None).await;
        let clerk = &app.people.clerk;
        let new = crate::body!({"service": "household.identity-card", "variant": "collect", "channel": "counter"});
        let visit = app.post("/api/v1/visits", new).by(&clerk.token).send().await.with(201).at("/id");
        let counter = Counter { app: &app, visit, by: clerk.token.clone() };
        for (language, unknown) in
            LANGUAGES.into_iter().zip(["登記冊裡沒有", "登记册里没有", "No person with this identity number"])
        {
            let again = act(&counter, language, "act=claim&revision=0&person=0&number=Z999999999").await.with(422);
            let who = again.text().split_once("id=\"who\"").unwrap().1.split_once("</section>").unwrap().0.to_owned();
            assert!(
                who.contains("value=\"Z999999999\" aria-invalid=\"true\" aria-describedby=\"claim-wrong\""),
                "{who}"
            );
            assert!(who.contains("<p id=\"claim-wrong\" class=\"wrong\" role=\"alert\">"), "{who}");
            assert!(who.contains(unknown), "{language}: {who}");
            assert_eq!(again.text().matches("role=\"alert\"").count(), 1, "said once, beside the field");
        }
        let markup = act(&counter, "en", "act=claim&revision=0&person=0&number=%22%3E%3Cb%3E").await.with(422).text();
        assert!(markup.contains("value=\"&#34;&#62;&#60;b&#62;\"") && !markup.contains("\"><b>"));
        // What was typed and meant nobody stands nowhere: neither in the ledger nor on the page that is opened next.
        let told = "SELECT COUNT(*) FROM ledger_entries WHERE entry LIKE '%Z999999999%'";
        assert_eq!(app.database().count(told).await, 0);
        let fresh = open(&app, &format!("/counter/visits/{}", counter.visit), Some(clerk)).await.with(200).text();
        assert!(!fresh.contains("Z999999999") && !fresh.contains("claim-wrong"));
        let found = act(&counter, "en", &format!("act=claim&revision=0&person=0&number={OBAMA}")).await.with(303);
        assert!(!found.header("location").contains(OBAMA));
    }
}

/// A visit whose pictures were taken and compared, and its page.
async fn compared(app: &TestApp) -> (Counter<'_>, String) {
    enrol(app, OBAMA, Some("obama-1.jpg")).await;
    let counter = Counter::collecting(app, OBAMA).await;
    counter.agreed().await;
    counter.captured(&["obama-2.jpg"]).await;
    let page = format!("/counter/visits/{}", counter.visit);
    (counter, page)
}

#[tokio::test]
async fn who_judged_may_look_again_until_the_outcome() {
    for app in TestApp::each(Faces::Fake).await {
        let (counter, page) = compared(&app).await;
        let clerk = Some(&app.people.clerk);
        let address = format!("data-pictures=\"/api/v1/visits/{}/persons/0/pictures\"", counter.visit);
        let before = open(&app, &page, clerk).await.with(200).text();
        assert!(before.contains(&address) && !before.contains("data-again"), "the first look needs no asking");
        counter.judged("same").await;
        let looks = "SELECT COUNT(*) FROM ledger_entries WHERE kind = 'frames.opened'";
        let so_far = app.database().count(looks).await;
        for (language, again) in
            LANGUAGES.into_iter().zip(["再看一次照片", "再看一次照片", "Look at the pictures again"])
        {
            let judged = open_in(&app, language, &page, clerk).await.with(200).text();
            assert!(judged.contains(&format!("data-again=\"{again}\" {address}")), "{language}");
            assert!(judged.contains(&format!("href=\"{page}/persons/0/pictures\">{again}</a>")), "{language}");
        }
        assert_eq!(app.database().count(looks).await, so_far, "the page itself opens no picture");
        let pictures = open(&app, &format!("{page}/persons/0/pictures"), clerk).await.with(200).text();
        assert!(pictures.contains("src=\"data:image/jpeg;base64,"));
        assert_eq!(app.database().count(looks).await, so_far + 1);
        counter.act("outcome/confirm", crate::body!({"factors_shown": [0]})).send().await.with(200);
        let closed = open(&app, &page, clerk).await.with(200).text();
        assert!(closed.contains("data-pictures=\"\"") && !closed.contains("data-again"));
        assert_eq!(open(&app, &format!("{page}/persons/0/pictures"), clerk).await.status, 409);
    }
}

#[tokio::test]
async fn a_visit_that_nobody_ends_runs_out_by_itself() {
    for app in TestApp::each(Faces::Fake).await {
        let (counter, page) = compared(&app).await;
        let clerk = Some(&app.people.clerk);
        assert!(station(&app, "en").await.contains("data-stage=\"wait\""));
        work(&app, 121).await;
        // Its time is over, and the background work has not noted it yet: nothing can be done in it, and the station is free.
        let late = act(&counter, "en", "act=judge&revision=0&person=0&answer=same").await.with(303);
        let said = open(&app, late.header("location"), clerk).await.with(200).text();
        assert!(said.contains("role=\"alert\"") || !said.contains("name=\"answer\""), "{said}");
        assert!(station(&app, "en").await.contains("data-stage=\"idle\""));
        casework::desk::upkeep::sweep(&app.app.desk, app.now()).await.unwrap();
        for (language, over) in [("zh-Hant", "逾時結束"), ("zh-Hans", "超时结束"), ("en", "time ran out")] {
            let shown = open_in(&app, language, &page, clerk).await.with(200).text();
            assert!(shown.contains(&format!("<h2>{over}</h2>")), "{language}: {shown}");
            assert!(shown.contains("data-pictures=\"\""), "{language}: {shown}");
            assert!(!shown.contains("name=\"answer\"") && !shown.contains("value=\"confirm\""), "{language}: {shown}");
        }
        // The station speaks the language of the person who was asked, whatever its own is.
        for language in ["zh-Hant", "en"] {
            let screen = station(&app, language).await;
            assert!(screen.contains("data-stage=\"ended\"") && screen.contains("lang=\"en\""), "{screen}");
            assert!(screen.contains("This visit has ended. The pictures are deleted."), "{screen}");
            // Nobody is accused, and nobody has failed.
            let read = screen.split_once("<h1").unwrap().1;
            assert!(!read.contains("fail"), "{read}");
        }
        assert_eq!(app.database().count("SELECT COUNT(*) FROM bio_frames").await, 0);
        assert_eq!(app.database().count("SELECT COUNT(*) FROM bio_templates").await, 0);
        app.wait(SignedDuration::from_secs(91));
        assert!(station(&app, "en").await.contains("data-stage=\"idle\""));
    }
}
