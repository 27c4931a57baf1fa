//! What the engine does with a capture: live pictures to templates, missing templates of portraits, the comparison in the protected space.

use super::Desk;
use super::capture::{Content, FrameView, OnFile, Stored, Taken};
use super::evidence::{Around, AttemptsRecord, LiveRecord, LivenessRecord, Record, age_years};
use super::view;
use crate::code::Code;
use crate::error::{Error, Result};
use crate::throttle::Attempts;
use crate::visit::{Finding, Liveness};
use face::code::Exit;
use face::evidence::{Band, Evidence, Portrait};
use face::{Analysis, Template};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use std::sync::Arc;

/// What the engine says of a picture, or why it cannot be used.
type Analysed = std::result::Result<Box<Analysis>, face::Error>;

/// The live pictures of a capture and what the engine says of each.
pub(super) struct Live(Vec<(Arc<[u8]>, Analysed)>);

/// A comparison, and the templates that were made for it.
pub(super) struct Compared {
    evidence: Evidence,
    taken_on: Vec<Option<String>>,
    liveness: LivenessRecord,
    pub(super) made: Vec<Made>,
}

/// A template that was made from a portrait, protected.
pub(super) struct Made {
    pub(super) portrait: String,
    pub(super) bytes: Vec<u8>,
}

/// Analyses the live pictures, as many at a time as the machine has cores. A picture that cannot be used is no error.
///
/// # Errors
/// `too-busy`, `inference-failed`.
pub(super) async fn live(desk: &Desk, pictures: &[Arc<[u8]>]) -> Result<Live> {
    let one = |picture: &Arc<[u8]>| {
        let picture = Arc::clone(picture);
        async move {
            let analysis = match analysed(desk, Arc::clone(&picture)).await? {
                Ok(analysis) => match analysis.refusal.clone() {
                    Some(refusal) => Err(refusal),
                    None => Ok(analysis),
                },
                Err(refusal) => Err(refusal),
            };
            Ok::<_, Error>((picture, analysis))
        }
    };
    // The futures are made first: a closure in the stream's type would have to hold for every lifetime.
    let all: Vec<_> = pictures.iter().map(one).collect();
    Ok(Live(stream::iter(all).buffered(desk.analyses_at_once()).try_collect().await?))
}

/// The analysis of a picture, or why the picture (not the engine) is to blame that there is none.
async fn analysed(desk: &Desk, picture: Arc<[u8]>) -> Result<Analysed> {
    match desk.analyse(picture).await {
        Ok(analysis) => Ok(Ok(Box::new(analysis))),
        Err(Error::Face(error)) if matches!(error.code.row().exit, Exit::Refused | Exit::BadInput) => Ok(Err(error)),
        Err(error) => Err(error),
    }
}

impl Live {
    /// How many pictures were sent.
    pub(super) fn count(&self) -> i64 {
        self.0.len() as i64
    }

    /// The pictures that can be used.
    pub(super) fn usable(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().filter(|(_, analysis)| analysis.is_ok()).map(|(picture, _)| picture.as_ref())
    }

    fn analyses(&self) -> impl Iterator<Item = &Analysis> {
        self.0.iter().filter_map(|(_, analysis)| analysis.as_deref().ok())
    }

    /// The templates of the pictures that can be used.
    pub(super) fn templates(&self) -> impl Iterator<Item = &Template> {
        self.analyses().map(|analysis| &analysis.template)
    }

    /// The code of the first picture that cannot be used.
    pub(super) fn first_refusal(&self) -> Option<&'static str> {
        self.0.iter().find_map(|(_, analysis)| analysis.as_ref().err()).map(|error| error.code.as_str())
    }

    /// What the station is told.
    pub(super) fn taken(&self) -> Taken {
        let view = |analysis: &Analysed| match analysis {
            Ok(_) => FrameView { refused: None, action: None },
            Err(error) => {
                let row = error.code.row();
                FrameView { refused: Some(row.code.to_owned()), action: Some(row.action.to_owned()) }
            }
        };
        Taken {
            usable: self.usable().next().is_some(),
            frames: self.0.iter().map(|(_, analysis)| view(analysis)).collect(),
        }
    }
}

/// Compares. A portrait in which the engine finds no usable face is left out.
///
/// # Errors
/// `portrait-missing` when all are left out; `too-busy`, `inference-failed`; the codes of the templates.
pub(super) async fn compared(
    desk: &Desk,
    stored: &Stored,
    (live, liveness): (&Live, LivenessRecord),
    now: Timestamp,
) -> Result<Compared> {
    let day = view::today(now);
    let (mut templates, mut taken_on, mut made) = (Vec::new(), Vec::new(), Vec::new());
    let all: Vec<_> = stored.portraits.iter().map(|on_file| on_file_template(desk, stored, on_file)).collect();
    let mut found = stream::iter(all).buffered(desk.analyses_at_once());
    while let Some((on_file, template)) = found.try_next().await? {
        let Some((template, new)) = template else { continue };
        templates.push((template, age_years(on_file.taken_on.as_deref(), day)));
        taken_on.push(on_file.taken_on.clone());
        made.extend(new);
    }
    if templates.is_empty() {
        return Err(Error::new(Code::PortraitMissing, "the engine finds no usable face in any portrait"));
    }
    let frames: Vec<Template> =
        live.analyses().map(|analysis| stored.protection.protect(&analysis.template)).collect::<Result<_>>()?;
    let (protection, fmr) = (Arc::clone(&stored.protection), stored.fmr);
    let compare = move |_: &face::Engine| {
        let frames: Vec<&Template> = frames.iter().collect();
        let portraits: Vec<Portrait<'_>> =
            templates.iter().map(|(template, age_years)| Portrait { template, age_years: *age_years }).collect();
        face::evidence::compare(protection.calibration(), &frames, &portraits, fmr)
    };
    Ok(Compared { evidence: desk.on_engine(compare).await?, taken_on, liveness, made })
}

/// A portrait's protected template, and what was made for it if it had none; nothing when the engine finds no usable face in it.
async fn on_file_template<'p>(
    desk: &Desk,
    stored: &Stored,
    on_file: &'p OnFile,
) -> Result<(&'p OnFile, Option<(Template, Option<Made>)>)> {
    let picture = match &on_file.content {
        Content::Template(template) => return Ok((on_file, Some((template.clone(), None)))),
        Content::Picture(picture) => Arc::clone(picture),
    };
    let analysis = analysed(desk, picture).await?;
    let Some(template) = analysis.as_ref().ok().and_then(|analysis| analysis.usable().ok()) else {
        return Ok((on_file, None));
    };
    let protected = stored.protection.protect(template)?;
    let made = Made { portrait: on_file.id.clone(), bytes: protected.to_bytes() };
    Ok((on_file, Some((protected, Some(made)))))
}

impl Compared {
    /// True if at most the demanded share of strangers would score this high, and it was no attack: what counts as a successful attempt.
    pub(super) fn succeeded(&self) -> bool {
        self.evidence.band == Band::Match && self.liveness.outcome != Liveness::Attack
    }

    /// What the rules ask of it.
    pub(super) fn finding(&self) -> Finding {
        Finding { band: self.evidence.band, liveness: self.liveness.outcome }
    }

    /// The document that is sealed.
    pub(super) fn record(&self, live: &Live, before: Attempts) -> Record {
        let attempts = AttemptsRecord { consecutive: before.consecutive, total: before.total };
        let live = live.analyses().map(LiveRecord::of).collect();
        let (taken_on, liveness) = (self.taken_on.clone(), self.liveness.clone());
        Record::new(&self.evidence, Around { taken_on, live, liveness, attempts })
    }
}
