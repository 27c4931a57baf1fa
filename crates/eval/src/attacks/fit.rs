//! Fits the liveness calibration: what each cue's value is worth, and from which sum on a session is live or an attack.
//!
//! Each cue's table is the ratio of two shares: of persons and of attacks with such a value, made rising by pooling adjacent violators
//! (Ayer et al. 1955). Each kind of attack weighs the same, however often it was tried, and persons as much as all attacks together, so
//! the ratio is a likelihood ratio. Cues are added as if they were independent; they are not quite, and therefore the bounds are then
//! set by the sums that were found, not by theory.

use super::session::Label;
use super::tally::Judge;
use super::watch::Watched;
use crate::code::Code;
use crate::error::{Error, Result};
use crate::random::SplitMix64;
use crate::stats::quantile;
use face::live::calibration::{Bounds, Data, Worth};
use face::live::{Calibration, Kind, Level, Outcome};
use std::collections::{BTreeMap, BTreeSet};

/// Fewest sessions of persons and of attacks that a fit is made of.
const SESSIONS_MIN: usize = 12;
/// A cue needs this many sessions of each in which it spoke.
const SPOKE_MIN: usize = 8;
/// Sessions that are added to each share, so that what was never seen is not impossible.
const PSEUDO: f64 = 0.7;
/// No cue alone says more than this, either way: the samples are small.
const RATIO_MAX: f64 = 5.0;
/// The largest ratio, either way, of what a renderer draws least like nature: surfaces, rooms, what a network sees in them. A person in front
/// of a door, before a camera that was never drawn, must not be an attack for it.
const RATIO_MAX_WEAK: f64 = 1.5;
/// Most points of a table.
const KNOTS: usize = 24;
/// The share of persons whose value of a cue may lie below what speaks for a person.
const PERSON_SHARE: f64 = 0.01;
/// How far below it the bound lies, as a share of the distance to the median: other persons are not quite like these.
const PERSON_ROOM: f64 = 0.6;
/// The share of persons that the bound of *live* may cost at most.
const COST_SHARE: f64 = 0.02;
/// The share of persons whose sums may lie below the bound of attacks, and how far below them it is set.
const ATTACK_SHARE: f64 = 0.01;
/// How far the bound of *live* lies above the highest sum of an attack that has what the level needs.
const MARGIN: f64 = 0.5;
/// The bounds where no attack has what a level needs, from assist to unattended.
const LEAST: [f64; 3] = [0.5, 0.8, 1.2];
/// No bound is lower.
const LEAST_EVER: f64 = 0.2;

/// What a calibration is made for and by.
#[derive(Clone, Debug)]
pub struct Made {
    /// SHA-256 of the mesh model's file.
    pub mesh: String,
    /// The day as YYYY-MM-DD.
    pub created: String,
    /// The command, without folders.
    pub command: String,
}

/// A calibration fitted to `sessions`.
///
/// # Errors
/// `too-little-data` with fewer than a dozen sessions of persons or of attacks.
pub fn fit(sessions: &[&Watched], made: &Made) -> Result<Calibration> {
    let count = |label: Label| sessions.iter().filter(|s| s.label == label).count();
    let (live, attack) = (count(Label::BonaFide), count(Label::Attack));
    if live < SESSIONS_MIN || attack < SESSIONS_MIN {
        let why = format!("{live} sessions of persons and {attack} of attacks; {SESSIONS_MIN} of each are needed");
        return Err(Error::new(Code::TooLittleData, why));
    }
    let mut calibration = Calibration {
        format: 1,
        mesh: made.mesh.clone(),
        created: made.created.clone(),
        command: made.command.clone(),
        data: data(sessions),
        cues: Kind::ALL.into_iter().filter_map(|kind| worth(sessions, kind)).collect(),
        live_from: Bounds { assist: LEAST[0], attended: LEAST[1], unattended: LEAST[2] },
        attack_to: -1.0,
    };
    set_bounds(sessions, &mut calibration);
    Ok(calibration)
}

/// The sessions by kind.
fn data(sessions: &[&Watched]) -> Vec<Data> {
    let mut counts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for session in sessions {
        let name = if session.asked { session.kind().to_owned() } else { format!("{} (not asked)", session.kind()) };
        let count = counts.entry(name).or_default();
        if session.label == Label::BonaFide { count.0 += 1 } else { count.1 += 1 }
    }
    counts.into_iter().map(|(name, (live, attack))| Data { name, live, attack }).collect()
}

/// What a cue's value is worth; none when it spoke too seldom. The shares are of all sessions, also of those in which the cue was silent:
/// that it speaks at all is part of what was seen (few attacks follow a challenge), while its silence is held against nobody. A session in
/// which nothing was asked says nothing about the cues that ask.
fn worth(sessions: &[&Watched], kind: Kind) -> Option<Worth> {
    let said = |s: &Watched| s.cues.iter().find(|c| c.kind == kind).and_then(|c| c.value);
    let asks = matches!(kind, Kind::Challenge | Kind::Light);
    let counted = || sessions.iter().filter(|s| s.asked || !asks);
    let spoke: Vec<(&Watched, f64)> = counted().filter_map(|s| Some((*s, said(s)?))).collect();
    let persons = spoke.iter().filter(|(s, _)| s.label == Label::BonaFide).count();
    if persons < SPOKE_MIN || spoke.len() - persons < SPOKE_MIN {
        return None;
    }
    let mut kinds: BTreeMap<&str, f64> = BTreeMap::new();
    for session in counted() {
        *kinds.entry(session.kind()).or_default() += 1.0;
    }
    let live = kinds.remove("bona-fide").unwrap_or(0.0);
    let attack: f64 = kinds.values().sum();
    let species = kinds.len() as f64;
    let mut points: Vec<Point> = spoke
        .iter()
        .map(|(session, value)| match session.label {
            Label::BonaFide => Point { value: *value, live: 1.0, attack: 0.0 },
            // All kinds together count as often as they were tried, but each the same.
            Label::Attack => {
                let own = kinds.get(session.kind()).copied().unwrap_or(1.0);
                Point { value: *value, live: 0.0, attack: attack / species / own }
            }
        })
        .collect();
    points.sort_by(|a, b| a.value.total_cmp(&b.value));
    let mut table = table(&points, (live, attack));
    if matches!(kind, Kind::Texture | Kind::Border | Kind::Classifier) {
        table.iter_mut().for_each(|knot| knot[1] = knot[1].clamp(-RATIO_MAX_WEAK, RATIO_MAX_WEAK));
    }
    let values: Vec<f64> = points.iter().filter(|p| p.live > 0.0).map(|p| p.value).collect();
    let spoke = [persons, spoke.len() - persons].map(|n| n as u64);
    let low = quantile(&values, PERSON_SHARE).unwrap_or(0.0);
    let person_from = low - PERSON_ROOM * (quantile(&values, 0.5).unwrap_or(low) - low);
    Some(Worth { kind, version: kind.version(), live: spoke[0], attack: spoke[1], person_from, table })
}

/// One session, or a pool of several: their values' sum weighted later by their number.
#[derive(Clone, Copy, Debug)]
struct Point {
    value: f64,
    live: f64,
    attack: f64,
}

/// Value and ratio, both rising, of points in the order of their values.
fn table(points: &[Point], (live, attack): (f64, f64)) -> Vec<[f64; 2]> {
    // Pools of neighbours: sums of both, first and last value. About twice as many pools as knots, so that none is a single session.
    let size = points.len().div_ceil(KNOTS).max(3);
    let mut pools: Vec<(f64, f64, f64, f64)> = Vec::new();
    for chunk in points.chunks(size) {
        let sum = |of: fn(&Point) -> f64| chunk.iter().map(of).sum::<f64>();
        let (first, last) = (chunk[0].value, chunk[chunk.len() - 1].value);
        pools.push((sum(|p| p.live), sum(|p| p.attack), first, last));
        while let [.., a, b] = pools[..] {
            // Equal values belong together, and a pool that falls is joined with the one before.
            let falls = ratio(b, (live, attack)) < ratio(a, (live, attack));
            if !falls && b.2 > a.3 {
                break;
            }
            pools.truncate(pools.len() - 2);
            pools.push((a.0 + b.0, a.1 + b.1, a.2, b.3));
        }
    }
    let mut table: Vec<[f64; 2]> = Vec::new();
    for pool in pools {
        let knot = [f64::midpoint(pool.2, pool.3), ratio(pool, (live, attack))];
        if table.last().is_none_or(|last| knot[0] > last[0]) {
            table.push(knot);
        }
    }
    table
}

/// The natural logarithm of the share of persons over the share of attacks in a pool.
fn ratio(pool: (f64, f64, f64, f64), (live, attack): (f64, f64)) -> f64 {
    let share = |count: f64, all: f64| (count + PSEUDO) / (all + 2.0 * PSEUDO);
    (share(pool.0, live) / share(pool.1, attack)).ln().clamp(-RATIO_MAX, RATIO_MAX)
}

/// Sets the bounds by the sums of the sessions themselves: what a person's sum hardly ever falls below, and what no attack reached that
/// had everything a level needs, as far as that costs hardly any person.
fn set_bounds(sessions: &[&Watched], calibration: &mut Calibration) {
    let sum = |s: &Watched| s.judge(Some(calibration), Level::Assist).ratio;
    let mut persons: Vec<f64> = sessions.iter().filter(|s| s.label == Label::BonaFide).filter_map(|s| sum(s)).collect();
    persons.sort_by(f64::total_cmp);
    let low = quantile(&persons, ATTACK_SHARE).unwrap_or(-1.0);
    calibration.attack_to = (low - MARGIN).min(-1.0);
    // With bounds next to zero, a session that has what the level needs is live.
    let open =
        Calibration { live_from: Bounds { assist: 1e-9, attended: 1e-9, unattended: 1e-9 }, ..calibration.clone() };
    let passing = |label: Label, level: Level| -> Vec<f64> {
        let judged = sessions.iter().filter(|s| s.label == label && s.asked).map(|s| s.judge(Some(&open), level));
        let mut sums: Vec<f64> = judged.filter(|j| j.outcome == Outcome::Live).filter_map(|j| j.ratio).collect();
        sums.sort_by(f64::total_cmp);
        sums
    };
    let mut bounds = LEAST;
    // Where a clerk sits in front of the person the check backs their eye, and the least bound suffices.
    for (bound, level) in bounds.iter_mut().zip(Level::ALL).skip(1) {
        let attack = passing(Label::Attack, level).last().map_or(*bound, |most| most + MARGIN);
        let cost = quantile(&passing(Label::BonaFide, level), COST_SHARE).unwrap_or(*bound);
        // An attack that looks like a person in all that could be seen is no reason to refuse persons: what is needed has to tell them apart.
        *bound = bound.max(attack).min(cost).max(LEAST_EVER);
    }
    let unattended = bounds[2];
    let attended = bounds[1].min(unattended);
    calibration.live_from = Bounds { assist: bounds[0].min(attended), attended, unattended };
}

/// Two calibrations, each fitted to half of the persons and used for the other half.
#[derive(Debug)]
pub struct HeldOut {
    halves: [Calibration; 2],
    /// Persons by name and the half that they are in.
    half: BTreeMap<String, usize>,
}

impl HeldOut {
    /// Divides the persons of `sessions` by `seed`, and fits to each half. Sessions without a person's name go by their own name.
    ///
    /// # Errors
    /// As [`fit`], for either half.
    pub fn fit(sessions: &[Watched], made: &Made, seed: u64) -> Result<Self> {
        let names: BTreeSet<&str> = sessions.iter().map(person).collect();
        let mut names: Vec<&str> = names.into_iter().collect();
        let half = names.len() / 2;
        SplitMix64::new(&[seed, 0x11fe]).choose(&mut names, half);
        let half: BTreeMap<String, usize> =
            names.iter().enumerate().map(|(at, name)| ((*name).to_owned(), usize::from(at >= half))).collect();
        let of = |which: usize| -> Vec<&Watched> {
            sessions.iter().filter(|s| half.get(person(s)) == Some(&which)).collect()
        };
        // The first half's sessions are judged by what was fitted to the second.
        Ok(Self { halves: [fit(&of(1), made)?, fit(&of(0), made)?], half })
    }

    /// How many persons are in each half.
    pub fn persons(&self) -> [usize; 2] {
        [0, 1].map(|which| self.half.values().filter(|h| **h == which).count())
    }
}

fn person(session: &Watched) -> &str {
    if session.person.is_empty() { &session.name } else { &session.person }
}

impl Judge for HeldOut {
    fn calibration(&self, session: &Watched) -> Option<&Calibration> {
        self.halves.get(*self.half.get(person(session))?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tally::tests::session;
    use super::*;
    use crate::attacks::chance::Chance;
    use crate::attacks::tally::tally;

    fn made() -> Made {
        Made { mesh: "0".repeat(64), created: "2026-11-22".to_owned(), command: "test".to_owned() }
    }

    /// Persons around 1, attacks around −1, some of them close.
    fn sessions(count: usize) -> Vec<Watched> {
        let mut chance = Chance::new(&[5]);
        let mut all = Vec::new();
        for i in 0..count {
            let person = format!("p{}", i % 20);
            all.push(session("", &person, 1.0 + 0.4 * f64::from(chance.normal())));
            all.push(session("flat-print", &person, -1.0 + 0.4 * f64::from(chance.normal())));
            all.push(session("frozen", &person, -0.8 + 0.4 * f64::from(chance.normal())));
        }
        all
    }

    #[test]
    fn a_fit_is_a_sound_calibration_that_tells_the_two_apart() {
        let all = sessions(60);
        let fitted = fit(&all.iter().collect::<Vec<_>>(), &made()).unwrap();
        let text = serde_json::to_string(&fitted).unwrap();
        Calibration::parse(&text, &"0".repeat(64)).unwrap();
        assert_eq!(fitted.cues.len(), 3);
        assert_eq!(fitted.data.iter().map(|d| (d.live, d.attack)).collect::<Vec<_>>(), [(60, 0), (0, 60), (0, 60)]);
        let judge: Option<&Calibration> = Some(&fitted);
        for at in tally(&all, &judge) {
            let passed = at.kinds.iter().filter(|k| k.label == Label::Attack).map(|k| k.live.hits).sum::<u64>();
            assert!(passed == 0 || at.level == Level::Assist, "{at:?}");
            let persons = at.kinds.last().unwrap();
            assert!(persons.live.value > 0.9 && persons.attack.hits <= 1, "{persons:?}");
        }
    }

    #[test]
    fn held_out_persons_are_never_judged_by_their_own_half() {
        let all = sessions(80);
        let held = HeldOut::fit(&all, &made(), 1).unwrap();
        assert_eq!(held.persons(), [10, 10]);
        for s in &all {
            let own = *held.half.get(&s.person).unwrap();
            let others: u64 =
                all.iter().filter(|o| held.half[&o.person] != own && o.label == Label::BonaFide).count() as u64;
            assert_eq!(held.calibration(s).unwrap().data[0].live, others);
        }
    }

    #[test]
    fn too_little_data_is_no_fit() {
        let all = sessions(5);
        assert_eq!(fit(&all.iter().collect::<Vec<_>>(), &made()).unwrap_err().code(), "too-little-data");
    }

    #[test]
    fn a_cue_that_says_nothing_about_attacks_is_worth_nothing() {
        let mut chance = Chance::new(&[6]);
        let mut all = Vec::new();
        for i in 0..100 {
            let name = format!("p{i}");
            all.push(session("", &name, f64::from(chance.normal())));
            all.push(session("flat-print", &name, f64::from(chance.normal())));
        }
        let fitted = fit(&all.iter().collect::<Vec<_>>(), &made()).unwrap();
        let worst = fitted.cues.iter().flat_map(|w| &w.table).map(|k| k[1].abs()).fold(0.0, f64::max);
        assert!(worst < 1.6, "{worst}");
    }
}
