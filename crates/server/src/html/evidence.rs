//! Evidence as one picture: the hills of strangers and of same persons, drawn from the calibration, the working point, and the mark of this
//! visit with the interval of its false-match rate; under it one sentence, and the small rows.

use super::language::Words;
use super::liveness::{self, Checked};
use casework::desk::evidence::{Comparison, PortraitRecord, Record};
use casework::desk::judge::{BaseRate, EvidenceView};
use face::calibration::{Calibration, WORKING_SIMILARITY};

/// Width of the picture in its own units: 10 a percent of similarity.
const WIDTH: f64 = 1000.0;
/// Height of a hill's top.
const HILL: f64 = 110.0;
/// The ground on which the hills stand.
const GROUND: f64 = 170.0;
/// Percent of similarity between two points of a hill.
const STEP: usize = 2;
/// Log-likelihood ratios between which the curves are read, in natural units; beyond them both hills are flat.
const LLR_RANGE: (f64, f64) = (-60.0, 60.0);
/// From this overall quality on a live picture needs no remark.
const QUALITY_FINE: u8 = 70;
/// Halvings until a ratio is found to far less than a point of the picture.
const HALVINGS: u32 = 60;

/// What a clerk sees of open evidence.
pub(super) struct Seen {
    pub(super) picture: Picture,
    /// The one sentence.
    pub(super) sentence: String,
    /// What to do with a result that does not speak for the person.
    pub(super) advice: Option<String>,
    /// The base rate with its source, beside such a result.
    pub(super) base_rate: Option<String>,
    pub(super) portraits: Vec<Row>,
    pub(super) live: Vec<Row>,
    pub(super) liveness: Checked,
    pub(super) facts: Vec<(String, String)>,
}

/// One small row.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) note: String,
}

/// The picture, in units of its own `viewBox` (-20 0 1040 250).
pub(super) struct Picture {
    /// Outlines of the hills; none without a calibration.
    pub(super) strangers: String,
    pub(super) same: String,
    /// Where the working point stands.
    pub(super) working: f64,
    /// Where this visit stands, and its whisker.
    pub(super) mark: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    /// The same in words, for who does not see the picture.
    pub(super) words: String,
}

/// Makes it of the evidence, for an operator who has judged; with the cues of the liveness check for who answers for the office.
pub(super) fn seen(words: &Words, calibration: Option<&Calibration>, view: &EvidenceView, with_cues: bool) -> Seen {
    let mut seen = recorded(words, calibration, &view.evidence, with_cues);
    seen.facts.insert(0, (words.t("evidence-judgement"), words.of_code("judgement-", &view.judgement)));
    seen
}

/// How rare it is that somebody is not who they say they are, with its source.
pub(super) fn base_rate(words: &Words) -> String {
    let BaseRate { impostors, comparisons, .. } = BaseRate::reported();
    let values = [
        ("impostors", grouped(impostors.into()).into()),
        ("comparisons", grouped(comparisons.into()).into()),
        ("source", words.t("base-rate-source").into()),
    ];
    words.with_all("base-rate", values)
}

/// Makes it of a record, without anybody's judgement; with the cues of the liveness check for who answers for the office.
pub(super) fn recorded(words: &Words, calibration: Option<&Calibration>, record: &Record, with_cues: bool) -> Seen {
    let Record { comparison, portraits, live, liveness, attempts, .. } = record;
    let speaks_for = comparison.band == "match";
    let live = live.iter().enumerate().map(|(number, live)| Row {
        name: words.with("evidence-live", "number", number + 1),
        value: words.with("evidence-quality", "value", live.quality),
        // What is low in a good picture is no matter.
        note: live
            .weakest_reason
            .as_deref()
            .filter(|_| live.quality < QUALITY_FINE)
            .map_or_else(String::new, |why| words.of_code("quality-", why)),
    });
    let mut facts = vec![
        (words.t("evidence-pack"), comparison.pack.chars().take(12).collect()),
        (words.t("evidence-calibration"), words.partial(&comparison.calibration_created)),
    ];
    if attempts.consecutive > 0 {
        facts.push((words.t("evidence-attempts"), attempts.consecutive.to_string()));
    }
    Seen {
        picture: picture(words, calibration, comparison),
        sentence: sentence(words, comparison, portraits),
        advice: (!speaks_for).then(|| words.of_code("advice-", &comparison.band)),
        base_rate: (!speaks_for).then(|| base_rate(words)),
        portraits: portraits.iter().map(|portrait| row(words, portrait)).collect(),
        live: live.collect(),
        liveness: liveness::checked(words, liveness, with_cues),
        facts,
    }
}

/// *Similarity 94 %. About 1 stranger in 38,000 would look this alike. The portrait is 15 years old.*
fn sentence(words: &Words, comparison: &Comparison, portraits: &[PortraitRecord]) -> String {
    let similarity = percent(comparison.similarity);
    let strangers = one_in(comparison.fmr.value);
    let rate = match (strangers, comparison.fmr_extrapolated) {
        (2.., true) => words.with("evidence-rarer", "strangers", grouped(one_in(comparison.fmr.high).max(2))),
        (2.., false) => words.with("evidence-one-in", "strangers", grouped(strangers)),
        _ => words.with("evidence-share", "percent", percent(100.0 * comparison.fmr.value)),
    };
    let ages: Vec<f64> = portraits.iter().filter_map(|portrait| portrait.age_years).collect();
    let years = |age: f64| age.max(0.0).floor() as u64;
    let age = match (ages.iter().copied().reduce(f64::min), ages.iter().copied().reduce(f64::max)) {
        (Some(young), Some(old)) if ages.len() > 1 && years(young) != years(old) => {
            words.with_all("evidence-ages", [("young", years(young).into()), ("old", years(old).into())])
        }
        (Some(age), _) => words.with("evidence-age", "years", years(age)),
        _ => words.t("evidence-age-unknown"),
    };
    words.with_all("evidence-sentence", [("similarity", similarity.into()), ("rate", rate.into()), ("age", age.into())])
}

fn row(words: &Words, portrait: &PortraitRecord) -> Row {
    let name = portrait.taken_on.as_deref().map_or_else(|| words.t("date-unknown"), |taken| words.partial(taken));
    Row {
        name: words.with("evidence-portrait", "date", name),
        value: words.with("evidence-similarity", "similarity", percent(portrait.similarity)),
        note: words.with("evidence-quality", "value", portrait.quality),
    }
}

/// A percentage without digits that mean nothing; never 100, because nothing is certain.
fn percent(value: f64) -> String {
    let rounded = value.round();
    if rounded >= 100.0 { ">99".to_owned() } else { format!("{rounded:.0}") }
}

/// How many strangers there are to one who would look this alike, to two digits.
fn one_in(rate: f64) -> u64 {
    let count = 1.0 / rate.clamp(1e-9, 1.0);
    let unit = 10_f64.powf((count.log10().floor() - 1.0).max(0.0));
    ((count / unit).round() * unit) as u64
}

/// What a measured figure of the calibration is called: the set of pictures, and with how many portraits of a person.
pub(super) fn figure_name(words: &Words, name: &str) -> String {
    let Some((set, portraits)) = name.rsplit_once(", ") else { return name.to_owned() };
    let count =
        portraits.split(' ').next().map_or(0, |count| if count == "one" { 1 } else { count.parse().unwrap_or(0) });
    if count == 0 {
        return name.to_owned();
    }
    words.with_all("measured-with", [("set", set.into()), ("count", count.into())])
}

/// With a comma after each three digits, as all three languages write it.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn picture(words: &Words, calibration: Option<&Calibration>, comparison: &Comparison) -> Picture {
    let place = |similarity: f64| (similarity.clamp(0.0, 100.0) * WIDTH / 100.0 * 10.0).round() / 10.0;
    // The interval of the rate, as similarities: where this rate's ends would stand if they were known exactly.
    let ends = calibration.map(|known| {
        let at = |rate: f64| known.threshold(rate).map_or(comparison.similarity, |llr| known.similarity(llr));
        (at(comparison.fmr.high), at(comparison.fmr.low))
    });
    let (low, high) = ends.unwrap_or((comparison.similarity, comparison.similarity));
    let hills = calibration.map(hills).unwrap_or_default();
    let similarity = percent(comparison.similarity);
    let threshold = percent(comparison.threshold_similarity);
    Picture {
        strangers: hills.0,
        same: hills.1,
        working: place(WORKING_SIMILARITY),
        mark: place(comparison.similarity),
        low: place(low.min(comparison.similarity)),
        high: place(high.max(comparison.similarity)),
        words: words.with_all("evidence-picture", [("similarity", similarity.into()), ("threshold", threshold.into())]),
    }
}

/// Outlines of strangers and of same persons: how many of each fall between two similarities, each hill scaled to its own top.
fn hills(calibration: &Calibration) -> (String, String) {
    let edges: Vec<f64> = (0..=100).step_by(STEP).map(|percent| ratio(calibration, f64::from(percent))).collect();
    let share = |rate: &dyn Fn(f64) -> f64| -> Vec<f64> {
        edges.windows(2).map(|pair| (rate(pair[0]) - rate(pair[1])).abs()).collect()
    };
    let strangers = share(&|llr| calibration.fmr(llr).value);
    let same = share(&|llr| calibration.fnmr(llr, None).value);
    (outline(&strangers), outline(&same))
}

/// The ratio whose similarity is `percent`: similarity rises with the ratio throughout.
fn ratio(calibration: &Calibration, percent: f64) -> f64 {
    let (mut low, mut high) = LLR_RANGE;
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if calibration.similarity(middle) < percent { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

fn outline(shares: &[f64]) -> String {
    use std::fmt::Write as _;
    let top = shares.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let mut path = format!("M0 {GROUND}");
    for (bin, share) in shares.iter().enumerate() {
        let x = (bin as f64 + 0.5) * STEP as f64 * WIDTH / 100.0;
        // Cannot fail: a string takes everything.
        let _ = write!(path, "L{x:.0} {:.1}", GROUND - HILL * share / top);
    }
    path + &format!("L{WIDTH} {GROUND}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!([one_in(1.0), one_in(2.63e-5), one_in(1e-4), one_in(0.5)], [1, 38_000, 10_000, 2]);
        assert_eq!([grouped(5), grouped(57_883), grouped(1_000_000)], ["5", "57,883", "1,000,000"]);
        assert_eq!([percent(93.6), percent(99.7), percent(0.2)], ["94", ">99", "0"]);
    }

    #[test]
    fn a_hill_stands_on_the_ground() {
        let path = outline(&[0.0, 0.25, 0.5, 0.25]);
        assert_eq!(path, "M0 170L10 170.0L30 115.0L50 60.0L70 115.0L1000 170Z");
    }
}
