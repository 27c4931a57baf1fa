//! `/api/v1/operators`.

use crate::body;
use axum::http::Method;
use testkit::app::{Faces, TestApp};

#[tokio::test]
async fn an_administrator_keeps_operators() {
    for app in TestApp::each(Faces::Fake).await {
        let admin = &app.people.administrator.token;
        let office = app.people.office.as_str();
        let new = body!({"login": "Wang.Li", "name": "王力", "standing": {"office": office, "roles": ["clerk"], "trained_on": "2026-11-01"}});
        let invited = app.post("/api/v1/operators", new).by(admin).send().await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(invited.shown(), @r#"
            201
            {
              "expires_at": "2026-11-24T08:00:00Z",
              "operator": "[id]",
              "token": "[random]"
            }
            "#);
        }
        let path = format!("/api/v1/operators/{}", invited.at("/operator"));
        let standing = body!({"office": office, "roles": ["supervisor"]});
        let changed = app.call(Method::PUT, &path).by(admin).json(standing).send().await.with(200);
        assert_eq!((changed.at("/login").as_str(), changed.at("/roles/0").as_str()), ("wang.li", "supervisor"));
        assert!(changed.json()["trained_until"].is_null());
        app.call(Method::POST, &format!("{path}/disable")).by(admin).send().await.with(200);
        let gone = app.post("/api/v1/invitations/open", body!({"token": invited.at("/token")})).send().await.with(410);
        assert_eq!(gone.code(), "invitation-ended");
        app.call(Method::POST, &format!("{path}/enable")).by(admin).send().await.with(200);
        app.call(Method::POST, &format!("{path}/invitation")).by(admin).send().await.with(201);
    }
}

#[tokio::test]
async fn nobody_raises_themselves_and_roles_stay_apart() {
    for app in TestApp::each(Faces::Fake).await {
        let people = &app.people;
        let own = format!("/api/v1/operators/{}", people.administrator.id);
        let standing = body!({"roles": ["auditor"]});
        let answer = app.call(Method::PUT, &own).by(&people.administrator.token).json(standing).send().await;
        assert!(answer.status == 403 || answer.status == 409, "{}", answer.shown());
        let clerk = format!("/api/v1/operators/{}", people.clerk.id);
        let both = body!({"roles": ["clerk", "auditor"], "office": people.office.as_str()});
        let answer = app.call(Method::PUT, &clerk).by(&people.administrator.token).json(both).send().await.with(422);
        assert_eq!(answer.code(), "roles-conflict");
        let answer = app.call(Method::PUT, &clerk).by(&people.supervisor.token).json(standing).send().await.with(403);
        assert_eq!(answer.code(), "permission-missing");
    }
}

#[tokio::test]
async fn a_disabled_operator_is_out_at_once() {
    for app in TestApp::each(Faces::Fake).await {
        let clerk = &app.people.clerk;
        app.get("/api/v1/operators/me").by(&clerk.token).send().await.with(200);
        let path = format!("/api/v1/operators/{}/disable", clerk.id);
        app.call(Method::POST, &path).by(&app.people.administrator.token).send().await.with(200);
        assert_eq!(app.get("/api/v1/operators/me").by(&clerk.token).send().await.with(401).code(), "session-ended");
    }
}

#[tokio::test]
async fn who_is_signed_in_sees_themselves() {
    for app in TestApp::each(Faces::Fake).await {
        let answer = app.get("/api/v1/operators/me").by(&app.people.clerk.token).send().await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(answer.shown(), @r#"
            200
            {
              "created_at": "2026-11-21T08:00:00Z",
              "disabled_at": null,
              "id": "[id]",
              "locked_until": null,
              "login": "clerk",
              "name": "clerk",
              "office": "[id]",
              "roles": [
                "clerk"
              ],
              "trained_until": "2027-03-01T08:00:00Z"
            }
            "#);
        }
    }
}
