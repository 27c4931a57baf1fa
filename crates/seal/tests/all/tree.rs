//! The Merkle tree: vectors of RFC 6962, the crate `ct-merkle` as a second opinion, and every damaged proof.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::collection::vec;
use proptest::prelude::*;
use seal::Code;
use seal::tree::{
    Frontier, Hash, Head, Place, consistency_plan, empty_root, frontier_places, inclusion_plan, leaf_hash, node_hash,
    root_of, verify_consistency, verify_inclusion,
};
use sha2::Sha256;
use std::collections::BTreeMap;

/// A tree as a database keeps it: complete nodes by place.
#[derive(Default)]
struct Stored {
    frontier: Frontier,
    nodes: BTreeMap<Place, Hash>,
}

impl Stored {
    fn of(entries: &[Vec<u8>]) -> Self {
        let mut stored = Self::default();
        for entry in entries {
            for node in stored.frontier.append(leaf_hash(entry)) {
                assert!(stored.nodes.insert(node.place, node.hash).is_none(), "{:?} was given twice", node.place);
            }
        }
        stored
    }

    fn inclusion(&self, index: u64, size: u64) -> Vec<Hash> {
        inclusion_plan(index, size).unwrap().assemble(|place| self.nodes.get(&place).copied()).unwrap()
    }

    fn consistency(&self, old: u64, new: u64) -> Vec<Hash> {
        consistency_plan(old, new).unwrap().assemble(|place| self.nodes.get(&place).copied()).unwrap()
    }

    fn head(&self, size: u64) -> Head {
        let hashes = frontier_places(size).unwrap().iter().map(|place| self.nodes[place]).collect();
        Frontier::new(size, hashes).unwrap().head()
    }
}

fn entries(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|i| format!("entry {i}").into_bytes()).collect()
}

fn hash(text: &str) -> Hash {
    std::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
}

/// The tree's definition, RFC 9162 §2.1.1, word for word.
fn defined_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let k = leaves.len().next_power_of_two() / 2;
            node_hash(&defined_root(&leaves[..k]), &defined_root(&leaves[k..]))
        }
    }
}

/// The entries and roots of the test data of the Certificate Transparency project (RFC 6962's reference implementation).
#[test]
fn the_vectors_of_rfc_6962() {
    let entries = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    assert_eq!(empty_root(), hash("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    let entries: Vec<Vec<u8>> = entries
        .iter()
        .map(|text| (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect())
        .collect();
    let stored = Stored::of(&entries);
    for (size, root) in (1..).zip(roots) {
        assert_eq!(stored.head(size), Head { size, root: hash(root) });
    }
    // Audit path of the sixth leaf in the tree of eight, and the proof from three to seven, as that project's tests state them.
    let path = [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ];
    assert_eq!(stored.inclusion(5, 8), path.map(hash));
    let path = [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ];
    assert_eq!(stored.consistency(6, 8), path.map(hash));
}

#[test]
fn all_proofs_of_small_trees_verify_and_agree_with_ct_merkle() {
    for size in 1..=40_usize {
        let entries = entries(size);
        let stored = Stored::of(&entries);
        let mut oracle = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        entries.iter().for_each(|entry| oracle.push(entry.clone()));
        let head = stored.frontier.head();
        assert_eq!(head.root[..], oracle.root().as_bytes()[..]);
        for index in 0..size as u64 {
            let proof = stored.inclusion(index, head.size);
            assert_eq!(proof.as_flattened(), oracle.prove_inclusion(index as usize).as_bytes());
            verify_inclusion(&leaf_hash(&entries[index as usize]), index, &head, &proof).unwrap();
        }
        for old in 0..=head.size {
            let proof = stored.consistency(old, head.size);
            if old > 0 && old < head.size {
                assert_eq!(
                    proof.as_flattened(),
                    oracle.prove_consistency((head.size - old) as usize).as_bytes(),
                    "{old} {size}"
                );
            }
            verify_consistency(&stored.head(old), &head, &proof).unwrap();
        }
    }
}

#[test]
fn every_other_leaf_index_size_and_hash_is_refused() {
    let entries = entries(13);
    let stored = Stored::of(&entries);
    let head = stored.frontier.head();
    for index in 0..13 {
        let proof = stored.inclusion(index, 13);
        let refused = |leaf: &Hash, index, head: &Head, proof: &[Hash]| {
            assert_eq!(verify_inclusion(leaf, index, head, proof).unwrap_err().code, Code::ProofInvalid);
        };
        let leaf = leaf_hash(&entries[index as usize]);
        (0..16).filter(|other| *other != index).for_each(|other| refused(&leaf, other, &head, &proof));
        refused(&leaf_hash(b"another"), index, &head, &proof);
        refused(&leaf, index, &Head { root: [0; 32], ..head }, &proof);
        refused(&leaf, index, &stored.head(12), &proof);
        damaged_proofs(&proof, |proof| refused(&leaf, index, &head, proof));
    }
    for old in 1..13 {
        let (before, proof) = (stored.head(old), stored.consistency(old, 13));
        let refused = |old: &Head, new: &Head, proof: &[Hash]| {
            assert_eq!(verify_consistency(old, new, proof).unwrap_err().code, Code::ProofInvalid, "{old:?} {new:?}");
        };
        refused(&head, &before, &proof);
        refused(&Head { root: [0; 32], ..before }, &head, &proof);
        refused(&before, &Head { root: [0; 32], ..head }, &proof);
        refused(&Head { size: old + 1, ..before }, &head, &proof);
        damaged_proofs(&proof, |proof| refused(&before, &head, proof));
    }
    let rewritten = Stored::of(&[b"other".to_vec()]).frontier.head();
    assert!(verify_consistency(&rewritten, &head, &stored.consistency(1, 13)).is_err());
    assert!(verify_consistency(&Head { root: [1; 32], ..head }, &head, &[]).is_err());
    assert!(verify_consistency(&Head { size: 0, root: [1; 32] }, &head, &[]).is_err());
    assert!(verify_consistency(&Frontier::default().head(), &Head { size: 0, root: [1; 32] }, &[]).is_err());
}

/// Each hash of a proof changed, left out, doubled; the proof shortened, lengthened and reversed.
fn damaged_proofs(proof: &[Hash], mut refused: impl FnMut(&[Hash])) {
    for at in 0..proof.len() {
        for bit in [0, 77, 255] {
            let mut changed = proof.to_vec();
            changed[at][bit / 8] ^= 1 << (bit % 8);
            refused(&changed);
        }
        refused(&proof[..at]);
        let mut shorter = proof.to_vec();
        shorter.remove(at);
        refused(&shorter);
        let mut longer = proof.to_vec();
        longer.insert(at, proof[at]);
        refused(&longer);
    }
    refused(&[proof, &[[0; 32]]].concat());
    if proof.len() > 1 {
        refused(&proof.iter().rev().copied().collect::<Vec<_>>());
    }
}

#[test]
fn impossible_plans_and_missing_nodes_are_refused() {
    assert_eq!(inclusion_plan(5, 5).unwrap_err().code, Code::ProofInvalid);
    assert_eq!(inclusion_plan(0, 0).unwrap_err().code, Code::ProofInvalid);
    assert_eq!(inclusion_plan(0, u64::MAX).unwrap_err().code, Code::ProofInvalid);
    assert_eq!(consistency_plan(6, 5).unwrap_err().code, Code::ProofInvalid);
    assert_eq!(consistency_plan(0, u64::MAX).unwrap_err().code, Code::ProofInvalid);
    assert_eq!(frontier_places(u64::MAX).unwrap_err().code, Code::TreeInvalid);
    assert_eq!(inclusion_plan(0, 2).unwrap().assemble(|_| None).unwrap_err().code, Code::TreeInvalid);
}

#[test]
fn the_edge_reads_back_and_other_bytes_are_refused() {
    let mut frontier = Frontier::default();
    for i in 0..70_u64 {
        let bytes = frontier.to_bytes();
        assert_eq!(Frontier::from_bytes(&bytes).unwrap(), frontier);
        for cut in 0..bytes.len() {
            assert_eq!(Frontier::from_bytes(&bytes[..cut]).unwrap_err().code, Code::TreeInvalid);
        }
        assert!(Frontier::from_bytes(&[&bytes[..], &[0; 32]].concat()).is_err());
        frontier.append(leaf_hash(&i.to_be_bytes()));
    }
    assert!(Frontier::new(3, vec![[0; 32]]).is_err() && Frontier::new(1 << 63, vec![[0; 32]]).is_err());
}

proptest! {
    #[test]
    fn the_root_is_the_defined_one(leaves in vec(any::<Hash>(), 0..300)) {
        prop_assert_eq!(root_of(leaves.iter().copied()), defined_root(&leaves));
    }

    #[test]
    fn random_proofs_agree_with_ct_merkle(size in 1_usize..3000, at in any::<prop::sample::Index>(), old in any::<prop::sample::Index>()) {
        let (entries, index, old) = (entries(size), at.index(size), 1 + old.index(size));
        let stored = Stored::of(&entries);
        let mut oracle = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        entries.iter().for_each(|entry| oracle.push(entry.clone()));
        let head = stored.frontier.head();
        let root = oracle.root();
        prop_assert_eq!(&head.root[..], &root.as_bytes()[..]);
        let proof = stored.inclusion(index as u64, size as u64);
        let path = oracle.prove_inclusion(index);
        prop_assert_eq!(proof.as_flattened(), path.as_bytes());
        verify_inclusion(&leaf_hash(&entries[index]), index as u64, &head, &proof).unwrap();
        let proof = stored.consistency(old as u64, size as u64);
        if old < size {
            let path = oracle.prove_consistency(size - old);
            prop_assert_eq!(proof.as_flattened(), path.as_bytes());
        }
        verify_consistency(&stored.head(old as u64), &head, &proof).unwrap();
    }

    #[test]
    fn no_proof_stops_the_verifier(index: u64, size: u64, old: u64, proof in vec(any::<Hash>(), 0..70)) {
        let (old, head) = (Head { size: old, root: [2; 32] }, Head { size, root: [1; 32] });
        prop_assert!(verify_inclusion(&[2; 32], index, &head, &proof).is_err());
        prop_assert!(verify_consistency(&old, &head, &proof).is_err());
    }
}
