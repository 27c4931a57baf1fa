//! Keeps of each scored comparison only what the figures need: all genuine ones, the impostor scores, and counts by person and group.

use crate::bootstrap::{Cluster, Stranger};
use crate::compare::Scored;
use crate::dataset::{DataSet, NO_LABEL};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::collections::HashMap;

/// At least this many of the highest impostor scores keep their persons (for intervals), or a fiftieth of all.
const TAIL_MIN: usize = 200_000;

/// What becomes of refused comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// They are left out: the headline (FMR and FNMR of ISO/IEC 19795-1; failures to enrol and acquire are reported beside it).
    Excluded,
    /// They count as non-matches (generalised rates, GFAR and GFRR).
    NonMatch,
    /// Quality refusals are ignored: every comparison that has templates on both sides is scored; the rest are non-matches.
    Ignored,
}

/// Impostor comparisons of one person as probe.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImpostorCount {
    /// Not refused.
    pub accepted: Cluster,
    /// Refused, but scored.
    pub refused: Cluster,
    /// Refused and without a score.
    pub unscored: u64,
}

/// A comparison of a protocol with folds.
#[derive(Clone, Copy, Debug)]
pub struct FoldScore {
    /// Fold, from 1.
    pub fold: u32,
    /// Whether both show one person.
    pub same: bool,
    /// Score, if any.
    pub llr: Option<f32>,
    /// Whether production would refuse.
    pub refused: bool,
}

/// Within-group counts of one column: by label and person of the probe.
pub type GroupCounts = HashMap<(u16, u32), Cluster>;

/// The comparisons of a run, gathered.
#[derive(Debug)]
pub struct Collected<'a> {
    data: &'a DataSet,
    /// Score from which the similarity is at least 90.
    pub working: f32,
    /// All genuine comparisons.
    pub genuine: Vec<Scored>,
    /// Scores of impostor comparisons that were not refused, from low to high after [`Collected::close`].
    pub impostor: Vec<f32>,
    /// Scores of refused impostor comparisons that have one, from low to high after [`Collected::close`].
    pub impostor_refused: Vec<f32>,
    /// Impostor counts by person of the probe.
    pub impostor_by_person: Vec<ImpostorCount>,
    /// Accepted impostor comparisons by person of the portrait.
    pub impostor_by_reference: Vec<u64>,
    /// The highest accepted impostor scores, from high to low after [`Collected::close`].
    pub tail: Vec<Stranger>,
    tail_max: usize,
    /// Impostor comparisons within one group that were not refused, a table a column.
    pub within: Vec<GroupCounts>,
    /// Comparisons with a fold.
    pub folds: Vec<FoldScore>,
    /// Impostor comparisons by number of portraits that took part.
    pub impostor_by_portraits: BTreeMap<u8, Cluster>,
}

impl<'a> Collected<'a> {
    /// Ready to take the comparisons of `data`, at most `comparisons`; `working` is the score of similarity 90.
    pub fn new(data: &'a DataSet, comparisons: u64, working: f32) -> Self {
        Self {
            data,
            working,
            genuine: Vec::new(),
            impostor: Vec::new(),
            impostor_refused: Vec::new(),
            impostor_by_person: vec![ImpostorCount::default(); data.persons.len()],
            impostor_by_reference: vec![0; data.persons.len()],
            tail: Vec::new(),
            tail_max: TAIL_MIN.max((comparisons / 50) as usize),
            within: data.columns.iter().map(|_| HashMap::new()).collect(),
            folds: Vec::new(),
            impostor_by_portraits: BTreeMap::new(),
        }
    }

    /// Takes one comparison.
    pub fn take(&mut self, scored: &Scored) {
        let &Scored { fold, same, llr, refused, .. } = scored;
        if fold > 0 {
            self.folds.push(FoldScore { fold, same, llr, refused });
        }
        if same {
            self.genuine.push(*scored);
        } else {
            self.take_impostor(scored);
        }
    }

    fn take_impostor(&mut self, scored: &Scored) {
        let (probe, reference) = (self.person(scored.probe), self.person(scored.reference));
        let count = &mut self.impostor_by_person[probe as usize];
        let Some(llr) = scored.llr else {
            count.unscored += 1;
            return;
        };
        let hit = u64::from(llr >= self.working);
        if scored.refused {
            add(&mut count.refused, hit);
            self.impostor_refused.push(llr);
            return;
        }
        add(&mut count.accepted, hit);
        self.impostor_by_reference[reference as usize] += 1;
        self.impostor.push(llr);
        self.tail.push(Stranger { llr, probe, reference });
        if self.tail.len() >= 2 * self.tail_max {
            self.trim();
        }
        add(self.impostor_by_portraits.entry(scored.portraits).or_default(), hit);
        let labels = |at: u32| &self.data.pictures[at as usize].labels;
        for (column, counts) in self.within.iter_mut().enumerate() {
            let label = labels(scored.probe)[column];
            if label != NO_LABEL && label == labels(scored.reference)[column] {
                add(counts.entry((label, probe)).or_default(), hit);
            }
        }
    }

    /// Sorts; to be called once after the last comparison.
    pub fn close(&mut self) {
        self.impostor.par_sort_unstable_by(f32::total_cmp);
        self.impostor_refused.par_sort_unstable_by(f32::total_cmp);
        self.trim();
        self.tail.par_sort_unstable_by(|a, b| b.llr.total_cmp(&a.llr));
    }

    /// Whether [`Collected::tail`] holds every accepted impostor comparison.
    pub fn tail_is_whole(&self) -> bool {
        self.tail.len() == self.impostor.len()
    }

    /// The data set.
    pub fn data(&self) -> &'a DataSet {
        self.data
    }

    /// The person in picture `at`.
    pub fn person(&self, at: u32) -> u32 {
        self.data.pictures[at as usize].person
    }

    /// Impostor counts by person of the probe under `policy`.
    pub fn impostor_clusters(&self, policy: Policy) -> impl Iterator<Item = Cluster> + '_ {
        self.impostor_by_person.iter().map(move |count| match policy {
            Policy::Excluded => count.accepted,
            Policy::NonMatch => Cluster {
                hits: count.accepted.hits,
                trials: count.accepted.trials + count.refused.trials + count.unscored,
            },
            Policy::Ignored => Cluster {
                hits: count.accepted.hits + count.refused.hits,
                trials: count.accepted.trials + count.refused.trials + count.unscored,
            },
        })
    }

    /// Whether a genuine comparison is accepted at score `threshold` under `policy`; `None` when the policy leaves it out.
    pub fn accepts(policy: Policy, scored: &Scored, threshold: f32) -> Option<bool> {
        let reaches = scored.llr.is_some_and(|llr| llr >= threshold);
        match policy {
            Policy::Excluded => (!scored.refused).then_some(reaches),
            Policy::NonMatch => Some(reaches && !scored.refused),
            Policy::Ignored => Some(reaches),
        }
    }

    /// Non-matches of genuine comparisons by person under `policy` at score `threshold`, of those that `choose` takes.
    pub fn genuine_clusters(&self, policy: Policy, threshold: f32, choose: impl Fn(&Scored) -> bool) -> Vec<Cluster> {
        let mut clusters: BTreeMap<u32, Cluster> = BTreeMap::new();
        for scored in self.genuine.iter().filter(|scored| choose(scored)) {
            if let Some(accepted) = Self::accepts(policy, scored, threshold) {
                add(clusters.entry(self.person(scored.probe)).or_default(), u64::from(!accepted));
            }
        }
        clusters.into_values().collect()
    }

    fn trim(&mut self) {
        if self.tail.len() > self.tail_max {
            self.tail.select_nth_unstable_by(self.tail_max, |a, b| b.llr.total_cmp(&a.llr));
            self.tail.truncate(self.tail_max);
        }
    }
}

fn add(cluster: &mut Cluster, hit: u64) {
    cluster.hits += hit;
    cluster.trials += 1;
}
