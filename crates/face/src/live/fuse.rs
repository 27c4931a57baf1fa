//! From cues to one outcome: a calibrated sum over the cues that could speak, and a level that says which must.

use super::cue::{Cue, Species};
use serde::{Deserialize, Serialize};

/// How much depends on the check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// A clerk sits in front of the person.
    Assist,
    /// Somebody looks now and then: a kiosk in a hall.
    Attended,
    /// Nobody is there: a phone at home.
    Unattended,
}

/// Why no outcome could be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unchecked {
    /// There is no liveness calibration for the pack's mesh model.
    NoCalibration,
    /// The film is not sound: times go back, or it is too long.
    FilmUnsound,
    /// No face was there long enough.
    NoFace,
    /// The way that the person chose does not suffice for the level.
    WayInsufficient,
    /// What was asked was not done, or not in time.
    NotFollowed,
    /// A cue that must speak could not.
    CueSilent,
    /// The cues spoke, but not clearly enough.
    Unclear,
}

/// What the person or the office can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Advice {
    /// Do it once more.
    TryAgain,
    /// Have the face whole in the picture, and nobody else's.
    FaceInPicture,
    /// Follow each instruction when it comes.
    FollowInstructions,
    /// Go where it is less bright, or make the screen brighter.
    LessLight,
    /// Keep the light as it is during the check.
    SteadyLight,
    /// Move further: turn more, come closer.
    MoveMore,
    /// Come closer to the camera.
    ComeCloser,
    /// A person helps.
    AskPerson,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Outcome {
    /// A person, here, now.
    Live,
    /// Something else.
    Attack {
        /// What fits best.
        species: Species,
    },
    /// It could not be checked.
    NotChecked {
        /// Why.
        why: Unchecked,
        /// What can be done.
        advice: Advice,
    },
}

/// A cue with what the calibration makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weighed {
    /// The cue.
    #[serde(flatten)]
    pub cue: Cue,
    /// The natural log-likelihood ratio of a person against an attack; none when it could not say.
    pub ratio: Option<f64>,
}

/// The outcome of a film, with its grounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Liveness {
    /// What was found.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// For which level.
    pub level: Level,
    /// The sum of the cues' ratios; none when none could speak.
    pub ratio: Option<f64>,
    /// Every cue.
    pub cues: Vec<Weighed>,
}
