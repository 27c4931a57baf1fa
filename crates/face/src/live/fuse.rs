//! From cues to one outcome: a calibrated sum over the cues that could speak, and a level that says which must.

use super::calibration::Calibration;
use super::challenge::Way;
use super::cue::{Cue, Kind, Species, Why};
use super::cues;
use super::film::Film;
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

impl Level {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::Assist, Self::Attended, Self::Unattended];

    /// What must speak, and speak for a person: of each group at least one. Unattended, each of the three physical facts is needed,
    /// because each attack defeats one of them: a film on a screen turns as a solid does, paper throws light back as skin does, and
    /// either can be made in advance for all answers but these. Light alone is enough for nobody: paper throws it back.
    fn needs(self) -> &'static [&'static [Kind]] {
        match self {
            Self::Assist => &[&[Kind::Challenge, Kind::Depth]],
            Self::Attended => &[&[Kind::Challenge], &[Kind::Depth, Kind::Light]],
            Self::Unattended => &[&[Kind::Challenge], &[Kind::Depth], &[Kind::Light]],
        }
    }

    /// True if what `way` asks for can suffice for this level at all. Where it does not, a person helps.
    pub fn suffices(self, way: Way) -> bool {
        let can = |kind: &Kind| match kind {
            Kind::Depth => way.head,
            Kind::Light => way.colours,
            _ => true,
        };
        self.needs().iter().all(|group| group.iter().any(can))
    }
}

/// The outcome of `film` at `level`, with its grounds. An attack is said whatever the level; *live* only when every cue that the level
/// needs spoke for a person and the sum of all that spoke is high enough; in every other case it is *not checked*, never less than was
/// asked for.
pub fn judge(film: &Film, calibration: Option<&Calibration>, level: Level) -> Liveness {
    judge_cues(cues::all(film), film.challenge.way, calibration, level)
}

/// As [`judge`], of what the cues said of a film whose challenge was for `way`: to judge it again, by another calibration or level.
pub fn judge_cues(cues: Vec<Cue>, way: Way, calibration: Option<&Calibration>, level: Level) -> Liveness {
    let weigh = |cue: Cue| Weighed { cue, ratio: calibration.and_then(|c| c.ratio(&cue)).filter(|r| r.is_finite()) };
    let cues: Vec<Weighed> = cues.into_iter().map(weigh).collect();
    let unsound = cues.iter().all(|c| c.cue.why == Some(Why::FilmUnsound));
    let spoke: Vec<f64> = cues.iter().filter_map(|c| c.ratio).collect();
    let ratio = (!spoke.is_empty()).then(|| spoke.iter().sum::<f64>());
    let outcome = match calibration {
        None => Outcome::NotChecked { why: Unchecked::NoCalibration, advice: Advice::AskPerson },
        Some(_) if unsound => Outcome::NotChecked { why: Unchecked::FilmUnsound, advice: Advice::TryAgain },
        Some(calibration) => decide(way, calibration, level, &cues),
    };
    Liveness { outcome, level, ratio, cues }
}

fn decide(way: Way, calibration: &Calibration, level: Level, cues: &[Weighed]) -> Outcome {
    let sum: f64 = cues.iter().filter_map(|c| c.ratio).sum();
    if sum <= calibration.attack_to {
        return Outcome::Attack { species: species(cues) };
    }
    let not = |why, advice| Outcome::NotChecked { why, advice };
    if !level.suffices(way) {
        return not(Unchecked::WayInsufficient, Advice::AskPerson);
    }
    for group in level.needs() {
        let members: Vec<&Weighed> = cues.iter().filter(|c| group.contains(&c.cue.kind)).collect();
        if members.iter().any(|c| c.ratio.is_some() && calibration.speaks(&c.cue)) {
            continue;
        }
        if members.iter().any(|c| c.ratio.is_some()) {
            return not(Unchecked::Unclear, Advice::TryAgain);
        }
        let why = members.iter().find_map(|c| c.cue.why);
        return why.map_or(not(Unchecked::NoCalibration, Advice::AskPerson), missing);
    }
    if sum >= calibration.live_from.of(level) { Outcome::Live } else { not(Unchecked::Unclear, Advice::TryAgain) }
}

/// What fits best: what the cue says that speaks most against a person.
fn species(cues: &[Weighed]) -> Species {
    let against = cues.iter().filter(|c| c.cue.species.is_some() && c.ratio.is_some_and(|r| r < 0.0));
    let most = against.min_by(|a, b| a.ratio.unwrap_or(0.0).total_cmp(&b.ratio.unwrap_or(0.0)));
    most.and_then(|c| c.cue.species).unwrap_or(Species::Screen)
}

/// Why there is no outcome when a needed cue is silent, and what can be done.
fn missing(why: Why) -> Outcome {
    let (why, advice) = match why {
        Why::FilmUnsound => (Unchecked::FilmUnsound, Advice::TryAgain),
        Why::NoFace => (Unchecked::NoFace, Advice::FaceInPicture),
        Why::NotFollowed | Why::NotAsked => (Unchecked::NotFollowed, Advice::FollowInstructions),
        Why::TooFewFrames | Why::NoClassifier => (Unchecked::CueSilent, Advice::TryAgain),
        Why::TooLittleMotion => (Unchecked::CueSilent, Advice::MoveMore),
        Why::TooBright => (Unchecked::CueSilent, Advice::LessLight),
        Why::LightUnsteady => (Unchecked::CueSilent, Advice::SteadyLight),
        Why::FaceTooSmall => (Unchecked::CueSilent, Advice::ComeCloser),
    };
    Outcome::NotChecked { why, advice }
}
