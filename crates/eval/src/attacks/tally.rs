//! What the outcomes of many sessions amount to, in the terms of ISO/IEC 30107-3.

use super::session::Label;
use super::watch::Watched;
use crate::stats::{Rate, quantile};
use face::calibration::WORKING_SIMILARITY;
use face::live::{Calibration, Level, Outcome};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The figures of one kind of session at one level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// The species, or `bona-fide`; `… (not asked)` for clips without a challenge.
    pub kind: String,
    /// Whether a person was there.
    pub label: Label,
    /// Said to be live. Of an attack this is the APCER.
    pub live: Rate,
    /// Said to be an attack. Of a person this is the BPCER.
    pub attack: Rate,
    /// Not checked: the non-response rate, APNRR or BPNRR.
    pub not_checked: Rate,
    /// Of an attack: live, and the comparison reached the working similarity (IAPAR, both together); of a person: passed both.
    /// Without trials where no portrait was named.
    pub accepted: Rate,
}

/// The figures at one level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AtLevel {
    /// The level.
    pub level: Level,
    /// Every kind: the worst attack first, persons at the end.
    pub kinds: Vec<Kind>,
}

/// What things take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Times {
    /// Median time from the camera's start until a person passed, in ms of the session's clock; none when nobody passed.
    pub pass_ms: Option<f64>,
    /// Median over sessions of the mean time of observing one picture, in ms of the wall clock.
    pub observe_ms: Option<f64>,
    /// Median time of all cues and the fusion of one session, in ms of the wall clock.
    pub judge_ms: Option<f64>,
}

/// The outcome of each session by a calibration, which may differ from session to session: held-out persons have their own.
pub trait Judge {
    /// The calibration for a session; none says *not checked* of it.
    fn calibration(&self, session: &Watched) -> Option<&Calibration>;
}

impl Judge for Option<&Calibration> {
    fn calibration(&self, _: &Watched) -> Option<&Calibration> {
        *self
    }
}

/// The figures at every level.
pub fn tally(sessions: &[Watched], judge: &dyn Judge) -> Vec<AtLevel> {
    Level::ALL.into_iter().map(|level| AtLevel { level, kinds: kinds(sessions, judge, level) }).collect()
}

fn kinds(sessions: &[Watched], judge: &dyn Judge, level: Level) -> Vec<Kind> {
    let mut groups: BTreeMap<(Label, String), Vec<&Watched>> = BTreeMap::new();
    for session in sessions {
        let name = if session.asked { session.kind().to_owned() } else { format!("{} (not asked)", session.kind()) };
        groups.entry((session.label, name)).or_default().push(session);
    }
    let mut kinds: Vec<Kind> = groups
        .into_iter()
        .map(|((label, kind), group)| {
            let outcomes: Vec<Outcome> = group.iter().map(|s| s.judge(judge.calibration(s), level).outcome).collect();
            let share = |what: fn(&Outcome) -> bool| {
                Rate::wilson(outcomes.iter().filter(|o| what(o)).count() as u64, outcomes.len() as u64)
            };
            let compared = group.iter().zip(&outcomes).filter(|(s, _)| s.portrait);
            let passed = |(s, o): &(&&Watched, &Outcome)| {
                **o == Outcome::Live && s.similarity.is_some_and(|v| v >= WORKING_SIMILARITY)
            };
            let (hits, trials) = (compared.clone().filter(passed).count(), compared.count());
            Kind {
                kind,
                label,
                live: share(|o| *o == Outcome::Live),
                attack: share(|o| matches!(o, Outcome::Attack { .. })),
                not_checked: share(|o| matches!(o, Outcome::NotChecked { .. })),
                accepted: Rate::wilson(hits as u64, trials as u64),
            }
        })
        .collect();
    // The worst attack on top: by the share that passed, then by the upper end of its interval.
    let order = |k: &Kind| (k.label == Label::BonaFide, -k.live.value, -k.live.high);
    kinds.sort_by(|a, b| order(a).partial_cmp(&order(b)).unwrap_or(std::cmp::Ordering::Equal));
    kinds
}

/// What things take; `pass_ms` at `level`.
pub fn times(sessions: &[Watched], judge: &dyn Judge, level: Level) -> Times {
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        quantile(&values, 0.5)
    };
    let passed = sessions.iter().filter(|s| s.label == Label::BonaFide && s.asked);
    let passed = passed.filter(|s| s.judge(judge.calibration(s), level).outcome == Outcome::Live);
    Times {
        pass_ms: median(passed.map(|s| f64::from(s.ended_ms)).collect()),
        observe_ms: median(sessions.iter().map(|s| f64::from(s.observe_us) / 1e3).collect()),
        judge_ms: median(sessions.iter().map(|s| f64::from(s.judge_us) / 1e3).collect()),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use face::live::calibration::{Bounds, Worth};
    use face::live::{Challenge, Cue, Kind as CueKind, Species, Step, Way};

    pub(crate) fn said(kind: CueKind, value: f64) -> Cue {
        Cue { kind, version: kind.version(), value: Some(value), why: None, species: Some(Species::Screen) }
    }

    /// A session in which the three needed cues say `value`.
    pub(crate) fn session(species: &str, person: &str, value: f64) -> Watched {
        let needed = [CueKind::Challenge, CueKind::Depth, CueKind::Light];
        Watched {
            name: String::new(),
            label: if species.is_empty() { Label::BonaFide } else { Label::Attack },
            species: species.to_owned(),
            person: person.to_owned(),
            portrait: true,
            asked: true,
            frames: 100,
            faces: 100,
            ended_ms: 7_000,
            observe_us: 9_000,
            judge_us: 2_000,
            cues: needed.map(|kind| said(kind, value)).to_vec(),
            challenge: Challenge { way: Way::default(), steps: vec![Step::Mouth], colours: Vec::new() },
            similarity: Some(95.0),
            same: None,
        }
    }

    pub(crate) fn calibration() -> Calibration {
        let worth = |kind: CueKind| Worth {
            kind,
            version: kind.version(),
            live: 10,
            attack: 10,
            person_from: 0.01,
            table: vec![[-1.0, -3.0], [1.0, 3.0]],
        };
        Calibration {
            format: 1,
            mesh: "0".repeat(64),
            created: "2026-11-22".to_owned(),
            command: String::new(),
            data: Vec::new(),
            cues: [CueKind::Challenge, CueKind::Depth, CueKind::Light].map(worth).to_vec(),
            live_from: Bounds { assist: 1.0, attended: 2.0, unattended: 3.0 },
            attack_to: -2.0,
        }
    }

    #[test]
    fn rates_are_shares_of_their_kind_and_the_worst_attack_is_on_top() {
        let mut sessions = vec![session("flat-print", "a", -1.0), session("flat-print", "b", -1.0)];
        sessions.extend([session("frozen", "a", 1.0), session("frozen", "a", 0.0)]);
        sessions.extend([session("", "a", 1.0), session("", "b", 1.0), session("", "b", 0.0), session("", "b", -1.0)]);
        sessions[2].similarity = Some(40.0);
        let calibration = calibration();
        let judge: Option<&Calibration> = Some(&calibration);
        let unattended = tally(&sessions, &judge).pop().unwrap();
        assert_eq!(unattended.level, Level::Unattended);
        let names: Vec<&str> = unattended.kinds.iter().map(|k| k.kind.as_str()).collect();
        assert_eq!(names, ["frozen", "flat-print", "bona-fide"]);
        let hits = |k: &Kind| (k.live.hits, k.attack.hits, k.not_checked.hits, k.accepted.hits, k.live.trials);
        assert_eq!(hits(&unattended.kinds[0]), (1, 0, 1, 0, 2));
        assert_eq!(hits(&unattended.kinds[1]), (0, 2, 0, 0, 2));
        assert_eq!(hits(&unattended.kinds[2]), (2, 1, 1, 2, 4));
        let times = times(&sessions, &judge, Level::Unattended);
        assert_eq!((times.pass_ms, times.observe_ms), (Some(7_000.0), Some(9.0)));
    }

    #[test]
    fn without_a_calibration_nothing_is_checked() {
        let judge: Option<&Calibration> = None;
        for at in tally(&[session("frozen", "a", 1.0)], &judge) {
            assert_eq!(at.kinds[0].not_checked.hits, 1);
        }
        assert_eq!(times(&[session("", "a", 1.0)], &judge, Level::Assist).pass_ms, None);
    }
}
