//! The command line of `eval`.

use ::eval::attacks::species::Species;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// The commands of the lab.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compare the pairs that an index names
    Pairs(Pairs),
    /// Compare every picture with portraits of every person
    Identities(Identities),
    /// Fit the pack's calibration to sets of pictures
    Calibrate(Calibrate),
    /// Measure the liveness check over recorded sessions, stills and videos, and fit its calibration
    Attacks(Attacks),
    /// Make one report of the outcomes of earlier runs
    Report(Report),
}

/// `eval pairs`
#[derive(Debug, Args)]
#[command(override_usage = "countenance eval pairs [OPTIONS] --root <DIR> --index <CSV>")]
pub(crate) struct Pairs {
    #[command(flatten)]
    pub(crate) run: Run,
    /// Compare every picture of the index with every other, instead of its pairs
    #[arg(long)]
    pub(crate) all_pairs: bool,
}

/// `eval identities`
#[derive(Debug, Args)]
#[command(override_usage = "countenance eval identities [OPTIONS] --root <DIR> --index <CSV>")]
pub(crate) struct Identities {
    #[command(flatten)]
    pub(crate) run: Run,
    /// Most portraits of each person to compare with at once
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) portraits: usize,
    /// Leave out pictures of persons younger than this
    #[arg(long, value_name = "YEARS", default_value_t = 0.0)]
    pub(crate) min_age: f64,
    /// Fewest years between a picture and the portraits of its own person
    #[arg(long, value_name = "YEARS", default_value_t = 0.0)]
    pub(crate) min_gap: f64,
    /// Compare every picture with every other once instead
    #[arg(long, conflicts_with = "portraits")]
    pub(crate) all_pairs: bool,
}

/// `eval calibrate`
#[derive(Debug, Args)]
#[command(override_usage = "countenance eval calibrate [OPTIONS] --out <CALIBRATION.JSON> <INDEX.CSV>...")]
pub(crate) struct Calibrate {
    /// The data sets: indexes of persons or of pairs; the pictures are below each index's folder
    #[arg(value_name = "INDEX.CSV", required = true)]
    pub(crate) indexes: Vec<PathBuf>,
    /// Leave out pictures of persons younger than this, in sets that state ages
    #[arg(long, value_name = "YEARS", default_value_t = 18.0)]
    pub(crate) min_age: f64,
    /// The calibration file to write; it replaces the one that is there
    #[arg(long, value_name = "CALIBRATION.JSON")]
    pub(crate) out: PathBuf,
    /// Write one line a held-out comparison to this CSV file
    #[arg(long, value_name = "OUT.CSV")]
    pub(crate) scores: Option<PathBuf>,
    /// Seed of the division of persons and of the bootstrap
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) work: Work,
}

/// `eval attacks`
#[derive(Debug, Args)]
#[command(override_usage = "countenance eval attacks [OPTIONS] [FOLDER]...")]
pub(crate) struct Attacks {
    /// Folders that attack-kit made, or with an index.csv of stills and videos: file,label,species; or outcomes that earlier runs printed as JSON
    #[arg(value_name = "FOLDER", required_unless_present = "render")]
    pub(crate) folders: Vec<PathBuf>,
    /// A portrait that sessions name, or a folder of them: live sessions are then compared with it too
    #[arg(long, value_name = "PATH")]
    pub(crate) portraits: Vec<PathBuf>,
    /// Render so many sessions of each kind of attack, and as many of the persons, from the portraits, and keep no picture of them
    #[arg(long, value_name = "N", requires = "portraits")]
    pub(crate) render: Option<u32>,
    /// Render only this kind of attack; may be given several times [default: all kinds]
    #[arg(long, value_name = "SPECIES", value_delimiter = ',', requires = "render")]
    pub(crate) species: Vec<Species>,
    /// Keep what was observed in the rendered sessions in this folder: numbers, no pictures; it can be measured again
    #[arg(long, value_name = "DIR", requires = "render")]
    pub(crate) keep: Option<PathBuf>,
    /// Pictures a second of what is rendered
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u8).range(4..=60))]
    pub(crate) rate: u8,
    /// Fit a calibration, write it to this file, and judge each half of the persons by a fit to the other
    #[arg(long, value_name = "LIVENESS.JSON")]
    pub(crate) fit: Option<PathBuf>,
    /// Write a report that needs no other file to this HTML file
    #[arg(long, value_name = "OUT.HTML")]
    pub(crate) report: Option<PathBuf>,
    /// Seed of the division of persons, and of what is rendered
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Sessions worked on at a time [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}

/// What the runs share.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The folder of the pictures
    #[arg(long, value_name = "DIR")]
    pub(crate) root: PathBuf,
    /// The index: a CSV file inside that folder, or a path of its own
    #[arg(long, value_name = "CSV")]
    pub(crate) index: PathBuf,
    /// Write one line a comparison to this CSV file
    #[arg(long, value_name = "OUT.CSV")]
    pub(crate) scores: Option<PathBuf>,
    /// Write a report that needs no other file to this HTML file
    #[arg(long, value_name = "OUT.HTML")]
    pub(crate) report: Option<PathBuf>,
    /// Seed of every random choice
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) work: Work,
}

/// How the work is done.
#[derive(Debug, Args)]
pub(crate) struct Work {
    /// Keep analysed pictures in this folder (biometric data) [default: the user's cache folder]
    #[arg(long, value_name = "DIR", conflicts_with = "no_cache")]
    pub(crate) cache: Option<PathBuf>,
    /// Keep nothing
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// Pictures and comparisons worked on at a time [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}

/// `eval report`
#[derive(Debug, Args)]
#[command(override_usage = "countenance eval report --report <OUT.HTML> <OUTCOME.JSON>...")]
pub(crate) struct Report {
    /// What earlier runs printed with --json
    #[arg(value_name = "OUTCOME.JSON", required = true)]
    pub(crate) outcomes: Vec<PathBuf>,
    /// The HTML file to write
    #[arg(long, value_name = "OUT.HTML")]
    pub(crate) report: PathBuf,
}
