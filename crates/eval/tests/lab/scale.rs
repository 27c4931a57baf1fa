//! The size that the lab is made for.

use crate::fakes::FakeEngine;
use eval::Quiet;
use eval::collect::{Collected, Policy};
use eval::compare::Field;
use eval::dataset::identities;
use eval::metrics::figures::figures;
use eval::protocol::{Plan, Rules};
use eval::sample::{Analyse, llr_at};
use std::fmt::Write;

/// 5,300 probes against 4,000 persons: 21 million comparisons. Run it with `cargo test --release -p eval -- --ignored`.
#[test]
#[ignore = "takes half a minute in a release build"]
fn twenty_million_comparisons() {
    let mut index = "file,person,group\n".to_owned();
    for at in 0..5300 {
        writeln!(index, "{at}.jpg,{},{}", at % 4000, at % 3).unwrap();
    }
    let data = identities::parse(index.as_bytes()).unwrap();
    let engine = FakeEngine::default();
    let samples: Vec<_> = (0..5300)
        .map(|at| Some(engine.sample(format!("{} {}", (at % 4000) as f32 * 1.3, at % 100).as_bytes()).unwrap()))
        .collect();
    let rules = Rules::Identities { portraits: 1, min_age_years: 0.0, min_gap_years: 0.0, seed: 1 };
    let plan = Plan::new(&data, rules).unwrap();
    let field = Field::new(&plan, &samples, &engine).unwrap();
    let mut collected = Collected::new(&data, plan.comparisons_max(), llr_at(&engine, 90.0));
    let started = std::time::Instant::now();
    field.run(&Quiet, None, |scored| collected.take(scored)).unwrap();
    collected.close();
    println!("scored after {:?}", started.elapsed());
    let found = figures(&collected, Policy::Excluded, 1);
    println!("figures after {:?}", started.elapsed());
    assert_eq!(found.impostor, 5300 * 3999);
    assert_eq!(found.genuine, 2600);
    assert!(started.elapsed().as_secs() < 120);
}
