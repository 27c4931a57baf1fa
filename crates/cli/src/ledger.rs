//! `countenance ledger`: who did what, and whether the log was changed.

mod proof;
mod search;
mod told;
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
use std::path::{Path, PathBuf};
use store::ledger::{Act, Actor, Kind, Shard, checkpoint, export, verify};

/// `ledger`
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find entries: by person, operator, service, visit, kind and time
    Search(search::Search),
    /// Write the whole ledger to a file that anyone can verify offline
    Export(Export),
    /// Verify the ledger, or offline an export of it: finds any entry that was changed, removed, reordered or inserted
    Verify(Verify),
    /// Verify offline that entries stand in the ledger: one from the auditor's pages, or those of a case file
    Proof(proof::Proof),
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
    #[command(flatten)]
    at: At,
    /// An export, which is verified without the installation [default: the installation's own ledger]
    #[arg(value_name = "FILE")]
    export: Option<PathBuf>,
    /// A file with public keys as `countenance ledger keys` prints them, got from somebody whom you trust
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// A signed root or checkpoint that was kept outside; may be given several times [default for the own ledger: the newest of the
    /// witness folder]
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
        Command::Verify(args) => verified(args, clock, printer),
        Command::Proof(args) => proof::run(args, printer),
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

fn verified(args: &Verify, clock: Clock, printer: &Printer) -> Result<Exit> {
    let keys = args.keys.as_ref().map(|file| verifiers(file)).transpose()?;
    let mut outside: Vec<String> = args.outside.iter().map(|note| file::text(note)).collect::<Result<_>>()?;
    let report = if let Some(export) = &args.export {
        of_export(export, &verify::Trust { keys: keys.as_deref(), outside: &outside }, printer)?
    } else {
        let site = Site::open(&args.at)?;
        let witness = site.config.ledger.witness_folder.as_ref().map(|folder| folder.join("root.txt"));
        if let Some(newest) = witness.filter(|note| outside.is_empty() && note.exists()) {
            outside.push(file::text(&newest)?);
        }
        of_installation(&site, clock, &verify::Trust { keys: keys.as_deref(), outside: &outside })?
    };
    let by = words::By { keys: args.keys.as_deref(), outside: outside.len(), export: args.export.is_some() };
    printer.result(&report, |theme| words::verified(theme, &report, &by))?;
    Ok(if report.is_right() { Exit::Match } else { Exit::NoMatch })
}

fn of_export(export: &Path, trust: &verify::Trust<'_>, printer: &Printer) -> Result<verify::Report> {
    let unreadable = |error: std::io::Error| Failure::new(Code::FileUnreadable, error.to_string()).in_file(export);
    let input = File::open(export).map_err(unreadable)?;
    let bar = Bar::new(printer.watched, printer.talk.unicode);
    // One step of the bar is a mebibyte.
    bar.start("verifying", input.metadata().map_err(unreadable)?.len() >> 20);
    let mut shown = 0;
    let mut watch = |bytes: u64| {
        let now = bytes >> 20;
        (shown..now).for_each(|_| bar.step());
        shown = now;
    };
    let report = verify::verify(BufReader::new(input), trust, &mut watch)?;
    bar.finish();
    Ok(report)
}

/// Verifies the installation's own ledger: an export that is read while it is written, and lies nowhere.
fn of_installation(site: &Site, clock: Clock, trust: &verify::Trust<'_>) -> Result<verify::Report> {
    let failed = |detail: String| Failure::new(Code::ThreadsUnavailable, detail);
    let (reader, writer) = std::io::pipe().map_err(|error| failed(error.to_string()))?;
    std::thread::scope(|threads| {
        let reading = threads.spawn(move || verify::verify(BufReader::new(reader), trust, &mut |_| ()));
        let written = block_on(async {
            let db = site.db(clock()).await?;
            let mut tx = db.read().await?;
            export::export(&mut tx, &site.means(clock()), &mut BufWriter::new(writer), &mut |_| ()).await?;
            Ok(())
        });
        let report = reading.join().map_err(|_| failed("the reading thread ended".to_owned()))?;
        // Whoever reads stops first when the lines are none; whoever writes is cut off by that.
        let report = report?;
        written?;
        Ok(report)
    })
}

/// The public keys of a file, one a line.
fn verifiers(file: &Path) -> Result<Vec<Verifier>> {
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
