//! The way in which pictures came: whether a camera before a person can have sent them so. What is found here is an *injection*: pictures
//! that did not come from a camera that looked at this person now.

use super::Piece;
use super::print::returned;
use serde::{Deserialize, Serialize};

/// The page's clock may run ahead of ours by so much over a film, milliseconds: requests do not take the same time.
const AHEAD_MS_MAX: i64 = 2_000;
/// Shortest time between two pictures of one camera, milliseconds: no webcam takes more than 120 a second.
const APART_MS_MIN: u32 = 8;
/// Longest time between two pictures, milliseconds: a page whose camera or network is away for longer begins again.
const GAP_MS_MAX: u32 = 4_000;
/// From this share of a picture's places on, in most pictures, that were exactly so in an earlier picture, no camera's noise is in them.
const RETURNED_SOME: f64 = 0.4;
/// The same if it is nearly the whole picture: a still, or a few, with the same noise again and again.
const RETURNED_ALL: f64 = 0.9;
/// Programs that pass something else off as a camera, in lower case.
const VIRTUAL: [&str; 12] = [
    "obs virtual",
    "obs-camera",
    "manycam",
    "snap camera",
    "xsplit",
    "v4l2loopback",
    "dummy video",
    "virtual cam",
    "droidcam",
    "epoccam",
    "splitcam",
    "fake_device",
];

/// What is wrong with the way in which pictures came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// A picture is not later than the one before.
    TimesGoBack,
    /// Pictures came faster than any camera takes them.
    RateImpossible,
    /// No picture came for too long.
    Gap,
    /// The page's clock says that more time passed than did.
    ClockAhead,
    /// The same picture came twice.
    Repeated,
    /// Nearly everything in most pictures was there before to the last pixel, noise and all.
    NoiseConstant,
    /// Much in most pictures was there before to the last pixel: no sensor's noise is in it. A program that paints the background does that too,
    /// and so it is never the only ground.
    NoiseMissing,
    /// Something was shown, by the page's word, before it had been asked for.
    Anticipated,
    /// The size of the pictures, or the camera's, changed.
    SizeChanged,
    /// The pictures were encoded by another encoder, or with other settings, than before.
    EncoderChanged,
    /// The camera changed.
    CameraChanged,
    /// The camera is a program that is known to pass something else off as one. Many honest people have one: never the only ground.
    CameraVirtual,
}

impl Flaw {
    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TimesGoBack => "times-go-back",
            Self::RateImpossible => "rate-impossible",
            Self::Gap => "gap",
            Self::ClockAhead => "clock-ahead",
            Self::Repeated => "repeated",
            Self::NoiseConstant => "noise-constant",
            Self::NoiseMissing => "noise-missing",
            Self::Anticipated => "anticipated",
            Self::SizeChanged => "size-changed",
            Self::EncoderChanged => "encoder-changed",
            Self::CameraChanged => "camera-changed",
            Self::CameraVirtual => "camera-virtual",
        }
    }

    /// True if it is a ground by itself.
    pub fn suffices(self) -> bool {
        !matches!(self, Self::CameraVirtual | Self::NoiseMissing)
    }
}

/// What is wrong with the way in which these pieces came, in the order of [`Flaw`], each once. The challenge is drawn when the
/// first piece has come.
pub(in crate::desk) fn flaws(pieces: &[&Piece]) -> Vec<Flaw> {
    let mut found = Vec::new();
    let mut say = |flaw, holds: bool| {
        if holds && !found.contains(&flaw) {
            found.push(flaw);
        }
    };
    let times: Vec<u32> = pieces.iter().flat_map(|p| p.head.pictures.iter().map(|picture| picture.at_ms)).collect();
    say(Flaw::TimesGoBack, times.windows(2).any(|w| w[1] <= w[0]));
    say(Flaw::RateImpossible, times.windows(2).any(|w| w[1] > w[0] && w[1] - w[0] < APART_MS_MIN));
    say(Flaw::Gap, times.windows(2).any(|w| w[1].saturating_sub(w[0]) > GAP_MS_MAX));
    let last_ms = |piece: &Piece| piece.head.pictures.last().map_or(0, |picture| picture.at_ms);
    let began = pieces.first().map(|first| (last_ms(first), first.came));
    let ahead = |piece: &&Piece| {
        began.is_some_and(|(at_ms, came)| {
            let passed = piece.came.as_millisecond() - came.as_millisecond();
            i64::from(last_ms(piece).saturating_sub(at_ms)) > passed + AHEAD_MS_MAX
        })
    };
    say(Flaw::ClockAhead, pieces.iter().any(ahead));
    say(Flaw::Repeated, twice(pieces));
    let prints: Vec<_> = pieces.iter().flat_map(|p| &p.prints).collect();
    let share = returned(&prints);
    say(Flaw::NoiseConstant, share >= RETURNED_ALL);
    say(Flaw::NoiseMissing, (RETURNED_SOME..RETURNED_ALL).contains(&share));
    // What answers the first request was not known before its last picture was taken.
    let asked_ms = pieces.first().and_then(|p| p.head.pictures.last()).map_or(0, |picture| picture.at_ms);
    let shown = pieces.iter().flat_map(|p| p.head.shown.iter().map(|s| (s.prompt, s.from_ms)));
    let shown = shown.chain(pieces.iter().filter_map(|p| p.head.showing.map(|s| (s.prompt, s.from_ms))));
    let mut shown = shown.filter(|(prompt, _)| *prompt != face::live::Prompt::Rest);
    say(Flaw::Anticipated, shown.any(|(_, from_ms)| from_ms < asked_ms));
    let sizes = pieces.iter().flat_map(|p| p.frames.iter().map(|frame| (frame.width, frame.height)));
    say(Flaw::SizeChanged, differ(sizes) || differ(pieces.iter().map(|p| (p.head.camera.width, p.head.camera.height))));
    say(Flaw::EncoderChanged, differ(prints.iter().map(|print| print.codec)));
    say(Flaw::CameraChanged, differ(pieces.iter().map(|p| p.head.camera.label.as_str())));
    let is_virtual = |piece: &&Piece| {
        let label = piece.head.camera.label.to_lowercase();
        VIRTUAL.iter().any(|name| label.contains(name))
    };
    say(Flaw::CameraVirtual, pieces.iter().any(is_virtual));
    found
}

fn differ<T: PartialEq>(mut values: impl Iterator<Item = T>) -> bool {
    let Some(first) = values.next() else { return false };
    values.any(|value| value != first)
}

/// True if two pictures have the same bytes or the same pixels.
fn twice(pieces: &[&Piece]) -> bool {
    let mut bytes: Vec<&str> =
        pieces.iter().flat_map(|p| p.head.pictures.iter().map(|picture| picture.sha256.as_str())).collect();
    let mut pixels: Vec<u64> = pieces.iter().flat_map(|p| p.frames.iter().map(|frame| frame.imprint.hash)).collect();
    bytes.sort_unstable();
    pixels.sort_unstable();
    bytes.windows(2).any(|w| w[0] == w[1]) || pixels.windows(2).any(|w| w[0] == w[1])
}
