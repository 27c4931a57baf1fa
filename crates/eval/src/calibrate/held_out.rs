//! What a calibration is worth on persons that it was not fitted to.

use super::material::Material;
use super::{Bench, Fit};
use crate::error::Result;
use crate::progress::Progress;
use crate::random::SplitMix64;
use crate::scores::ScoresFile;
use crate::stats::wilson;
use face::calibration::{Figure, Interval};
use std::fmt::Write as _;

/// Portraits of the second figure of each data set.
const PORTRAITS: usize = 3;

/// False matches, impostors, misses, genuine.
type Counts = [u64; 4];

/// Divides the persons of every set in two halves, fits to each and counts on the other; the figures are of both together. Every held-out
/// comparison with one portrait goes to `file`.
pub(super) fn measure(
    sets: &[Material],
    bench: &Bench<'_>,
    mut file: Option<&mut ScoresFile>,
    progress: &dyn Progress,
) -> Result<Vec<Figure>> {
    let half = |person: u32| SplitMix64::new(&[bench.seed, u64::from(person)]).next_u64() & 1 == 1;
    let mut counts: Vec<[Counts; 2]> = vec![[[0; 4]; 2]; sets.len()];
    for side in [false, true] {
        let fitted: Vec<Material> = sets.iter().map(|s| s.part(|p| half(p) == side)).collect();
        let fit = bench.fit(&fitted)?;
        for (set, counts) in sets.iter().zip(&mut counts) {
            let rest = set.part(|p| half(p) != side);
            let standard = singles(&rest, &fit, &mut counts[0]);
            several(&rest, &fit, bench.seed, &mut counts[1]);
            if let Some(file) = file.as_deref_mut() {
                file.put(lines(&rest, &fit, &standard).as_bytes())?;
            }
        }
        progress.step();
    }
    let mut figures = Vec::new();
    for (set, [single, several]) in sets.iter().zip(&counts) {
        figures.push(figure(format!("{}, one portrait", set.name), single));
        if several[1] >= 1000 && several[3] >= 20 {
            figures.push(figure(format!("{}, {PORTRAITS} portraits", set.name), several));
        }
    }
    Ok(figures)
}

/// Counts the comparisons with one portrait and gives their standardised scores.
fn singles(set: &Material, fit: &Fit, counts: &mut Counts) -> Vec<f64> {
    let scale = fit.calibration.sets[0];
    let sums = set.sums(&fit.calibration.experts);
    let standard: Vec<f64> = sums.into_iter().map(|sum| (f64::from(sum) - scale.mean) / scale.deviation).collect();
    for (at, score) in standard.iter().enumerate() {
        count(counts, set.same(at), *score >= fit.working);
    }
    standard
}

/// The lines of a scores file, each picture named with its data set.
fn lines(set: &Material, fit: &Fit, standard: &[f64]) -> String {
    let mut text = String::new();
    for (at, (&(a, b), score)) in set.pairs.iter().zip(standard).enumerate() {
        let name = |picture: u32| format!("\"{}/{}\"", set.name, set.files[picture as usize].replace('"', "\"\""));
        let [llr, ..] = fit.calibration.ratio.at(*score);
        let (same, similarity) = (u8::from(set.same(at)), fit.calibration.similarity(llr));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{},{},{same},{similarity:.3},{llr},", name(a), name(b));
    }
    text
}

fn several(set: &Material, fit: &Fit, seed: u64, counts: &mut Counts) {
    let Some(scale) = fit.calibration.sets.get(PORTRAITS - 1) else { return };
    for portraits in set.portrait_sets(PORTRAITS, 1, seed) {
        let standard = (portraits.score(set, &fit.calibration.experts) - scale.mean) / scale.deviation;
        count(counts, portraits.same, standard >= fit.working);
    }
}

fn count(counts: &mut Counts, same: bool, above: bool) {
    let (errors, total) = if same { (2, 3) } else { (0, 1) };
    counts[errors] += u64::from(above != same);
    counts[total] += 1;
}

fn figure(name: String, &[false_matches, impostor, misses, genuine]: &Counts) -> Figure {
    let rate = |errors: u64, total: u64| {
        let (low, high) = wilson(errors, total);
        Interval { value: errors as f64 / total.max(1) as f64, low, high }
    };
    Figure { name, genuine, impostor, fmr_at_90: rate(false_matches, impostor), fnmr_at_90: rate(misses, genuine) }
}
