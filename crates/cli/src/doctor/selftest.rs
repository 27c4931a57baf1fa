//! The self-test: two pictures of one person and one of another, built in, must come out as they should.

use super::check::{Check, milliseconds};
use crate::code::Code;
use crate::exit::Result;
use crate::scale::WORKING_POINT;
use crate::wording::percent;
use face::Image;
use face::evidence::Portrait;
use face::{Analysis, Engine};
use serde::Serialize;
use std::time::Instant;

/// Official White House portraits, works of the United States government; `fixtures/README.md` says more.
const FIRST: &[u8] = include_bytes!("../../../../fixtures/obama-1.jpg");
const SECOND: &[u8] = include_bytes!("../../../../fixtures/obama-2.jpg");
const OTHER: &[u8] = include_bytes!("../../../../fixtures/biden-1.jpg");

/// Most similarity that another person may have.
const OTHER_MAX: f64 = 40.0;
/// The false-match rate of the working point.
const FMR: f64 = 1e-4;

/// What the self-test measured; times in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Figures {
    start_ms: f64,
    decode_ms: f64,
    detect_ms: f64,
    mesh_ms: f64,
    quality_ms: f64,
    template_ms: f64,
    analyse_ms: f64,
    first_result_ms: f64,
    same_similarity: f64,
    other_similarity: f64,
}

/// Runs it.
pub(super) fn run(engine: &Engine, start_ms: f64) -> Result<Figures> {
    let whole = Instant::now();
    let (first, second) = (analyse(engine, FIRST)?, analyse(engine, SECOND)?);
    let same_similarity = similarity(engine, &first, &second)?;
    let first_result_ms = start_ms + milliseconds(whole);
    let other_similarity = similarity(engine, &first, &analyse(engine, OTHER)?)?;
    let mut figures = Figures { start_ms, first_result_ms, same_similarity, other_similarity, ..stages(engine)? };
    let picture = Image::decode(FIRST)?;
    figures.analyse_ms = timed(|| engine.analyse(&picture))?.1;
    Ok(figures)
}

fn analyse(engine: &Engine, bytes: &[u8]) -> face::Result<Analysis> {
    engine.analyse(&Image::decode(bytes)?)
}

fn similarity(engine: &Engine, live: &Analysis, portrait: &Analysis) -> face::Result<f64> {
    let portrait = Portrait { template: &portrait.template, age_years: None };
    Ok(engine.compare(&[&live.template], &[portrait], FMR)?.similarity)
}

/// Each stage alone, with warm models.
fn stages(engine: &Engine) -> Result<Figures> {
    let (picture, decode_ms) = timed(|| Image::decode(FIRST))?;
    let (faces, detect_ms) = timed(|| engine.detect(&picture))?;
    let face = faces.first().ok_or_else(|| face::Error::new(face::Code::NoFace, "in the built-in picture"))?;
    let (mesh, mesh_ms) = timed(|| engine.mesh(&picture, face))?;
    let (_, quality_ms) = timed(|| Ok(engine.quality(&picture, face, &[], &mesh)))?;
    let (_, template_ms) = timed(|| engine.template(&picture, &mesh, 0))?;
    Ok(Figures {
        decode_ms,
        detect_ms,
        mesh_ms,
        quality_ms,
        template_ms,
        start_ms: 0.0,
        analyse_ms: 0.0,
        first_result_ms: 0.0,
        same_similarity: 0.0,
        other_similarity: 0.0,
    })
}

/// What `work` gives, and how long it took.
fn timed<T>(work: impl FnOnce() -> face::Result<T>) -> face::Result<(T, f64)> {
    let start = Instant::now();
    Ok((work()?, milliseconds(start)))
}

impl Figures {
    /// Whether the built-in pictures were told apart.
    pub(super) fn check(&self) -> Check {
        let detail = format!(
            "the same person in two pictures: {}; another person: {}",
            percent(self.same_similarity),
            percent(self.other_similarity)
        );
        if self.same_similarity >= WORKING_POINT && self.other_similarity <= OTHER_MAX {
            Check::ok("self-test", detail)
        } else {
            Check::problem("self-test", detail, Code::SelfTestWrong.row().action)
        }
    }

    /// The stages in words.
    pub(super) fn stages(&self) -> String {
        format!(
            "{:.0} ms a picture (decode {:.0}, detect {:.0}, mesh {:.0}, quality {:.0}, template {:.0}); first result after {:.0} ms",
            self.analyse_ms,
            self.decode_ms,
            self.detect_ms,
            self.mesh_ms,
            self.quality_ms,
            self.template_ms,
            self.first_result_ms
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::check::State;

    #[test]
    fn the_self_test_wants_both_answers_right() {
        let figures = |same_similarity, other_similarity| Figures {
            start_ms: 0.0,
            decode_ms: 0.0,
            detect_ms: 0.0,
            mesh_ms: 0.0,
            quality_ms: 0.0,
            template_ms: 0.0,
            analyse_ms: 0.0,
            first_result_ms: 0.0,
            same_similarity,
            other_similarity,
        };
        assert_eq!(figures(96.0, 12.0).check().state, State::Ok);
        assert_eq!(figures(89.9, 12.0).check().state, State::Problem);
        assert_eq!(figures(96.0, 41.0).check().state, State::Problem);
        assert_eq!(figures(f64::NAN, 12.0).check().state, State::Problem);
    }
}
