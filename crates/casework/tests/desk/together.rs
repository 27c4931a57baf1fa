//! Two persons in one visit, and a child with a guardian.

use crate::world::{BIDEN, OBAMA, World, code, commit, worlds};
use casework::desk::consent::{self, Ask};
use casework::desk::decide::{self, CheckPapers, Confirm};
use casework::desk::judge::{self, Judge};
use casework::desk::visit::{self, OtherPath};
use casework::visit::Judgement;
use jiff::SignedDuration;
use store::id::VisitId;
use store::ledger::Kind;
use store::person::guardian::{self, NewGuardian};

async fn judged(world: &World, visit: &VisitId, person: u32) {
    let judge = Judge { person, answer: Judgement::Same };
    judge::judge(&world.desk, &world.clerk, world.now, visit, judge).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_marry_both_by_face() {
    for world in worlds().await {
        let visit = world.opened("household.marriage", "register", &[]).await;
        // The second place first: the order of claims does not matter.
        world.claim(&visit, 1, BIDEN).await.unwrap();
        assert_eq!(code(world.claim(&visit, 0, BIDEN).await), "visit-person-twice");
        world.claim(&visit, 0, OBAMA).await.unwrap();
        assert_eq!(code(world.claim(&visit, 0, OBAMA).await), "transition-refused");
        assert_eq!(code(world.claim(&visit, 2, OBAMA).await), "visit-person-unknown");
        for (person, picture) in [(0, "obama-2.jpg"), (1, "biden-1.jpg")] {
            world.agreed(&visit, person).await;
            world.captured(&visit, person, &[picture]).await;
            judged(&world, &visit, person).await;
        }
        let confirm = |factors_shown| Confirm { factors_shown, tell: vec![] };
        let refused = decide::confirm(&world.desk, &world.clerk, world.now, &visit, &confirm(vec![0])).await;
        assert_eq!(code(refused), "second-factor-missing");
        let view = decide::confirm(&world.desk, &world.clerk, world.now, &visit, &confirm(vec![0, 1])).await.unwrap();
        assert_eq!(view.phase, "confirmed");
        // Each of the two finds the outcome in their part of the ledger.
        let decided = world.entries(Kind::Decided).await;
        assert!(decided.len() == 2 && decided[0]["person"] != decided[1]["person"]);
        assert_eq!(world.rows("bio_frames").await, 0);
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_marries_by_face_and_one_by_papers() {
    for world in worlds().await {
        let visit = world.opened("household.marriage", "register", &[OBAMA, BIDEN]).await;
        world.agreed(&visit, 0).await;
        world.captured(&visit, 0, &["obama-3.jpg"]).await;
        judged(&world, &visit, 0).await;
        let confirm = Confirm { factors_shown: vec![0], tell: vec![] };
        let refused = decide::confirm(&world.desk, &world.clerk, world.now, &visit, &confirm).await;
        assert_eq!(code(refused), "not-settled");
        let other = OtherPath { person: 1, reason: "person-prefers".to_owned() };
        visit::other_path(&world.desk, &world.clerk, world.now, &visit, &other).await.unwrap();
        let papers = CheckPapers { person: 1, reason: "witness-vouches".to_owned() };
        decide::check_papers(&world.desk, &world.clerk, world.now, &visit, &papers).await.unwrap();
        let view = decide::confirm(&world.desk, &world.clerk, world.now, &visit, &confirm).await.unwrap();
        assert_eq!(view.phase, "confirmed");
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn for_a_child_the_guardian_answers() {
    for world in worlds().await {
        let child = world.enrol("D111222333", "小孩", Some("obama-3.jpg")).await;
        let parent = world.enrol("E444555666", "家長", None).await;
        let mut tx = world.desk.db.write().await.unwrap();
        let until = world.now + SignedDuration::from_hours(24 * 365);
        let new = NewGuardian { child: &child, guardian: &parent, ground: "parent", since: world.now, until };
        guardian::set(&mut tx, &world.desk.means(world.now), &new).await.unwrap();
        commit(&world.desk, world.now, tx).await;

        let visit = world.collecting("D111222333").await;
        assert!(world.view(&visit).await.persons[0].claimed.as_ref().unwrap().guardian_answers);
        assert_eq!(code(world.ask(&visit, 0).await), "guardian-answers");
        let ask = |number: &str| Ask { person: 0, language: "en".to_owned(), guardian_number: Some(number.to_owned()) };
        for stranger in [OBAMA, "Z999999999"] {
            let refused = consent::ask(&world.desk, &world.clerk, world.now, &visit, &ask(stranger)).await;
            assert_eq!(code(refused), "guardian-answers");
        }
        consent::ask(&world.desk, &world.clerk, world.now, &visit, &ask("E444555666")).await.unwrap();
        assert_eq!(world.entries(Kind::ConsentRequested).await[0]["facts"]["by_guardian"], true);
        let receipt = world.answer(&visit, true).await.receipt.unwrap();
        assert_eq!(world.desk.read_receipt(&receipt).unwrap().notice.l, "en");
        assert!(world.captured(&visit, 0, &["obama-1.jpg"]).await.usable);
        world.is_in_order().await;
    }
}
