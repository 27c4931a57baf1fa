//! Refused claims: each is a use of the register, stands in the ledger without the number, and too many have to wait.

use crate::world::{BIDEN, OBAMA, World, code, worlds};
use casework::desk::decide::{self, End, Leave};
use casework::desk::visit::{self, Claim};
use casework::limits::{CLAIMS_REFUSED_MAX, CLAIMS_REFUSED_MINUTES};
use store::ledger::Kind;

/// The refusals in the ledger: code, and whether they name somebody.
async fn refusals(world: &World) -> Vec<(String, bool)> {
    let entries = world.entries(Kind::ClaimRefused).await;
    let text = serde_json::to_string(&entries).unwrap();
    assert!(!text.contains(OBAMA) && !text.contains(BIDEN) && !text.contains("Q000"), "a number stands in the ledger");
    entries
        .iter()
        .map(|entry| (entry["facts"]["code"].as_str().unwrap().to_owned(), entry["person"].is_string()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_claim_stands_in_the_ledger() {
    for world in worlds().await {
        let visit = world.opened("household.marriage", "register", &[]).await;
        assert_eq!(code(world.claim(&visit, 0, "Q000000000").await), "person-unknown");
        for (state, refusal) in [("locked", "person-locked"), ("deceased", "person-deceased")] {
            world.database.tamper(&format!("UPDATE persons SET state = '{state}'")).await;
            assert_eq!(code(world.claim(&visit, 0, BIDEN).await), refusal);
        }
        world.database.tamper("UPDATE persons SET state = 'active'").await;
        world.claim(&visit, 0, OBAMA).await.unwrap();
        assert_eq!(code(world.claim(&visit, 1, OBAMA).await), "visit-person-twice");
        let expected = [
            ("person-unknown", false),
            ("person-locked", true),
            ("person-deceased", true),
            ("visit-person-twice", true),
        ];
        let expected: Vec<_> = expected.map(|(code, named)| (code.to_owned(), named)).to_vec();
        assert_eq!(refusals(&world).await, expected);
        assert_eq!(world.entries(Kind::ClaimRefused).await[0]["visit"], visit.as_str());
        // Another office's visit: in the tree of who tried, and the number is not even looked up.
        let claim = Claim { person: 1, number: BIDEN.to_owned() };
        let foreign = visit::claim(&world.desk, &world.stranger, world.now, &visit, &claim).await;
        assert_eq!(code(foreign), "not-found");
        let last = world.entries(Kind::ClaimRefused).await.pop().unwrap();
        assert!(last["visit"] == visit.as_str() && last["facts"]["office_of_visit"] == world.office.as_str());
        assert!(last["person"].is_null() && last["shard"] != world.office.as_str());
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_could_be_claimed_nobody_is_looked_up() {
    for world in worlds().await {
        let visit = world.collecting(OBAMA).await;
        // Known or not, the answer is the same: the visit has its person.
        assert_eq!(code(world.claim(&visit, 0, BIDEN).await), "transition-refused");
        assert_eq!(code(world.claim(&visit, 0, "Q000000000").await), "transition-refused");
        assert_eq!(code(world.claim(&visit, 7, BIDEN).await), "visit-person-unknown");
        let leave = Leave { how: End::GivenUp };
        decide::leave(&world.desk, &world.clerk, world.now, &visit, leave).await.unwrap();
        assert_eq!(code(world.claim(&visit, 0, "Q000000000").await), "visit-decided");
        let nowhere = "01kaj0000000000000000000zz".parse().unwrap();
        assert_eq!(code(world.claim(&nowhere, 0, BIDEN).await), "not-found");
        let open = world.opened("household.identity-card", "collect", &[]).await;
        assert_eq!(code(world.claim(&open, 0, "';--").await), "number-invalid");
        assert_eq!(refusals(&world).await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_fishes_for_numbers_waits() {
    for mut world in worlds().await {
        let visit = world.opened("household.identity-card", "collect", &[]).await;
        for n in 0..CLAIMS_REFUSED_MAX {
            assert_eq!(code(world.claim(&visit, 0, &format!("Q0000{n:05}")).await), "person-unknown");
        }
        let before = world.rows("ledger_entries").await;
        for number in ["Q000099999", OBAMA] {
            assert_eq!(code(world.claim(&visit, 0, number).await), "claims-wait");
        }
        assert_eq!(world.rows("ledger_entries").await, before, "refusals go on filling the ledger");
        // Others go on, and so does who waited.
        let claim = Claim { person: 0, number: OBAMA.to_owned() };
        visit::claim(&world.desk, &world.senior, world.now, &visit, &claim).await.unwrap();
        world.pass(CLAIMS_REFUSED_MINUTES);
        assert_eq!(code(world.claim(&visit, 0, OBAMA).await), "claims-wait");
        world.pass(1);
        world.collecting(BIDEN).await;
        world.is_in_order().await;
    }
}
