//! Captures: short, single-use sessions in which one camera takes in pictures of one person under one grant.
//!
//! A capture is opened (3 minutes), taken once with its nonce at its own station, and ended. Its pictures are sealed under a key of their
//! own, which dies with it.

use crate::bio::{self, BioKind, KeyOf};
use crate::consent::{Grant, Sight};
use crate::error::{Error, Result};
use crate::id::{CaptureId, ConsentId, OfficeId, PersonId, StationId, VisitId, VisitPersonId, untimed};
use crate::limits::{FRAME_BYTES_MAX, FRAMES_MAX, moment, sized};
use crate::tx::Tx;
use crate::{Code, Means, Table, film};
use jiff::Timestamp;
use seal::keys::HashUse;
use seal::token::Token;
use serde::Serialize;
use sqlx::FromRow;
use zeroize::Zeroizing;

/// How long a capture stays open, milliseconds: 3 minutes.
pub const OPEN_MS_MAX: i64 = 180_000;

/// Live pictures have one purpose: to be compared.
pub(crate) const PURPOSE: &str = "";

/// A capture that is open.
#[derive(Debug)]
pub struct Opened {
    /// Its id.
    pub id: CaptureId,
    /// The secret with which the station takes it, once; only its keyed hash is stored.
    pub nonce: Token,
    /// When it ends by itself.
    pub expires: Timestamp,
}

/// Whose capture a nonce names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// The capture.
    pub id: CaptureId,
    /// The consent that it stands on.
    pub consent: ConsentId,
    /// The person.
    pub person: PersonId,
    /// The person's place in the visit.
    pub visit_person: VisitPersonId,
    /// The visit.
    pub visit: VisitId,
    /// The visit's office.
    pub office: OfficeId,
}

/// What was deleted at the end of captures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ended {
    /// Captures that ended.
    pub captures: u64,
    /// Live pictures that were deleted.
    pub frames: u64,
    /// Keys that were shredded.
    pub keys: u64,
}

impl std::ops::AddAssign for Ended {
    fn add_assign(&mut self, other: Self) {
        self.captures += other.captures;
        self.frames += other.frames;
        self.keys += other.keys;
    }
}

#[derive(FromRow)]
struct Place {
    person_id: String,
    consent_id: Option<String>,
    expires_at_ms: i64,
}

/// Opens a capture for a person of a visit at a station of the visit's office. An open one of the same person ends.
///
/// # Errors
/// `not-found` when the person of the visit or the station is not there, the station is another office's or revoked, or the visit is over;
/// `grant-foreign` when the grant is not of this person's consent in the visit; `grant-expired`, `consent-ended`; the codes of the database.
pub async fn open(
    tx: &mut Tx,
    means: &Means<'_>,
    grant: &Grant,
    visit_person: &VisitPersonId,
    station: &StationId,
) -> Result<Opened> {
    grant.check(tx, means).await?;
    let place: Place = tx
        .one(
            sqlx::query(
                "SELECT p.person_id, p.consent_id, v.expires_at_ms FROM visit_persons p \
                 JOIN visits v ON v.id = p.visit_id JOIN stations s ON s.office_id = v.office_id \
                 WHERE p.id = $1 AND s.id = $2 AND s.revoked_at_ms IS NULL \
                 AND v.closed_at_ms IS NULL AND v.expires_at_ms > $3",
            )
            .bind(visit_person.as_str())
            .bind(station.as_str())
            .bind(means.now_ms()),
        )
        .await?;
    if place.person_id != grant.person().as_str() || place.consent_id.as_deref() != Some(grant.consent().as_str()) {
        return Err(Error::new(Code::GrantForeign, "the grant is not of this person's consent in the visit"));
    }
    end_of(tx, means, visit_person).await?;
    let (id, nonce) = (CaptureId::new(means), Token::generate(means.random));
    let ends = [means.now_ms() + OPEN_MS_MAX, place.expires_at_ms, grant.expires().as_millisecond()];
    let expires_ms = ends.into_iter().fold(i64::MAX, i64::min);
    tx.run(
        sqlx::query(
            "INSERT INTO captures (id, visit_person_id, consent_id, station_id, nonce_hash, opened_at_ms, expires_at_ms) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(id.as_str())
        .bind(visit_person.as_str())
        .bind(grant.consent().as_str())
        .bind(station.as_str())
        .bind(nonce_hash(means, nonce.as_str()))
        .bind(means.now_ms())
        .bind(expires_ms),
    )
    .await?;
    tx.touch(Table::Captures, id.as_str());
    Ok(Opened { id, nonce, expires: moment(expires_ms)? })
}

fn nonce_hash(means: &Means<'_>, nonce: &str) -> Vec<u8> {
    means.ring.hash(HashUse::Token, &[b"capture", nonce.as_bytes()]).to_vec()
}

#[derive(FromRow)]
struct FoundRow {
    id: String,
    consent_id: String,
    person_id: String,
    visit_person_id: String,
    visit_id: String,
    office_id: String,
}

/// Whose capture a nonce names at this station, without taking it: so that the visit can be locked and the grant required first.
///
/// # Errors
/// `capture-ended` when there is none that could be taken; the codes of the database.
pub async fn find(tx: &mut Tx, means: &Means<'_>, nonce: &str, station: &StationId) -> Result<Found> {
    let row: Option<FoundRow> = tx
        .maybe(
            sqlx::query(
                "SELECT c.id, c.consent_id, p.person_id, c.visit_person_id, p.visit_id, v.office_id FROM captures c \
                 JOIN visit_persons p ON p.id = c.visit_person_id JOIN visits v ON v.id = p.visit_id \
                 WHERE c.nonce_hash = $1 AND c.station_id = $2 AND c.used_at_ms IS NULL AND c.ended_at_ms IS NULL \
                 AND c.expires_at_ms > $3",
            )
            .bind(nonce_hash(means, nonce))
            .bind(station.as_str())
            .bind(means.now_ms()),
        )
        .await?;
    let row = row.ok_or_else(over)?;
    Ok(Found {
        id: row.id.parse()?,
        consent: row.consent_id.parse()?,
        person: row.person_id.parse()?,
        visit_person: row.visit_person_id.parse()?,
        visit: row.visit_id.parse()?,
        office: row.office_id.parse()?,
    })
}

/// One answer for every reason, so that whoever tries nonces learns nothing.
fn over() -> Error {
    Error::new(Code::CaptureEnded, "no open capture of this station has this nonce")
}

/// Takes a capture: once, in time, at its own station. Pictures may be put into it from now on.
///
/// # Errors
/// `capture-ended` for anything else; `grant-foreign` when the grant is not the capture's; `grant-expired`, `consent-ended`; the codes of
/// the database.
pub async fn take(
    tx: &mut Tx,
    means: &Means<'_>,
    grant: &Grant,
    nonce: &str,
    station: &StationId,
) -> Result<CaptureId> {
    grant.check(tx, means).await?;
    let row: Option<(String, String)> = tx
        .maybe(
            sqlx::query(
                "UPDATE captures SET used_at_ms = $1 WHERE nonce_hash = $2 AND station_id = $3 \
                 AND used_at_ms IS NULL AND ended_at_ms IS NULL AND expires_at_ms > $1 RETURNING id, consent_id",
            )
            .bind(means.now_ms())
            .bind(nonce_hash(means, nonce))
            .bind(station.as_str()),
        )
        .await?;
    let (id, consent) = row.ok_or_else(over)?;
    if consent != grant.consent().as_str() {
        return Err(Error::new(Code::GrantForeign, "the capture stands on another consent"));
    }
    tx.touch(Table::Captures, id.as_str());
    id.parse()
}

/// A capture of a grant.
pub(crate) struct OfGrant {
    /// The person's place in the visit.
    pub(crate) visit_person: VisitPersonId,
    /// True when it was taken and has not ended.
    pub(crate) holds_frames: bool,
}

#[derive(FromRow)]
struct OfGrantRow {
    visit_person_id: String,
    consent_id: String,
    used_at_ms: Option<i64>,
    ended_at_ms: Option<i64>,
}

/// The capture, if it is of the grant's consent; its row stays locked until the transaction ends.
pub(crate) async fn of_grant(tx: &mut Tx, consent: &ConsentId, id: &CaptureId) -> Result<OfGrant> {
    let row: OfGrantRow = tx
        .one(
            sqlx::query(
                "UPDATE captures SET opened_at_ms = opened_at_ms WHERE id = $1 \
                 RETURNING visit_person_id, consent_id, used_at_ms, ended_at_ms",
            )
            .bind(id.as_str()),
        )
        .await?;
    if row.consent_id != consent.as_str() {
        return Err(Error::new(Code::GrantForeign, "the capture stands on another consent"));
    }
    Ok(OfGrant {
        visit_person: row.visit_person_id.parse()?,
        holds_frames: row.used_at_ms.is_some() && row.ended_at_ms.is_none(),
    })
}

/// A live picture to be sealed.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// Its capture, which was taken and has not ended.
    pub capture: &'a CaptureId,
    /// Its place among the pictures of the capture, from 0.
    pub position: u32,
    /// The encoded picture.
    pub bytes: &'a [u8],
}

impl std::fmt::Debug for Frame<'_> {
    /// Without the picture.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Frame({}, {} bytes)", self.position, self.bytes.len())
    }
}

/// Seals a live picture.
///
/// # Errors
/// `capture-ended` when the capture was not taken or has ended; `grant-foreign`, `grant-expired`, `consent-ended`; `row-invalid` for its
/// size or place; `already-exists` for a place that is taken; the codes of keys and of the database.
pub async fn put_frame(tx: &mut Tx, means: &Means<'_>, grant: &Grant, frame: &Frame<'_>) -> Result<()> {
    grant.check(tx, means).await?;
    sized(frame.bytes, FRAME_BYTES_MAX, "the picture")?;
    if frame.position >= FRAMES_MAX {
        return Err(Error::new(Code::RowInvalid, format!("a capture has at most {FRAMES_MAX} pictures")));
    }
    if !of_grant(tx, grant.consent(), frame.capture).await?.holds_frames {
        return Err(Error::new(Code::CaptureEnded, "the capture was not taken, or has ended"));
    }
    let subject = bio::capture_ref(means, frame.capture);
    let key = bio::key(tx, means, &KeyOf { subject: &subject, kind: BioKind::Frame, purpose: PURPOSE }).await?;
    let id = untimed(means);
    let sealed = seal::record::seal(&key, &[b"bio_frames", id.as_bytes()], frame.bytes, means.random);
    tx.run(
        sqlx::query("INSERT INTO bio_frames (id, capture_ref, position, sealed) VALUES ($1, $2, $3, $4)")
            .bind(id.as_str())
            .bind(subject)
            .bind(i64::from(frame.position))
            .bind(sealed),
    )
    .await?;
    tx.touch(Table::BioFrames, id);
    Ok(())
}

/// Opens the live pictures of a capture, in their order; none when it has ended.
///
/// # Errors
/// `grant-foreign`; the codes of [`Sight::check`]; `record-damaged`, `key-unknown`; the codes of the database.
pub async fn open_frames(
    tx: &mut Tx,
    means: &Means<'_>,
    sight: &Sight<'_>,
    capture: &CaptureId,
) -> Result<Vec<Zeroizing<Vec<u8>>>> {
    sight.check(tx, means).await?;
    of_grant(tx, sight.consent(), capture).await?;
    let subject = bio::capture_ref(means, capture);
    let of = KeyOf { subject: &subject, kind: BioKind::Frame, purpose: PURPOSE };
    let rows: Vec<(String, Vec<u8>)> = tx
        .all(
            sqlx::query("SELECT id, sealed FROM bio_frames WHERE capture_ref = $1 ORDER BY position")
                .bind(subject.as_str()),
        )
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = bio::existing_key(tx, means, &of).await?;
    let key = key.ok_or_else(|| Error::new(Code::NotFound, "the key of the pictures is gone"))?;
    let open =
        |(id, sealed): (String, Vec<u8>)| Ok(seal::record::open(&key, &[b"bio_frames", id.as_bytes()], &sealed)?);
    rows.into_iter().map(open).collect()
}

/// Holds the pictures of a reported person for another operator: until then the end of the consent by time does not end their capture. Its
/// withdrawal does, and so does the end of the visit. Says how many captures are held.
///
/// # Errors
/// The codes of the database.
pub async fn hold(tx: &mut Tx, visit_person: &VisitPersonId, until: Timestamp) -> Result<usize> {
    let held: Vec<(String,)> = tx
        .all(
            sqlx::query(
                "UPDATE captures SET held_until_ms = $1 WHERE visit_person_id = $2 AND used_at_ms IS NOT NULL \
                 AND ended_at_ms IS NULL RETURNING id",
            )
            .bind(until.as_millisecond())
            .bind(visit_person.as_str()),
        )
        .await?;
    let count = held.len();
    for (id,) in held {
        tx.touch(Table::Captures, id);
    }
    Ok(count)
}

/// Ends a capture, deletes its pictures and shreds their key. One that has ended stays as it is.
///
/// # Errors
/// The codes of the database.
pub async fn end(tx: &mut Tx, means: &Means<'_>, id: &CaptureId) -> Result<Ended> {
    let changed = tx
        .run(
            sqlx::query("UPDATE captures SET ended_at_ms = $1 WHERE id = $2 AND ended_at_ms IS NULL")
                .bind(means.now_ms())
                .bind(id.as_str()),
        )
        .await?;
    if changed == 0 {
        return Ok(Ended::default());
    }
    tx.touch(Table::Captures, id.as_str());
    let subject = bio::capture_ref(means, id);
    let gone: Vec<(String,)> = tx
        .all(sqlx::query("DELETE FROM bio_frames WHERE capture_ref = $1 RETURNING id").bind(subject.as_str()))
        .await?;
    let frames = gone.len() as u64;
    for (frame,) in gone {
        tx.touch(Table::BioFrames, frame);
    }
    film::end(tx, id, &subject).await?;
    let shredded = bio::shred(tx, &KeyOf { subject: &subject, kind: BioKind::Frame, purpose: PURPOSE }).await?;
    Ok(Ended { captures: 1, frames, keys: u64::from(shredded) })
}

/// Ends all captures of a person of a visit: after the decision, or when the consent was refused.
///
/// # Errors
/// The codes of the database.
pub async fn end_of(tx: &mut Tx, means: &Means<'_>, visit_person: &VisitPersonId) -> Result<Ended> {
    let open: Vec<(String,)> = tx
        .all(
            sqlx::query("SELECT id FROM captures WHERE visit_person_id = $1 AND ended_at_ms IS NULL ORDER BY id")
                .bind(visit_person.as_str()),
        )
        .await?;
    let mut all = Ended::default();
    for (id,) in open {
        all += end(tx, means, &id.parse()?).await?;
    }
    Ok(all)
}
