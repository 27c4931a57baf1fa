//! The capture: the clerk asks for the camera, the station opens it and sends pictures in once, and the comparison's evidence is stored closed.
//! The station does not learn what the comparison says, and neither does the ledger before the evidence opens.

use super::liveness::{self, Shot, Signed};
use super::protect::Protection;
use super::scene::{NOTHING, Note, Scene};
use super::view::{self, VisitView};
use super::{Desk, attempt, by, compare, film, in_transaction};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::permission::Permission;
use crate::service::LivenessLevel;
use crate::throttle::Gate;
use crate::visit::{Act, Actor, PersonFacts, PersonState};
use face::Template;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::capture::{self, Found, Frame};
use store::id::VisitId;
use store::ledger::{self, Kind};
use store::session::SignedIn;
use store::station::StationSeat;
use store::{Tx, evidence, portrait, template};
use utoipa::ToSchema;

/// Most pictures of one capture.
pub const FRAMES_MAX: usize = 8;

/// Which person of the visit.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Who {
    /// The place, from 0.
    pub person: u32,
}

/// An open camera.
#[derive(Clone, Serialize, ToSchema)]
pub struct Camera {
    /// The secret with which this station sends the pictures in, once.
    pub nonce: String,
    /// When the capture ends by itself.
    #[schema(value_type = String, format = DateTime)]
    pub expires: Timestamp,
    /// Most pictures that it takes.
    pub frames_max: u32,
}

impl std::fmt::Debug for Camera {
    /// Without the nonce.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Camera(until {})", self.expires)
    }
}

/// Pictures that a station sends in.
pub struct Frames {
    /// The secret of the capture.
    pub nonce: String,
    /// The encoded pictures, 1 to [`FRAMES_MAX`].
    pub pictures: Vec<Arc<[u8]>>,
    /// What the page signed of them, where a film came before.
    pub signed: Option<Signed>,
}

impl std::fmt::Debug for Frames {
    /// The number only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Frames({})", self.pictures.len())
    }
}

/// What became of the pictures, as far as the station may know: whether they can be used, never what they say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Taken {
    /// True if at least one picture could be used; if not, the clerk may ask for the camera again.
    pub usable: bool,
    /// Each picture, in the order in which they were sent.
    pub frames: Vec<FrameView>,
}

/// What became of one picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FrameView {
    /// Why it cannot be used, as a stable code; none if it can.
    pub refused: Option<String>,
    /// What to do about it.
    pub action: Option<String>,
}

/// Asks for the camera: the station opens it. The attempt counts as failed until it succeeds or yields no comparison.
///
/// # Errors
/// `permission-missing`; `station-missing`, `portrait-missing`; `consent-first`, `consent-missing`, `consent-ended`, `grant-foreign`,
/// `guardian-missing`; `attempts-wait`, `attempts-exhausted`; `transition-refused`, `visit-decided`; `not-found`; the codes of the database.
pub async fn begin(desk: &Desk, by: &SignedIn, now: Timestamp, visit: &VisitId, request: Who) -> Result<VisitView> {
    by::require(by, Permission::VisitRun, now)?;
    let office = by::office(by)?;
    let index = request.person;
    in_transaction!(desk, tx => async {
        let mut scene = Scene::lock(tx, desk, now, (office, visit)).await?;
        let act = Act::BeginCapture { person: index as usize };
        let actor = by::actor(by, now)?;
        // The state first, as if everything else were in order, so that what is refused is refused for the right reason.
        let ready = PersonFacts { consent_live: true, attempts: Gate::Open, ..NOTHING };
        scene.after(&act, &actor, &scene.only(index, ready))?;
        if scene.visit.station.is_none() {
            return Err(Error::new(Code::StationMissing, "there is no camera without a station"));
        }
        let grant = scene.grant(tx, index).await?;
        if view::usable(tx, desk, now, (grant.person(), scene.service)).await?.is_empty() {
            return Err(Error::new(Code::PortraitMissing, "no portrait in use that is young enough"));
        }
        if let Some(station) = &scene.visit.station {
            attempt::at_station(tx, &scene.means(), (station, None)).await?.require()?;
        }
        let attempts = attempt::begin(tx, &scene, grant.person()).await?;
        let facts = scene.only(index, PersonFacts { consent_live: true, attempts, ..NOTHING });
        scene.step(tx, &act, &actor, &facts).await?;
        scene.note(tx, &by::ledger(by), Note::about(Kind::CaptureAsked, index)).await?;
        view::of(tx, desk, by, now, &scene.visit).await
    }.await)
}

/// Opens the camera at the station of the visit, for 3 minutes and one use. Opened again, the one before ends.
///
/// # Errors
/// `station-foreign`; `transition-refused` when nobody asked for it; `attempts-wait` when too much failed at this station or from its address; the
/// codes of [`begin`] for the consent; the codes of the database.
pub async fn open(desk: &Desk, seat: &StationSeat, now: Timestamp, visit: &VisitId, request: Who) -> Result<Camera> {
    let may = in_transaction!(desk, tx => async {
        let means = desk.means(now);
        // Kept even where the camera stays closed: by it the clerk is told until when.
        attempt::came(tx, &means, seat).await?;
        attempt::at_station(tx, &means, (seat.station(), seat.address())).await
    }.await)?;
    may.require()?;
    in_transaction!(desk, tx => async {
        let scene = Scene::at_station(tx, desk, now, (seat, visit)).await?;
        let place = scene.person(request.person)?.id.clone();
        capturing(&scene, request.person)?;
        let grant = scene.grant(tx, request.person).await?;
        let opened = capture::open(tx, &scene.means(), &grant, &place, seat.station()).await?;
        let actor = ledger::Actor::Station(seat.station().clone());
        scene.note(tx, &actor, Note::about(Kind::CaptureOpened, request.person)).await?;
        let (nonce, expires) = (opened.nonce.as_str().to_owned(), opened.expires);
        Ok(Camera { nonce, expires, frames_max: FRAMES_MAX as u32 })
    }.await)
}

fn capturing(scene: &Scene<'_>, index: u32) -> Result<()> {
    let state = scene.stands(index)?;
    if state == PersonState::Capturing {
        return Ok(());
    }
    Err(Error::new(Code::TransitionRefused, format!("the camera at {state}")))
}

/// Ends a capture that yields nothing: it ran out of time, or the person changed their mind. The attempt is taken back.
///
/// # Errors
/// `permission-missing`; `transition-refused`, `visit-decided`; `not-found`; the codes of the database.
pub async fn end(desk: &Desk, by: &SignedIn, now: Timestamp, visit: &VisitId, request: Who) -> Result<VisitView> {
    by::require(by, Permission::VisitRun, now)?;
    let office = by::office(by)?;
    in_transaction!(desk, tx => async {
        let mut scene = Scene::lock(tx, desk, now, (office, visit)).await?;
        let act = Act::EndCapture { person: request.person as usize };
        scene.step(tx, &act, &by::actor(by, now)?, &scene.nothing()).await?;
        scene.note(tx, &by::ledger(by), Note::about(Kind::CaptureEnded, request.person)).await?;
        view::of(tx, desk, by, now, &scene.visit).await
    }.await)
}

/// Takes pictures in, once, from the station that opened the capture: analyses them, compares them with the portraits of the claimed person
/// and stores the evidence, closed.
///
/// # Errors
/// `frames-unfit`; `capture-ended` for a nonce that was used, has expired or is another station's; `too-busy`; `consent-missing`,
/// `consent-ended`, `guardian-missing`; `portrait-missing` when no portrait can be compared with; `inference-failed`; the codes of the
/// database. Poor pictures are no error: [`Taken`] says so.
pub async fn take(desk: &Desk, seat: &StationSeat, now: Timestamp, frames: Frames) -> Result<Taken> {
    let Frames { nonce, pictures, signed } = frames;
    let fit = |picture: &Arc<[u8]>| !picture.is_empty() && picture.len() <= store::limits::FRAME_BYTES_MAX;
    if !(1..=FRAMES_MAX).contains(&pictures.len()) || !pictures.iter().all(fit) {
        return Err(Error::new(
            Code::FramesUnfit,
            format!("{} pictures, or one is empty or too large", pictures.len()),
        ));
    }
    // When no portrait had to be opened, nothing happened that is to be remembered.
    let mut stored =
        in_transaction!(desk, tx => stored(tx, desk, seat, now, &nonce).await, kept if Stored::opened_portraits)?;
    let shot = stored.shot.take();
    let live = Box::pin(compare::live(desk, &pictures)).await?;
    let taken = live.taken();
    let mut compared = None;
    if taken.usable {
        let film =
            liveness::Taken { nonce: &nonce, pictures: &pictures, signed: signed.as_ref(), level: stored.level, now };
        // On the heap: the future of a whole capture is large, and most captures are small.
        let liveness = Box::pin(liveness::judged(desk, shot, &film, &live)).await?;
        compared = Some(Box::pin(compare::compared(desk, &stored, (&live, liveness), now)).await?);
    }
    let sent = Sent { nonce, live, compared, protection: stored.protection };
    in_transaction!(desk, tx => store(tx, desk, seat, now, &sent).await)?;
    Ok(taken)
}

/// What is on file, opened by the grant: protected templates, and the portraits of which none are there yet.
pub(super) struct Stored {
    pub(super) protection: Arc<Protection>,
    pub(super) fmr: f64,
    /// How much the liveness outcome counts.
    pub(super) level: LivenessLevel,
    /// The film of the capture, if its page made one.
    pub(super) shot: Option<Shot>,
    /// Portraits in the order of the list, with a template or a picture each.
    pub(super) portraits: Vec<OnFile>,
}

impl Stored {
    /// True if pictures of portraits were opened.
    fn opened_portraits(&self) -> bool {
        self.portraits.iter().any(|portrait| matches!(portrait.content, Content::Picture(_)))
    }
}

/// One portrait on file.
pub(super) struct OnFile {
    pub(super) id: String,
    pub(super) taken_on: Option<String>,
    pub(super) content: Content,
}

/// What is there of a portrait.
pub(super) enum Content {
    /// Its template, protected.
    Template(Template),
    /// Its picture.
    Picture(Arc<[u8]>),
}

/// What a station sent and what came of it.
struct Sent {
    nonce: String,
    live: compare::Live,
    compared: Option<compare::Compared>,
    protection: Arc<Protection>,
}

/// Reads what is on file. When portraits had to be opened, that is an entry of the ledger.
async fn stored(tx: &mut Tx, desk: &Desk, seat: &StationSeat, now: Timestamp, nonce: &str) -> Result<Stored> {
    let found = capture::find(tx, &desk.means(now), nonce, seat.station()).await?;
    let (scene, index) = at_capture(tx, desk, seat, now, &found).await?;
    let grant = scene.grant(tx, index).await?;
    let means = scene.means();
    let protection = desk.protection(grant.purpose()).await?;
    let usable = view::usable(tx, desk, now, (grant.person(), scene.service)).await?;
    let pack = desk.engine.pack().id().to_string();
    let mut templates = Vec::new();
    for opened in template::open_all(tx, &means, &grant, &pack).await? {
        if opened.version == protection.version() {
            templates.push((opened.portrait, Template::from_bytes(&opened.bytes)?));
        }
    }
    let is_missing = |id: &str| !templates.iter().any(|(portrait, _)| portrait == id);
    let mut pictures = Vec::new();
    if usable.iter().any(|portrait| is_missing(&portrait.id)) {
        pictures = portrait::open(tx, &means, &grant.sight()).await?;
        pictures.retain(|picture| is_missing(&picture.id));
    }
    let opened = pictures.len() as i64;
    let mut portraits = Vec::new();
    for portrait::Portrait { id, taken_on, .. } in usable {
        let content = match templates.iter().position(|(portrait, _)| *portrait == id) {
            Some(at) => Content::Template(templates.swap_remove(at).1),
            None => match pictures.iter().find(|picture| picture.id == id) {
                Some(picture) => Content::Picture(picture.image.as_slice().into()),
                None => continue,
            },
        };
        portraits.push(OnFile { id, taken_on, content });
    }
    if opened > 0 {
        let note = Note::about(Kind::PortraitOpened, index).fact("portraits", opened).fact("for", "templates");
        scene.note(tx, &ledger::Actor::Station(seat.station().clone()), note).await?;
    }
    let shot = match store::film::lock(tx, &means, &grant, &found.id).await? {
        Some(record) => film::shot(tx, &means, &grant, (&found.id, record)).await?,
        None => None,
    };
    let face = &scene.service.definition().face;
    Ok(Stored { protection, fmr: face.fmr_max, level: face.liveness, shot, portraits })
}

/// The visit and place of a capture, locked.
pub(super) async fn at_capture<'d>(
    tx: &mut Tx,
    desk: &'d Desk,
    seat: &StationSeat,
    now: Timestamp,
    found: &Found,
) -> Result<(Scene<'d>, u32)> {
    let scene = Scene::at_station(tx, desk, now, (seat, &found.visit)).await?;
    let index = scene.place_of(&found.visit_person)?;
    capturing(&scene, index)?;
    Ok((scene, index))
}

/// Uses the capture up and stores what came of it.
async fn store(tx: &mut Tx, desk: &Desk, seat: &StationSeat, now: Timestamp, sent: &Sent) -> Result<()> {
    let found = capture::find(tx, &desk.means(now), &sent.nonce, seat.station()).await?;
    let (mut scene, index) = at_capture(tx, desk, seat, now, &found).await?;
    let grant = scene.grant(tx, index).await?;
    let means = scene.means();
    let id = capture::take(tx, &means, &grant, &sent.nonce, seat.station()).await?;
    let told = ledger::Actor::Station(seat.station().clone());
    let Some(compared) = &sent.compared else {
        scene.step(tx, &Act::EndCapture { person: index as usize }, &Actor::System, &scene.nothing()).await?;
        let code = sent.live.first_refusal().unwrap_or_default().to_owned();
        let note = Note::about(Kind::CaptureFailed, index).fact("frames", sent.live.count()).fact("code", code);
        scene.note(tx, &told, note).await?;
        return Ok(());
    };
    let pack = desk.engine.pack().id().to_string();
    // This consent keeps the templates from now on.
    template::open_all(tx, &means, &grant, &pack).await?;
    for made in &compared.made {
        let version = sent.protection.version();
        let new = template::New { portrait: &made.portrait, pack: &pack, version, bytes: &made.bytes };
        template::put(tx, &means, &grant, &new).await?;
    }
    for (position, bytes) in sent.live.usable().enumerate() {
        capture::put_frame(tx, &means, &grant, &Frame { capture: &id, position: position as u32, bytes }).await?;
    }
    let before = attempt::settle(tx, &scene, seat, grant.person(), compared.succeeded()).await?;
    let json = compared.record(&sent.live, before).to_bytes()?;
    let new = evidence::New { visit_person: &found.visit_person, capture: &id, json: &json };
    evidence::put(tx, &means, &grant, &new).await?;
    let facts = PersonFacts { consent_live: true, finding: Some(compared.finding()), ..NOTHING };
    let act = Act::CloseEvidence { person: index as usize };
    scene.step(tx, &act, &Actor::System, &scene.only(index, facts)).await?;
    let note = Note::about(Kind::CaptureTaken, index)
        .fact("frames", sent.live.count())
        .fact("frames_used", sent.live.usable().count() as i64)
        .fact("templates_made", compared.made.len() as i64)
        .fact("pack", pack);
    scene.note(tx, &told, note).await?;
    Ok(())
}
