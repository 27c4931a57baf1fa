//! `countenance ledger`: who did what, and whether the log was changed.

mod search;
mod words;

pub(crate) use words::findings;

use crate::code::Code;
use crate::db::watcher;
use crate::exit::{Failure, Result};
use crate::print::Printer;
use crate::progress::Bar;
use crate::site::{At, Site, block_on};
use crate::{Clock, file};
use ::eval::progress::Progress as _;
use clap::{Args, Subcommand};
use face::code::Exit;
use seal::checkpoint::Verifier;
use seal::keys::{KeyRing as _, SignUse};
use serde::Serialize;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::PathBuf;
use store::ledger::{Act, Actor, Kind, Shard, checkpoint, export, verify};

/// `ledger`
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find entries: by person, operator, service, visit, kind and time
    Search(search::Search),
    /// Write the whole ledger to a file that anyone can verify offline
    Export(Export),
    /// Verify an export, offline: finds any entry that was changed, removed, reordered or inserted
    Verify(Verify),
    /// Print the public keys of the ledger's signatures, to be kept where the ledger's operator cannot change them
    Keys(At),
    /// Compare the database with a signed root or checkpoint that was kept outside
    Compare(Compare),
}

/// `ledger export`
#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    at: At,
    /// The file to write
    #[arg(value_name = "OUT")]
    out: PathBuf,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
}

/// `ledger verify`
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The export
    #[arg(value_name = "FILE")]
    export: PathBuf,
    /// A file with public keys as `countenance ledger keys` prints them, got from somebody whom you trust
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// A signed root or checkpoint that was kept outside; may be given several times
    #[arg(long = "checkpoint", value_name = "FILE")]
    outside: Vec<PathBuf>,
}

/// `ledger compare`
#[derive(Debug, Args)]
pub(crate) struct Compare {
    #[command(flatten)]
    at: At,
    /// The signed root or checkpoint, such as `witness/root.txt`
    #[arg(value_name = "NOTE")]
    note: PathBuf,
}

/// Runs one of the commands.
pub(crate) fn run(command: &Command, clock: Clock, printer: &Printer) -> Result<Exit> {
    match command {
        Command::Search(args) => search::run(args, clock, printer),
        Command::Export(args) => write_export(args, clock, printer),
        Command::Verify(args) => verify_export(args, printer),
        Command::Keys(at) => keys(at, printer),
        Command::Compare(args) => compare(args, clock, printer),
    }
}

/// Writes the export beside its name and renames it when it is whole; the use is in the ledger.
fn write_export(args: &Export, clock: Clock, printer: &Printer) -> Result<Exit> {
    let site = Site::open(&args.at)?;
    if args.out.exists() && !args.force {
        return Err(Failure::new(Code::OutputExists, "the file exists").in_file(&args.out));
    }
    let failed = |error: std::io::Error| Failure::write(error.to_string()).in_file(&args.out);
    let part = args.out.with_extension("part");
    let bar = Bar::new(printer.watched, printer.talk.unicode);
    let done = block_on(async {
        let db = site.db(clock()).await?;
        let means = site.means(clock());
        let mut out = BufWriter::new(File::create(&part).map_err(failed)?);
        let mut tx = db.read().await?;
        let done = export::export(&mut tx, &means, &mut out, &mut watcher(&bar)).await?;
        drop(tx);
        out.into_inner().map_err(|error| failed(error.into_error()))?.sync_all().map_err(failed)?;
        let mut tx = db.write().await?;
        let act = Act::new(Kind::LedgerExported, Shard::Register, &Actor::System).fact("entries", done.entries as i64);
        store::ledger::append(&mut tx, &means, &act).await?;
        tx.commit().await?;
        Ok(done)
    })?;
    bar.finish();
    std::fs::rename(&part, &args.out).map_err(failed)?;
    printer.result(&done, |_| {
        let words = format!(
            "{} entries of {} trees, {} signed roots, {} bytes",
            done.entries, done.shards, done.roots, done.bytes
        );
        format!("{}: {words}\n", args.out.display())
    })?;
    Ok(Exit::Match)
}

fn verify_export(args: &Verify, printer: &Printer) -> Result<Exit> {
    let keys = args.keys.as_ref().map(|file| verifiers(file)).transpose()?;
    let outside: Vec<String> = args.outside.iter().map(|note| file::text(note)).collect::<Result<_>>()?;
    let unreadable =
        |error: std::io::Error| Failure::new(Code::FileUnreadable, error.to_string()).in_file(&args.export);
    let input = File::open(&args.export).map_err(unreadable)?;
    let bar = Bar::new(printer.watched, printer.talk.unicode);
    // One step of the bar is a mebibyte.
    bar.start("verifying", input.metadata().map_err(unreadable)?.len() >> 20);
    let mut shown = 0;
    let mut watch = |bytes: u64| {
        let now = bytes >> 20;
        (shown..now).for_each(|_| bar.step());
        shown = now;
    };
    let trust = verify::Trust { keys: keys.as_deref(), outside: &outside };
    let report = verify::verify(BufReader::new(input), &trust, &mut watch)?;
    bar.finish();
    printer.result(&report, |theme| words::verified(theme, &report))?;
    Ok(if report.is_right() { Exit::Match } else { Exit::NoMatch })
}

/// The public keys of a file, one a line.
fn verifiers(file: &std::path::Path) -> Result<Vec<Verifier>> {
    let text = file::text(file)?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.map(str::parse).collect::<seal::Result<_>>()?)
}

#[derive(Serialize)]
struct Keys {
    keys: Vec<String>,
}

fn keys(at: &At, printer: &Printer) -> Result<Exit> {
    let site = Site::open(at)?;
    let public = site.ring.public_keys(SignUse::Ledger);
    let verifiers = seal::checkpoint::verifiers(&site.config.ledger.origin, &public)?;
    let keys = Keys { keys: verifiers.iter().map(ToString::to_string).collect() };
    printer.result(&keys, |_| keys.keys.join("\n") + "\n")?;
    Ok(Exit::Match)
}

fn compare(args: &Compare, clock: Clock, printer: &Printer) -> Result<Exit> {
    let site = Site::open(&args.at)?;
    let note = file::text(&args.note)?;
    let compared = block_on(async {
        let db = site.db(clock()).await?;
        let mut tx = db.read().await?;
        Ok(checkpoint::compare_outside(&mut tx, &site.means(clock()), &note).await?)
    })?;
    printer.result(&compared, |_| {
        let line = |grew: &checkpoint::Grew| {
            format!("{}: {} entries then, {} now, nothing changed", grew.shard, grew.then, grew.now)
        };
        compared.shards.iter().map(line).collect::<Vec<_>>().join("\n") + "\n"
    })?;
    Ok(Exit::Match)
}
