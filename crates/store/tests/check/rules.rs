//! Rules across records, forged entries, key rings, the installation's name.

use crate::tamper::{Tampered, check};
use seal::keys::{Domain, FileRing, Rotate};
use sqlx::Executor as _;
use store::finding::What;
use store::ledger::{Act, Actor, Kind, Shard};
use store::{Code, Means};
use testkit::SeededRandom;
use testkit::town;

/// Rewrites the last entry of the register as somebody would who knows everything but the keys: leaf, nodes and head fit it.
async fn forge_last(town: &Tampered) {
    let pool = town.database.raw();
    let rows: Vec<(i64, Vec<u8>, String)> =
        sqlx::query_as("SELECT seq, leaf, entry FROM ledger_entries WHERE shard = 'register' ORDER BY seq")
            .fetch_all(pool)
            .await
            .unwrap();
    let (last, rest) = rows.split_last().unwrap();
    let mut tree = seal::tree::Frontier::default();
    for (_, leaf, _) in rest {
        tree.append(leaf.as_slice().try_into().unwrap());
    }
    let forged = last.2.replace("\"system\"", "\"citizen\"");
    assert_ne!(forged, last.2);
    let leaf = seal::tree::leaf_hash(forged.as_bytes());
    for node in &tree.append(leaf)[1..] {
        let statement = "UPDATE ledger_nodes SET hash = $1 WHERE shard = 'register' AND level = $2 AND position = $3";
        let query = sqlx::query(statement).bind(node.hash.to_vec());
        let query = query.bind(i64::from(node.place.level)).bind(i64::try_from(node.place.index).unwrap());
        assert_eq!(pool.execute(query).await.unwrap().rows_affected(), 1);
    }
    let statement =
        "UPDATE ledger_entries SET leaf = $1, entry = $2, actor = 'citizen' WHERE shard = 'register' AND seq = $3";
    pool.execute(sqlx::query(statement).bind(leaf.to_vec()).bind(forged).bind(last.0)).await.unwrap();
    let statement = "UPDATE ledger_heads SET frontier = $1 WHERE shard = 'register'";
    pool.execute(sqlx::query(statement).bind(tree.to_bytes())).await.unwrap();
}

#[tokio::test]
async fn an_entry_forged_with_all_hashes_before_any_checkpoint_is_found() {
    for town in Tampered::all().await {
        let means = town.means(3000);
        let act = Act::new(Kind::RetentionRun, Shard::Register, &Actor::System);
        town::note(town.database.write().await.unwrap(), &means, act).await.unwrap();
        assert!(check(&town.database, &means).await.is_right());
        forge_last(&town).await;
        let report = check(&town.database, &means).await;
        let [finding] = report.findings.list() else { panic!("{report:#?}") };
        assert_eq!((finding.what, finding.seq), (What::EntryForged, Some(3)));
    }
}

#[tokio::test]
async fn broken_rules_are_found() {
    for town in Tampered::all().await {
        let broken = [
            ("UPDATE visits SET closed_at_ms = NULL WHERE closed_at_ms IS NOT NULL", "its visit is still open"),
            ("UPDATE visits SET closed_at_ms = 1 WHERE closed_at_ms IS NULL", "it is closed without an outcome"),
            ("UPDATE incidents SET seconded_by = NULL", "it was decided without a second operator"),
            ("DELETE FROM incidents", "it suspects impersonation, and no second operator confirmed an incident"),
            ("DELETE FROM judgements", "it was opened before anyone judged"),
            ("UPDATE consents SET state = 'withdrawn'", "no live consent keeps it"),
            ("UPDATE consents SET expires_at_ms = 1", "no live consent keeps it"),
            ("DELETE FROM consent_events WHERE kind = 'given'", "no event tells how it came to its state"),
            ("UPDATE captures SET ended_at_ms = 1", "its capture has ended"),
            (
                "UPDATE persons SET pseudonym = pseudonym || '1'",
                "the ledger speaks of this pseudonym, and nobody has it",
            ),
        ];
        for (statement, detail) in broken {
            let tables = town.raw();
            let name = statement.split(' ').nth(if statement.starts_with('U') { 1 } else { 2 }).unwrap();
            let table = tables.iter().find(|table| table.name == name).unwrap();
            let before = table.rows().await;
            assert!(town.database.tamper(statement).await > 0, "{statement}");
            let report = town.check().await;
            let rule = |finding: &&store::finding::Finding| {
                finding.what == What::RuleBroken && finding.detail.starts_with(detail)
            };
            let found = report.findings.list().iter().find(rule);
            assert!(found.is_some_and(|finding| finding.id.is_some()), "{statement}: {report:#?}");
            for row in table.rows().await {
                assert!(table.delete(&row).await);
            }
            for row in before {
                assert!(table.insert(&row).await);
            }
        }
        assert_eq!(town.check().await.findings.list(), []);
    }
}

#[tokio::test]
async fn an_old_or_foreign_ring_is_refused_and_a_newer_one_noted() {
    for town in Tampered::all().await {
        let open = async |ring: &FileRing| {
            let means = Means { ring, ..town.means(3000) };
            let mut tx = town.database.write().await.unwrap();
            let opened = store::meta::open_check(&mut tx, &means).await;
            tx.commit().await.unwrap();
            opened.map_err(|error| error.code().unwrap())
        };
        let old = testkit::ring();
        let mut new = testkit::ring();
        new.rotate(&Rotate::Domains(vec![Domain::Identity]), "2026-11-22", &town.random).unwrap();
        let foreign = FileRing::generate("2026-11-21", &SeededRandom::new(77)).unwrap();
        assert_eq!(open(&foreign).await, Err(Code::KeyRingStale));
        assert!(open(&old).await.is_ok());
        assert!(open(&new).await.is_ok());
        assert_eq!(open(&old).await, Err(Code::KeyRingStale));
        assert!(open(&new).await.is_ok());

        let stale = check(&town.database, &town.means(3000)).await;
        assert!(stale.findings.list().iter().any(|finding| finding.what == What::KeyRingStale), "{stale:#?}");
        let right = check(&town.database, &Means { ring: &new, ..town.means(3000) }).await;
        assert_eq!(right.findings.list(), []);

        // A key that is retired is forgotten first.
        let retired = seal::keys::KeyRing::current(&old, Domain::Identity);
        let mut tx = town.database.write().await.unwrap();
        store::meta::forget_keys(&mut tx, std::slice::from_ref(&retired)).await.unwrap();
        tx.commit().await.unwrap();
        new.retire(&retired).unwrap();
        assert!(open(&new).await.is_ok());
        let report = check(&town.database, &Means { ring: &new, ..town.means(3000) }).await;
        assert!(report.findings.list().iter().all(|finding| finding.what == What::KeyUnknown), "{report:#?}");
        assert!(!report.is_right(), "persons are still wrapped with it");
    }
}

#[tokio::test]
async fn an_installation_keeps_its_origin() {
    for town in Tampered::all().await {
        let install = async |origin: &str| {
            let mut tx = town.database.write().await.unwrap();
            let installed = store::meta::install(&mut tx, &town.means(3000), origin).await;
            tx.commit().await.unwrap();
            installed.map_err(|error| error.code().unwrap())
        };
        let first = install(town::ORIGIN).await.unwrap();
        assert_eq!(install(town::ORIGIN).await.unwrap(), first);
        assert_eq!(install("village.example.gov").await, Err(Code::Conflict));
        assert_eq!(install("Not A Name").await, Err(Code::RowInvalid));
        // A changed origin spoils the signatures.
        town.database.tamper("UPDATE meta SET value = 'village.example.gov' WHERE key = 'origin'").await;
        assert!(town.check().await.findings.list().iter().any(|finding| finding.what == What::CheckpointInvalid));
    }
}
