//! What a run is asked to do.

use crate::protocol::Rules;
use std::path::PathBuf;

/// What both protocols share.
#[derive(Clone, Debug)]
pub struct Common {
    /// Folder of the pictures.
    pub root: PathBuf,
    /// The index: a path inside `root`, or a path of its own.
    pub index: PathBuf,
    /// Where to keep samples between runs; biometric data.
    pub cache: Option<PathBuf>,
    /// Where to write the scores file.
    pub scores: Option<PathBuf>,
    /// Seed of the choice of portraits and of the bootstrap.
    pub seed: u64,
    /// The day of the run as text for the report; the lab has no clock of its own.
    pub created: String,
}

/// `eval pairs`.
#[derive(Clone, Debug)]
pub struct PairsOptions {
    /// What both protocols share.
    pub common: Common,
    /// Compare every picture of the index with every other instead of the pairs that it names.
    pub all_pairs: bool,
}

impl PairsOptions {
    /// The rules that these options make.
    pub fn rules(&self) -> Rules {
        if self.all_pairs { Rules::AllPairs { min_age_years: 0.0, min_gap_years: 0.0 } } else { Rules::Pairs }
    }

    /// The command that repeats the run, with the data folder's own name only.
    pub fn command(&self, data: &str, index: &str) -> String {
        let all = if self.all_pairs { " --all-pairs" } else { "" };
        format!("countenance eval pairs --root {data} --index {index}{all} --seed {}", self.common.seed)
    }
}

/// `eval identities`.
#[derive(Clone, Debug)]
pub struct IdentitiesOptions {
    /// What both protocols share.
    pub common: Common,
    /// Most portraits of a person, 1 to 16.
    pub portraits: usize,
    /// Youngest age in years.
    pub min_age_years: f64,
    /// Fewest years between the probe and the portraits of its own person.
    pub min_gap_years: f64,
    /// Compare every picture with every other once instead; `portraits` must be 1.
    pub all_pairs: bool,
}

impl IdentitiesOptions {
    /// The rules that these options make.
    pub fn rules(&self) -> Rules {
        let &Self { portraits, min_age_years, min_gap_years, all_pairs, .. } = self;
        if all_pairs {
            Rules::AllPairs { min_age_years, min_gap_years }
        } else {
            Rules::Identities { portraits, min_age_years, min_gap_years, seed: self.common.seed }
        }
    }

    /// The command that repeats the run, with the data folder's own name only.
    pub fn command(&self, data: &str, index: &str) -> String {
        let mut parts = vec![format!("countenance eval identities --root {data} --index {index}")];
        parts.push(if self.all_pairs { "--all-pairs".to_owned() } else { format!("--portraits {}", self.portraits) });
        let years = [("--min-age", self.min_age_years), ("--min-gap", self.min_gap_years)];
        parts.extend(years.iter().filter(|(_, years)| *years > 0.0).map(|(option, years)| format!("{option} {years}")));
        parts.push(format!("--seed {}", self.common.seed));
        parts.join(" ")
    }
}
