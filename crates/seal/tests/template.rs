//! Renewable templates on real faces (ISO/IEC 24745 §5.3: renewability and unlinkability): the shipped pack on the pictures of `fixtures/`.

#![expect(clippy::unwrap_used, reason = "the helpers of a test stop it")]

use face::evidence::{Band, Evidence, Portrait, compare};
use face::{Calibration, Engine, Image, PackSource, Template};
use seal::keys::{FileRing, KeyRing, Rotate};
use seal::template::Transform;
use std::path::Path;
use testkit::{SeededRandom, ring};

/// Four pictures of one person and two of another, some of them poor.
const PICTURES: [&str; 6] = ["obama-1", "obama-2", "obama-3", "dark", "biden-1", "bystander"];
/// The numbers of two strangers among them.
const STRANGERS: (usize, usize) = (0, 4);
/// The rate at which they are compared.
const FMR: f64 = 1e-4;

/// The templates of [`PICTURES`], and the shipped calibration.
struct Lab {
    templates: Vec<Template>,
    calibration: Calibration,
}

impl Lab {
    fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let engine = Engine::load(&PackSource::Folder(root.join("models"))).unwrap();
        let template = |name: &str| {
            let bytes = std::fs::read(root.join("fixtures").join(name).with_extension("jpg")).unwrap();
            engine.analyse(&Image::decode(&bytes).unwrap()).unwrap().template
        };
        let templates = PICTURES.map(template).to_vec();
        let calibration = engine.calibration().unwrap().clone();
        assert!(calibration.experts.iter().any(|expert| !expert.cohort.is_empty()), "no cohort to be turned");
        Self { templates, calibration }
    }

    fn transform(&self, ring: &FileRing, purpose: &str) -> Transform {
        self.version(ring, purpose, ring.template_version(purpose))
    }

    fn version(&self, ring: &FileRing, purpose: &str, version: u32) -> Transform {
        let dimensions: Vec<usize> = self.templates[0].experts.iter().map(Vec::len).collect();
        Transform::new(&ring.template_secret(purpose, version).unwrap(), &dimensions)
    }

    /// The calibration with its cohorts turned.
    fn turned(&self, transform: &Transform) -> Calibration {
        self.calibration.with_cohorts(|expert, vector| transform.apply_one(expert, vector)).unwrap()
    }
}

fn protected(transform: &Transform, template: &Template) -> Template {
    let mut template = template.clone();
    transform.apply(&mut template.experts).unwrap();
    template
}

fn evidence(calibration: &Calibration, live: &[&Template], portraits: &[&Template]) -> Evidence {
    let portraits: Vec<Portrait<'_>> =
        portraits.iter().map(|template| Portrait { template, age_years: Some(2.0) }).collect();
    compare(calibration, live, &portraits, FMR).unwrap()
}

/// The cosines of two templates, expert by expert.
fn cosines(a: &Template, b: &Template) -> Vec<f64> {
    let product = |(a, b): (&Vec<f32>, &Vec<f32>)| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
    a.experts.iter().zip(&b.experts).map(product).collect()
}

#[test]
fn scores_are_what_they_were() {
    let (lab, ring) = (Lab::new(), ring());
    let transform = lab.transform(&ring, "household.identity-card");
    let (calibration, turned) = (&lab.calibration, lab.turned(&transform));
    let protected: Vec<Template> = lab.templates.iter().map(|template| protected(&transform, template)).collect();
    let mut worst: f64 = 0.0;
    let mut check = |live: &[usize], portraits: &[usize]| {
        let pick = |templates: &'_ [Template], which: &[usize]| {
            which.iter().map(|&i| templates[i].clone()).collect::<Vec<_>>()
        };
        let of = |calibration: &Calibration, templates: &[Template]| {
            let (live, portraits) = (pick(templates, live), pick(templates, portraits));
            evidence(calibration, &live.iter().collect::<Vec<_>>(), &portraits.iter().collect::<Vec<_>>())
        };
        let (before, after) = (of(calibration, &lab.templates), of(&turned, &protected));
        worst = worst.max((before.llr - after.llr).abs());
        assert!((before.llr - after.llr).abs() < 1e-4, "{live:?} {portraits:?}: {} {}", before.llr, after.llr);
        assert!((before.similarity - after.similarity).abs() < 1e-4);
        assert_eq!(before.band, after.band);
    };
    for a in 0..PICTURES.len() {
        for b in 0..PICTURES.len() {
            check(&[a], &[b]);
        }
    }
    check(&[0, 1], &[2, 3]);
    check(&[0, 1, 2], &[4, 5]);
    println!("largest difference of a log-likelihood ratio: {worst:e}");
    // Without turning the cohort the scores are others: the test would see it.
    let forgotten = evidence(calibration, &[&protected[0]], &[&protected[1]]);
    let right = evidence(&turned, &[&protected[0]], &[&protected[1]]);
    assert!((forgotten.llr - right.llr).abs() > 1e-2);
}

/// The largest distance between two samples' distribution functions (Kolmogorov and Smirnov).
fn distance(mut a: Vec<f64>, mut b: Vec<f64>) -> f64 {
    a.sort_by(f64::total_cmp);
    b.sort_by(f64::total_cmp);
    let below = |sample: &[f64], x: f64| sample.partition_point(|value| *value <= x) as f64 / sample.len() as f64;
    a.iter().chain(&b).map(|&x| (below(&a, x) - below(&b, x)).abs()).fold(0.0, f64::max)
}

/// Two templates of one picture under two purposes are as far apart as those of two strangers: both cosines are those of a random direction in
/// d dimensions, with mean 0 and deviation 1/√d, and |cosine| ≥ t in at most 2 exp(−d t² / 2) of all pairs. Over all pairs of 48 purposes:
/// - no cosine reaches 6/√d (probability of one that does, over all pairs and experts, below 1e-3 even if the claim is true);
/// - the deviation is within 8 % of 1/√d and the mean within 0.15/√d of 0;
/// - the two distributions differ by less than 1.95 √(2/n), the bound of Kolmogorov and Smirnov at 1 in 1,000;
/// - no comparison says that it is the same person.
#[test]
fn two_purposes_cannot_be_linked() {
    let (lab, ring) = (Lab::new(), ring());
    let (same, stranger) = (&lab.templates[STRANGERS.0], &lab.templates[STRANGERS.1]);
    let purposes: Vec<(Template, Template, Calibration)> = (0..48)
        .map(|number| lab.transform(&ring, &format!("purpose-{number}")))
        .map(|transform| (protected(&transform, same), protected(&transform, stranger), lab.turned(&transform)))
        .collect();
    // Under one purpose the picture is itself, of course.
    assert_eq!(evidence(&purposes[0].2, &[&purposes[0].0], &[&purposes[0].0]).band, Band::Match);
    let pairs = || (0..purposes.len()).flat_map(|q| (0..q).map(move |p| (p, q)));
    let n = pairs().count() as f64;
    for (expert, vector) in same.experts.iter().enumerate() {
        let unit = 1.0 / (vector.len() as f64).sqrt();
        let own: Vec<f64> = pairs().map(|(p, q)| cosines(&purposes[p].0, &purposes[q].0)[expert]).collect();
        let others: Vec<f64> = pairs().map(|(p, q)| cosines(&purposes[p].0, &purposes[q].1)[expert]).collect();
        for sample in [&own, &others] {
            let most = sample.iter().fold(0.0, |most: f64, cosine| most.max(cosine.abs()));
            let mean = sample.iter().sum::<f64>() / n;
            let deviation = (sample.iter().map(|cosine| cosine * cosine).sum::<f64>() / n).sqrt();
            println!(
                "expert {expert}: mean {:.3}, deviation {:.3}, largest {:.2}, in 1/√d",
                mean / unit,
                deviation / unit,
                most / unit
            );
            assert!(most < 6.0 * unit && mean.abs() < 0.15 * unit && (deviation / unit - 1.0).abs() < 0.08);
        }
        let apart = distance(own, others);
        println!("expert {expert}: distance {apart:.4}, bound {:.4}", 1.95 * (2.0 / n).sqrt());
        assert!(apart < 1.95 * (2.0 / n).sqrt(), "expert {expert}: {apart}");
    }
    let ratios = pairs().map(|(p, q)| evidence(&purposes[p].2, &[&purposes[p].0], &[&purposes[q].0]));
    let most = ratios.inspect(|e| assert_eq!(e.band, Band::NoMatch)).map(|e| e.similarity).fold(0.0, f64::max);
    println!("largest similarity of one picture under two purposes: {most:.1} %");
}

#[test]
fn a_new_version_makes_the_old_useless_and_is_made_without_the_picture() {
    let (lab, mut ring) = (Lab::new(), ring());
    let purpose = "household.identity-card";
    let old = lab.transform(&ring, purpose);
    ring.rotate(&Rotate::Template { purpose: purpose.to_owned() }, "2026-12-01", &SeededRandom::new(1)).unwrap();
    assert_eq!(ring.template_version(purpose), 2);
    let new = lab.transform(&ring, purpose);
    let turned = lab.turned(&new);
    for portrait in &lab.templates[..4] {
        // What leaked before the rotation fits nothing that is made after it, not even the same picture.
        let leaked = protected(&old, portrait);
        let live = protected(&new, portrait);
        assert_eq!(evidence(&turned, &[&live], &[&leaked]).band, Band::NoMatch);
        for (cosine, vector) in cosines(&live, &leaked).into_iter().zip(&live.experts) {
            assert!(cosine.abs() < 6.0 / (vector.len() as f64).sqrt(), "{cosine}");
        }
        // The stored template is renewed: turned back with the old secret and on with the new.
        let mut renewed = leaked.clone();
        old.undo(&mut renewed.experts).unwrap();
        new.apply(&mut renewed.experts).unwrap();
        let differences =
            renewed.experts.iter().flatten().zip(live.experts.iter().flatten()).map(|(a, b)| (a - b).abs());
        assert!(differences.fold(0.0, f32::max) < 1e-6);
        let (before, after) = (evidence(&turned, &[&live], &[&live]), evidence(&turned, &[&live], &[&renewed]));
        assert!((before.llr - after.llr).abs() < 1e-4);
    }
    // The old version can still be opened, so that a renewal can stop and go on.
    assert!(
        cosines(&protected(&lab.version(&ring, purpose, 1), &lab.templates[0]), &protected(&old, &lab.templates[0]))
            .iter()
            .all(|c| *c > 0.999)
    );
}
