//! Sealed archives.

use proptest::collection::vec;
use proptest::prelude::*;
use seal::Code;
use seal::archive::{CHUNK, HEADER_MAX, Opener, Sealer};
use seal::keys::{Domain, FileRing, KeyRing, Rotate};
use testkit::{SeededRandom, ring};

const CONTEXT: &[&[u8]] = &[b"backup"];
/// Bytes of a sealed chunk.
const SEALED: usize = CHUNK + 16;

fn sealed(pieces: &[&[u8]]) -> (Vec<u8>, usize) {
    let (mut sealer, mut out) = Sealer::new(&ring(), CONTEXT, &SeededRandom::new(1)).unwrap();
    let header = out.len();
    pieces.iter().for_each(|piece| sealer.push(piece, &mut out).unwrap());
    sealer.finish(&mut out).unwrap();
    (out, header)
}

fn opened_with(ring: &FileRing, context: &[&[u8]], archive: &[u8], step: usize) -> seal::Result<Vec<u8>> {
    let (mut opener, header) = Opener::new(ring, context, &archive[..archive.len().min(HEADER_MAX)])?;
    let mut out = Vec::new();
    archive[header..].chunks(step).try_for_each(|piece| opener.push(piece, &mut out))?;
    opener.finish(&mut out)?;
    Ok(out)
}

fn opened(archive: &[u8]) -> seal::Result<Vec<u8>> {
    opened_with(&ring(), CONTEXT, archive, 100_000)
}

fn refused(archive: &[u8]) -> bool {
    opened(archive).is_err_and(|e| matches!(e.code, Code::ArchiveDamaged | Code::RecordDamaged | Code::KeyUnknown))
}

fn content(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|i| (i / 7) as u8).collect()
}

#[test]
fn archives_of_every_length_around_a_chunk_come_back() {
    for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 5] {
        let content = content(length);
        let (archive, header) = sealed(&[&content]);
        let chunks = length.div_ceil(CHUNK).max(1);
        assert_eq!(archive.len(), header + length + 16 * chunks);
        for step in [1 << 20, SEALED, SEALED - 1, 1000] {
            assert_eq!(opened_with(&ring(), CONTEXT, &archive, step).unwrap(), content, "{length} {step}");
        }
        assert_eq!(sealed(&content.chunks(999).collect::<Vec<_>>()).0, archive);
    }
}

#[test]
fn every_flip_and_cut_of_a_small_archive_is_refused() {
    let (archive, _) = sealed(&[b"a few rows of a database"]);
    let tried = crate::sweep::damaged(&archive, refused);
    assert!(tried > 1000, "{tried}");
}

#[test]
fn cut_swapped_repeated_and_missing_chunks_are_refused() {
    let (archive, header) = sealed(&[&content(3 * CHUNK + 10)]);
    let head = &archive[..header];
    let chunks: Vec<&[u8]> = archive[header..].chunks(SEALED).collect();
    assert_eq!(chunks.len(), 4);
    let of = |order: &[usize]| {
        order.iter().fold(head.to_vec(), |mut all, &at| {
            all.extend(chunks[at]);
            all
        })
    };
    assert!(opened(&of(&[0, 1, 2, 3])).is_ok());
    for order in [
        &[][..],
        &[0],
        &[0, 1],
        &[0, 1, 2],
        &[3],
        &[1, 0, 2, 3],
        &[0, 2, 1, 3],
        &[0, 0, 1, 2, 3],
        &[0, 1, 1, 2, 3],
        &[0, 2, 3],
        &[0, 1, 3],
        &[1, 2, 3],
        &[0, 1, 2, 3, 3],
        &[0, 1, 2, 2, 3],
    ] {
        assert!(refused(&of(order)), "{order:?}");
    }
    // One flipped bit in each chunk, and cuts at and beside every border.
    for at in (header..archive.len()).step_by(9973).chain([header, header + SEALED - 1, header + SEALED]) {
        let mut changed = archive.clone();
        changed[at] ^= 16;
        assert!(refused(&changed), "{at}");
    }
    for border in (0..=3).map(|chunk| header + chunk * SEALED) {
        for cut in border - 1..=border + 17 {
            assert!(refused(&archive[..cut.min(archive.len() - 1)]), "{cut}");
        }
    }
}

#[test]
fn chunks_of_another_archive_do_not_fit() {
    let (one, header) = sealed(&[&content(CHUNK + 3)]);
    let (mut sealer, mut two) = Sealer::new(&ring(), CONTEXT, &SeededRandom::new(2)).unwrap();
    sealer.push(&content(CHUNK + 3), &mut two).unwrap();
    sealer.finish(&mut two).unwrap();
    assert!(refused(&[&one[..header], &two[header..]].concat()));
    assert!(refused(&[&one[..header + SEALED], &two[header + SEALED..]].concat()));
}

#[test]
fn an_archive_opens_with_its_ring_and_context_only() {
    let (archive, _) = sealed(&[b"x"]);
    let other = FileRing::generate("2026-11-21", &SeededRandom::new(9)).unwrap();
    assert_eq!(opened_with(&other, CONTEXT, &archive, 100).unwrap_err().code, Code::KeyUnknown);
    assert_eq!(opened_with(&ring(), &[b"move"], &archive, 100).unwrap_err().code, Code::RecordDamaged);
    let mut rotated = ring();
    rotated.rotate(&Rotate::Domains(vec![Domain::Backup]), "2026-12-01", &SeededRandom::new(3)).unwrap();
    assert_ne!(rotated.current(Domain::Backup), ring().current(Domain::Backup));
    assert_eq!(opened_with(&rotated, CONTEXT, &archive, 100).unwrap(), b"x");
}

#[test]
fn an_unfinished_archive_does_not_open() {
    let (mut sealer, mut out) = Sealer::new(&ring(), CONTEXT, &SeededRandom::new(1)).unwrap();
    assert!(refused(&out));
    sealer.push(&content(CHUNK + 1), &mut out).unwrap();
    assert_eq!(format!("{sealer:?}"), "Sealer(1 chunks)");
    assert!(refused(&out));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn pieces_of_any_length_come_back(pieces in vec(0_usize..100_000, 0..5), step in 1000_usize..100_000) {
        let content = content(pieces.iter().sum());
        let mut rest = &content[..];
        let pieces: Vec<&[u8]> = pieces.iter().map(|&length| rest.split_off(..length).unwrap()).collect();
        let (archive, _) = sealed(&pieces);
        prop_assert_eq!(opened_with(&ring(), CONTEXT, &archive, step).unwrap(), content);
    }

    #[test]
    fn no_beginning_stops_the_opener(bytes in vec(any::<u8>(), 0..200), magic: bool) {
        let start = if magic { [&b"CNT-ARC1"[..], &bytes].concat() } else { bytes };
        prop_assert!(Opener::new(&ring(), CONTEXT, &start).is_err());
    }
}
