//! The outcome of a run: every figure, ready to be written as JSON, read back, and made into a report.

use crate::code::Code;
use crate::collect::{Collected, Policy};
use crate::dataset::DataSet;
use crate::error::{Error, Result};
use crate::limits::OUTCOME_BYTES_MAX;
use crate::metrics::ageing::{AgeingBin, ageing};
use crate::metrics::cost::{StageCost, costs};
use crate::metrics::discard::{DiscardPoint, discard};
use crate::metrics::enrolment::{Enrolment, enrolment};
use crate::metrics::figures::{self, Figures};
use crate::metrics::folds::{FoldAccuracy, accuracy};
use crate::metrics::groups::{Group, groups};
use crate::metrics::portraits::Portraits;
use crate::metrics::{DetPoint, Sorted};
use crate::protocol::{Plan, Rules};
use crate::sample::{Sample, Score, llr_at};
use serde::{Deserialize, Serialize};
use std::io::Read;
use std::path::Path;

/// Revision of this structure; a report refuses others.
pub const SCHEMA: &str = "countenance.eval/1";
/// Bins of the histogram over similarity 0 to 100.
const BINS: usize = 50;

/// The outcome of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// [`SCHEMA`].
    pub schema: String,
    /// The day of the run as the caller gave it.
    pub created: String,
    /// The command that repeats the run.
    pub command: String,
    /// Identity of the pack.
    pub pack: String,
    /// The data set.
    pub data: DataSummary,
    /// The rules by which comparisons were chosen.
    pub rules: Rules,
    /// Failures to enrol.
    pub enrolment: Enrolment,
    /// Genuine comparisons that production would refuse.
    pub genuine_refused: u64,
    /// Impostor comparisons that production would refuse.
    pub impostor_refused: u64,
    /// The headline: refused comparisons are left out.
    pub headline: Figures,
    /// Refused comparisons count as non-matches.
    pub generalised: Figures,
    /// Quality refusals are ignored.
    pub quality_ignored: Figures,
    /// Accuracy over folds under each policy; empty without folds.
    pub folds: Vec<FoldAccuracy>,
    /// The trade-off curve.
    pub det: Vec<DetPoint>,
    /// Scores on the scale of similarity.
    pub similarity: Similarity,
    /// Error against discard by quality.
    pub discard: Vec<DiscardPoint>,
    /// Errors by years between probe and portrait; empty without ages.
    pub ageing: Vec<AgeingBin>,
    /// Differences between groups; empty without group columns.
    pub groups: Vec<Group>,
    /// One portrait against several; absent with one.
    pub portraits: Option<Portraits>,
    /// Cost of each stage.
    pub costs: Vec<StageCost>,
    /// Pictures whose sample came from the cache (their costs are those of the run that made it).
    pub from_cache: u64,
}

/// The data set of a run, without the path of any machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSummary {
    /// Name of the folder.
    pub name: String,
    /// Name of the index.
    pub index: String,
    /// SHA-256 of the index.
    pub index_sha256: String,
    /// Pictures used.
    pub pictures: u64,
    /// Persons in them.
    pub persons: u64,
    /// Rows left out as near duplicates.
    pub near_duplicates: u64,
    /// Columns that are no groups: just one label, or too many.
    pub ignored_columns: Vec<String>,
}

/// Scores on the scale of similarity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Similarity {
    /// Genuine comparisons in equal bins from 0 to 100.
    pub genuine: Vec<u64>,
    /// Impostor comparisons in the same bins.
    pub impostor: Vec<u64>,
    /// The similarity of the genuine comparison in the middle.
    pub genuine_median: f64,
    /// The similarity of the impostor comparison in the middle.
    pub impostor_median: f64,
    /// The similarity that 95 % of the impostor comparisons do not exceed.
    pub impostor_p95: f64,
}

/// What a run has when all is scored.
pub(crate) struct Made<'a> {
    pub plan: &'a Plan<'a>,
    pub samples: &'a [Option<Sample>],
    pub from_cache: usize,
    pub collected: &'a Collected<'a>,
    pub portraits: Option<Portraits>,
    pub seed: u64,
}

impl Made<'_> {
    /// The summary; pack, command and date are filled in by the caller.
    pub(crate) fn summary<S: Score>(self, score: &S) -> Result<Summary> {
        let collected = self.collected;
        self.check()?;
        let [headline, generalised, quality_ignored] = [Policy::Excluded, Policy::NonMatch, Policy::Ignored]
            .map(|policy| figures::figures(collected, policy, self.seed));
        let whole = (headline.fmr_at_90, headline.fnmr_at_90);
        let threshold = figures::threshold(collected, 1e-4);
        let folds = [Policy::Excluded, Policy::NonMatch, Policy::Ignored];
        Ok(Summary {
            schema: SCHEMA.to_owned(),
            created: String::new(),
            command: String::new(),
            pack: String::new(),
            data: data_summary(self.plan),
            rules: self.plan.rules(),
            enrolment: enrolment(self.samples),
            genuine_refused: collected.genuine.iter().filter(|scored| scored.refused).count() as u64,
            impostor_refused: generalised.impostor - headline.impostor,
            folds: folds.into_iter().filter_map(|policy| accuracy(collected, policy)).collect(),
            det: figures::det(collected),
            similarity: figures::with_scores(collected, Policy::Excluded, |scores| similarity(&scores, score)),
            discard: discard(collected),
            ageing: ageing(collected, threshold, self.seed),
            groups: groups(collected, self.samples, whole, self.seed),
            portraits: self.portraits,
            costs: costs(self.samples),
            from_cache: self.from_cache as u64,
            headline,
            generalised,
            quality_ignored,
        })
    }

    /// No rate can be given without comparisons of both kinds.
    fn check(&self) -> Result<()> {
        let collected = self.collected;
        let impostor_all: u64 = collected.impostor_clusters(Policy::NonMatch).map(|count| count.trials).sum();
        if collected.genuine.is_empty() {
            return Err(Error::new(Code::NoGenuineComparisons, "no two pictures of one person are compared"));
        }
        if impostor_all == 0 {
            return Err(Error::new(Code::NoImpostorComparisons, "no pictures of two persons are compared"));
        }
        let accepted = collected.genuine.iter().filter(|scored| !scored.refused).count();
        if accepted == 0 || collected.impostor.is_empty() {
            let why = format!(
                "{accepted} of {} genuine and {} of {impostor_all} impostor comparisons were not refused",
                collected.genuine.len(),
                collected.impostor.len()
            );
            return Err(Error::new(Code::NothingScored, why));
        }
        Ok(())
    }
}

fn data_summary(plan: &Plan<'_>) -> DataSummary {
    let data: &DataSet = plan.data();
    let persons: std::collections::BTreeSet<u32> =
        plan.eligible().iter().map(|at| data.pictures[*at as usize].person).collect();
    DataSummary {
        name: data.name.clone(),
        index: data.index.clone(),
        index_sha256: data.index_sha256.clone(),
        pictures: plan.eligible().len() as u64,
        persons: persons.len() as u64,
        near_duplicates: data.near_duplicates as u64,
        ignored_columns: data.ignored_columns.clone(),
    }
}

fn similarity<S: Score>(scores: &Sorted<'_>, score: &S) -> Similarity {
    let edges: Vec<f32> = (1..BINS).map(|bin| llr_at(score, 100.0 * bin as f64 / BINS as f64)).collect();
    let bins = |sorted: &[f32]| {
        let mut from = 0;
        let mut counts: Vec<u64> = Vec::with_capacity(BINS);
        for place in edges.iter().map(|edge| sorted.partition_point(|llr| llr < edge)).chain([sorted.len()]) {
            counts.push(place.saturating_sub(from) as u64);
            from = place.max(from);
        }
        counts
    };
    let at = |sorted: &[f32], share: f64| {
        let place = (share * sorted.len().saturating_sub(1) as f64).round() as usize;
        sorted.get(place).map_or(0.0, |llr| score.similarity(f64::from(*llr)))
    };
    Similarity {
        genuine: bins(scores.genuine),
        impostor: bins(scores.impostor),
        genuine_median: at(scores.genuine, 0.5),
        impostor_median: at(scores.impostor, 0.5),
        impostor_p95: at(scores.impostor, 0.95),
    }
}

impl Summary {
    /// Reads the outcome of an earlier run.
    ///
    /// # Errors
    /// `outcome-invalid` for anything else.
    pub fn read(path: &Path) -> Result<Self> {
        let refuse = |why: String| Error::new(Code::OutcomeInvalid, format!("{}: {why}", path.display()));
        let mut bytes = Vec::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(OUTCOME_BYTES_MAX + 1).read_to_end(&mut bytes))
            .map_err(|error| refuse(format!("cannot be read: {error}")))?;
        if bytes.len() as u64 > OUTCOME_BYTES_MAX {
            return Err(refuse("is larger than 64 MiB".to_owned()));
        }
        let summary: Self = serde_json::from_slice(&bytes).map_err(|error| refuse(error.to_string()))?;
        if summary.schema != SCHEMA {
            return Err(refuse(format!("has schema {}, not {SCHEMA}", summary.schema)));
        }
        Ok(summary)
    }

    /// The outcome as JSON.
    ///
    /// # Errors
    /// `write-failed`, which no summary leads to.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string_pretty(self).map_err(|error| Error::new(Code::WriteFailed, error.to_string()))
    }
}
