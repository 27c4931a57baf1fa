//! Every statement of every step fails in turn: nothing is half done, and the step can be repeated.

use crate::world::{OBAMA, World, photo, worlds};
use casework::desk::capture::{self, Frames, Who};
use casework::desk::consent::{self, Answer, Ask};
use casework::desk::incident::{self, List, SecondJudge, Suspect};
use casework::desk::judge::{self, Judge};
use casework::desk::receipt::Shown;
use casework::desk::visit::{self, Claim};
use casework::desk::{picture, withdraw};
use casework::visit::Judgement;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use store::tx::Gate;

/// Fails the statement at which it has counted down to zero.
struct Fault(AtomicI64);

impl Gate for Fault {
    fn pass(&self, _: &str) -> store::Result<()> {
        if self.0.fetch_sub(1, Ordering::SeqCst) == 1 {
            return Err(store::Error::new(store::Code::DatabaseFailed, "the test wants it so"));
        }
        Ok(())
    }
}

/// Lets a step fail at its first statement, at one `stride` further, and so on until it passes. After each failure everything is in order.
async fn step<T>(world: &World, fault: &Fault, stride: usize, act: impl AsyncFn() -> casework::Result<T>) -> T {
    for n in (1..).step_by(stride) {
        fault.0.store(n, Ordering::SeqCst);
        let done = act().await;
        fault.0.store(0, Ordering::SeqCst);
        match done {
            Ok(value) => {
                assert!(n > 1, "the step has no statement");
                world.is_in_order().await;
                return value;
            }
            Err(error) => assert_eq!(error.code(), "database-failed", "statement {n}: {error}"),
        }
        world.is_in_order().await;
    }
    unreachable!("a step has an end")
}

#[tokio::test(flavor = "multi_thread")]
async fn no_step_is_ever_half_done() {
    for mut world in worlds().await {
        let visit = world.opened("household.identity-card", "collect", &[]).await;
        let fault = Arc::new(Fault(AtomicI64::new(0)));
        world.desk.db = world.desk.db.clone().with_gate(Arc::clone(&fault) as Arc<dyn Gate>);
        let (desk, now, fault) = (&world.desk, world.now, &*fault);
        let (clerk, supervisor, seat) = (&world.clerk, &world.supervisor, &world.seat);

        let claim = Claim { person: 0, number: OBAMA.to_owned() };
        step(&world, fault, 1, async || visit::claim(desk, clerk, now, &visit, &claim).await).await;
        let ask = Ask { person: 0, language: "zh-Hans".to_owned(), guardian_number: None };
        step(&world, fault, 1, async || consent::ask(desk, clerk, now, &visit, &ask).await).await;
        let notice = consent::station(desk, seat, now).await.unwrap().notice.unwrap();
        let answer = Answer { person: 0, consent: notice.consent, notice_hash: notice.hash, agree: true };
        let answered = step(&world, fault, 1, async || consent::answer(desk, seat, now, &visit, &answer).await).await;
        let who = Who { person: 0 };
        step(&world, fault, 1, async || capture::begin(desk, clerk, now, &visit, who).await).await;
        let camera = step(&world, fault, 1, async || capture::open(desk, seat, now, &visit, who).await).await;
        // The engine runs anew each time, so not every statement is tried.
        let frames =
            || Frames { nonce: camera.nonce.clone(), pictures: vec![photo("biden-1.jpg").into()], signed: None };
        step(&world, fault, 7, async || capture::take(desk, seat, now, frames()).await).await;
        step(&world, fault, 5, async || picture::look(desk, clerk, now, &visit, 0).await).await;
        let judged = Judge { person: 0, answer: Judgement::Different };
        step(&world, fault, 1, async || judge::judge(desk, clerk, now, &visit, judged).await).await;
        let suspect = Suspect { person: 0, reason: "face-differs".to_owned() };
        step(&world, fault, 1, async || incident::report(desk, clerk, now, &visit, &suspect).await).await;
        let id = incident::list(desk, supervisor, now, &List::default()).await.unwrap()[0].id.clone();
        let seconds = SecondJudge { answer: Judgement::Different };
        step(&world, fault, 1, async || incident::judge(desk, supervisor, now, &id, seconds).await).await;
        step(&world, fault, 1, async || incident::second(desk, supervisor, now, &id).await).await;
        assert_eq!(
            (world.rows("bio_frames").await, world.rows("outcomes").await, world.rows("notices").await),
            (0, 1, 1)
        );
        let shown = Shown { receipt: answered.receipt.unwrap() };
        step(&world, fault, 1, async || withdraw::by_receipt(desk, now, &shown).await).await;
        assert_eq!(world.rows("bio_templates").await, 0);
    }
}
