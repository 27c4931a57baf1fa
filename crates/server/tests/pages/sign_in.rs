//! The doors of the house: language, sign-in, sign-out, invitation; and who is kept out.

use testkit::app::{Answer, Faces, Login, TestApp};

const PASSWORD: &str = "plum blossom in the first snow";

/// The languages of the pages.
pub(crate) const LANGUAGES: [&str; 3] = ["zh-Hant", "zh-Hans", "en"];

/// Opens a page as somebody.
pub(crate) async fn open(app: &TestApp, path: &str, by: Option<&Login>) -> Answer {
    open_in(app, "en", path, by).await
}

/// Opens a page as somebody who reads this language.
pub(crate) async fn open_in(app: &TestApp, language: &str, path: &str, by: Option<&Login>) -> Answer {
    let call = app.get(path).header("accept-language", language);
    match by {
        Some(login) => call.header("cookie", &format!("__Host-operator={}", login.token)),
        None => call,
    }
    .send()
    .await
}

/// Sends a form from a page of ours.
pub(crate) async fn submit(app: &TestApp, path: &str, form: &str, by: Option<&Login>) -> Answer {
    submit_in(app, "en", path, form, by).await
}

/// The same by somebody who reads this language.
pub(crate) async fn submit_in(app: &TestApp, language: &str, path: &str, form: &str, by: Option<&Login>) -> Answer {
    let call = app
        .call(axum::http::Method::POST, path)
        .header("accept-language", language)
        .header("sec-fetch-site", "same-origin")
        .bytes("application/x-www-form-urlencoded", form.as_bytes().to_vec());
    match by {
        Some(login) => call.header("cookie", &format!("__Host-operator={}", login.token)),
        None => call,
    }
    .send()
    .await
}

/// The value of a hidden field.
fn hidden(answer: &Answer, name: &str) -> String {
    let text = answer.text();
    let rest = text.split(&format!("name=\"{name}\" value=\"")).nth(1).expect(name);
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_first_page_has_three_doors() {
    for app in TestApp::each(Faces::Fake).await {
        let page = open(&app, "/", None).await.with(200);
        for door in ["/sign-in", "/station", "/receipt"] {
            assert!(page.text().contains(&format!("href=\"{door}\"")), "{door}");
        }
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("x-frame-options"), "DENY");
    }
}

#[tokio::test]
async fn the_language_is_chosen_asked_for_or_the_offices() {
    for app in TestApp::each(Faces::Fake).await {
        let chinese = app.get("/").header("accept-language", "zh-TW").send().await.with(200).text();
        assert!(chinese.contains("lang=\"zh-Hant\"") && chinese.contains("我是承辦人員"));
        let chosen = submit(&app, "/language", "language=zh-Hans&back=%2Fsign-in", None).await.with(303);
        assert_eq!(chosen.header("location"), "/sign-in");
        assert!(chosen.header("set-cookie").starts_with("language=zh-Hans;"), "{}", chosen.header("set-cookie"));
        let kept = app.get("/").header("accept-language", "en").header("cookie", "language=zh-Hans").send().await;
        assert!(kept.text().contains("我是工作人员"));
        let away = submit(&app, "/language", "language=en&back=%2F%2Fevil.example", None).await.with(303);
        assert_eq!(away.header("location"), "/");
        assert_eq!(submit(&app, "/language", "language=fr&back=%2F", None).await.status, 422);
    }
}

#[tokio::test]
async fn who_is_not_signed_in_is_asked_to_and_comes_back() {
    for app in TestApp::each(Faces::Fake).await {
        let asked = open(&app, "/account?x=1", None).await.with(303);
        assert_eq!(asked.header("location"), "/sign-in?to=/account%3Fx%3D1");
        let page = open(&app, "/sign-in?to=/account%3Fx%3D1", None).await.with(200);
        assert_eq!(hidden(&page, "to"), "/account?x=1");
        let evil = open(&app, "/sign-in?to=https://evil.example/%22%3E%3Cscript%3E", None).await.with(200);
        assert_eq!(hidden(&evil, "to"), "/");
        assert!(!evil.text().contains("<script>"));
    }
}

#[tokio::test]
async fn an_invitation_ends_in_a_session_that_can_be_ended() {
    for app in TestApp::each(Faces::Fake).await {
        let new = serde_json::json!({"login": "new", "name": "New", "standing": {"roles": ["auditor"]}});
        let admin = &app.people.administrator.token;
        let token = app.post("/api/v1/operators", &new).by(admin).send().await.with(201).at("/token");
        let weak = submit(&app, "/invitation", &format!("token={token}&password=short"), None).await.with(422);
        assert!(weak.text().contains("role=\"alert\"") && hidden(&weak, "token") == token);
        let link = format!("token=https%3A%2F%2Fcounter.example%2Finvitation%23{token}&password={PASSWORD}");
        let second = submit(&app, "/invitation", &link, None).await.with(200);
        assert!(second.text().contains("data:image/svg+xml;base64,"));
        let secret = hidden(&second, "secret");
        let form = |code: &str| {
            let field =
                |name: &str| format!("{name}={}", hidden(&second, name).replace('&', "%26").replace("&amp;", "%26"));
            let fields: Vec<String> = ["token", "offer", "secret"].into_iter().map(field).collect();
            format!("{}&uri=x&login=new&password={PASSWORD}&code={code}", fields.join("&"))
        };
        let wrong = submit(&app, "/invitation/code", &form("000000"), None).await.with(422);
        assert!(wrong.text().contains("role=\"alert\""));
        let right = testkit::app::code(&secret, &app);
        let opened = submit(&app, "/invitation/code", &form(&right), None).await.with(303);
        let cookie = opened.header("set-cookie").to_owned();
        for part in ["__Host-operator=op_", "HttpOnly", "SameSite=Strict", "Secure", "Path=/"] {
            assert!(cookie.contains(part), "{part} in {cookie}");
        }
        let token = cookie.split_once('=').unwrap().1.split(';').next().unwrap().to_owned();
        let login = Login { id: app.people.clerk.id.clone(), token };
        assert!(open(&app, "/account", Some(&login)).await.with(200).text().contains("Auditor"));
        let out = submit(&app, "/sign-out", "", Some(&login)).await.with(303);
        assert!(out.header("set-cookie").contains("Max-Age=0"));
        assert_eq!(open(&app, "/account", Some(&login)).await.status, 303);
        // A second click on a page that is still open changes nothing and is no error.
        submit(&app, "/sign-out", "", Some(&login)).await.with(303);
        app.wait(jiff::SignedDuration::from_mins(2));
        let code = testkit::app::code(&secret, &app);
        let again =
            submit(&app, "/sign-in", &format!("login=new&password={PASSWORD}&code={code}&to=%2Faccount"), None).await;
        assert_eq!((again.status, again.header("location")), (303, "/account"));
    }
}

#[tokio::test]
async fn a_failed_sign_in_says_nothing_and_keeps_the_login() {
    for app in TestApp::each(Faces::Fake).await {
        let form = "login=%3Cscript%3Ealert(1)%3C%2Fscript%3E&password=x&code=000000&to=%2F";
        let refused = submit(&app, "/sign-in", form, None).await.with(422).text();
        assert!(refused.contains("&#60;script&#62;") && !refused.contains("<script>alert"));
        let known = submit(&app, "/sign-in", "login=clerk&password=x&code=000000&to=%2F", None).await.with(422).text();
        let alert =
            |text: &str| text.split("role=\"alert\"").nth(1).unwrap().split("</div>").next().unwrap().to_owned();
        assert_eq!(alert(&known), alert(&refused));
    }
}

#[tokio::test]
async fn other_sites_cannot_make_a_browser_act() {
    for app in TestApp::each(Faces::Fake).await {
        let cookie = format!("__Host-operator={}", app.people.clerk.token);
        let foreign = [
            vec![],
            vec![("origin", "https://evil.example"), ("host", "counter.example")],
            vec![("sec-fetch-site", "cross-site")],
            vec![("sec-fetch-site", "same-site")],
        ];
        for headers in foreign {
            for (path, kind, body) in [
                ("/sign-out", "application/x-www-form-urlencoded", ""),
                ("/account/sign-out-everywhere", "application/x-www-form-urlencoded", ""),
                ("/api/v1/visits", "application/json", "{}"),
            ] {
                let mut call = app.call(axum::http::Method::POST, path).header("cookie", &cookie);
                for (name, value) in &headers {
                    call = call.header(name, value);
                }
                assert_eq!(call.bytes(kind, body.into()).send().await.status, 403, "{path} {headers:?}");
            }
        }
        // The session is still there.
        assert_eq!(open(&app, "/account", Some(&app.people.clerk)).await.status, 200);
    }
}
