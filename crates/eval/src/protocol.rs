//! Which pictures are compared with which: a plan that yields its comparisons probe by probe, so that millions never lie in memory.

use crate::code::Code;
use crate::dataset::DataSet;
use crate::error::{Error, Result};
use crate::limits::{AGE_YEARS_MAX, COMPARISONS_MAX};
use crate::random::SplitMix64;
use serde::{Deserialize, Serialize};

/// The rules by which comparisons are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Rules {
    /// The pairs that the index names.
    Pairs,
    /// Every picture with every other once.
    AllPairs {
        /// Youngest age in years; pictures of younger persons are left out.
        min_age_years: f64,
        /// Fewest years between two pictures of one person.
        min_gap_years: f64,
    },
    /// Every picture as probe against up to `portraits` other pictures of every person.
    Identities {
        /// Most portraits of a person.
        portraits: usize,
        /// Youngest age in years; pictures of younger persons are left out.
        min_age_years: f64,
        /// Fewest years between the probe and the portraits of its own person.
        min_gap_years: f64,
        /// Seed of the choice of portraits.
        seed: u64,
    },
}

impl Rules {
    fn min_age(&self) -> f64 {
        match *self {
            Self::Pairs => 0.0,
            Self::AllPairs { min_age_years, .. } | Self::Identities { min_age_years, .. } => min_age_years,
        }
    }

    fn min_gap(&self) -> f64 {
        match *self {
            Self::Pairs => 0.0,
            Self::AllPairs { min_gap_years, .. } | Self::Identities { min_gap_years, .. } => min_gap_years,
        }
    }

    fn check(&self, data: &DataSet) -> Result<()> {
        for (option, years) in [("--min-age", self.min_age()), ("--min-gap", self.min_gap())] {
            if !(0.0..=AGE_YEARS_MAX).contains(&years) {
                let why = format!("{option} is {years}, not from 0 to {AGE_YEARS_MAX} years");
                return Err(Error::new(Code::OptionOutOfRange, why));
            }
            if years > 0.0 && !data.has_ages() {
                return Err(Error::new(Code::AgesMissing, format!("{option} needs the ages of the persons")));
            }
        }
        let most = face::limits::PORTRAITS_MAX;
        match self {
            Self::Identities { portraits, .. } if !(1..=most).contains(portraits) => {
                let why = format!("--portraits is {portraits}, not from 1 to {most}");
                Err(Error::new(Code::OptionOutOfRange, why))
            }
            _ => Ok(()),
        }
    }
}

/// One comparison of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trial<'a> {
    /// The live picture: an index into [`DataSet::pictures`].
    pub probe: u32,
    /// The portraits of one person, never empty, never the probe.
    pub references: &'a [u32],
    /// Whether they show one person.
    pub same: bool,
    /// Fold of the protocol; 0 without folds.
    pub fold: u32,
}

/// The comparisons that rules make of a data set.
#[derive(Debug)]
pub struct Plan<'a> {
    data: &'a DataSet,
    rules: Rules,
    eligible: Vec<u32>,
    /// Eligible pictures of each person.
    by_person: Vec<Vec<u32>>,
    comparisons: u64,
}

impl<'a> Plan<'a> {
    /// Checks the rules against the data.
    ///
    /// # Errors
    /// `option-out-of-range`, `ages-missing`, `index-empty` when no picture is old enough, `too-many-comparisons`.
    pub fn new(data: &'a DataSet, rules: Rules) -> Result<Self> {
        rules.check(data)?;
        let old_enough = |at: &u32| {
            rules.min_age() <= 0.0 || data.pictures[*at as usize].age_years.is_some_and(|age| age >= rules.min_age())
        };
        let eligible: Vec<u32> = (0..data.pictures.len() as u32).filter(old_enough).collect();
        if eligible.is_empty() {
            return Err(Error::new(Code::IndexEmpty, format!("no person is {} years old", rules.min_age())));
        }
        let mut by_person = vec![Vec::new(); data.persons.len()];
        for &at in &eligible {
            by_person[data.pictures[at as usize].person as usize].push(at);
        }
        let count = eligible.len() as u64;
        let comparisons = match rules {
            Rules::Pairs => data.pairs.len() as u64,
            Rules::AllPairs { .. } => count * (count - 1) / 2,
            Rules::Identities { .. } => count * by_person.iter().filter(|own| !own.is_empty()).count() as u64,
        };
        if comparisons > COMPARISONS_MAX {
            let why = format!("{comparisons} comparisons, at most {COMPARISONS_MAX} are allowed");
            return Err(Error::new(Code::TooManyComparisons, why));
        }
        Ok(Self { data, rules, eligible, by_person, comparisons })
    }

    /// The data set.
    pub fn data(&self) -> &'a DataSet {
        self.data
    }

    /// The rules.
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// The pictures that the plan may use.
    pub fn eligible(&self) -> &[u32] {
        &self.eligible
    }

    /// An upper bound on the number of comparisons.
    pub fn comparisons_max(&self) -> u64 {
        self.comparisons
    }

    /// How many units of work there are: pairs of the index, or probes.
    pub fn units(&self) -> usize {
        match self.rules {
            Rules::Pairs => self.data.pairs.len(),
            _ => self.eligible.len(),
        }
    }

    /// Calls `visit` for each comparison of unit `unit`, always in the same order.
    ///
    /// # Errors
    /// The first error of `visit`.
    pub fn each(&self, unit: usize, mut visit: impl FnMut(Trial<'_>) -> Result<()>) -> Result<()> {
        match self.rules {
            Rules::Pairs => {
                let pair = self.data.pairs[unit];
                visit(Trial { probe: pair.first, references: &[pair.second], same: pair.same, fold: pair.fold })
            }
            Rules::AllPairs { .. } => self.each_other(unit, visit),
            Rules::Identities { portraits, seed, .. } => {
                let probe = self.eligible[unit];
                let mut references = Vec::new();
                for person in 0..self.by_person.len() {
                    self.choose(probe, person, (portraits, seed), &mut references);
                    if !references.is_empty() {
                        let same = self.person(probe) == person;
                        visit(Trial { probe, references: &references, same, fold: 0 })?;
                    }
                }
                Ok(())
            }
        }
    }

    /// Each unordered pair once. The probe is the earlier picture when the two positions add up to an even number and the later one
    /// otherwise, so that every picture is probe about equally often.
    fn each_other(&self, unit: usize, mut visit: impl FnMut(Trial<'_>) -> Result<()>) -> Result<()> {
        let probe = self.eligible[unit];
        for (at, &other) in self.eligible.iter().enumerate() {
            let even = (at + unit).is_multiple_of(2);
            if at == unit || (at > unit) != even {
                continue;
            }
            let same = self.person(probe) == self.person(other);
            if !same || self.far_enough(probe, other) {
                visit(Trial { probe, references: &[other], same, fold: 0 })?;
            }
        }
        Ok(())
    }

    /// Puts the portraits of `person` that `probe` is compared with into `chosen`. The choice depends on the seed, the probe and the
    /// person only, so it is the same for every pack.
    fn choose(&self, probe: u32, person: usize, (portraits, seed): (usize, u64), chosen: &mut Vec<u32>) {
        chosen.clear();
        let own = self.person(probe) == person;
        let allowed = |&at: &u32| !own || (at != probe && self.far_enough(probe, at));
        chosen.extend(self.by_person[person].iter().copied().filter(allowed));
        if chosen.len() > portraits {
            SplitMix64::new(&[seed, u64::from(probe), person as u64]).choose(chosen, portraits);
            chosen.truncate(portraits);
        }
    }

    fn person(&self, at: u32) -> usize {
        self.data.pictures[at as usize].person as usize
    }

    fn far_enough(&self, a: u32, b: u32) -> bool {
        let least = self.rules.min_gap();
        least <= 0.0 || self.data.gap_years(a, b).is_some_and(|gap| gap >= least)
    }
}
