//! `/notices`: what the office tells others, and what became of it.

use crate::body;
use crate::flow::{Counter, OBAMA, offices};
use crate::sign_in::{open, submit};
use testkit::app::TestApp;

/// A seconded report by papers, which tells the office's contacts; the notice's id.
async fn told(app: &TestApp) -> String {
    let counter = Counter::collecting(app, OBAMA).await;
    counter.act("suspicion", body!({"person": 0, "reason": "papers-forged"})).send().await.with(200);
    let supervisor = &app.people.supervisor.token;
    let list = app.get("/api/v1/incidents").by(supervisor).send().await.with(200);
    let second = format!("/api/v1/incidents/{}/second", list.at("/items/0/id"));
    app.post(&second, body!({})).by(supervisor).send().await.with(200);
    app.get("/api/v1/notices").by(supervisor).send().await.with(200).at("/items/0/id")
}

#[tokio::test]
async fn what_became_of_a_notice_is_noted_by_hand() {
    for app in offices().await {
        let supervisor = Some(&app.people.supervisor);
        assert!(open(&app, "/notices", supervisor).await.with(200).text().contains("There are no notices."));
        let id = told(&app).await;
        let page = open(&app, "/notices", supervisor).await.with(200).text();
        assert!(page.contains("Those who answer for the office") && page.contains("waits to be sent"));
        assert!(page.contains("value=\"sent\"") && !page.contains("value=\"acknowledged\""));
        let tries = open(&app, &format!("/notices/{id}"), supervisor).await.with(200).text();
        assert!(tries.contains("Nothing was sent yet."));
        let form = |state: &str| format!("notice={id}&state={state}");
        for _ in 0..2 {
            let sent = submit(&app, "/notices", &form("sent"), supervisor).await.with(303);
            assert_eq!(sent.header("location"), "/notices");
        }
        let meanwhile = submit(&app, "/notices", &form("waiting"), supervisor).await.with(303);
        assert_eq!(meanwhile.header("location"), "/notices?problem=conflict");
        let page = open(&app, "/notices?problem=conflict", supervisor).await.with(200).text();
        assert!(page.contains("role=\"alert\"") && page.contains("value=\"acknowledged\""));
        submit(&app, "/notices", &form("acknowledged"), supervisor).await.with(303);
        let page = open(&app, "/notices", supervisor).await.with(200).text();
        assert!(page.contains("received") && page.contains("nothing more to do") && !page.contains("name=\"state\""));
        let changed = "SELECT COUNT(*) FROM ledger_entries WHERE kind = 'notice.changed'";
        assert_eq!(app.database().count(changed).await, 2);
        assert!(submit(&app, "/notices", &form("lost"), supervisor).await.status >= 400);
        assert_eq!(submit(&app, "/notices", &form("sent"), Some(&app.people.clerk)).await.status, 403);
    }
}
