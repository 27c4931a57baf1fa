//! The result of `doctor` in words.

use super::check::{Check, State};
use super::{Document, Model};
use crate::theme::{Ink, Theme};
use face::pack::Task;
use std::fmt::Write as _;

/// Characters of a state and of a check's name.
const STATE: usize = 9;
const NAME: usize = 15;

/// The whole text.
pub(super) fn text(theme: Theme, document: &Document) -> String {
    let mut out = format!("\n  countenance {}\n\n", document.version);
    for check in &document.checks {
        out += &line(theme, check);
    }
    if let Some(pack) = &document.pack {
        out.push('\n');
        for model in &pack.models {
            let _ = writeln!(out, "  {}", theme.ink(Ink::Grey, &fingerprint(model)));
        }
    }
    let (ink, verdict) = match document.state {
        State::Ok => (Ink::Green, "All is well."),
        State::Warn => (Ink::Amber, "It works; look at the lines marked `warn`."),
        State::Problem => (Ink::Red, "Do not use this installation; look at the lines marked `problem`."),
    };
    let _ = writeln!(out, "\n  {}", theme.ink(ink, verdict));
    out
}

/// "sface  embedder  fb143eea07838aa5…  Apache-2.0".
fn fingerprint(model: &Model) -> String {
    let hash = model.sha256.get(..16).unwrap_or(&model.sha256);
    let task = match model.task {
        Task::Detector => "detector",
        Task::Mesh => "mesh",
        Task::Embedder => "embedder",
        Task::Attack => "attack",
    };
    format!("{:<14} {task:<10} sha256 {hash}  {}", model.name, model.licence)
}

/// State, name, detail; under it what to do.
fn line(theme: Theme, check: &Check) -> String {
    let (ink, state) = match check.state {
        State::Ok => (Ink::Green, "ok"),
        State::Warn => (Ink::Amber, "warn"),
        State::Problem => (Ink::Red, "problem"),
    };
    let indent = 2 + STATE + NAME;
    let mut body = theme.paragraph(indent, &check.detail);
    if let Some(action) = check.action {
        body += &theme.paragraph(indent, action);
    }
    let rest = body.get(indent..).unwrap_or_default();
    let gap = " ".repeat(STATE - state.len());
    format!("  {}{gap}{:<NAME$}{rest}", theme.ink(ink, state), check.name)
}
