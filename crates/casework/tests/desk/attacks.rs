//! Attacks on the liveness check: whom and what they slow down, for how long, and when the office is asked to look at a station.

use crate::film::{Page, small};
use crate::world::{BIDEN, OBAMA, World, code, photo, worlds};
use casework::desk::capture::{self, Who};
use casework::desk::decide::{self, CheckPapers, Confirm, End, Leave};
use casework::desk::judge::{self, EvidenceView, Judge};
use casework::desk::station_alarm::{self, StationAlarmClose};
use casework::desk::{Parts, alarm, upkeep, visit};
use casework::visit::{Judgement, Liveness};
use casework::{Desk, Services};
use jiff::SignedDuration;
use std::net::IpAddr;
use std::sync::Arc;
use store::attempts::Attempts;
use store::id::VisitId;
use store::ledger::Kind;
use store::source::{self, Source};
use store::station::StationSeat;

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 5));
const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 9));

/// The camera of a visit, open for the right person, whose film comes twice: an injection.
async fn attacked(world: &World) -> VisitId {
    let visit = world.collecting(OBAMA).await;
    world.agreed(&visit, 0).await;
    world.begin(&visit, 0).await.unwrap();
    let mut page = Page::new(&world.camera(&visit, 0).await.unwrap().nonce, 3);
    page.begin(world).await.unwrap();
    page.send(world, small("obama-2.jpg", 0, 3)).await.unwrap();
    page.send(world, small("obama-2.jpg", 2, 3)).await.unwrap();
    assert!(page.take(world, vec![photo("obama-2.jpg").into()]).await.unwrap().usable);
    visit
}

async fn judged(world: &World, visit: &VisitId) -> EvidenceView {
    let judge = Judge { person: 0, answer: Judgement::Same };
    judge::judge(&world.desk, &world.clerk, world.now, visit, judge).await.unwrap()
}

async fn left(world: &World, visit: &VisitId) {
    decide::leave(&world.desk, &world.clerk, world.now, visit, Leave { how: End::GivenUp }).await.unwrap();
}

/// Counts so many failures in a row of a source, the last one now.
async fn count(world: &World, source: &Source, failures: u32, wait_s: i64) {
    let means = world.desk.means(world.now);
    let mut tx = world.desk.db.write().await.unwrap();
    source::lock(&mut tx, &means, source).await.unwrap();
    let blocked_until = Some(world.now + SignedDuration::from_secs(wait_s));
    let counted = Attempts { consecutive: failures, total: failures, blocked_until };
    source::put(&mut tx, &means, source, &counted).await.unwrap();
    tx.commit().await.unwrap();
}

async fn known(world: &World, source: &Source) -> source::Known {
    let mut tx = world.desk.db.read().await.unwrap();
    source::get(&mut tx, &world.desk.means(world.now), source).await.unwrap()
}

fn station(world: &World, seat: &StationSeat) -> Source {
    Source::station(&world.desk.means(world.now), seat.station())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attack_with_the_right_face_counts_as_failed_and_confirms_nobody() {
    for mut world in worlds().await {
        let visit = attacked(&world).await;
        assert_eq!(world.database.count("SELECT consecutive FROM attempts").await, 1);
        let here = station(&world, &world.seat);
        assert_eq!(known(&world, &here).await.attempts.consecutive, 1);
        let view = judged(&world, &visit).await;
        assert_eq!(
            (view.evidence.liveness.outcome, view.evidence.comparison.band.as_str()),
            (Liveness::Attack, "match")
        );
        assert_eq!(view.suggestion, "other-path", "whatever the level: the service here is one that only assists");
        let confirm = Confirm { factors_shown: vec![0], tell: vec![] };
        let refused = decide::confirm(&world.desk, &world.clerk, world.now, &visit, &confirm).await;
        assert_eq!(code(refused), "not-settled");
        left(&world, &visit).await;
        // A capture of the same person that succeeds makes up for it.
        world.pass(1);
        let visit = world.collecting(OBAMA).await;
        world.agreed(&visit, 0).await;
        assert!(world.captured(&visit, 0, &["obama-2.jpg"]).await.usable);
        assert_eq!(world.database.count("SELECT consecutive FROM attempts").await, 0);
        assert_eq!(known(&world, &here).await.attempts, Attempts::default());
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_where_ten_failed_in_a_row_waits_and_the_person_does_not() {
    for mut world in worlds().await {
        for number in [OBAMA, BIDEN] {
            let visit = world.collecting(number).await;
            world.agreed(&visit, 0).await;
            let other = if number == OBAMA { "biden-1.jpg" } else { "obama-2.jpg" };
            for _ in 0..5 {
                assert!(world.captured(&visit, 0, &[other]).await.usable);
            }
            left(&world, &visit).await;
        }
        // Both persons wait for themselves as well; that is over after half a minute, and so is the station's first delay.
        assert_eq!(known(&world, &station(&world, &world.seat)).await.attempts.consecutive, 10);
        let visit = world.collecting(OBAMA).await;
        world.agreed(&visit, 0).await;
        world.now += SignedDuration::from_secs(29);
        assert_eq!(code(world.begin(&visit, 0).await), "attempts-wait");
        world.now += SignedDuration::from_secs(1);
        assert!(world.captured(&visit, 0, &["biden-1.jpg"]).await.usable);
        left(&world, &visit).await;
        // The eleventh waits a minute: the clerk is told until when, and that the person may go the other way.
        let visit = world.collecting(OBAMA).await;
        world.agreed(&visit, 0).await;
        world.now += SignedDuration::from_secs(59);
        let claimed = world.view(&visit).await.persons.remove(0).claimed.unwrap();
        assert_eq!(claimed.camera_from, Some(world.now + SignedDuration::from_secs(1)));
        assert_eq!(code(world.begin(&visit, 0).await), "attempts-wait");
        let request = visit::OtherPath { person: 0, reason: "attempts-used-up".to_owned() };
        let other = visit::other_path(&world.desk, &world.clerk, world.now, &visit, &request).await.unwrap();
        assert_eq!(other.persons[0].state, "other-path");
        left(&world, &visit).await;
        world.now += SignedDuration::from_secs(1);
        let visit = world.collecting(OBAMA).await;
        world.agreed(&visit, 0).await;
        assert_eq!(world.view(&visit).await.persons.remove(0).claimed.unwrap().camera_from, None);
        assert!(world.captured(&visit, 0, &["obama-2.jpg"]).await.usable);
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_waits_at_every_station_behind_it_and_is_forgotten_after_a_day() {
    for mut world in worlds().await {
        let means = world.desk.means(world.now);
        let from_here = world.seat.clone().from_address(&means, HERE);
        let (here, elsewhere) = (from_here.address().unwrap().clone(), world.seat.clone().from_address(&means, THERE));
        count(&world, &here, 20, 30).await;
        let visit = world.collecting(OBAMA).await;
        world.agreed(&visit, 0).await;
        // Nobody knows yet from where the station will come.
        world.begin(&visit, 0).await.unwrap();
        let open =
            async |seat: &StationSeat, now| capture::open(&world.desk, seat, now, &visit, Who { person: 0 }).await;
        assert_eq!(code(open(&from_here, world.now).await), "attempts-wait");
        let waits = world.view(&visit).await.persons.remove(0).claimed.unwrap().camera_from;
        assert_eq!(waits, Some(world.now + SignedDuration::from_secs(30)), "now the clerk sees it");
        let camera = open(&elsewhere, world.now).await.unwrap();
        assert!(!camera.nonce.is_empty(), "another address is not meant");
        assert_eq!(
            open(&from_here, world.now + SignedDuration::from_secs(30)).await.map(|_| ()).map_err(|e| e.code()),
            Ok(())
        );
        left(&world, &visit).await;
        // A hundred within a day wait until the day is over, and no longer.
        count(&world, &here, 100, 30).await;
        let counted = world.now;
        world.now += SignedDuration::from_hours(23);
        assert!(known(&world, &here).await.forgotten.is_some());
        let rows = "SELECT COUNT(*) FROM source_attempts";
        assert_eq!(world.database.count(rows).await, 2);
        world.now = counted + SignedDuration::from_hours(24);
        assert_eq!(known(&world, &here).await, source::Known::default());
        // The station came half a minute later.
        world.now += SignedDuration::from_mins(1);
        upkeep::sweep(&world.desk, world.now).await.unwrap();
        assert_eq!(world.database.count(rows).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_kept_as_a_keyed_hash_of_what_one_subscriber_has() {
    for world in worlds().await {
        let means = world.desk.means(world.now);
        let of = |text: &str| Source::address(&means, text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"), "the first 64 bits");
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:203.0.113.5"), of("203.0.113.5"));
        assert_ne!(of("203.0.113.5"), of("203.0.113.6"));
        assert!(!format!("{:?}", of("203.0.113.5")).contains("203"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_attacks_at_a_station_within_an_hour_are_one_alarm() {
    for mut world in worlds().await {
        let (desk, supervisor) = (&world.desk, world.supervisor.clone());
        let mut open = Vec::new();
        for n in 0..4 {
            let visit = attacked(&world).await;
            assert_eq!(world.entries(Kind::AttackFound).await.len(), n, "nobody learns it before the judgement");
            judged(&world, &visit).await;
            let listed = station_alarm::list(desk, &supervisor, world.now).await.unwrap();
            assert_eq!(listed.len(), usize::from(n >= 2), "{n}");
            open.extend(listed);
            left(&world, &visit).await;
            // Not the person's delay, which is of its own.
            world.now += SignedDuration::from_mins(10);
        }
        assert_eq!(open[0], open[1], "the fourth raises no second one");
        assert_eq!((open[0].attacks, &open[0].station, &open[0].finding), (3, world.seat.station(), &None));
        assert_eq!(world.entries(Kind::StationAlarmed).await.len(), 1);
        assert_eq!(world.database.count("SELECT COUNT(*) FROM notices WHERE kind = 'station-attacks'").await, 1);
        assert_eq!(world.database.count("SELECT COUNT(*) FROM incidents").await, 0, "nobody is accused");
        assert_eq!(alarm::waiting(desk, &supervisor, world.now).await.unwrap(), 1);
        let wrong = StationAlarmClose { finding: "identity-settled".to_owned() };
        assert_eq!(code(station_alarm::close(desk, &supervisor, world.now, &open[0].id, &wrong).await), "reason-unfit");
        let looked = StationAlarmClose { finding: "station-put-right".to_owned() };
        assert_eq!(
            code(station_alarm::close(desk, &world.clerk, world.now, &open[0].id, &looked).await),
            "permission-missing"
        );
        station_alarm::close(desk, &supervisor, world.now, &open[0].id, &looked).await.unwrap();
        assert_eq!(code(station_alarm::close(desk, &supervisor, world.now, &open[0].id, &looked).await), "conflict");
        assert_eq!(alarm::waiting(desk, &supervisor, world.now).await.unwrap(), 0);
        let closed = station_alarm::list(desk, &supervisor, world.now).await.unwrap().remove(0);
        assert_eq!((closed.finding.as_deref(), closed.closed), (Some("station-put-right"), Some(world.now)));
        assert!(closed.closed_by.is_some());
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attacks_whose_visits_end_before_anybody_judges_are_counted_when_they_end() {
    for mut world in worlds().await {
        for n in 0..3 {
            let visit = attacked(&world).await;
            assert_eq!(world.entries(Kind::AttackFound).await.len(), n, "nobody learns it while the visit is open");
            left(&world, &visit).await;
            assert_eq!(world.entries(Kind::AttackFound).await.len(), n + 1);
            world.now += SignedDuration::from_mins(10);
        }
        let listed = station_alarm::list(&world.desk, &world.supervisor, world.now).await.unwrap();
        assert_eq!(listed.iter().map(|alarm| alarm.attacks).collect::<Vec<_>>(), [3]);
        assert_eq!(world.database.count("SELECT COUNT(*) FROM evidences WHERE opened_at_ms IS NOT NULL").await, 0);
        // What somebody judged is counted once, and what is no attack not at all.
        let visit = world.collecting(BIDEN).await;
        world.agreed(&visit, 0).await;
        assert!(world.captured(&visit, 0, &["biden-1.jpg"]).await.usable);
        left(&world, &visit).await;
        world.now += SignedDuration::from_mins(10);
        let visit = attacked(&world).await;
        judged(&world, &visit).await;
        left(&world, &visit).await;
        assert_eq!(world.entries(Kind::AttackFound).await.len(), 4);
        world.is_in_order().await;
    }
}

/// The same world, whose service asks for a live face at this level.
fn demanding(world: World, level: &str) -> World {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../services/household.identity-card.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let changed = text.replace("liveness = \"assist\"", &format!("liveness = \"{level}\""));
    let services = Services::parse(&[("household.identity-card.toml", &changed)]).unwrap();
    let Desk { db, ring, random, engine, settings, .. } = &world.desk;
    let (ring, random, engine) = (Arc::clone(ring), Arc::clone(random), Arc::clone(engine));
    let parts = Parts { db: db.clone(), ring, random, engine, services: Arc::new(services) };
    World { desk: Desk::new(parts, settings.clone()), ..world }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_checked_settles_nothing_where_a_live_face_is_asked_for() {
    for (level, suffices) in [("assist", true), ("attended", false), ("unattended", false)] {
        for world in worlds().await {
            let world = demanding(world, level);
            let visit = world.collecting(OBAMA).await;
            world.agreed(&visit, 0).await;
            assert!(world.captured(&visit, 0, &["obama-2.jpg"]).await.usable);
            let view = judged(&world, &visit).await;
            let said = &view.evidence.liveness;
            assert_eq!((said.outcome, said.level.as_deref()), (Liveness::NotChecked, Some(level)));
            assert_eq!(view.suggestion, if suffices { "confirm" } else { "other-path" });
            let opened = world.entries(Kind::EvidenceOpened).await.pop().unwrap().to_string();
            assert!(opened.contains("not-checked") && opened.contains("no-film"), "the record says so: {opened}");
            let confirm = Confirm { factors_shown: vec![0], tell: vec![] };
            let by_face = decide::confirm(&world.desk, &world.clerk, world.now, &visit, &confirm).await;
            if suffices {
                assert_eq!(by_face.unwrap().phase, "confirmed");
                continue;
            }
            assert_eq!(code(by_face), "not-settled");
            // The person gets the service all the same.
            let request = visit::OtherPath { person: 0, reason: "evidence-unclear".to_owned() };
            visit::other_path(&world.desk, &world.clerk, world.now, &visit, &request).await.unwrap();
            let papers = CheckPapers { person: 0, reason: "papers-agree".to_owned() };
            decide::check_papers(&world.desk, &world.clerk, world.now, &visit, &papers).await.unwrap();
            let end = decide::confirm(&world.desk, &world.clerk, world.now, &visit, &confirm).await.unwrap();
            assert_eq!(end.phase, "confirmed");
            world.is_in_order().await;
        }
    }
}
