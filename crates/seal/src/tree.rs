//! The Merkle tree of the ledger (RFC 9162 §2.1, the same as RFC 6962's): heads, growth, proofs.
//!
//! A *complete node* covers 2^level leaves and never changes again. A database keeps just those, by [`Place`]; the tree's head and every
//! proof are made of few of them. [`Frontier`] is all that appending needs.

mod proof;

pub use proof::{Plan, consistency_plan, inclusion_plan, verify_consistency, verify_inclusion};

use crate::code::Code;
use crate::error::{Error, Result};
use sha2::{Digest, Sha256};

/// A hash of the tree: SHA-256.
pub type Hash = [u8; 32];

/// Most leaves of a tree; beyond what any register will see, and far from where 64 bits end.
pub const SIZE_MAX: u64 = 1 << 62;

/// What a log states about itself: how many leaves it has, and the hash over all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Number of leaves.
    pub size: u64,
    /// Root hash.
    pub root: Hash,
}

/// Where a complete node stands: it covers the leaves from `index` × 2^`level` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Height above the leaves.
    pub level: u8,
    /// Number among the nodes of its level, from 0.
    pub index: u64,
}

/// A complete node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Where it stands.
    pub place: Place,
    /// Its hash.
    pub hash: Hash,
}

/// The hash of a leaf: SHA-256(0x00 ‖ entry).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new_with_prefix([0]).chain_update(entry).finalize().into()
}

/// The hash of an inner node: SHA-256(0x01 ‖ left ‖ right).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new_with_prefix([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of a tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// The root over `leaves`, which are hashes of leaves (see [`leaf_hash`]).
pub fn root_of(leaves: impl IntoIterator<Item = Hash>) -> Hash {
    let mut frontier = Frontier::default();
    for leaf in leaves {
        frontier.append(leaf);
    }
    frontier.root()
}

/// The right edge of a tree: its complete nodes that have no complete parent, largest first. Their number is the number of ones in the size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    hashes: Vec<Hash>,
}

impl Frontier {
    /// The edge of a tree of `size` leaves from the hashes of [`frontier_places`].
    ///
    /// # Errors
    /// `tree-invalid` when their number does not fit the size, or the size is beyond [`SIZE_MAX`].
    pub fn new(size: u64, hashes: Vec<Hash>) -> Result<Self> {
        if size > SIZE_MAX || hashes.len() != size.count_ones() as usize {
            return Err(Error::new(Code::TreeInvalid, format!("{} hashes do not make a tree of {size}", hashes.len())));
        }
        Ok(Self { size, hashes })
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The hashes, largest node first.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// Adds a leaf by its hash (see [`leaf_hash`]). Gives the nodes that it completes, the leaf itself first and each the child of the next.
    pub fn append(&mut self, leaf: Hash) -> Vec<Node> {
        let (mut place, mut hash) = (Place { level: 0, index: self.size }, leaf);
        let mut nodes = vec![Node { place, hash }];
        // A node with an odd number completes its parent, together with the last hash of the edge.
        while place.index % 2 == 1
            && let Some(left) = self.hashes.pop()
        {
            place = Place { level: place.level + 1, index: place.index / 2 };
            hash = node_hash(&left, &hash);
            nodes.push(Node { place, hash });
        }
        self.hashes.push(hash);
        self.size += 1;
        nodes
    }

    /// The root hash.
    pub fn root(&self) -> Hash {
        fold(&self.hashes).unwrap_or_else(empty_root)
    }

    /// Size and root hash.
    pub fn head(&self) -> Head {
        Head { size: self.size, root: self.root() }
    }

    /// The size (64-bit, big-endian) and the hashes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.size.to_be_bytes().iter().chain(self.hashes.as_flattened()).copied().collect()
    }

    /// Reads what [`Frontier::to_bytes`] wrote.
    ///
    /// # Errors
    /// `tree-invalid` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let short = || Error::new(Code::TreeInvalid, "the bytes are not the edge of a tree");
        let (&size, rest) = bytes.split_first_chunk::<8>().ok_or_else(short)?;
        let (hashes, []) = rest.as_chunks::<32>() else { return Err(short()) };
        Self::new(u64::from_be_bytes(size), hashes.to_vec())
    }
}

/// Where the nodes of a tree's edge stand, largest first.
///
/// # Errors
/// `tree-invalid` beyond [`SIZE_MAX`].
pub fn frontier_places(size: u64) -> Result<Vec<Place>> {
    if size > SIZE_MAX {
        return Err(Error::new(Code::TreeInvalid, format!("{size} leaves are too many")));
    }
    Ok(cover(0, size))
}

/// The complete nodes that cover the leaves from `start` to before `end`, left to right, where `start` begins a subtree of the range.
fn cover(mut start: u64, end: u64) -> Vec<Place> {
    let mut places = Vec::new();
    while start < end {
        let level = start.trailing_zeros().min((end - start).ilog2());
        places.push(Place { level: level as u8, index: start >> level });
        start += 1 << level;
    }
    places
}

/// The hash over complete nodes of falling size, left to right.
fn fold(hashes: &[Hash]) -> Option<Hash> {
    hashes.iter().rev().copied().reduce(|right, left| node_hash(&left, &right))
}
