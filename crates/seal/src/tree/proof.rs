//! Proofs: that an entry is in a tree, and that a tree is the beginning of a later one.

use super::{Hash, Head, Place, SIZE_MAX, cover, empty_root, fold, node_hash};
use crate::code::Code;
use crate::error::{Error, Result};

/// Which complete nodes a proof is made of: one list for each of its hashes. Fetch [`Plan::places`], then [`Plan::assemble`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan(Vec<Vec<Place>>);

impl Plan {
    /// All nodes that the proof needs.
    pub fn places(&self) -> impl Iterator<Item = Place> {
        self.0.iter().flatten().copied()
    }

    /// The proof, with the hashes that `get` knows of the places.
    ///
    /// # Errors
    /// `tree-invalid` when a node is missing.
    pub fn assemble(&self, mut get: impl FnMut(Place) -> Option<Hash>) -> Result<Vec<Hash>> {
        let missing = |place: Place| {
            Error::new(Code::TreeInvalid, format!("node {} of level {} is missing", place.index, place.level))
        };
        let mut hash = |places: &Vec<Place>| {
            let hashes =
                places.iter().map(|&place| get(place).ok_or_else(|| missing(place))).collect::<Result<Vec<_>>>()?;
            fold(&hashes).ok_or_else(|| Error::new(Code::TreeInvalid, "a step of the plan has no nodes"))
        };
        self.0.iter().map(&mut hash).collect()
    }
}

/// How many of a subtree's `size` > 1 leaves are on its left: the largest power of two that is smaller (RFC 9162 §2.1.1).
fn left_of(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// What proves that leaf `index` is in a tree of `size` leaves: PATH of RFC 9162 §2.1.3.1.
///
/// # Errors
/// `proof-invalid` when there is no such leaf.
pub fn inclusion_plan(index: u64, size: u64) -> Result<Plan> {
    if index >= size || size > SIZE_MAX {
        return Err(Error::new(Code::ProofInvalid, format!("a tree of {size} has no leaf {index}")));
    }
    let (mut start, mut end, mut steps) = (0, size, Vec::new());
    while end - start > 1 {
        let middle = start + left_of(end - start);
        if index < middle {
            steps.push(cover(middle, end));
            end = middle;
        } else {
            steps.push(cover(start, middle));
            start = middle;
        }
    }
    steps.reverse();
    Ok(Plan(steps))
}

/// What proves that a tree of `old` leaves is the beginning of one of `new` leaves: PROOF of RFC 9162 §2.1.4.1. Nothing is needed when the
/// old tree is empty or the two are equal.
///
/// # Errors
/// `proof-invalid` when the old tree is the larger.
pub fn consistency_plan(old: u64, new: u64) -> Result<Plan> {
    if old > new || new > SIZE_MAX {
        return Err(Error::new(Code::ProofInvalid, format!("a tree of {old} is not the beginning of one of {new}")));
    }
    let (mut start, mut end, mut steps) = (0, if old == 0 { 0 } else { new }, Vec::new());
    while old < end {
        let middle = start + left_of(end - start);
        if old <= middle {
            steps.push(cover(middle, end));
            end = middle;
        } else {
            steps.push(cover(start, middle));
            start = middle;
        }
    }
    // The old root itself is known to the verifier; an inner node that ends where the old tree ends is not.
    if start > 0 {
        steps.push(cover(start, end));
    }
    steps.reverse();
    Ok(Plan(steps))
}

fn invalid(detail: &str) -> Error {
    Error::new(Code::ProofInvalid, detail)
}

/// Checks that the leaf with hash `leaf` is leaf `index` of the tree with `head` (RFC 9162 §2.1.3.2).
///
/// # Errors
/// `proof-invalid`.
pub fn verify_inclusion(leaf: &Hash, index: u64, head: &Head, proof: &[Hash]) -> Result<()> {
    if index >= head.size {
        return Err(invalid("the tree has no such leaf"));
    }
    let (mut at, mut last, mut hash) = (index, head.size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return Err(invalid("the proof is too long"));
        }
        if at % 2 == 1 || at == last {
            hash = node_hash(sibling, &hash);
            // A node without a right sibling stands for its parents as well.
            while at % 2 == 0 && at != 0 {
                (at, last) = (at / 2, last / 2);
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        (at, last) = (at / 2, last / 2);
    }
    if last == 0 && hash == head.root { Ok(()) } else { Err(invalid("the proof does not lead to the root")) }
}

/// Checks that the tree with head `old` is the beginning of the tree with head `new` (RFC 9162 §2.1.4.2). Every tree begins with the empty
/// one and with itself; these take an empty proof.
///
/// # Errors
/// `proof-invalid`.
pub fn verify_consistency(old: &Head, new: &Head, proof: &[Hash]) -> Result<()> {
    if old.size > new.size {
        return Err(invalid("the old tree is the larger"));
    }
    if old.size == 0 || old.size == new.size {
        let known = if old.size == 0 { empty_root() } else { new.root };
        let empty_new = new.size == 0 && new.root != empty_root();
        let right = proof.is_empty() && old.root == known && !empty_new;
        return if right { Ok(()) } else { Err(invalid("the heads differ, or the proof is too long")) };
    }
    let (mut at, mut last) = (old.size - 1, new.size - 1);
    while at % 2 == 1 {
        (at, last) = (at / 2, last / 2);
    }
    // An old tree of 2^n leaves is a node of the new one, and its root begins the proof unsaid.
    let (first, rest) = match proof.split_first() {
        _ if old.size.is_power_of_two() => (&old.root, proof),
        Some(split) => split,
        None => return Err(invalid("the proof is too short")),
    };
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return Err(invalid("the proof is too long"));
        }
        if at % 2 == 1 || at == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while at % 2 == 0 && at != 0 {
                (at, last) = (at / 2, last / 2);
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        (at, last) = (at / 2, last / 2);
    }
    let right = last == 0 && old_hash == old.root && new_hash == new.root;
    if right { Ok(()) } else { Err(invalid("the proof does not lead to both roots")) }
}
