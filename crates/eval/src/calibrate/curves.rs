//! The curves of a calibration over the standardised score: false matches, misses, and the ratio of likelihoods.

use super::material::Material;
use crate::random::SplitMix64;
use face::calibration::{AgeCurve, Curve, Knot, WORKING_FMR};
use face::normal::{upper_quantile, upper_tail};

/// The grid of scores, in standard deviations of impostors.
const GRID_MIN: f64 = -4.0;
const GRID_STEP: f64 = 0.25;
const GRID_COUNT: usize = 81;
/// A rate is read off the data while at least so many comparisons lie above.
const COUNT_MIN: f64 = 10.0;
/// Least weight of a set in the mean: small populations keep a say.
const SAY_MIN: f64 = 0.2;
/// Beyond the data, the normal deviate goes on with the mean of so many last rises.
const STRAIGHT: usize = 8;
/// Rounds of the bootstrap by person.
const ROUNDS: usize = 60;
/// Deviation of the kernel that smooths the genuine scores, in the grid's unit.
const KERNEL: f64 = 0.5;
/// Least rise of a curve from knot to knot, so that every curve can be turned round.
const RISE_MIN: f64 = 1e-3;
/// Ages of portraits in years at which a new curve of misses begins.
const AGES: [f64; 4] = [0.0, 5.0, 10.0, 20.0];
/// Genuine comparisons that an age needs.
const AGE_COUNT_MIN: usize = 100;
/// 95 % of a normal distribution lie within so many deviations.
const TWO_SIDED_95: f64 = 1.96;

/// The curves at the grid's points.
pub(super) struct Curves {
    /// Normal deviate of the false-match rate and its standard error.
    fmr: Vec<(f64, f64)>,
    /// Normal deviate of the false-non-match rate and its standard error.
    fnmr: Vec<(f64, f64)>,
    ratio: Vec<f64>,
    /// The score at which the false-match rate is 1:10,000.
    pub(super) working: f64,
}

fn grid() -> impl Iterator<Item = f64> {
    (0..GRID_COUNT).map(|i| GRID_MIN + GRID_STEP * i as f64)
}

fn cell(score: f32) -> usize {
    ((f64::from(score) - GRID_MIN) / GRID_STEP).floor().clamp(-1.0, GRID_COUNT as f64 - 1.0) as isize as usize
}

impl Curves {
    pub(super) fn fit(sets: &[Material], scores: &[Vec<f32>], seed: u64) -> Self {
        let each: Vec<_> = sets.iter().zip(scores).map(|(set, s)| impostor_deviates(set, s, None)).collect();
        let mut fmr = combined(each);
        let mut random = SplitMix64::new(&[seed, 1]);
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let drawn: Vec<_> = sets
                .iter()
                .zip(scores)
                .map(|(set, s)| impostor_deviates(set, s, Some(&draw(set, &mut random))))
                .collect();
            rounds.push(combined(drawn).into_iter().map(|(deviate, _)| deviate).collect::<Vec<_>>());
        }
        for (i, (deviate, error)) in fmr.iter_mut().enumerate() {
            let sampling = rounds.iter().map(|r| (r[i] - *deviate).powi(2)).sum::<f64>() / ROUNDS as f64;
            *error = error.hypot(sampling.sqrt());
        }
        raise(&mut fmr);
        let fnmr = misses(sets, scores, |_| true);
        let ratio = ratio(sets, scores, &fmr);
        let working = crossing(&fmr, upper_quantile(WORKING_FMR));
        Self { fmr, fnmr, ratio, working }
    }

    /// The ratio over the score.
    pub(super) fn ratio(&self) -> Curve {
        Curve::new(grid().zip(&self.ratio).map(|(x, &r)| [x, r, r, r]).collect())
    }

    pub(super) fn fmr(&self) -> Curve {
        self.over_ratio(&self.fmr)
    }

    pub(super) fn fnmr(&self) -> Curve {
        self.over_ratio(&self.fnmr)
    }

    /// The curves of misses for portraits of one age, where the data sets state ages.
    pub(super) fn ageing(&self, sets: &[Material], scores: &[Vec<f32>]) -> Vec<AgeCurve> {
        let mut curves = Vec::new();
        for (i, &from) in AGES.iter().enumerate() {
            let to = AGES.get(i + 1).copied().unwrap_or(f64::INFINITY);
            let within = |gap: Option<f64>| gap.is_some_and(|gap| (from..to).contains(&gap));
            let genuine =
                sets.iter().map(|set| set.genuine().filter(|&at| within(set.gap_years(at))).count()).sum::<usize>();
            if genuine >= AGE_COUNT_MIN {
                let fnmr = self.over_ratio(&misses(sets, scores, within));
                curves.push(AgeCurve { years_min: from, genuine: genuine as u64, fnmr });
            }
        }
        curves
    }

    fn over_ratio(&self, deviates: &[(f64, f64)]) -> Curve {
        let knot = |(&x, &(value, error)): (&f64, &(f64, f64))| -> Knot {
            [x, value, value - TWO_SIDED_95 * error, value + TWO_SIDED_95 * error]
        };
        Curve::new(self.ratio.iter().zip(deviates).map(knot).collect())
    }
}

/// How often each person of a set is drawn when as many persons are drawn with replacement.
fn draw(set: &Material, random: &mut SplitMix64) -> Vec<f64> {
    let mut persons = set.persons.clone();
    persons.sort_unstable();
    persons.dedup();
    let mut times = vec![0.0; persons.last().map_or(0, |&p| p as usize + 1)];
    for _ in 0..persons.len() {
        times[persons[random.below(persons.len())] as usize] += 1.0;
    }
    times
}

/// Normal deviate of the false-match rate of one set at each point of the grid, each comparison weighed by how often both persons were
/// drawn, and the number of comparisons.
fn impostor_deviates(set: &Material, scores: &[f32], times: Option<&[f64]>) -> (Vec<f64>, f64) {
    let mut cells = vec![0.0; GRID_COUNT];
    let (mut total, mut count) = (0.0, 0.0);
    for (&(a, b), &score) in set.pairs.iter().zip(scores) {
        let (a, b) = (set.persons[a as usize] as usize, set.persons[b as usize] as usize);
        if a == b {
            continue;
        }
        let weight = times.map_or(1.0, |t| t[a] * t[b]);
        total += weight;
        count += 1.0;
        if let Some(cell) = cells.get_mut(cell(score)) {
            *cell += weight;
        }
    }
    let mut above = 0.0;
    for value in cells.iter_mut().rev() {
        above += *value;
        *value = above * count / f64::max(total, 1.0);
    }
    (deviates(&cells, count), count)
}

/// Normal deviates of shares of `total`, as far along the grid as the counts reach [`COUNT_MIN`].
fn deviates(counts: &[f64], total: f64) -> Vec<f64> {
    let known = counts.iter().take_while(|c| **c >= COUNT_MIN).count().max(1);
    counts[..known].iter().map(|c| upper_quantile(((c + 0.5) / (total + 1.0)).min(0.999_99))).collect()
}

/// Continues each set's curve to the end of the grid: by the mean rise of the sets that still know it, and when none does, in a straight
/// line of the last rises. A small set thus has its own level and the shape of the large ones.
fn extended(mut each: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let known: Vec<usize> = each.iter().map(Vec::len).collect();
    let mut rises = Vec::new();
    for i in 1..GRID_COUNT {
        let found: Vec<f64> =
            each.iter().zip(&known).filter(|(_, known)| i < **known).map(|(set, _)| set[i] - set[i - 1]).collect();
        let last: &[f64] = &rises[rises.len() - rises.len().min(STRAIGHT)..];
        let from = if found.is_empty() { last } else { &found };
        let rise = if from.is_empty() { GRID_STEP } else { from.iter().sum::<f64>() / from.len() as f64 };
        if !found.is_empty() {
            rises.push(rise);
        }
        for set in &mut each {
            if set.len() == i {
                set.push(set[i - 1] + rise);
            }
        }
    }
    each
}

/// The mean deviate over the sets, which is the middle of the populations' rates, with the error of that mean from the sets' spread
/// around it (random effects). `each` is a set's known deviates and its number of impostors; where a set would have n comparisons above
/// the score, it counts n / (n + [`COUNT_MIN`]), so that none speaks loudly of rates that it is too small for, but never less than [`SAY_MIN`].
fn combined(each: Vec<(Vec<f64>, f64)>) -> Vec<(f64, f64)> {
    let (each, totals): (Vec<_>, Vec<f64>) = each.into_iter().unzip();
    let each = extended(each);
    (0..GRID_COUNT)
        .map(|i| {
            let weight = |(set, total): (&Vec<f64>, &f64)| {
                let above = upper_tail(set[i]) * total;
                (set[i], (above / (above + COUNT_MIN)).max(SAY_MIN))
            };
            let found: Vec<(f64, f64)> = each.iter().zip(&totals).map(weight).collect();
            let sum = found.iter().map(|f| f.1).sum::<f64>().max(f64::MIN_POSITIVE);
            let mean = found.iter().map(|(x, w)| x * w).sum::<f64>() / sum;
            let spread = found.iter().map(|(x, w)| w * (x - mean).powi(2)).sum::<f64>() / sum;
            (mean, (spread / sum.max(1.0)).sqrt())
        })
        .collect()
}

/// Makes values rise from point to point.
fn raise(values: &mut [(f64, f64)]) {
    for i in 1..values.len() {
        values[i].0 = values[i].0.max(values[i - 1].0 + RISE_MIN);
    }
}

/// Normal deviate of the false-non-match rate at each point of the grid, falling, over the genuine comparisons whose gap is `wanted`.
fn misses(sets: &[Material], scores: &[Vec<f32>], wanted: impl Fn(Option<f64>) -> bool) -> Vec<(f64, f64)> {
    let mut rates = vec![0.0; GRID_COUNT];
    let (mut used, mut total) = (0.0, 0.0);
    for (set, scores) in sets.iter().zip(scores) {
        let mut genuine: Vec<f32> =
            set.genuine().filter(|&at| wanted(set.gap_years(at))).map(|at| scores[at]).collect();
        if genuine.is_empty() {
            continue;
        }
        genuine.sort_unstable_by(f32::total_cmp);
        used += 1.0;
        total += genuine.len() as f64;
        for (rate, x) in rates.iter_mut().zip(grid()) {
            let below = genuine.partition_point(|&g| f64::from(g) < x) as f64;
            *rate += (below + 0.5) / (genuine.len() as f64 + 1.0);
        }
    }
    let mut values: Vec<(f64, f64)> = rates
        .iter()
        .map(|rate| {
            let share = (rate / f64::max(used, 1.0)).clamp(1e-6, 0.999_99);
            let deviate = upper_quantile(share);
            // Delta method: the error of the share over the normal density at its deviate.
            let density = (-deviate * deviate / 2.0).exp() / std::f64::consts::TAU.sqrt();
            (deviate, (share * (1.0 - share) / f64::max(total, 1.0)).sqrt() / density)
        })
        .collect();
    for i in 1..values.len() {
        values[i].0 = values[i].0.min(values[i - 1].0 - RISE_MIN);
    }
    values
}

/// Natural logarithm of the likelihood ratio at each point of the grid: genuine scores smoothed by a kernel, the mean over the sets, with a
/// twentieth spread wide so that no score is impossible; impostors from the curve of false matches. Where there are hardly any genuine
/// scores to go by, below the middle of the impostors and above the middle of the genuine, it goes on in a straight line.
fn ratio(sets: &[Material], scores: &[Vec<f32>], fmr: &[(f64, f64)]) -> Vec<f64> {
    let normal =
        |x: f64, deviation: f64| (-(x / deviation).powi(2) / 2.0).exp() / (deviation * std::f64::consts::TAU.sqrt());
    let mut genuine = vec![0.0; GRID_COUNT];
    let mut middles = Vec::new();
    for (set, scores) in sets.iter().zip(scores) {
        let values: Vec<f64> = set.genuine().map(|at| f64::from(scores[at])).collect();
        let (mean, deviation) = super::moments(&values);
        middles.push(mean);
        for (sum, x) in genuine.iter_mut().zip(grid()) {
            let kernel = values.iter().map(|v| normal(x - v, KERNEL)).sum::<f64>() / values.len().max(1) as f64;
            *sum += (0.95 * kernel + 0.05 * normal(x - mean, 2.0 * deviation)) / sets.len() as f64;
        }
    }
    let mut ratio: Vec<f64> = (0..GRID_COUNT)
        .map(|i| {
            let (low, high) = (i.saturating_sub(1), (i + 1).min(GRID_COUNT - 1));
            let rise = (fmr[high].0 - fmr[low].0) / (GRID_STEP * (high - low) as f64);
            let impostor = -fmr[i].0.powi(2) / 2.0 - std::f64::consts::TAU.sqrt().ln() + rise.ln();
            genuine[i].ln() - impostor
        })
        .collect();
    let at = |x: f64| ((x - GRID_MIN) / GRID_STEP) as usize;
    let (low, high) = (at(0.5), at(middles.iter().sum::<f64>() / middles.len().max(1) as f64).min(GRID_COUNT - 5));
    let step = |ratio: &[f64], i: usize| ((ratio[i + 4] - ratio[i]) / 4.0).max(0.05);
    let (below, above) = (step(&ratio, low), step(&ratio, high - 4));
    for i in (0..low).rev() {
        ratio[i] = ratio[i + 1] - below;
    }
    for i in low + 1..GRID_COUNT {
        ratio[i] = if i <= high { ratio[i].max(ratio[i - 1] + RISE_MIN) } else { ratio[i - 1] + above };
    }
    ratio
}

/// Where a rising curve reaches `value`.
fn crossing(values: &[(f64, f64)], value: f64) -> f64 {
    let after = values.partition_point(|v| v.0 < value).clamp(1, values.len() - 1);
    let (a, b) = (values[after - 1].0, values[after].0);
    GRID_MIN + GRID_STEP * (after as f64 - 1.0 + (value - a) / (b - a))
}
