//! What a cue says: a number, or why it cannot say.

use serde::{Deserialize, Serialize};

/// The cues, each an independent physical fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The person did what was asked, in its order, in its time.
    Challenge,
    /// The face moves as a solid, not as a plane.
    Depth,
    /// The light of the screen comes back from the skin.
    Light,
    /// The surface is skin, no screen and no paper.
    Texture,
    /// No device's and no paper's border is around the face.
    Border,
    /// The pack's attack classifier.
    Classifier,
    /// The person is never quite still, and never twice the same.
    Rest,
    /// It is one face from the beginning to the end.
    Continuity,
}

impl Kind {
    /// All of them, in the order in which they are reported.
    pub const ALL: [Self; 8] = [
        Self::Challenge,
        Self::Depth,
        Self::Light,
        Self::Texture,
        Self::Border,
        Self::Classifier,
        Self::Rest,
        Self::Continuity,
    ];

    /// The version of this cue's computation. Raise it when its value changes, so that an old calibration is refused.
    pub const fn version(self) -> u32 {
        1
    }
}

/// What an attack is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Species {
    /// A flat picture on paper.
    Print,
    /// A picture on paper, bent around the face.
    BentPrint,
    /// A picture with holes, behind which eyes or a mouth move.
    CutOut,
    /// A screen that shows a picture or a film.
    Screen,
    /// A film of another capture.
    Replay,
    /// One picture, again and again.
    Frozen,
    /// A short film, again and again.
    Looped,
    /// A film that no camera took.
    Injected,
    /// A picture that is only enlarged where a face would come closer.
    Zoom,
    /// One face at the beginning and another at the end.
    Swapped,
}

/// Why a cue cannot say anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The film is not sound: times go back, or it is too long.
    FilmUnsound,
    /// There are too few pictures.
    TooFewFrames,
    /// No face, or not long enough.
    NoFace,
    /// The page never showed what this cue is about: the way excludes it, or the capture ended before.
    NotAsked,
    /// The person did not do, or not in time, what was asked.
    NotFollowed,
    /// Nothing moved far enough.
    TooLittleMotion,
    /// The light of the room is too strong for the screen's to be seen.
    TooBright,
    /// The light of the room changed too much.
    LightUnsteady,
    /// The face is too small in the picture.
    FaceTooSmall,
    /// The pack has no attack classifier.
    NoClassifier,
}

/// What one cue found in a film.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cue {
    /// Which cue.
    pub kind: Kind,
    /// The version of its computation; a calibration is for one.
    pub version: u32,
    /// Its raw statistic, rising with what speaks for a person; none when it cannot say. The calibration makes a ratio of it.
    pub value: Option<f64>,
    /// Why it cannot say.
    pub why: Option<Why>,
    /// What fits best if it is an attack.
    pub species: Option<Species>,
}

impl Cue {
    /// A cue that says `value`; one that is not finite counts as nothing said.
    pub(crate) fn says(kind: Kind, value: f64, species: Species) -> Self {
        let sound = value.is_finite();
        let why = (!sound).then_some(Why::FilmUnsound);
        Self { kind, version: kind.version(), value: sound.then_some(value), why, species: Some(species) }
    }

    /// A cue that cannot say.
    pub(crate) fn silent(kind: Kind, why: Why) -> Self {
        Self { kind, version: kind.version(), value: None, why: Some(why), species: None }
    }
}
