//! Differences between groups (ISO/IEC 19795-10) and the gate of NIST SP 800-63A-4 §3.11: at one threshold, no group's FMR or FNMR may be
//! more than 25 % worse than the whole's.

use crate::bootstrap::{Cluster, by_person};
use crate::collect::{Collected, Policy};
use crate::sample::Sample;
use crate::stats::Rate;
use serde::{Deserialize, Serialize};

/// How much worse than the whole a group may be.
pub const GATE_RATIO: f64 = 1.25;

/// The answer of the gate for one rate of one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gate {
    /// Even the upper end of the interval is within 25 % of the whole.
    Pass,
    /// Even the lower end of the interval is more than 25 % worse than the whole.
    Fail,
    /// The comparisons are too few to say.
    TooFew,
}

/// The rates of one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Column of the index.
    pub column: String,
    /// Label in that column.
    pub label: String,
    /// Persons with a picture in the group.
    pub persons: u64,
    /// Pictures of the group that production would refuse (failure to enrol).
    pub refused: Rate,
    /// Impostor comparisons within the group with a similarity of 90 or more.
    pub fmr_at_90: Rate,
    /// The group's FMR as a multiple of the whole's; absent when the whole has none.
    pub fmr_ratio: Option<f64>,
    /// The gate for the FMR.
    pub fmr_gate: Gate,
    /// Genuine comparisons of the group's probes with a similarity below 90.
    pub fnmr_at_90: Rate,
    /// The group's FNMR as a multiple of the whole's; absent when the whole has none.
    pub fnmr_ratio: Option<f64>,
    /// The gate for the FNMR.
    pub fnmr_gate: Gate,
}

/// The groups of every column, refused comparisons left out. `whole` holds FMR and FNMR of the whole at similarity 90.
pub fn groups(collected: &Collected<'_>, samples: &[Option<Sample>], whole: (Rate, Rate), seed: u64) -> Vec<Group> {
    let data = collected.data();
    let mut found = Vec::new();
    for (at, column) in data.columns.iter().enumerate() {
        for (label, name) in column.labels.iter().enumerate() {
            let label = label as u16;
            let within = |picture: u32| data.pictures[picture as usize].labels[at] == label;
            let members: Vec<u32> = (0..data.pictures.len() as u32).filter(|p| within(*p)).collect();
            let analysed: Vec<&Sample> = members.iter().filter_map(|p| samples[*p as usize].as_ref()).collect();
            if analysed.is_empty() {
                continue;
            }
            let refused = analysed.iter().filter(|sample| sample.refusal.is_some()).count() as u64;
            let persons: std::collections::BTreeSet<u32> = members.iter().map(|p| collected.person(*p)).collect();
            let mut impostor: Vec<_> = collected.within[at].iter().filter(|((l, _), _)| *l == label).collect();
            impostor.sort_unstable_by_key(|((_, person), _)| *person);
            let matched = pooled(impostor.into_iter().map(|(_, cluster)| *cluster).collect(), seed);
            let genuine = collected.genuine_clusters(Policy::Excluded, collected.working, |s| within(s.probe));
            let missed = pooled(genuine, seed);
            found.push(Group {
                column: column.name.clone(),
                label: name.clone(),
                persons: persons.len() as u64,
                refused: Rate::wilson(refused, analysed.len() as u64),
                fmr_at_90: matched,
                fmr_ratio: ratio(matched, whole.0),
                fmr_gate: gate(matched, whole.0),
                fnmr_at_90: missed,
                fnmr_ratio: ratio(missed, whole.1),
                fnmr_gate: gate(missed, whole.1),
            });
        }
    }
    found
}

fn pooled(clusters: Vec<Cluster>, seed: u64) -> Rate {
    let hits = clusters.iter().map(|cluster| cluster.hits).sum();
    let trials = clusters.iter().map(|cluster| cluster.trials).sum();
    Rate::wilson(hits, trials).widen(by_person(clusters.into_iter(), seed))
}

fn ratio(group: Rate, whole: Rate) -> Option<f64> {
    (whole.hits > 0 && group.trials > 0).then(|| group.value / whole.value)
}

/// The gate: decided by the group's interval, so that a small group neither passes nor fails by chance.
pub fn gate(group: Rate, whole: Rate) -> Gate {
    if whole.hits == 0 || group.trials == 0 {
        Gate::TooFew
    } else if group.low > GATE_RATIO * whole.value {
        Gate::Fail
    } else if group.high <= GATE_RATIO * whole.value {
        Gate::Pass
    } else {
        Gate::TooFew
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gate_decides_only_what_the_counts_carry() {
        let whole = Rate::wilson(600, 100_000);
        assert_eq!(gate(Rate::wilson(600, 100_000), whole), Gate::Pass);
        assert_eq!(gate(Rate::wilson(1000, 100_000), whole), Gate::Fail);
        assert_eq!(gate(Rate::wilson(1, 100), whole), Gate::TooFew);
        assert_eq!(gate(Rate::wilson(0, 0), whole), Gate::TooFew);
        assert_eq!(gate(Rate::wilson(0, 100_000), Rate::wilson(0, 100_000)), Gate::TooFew);
    }

    #[test]
    fn ratios_need_a_whole() {
        let found = ratio(Rate::wilson(2, 100), Rate::wilson(1, 100)).unwrap();
        assert!((found - 2.0).abs() < 1e-12);
        assert_eq!(ratio(Rate::wilson(2, 100), Rate::wilson(0, 100)), None);
    }
}
