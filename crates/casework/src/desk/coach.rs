//! Coaching before the pictures are taken: what would make this picture a better one. Small pictures of an open camera are looked at and
//! forgotten; no template is made of them, and nothing is stored.

use super::capture::at_capture;
use super::{Desk, weighed};
use crate::code::Code;
use crate::error::{Error, Result};
use face::{Engine, Image};
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;
use store::capture;
use store::consent::Grant;
use store::station::StationSeat;
use utoipa::ToSchema;

/// Largest picture to be coached on, bytes: a small one is enough.
pub const COACH_BYTES_MAX: usize = 256 * 1024;
/// Most hints that a person can follow at once.
const HINTS_MAX: usize = 2;

/// What would make a picture better.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Coaching {
    /// True if a picture like this one can be used.
    pub usable: bool,
    /// What to do, the most useful first, as stable codes: those of the quality measures, or `no-face`, `several-faces`.
    pub hints: Vec<String>,
    /// Where the face is: left, top, width and height in thousandths of the picture; none where there is none.
    pub face: Option<[i32; 4]>,
}

/// Looks at one small picture of the capture that this nonce opened.
///
/// # Errors
/// `frames-unfit` for an empty or large one; `capture-ended`, `station-foreign`; the codes of the grant; `too-busy`, `inference-failed`; the
/// `image-…` codes; the codes of the database.
pub async fn coach(
    desk: &Desk,
    seat: &StationSeat,
    now: Timestamp,
    nonce: &str,
    picture: Arc<[u8]>,
) -> Result<Coaching> {
    if picture.is_empty() || picture.len() > COACH_BYTES_MAX {
        return Err(Error::new(Code::FramesUnfit, "the picture is empty or too large to coach on"));
    }
    let grant = granted(desk, seat, now, nonce).await?;
    looked(desk, &grant, picture).await
}

/// The grant of the capture. Nothing is changed, so the transaction is left without being kept.
async fn granted(desk: &Desk, seat: &StationSeat, now: Timestamp, nonce: &str) -> Result<Grant> {
    let mut open = desk.db.write().await?;
    let tx = &mut open;
    let grant: Result<Grant> = async {
        let found = capture::find(tx, &desk.means(now), nonce, seat.station()).await?;
        let (scene, index) = at_capture(tx, desk, seat, now, &found).await?;
        scene.grant(tx, index).await
    }
    .await;
    Ok(weighed(grant, |_| false)?.0)
}

/// Taking a picture in needs a grant, even for a moment.
async fn looked(desk: &Desk, _: &Grant, picture: Arc<[u8]>) -> Result<Coaching> {
    desk.on_engine(move |engine| {
        let image = Image::decode(&picture)?;
        match look(engine, &image) {
            Ok(coaching) => Ok(coaching),
            Err(error) if matches!(error.code, face::Code::NoFace | face::Code::SeveralFaces) => {
                Ok(Coaching { usable: false, hints: vec![error.code.to_string()], face: None })
            }
            Err(error) => Err(error),
        }
    })
    .await
}

fn look(engine: &Engine, image: &Image) -> face::Result<Coaching> {
    let faces = engine.detect(image)?;
    let face = *face::detect::dominant(&faces, image)?;
    let mesh = engine.mesh(image, &face)?;
    let others: Vec<_> = faces.into_iter().filter(|other| *other != face).collect();
    let (quality, refusal) = engine.quality(image, &face, &others, &mesh);
    let hints = quality.reasons().into_iter().map(|reason| reason.code.to_owned()).take(HINTS_MAX).collect();
    let (width, height) = (image.width() as f32, image.height() as f32);
    let thousandths = |value: f32, of: f32| (1000.0 * value / of).round() as i32;
    let place = [
        thousandths(face.rect.x, width),
        thousandths(face.rect.y, height),
        thousandths(face.rect.width, width),
        thousandths(face.rect.height, height),
    ];
    Ok(Coaching { usable: refusal.is_none(), hints, face: Some(place) })
}
