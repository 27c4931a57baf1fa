//! Films: what is asked in a capture to show that a person is there, and what was measured meanwhile. Both die with the capture.
//!
//! The measurements are of a face, so that they are sealed under the capture's key like its pictures. No ledger entry speaks of each piece:
//! the entry of the challenge and that of the taking speak of the whole.

use crate::bio::{self, BioKind, KeyOf};
use crate::capture::PURPOSE;
use crate::consent::Grant;
use crate::error::{Error, Result};
use crate::id::{CaptureId, untimed};
use crate::limits::{FILM_PIECE_BYTES_MAX, FILM_PIECES_MAX, FILM_TEXT_BYTES_MAX, bounded, moment, sized};
use crate::tx::Tx;
use crate::{Code, Means};
use jiff::Timestamp;
use sqlx::FromRow;
use std::ops::Range;
use zeroize::Zeroizing;

/// Nothing was signed before the first piece.
const NO_HASH: [u8; 32] = [0; 32];

/// A film that begins.
#[derive(Clone, Copy, Debug)]
pub struct New<'a> {
    /// Its capture.
    pub capture: &'a CaptureId,
    /// The page's public key.
    pub page_key: &'a [u8],
    /// What the person can do, as the caller writes it.
    pub way: &'a str,
}

/// A film as it stands.
#[derive(Clone, Debug)]
pub struct Film {
    /// The page's public key.
    pub page_key: Vec<u8>,
    /// What the person can do, as the caller wrote it.
    pub way: String,
    /// What is asked and since when; none before the first pictures came.
    pub challenge: Option<(String, Timestamp)>,
    /// How many pieces there are.
    pub pieces: u32,
    /// The hash of what the page signed last; zeros at first.
    pub last_hash: Vec<u8>,
}

/// What one request brought.
#[derive(Clone, Copy)]
pub struct Piece<'a> {
    /// The capture.
    pub capture: &'a CaptureId,
    /// Its place, from 0: as many as there were.
    pub position: u32,
    /// What was measured, as the caller writes it.
    pub bytes: &'a [u8],
    /// The hash of what the page signed.
    pub hash: &'a [u8],
}

impl std::fmt::Debug for Piece<'_> {
    /// Without what was measured.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Piece({}, {} bytes)", self.position, self.bytes.len())
    }
}

/// Begins the film of a capture that has just been opened.
///
/// # Errors
/// `grant-expired`, `consent-ended`; `row-invalid` for its key; `text-too-long`; `already-exists`; the codes of the database.
pub async fn begin(tx: &mut Tx, means: &Means<'_>, grant: &Grant, new: &New<'_>) -> Result<()> {
    grant.check(tx, means).await?;
    sized(new.page_key, FILM_TEXT_BYTES_MAX, "the page's key")?;
    bounded(new.way, FILM_TEXT_BYTES_MAX, "the way")?;
    tx.run(
        sqlx::query(
            "INSERT INTO films (id, capture_id, page_key, way, pieces, last_hash) VALUES ($1, $2, $3, $4, 0, $5)",
        )
        .bind(untimed(means))
        .bind(new.capture.as_str())
        .bind(new.page_key)
        .bind(new.way)
        .bind(NO_HASH.as_slice()),
    )
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct Row {
    page_key: Vec<u8>,
    way: String,
    challenge: Option<String>,
    challenged_at_ms: Option<i64>,
    pieces: i64,
    last_hash: Vec<u8>,
}

/// The film of a capture; none when its page signs nothing. Its row stays locked until the transaction ends.
///
/// # Errors
/// `grant-expired`, `consent-ended`; the codes of the database.
pub async fn lock(tx: &mut Tx, means: &Means<'_>, grant: &Grant, capture: &CaptureId) -> Result<Option<Film>> {
    grant.check(tx, means).await?;
    let row: Option<Row> = tx
        .maybe(
            sqlx::query(
                "UPDATE films SET pieces = pieces WHERE capture_id = $1 \
                 RETURNING page_key, way, challenge, challenged_at_ms, pieces, last_hash",
            )
            .bind(capture.as_str()),
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let challenge = match (row.challenge, row.challenged_at_ms) {
        (Some(text), Some(at)) => Some((text, moment(at)?)),
        _ => None,
    };
    let Row { page_key, way, last_hash, .. } = row;
    let pieces = u32::try_from(row.pieces).map_err(|_| Error::new(Code::RowInvalid, "a film has too many pieces"))?;
    Ok(Some(Film { page_key, way, challenge, pieces, last_hash }))
}

/// Asks, once: from now on the film has a challenge. Pictures of before cannot answer it.
///
/// # Errors
/// `already-exists` when it was asked before; `grant-expired`, `consent-ended`; `text-too-long`; the codes of the database.
pub async fn ask(tx: &mut Tx, means: &Means<'_>, grant: &Grant, capture: &CaptureId, challenge: &str) -> Result<()> {
    grant.check(tx, means).await?;
    bounded(challenge, FILM_TEXT_BYTES_MAX, "the challenge")?;
    let asked = tx
        .run(
            sqlx::query(
                "UPDATE films SET challenge = $1, challenged_at_ms = $2 WHERE capture_id = $3 AND challenge IS NULL",
            )
            .bind(challenge)
            .bind(means.now_ms())
            .bind(capture.as_str()),
        )
        .await?;
    if asked == 1 { Ok(()) } else { Err(Error::new(Code::AlreadyExists, "the challenge was drawn before")) }
}

/// Seals what was measured in the pictures of one request.
///
/// # Errors
/// `already-exists` when the piece is not the next one; `row-invalid` for its size or number; `grant-expired`, `consent-ended`; the codes of
/// keys and of the database.
pub async fn put(tx: &mut Tx, means: &Means<'_>, grant: &Grant, piece: &Piece<'_>) -> Result<()> {
    grant.check(tx, means).await?;
    sized(piece.bytes, FILM_PIECE_BYTES_MAX, "the piece of a film")?;
    sized(piece.hash, NO_HASH.len(), "the hash of what was signed")?;
    if piece.position >= FILM_PIECES_MAX {
        return Err(Error::new(Code::RowInvalid, format!("a film has at most {FILM_PIECES_MAX} pieces")));
    }
    let next = tx
        .run(
            sqlx::query("UPDATE films SET pieces = $1, last_hash = $2 WHERE capture_id = $3 AND pieces = $4")
                .bind(i64::from(piece.position) + 1)
                .bind(piece.hash)
                .bind(piece.capture.as_str())
                .bind(i64::from(piece.position)),
        )
        .await?;
    if next != 1 {
        return Err(Error::new(Code::AlreadyExists, "another piece of the film has come meanwhile"));
    }
    let subject = bio::capture_ref(means, piece.capture);
    let key = bio::key(tx, means, &key_of(&subject)).await?;
    let id = untimed(means);
    let sealed = seal::record::seal(&key, &[b"bio_films", id.as_bytes()], piece.bytes, means.random);
    tx.run(
        sqlx::query("INSERT INTO bio_films (id, capture_ref, position, sealed) VALUES ($1, $2, $3, $4)")
            .bind(id)
            .bind(subject)
            .bind(i64::from(piece.position))
            .bind(sealed),
    )
    .await?;
    Ok(())
}

fn key_of(subject: &str) -> KeyOf<'_> {
    KeyOf { subject, kind: BioKind::Frame, purpose: PURPOSE }
}

/// Opens some pieces of a film, in their order.
///
/// # Errors
/// `grant-expired`, `consent-ended`; `not-found` when the key is gone; `record-damaged`, `key-unknown`; the codes of the database.
pub async fn open(
    tx: &mut Tx,
    means: &Means<'_>,
    grant: &Grant,
    (capture, places): (&CaptureId, Range<u32>),
) -> Result<Vec<Zeroizing<Vec<u8>>>> {
    grant.check(tx, means).await?;
    let subject = bio::capture_ref(means, capture);
    let rows: Vec<(String, Vec<u8>)> = tx
        .all(
            sqlx::query(
                "SELECT id, sealed FROM bio_films WHERE capture_ref = $1 AND position >= $2 AND position < $3 ORDER BY position",
            )
            .bind(subject.as_str())
            .bind(i64::from(places.start))
            .bind(i64::from(places.end)),
        )
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = bio::existing_key(tx, means, &key_of(&subject)).await?;
    let key = key.ok_or_else(|| Error::new(Code::NotFound, "the key of the film is gone"))?;
    let open = |(id, sealed): (String, Vec<u8>)| Ok(seal::record::open(&key, &[b"bio_films", id.as_bytes()], &sealed)?);
    rows.into_iter().map(open).collect()
}

/// Deletes the film of a capture that ends; the capture's key is shredded with its pictures.
pub(crate) async fn end(tx: &mut Tx, capture: &CaptureId, subject: &str) -> Result<()> {
    tx.run(sqlx::query("DELETE FROM films WHERE capture_id = $1").bind(capture.as_str())).await?;
    tx.run(sqlx::query("DELETE FROM bio_films WHERE capture_ref = $1").bind(subject)).await?;
    Ok(())
}
