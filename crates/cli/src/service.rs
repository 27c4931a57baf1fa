//! `countenance service`: whether a service definition holds, every way through it, and its picture.

use crate::exit::Result;
use crate::file;
use crate::print::{self, Printer};
use casework::Service;
use casework::service::course_words as words;
use casework::service::diagram::svg;
use casework::service::step::Step;
use casework::service::walk::{Way, ways};
use casework::text::Language;
use clap::{Args, Subcommand};
use face::code::Exit;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

/// `service`
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check a definition and say what it does, step by step
    Check(Definition),
    /// Walk every way through a definition, from the first step to an outcome
    Simulate(Definition),
    /// Draw a definition as an SVG picture
    Diagram(Diagram),
}

/// A definition and the language of the answer.
#[derive(Debug, Args)]
pub(crate) struct Definition {
    /// The definition: a TOML file (docs/SERVICES.md)
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The language of what citizens read: zh-Hant, zh-Hans or en
    #[arg(long, value_name = "TAG", default_value = "en", value_parser = language)]
    language: Language,
}

/// `service diagram`
#[derive(Debug, Args)]
pub(crate) struct Diagram {
    #[command(flatten)]
    definition: Definition,
    /// Write the picture to this file instead of the terminal
    #[arg(long, value_name = "OUT.SVG")]
    out: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long, requires = "out")]
    force: bool,
}

fn language(tag: &str) -> std::result::Result<Language, String> {
    Language::parse(tag).ok_or_else(|| "one of zh-Hant, zh-Hans, en".to_owned())
}

/// One step as it is told.
#[derive(Serialize)]
struct Told<'a> {
    id: &'a str,
    kind: &'a str,
    title: Option<&'a str>,
    minutes: Option<u32>,
    late: Option<&'static str>,
    keep_days: Option<u32>,
    results: Vec<String>,
}

/// What `check` and `simulate` say.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    id: &'a str,
    version: u32,
    title: &'a str,
    channels: Vec<&'static str>,
    steps: Vec<Told<'a>>,
    /// Whether a server of this version takes it.
    runs: bool,
    ways: usize,
    endings: BTreeMap<&'static str, usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    walked: Vec<Walked<'a>>,
}

/// One way.
#[derive(Serialize)]
struct Walked<'a> {
    steps: Vec<(&'a str, &'static str)>,
    ending: &'static str,
}

/// Runs one of the commands.
pub(crate) fn run(command: &Command, printer: &Printer) -> Result<Exit> {
    let asked = match command {
        Command::Check(asked) | Command::Simulate(asked) => asked,
        Command::Diagram(diagram) => &diagram.definition,
    };
    let read = || Ok(Service::parse(&file::text(&asked.file)?)?);
    let service = read().map_err(|failure: crate::exit::Failure| match failure.file {
        Some(_) => failure,
        None => failure.in_file(&asked.file),
    })?;
    match command {
        Command::Diagram(diagram) => draw(&service, diagram)?,
        Command::Check(_) => {
            printer.result(&document(&service, asked.language, false), |_| explained(&service, asked.language))?;
        }
        Command::Simulate(_) => {
            printer.result(&document(&service, asked.language, true), |_| walked(&service, asked.language))?;
        }
    }
    Ok(Exit::Match)
}

fn draw(service: &Service, asked: &Diagram) -> Result<()> {
    let picture = svg(service, asked.definition.language);
    match &asked.out {
        Some(out) => {
            file::check_output(out, &asked.definition.file, asked.force)?;
            file::write(out, picture.as_bytes())
        }
        None => print::results(&picture),
    }
}

fn document<'a>(service: &'a Service, language: Language, each: bool) -> Document<'a> {
    let definition = service.definition();
    let all = ways(definition);
    let mut endings = BTreeMap::new();
    for way in &all {
        *endings.entry(way.ending.as_str()).or_default() += 1;
    }
    let walked = |way: &Way<'a>| Walked {
        steps: way.steps.iter().map(|(id, came)| (*id, came.as_str())).collect(),
        ending: way.ending.as_str(),
    };
    Document {
        schema: "countenance.service/1",
        id: service.id().as_str(),
        version: service.version(),
        title: definition.title.get(language),
        channels: definition.channels.iter().map(|channel| channel.as_str()).collect(),
        steps: definition.steps.iter().map(|step| told(step, language)).collect(),
        runs: service.require_runs().is_ok(),
        ways: all.len(),
        endings,
        walked: if each { all.iter().map(walked).collect() } else { Vec::new() },
    }
}

fn told(step: &Step, language: Language) -> Told<'_> {
    let term = step.doing.term();
    Told {
        id: &step.id,
        kind: step.doing.kind(),
        title: step.doing.title().map(|title| title.get(language)),
        minutes: term.map(|term| term.minutes),
        late: term.map(|term| term.late.as_str()),
        keep_days: term.map(|term| term.keep_days),
        results: step.results().iter().map(|(came, _)| came.as_str().to_owned()).collect(),
    }
}

fn explained(service: &Service, language: Language) -> String {
    let document = document(service, language, false);
    let mut out = format!(
        "{} version {}: {}\noffered at: {}\n\n",
        document.id,
        document.version,
        document.title,
        document.channels.join(", ")
    );
    for (at, step) in service.definition().steps.iter().enumerate() {
        let kind = words::kind(step.doing.kind(), language);
        let title = step.doing.title().map_or(String::new(), |title| format!(": {}", title.get(language)));
        let _ = writeln!(out, "{:>2}. {} · {kind}{title}", at + 1, step.id);
        if let Some(term) = step.doing.term() {
            let late = term.late.meaning();
            let _ = writeln!(out, "    within {}; then: {late} Kept {} days.", span(term.minutes), term.keep_days);
        }
    }
    let endings: Vec<String> = document.endings.iter().map(|(name, count)| format!("{name} {count}")).collect();
    if let Err(error) = service.require_runs() {
        let _ = writeln!(out, "\nA server of this version refuses it: {}.", error.detail());
    }
    let _ = write!(out, "\n{} ways, each with an outcome: {}\n", document.ways, endings.join(", "));
    out
}

/// Minutes in the largest unit that fits.
fn span(minutes: u32) -> String {
    let (count, unit) = match minutes {
        m if m % 1_440 == 0 => (m / 1_440, "day"),
        m if m % 60 == 0 => (m / 60, "hour"),
        m => (m, "minute"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

fn walked(service: &Service, language: Language) -> String {
    let mut out = String::new();
    for way in ways(service.definition()) {
        let steps: Vec<String> =
            way.steps.iter().map(|(id, came)| format!("{id}: {}", words::came(*came, language))).collect();
        let _ = writeln!(out, "{} → {}", steps.join(" → "), words::ending(way.ending, language));
    }
    let _ = writeln!(out, "\nAt every step the person may also give up, go away, or take the consent back.");
    out
}
