//! Live pictures and portraits side by side: for whoever judges, before the decision, and each time an entry of the ledger.

use super::outline::Outline;
use super::scene::{Note, Scene};
use super::view;
use super::{Desk, by, in_transaction};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::permission::Permission;
use crate::visit::{PersonState, Phase};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use face::image::Format;
use jiff::Timestamp;
use serde::Serialize;
use store::consent::Sight;
use store::id::VisitId;
use store::ledger::Kind;
use store::session::SignedIn;
use store::{Tx, capture, evidence, portrait};
use utoipa::ToSchema;
use zeroize::Zeroizing;

/// What is laid side by side.
#[derive(Clone, Serialize, ToSchema)]
pub struct Pictures {
    /// The live pictures of the newest capture, in their order.
    pub live: Vec<Picture>,
    /// The portraits that were compared with, newest first.
    pub portraits: Vec<Picture>,
}

/// One picture.
#[derive(Clone, Serialize, ToSchema)]
pub struct Picture {
    /// `image/jpeg`, `image/png` or `image/webp`.
    pub media_type: String,
    /// The picture as it is stored, in base64.
    pub data: String,
    /// When it was taken, as far as it is known; none for live pictures.
    pub taken_on: Option<String>,
    /// How to cut and turn it, and where what is; none when no face is found.
    pub outline: Option<Outline>,
}

impl std::fmt::Debug for Pictures {
    /// Without the pictures.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pictures({} live, {} portraits)", self.live.len(), self.portraits.len())
    }
}

impl std::fmt::Debug for Picture {
    /// Without the picture.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}, {} letters)", self.media_type, self.data.len())
    }
}

/// Opened pictures, not yet looked at by the engine.
struct Opened {
    live: Vec<Zeroizing<Vec<u8>>>,
    portraits: Vec<portrait::Opened>,
}

/// Shows the pictures of a person of the visit: to the clerk from the closed evidence on, to the second operator once a suspicion is reported,
/// to nobody after the decision.
///
/// # Errors
/// `permission-missing`, `training-expired`; `pictures-closed` when there are none at this point, or no more; `consent-first`, `consent-ended`,
/// `guardian-missing`; `too-busy`; `not-found`; the codes of the database.
pub async fn look(desk: &Desk, by: &SignedIn, now: Timestamp, visit: &VisitId, person: u32) -> Result<Pictures> {
    let office = by::office(by)?;
    let Opened { live, portraits } = in_transaction!(desk, tx => async {
        let scene = Scene::lock(tx, desk, now, (office, visit)).await?;
        may_look(&scene, by, now, person)?;
        opened(tx, &scene, by, person).await
    }.await)?;
    let mut pictures = Pictures { live: Vec::new(), portraits: Vec::new() };
    for frame in live {
        pictures.live.push(picture(desk, &frame, None).await?);
    }
    for portrait in portraits {
        pictures.portraits.push(picture(desk, &portrait.image, portrait.taken_on).await?);
    }
    Ok(pictures)
}

/// Who may look, and at what point.
fn may_look(scene: &Scene<'_>, by: &SignedIn, now: Timestamp, person: u32) -> Result<()> {
    let closed = |what: &str| Err(Error::new(Code::PicturesClosed, format!("the visit is {what}")));
    match scene.state.phase() {
        Phase::Open => by::require(by, Permission::EvidenceJudge, now)?,
        Phase::Reported(_) => by::require(by, Permission::ReportSecond, now)?,
        Phase::Decided(outcome) => return closed(outcome.as_str()),
    }
    match scene.stands(person)? {
        PersonState::EvidenceClosed | PersonState::Judged(_) | PersonState::EvidenceOpen(_) => Ok(()),
        other => closed(other.as_str()),
    }
}

/// The live pictures of the newest evidence; whoever judges does so from them, so without them there is no judgement.
///
/// # Errors
/// `pictures-closed` when there are none, or no more; the codes of the grant and of the database.
pub(super) async fn live(
    tx: &mut Tx,
    scene: &Scene<'_>,
    sight: &Sight<'_>,
    person: u32,
) -> Result<Vec<Zeroizing<Vec<u8>>>> {
    let newest = evidence::list(tx, &scene.person(person)?.id).await?.pop();
    let newest = newest.ok_or_else(|| Error::new(Code::PicturesClosed, "there is no evidence"))?;
    let live = capture::open_frames(tx, &scene.means(), sight, &newest.capture).await?;
    if live.is_empty() {
        return Err(Error::new(Code::PicturesClosed, "the live pictures are deleted"));
    }
    Ok(live)
}

async fn opened(tx: &mut Tx, scene: &Scene<'_>, by: &SignedIn, person: u32) -> Result<Opened> {
    let grant;
    let sight = if let Some(held) = scene.held(tx, person).await? {
        held
    } else {
        grant = scene.grant(tx, person).await?;
        grant.sight()
    };
    let means = scene.means();
    let live = live(tx, scene, &sight, person).await?;
    let usable = view::usable(tx, scene.desk(), means.now, (sight.person(), scene.service)).await?;
    let mut portraits = portrait::open(tx, &means, &sight).await?;
    portraits.retain(|opened| usable.iter().any(|known| known.id == opened.id));
    let actor = by::ledger(by);
    scene.note(tx, &actor, Note::about(Kind::FramesOpened, person).fact("frames", live.len() as i64)).await?;
    let note =
        Note::about(Kind::PortraitOpened, person).fact("portraits", portraits.len() as i64).fact("for", "judgement");
    scene.note(tx, &actor, note).await?;
    Ok(Opened { live, portraits })
}

async fn picture(desk: &Desk, bytes: &[u8], taken_on: Option<String>) -> Result<Picture> {
    let media_type = match Format::of(bytes) {
        Some(Format::Jpeg) => "image/jpeg",
        Some(Format::Png) => "image/png",
        Some(Format::WebP) => "image/webp",
        Some(Format::Jpeg2000) => "image/jp2",
        None => "application/octet-stream",
    };
    Ok(Picture {
        media_type: media_type.to_owned(),
        data: STANDARD.encode(bytes),
        taken_on,
        outline: desk.outline(bytes.to_vec()).await?,
    })
}
