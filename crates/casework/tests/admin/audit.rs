//! An auditor's and a protection officer's questions.

use crate::world::{at, picture, worlds};
use casework::Role;
use casework::desk::access::{self, AccessRequest};
use casework::desk::audit::{self, AuditSearch, PseudonymRequest};
use casework::desk::person::{self, PersonFind, PersonNew};
use casework::desk::portrait::{self, PortraitNew};
use casework::desk::upkeep;
use store::ledger::proof::Inclusion;
use store::ledger::verify::Trust;

const NUMBER: &str = "A123456789";

#[tokio::test(flavor = "multi_thread")]
async fn who_looked_at_this_person_and_was_the_log_changed() {
    for world in worlds().await {
        let desk = &world.desk;
        let office = world.office("north").await;
        let keeper = world.somebody("keeper", Role::Supervisor, &office).await;
        let clerk = world.somebody("clerk", Role::Clerk, &office).await;
        let auditor = world.somebody("auditor", Role::Auditor, &office).await;
        let new = PersonNew { number: NUMBER.into(), name: "Ann".into(), birth_date: "1990".into(), address: None, language: None };
        person::enrol(desk, &keeper, at(1), &new).await.unwrap();
        for second in [10, 20, 30] {
            person::find(desk, &clerk, at(second), &PersonFind { number: NUMBER.into() }).await.unwrap();
        }
        assert!(audit::root(desk, &auditor, at(40)).await.unwrap().is_none());
        let note = upkeep::checkpoint(desk, at(40)).await.unwrap().unwrap();
        assert!(upkeep::checkpoint(desk, at(41)).await.unwrap().is_none());
        assert_eq!(audit::root(desk, &auditor, at(41)).await.unwrap().as_ref(), Some(&note));
        let pseudonym = audit::pseudonym(desk, &auditor, at(50), &PseudonymRequest { number: NUMBER.into() }).await.unwrap();
        let question = AuditSearch {
            person: Some(pseudonym),
            kind: Some("person.read".to_owned()),
            from: Some(at(15)),
            until: Some(at(45)),
            proofs: true,
            ..AuditSearch::default()
        };
        let page = audit::search(desk, &auditor, at(60), &question).await.unwrap();
        assert_eq!((page.entries.len(), page.next.is_none()), (2, true));
        for entry in &page.entries {
            assert_eq!(entry.entry["actor"], format!("operator:{}", clerk.operator()));
            let proof = entry.proof.clone().unwrap();
            let proof = Inclusion { entry: proof.entry, seq: proof.seq, checkpoint: proof.checkpoint, proof: proof.proof };
            let keys = desk.ring.public_keys(seal::keys::SignUse::Ledger);
            let verifiers = store::ledger::checkpoint::verifiers("counter.example.gov", &entry.shard, &keys).unwrap();
            assert!(proof.verify(&verifiers).is_ok());
            let forged = Inclusion { entry: proof.entry.replace("person.read", "person.rea"), ..proof };
            assert!(forged.verify(&verifiers).is_err());
        }
        // Page by page is the same as at once.
        let all = AuditSearch { limit: Some(500), ..AuditSearch::default() };
        let all = audit::search(desk, &auditor, at(60), &all).await.unwrap().entries;
        let mut paged = Vec::new();
        let mut page = AuditSearch { limit: Some(3), ..AuditSearch::default() };
        loop {
            let found = audit::search(desk, &auditor, at(60), &page).await.unwrap();
            paged.extend(found.entries.iter().map(|entry| (entry.shard.clone(), entry.seq)));
            let Some(next) = found.next else { break };
            page.after = Some(next);
        }
        assert_eq!(paged, all.iter().map(|entry| (entry.shard.clone(), entry.seq)).collect::<Vec<_>>());
        for hostile in ["' OR 1=1 --", "%", "person.read' --"] {
            let none = AuditSearch { person: Some(hostile.to_owned()), actor: Some(hostile.to_owned()), ..AuditSearch::default() };
            assert!(audit::search(desk, &auditor, at(60), &none).await.unwrap().entries.is_empty());
            let kind = AuditSearch { kind: Some(hostile.to_owned()), ..AuditSearch::default() };
            assert_eq!(audit::search(desk, &auditor, at(60), &kind).await.unwrap_err().code(), "row-invalid");
        }
        assert!(audit::compare(desk, &auditor, at(61), &note).await.is_ok());
        let mut out = Vec::new();
        let exported = audit::export(desk, &auditor, at(62), &mut out, &mut |_, _| {}).await.unwrap();
        assert_eq!(exported.entries as i64, world.entries().await);
        world.check().await;
        let _ = Trust::Export;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_told_everything_and_then_erased() {
    for world in worlds().await {
        let desk = &world.desk;
        let office = world.office("north").await;
        let keeper = world.somebody("keeper", Role::Supervisor, &office).await;
        let officer = world.somebody("officer", Role::ProtectionOfficer, &office).await;
        let new = PersonNew { number: NUMBER.into(), name: "Ann Lee".into(), birth_date: "1990".into(), address: None, language: None };
        let id = person::enrol(desk, &keeper, at(1), &new).await.unwrap().id;
        let portrait = PortraitNew { person: id, image: picture("obama-1.jpg"), taken_on: Some("2012".into()), source: "counter".into() };
        portrait::add(desk, &keeper, at(2), portrait).await.unwrap();
        let request = AccessRequest { number: NUMBER.into() };
        let told = access::answer(desk, &officer, at(3), &request).await.unwrap();
        assert_eq!(told["identity"]["number"], NUMBER);
        assert_eq!(told["portraits"][0]["taken_on"], "2012");
        assert_eq!(told["ledger"].as_array().unwrap().len(), 2);
        assert_eq!(told["ledger_complete"], true);
        assert!(told["consents"].as_array().unwrap().is_empty() && told["visits"].as_array().unwrap().is_empty());
        // Nobody else is in it, and being told is itself in the ledger.
        let again = access::answer(desk, &officer, at(4), &request).await.unwrap();
        assert_eq!(again["ledger"][2]["kind"], "person.access-answered");
        let figures = access::figures(desk, &officer, at(5)).await.unwrap();
        assert_eq!(figures.persons.iter().map(|one| (one.what.as_str(), one.count)).collect::<Vec<_>>(), [("active", 1)]);
        let erased = access::erase(desk, &officer, at(6), &request).await.unwrap();
        assert_eq!((erased.keys, erased.portraits), (2, 1));
        assert_eq!(access::answer(desk, &officer, at(7), &request).await.unwrap_err().code(), "person-unknown");
        assert_eq!(world.db.count("SELECT COUNT(*) FROM bio_keys").await, 0);
        world.check().await;
    }
}
