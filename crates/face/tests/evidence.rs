//! Comparison and evidence with a made-up calibration of round numbers.

#![expect(clippy::unwrap_used, reason = "the helpers of a test stop it")]

use face::calibration::Calibration;
use face::evidence::{Band, Portrait, compare};
use face::{Code, PackId, Template};
use proptest::prelude::*;
use testkit::calibrations::calibration;

fn pack() -> PackId {
    PackId("ab".repeat(32))
}

/// A template at an angle from the first axis with the cosine `cosine`.
fn at(cosine: f32) -> Template {
    Template { pack: pack(), experts: vec![vec![cosine, (1.0 - cosine * cosine).sqrt()]], quality: 80 }
}

fn compared(cosines: &[f32], fmr: f64) -> face::evidence::Evidence {
    let stored: Vec<Template> = cosines.iter().map(|&c| at(c)).collect();
    let portraits: Vec<Portrait<'_>> =
        stored.iter().map(|template| Portrait { template, age_years: Some(3.0) }).collect();
    compare(&calibration(&pack()), &[&at(1.0)], &portraits, fmr).unwrap()
}

#[test]
fn the_working_point_is_ninety_and_a_typical_impostor_forty() {
    let c: Calibration = calibration(&pack());
    assert!((c.similarity(c.threshold(1e-4).unwrap()) - 90.0).abs() < 1e-6);
    assert!((c.similarity(c.threshold(0.05).unwrap()) - 40.0).abs() < 1e-6);
    assert!(c.similarity(c.threshold(0.1).unwrap()) < 40.0);
}

#[test]
fn bands_follow_the_requested_rate() {
    assert_eq!(compared(&[0.9], 1e-4).band, Band::Match);
    assert_eq!(compared(&[0.33], 1e-4).band, Band::Inconclusive);
    assert_eq!(compared(&[0.1], 1e-4).band, Band::NoMatch);
    assert_eq!(compared(&[0.33], 1e-2).band, Band::Match);
}

#[test]
fn evidence_names_each_portrait_and_the_rate_at_this_score() {
    let e = compared(&[0.2, 0.35], 1e-3);
    assert_eq!(e.portraits.len(), 2);
    assert!(e.portraits[0].llr < e.llr && e.llr < e.portraits[1].llr + 9.0);
    assert!(e.portraits[0].similarity < e.portraits[1].similarity);
    assert!(e.fmr.low < e.fmr.value && e.fmr.value < e.fmr.high);
    assert_eq!((e.live_quality.as_slice(), e.portraits[0].quality), (&[80][..], 80));
    assert!(!e.fmr_extrapolated && compared(&[0.99], 1e-3).fmr_extrapolated);
}

#[test]
fn more_portraits_of_the_same_score_weigh_more() {
    assert!(compared(&[0.4, 0.4, 0.4], 1e-3).llr > compared(&[0.4], 1e-3).llr);
}

#[test]
fn bad_requests_have_their_codes() {
    let (template, calibration) = (at(0.5), calibration(&pack()));
    let portrait = |age| Portrait { template: &template, age_years: age };
    let code = |live: &[&Template], portraits: &[Portrait<'_>], fmr| {
        compare(&calibration, live, portraits, fmr).unwrap_err().code
    };
    assert_eq!(code(&[], &[portrait(None)], 1e-4), Code::NothingToCompare);
    assert_eq!(code(&[&template], &[], 1e-4), Code::NothingToCompare);
    assert_eq!(code(&[&template; 17], &[portrait(None)], 1e-4), Code::TooManyImages);
    assert_eq!(code(&[&template], &[portrait(None); 17], 1e-4), Code::TooManyImages);
    for age in [-0.1, 151.0, f64::NAN] {
        assert_eq!(code(&[&template], &[portrait(Some(age))], 1e-4), Code::AgeOutOfRange);
    }
    for fmr in [0.0, -1.0, 1e-12, 0.5, f64::NAN] {
        assert_eq!(code(&[&template], &[portrait(None)], fmr), Code::FmrOutOfRange);
    }
    let other = Template { pack: PackId("cd".repeat(32)), ..template.clone() };
    assert_eq!(code(&[&other], &[portrait(None)], 1e-4), Code::TemplatePackMismatch);
    let two = Template { experts: vec![vec![1.0], vec![1.0]], ..template.clone() };
    assert_eq!(code(&[&two], &[portrait(None)], 1e-4), Code::TemplateCorrupt);
}

proptest! {
    #[test]
    fn similarity_rises_with_the_ratio(a in -60.0_f64..60.0, step in 1e-3_f64..20.0) {
        let c = calibration(&pack());
        prop_assert!(c.similarity(a) <= c.similarity(a + step));
        prop_assert!((0.0..=100.0).contains(&c.similarity(a)));
        prop_assert!(c.fmr(a).value >= c.fmr(a + step).value);
        prop_assert!(c.fnmr(a, None).value <= c.fnmr(a + step, None).value);
    }

    #[test]
    fn the_threshold_gives_the_rate_back(exponent in -4.9_f64..-1.0) {
        let c = calibration(&pack());
        let fmr = 10_f64.powf(exponent);
        prop_assert!((c.fmr(c.threshold(fmr).unwrap()).value / fmr - 1.0).abs() < 1e-3);
    }
}

#[test]
fn cohorts_are_changed_and_a_refusal_is_passed_on() {
    let mut plain: Calibration = calibration(&pack());
    plain.experts[0].cohort = vec![vec![1.0, 0.0], vec![0.6, 0.8]];
    let swap = |expert: usize, vector: &mut [f32]| {
        vector.swap(0, 1);
        if expert == 0 { Ok(()) } else { Err("there is one expert") }
    };
    assert_eq!(plain.with_cohorts(swap).unwrap().experts[0].cohort, [vec![0.0, 1.0], vec![0.8, 0.6]]);
    assert_eq!(plain.experts[0].cohort[0], [1.0, 0.0]);
    assert_eq!(plain.with_cohorts(|_, _| Err("no")).unwrap_err(), "no");
}
