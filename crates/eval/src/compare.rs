//! Scores the comparisons of a plan: in parallel over probes, handed on in order, never all in memory.

use crate::code::Code;
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::protocol::{Plan, Trial};
use crate::sample::{Sample, Score};
use crate::scores::{self, ScoresFile};
use rayon::prelude::*;

/// About how many comparisons are scored between two hand-overs.
const CHUNK: u64 = 1 << 17;

/// One scored comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// The live picture.
    pub probe: u32,
    /// The first portrait.
    pub reference: u32,
    /// Whether both show one person.
    pub same: bool,
    /// Fold of the protocol; 0 without folds.
    pub fold: u32,
    /// How many portraits took part.
    pub portraits: u8,
    /// Natural log-likelihood ratio; `None` when there was no template on one side.
    pub llr: Option<f32>,
    /// Whether production would have refused the comparison.
    pub refused: bool,
    /// The lower quality of the two sides (of the best portrait, when there are several); 0 when unknown.
    pub quality: u8,
    /// Years between the probe and the nearest portrait.
    pub gap_years: Option<f32>,
}

/// Everything that scoring a plan needs.
pub struct Field<'a, S: Score> {
    plan: &'a Plan<'a>,
    samples: &'a [Option<Sample>],
    prepared: Vec<Option<S::Prepared>>,
    score: &'a S,
    /// Whether only the first portrait of each set takes part.
    first_only: bool,
}

/// The comparisons of a few units and their lines of the scores file.
struct Block {
    scored: Vec<Scored>,
    lines: Vec<u8>,
}

impl<'a, S: Score> Field<'a, S> {
    /// Makes the templates of `samples` (one a picture of the plan's data set) ready.
    ///
    /// # Errors
    /// When a template belongs to another pack.
    pub fn new(plan: &'a Plan<'a>, samples: &'a [Option<Sample>], score: &'a S) -> Result<Self> {
        let prepare = |sample: &Option<Sample>| {
            let template = sample.as_ref().and_then(|sample| sample.template.as_ref());
            template.map(|template| score.prepare(template)).transpose()
        };
        let prepared = samples.par_iter().map(prepare).collect::<Result<_>>()?;
        Ok(Self { plan, samples, prepared, score, first_only: false })
    }

    /// The same comparisons with only the first portrait of each set, to show what the others add.
    #[must_use]
    pub fn first_only(mut self) -> Self {
        self.first_only = true;
        self
    }

    /// Scores all comparisons and hands each to `take`, in the order of the plan; `lines` gets the scores file line by line.
    ///
    /// # Errors
    /// `score-not-finite`, and the errors of `lines`.
    pub fn run(
        &self,
        progress: &dyn Progress,
        mut lines: Option<&mut ScoresFile>,
        mut take: impl FnMut(&Scored),
    ) -> Result<()> {
        let units = self.plan.units();
        let each = (self.plan.comparisons_max() / units.max(1) as u64).max(1);
        let step = (CHUNK / each).clamp(1, CHUNK) as usize;
        progress.start("comparing", units as u64);
        let names = lines.is_some().then(|| scores::Names::new(self.plan.data()));
        for from in (0..units).step_by(step) {
            let to = (from + step).min(units);
            let blocks: Result<Vec<Block>> = (from..to)
                .into_par_iter()
                .with_min_len(if each < 64 { 256 } else { 1 })
                .map(|unit| {
                    let block = self.unit(unit, names.as_ref());
                    progress.step();
                    block
                })
                .collect();
            for block in blocks? {
                if let Some(lines) = &mut lines {
                    lines.put(&block.lines)?;
                }
                block.scored.iter().for_each(&mut take);
            }
        }
        progress.finish();
        Ok(())
    }

    fn unit(&self, unit: usize, names: Option<&scores::Names<'_>>) -> Result<Block> {
        let mut block = Block { scored: Vec::new(), lines: Vec::new() };
        let mut used = Vec::new();
        self.plan.each(unit, |trial| {
            let (scored, refusal) = self.score(trial, &mut used)?;
            if let Some(names) = names {
                let similarity = scored.llr.map(|llr| self.score.similarity(f64::from(llr)));
                names.line(&mut block.lines, &scored, &used, (similarity, refusal));
            }
            block.scored.push(scored);
            Ok(())
        })?;
        Ok(block)
    }

    /// Scores one comparison; `used` gets the portraits that took part.
    ///
    /// Portraits that enrolment would refuse are left out of their set, as they would not be in the register. When none is left, or when the
    /// probe is refused, the comparison is refused; it is still scored if there are templates.
    fn score(&self, trial: Trial<'_>, used: &mut Vec<u32>) -> Result<(Scored, Option<&'a str>)> {
        let all = if self.first_only { &trial.references[..1] } else { trial.references };
        used.clear();
        used.extend(all.iter().copied().filter(|&at| self.refusal(at).is_none()));
        let mut refusal = self.refusal(trial.probe);
        if used.is_empty() {
            refusal = refusal.or_else(|| self.refusal(all[0]));
            used.extend(all.iter().copied().filter(|&at| self.prepared[at as usize].is_some()));
        }
        let llr = self.llr(trial, used)?;
        if used.is_empty() {
            used.extend_from_slice(all);
        }
        let gap = used.iter().filter_map(|&at| self.plan.data().gap_years(trial.probe, at)).reduce(f64::min);
        let best = used.iter().map(|&at| self.quality(at)).max().unwrap_or(0);
        let scored = Scored {
            probe: trial.probe,
            reference: used[0],
            same: trial.same,
            fold: trial.fold,
            portraits: used.len() as u8,
            llr,
            refused: refusal.is_some(),
            quality: best.min(self.quality(trial.probe)),
            gap_years: gap.map(|years| years as f32),
        };
        Ok((scored, refusal))
    }

    fn llr(&self, trial: Trial<'_>, used: &[u32]) -> Result<Option<f32>> {
        let Some(live) = &self.prepared[trial.probe as usize] else { return Ok(None) };
        let portraits: Vec<_> = used.iter().filter_map(|&at| self.prepared[at as usize].as_ref()).collect();
        if portraits.is_empty() {
            return Ok(None);
        }
        let llr = self.score.llr(&[live], &portraits) as f32;
        if llr.is_finite() {
            return Ok(Some(llr));
        }
        let name = |at: u32| &self.plan.data().pictures[at as usize].file;
        let why = format!("{:?} against {:?} gave {llr}", name(trial.probe), name(used[0]));
        Err(Error::new(Code::ScoreNotFinite, why))
    }

    fn refusal(&self, at: u32) -> Option<&'a str> {
        match &self.samples[at as usize] {
            Some(sample) => sample.refusal.as_deref(),
            None => Some("not-analysed"),
        }
    }

    fn quality(&self, at: u32) -> u8 {
        self.samples[at as usize].as_ref().and_then(|sample| sample.quality).unwrap_or(0)
    }
}
