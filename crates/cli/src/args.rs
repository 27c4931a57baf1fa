//! The command line as data. Only clap reads the environment, and only here.

use crate::exit::STATUSES;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Compares a live face with dated portraits of one person and shows the evidence
#[derive(Debug, Parser)]
#[command(name = "countenance", version, after_help = STATUSES, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Common options")]
pub(crate) struct Common {
    /// Print the result as one JSON document (see docs/JSON.md)
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Use the pack in this folder instead of the built-in one
    #[arg(long, global = true, value_name = "DIR", env = "COUNTENANCE_PACK", hide_env_values = true)]
    pub(crate) pack: Option<PathBuf>,
    /// When to use colour: auto, always or never
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    #[arg(hide_possible_values = true, hide_default_value = true)]
    pub(crate) color: Colour,
    /// Draw with plain ASCII characters
    #[arg(long, global = true)]
    pub(crate) ascii: bool,
    /// Width of the text in characters; the terminal's by default
    #[arg(long, global = true, value_name = "N", env = "COLUMNS", hide_env_values = true)]
    pub(crate) width: Option<String>,
    #[command(flatten)]
    pub(crate) surroundings: Surroundings,
}

/// What the terminal and the desktop tell through the environment; not meant as options.
#[derive(Clone, Debug, Args)]
pub(crate) struct Surroundings {
    #[arg(long = "env-no-color", global = true, hide = true, env = "NO_COLOR")]
    pub(crate) no_color: Option<String>,
    #[arg(long = "env-term", global = true, hide = true, env = "TERM")]
    pub(crate) term: Option<String>,
    #[arg(long = "env-lc-all", global = true, hide = true, env = "LC_ALL")]
    pub(crate) lc_all: Option<String>,
    #[arg(long = "env-lc-ctype", global = true, hide = true, env = "LC_CTYPE")]
    pub(crate) lc_ctype: Option<String>,
    #[arg(long = "env-lang", global = true, hide = true, env = "LANG")]
    pub(crate) lang: Option<String>,
    #[arg(long = "env-xdg-cache-home", global = true, hide = true, env = "XDG_CACHE_HOME")]
    pub(crate) xdg_cache_home: Option<PathBuf>,
    #[arg(long = "env-home", global = true, hide = true, env = "HOME")]
    pub(crate) home: Option<PathBuf>,
}

/// When to use colour; `Auto` is on a terminal that knows colour, unless `NO_COLOR` is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    #[default]
    Auto,
    Always,
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compare a live picture with one or more portraits of one person
    Verify(Verify),
    /// Show what is seen in one picture: face, regions, pose and quality
    Inspect(Inspect),
    /// Check the installation: pack, calibration, processor and a self-test
    Doctor,
    /// Prepare a folder for a new installation: configuration and keys
    Init(crate::init::Init),
    /// Serve the pages and the API
    Serve(crate::serve::Serve),
    /// Play it: two offices, 29 stations, every role, recorded cameras
    Demo(crate::demo::Demo),
    /// Import persons and their portraits into the register
    #[command(subcommand)]
    Enrol(crate::enrol::Command),
    /// Name, rotate and retire keys
    #[command(subcommand)]
    Keys(crate::keys::Command),
    /// Back up, restore, move and check the records
    #[command(subcommand)]
    Db(crate::db::Command),
    /// Search, export and verify the ledger
    #[command(subcommand)]
    Ledger(crate::ledger::Command),
    /// Check, walk and draw service definitions
    #[command(subcommand)]
    Service(crate::service::Command),
    /// Make films of attacks on a portrait, to test the liveness check
    AttackKit(crate::attack_kit::AttackKit),
    /// Measure error rates over sets of pictures, and calibrate
    #[command(subcommand)]
    Eval(crate::eval::Command),
}

/// `verify`
#[derive(Debug, Args)]
#[command(override_usage = "countenance verify [OPTIONS] <LIVE> <PORTRAIT>...")]
pub(crate) struct Verify {
    /// The live picture: JPEG, PNG or WebP
    #[arg(value_name = "LIVE")]
    pub(crate) live: PathBuf,
    /// Portraits of the one person who it may be
    #[arg(value_name = "PORTRAIT", required = true)]
    pub(crate) portraits: Vec<PathBuf>,
    /// A further live frame of the same person; may be given several times
    #[arg(long = "live", value_name = "FRAME")]
    pub(crate) more: Vec<PathBuf>,
    /// When a portrait was taken: 2009, 2009-05, 2009-05-31 or unknown; one for each portrait, in their order
    #[arg(long = "portrait-date", value_name = "DATE", value_delimiter = ',')]
    pub(crate) dates: Vec<String>,
    /// The day of the check [default: today]
    #[arg(long, value_name = "DATE")]
    pub(crate) on: Option<String>,
    /// The false-match rate that a match must keep: 1e-4 or 1:10000
    #[arg(long, value_name = "RATE", default_value = "1e-4", value_parser = rate)]
    pub(crate) fmr: f64,
}

/// `inspect`
#[derive(Debug, Args)]
#[command(override_usage = "countenance inspect [OPTIONS] <IMAGE>")]
pub(crate) struct Inspect {
    /// The picture: JPEG, PNG or WebP
    #[arg(value_name = "IMAGE")]
    pub(crate) image: PathBuf,
    /// Write the picture with box, regions and quality bars to this PNG file
    #[arg(long, value_name = "OUT.PNG")]
    pub(crate) draw: Option<PathBuf>,
    /// Replace the file that --draw names if it exists
    #[arg(long, requires = "draw")]
    pub(crate) force: bool,
}

/// Reads a rate: a number such as `1e-4`, or `1:10000`.
pub(crate) fn rate(text: &str) -> Result<f64, String> {
    let number = |part: &str| part.replace(',', "").parse::<f64>().map_err(|_| format!("`{part}` is not a number"));
    let value = match text.split_once(':') {
        Some((some, of)) => number(some)? / number(of)?,
        None => number(text)?,
    };
    if value > 0.0 && value <= 1.0 { Ok(value) } else { Err("a rate lies above 0 and is at most 1".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn rates_are_numbers_or_odds() {
        assert_eq!(rate("1e-4"), Ok(1e-4));
        assert_eq!(rate("1:10,000"), Ok(1e-4));
        for bad in ["", "x", "0", "2", "-1", "1:0", "NaN", "inf"] {
            assert!(rate(bad).is_err(), "{bad}");
        }
    }
}
