//! What pages say after attacks on the liveness check: until when the camera waits, and which stations the office is asked to look at.

use crate::flow::{Counter, OBAMA, enrol};
use crate::sign_in::{LANGUAGES, open, open_in, submit};
use jiff::SignedDuration;
use store::attempts::Attempts;
use store::id::StationId;
use store::ledger::{Act, Actor, Kind, Shard, append};
use store::source::{self, Source};
use testkit::app::{Faces, TestApp};

/// The office's station.
async fn station(app: &TestApp) -> store::station::Station {
    let mut tx = app.app.desk.db.read().await.unwrap();
    store::station::list(&mut tx, None, store::limits::Window::default()).await.unwrap().remove(0)
}

/// Lets ten captures in a row have failed at a station just now.
async fn failed(app: &TestApp, station: &StationId) {
    let means = app.app.desk.means(app.now());
    let mut tx = app.app.desk.db.write().await.unwrap();
    let source = Source::station(&means, station);
    source::lock(&mut tx, &means, &source).await.unwrap();
    let blocked_until = Some(app.now() + SignedDuration::from_secs(90));
    source::put(&mut tx, &means, &source, &Attempts { consecutive: 10, total: 10, blocked_until }).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn the_clerk_reads_until_when_the_camera_waits_and_that_the_other_way_is_open() {
    for app in TestApp::each(Faces::Fake).await {
        enrol(&app, OBAMA, Some("obama-1.jpg")).await;
        let counter = Counter::collecting(&app, OBAMA).await;
        counter.agreed().await;
        let (clerk, page) = (Some(&app.people.clerk), format!("/counter/visits/{}", counter.visit));
        assert!(!open(&app, &page, clerk).await.with(200).text().contains("can be used again"));
        failed(&app, &station(&app).await.id).await;
        for (language, waits) in LANGUAGES.into_iter().zip([
            "可以再使用相機。現在就可以改用其他方式。",
            "可以再使用相机。现在就可以改用其他方式。",
            "The other way is open at once.",
        ]) {
            let text = open_in(&app, language, &page, clerk).await.with(200).text();
            assert!(text.contains(waits), "{language}");
            assert!(text.contains("value=\"other-path\""), "the other way is offered");
        }
        let refused = counter.act("capture", crate::body!({"person": 0})).send().await.with(429);
        assert_eq!(refused.at("/code"), "attempts-wait");
        app.wait(SignedDuration::from_secs(90));
        assert!(!open(&app, &page, clerk).await.with(200).text().contains("can be used again"));
        counter.captured(&["obama-2.jpg"]).await;
        let known = "SELECT COUNT(*) FROM source_attempts WHERE via IS NOT NULL";
        assert_eq!(app.database().count(known).await, 1, "from where the camera was opened, as a keyed hash");
    }
}

#[tokio::test]
async fn a_station_to_look_at_stands_on_the_supervisors_list_until_it_is_closed() {
    for app in TestApp::each(Faces::Fake).await {
        let (supervisor, station) = (Some(&app.people.supervisor), station(&app).await);
        assert!(!open(&app, "/alarms", supervisor).await.with(200).text().contains("id=\"stations-h\""));
        let means = app.app.desk.means(app.now());
        let mut tx = app.app.desk.db.write().await.unwrap();
        let place = (&station.office, &station.id);
        let id = store::station_alarm::raise(&mut tx, &means, place, 3, app.now() - SignedDuration::from_hours(1));
        let id = id.await.unwrap().unwrap();
        let act = Act::new(Kind::StationAlarmed, Shard::Office(station.office.clone()), &Actor::System);
        append(&mut tx, &means, &act).await.unwrap();
        tx.commit().await.unwrap();
        for (language, title) in LANGUAGES.into_iter().zip(["需要查看的相機", "需要查看的相机", "Cameras to look at"])
        {
            let text = open_in(&app, language, "/alarms", supervisor).await.with(200).text();
            assert!(text.contains(title) && text.contains(&station.name), "{language}");
            assert!(text.contains("station.alarmed"), "the list listens to it");
            assert!(text.contains(&format!("action=\"/alarms/stations/{id}\"")), "{language}");
        }
        let waiting = open(&app, "/alarms/waiting", supervisor).await.with(200).text();
        assert!(waiting.contains('1'), "{waiting}");
        let address = format!("/alarms/stations/{id}");
        let wrong = submit(&app, &address, "finding=papers-agree", supervisor).await.with(303);
        assert_eq!(wrong.header("location"), "/alarms?problem=reason-unfit");
        assert!(open(&app, wrong.header("location"), supervisor).await.with(200).text().contains("role=\"alert\""));
        submit(&app, &address, "finding=station-put-right", Some(&app.people.clerk)).await.with(403);
        for _ in 0..2 {
            let closed = submit(&app, &address, "finding=station-put-right", supervisor).await.with(303);
            assert_eq!(closed.header("location"), "/alarms", "a second click finds how things stand");
        }
        let text = open(&app, "/alarms", supervisor).await.with(200).text();
        assert!(text.contains("that was put right") && !text.contains(&address));
        let list = app.get("/api/v1/station-alarms").by(&app.people.supervisor.token).send().await.with(200);
        assert_eq!(list.at("/0/finding"), "station-put-right");
        let again = crate::body!({"finding": "station-put-right"});
        let path = format!("/api/v1/station-alarms/{id}/close");
        app.post(&path, again).by(&app.people.supervisor.token).send().await.with(409);
    }
}
