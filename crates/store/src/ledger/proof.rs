//! Proofs out of the stored nodes: that an entry is in the tree of a checkpoint, and that one tree is the beginning of another. Each reads as
//! many rows as the tree is high.

use crate::error::{Error, Result};
use crate::ledger::Shard;
use crate::{Code, Tx};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use seal::checkpoint::{Checkpoint, Verifier};
use seal::tree::{self, Frontier, Hash, Place};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Proof that an entry is in the ledger; it can be checked without the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inclusion {
    /// The entry, canonical JSON.
    pub entry: String,
    /// Its place in its tree, from 0.
    pub seq: u64,
    /// The signed checkpoint under which it stands.
    pub checkpoint: String,
    /// The hashes from the leaf up (RFC 9162 §2.1.3.1), in base64.
    pub proof: Vec<String>,
}

impl Inclusion {
    /// Checks the proof with the verifiers of the tree's log.
    ///
    /// # Errors
    /// `checkpoint-invalid`, `proof-invalid`.
    pub fn verify(&self, verifiers: &[Verifier]) -> Result<Checkpoint> {
        let checkpoint = Checkpoint::verify(&self.checkpoint, verifiers)?;
        let proof = self.proof.iter().map(|text| decode(text)).collect::<Result<Vec<_>>>()?;
        let leaf = tree::leaf_hash(self.entry.as_bytes());
        tree::verify_inclusion(&leaf, self.seq, &checkpoint.head(), &proof)?;
        Ok(checkpoint)
    }

    /// Checks the proof with the keys of the installation, as `countenance ledger keys` prints them: each tree signs under the name of the
    /// installation followed by its own.
    ///
    /// # Errors
    /// `checkpoint-invalid` also when the checkpoint speaks of another installation; `proof-invalid`.
    pub fn verify_by(&self, keys: &[Verifier]) -> Result<Checkpoint> {
        let origin = self.checkpoint.lines().next().unwrap_or_default();
        let of_tree = |key: &&Verifier| origin.strip_prefix(key.name()).is_some_and(|rest| rest.starts_with('/'));
        let verifiers = keys.iter().filter(of_tree).map(|key| Verifier::new(origin, *key.public()));
        self.verify(&verifiers.collect::<seal::Result<Vec<_>>>()?)
    }
}

/// The proof that entry `seq` of a tree stands under the tree's latest checkpoint.
///
/// # Errors
/// `not-found` when there is no such entry or no checkpoint over it yet; `ledger-damaged`.
pub async fn inclusion(tx: &mut Tx, shard: &Shard, seq: u64) -> Result<Inclusion> {
    let shard = shard.to_string();
    let entry: (String,) = tx
        .one(
            sqlx::query("SELECT entry FROM ledger_entries WHERE shard = $1 AND seq = $2")
                .bind(shard.clone())
                .bind(seq as i64),
        )
        .await?;
    let latest = "SELECT size, note FROM ledger_checkpoints WHERE shard = $1 ORDER BY size DESC LIMIT 1";
    let (size, note): (i64, String) = tx.one(sqlx::query(latest).bind(shard.clone())).await?;
    if size <= seq as i64 {
        return Err(Error::new(Code::NotFound, "no checkpoint stands over this entry yet"));
    }
    let plan = tree::inclusion_plan(seq, size as u64)?;
    let hashes = fetch(tx, &shard, plan.places()).await?;
    let proof = plan.assemble(|place| hashes.get(&place).copied())?;
    Ok(Inclusion {
        entry: entry.0,
        seq,
        checkpoint: note,
        proof: proof.iter().map(|hash| STANDARD.encode(hash)).collect(),
    })
}

/// The proof that the tree of `old` entries is the beginning of the tree of `new` entries (RFC 9162 §2.1.4.1), in base64.
///
/// # Errors
/// `proof-invalid` when `old` is larger than `new`; `ledger-damaged` when a node is missing.
pub async fn consistency(tx: &mut Tx, shard: &Shard, old: u64, new: u64) -> Result<Vec<String>> {
    let plan = tree::consistency_plan(old, new)?;
    let hashes = fetch(tx, &shard.to_string(), plan.places()).await?;
    Ok(plan.assemble(|place| hashes.get(&place).copied())?.iter().map(|hash| STANDARD.encode(hash)).collect())
}

/// The root of the tree's first `size` entries, out of the stored nodes.
///
/// # Errors
/// `ledger-damaged` when a node is missing.
pub async fn root_at(tx: &mut Tx, shard: &str, size: u64) -> Result<Hash> {
    let places = tree::frontier_places(size)?;
    let hashes = fetch(tx, shard, places.iter().copied()).await?;
    let hashes = places.iter().map(|place| hashes.get(place).copied()).collect::<Option<Vec<_>>>();
    let hashes = hashes.ok_or_else(|| Error::new(Code::LedgerDamaged, format!("a node of {shard} is missing")))?;
    Ok(Frontier::new(size, hashes)?.root())
}

/// The stored hashes of complete nodes; those that are not stored are left out.
async fn fetch(tx: &mut Tx, shard: &str, places: impl Iterator<Item = Place>) -> Result<BTreeMap<Place, Hash>> {
    const LEAF: &str = "SELECT leaf FROM ledger_entries WHERE shard = $1 AND $2 = 0 AND seq = $3";
    const NODE: &str = "SELECT hash FROM ledger_nodes WHERE shard = $1 AND level = $2 AND position = $3";
    let mut found = BTreeMap::new();
    for place in places {
        let statement = sqlx::query(if place.level == 0 { LEAF } else { NODE });
        let statement = statement.bind(shard.to_owned()).bind(i64::from(place.level)).bind(place.index as i64);
        let row: Option<(Vec<u8>,)> = tx.maybe(statement).await?;
        if let Some((bytes,)) = row {
            let hash = Hash::try_from(bytes.as_slice());
            found.insert(place, hash.map_err(|_| Error::new(Code::LedgerDamaged, "a stored node is not a hash"))?);
        }
    }
    Ok(found)
}

/// A hash from its base64.
pub(crate) fn decode(text: &str) -> Result<Hash> {
    let bytes = STANDARD.decode(text).ok().and_then(|bytes| Hash::try_from(bytes).ok());
    bytes.ok_or_else(|| seal::Error::new(seal::Code::ProofInvalid, "a hash is not 32 bytes in base64").into())
}
