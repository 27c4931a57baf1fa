//! The film of a capture: small pictures that the page signs and sends as they come, so that liveness can be judged from all of them.
//!
//! The page makes a key and begins the film; its first pictures show that the camera runs, and only then is the challenge drawn. Pictures are
//! measured when they come and forgotten; what was measured is sealed, and dies with the capture.

mod channel;
mod head;
mod print;
mod sample;
mod standing;

pub use channel::Flaw;
pub(super) use channel::flaws;
pub use head::{CameraFacts, HEAD_BYTES_MAX, Head, PictureFacts};
use print::Print;
pub(super) use sample::Sample;
pub(super) use standing::Standing;

use super::capture::at_capture;
use super::liveness::{self, Shot, Signed};
use super::scene::Note;
use super::{Desk, in_transaction};
use crate::code::Code;
use crate::error::{Error, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use face::Image;
use face::live::{Challenge, Film, Level, Observation, Way};
use jiff::Timestamp;
use seal::page::PageKey;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::ops::Range;
use std::sync::Arc;
use store::capture;
use store::consent::Grant;
use store::film;
use store::ledger::{self, Kind};
use store::station::StationSeat;
use store::{Means, Tx};
use utoipa::ToSchema;
use utoipa::openapi::schema::{AdditionalProperties, Object, ObjectBuilder, Type};

/// Most pictures of one request.
pub const PICTURES_MAX: usize = 24;
/// Largest small picture, bytes.
pub const PICTURE_BYTES_MAX: usize = 256 * 1024;
/// Longer side of a small picture at most, pixels: more costs time and tells the cues nothing.
pub const PICTURE_SIDE_PX_MAX: u32 = 960;

/// A film is begun for an open capture.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Begin {
    /// The secret of the capture.
    pub nonce: String,
    /// The public key that the page made for it: a point of P-256, uncompressed, base64url.
    pub key: String,
    /// What the person can and wants to do; everything, if not said.
    #[serde(default)]
    #[schema(schema_with = way_schema)]
    pub way: Way,
}

/// A [`Way`], for the document of the API: the engine knows of none.
fn way_schema() -> Object {
    let said = |text: &str| ObjectBuilder::new().schema_type(Type::Boolean).description(Some(text)).build();
    ObjectBuilder::new()
        .description(Some("What the person can and wants to do; everything, if not said."))
        .property("colours", said("The screen may change its colour."))
        .property("head", said("The person can turn the head, nod, and come closer."))
        .property("blinks", said("The person can blink when asked."))
        .required("colours")
        .required("head")
        .required("blinks")
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .build()
}

impl std::fmt::Debug for Begin {
    /// Without the nonce.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Begin({:?})", self.way)
    }
}

/// Pictures of a film, as the page signed them.
pub struct Batch {
    /// The secret of the capture.
    pub nonce: String,
    /// What the page signed of them.
    pub signed: Signed,
    /// The pictures that the head names, in its order.
    pub pictures: Vec<Arc<[u8]>>,
}

impl std::fmt::Debug for Batch {
    /// The number of pictures only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Batch({})", self.pictures.len())
    }
}

/// What the page shows next. Never what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Guidance {
    /// How many requests of the film have been taken.
    pub taken: u32,
    /// Where the face is in the last picture: left, top, width and height in thousandths of the picture; none where there is none.
    pub face: Option<[i32; 4]>,
    /// What is asked, from the answer to the first pictures on.
    #[schema(value_type = Option<Object>)]
    pub challenge: Option<Challenge>,
    /// How many steps of it have been followed, in their order.
    pub followed: u32,
}

/// What is kept of one request: sealed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Piece {
    pub(super) head: Head,
    pub(super) came: Timestamp,
    pub(super) frames: Vec<Observation>,
    /// What tells where each picture comes from.
    pub(super) prints: Vec<Print>,
    /// A picture of this piece whose face must be that of the pictures that are compared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) sample: Option<Sample>,
    /// How far the film has come with this piece.
    pub(super) standing: Standing,
}

/// Begins the film of an open capture.
///
/// # Errors
/// `token-invalid` for the key; `capture-ended`, `station-foreign`; `already-exists` when it was begun; the codes of the grant and of the
/// database.
pub async fn begin(desk: &Desk, seat: &StationSeat, now: Timestamp, request: &Begin) -> Result<()> {
    let key = URL_SAFE_NO_PAD.decode(&request.key).unwrap_or_default();
    PageKey::from_bytes(&key)?;
    let way = serde_json::to_string(&request.way).map_err(|_| damaged())?;
    in_transaction!(desk, tx => async {
        let found = capture::find(tx, &desk.means(now), &request.nonce, seat.station()).await?;
        let (scene, index) = at_capture(tx, desk, seat, now, &found).await?;
        let grant = scene.grant(tx, index).await?;
        film::begin(tx, &scene.means(), &grant, &film::New { capture: &found.id, page_key: &key, way: &way }).await?;
        let fingerprint = URL_SAFE_NO_PAD.encode(Sha256::digest(&key));
        let note = Note::about(Kind::FilmBegun, index).fact("page_key", fingerprint).fact("way", way.as_str());
        scene.note(tx, &ledger::Actor::Station(seat.station().clone()), note).await?;
        Ok(())
    }.await)
}

/// Takes small pictures in: checks signature, order and time, measures the pictures, and keeps what was measured. The first ones are answered
/// with the challenge.
///
/// # Errors
/// `frames-unfit` for number and size; `film-forged` when the signature or a picture's hash does not fit; `film-out-of-order` when the request is not the next
/// one; `film-missing` when none was begun; `capture-ended`, `station-foreign`; the codes of the grant; `too-busy`, `inference-failed`; the
/// `image-…` codes; the codes of the database.
pub async fn add(desk: &Desk, seat: &StationSeat, now: Timestamp, batch: Batch) -> Result<Guidance> {
    let head = fitting(&batch)?;
    let before = in_transaction!(desk, tx => before(tx, desk, seat, now, (&batch, &head)).await, kept if |_| false)?;
    let known = before.last().and_then(|piece| piece.frames.last().cloned());
    let (frames, prints) = measured(desk, &head, batch.pictures.clone(), known).await?;
    let mut piece = Piece { head, came: now, frames, prints, sample: None, standing: before.standing() };
    piece.standing = before.standing_with(&piece);
    sample::draw(desk, &mut piece, &batch.pictures);
    let hash = Sha256::digest(&batch.signed.head).to_vec();
    in_transaction!(desk, tx => keep(tx, desk, seat, now, &New { nonce: &batch.nonce, before: &before, piece: &piece, hash: &hash }).await)
}

/// The head of a batch whose outer form is in order.
fn fitting(batch: &Batch) -> Result<Head> {
    let unfit = |why: &str| Error::new(Code::FramesUnfit, why);
    let head = Head::parse(&batch.signed.head)?;
    if !(1..=PICTURES_MAX).contains(&batch.pictures.len()) || head.pictures.len() != batch.pictures.len() {
        return Err(unfit("the number of pictures"));
    }
    if batch.pictures.iter().any(|picture| picture.is_empty() || picture.len() > PICTURE_BYTES_MAX) {
        return Err(unfit("a picture is empty or too large"));
    }
    if head.is_of(&batch.pictures) { Ok(head) } else { Err(forged("a picture is not the one that was signed")) }
}

/// Checks that the film's page signed this for this capture.
///
/// # Errors
/// `film-forged`; `token-invalid` for a damaged key.
pub(super) fn signed_by(film: &film::Film, nonce: &str, signed: &Signed) -> Result<()> {
    PageKey::from_bytes(&film.page_key)?
        .verify(&[nonce.as_bytes(), &signed.head], &signed.signature)
        .map_err(|_| forged("the signature does not fit"))
}

pub(super) fn forged(why: &str) -> Error {
    Error::new(Code::FilmForged, why)
}

/// What there was before this batch.
struct Before {
    grant: Grant,
    film: film::Film,
    challenge: Option<Challenge>,
    /// The pieces that are needed, with their places; the last one always.
    pieces: Vec<(u32, Piece)>,
    way: Way,
    level: Level,
}

impl Before {
    fn last(&self) -> Option<&Piece> {
        self.pieces.last().map(|(_, piece)| piece)
    }

    fn standing(&self) -> Standing {
        self.last().map_or_else(Standing::default, |piece| piece.standing)
    }

    /// How far the film has come with this piece.
    fn standing_with(&self, piece: &Piece) -> Standing {
        let mut placed: Vec<standing::Placed<'_>> = self.pieces.iter().map(|(place, piece)| (*place, piece)).collect();
        placed.push((self.film.pieces, piece));
        self.standing().with(self.challenge.as_ref(), &placed)
    }
}

/// Reads the film and checks that this batch is the next one of its page.
async fn before(
    tx: &mut Tx,
    desk: &Desk,
    seat: &StationSeat,
    now: Timestamp,
    (batch, head): (&Batch, &Head),
) -> Result<Before> {
    let found = capture::find(tx, &desk.means(now), &batch.nonce, seat.station()).await?;
    let (scene, index) = at_capture(tx, desk, seat, now, &found).await?;
    let grant = scene.grant(tx, index).await?;
    let means = scene.means();
    let film = film::lock(tx, &means, &grant, &found.id).await?;
    let film = film.ok_or_else(|| Error::new(Code::FilmMissing, "no film was begun for this capture"))?;
    signed_by(&film, &batch.nonce, &batch.signed)?;
    if !head.follows(&film.last_hash) {
        return Err(Error::new(Code::FilmOutOfOrder, "it does not follow what was signed before"));
    }
    let way = serde_json::from_str(&film.way).map_err(|_| damaged())?;
    let challenge = film.challenge.as_ref().map(|(text, _)| serde_json::from_str(text)).transpose();
    let challenge: Option<Challenge> = challenge.map_err(|_| damaged())?;
    let level = liveness::level_of(scene.service.definition().face.liveness);
    let last = film.pieces.saturating_sub(1);
    let newest = open(tx, &means, &grant, (&found.id, last..film.pieces)).await?.pop();
    let mut pieces = Vec::new();
    if let (Some(newest), Some(challenge)) = (newest, &challenge) {
        for places in newest.standing.needed(challenge, head, last) {
            pieces.extend(places.clone().zip(open(tx, &means, &grant, (&found.id, places)).await?));
        }
        pieces.push((last, newest));
    }
    Ok(Before { grant, film, challenge, pieces, way, level })
}

/// Pieces of a film, opened and read.
async fn open(
    tx: &mut Tx,
    means: &Means<'_>,
    grant: &Grant,
    which: (&store::id::CaptureId, Range<u32>),
) -> Result<Vec<Piece>> {
    if which.1.is_empty() {
        return Ok(Vec::new());
    }
    let pieces = film::open(tx, means, grant, which).await?;
    pieces.iter().map(|bytes| serde_json::from_slice(bytes).map_err(|_| damaged())).collect()
}

/// A film with its pieces, ready to be judged; none before its first pictures came.
pub(super) async fn shot(
    tx: &mut Tx,
    means: &Means<'_>,
    grant: &Grant,
    (capture, record): (&store::id::CaptureId, film::Film),
) -> Result<Option<Shot>> {
    let Some((text, _)) = &record.challenge else { return Ok(None) };
    let challenge = serde_json::from_str(text).map_err(|_| damaged())?;
    Ok(Some(Shot { challenge, pieces: open(tx, means, grant, (capture, 0..record.pieces)).await?, record }))
}

/// Measures the pictures, one after the other: each is followed from the one before.
async fn measured(
    desk: &Desk,
    head: &Head,
    pictures: Vec<Arc<[u8]>>,
    mut known: Option<Observation>,
) -> Result<(Vec<Observation>, Vec<Print>)> {
    let times: Vec<u32> = head.pictures.iter().map(|picture| picture.at_ms).collect();
    desk.on_engine(move |engine| {
        let (mut seen, mut prints) = (Vec::with_capacity(pictures.len()), Vec::with_capacity(pictures.len()));
        for (picture, at_ms) in pictures.iter().zip(times) {
            let image = Image::decode(picture)?;
            if image.width().max(image.height()) > PICTURE_SIDE_PX_MAX {
                return Err(face::Error::new(face::Code::ImageTooManyPixels, "a picture of a film is too large"));
            }
            let frame = engine.observe(&image, at_ms, known.as_ref())?;
            known = Some(frame.clone());
            seen.push(frame);
            prints.push(Print::of(picture, &image));
        }
        Ok((seen, prints))
    })
    .await
}

/// What a batch adds.
struct New<'a> {
    nonce: &'a str,
    before: &'a Before,
    piece: &'a Piece,
    hash: &'a [u8],
}

/// Keeps what was measured, under the grant with which the request began, and says what is next. With the first pictures the challenge is
/// drawn: that is an act of its own.
async fn keep(tx: &mut Tx, desk: &Desk, seat: &StationSeat, now: Timestamp, new: &New<'_>) -> Result<Guidance> {
    let means = desk.means(now);
    let found = capture::find(tx, &means, new.nonce, seat.station()).await?;
    let Before { grant, film, challenge, way, level, .. } = new.before;
    let bytes = serde_json::to_vec(new.piece).map_err(|_| damaged())?;
    let piece = film::Piece { capture: &found.id, position: film.pieces, bytes: &bytes, hash: new.hash };
    film::put(tx, &means, grant, &piece).await?;
    let challenge = if let Some(asked) = challenge {
        asked.clone()
    } else {
        let drawn = Challenge::draw(*way, *level, &seal::random::array(means.random));
        asked(tx, desk, seat, now, (&found, &drawn)).await?;
        drawn
    };
    Ok(Guidance {
        taken: film.pieces + 1,
        face: new.piece.frames.last().and_then(place),
        followed: new.piece.standing.followed,
        challenge: Some(challenge),
    })
}

/// Asks, and says so in the ledger.
async fn asked(
    tx: &mut Tx,
    desk: &Desk,
    seat: &StationSeat,
    now: Timestamp,
    (found, challenge): (&capture::Found, &Challenge),
) -> Result<()> {
    let (scene, index) = at_capture(tx, desk, seat, now, found).await?;
    let grant = scene.grant(tx, index).await?;
    let text = serde_json::to_string(challenge).map_err(|_| damaged())?;
    film::ask(tx, &scene.means(), &grant, &found.id, &text).await?;
    let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(&text));
    let note = Note::about(Kind::FilmAsked, index).fact("challenge_hash", hash);
    scene.note(tx, &ledger::Actor::Station(seat.station().clone()), note).await?;
    Ok(())
}

/// One film of its pieces.
pub(super) fn assembled(challenge: Challenge, pieces: &[&Piece]) -> Film {
    let frames: Vec<Observation> = pieces.iter().flat_map(|piece| piece.frames.iter().cloned()).collect();
    let mut shown: Vec<_> = pieces.iter().flat_map(|piece| piece.head.shown.iter().copied()).collect();
    let last_ms = frames.last().map_or(0, |frame| frame.at_ms);
    shown.extend(pieces.last().and_then(|piece| piece.head.showing(last_ms)));
    Film { challenge, shown, frames }
}

/// Where the face is, in thousandths of the picture.
fn place(frame: &Observation) -> Option<[i32; 4]> {
    let rect = face::geometry::Rect::around(frame.mesh.as_ref()?.points.iter().copied());
    let thousandths = |value: f32, of: u32| (1000.0 * value / of.max(1) as f32).round() as i32;
    let (width, height) = (frame.width, frame.height);
    Some([
        thousandths(rect.x, width),
        thousandths(rect.y, height),
        thousandths(rect.width, width),
        thousandths(rect.height, height),
    ])
}

fn damaged() -> Error {
    Error::new(Code::VisitStateInvalid, "a film's record is damaged")
}
