//! `countenance attack-kit`: attacks on one's own portrait, for an office's own test.

use crate::args::Common;
use crate::code::Code;
use crate::exit::{Failure, Result};
use crate::file;
use crate::pack;
use crate::print::Printer;
use crate::progress::Bar;
use ::eval::attacks::kit::{KitOptions, Made, make};
use ::eval::attacks::pieces::pieces;
use ::eval::attacks::play::Format;
use ::eval::attacks::portrait::Portrait;
use ::eval::attacks::species::Species;
use clap::Args;
use face::Engine;
use face::code::Exit;
use face::live::Way;
use std::fmt::Write as _;
use std::path::PathBuf;

/// `attack-kit`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the command line")]
#[command(override_usage = "countenance attack-kit [OPTIONS] --out <DIR> <PORTRAIT>...")]
pub(crate) struct AttackKit {
    /// Portraits, each of another person; with several, the attackers have faces of their own
    #[arg(value_name = "PORTRAIT", required = true)]
    pub(crate) portraits: Vec<PathBuf>,
    /// The folder to make; it must not exist, or be empty
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// A kind of attack; may be given several times [default: all kinds]
    #[arg(long, value_name = "SPECIES", value_delimiter = ',')]
    pub(crate) species: Vec<Species>,
    /// Sessions of each kind
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) tries: u32,
    /// Sessions of the persons themselves [default: as many as --tries]
    #[arg(long, value_name = "N")]
    pub(crate) bona_fide: Option<u32>,
    /// Seed of every choice
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Write each session as a Y4M film too: a browser's recorded camera
    #[arg(long)]
    pub(crate) y4m: bool,
    /// Write, instead of sessions, the pieces that a recorded camera can answer a real page with: the first person at rest in each colour of the
    /// screen, and doing each step
    #[arg(long, conflicts_with_all = ["species", "tries", "bona_fide", "y4m"])]
    pub(crate) pieces: bool,
    /// The page shows no colours
    #[arg(long)]
    pub(crate) no_colours: bool,
    /// The page asks for no movement of the head
    #[arg(long)]
    pub(crate) no_head: bool,
    /// The page asks for no blinks
    #[arg(long)]
    pub(crate) no_blinks: bool,
    /// Pictures a second
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u8).range(4..=60))]
    pub(crate) rate: u8,
    /// Sessions worked on at a time [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}

/// Makes the sessions.
pub(crate) fn run(args: &AttackKit, common: &Common, printer: &Printer) -> Result<Exit> {
    let taken = args.out.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    if taken || args.out.is_file() {
        return Err(Failure::new(Code::OutputExists, format!("{} is there already and not empty", args.out.display())));
    }
    let options = KitOptions {
        species: args.species.clone(),
        tries: args.tries,
        bona_fide: args.bona_fide.unwrap_or(args.tries),
        seed: args.seed,
        y4m: args.y4m,
        way: Way { colours: !args.no_colours, head: !args.no_head, blinks: !args.no_blinks },
        format: Format { rate: f32::from(args.rate), ..Format::default() },
    };
    let engine = pack::load_uncalibrated(common)?;
    let portraits = portraits(&args.portraits, &engine, printer)?;
    if let (true, Some(portrait)) = (args.pieces, portraits.first()) {
        let mut made = pieces(portrait, options.format, options.seed, &args.out)?;
        made.command = format!("countenance attack-kit <portrait> --out <dir> --pieces --seed {}", options.seed);
        printer.result(&made, |_| words(&made))?;
        return Ok(Exit::Match);
    }
    let bar = Bar::new(printer.watched, printer.talk.unicode);
    let mut made = crate::eval::on_threads(args.threads, || make((&engine, &portraits), &options, &args.out, &bar))??;
    made.command = command(args, &options, portraits.len());
    let measure = format!("\nMeasure them with: countenance eval attacks {}\n", made.out);
    printer.result(&made, |_| words(&made) + &measure)?;
    Ok(Exit::Match)
}

/// The portraits that sessions can be made of; of several, those that cannot be used are named and left out.
fn portraits(paths: &[PathBuf], engine: &Engine, printer: &Printer) -> Result<Vec<Portrait>> {
    let mut portraits = Vec::new();
    for path in paths {
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        match Portrait::of(engine, &name, file::picture(path)?) {
            Ok(portrait) => portraits.push(portrait),
            Err(error) if paths.len() == 1 => return Err(Failure::from(error).in_file(path)),
            Err(error) => printer.note(&format!("left out: {error}")),
        }
    }
    if portraits.is_empty() {
        return Err(Failure::of(*::eval::Code::PortraitUnusable.row(), "none of the portraits can be used"));
    }
    Ok(portraits)
}

/// The command that makes the same sessions again.
fn command(args: &AttackKit, options: &KitOptions, portraits: usize) -> String {
    let species: Vec<&str> = options.species.iter().map(|s| s.as_str()).collect();
    let chosen = if species.is_empty() { String::new() } else { format!(" --species {}", species.join(",")) };
    let switches = [(args.no_colours, " --no-colours"), (args.no_head, " --no-head"), (args.no_blinks, " --no-blinks")];
    let switches: String = switches.iter().filter(|(on, _)| *on).map(|(_, text)| *text).collect();
    format!(
        "countenance attack-kit <{portraits} portraits> --out <dir>{chosen} --tries {} --bona-fide {} --seed {} --rate {}{switches}",
        options.tries, options.bona_fide, options.seed, args.rate
    )
}

fn words(made: &Made) -> String {
    let mut text = format!("Made {}\n\n", made.out);
    for kind in &made.kinds {
        let _ = writeln!(
            text,
            "  {:<14} {:>5} sessions {:>8} pictures  {}",
            kind.kind, kind.sessions, kind.frames, kind.what
        );
    }
    text
}
