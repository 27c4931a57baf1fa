//! Comparison: templates in, one log-likelihood ratio out.

use crate::calibration::Calibration;
use crate::code::Code;
use crate::error::{Error, Result};
use crate::template::{PackId, Template};

/// A template in the form in which two are compared by one product: the experts' vectors one after the other, each scaled by the root of
/// its weight, and what the template's own crowding takes off. Biometric data: never log it.
#[derive(Clone)]
pub struct Prepared {
    values: Vec<f32>,
    crowding: f32,
}

impl std::fmt::Debug for Prepared {
    /// The length only: a template never reaches a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Prepared({} numbers)", self.values.len())
    }
}

/// Compares templates of one pack as its calibration says.
#[derive(Clone, Debug)]
pub struct Comparer {
    calibration: Calibration,
    pack: PackId,
    /// What the sum of the weighted cosines of an average impostor is.
    offset: f64,
}

impl Comparer {
    /// A comparer with `calibration`.
    pub fn new(calibration: &Calibration) -> Self {
        let offset = calibration.experts.iter().map(|e| e.weight / e.deviation * e.mean).sum();
        Self { pack: calibration.pack.clone(), calibration: calibration.clone(), offset }
    }

    /// Makes a template ready.
    ///
    /// # Errors
    /// `template-pack-mismatch`; `template-corrupt` when it does not have the experts that the calibration knows.
    pub fn prepare(&self, template: &Template) -> Result<Prepared> {
        template.same_pack(&self.pack)?;
        if template.experts.len() != self.calibration.experts.len() {
            return Err(Error::new(
                Code::TemplateCorrupt,
                "the template has another number of experts than the calibration",
            ));
        }
        let (mut values, mut crowding) = (Vec::new(), 0.0);
        for (vector, scale) in template.experts.iter().zip(&self.calibration.experts) {
            if scale.cohort.first().is_some_and(|middle| middle.len() != vector.len()) {
                return Err(Error::new(Code::TemplateCorrupt, "an expert's vector has another length than its cohort"));
            }
            let gain = scale.weight / scale.deviation;
            values.extend(vector.iter().map(|v| v * gain.sqrt() as f32));
            crowding += gain * scale.crowding(vector) / 2.0;
        }
        Ok(Prepared { values, crowding: crowding as f32 })
    }

    /// The natural log-likelihood ratio of the hypothesis that the live frames and the portraits show one person.
    pub fn llr(&self, live: &[&Prepared], portraits: &[&Prepared]) -> f64 {
        let [value, ..] = self.calibration.ratio.at(self.standard(live, portraits));
        value
    }

    /// The score of a set of portraits in standard deviations of impostors. Each portrait's score is the mean over the live frames; the
    /// set's is half the mean over the portraits and half the best of them, because one recent or well-lit portrait says more than the
    /// others: on the development data that is 1 point of true accepts at FMR 1e-4 better than the mean alone, with three portraits.
    pub fn standard(&self, live: &[&Prepared], portraits: &[&Prepared]) -> f64 {
        let (mut sum, mut best) = (0.0, f64::NEG_INFINITY);
        for portrait in portraits {
            let scores: f64 = live.iter().map(|frame| self.sum(frame, portrait)).sum();
            let score = scores / live.len().max(1) as f64;
            sum += score;
            best = best.max(score);
        }
        let n = portraits.len().max(1);
        let scale = &self.calibration.sets[n.min(self.calibration.sets.len()) - 1];
        (f64::midpoint(sum / n as f64, best) - scale.mean) / scale.deviation
    }

    /// The summed score of one frame and one portrait.
    fn sum(&self, frame: &Prepared, portrait: &Prepared) -> f64 {
        f64::from(product(&frame.values, &portrait.values) - frame.crowding - portrait.crowding) - self.offset
    }
}

/// The scalar product, in sixteen strands so that the compiler can use wide registers.
pub fn product(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 16];
    let (a_chunks, a_rest) = a.as_chunks::<16>();
    let (b_chunks, b_rest) = b.as_chunks::<16>();
    for (x, y) in a_chunks.iter().zip(b_chunks) {
        for i in 0..16 {
            sums[i] += x[i] * y[i];
        }
    }
    sums.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum::<f32>()
}
