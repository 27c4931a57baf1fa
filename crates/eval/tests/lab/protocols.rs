//! Protocols: which pictures meet which.

use eval::dataset::{DataSet, identities};
use eval::protocol::{Plan, Rules};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Comparisons as (probe, references, same).
type Trials = Vec<(u32, Vec<u32>, bool)>;

fn trials(data: &DataSet, rules: Rules) -> eval::Result<Trials> {
    let plan = Plan::new(data, rules)?;
    let mut found = Vec::new();
    for unit in 0..plan.units() {
        plan.each(unit, |trial| {
            found.push((trial.probe, trial.references.to_vec(), trial.same));
            Ok(())
        })?;
    }
    assert!(found.len() as u64 <= plan.comparisons_max());
    Ok(found)
}

fn data(rows: &[(u8, Option<u8>)]) -> DataSet {
    let age = |age: &Option<u8>| age.map_or_else(String::new, |age| age.to_string());
    let row = |(at, (person, years)): (usize, &(u8, Option<u8>))| format!("{at}.jpg,{person},{}", age(years));
    let lines = rows.iter().enumerate().map(row).collect::<Vec<_>>().join("\n");
    identities::parse(format!("file,person,age\n{lines}").as_bytes()).unwrap()
}

fn identities_rules(portraits: usize, min_age_years: f64, min_gap_years: f64, seed: u64) -> Rules {
    Rules::Identities { portraits, min_age_years, min_gap_years, seed }
}

#[test]
fn by_hand() {
    let data = data(&[(1, Some(10)), (1, Some(30)), (2, Some(20)), (2, Some(25))]);
    let found = trials(&data, identities_rules(4, 18.0, 5.0, 0)).unwrap();
    let expected =
        [(1, vec![2, 3], false), (2, vec![1], false), (2, vec![3], true), (3, vec![1], false), (3, vec![2], true)];
    assert_eq!(found, expected);
    let all = trials(&data, Rules::AllPairs { min_age_years: 0.0, min_gap_years: 6.0 }).unwrap();
    assert_eq!(all.len(), 5, "{all:?}");
}

#[test]
fn options_that_make_no_sense_have_their_code() {
    let with_ages = data(&[(1, Some(10)), (2, Some(30))]);
    let without = data(&[(1, None), (2, None)]);
    let code = |data: &DataSet, rules| Plan::new(data, rules).unwrap_err().code();
    assert_eq!(code(&with_ages, identities_rules(0, 0.0, 0.0, 0)), "option-out-of-range");
    assert_eq!(code(&with_ages, identities_rules(17, 0.0, 0.0, 0)), "option-out-of-range");
    assert_eq!(code(&with_ages, identities_rules(1, f64::NAN, 0.0, 0)), "option-out-of-range");
    assert_eq!(code(&with_ages, identities_rules(1, 0.0, -1.0, 0)), "option-out-of-range");
    assert_eq!(code(&without, identities_rules(1, 0.0, 1.0, 0)), "ages-missing");
    assert_eq!(code(&without, identities_rules(1, 18.0, 0.0, 0)), "ages-missing");
    assert_eq!(code(&with_ages, identities_rules(1, 60.0, 0.0, 0)), "index-empty");
}

#[test]
fn too_many_comparisons_are_refused_before_any_work() {
    let rows = (0..30_000).map(|at| format!("{at},{at}")).collect::<Vec<_>>().join("\n");
    let data = identities::parse(format!("file,person\n{rows}").as_bytes()).unwrap();
    assert_eq!(Plan::new(&data, identities_rules(1, 0.0, 0.0, 0)).unwrap_err().code(), "too-many-comparisons");
}

fn rows() -> impl Strategy<Value = Vec<(u8, Option<u8>)>> {
    prop::collection::vec((0_u8..6, prop::option::weighted(0.8, 0_u8..80)), 1..40)
}

proptest! {
    #[test]
    fn identities_keep_every_promise(
        rows in rows(), portraits in 1_usize..5, min_age in 0_u8..30, min_gap in 0_u8..20, seed in any::<u64>(),
    ) {
        let data = data(&rows);
        let rules = identities_rules(portraits, f64::from(min_age), f64::from(min_gap), seed);
        let Ok(found) = trials(&data, rules) else { return Ok(()) };
        let age = |at: u32| rows[at as usize].1;
        let person = |at: u32| rows[at as usize].0;
        let mut seen = BTreeSet::new();
        for (probe, references, same) in &found {
            prop_assert!((1..=portraits).contains(&references.len()));
            prop_assert!(!references.contains(probe));
            prop_assert_eq!(references.iter().collect::<BTreeSet<_>>().len(), references.len());
            prop_assert!(references.iter().all(|r| person(*r) == person(references[0])));
            prop_assert_eq!(person(*probe) == person(references[0]), *same);
            prop_assert!(seen.insert((*probe, person(references[0]))));
            for picture in references.iter().chain([probe]) {
                prop_assert!(min_age == 0 || age(*picture).is_some_and(|age| age >= min_age));
            }
            if *same && min_gap > 0 {
                for reference in references {
                    prop_assert!(age(*probe).unwrap().abs_diff(age(*reference).unwrap()) >= min_gap);
                }
            }
        }
        prop_assert_eq!(trials(&data, rules).unwrap(), found);
    }

    #[test]
    fn all_pairs_meet_exactly_once(rows in rows()) {
        let data = data(&rows);
        let found = trials(&data, Rules::AllPairs { min_age_years: 0.0, min_gap_years: 0.0 }).unwrap();
        let mut times = BTreeMap::new();
        for (probe, references, _) in &found {
            prop_assert_ne!(*probe, references[0]);
            *times.entry((*probe.min(&references[0]), *probe.max(&references[0]))).or_insert(0) += 1;
        }
        prop_assert_eq!(times.len(), rows.len() * (rows.len() - 1) / 2);
        prop_assert!(times.values().all(|count| *count == 1));
    }
}

#[test]
fn another_seed_chooses_other_portraits() {
    let rows: Vec<_> = (0..40).map(|at| (at / 10, None)).collect();
    let data = data(&rows);
    let found = |seed| trials(&data, identities_rules(2, 0.0, 0.0, seed)).unwrap();
    assert_ne!(found(1), found(2));
    assert_eq!(found(1), found(1));
}
