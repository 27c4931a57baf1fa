//! What goes on without anybody asking.

use crate::sweep::Kind::{InParts, Whole};
use crate::sweep::worlds;
use casework::desk::upkeep::{self, RotatedView};
use jiff::SignedDuration;
use seal::keys::{Domain, Rotate};
use std::sync::Arc;
use testkit::SeededRandom;
use testkit::scenario::story::Story;
use testkit::scenario::{Ground, begin, desk};

#[tokio::test(flavor = "multi_thread")]
async fn checkpoints_and_the_retention_sweep() {
    for world in worlds().await {
        let office = &world.office;
        for (person, story) in [Story::Confirmed, Story::Impostor, Story::Refused].into_iter().enumerate() {
            office.visit(world.at(person as u64), story, &|_, _| {}).await.unwrap();
        }
        let now = world.now();
        let root = world.sweep("checkpoint", Whole, async || upkeep::checkpoint(&office.desk, now).await).await;
        world.roots.borrow_mut().push(root.unwrap());

        // Consents have expired, then evidence, sessions, visits and the records of consents are past their terms.
        for days in [1, 100, 2_000, 4_000] {
            world.pass(SignedDuration::from_hours(24 * days));
            let now = world.now();
            loop {
                let swept = sweep_unseen(&world, now).await;
                if !swept.more {
                    break;
                }
            }
            world.is_in_order("after the sweep").await;
        }
        // The impostor's visit stays with what belongs to it, because its incident was never closed.
        for (table, left) in [("bio_templates", 0), ("evidences", 1), ("visits", 1), ("consents", 1), ("incidents", 1)]
        {
            assert_eq!(world.database.count(&format!("SELECT COUNT(*) FROM {table}")).await, left, "{table}");
        }
        let now = world.now();
        let root = world.sweep("checkpoint", Whole, async || upkeep::checkpoint(&office.desk, now).await).await;
        world.roots.borrow_mut().push(root.unwrap());
        world.is_in_order("at the end").await;
    }
}

/// One batch of the sweep, failing at every statement before. Templates of expired consents are there until it has passed, so everything is
/// looked at as of the last moment at which they were live.
async fn sweep_unseen(world: &crate::sweep::World, now: jiff::Timestamp) -> upkeep::SweptView {
    let office = &world.office;
    let overdue = world.database.count("SELECT COUNT(*) FROM bio_templates").await > 0;
    if overdue {
        world.pass(begin().duration_since(world.now()));
    }
    let swept = world.sweep("sweep", Whole, async || upkeep::sweep(&office.desk, now).await).await;
    if overdue {
        world.pass(now.duration_since(world.now()));
    }
    swept
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_of_keys() {
    for world in worlds().await {
        let office = &world.office;
        office.visit(world.at(0), Story::Confirmed, &|_, _| {}).await.unwrap();
        let random = SeededRandom::new(99);
        let mut ring = testkit::ring();
        ring.rotate(&Rotate::Domains(Domain::ALL.to_vec()), "2026-11-22", &random).unwrap();
        ring.rotate(&Rotate::Number, "2026-11-22", &random).unwrap();
        let purpose = office.desk.services.get(testkit::scenario::SERVICE).unwrap().purpose().to_owned();
        ring.rotate(&Rotate::Template { purpose }, "2026-11-22", &random).unwrap();
        let ground = Ground { ring: Arc::new(ring), random: Arc::new(random), ..Ground::new(8).unwrap() };
        let rotated = desk(office.desk.db.clone(), ground).unwrap();
        let mut tx = world.database.write().await.unwrap();
        store::meta::open_check(&mut tx, &rotated.means(world.now())).await.unwrap();
        tx.commit().await.unwrap();
        let world =
            crate::sweep::World { office: testkit::scenario::Office { desk: rotated, ..world.office }, ..world };
        let (desk, now) = (&world.office.desk, world.now());
        let mut all = RotatedView::default();
        loop {
            let done = world.sweep("rotate", InParts, async || upkeep::rotate(desk, now).await).await;
            if done == RotatedView::default() {
                break;
            }
            all.wrapped += done.wrapped;
            all.numbers += done.numbers;
            all.templates += done.templates;
        }
        // Most of it was done by calls that failed later on, each of which kept what it had finished.
        assert!(upkeep::stale(desk, now).await.unwrap().is_none(), "{all:?}");
        let at = world.at(0);
        world.office.visit(at, Story::Confirmed, &|_, _| {}).await.unwrap();
        world.is_in_order("after the rotation").await;
    }
}
