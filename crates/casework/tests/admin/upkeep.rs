//! What goes on without anybody asking.

use crate::world::{at, picture, worlds};
use casework::desk::person::{self, PersonFind, PersonNew};
use casework::desk::portrait::{self, PortraitNew};
use casework::desk::{Desk, Parts, upkeep};
use casework::{Role, Services};
use seal::keys::{Domain, FileRing, Rotate};
use std::sync::Arc;
use store::ledger::Kind;
use testkit::SeededRandom;

#[test]
fn terms_are_the_longest_that_any_version_promised() {
    let services = Services::builtin().unwrap();
    let terms = upkeep::terms(&services);
    for service in services.all() {
        let (promised, kept) = (&service.definition().retention, &terms.services[service.id().as_str()]);
        assert!(kept.evidence_days >= promised.evidence_days && kept.consent_days >= promised.consent_record_days);
        assert!(kept.visit_days >= promised.visit_days && kept.visit_days >= promised.incident_days);
        assert!(terms.others.evidence_days >= kept.evidence_days && terms.others.visit_days >= kept.visit_days);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ended_sessions_go_after_their_term_and_the_ledger_says_so() {
    for world in worlds().await {
        let office = world.office("north").await;
        world.somebody("clerk", Role::Clerk, &office).await;
        assert!(!upkeep::sweep(&world.desk, at(10)).await.unwrap().more);
        assert_eq!(world.entries_of(Kind::RetentionRun).await, 0);
        let day = 24 * 3600;
        let swept = upkeep::sweep(&world.desk, at(89 * day)).await.unwrap();
        assert_eq!(swept.sessions, 0);
        let mut sessions = 0;
        loop {
            let swept = upkeep::sweep(&world.desk, at(95 * day)).await.unwrap();
            sessions += swept.sessions;
            if !swept.more {
                break;
            }
        }
        assert_eq!((sessions, world.db.count("SELECT COUNT(*) FROM sessions").await), (2, 0));
        assert_eq!(world.entries_of(Kind::RetentionRun).await, 1);
        world.check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_is_followed_batch_by_batch_while_the_service_goes_on() {
    for world in worlds().await {
        let office = world.office("north").await;
        let keeper = world.somebody("keeper", Role::Supervisor, &office).await;
        for n in 0..120 {
            let new = PersonNew { number: format!("A{n:06}"), name: "N".into(), birth_date: "1990".into(), address: None, language: None };
            let id = person::enrol(&world.desk, &keeper, at(1), &new).await.unwrap().id;
            if n == 0 {
                let image = picture("obama-1.jpg");
                let new = PortraitNew { person: id, image, taken_on: None, source: "counter".into() };
                portrait::add(&world.desk, &keeper, at(1), new).await.unwrap();
            }
        }
        // A ring with new keys beside the old ones.
        let mut ring: FileRing = testkit::ring();
        let random = SeededRandom::new(99);
        ring.rotate(&Rotate::Domains(vec![Domain::Identity, Domain::Portrait]), "2026-11-22", &random).unwrap();
        ring.rotate(&Rotate::Number, "2026-11-22", &random).unwrap();
        let Desk { db, engine, services, settings, .. } = world.desk;
        let parts = Parts { db, ring: Arc::new(ring), random: Arc::new(random), engine, services };
        let desk = Desk::new(parts, settings);
        assert!(!upkeep::stale(&desk, at(2)).await.unwrap().is_none());
        let (mut wrapped, mut numbers, mut rounds) = (0, 0, 0);
        loop {
            // In the middle of it everybody is found.
            let found = person::find(&desk, &keeper, at(2), &PersonFind { number: "A000100".into() }).await;
            assert!(found.is_ok());
            let done = upkeep::rotate(&desk, at(3)).await.unwrap();
            wrapped += done.wrapped;
            numbers += done.numbers;
            if done == upkeep::RotatedView::default() {
                break;
            }
            rounds += 1;
        }
        assert_eq!((wrapped, numbers, rounds), (121, 120, 2));
        assert!(upkeep::stale(&desk, at(4)).await.unwrap().is_none());
        upkeep::reclaim(&desk).await.unwrap();
        let world = crate::world::World { desk, db: world.db };
        world.check().await;
    }
}
