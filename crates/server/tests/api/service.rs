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
            assert_eq!(answer.at("/sha256"), testkit::packs::sha256(expected.text().as_bytes()));
        }
        let wrong = app.get("/api/v1/services/household.identity-card/notice?language=fr").send().await.with(422);
        assert_eq!(wrong.code(), "language-unknown");
        let none = app.get("/api/v1/services/household.identity-card/notice").send().await.with(400);
        assert_eq!(none.code(), "query-invalid");
    }
}
