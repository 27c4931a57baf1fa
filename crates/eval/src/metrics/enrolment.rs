//! Failures to enrol: pictures that production would refuse, by the code of the refusal.

use crate::sample::Sample;
use crate::stats::Rate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Refused pictures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Enrolment {
    /// Pictures refused for any reason.
    pub refused: Rate,
    /// Pictures from which no template could be made at all.
    pub without_template: u64,
    /// Refused pictures by code.
    pub by_code: BTreeMap<String, u64>,
}

/// Counts the refusals among the analysed pictures.
pub fn enrolment(samples: &[Option<Sample>]) -> Enrolment {
    let mut by_code = BTreeMap::new();
    let (mut pictures, mut without_template) = (0, 0);
    for sample in samples.iter().flatten() {
        pictures += 1;
        without_template += u64::from(sample.template.is_none());
        if let Some(code) = &sample.refusal {
            *by_code.entry(code.clone()).or_default() += 1;
        }
    }
    Enrolment { refused: Rate::wilson(by_code.values().sum(), pictures), without_template, by_code }
}
