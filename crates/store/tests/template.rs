//! Templates on both databases: kept by a consent, opened by a grant, renewed with a new key, and of no use when changed.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use seal::keys::{KeyRing, Rotate};
use seal::template::Transform;
use store::consent::{self, Grant};
use store::template::{self, Batch, New};
use store::{Code, Error, Tx};
use testkit::desk::{Desk, PURPOSE, Somebody};
use testkit::store::{Database, databases};
use zeroize::Zeroizing;

const PACK: &str = "pack-1";

fn code<T>(result: Result<T, Error>) -> Code {
    result.err().unwrap().code().unwrap()
}

fn is_damaged<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::Seal(seal::Error { code: seal::Code::RecordDamaged, .. })))
}

/// The grant of the person's newest consent that gives one.
async fn grant(desk: &Desk, tx: &mut Tx, who: &Somebody, purpose: &str) -> Grant {
    let mut found = Err(Error::new(Code::ConsentMissing, "the person has no consent"));
    for id in consent::of_person(tx, &who.id).await.unwrap() {
        if found.is_err() {
            found = consent::require(tx, &desk.means(), &id, &who.id, purpose).await;
        }
    }
    found.unwrap()
}

/// A person with a consent and a template of `bytes`.
async fn kept(db: &Database, desk: &Desk, who: &Somebody, purpose: &str, bytes: &[u8]) {
    desk.agreed(db, &who.id, purpose).await.unwrap();
    let mut tx = db.write().await.unwrap();
    let grant = grant(desk, &mut tx, who, purpose).await;
    let new = New { portrait: &who.portrait, pack: PACK, version: 1, bytes };
    template::put(&mut tx, &desk.means(), &grant, &new).await.unwrap();
    desk.keep(tx).await.unwrap();
}

async fn open(db: &Database, desk: &Desk, who: &Somebody, purpose: &str) -> Result<Vec<template::Opened>, Error> {
    let mut tx = db.write().await.unwrap();
    let grant = grant(desk, &mut tx, who, purpose).await;
    template::open_all(&mut tx, &desk.means(), &grant, PACK).await
}

#[tokio::test]
async fn a_template_comes_back_with_its_portraits_day() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        kept(&db, &desk, &desk.person, PURPOSE, b"protected").await;
        let found = open(&db, &desk, &desk.person, PURPOSE).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].portrait.as_str(), found[0].version), (desk.person.portrait.as_str(), 1));
        assert_eq!((found[0].taken_on.as_deref(), found[0].bytes.as_slice()), (Some("2010-05"), &b"protected"[..]));
        let rows: Vec<Vec<u8>> =
            sqlx::query_scalar("SELECT sealed FROM bio_templates").fetch_all(db.raw()).await.unwrap();
        assert!(!rows[0].windows(9).any(|part| part == b"protected"), "a template stands in the clear");

        let mut tx = db.write().await.unwrap();
        let grant = grant(&desk, &mut tx, &desk.person, PURPOSE).await;
        let other = template::open_all(&mut tx, &desk.means(), &grant, "pack-2").await.unwrap();
        assert!(other.is_empty(), "another pack's templates were opened");
        let new = New { portrait: &desk.person.portrait, pack: PACK, version: 1, bytes: b"newer" };
        template::put(&mut tx, &desk.means(), &grant, &new).await.unwrap();
        let found = template::open_all(&mut tx, &desk.means(), &grant, PACK).await.unwrap();
        assert_eq!(found.iter().map(|one| one.bytes.as_slice()).collect::<Vec<_>>(), [b"newer"]);
        for (wrong, expected) in [
            (New { portrait: &desk.guardian.portrait, ..new }, Code::GrantForeign),
            (New { portrait: "nothing", ..new }, Code::NotFound),
            (New { bytes: &[], ..new }, Code::RowInvalid),
            (New { pack: "", ..new }, Code::RowInvalid),
        ] {
            assert_eq!(code(template::put(&mut tx, &desk.means(), &grant, &wrong).await), expected, "{wrong:?}");
        }
    }
}

#[tokio::test]
async fn purposes_and_persons_do_not_see_each_others_templates() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        kept(&db, &desk, &desk.person, PURPOSE, b"one").await;
        kept(&db, &desk, &desk.person, "pension-proof", b"two").await;
        kept(&db, &desk, &desk.guardian, PURPOSE, b"three").await;
        for (who, purpose, expected) in [
            (&desk.person, PURPOSE, &b"one"[..]),
            (&desk.person, "pension-proof", b"two"),
            (&desk.guardian, PURPOSE, b"three"),
        ] {
            let found = open(&db, &desk, who, purpose).await.unwrap();
            assert_eq!(found.iter().map(|one| one.bytes.as_slice()).collect::<Vec<_>>(), [expected]);
        }
        // Rows of another purpose and another person put in place, behind the service's back, do not open.
        db.tamper("DELETE FROM bio_templates WHERE purpose = 'pension-proof'").await;
        let subjects = "(SELECT subject FROM bio_portraits WHERE id = ";
        let moved = format!(
            "UPDATE bio_templates SET purpose = 'pension-proof' WHERE subject = {subjects}'{}')",
            desk.person.portrait
        );
        assert_eq!(db.tamper(&moved).await, 1);
        assert!(is_damaged(&open(&db, &desk, &desk.person, "pension-proof").await), "moved between purposes");
        let moved = format!(
            "UPDATE bio_templates SET portrait_id = '{}', subject = {subjects}'{0}') WHERE purpose = '{PURPOSE}'",
            desk.person.portrait
        );
        assert_eq!(db.tamper(&moved).await, 1);
        assert!(is_damaged(&open(&db, &desk, &desk.person, PURPOSE).await), "moved between persons");
    }
}

#[tokio::test]
async fn a_retired_portraits_template_is_gone() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        kept(&db, &desk, &desk.person, PURPOSE, b"one").await;
        let mut tx = db.write().await.unwrap();
        store::portrait::retire(&mut tx, &desk.means(), &desk.person.id, &desk.person.portrait).await.unwrap();
        desk.keep(tx).await.unwrap();
        assert!(open(&db, &desk, &desk.person, PURPOSE).await.unwrap().is_empty());
        let mut tx = db.write().await.unwrap();
        let grant = grant(&desk, &mut tx, &desk.person, PURPOSE).await;
        let new = New { portrait: &desk.person.portrait, pack: PACK, version: 1, bytes: b"x" };
        assert_eq!(code(template::put(&mut tx, &desk.means(), &grant, &new).await), Code::NotFound);
    }
}

/// Every byte changed in turn, every shorter length, and the columns that a template is bound to.
#[tokio::test]
async fn a_changed_template_does_not_open() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        kept(&db, &desk, &desk.person, PURPOSE, &[7; 32]).await;
        let sealed: Vec<u8> = sqlx::query_scalar("SELECT sealed FROM bio_templates").fetch_one(db.raw()).await.unwrap();
        let put = async |bytes: &[u8]| {
            sqlx::query("UPDATE bio_templates SET sealed = $1").bind(bytes).execute(db.raw()).await.unwrap();
        };
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1 << (at % 8);
            put(&changed).await;
            assert!(is_damaged(&open(&db, &desk, &desk.person, PURPOSE).await), "byte {at}");
            put(&sealed[..at]).await;
            assert!(is_damaged(&open(&db, &desk, &desk.person, PURPOSE).await), "cut at {at}");
        }
        put(&sealed).await;
        assert_eq!(open(&db, &desk, &desk.person, PURPOSE).await.unwrap().len(), 1);
        db.tamper("UPDATE bio_templates SET version = 2").await;
        assert!(is_damaged(&open(&db, &desk, &desk.person, PURPOSE).await), "another version");
        db.tamper("UPDATE bio_templates SET version = 1, id = 'x'").await;
        assert!(is_damaged(&open(&db, &desk, &desk.person, PURPOSE).await), "another row");
        db.tamper("DELETE FROM bio_keys WHERE kind = 'template'").await;
        assert!(open(&db, &desk, &desk.person, PURPOSE).await.unwrap().is_empty(), "opened without its key");
    }
}

fn to_bytes(vector: &[f32]) -> Vec<u8> {
    vector.iter().flat_map(|one| one.to_le_bytes()).collect()
}

fn to_vector(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|part| f32::from_le_bytes(*part)).collect()
}

/// A stolen template is worth nothing after a renewal: the key of the purpose changes, all templates are moved to the new one without their
/// persons, and scores stay.
#[tokio::test]
async fn templates_are_renewed_in_batches_and_scores_stay() {
    const SIZE: usize = 16;
    let transform =
        |ring: &dyn KeyRing, version| Transform::new(&ring.template_secret(PURPOSE, version).unwrap(), &[SIZE]);
    for db in databases().await {
        let mut desk = Desk::new(&db).await.unwrap();
        let plain: Vec<f32> = (0..SIZE).map(|n| (n as f32 - 7.5) / 20.0).collect();
        let mut first = plain.clone();
        transform(&desk.ring, 1).apply_one(0, &mut first).unwrap();
        for who in [&desk.person, &desk.guardian, &desk.child] {
            let bytes = to_bytes(&first);
            kept(&db, &desk, who, PURPOSE, &bytes).await;
        }
        kept(&db, &desk, &desk.person, "pension-proof", b"stays").await;
        desk.ring.rotate(&Rotate::Template { purpose: PURPOSE.to_owned() }, "2026-11-21", &desk.random).unwrap();
        let version = desk.ring.template_version(PURPOSE);
        assert_eq!(version, 2);

        let mut batches = Vec::new();
        loop {
            let mut tx = db.write().await.unwrap();
            let renew = |from: u32, bytes: Zeroizing<Vec<u8>>| {
                let mut experts = [to_vector(&bytes)];
                transform(&desk.ring, from).undo(&mut experts)?;
                transform(&desk.ring, version).apply(&mut experts)?;
                Ok(Zeroizing::new(to_bytes(&experts[0])))
            };
            let batch = Batch { purpose: PURPOSE, version, limit: 2 };
            let done = template::renew_batch(&mut tx, &desk.means(), &batch, renew).await.unwrap();
            desk.keep(tx).await.unwrap();
            if done == 0 {
                break;
            }
            batches.push(done);
        }
        assert_eq!(batches, [2, 1]);
        let found = open(&db, &desk, &desk.child, PURPOSE).await.unwrap();
        let renewed = to_vector(&found[0].bytes);
        assert_eq!(found[0].version, 2);
        let mut live = plain.clone();
        transform(&desk.ring, 2).apply_one(0, &mut live).unwrap();
        let score = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let same = score(&plain, &plain);
        assert!((score(&renewed, &live) - same).abs() < 1e-5 * same, "the score changed");
        assert!((score(&first, &live) - same).abs() > 0.1 * same, "a stolen template still fits");
        assert_eq!(open(&db, &desk, &desk.person, "pension-proof").await.unwrap()[0].version, 1);
    }
}

/// One consent is withdrawn while a template is made under another: the withdrawal waits, sees it, and leaves its key.
#[tokio::test]
async fn a_withdrawal_beside_a_comparison_leaves_no_template_without_its_key() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        kept(&db, &desk, &desk.person, PURPOSE, b"first").await;
        let old = consent::of_person(&mut db.read().await.unwrap(), &desk.person.id).await.unwrap().remove(0);
        let (new, _) = desk.agreed(&db, &desk.person.id, PURPOSE).await.unwrap();
        let mut tx = db.write().await.unwrap();
        let grant = consent::require(&mut tx, &desk.means(), &new, &desk.person.id, PURPOSE).await.unwrap();
        let made = New { portrait: &desk.person.portrait, pack: "pack-2", version: 1, bytes: b"second" };
        template::put(&mut tx, &desk.means(), &grant, &made).await.unwrap();

        let withdraw = async {
            let mut tx = db.write().await?;
            let by = consent::By::Consent(&old);
            let ended = consent::withdraw(&mut tx, &desk.means(), &store::ledger::Actor::Citizen, by).await?;
            desk.keep(tx).await.map(|()| ended.deleted)
        };
        let mut withdraw = std::pin::pin!(withdraw);
        let early = tokio::time::timeout(std::time::Duration::from_millis(300), &mut withdraw).await;
        assert!(early.is_err(), "the withdrawal did not wait for the comparison");
        desk.keep(tx).await.unwrap();
        let deleted = withdraw.await.unwrap();
        assert_eq!((deleted.templates, deleted.keys), (1, 0));
        let mut tx = db.write().await.unwrap();
        let found = template::open_all(&mut tx, &desk.means(), &grant, "pack-2").await.unwrap();
        assert_eq!(found.iter().map(|one| one.bytes.as_slice()).collect::<Vec<_>>(), [b"second"]);
        assert!(template::open_all(&mut tx, &desk.means(), &grant, PACK).await.unwrap().is_empty());
    }
}
