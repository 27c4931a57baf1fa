//! What a demonstration adds, and that a server has none of it.

use crate::sign_in::{open, submit};
use server::demo::{Demo, Player, Recording, Seat, Stage};
use testkit::app::{Faces, TestApp};

const PICTURE: &[u8] = &[0xff, 0xd8, 0xff];

#[tokio::test]
async fn a_server_has_no_such_address() {
    for app in TestApp::each(Faces::Fake).await {
        for path in ["/demo", "/demo/camera.js", "/demo/recordings/sample-one"] {
            open(&app, path, None).await.with(404);
        }
        for (path, form) in [("/demo/sign-in", "login=clerk"), ("/demo/station", "station=x")] {
            submit(&app, path, form, None).await.with(404);
        }
        let seat = format!("__Host-station={}", app.people.seat);
        let station = app.get("/station").header("cookie", &seat).send().await.with(200).text();
        assert!(station.contains("id=\"stage\"") && !station.contains("demo") && !station.contains("recording"));
        assert!(!open(&app, "/", None).await.text().contains("/demo"));
    }
}

/// A station, and an operator whose credentials are wrong.
fn town(app: &TestApp) -> Demo {
    let player = Player {
        login: "clerk".to_owned(),
        name: "<b>Mei</b>".to_owned(),
        roles: vec!["clerk".to_owned()],
        office: None,
        password: "none of these".to_owned(),
        secret: "A".repeat(32),
    };
    let seat = Seat {
        station: app.people.station.clone(),
        name: "01".to_owned(),
        office: "First Office".to_owned(),
        token: app.people.seat.trim_start_matches("st_").to_owned(),
    };
    let stage = Stage { cast: vec![player], stations: vec![seat], persons: Vec::new() };
    Demo::new(stage, vec![Recording { name: "sample-one", picture: PICTURE }])
}

#[tokio::test]
async fn a_demonstration_opens_its_doors_and_no_others() {
    for app in TestApp::each(Faces::Fake).await {
        let demo = town(&app);
        let app = app.demonstrating(demo);
        let page = open(&app, "/demo", None).await.with(200).text();
        assert!(page.contains("none of these") && page.contains("&#60;b&#62;Mei") && !page.contains("<b>Mei"));
        let picture = open(&app, "/demo/recordings/sample-one", None).await.with(200);
        assert_eq!(picture.header("content-type"), "image/jpeg");
        open(&app, "/demo/recordings/keys.json", None).await.with(404);
        let sat = submit(&app, "/demo/station", &format!("station={}", app.people.station), None).await.with(303);
        assert!(sat.header("set-cookie").starts_with(&format!("__Host-station={}", app.people.seat)));
        // A wrong password opens nothing here either.
        let refused = submit(&app, "/demo/sign-in", "login=clerk", None).await.with(303);
        assert_eq!(refused.header("location"), "/demo?wait=yes");
        submit(&app, "/demo/sign-in", "login=supervisor", None).await.with(404);
    }
}
