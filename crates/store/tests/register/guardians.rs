//! Guardianships.

use super::{code, data};
use jiff::SignedDuration;
use store::id::PersonId;
use store::person::guardian::{self, NewGuardian};
use store::person::{Event, event};
use store::{Code, person};
use testkit::World;
use testkit::store::{Database, databases};

async fn two(db: &Database, world: &World) -> (PersonId, PersonId) {
    let mut tx = db.write().await.unwrap();
    let child = person::add(&mut tx, &world.means(), &data("A123456789")).await.unwrap().id;
    let parent = person::add(&mut tx, &world.means(), &data("B123456789")).await.unwrap().id;
    world.commit(tx).await;
    (child, parent)
}

#[tokio::test]
async fn a_guardianship_counts_from_its_day_to_its_day() {
    for db in databases().await {
        let mut world = World::default();
        let (child, parent) = two(&db, &world).await;
        let day = SignedDuration::from_hours(24);
        let (since, until) = (world.now + day, world.now + day * 3);
        let new = NewGuardian { child: &child, guardian: &parent, ground: "parent", since, until };
        let mut tx = db.write().await.unwrap();
        let id = guardian::set(&mut tx, &world.means(), &new).await.unwrap();
        assert_eq!(code(guardian::set(&mut tx, &world.means(), &new).await), Some(Code::AlreadyExists));
        for expected in [false, true, true, false] {
            let found = guardian::is_guardian(&mut tx, &world.means(), &child, &parent).await.unwrap();
            assert_eq!(found, expected, "{}", world.now);
            assert!(!guardian::is_guardian(&mut tx, &world.means(), &parent, &child).await.unwrap());
            world.pass(day);
        }
        world.now = since;
        let listed = guardian::guardians_of(&mut tx, &world.means(), &child).await.unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!((&listed[0].id, &listed[0].ground, listed[0].until), (&id, &"parent".to_owned(), until));
        guardian::end(&mut tx, &world.means(), &id).await.unwrap();
        assert!(!guardian::is_guardian(&mut tx, &world.means(), &child, &parent).await.unwrap());
        assert_eq!(code(guardian::end(&mut tx, &world.means(), &id).await), Some(Code::NotFound));
        guardian::set(&mut tx, &world.means(), &new).await.unwrap();
        world.commit(tx).await;
    }
}

#[tokio::test]
async fn a_guardian_who_is_dead_or_locked_may_not_act() {
    for db in databases().await {
        let world = World::default();
        let (child, parent) = two(&db, &world).await;
        let until = world.now + SignedDuration::from_hours(24);
        let new = NewGuardian { child: &child, guardian: &parent, ground: "parent", since: world.now, until };
        let mut tx = db.write().await.unwrap();
        guardian::set(&mut tx, &world.means(), &new).await.unwrap();
        for (event, expected) in [(Event::Locked, false), (Event::Unlocked, true), (Event::Deceased, false)] {
            event::note(&mut tx, &world.means(), &parent, event, None).await.unwrap();
            let found = guardian::is_guardian(&mut tx, &world.means(), &child, &parent).await.unwrap();
            assert_eq!(found, expected, "{event:?}");
        }
        let dead = NewGuardian { child: &parent, guardian: &child, ..new };
        assert_eq!(code(guardian::set(&mut tx, &world.means(), &dead).await), Some(Code::PersonDeceased));
        world.commit(tx).await;
    }
}

#[tokio::test]
async fn a_guardianship_that_is_wrong_is_refused() {
    for db in databases().await {
        let world = World::default();
        let (child, parent) = two(&db, &world).await;
        let until = world.now + SignedDuration::from_hours(24);
        let new = NewGuardian { child: &child, guardian: &parent, ground: "parent", since: world.now, until };
        let gone = PersonId::new(&world.means());
        let mut tx = db.write().await.unwrap();
        let wrong = [
            (NewGuardian { guardian: &child, ..new }, Code::RowInvalid),
            (NewGuardian { until: world.now, ..new }, Code::RowInvalid),
            (NewGuardian { ground: "Parent';", ..new }, Code::RowInvalid),
            (NewGuardian { guardian: &gone, ..new }, Code::NotFound),
        ];
        for (new, expected) in wrong {
            assert_eq!(code(guardian::set(&mut tx, &world.means(), &new).await), Some(expected));
        }
        tx.commit().await.unwrap();
    }
}
