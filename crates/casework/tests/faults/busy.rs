//! A database that is busy is tried again, and again, and then says so.

use crate::sweep::{World, worlds};
use store::Code;
use store::id::VisitId;
use store::ledger::Kind;
use testkit::chaos::Order;
use testkit::scenario::story::Story;

/// Arms the gate anew after each act, so that every procedure fails at the same statement.
async fn visit(world: &World, story: Story, at: u64, times: usize) -> casework::Result<()> {
    let order = Order { at, code: Code::DatabaseBusy, is_of_writes: true, times };
    world.gate.arm(order);
    let gate = &world.gate;
    let rearm = |_: Kind, _: &VisitId| gate.arm(order);
    let done = world.office.visit(world.at(at % 4), story, &rearm).await;
    world.gate.disarm();
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_visits_pass_though_every_procedure_is_twice_disturbed() {
    for world in worlds().await {
        let mut at = 0;
        for round in 0..6 {
            for &story in Story::ALL {
                at += 1;
                let done = visit(&world, story, 1 + at % 24, 2).await;
                assert!(done.is_ok(), "{story:?} in round {round}, at {at}: {done:?}");
            }
        }
        world.is_in_order("after disturbed visits").await;
        let open = "SELECT COUNT(*) FROM visits WHERE closed_at_ms IS NULL";
        assert_eq!(world.database.count(open).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_procedure_gives_up_after_three_times() {
    for world in worlds().await {
        let (office, at) = (&world.office, world.at(0));
        let before = world.entries().await;
        world.gate.arm(Order { at: 1, code: Code::DatabaseBusy, is_of_writes: true, times: 9 });
        assert_eq!(office.open(at).await.unwrap_err().code(), "database-busy");
        assert_eq!(world.gate.disarm().len(), 3);
        assert_eq!(world.entries().await, before);
        assert!(office.open(at).await.is_ok());
        world.is_in_order("after a busy database").await;
    }
}
