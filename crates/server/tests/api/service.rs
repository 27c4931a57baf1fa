//! `/api/v1/services`.

use casework::Language;
use testkit::app::{Faces, TestApp};

#[tokio::test]
async fn services_are_listed_without_signing_in() {
    for app in TestApp::each(Faces::Fake).await {
        let answer = app.get("/api/v1/services").send().await.with(200).json();
        let ids: Vec<&str> = answer.as_array().unwrap().iter().map(|line| line["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["household.identity-card", "household.marriage", "household.registration"]);
        assert_eq!(
            answer[0]["title"]["zh-Hant"].as_str().unwrap(),
            app.service(ids[0]).definition().title.get(Language::ZhHant)
        );
        let one = app.get("/api/v1/services/household.marriage").send().await.with(200).json();
        assert_eq!(one["definition"]["person"].as_array().unwrap().len(), 2);
        assert!(one["definition"]["other-path"]["extra-fee"] == 0);
        assert_eq!(app.get("/api/v1/services/household.nothing").send().await.with(404).code(), "service-unknown");
    }
}

#[tokio::test]
async fn the_text_that_is_asked_with_has_its_hash() {
    for app in TestApp::each(Faces::Fake).await {
        for language in Language::ALL {
            let path = format!("/api/v1/services/household.identity-card/notice?language={language}");
            let answer = app.get(&path).send().await.with(200);
            let expected = app.service("household.identity-card").consent_notice(*language);
            assert_eq!(answer.at("/text"), expected.text());
            let whole = format!("household.identity-card\n1\n{language}\n{}", expected.text());
            assert_eq!(
                answer.at("/sha256"),
                testkit::packs::sha256(whole.as_bytes()),
                "the hash of the consent's record"
            );
        }
        let wrong = app.get("/api/v1/services/household.identity-card/notice?language=fr").send().await.with(422);
        assert_eq!(wrong.code(), "language-unknown");
        let none = app.get("/api/v1/services/household.identity-card/notice").send().await.with(400);
        assert_eq!(none.code(), "query-invalid");
    }
}

#[tokio::test]
async fn reasons_are_listed_with_the_act_that_takes_them() {
    for app in TestApp::each(Faces::Fake).await {
        let answer = app.get("/api/v1/reasons").send().await.with(200).json();
        let lines = answer.as_array().unwrap();
        assert_eq!(lines.len(), casework::Reason::ALL.len());
        for (code, used_for) in
            [("person-prefers", "other-path"), ("face-differs", "suspect-face"), ("same-person", "dismiss")]
        {
            let line = lines.iter().find(|line| line["code"] == code).unwrap();
            assert_eq!(line["used_for"], used_for);
            assert!(["zh-Hant", "zh-Hans", "en"].iter().all(|one| !line["title"][one].as_str().unwrap().is_empty()));
        }
    }
}
