//! `countenance db`: backup, restore, move, check.

use crate::Clock;
use crate::code::Code;
use crate::exit::{Failure, Result};
use crate::ledger::findings;
use crate::print::Printer;
use crate::progress::Bar;
use crate::site::{At, Site, block_on};
use ::eval::progress::Progress as _;
use clap::{Args, Subcommand};
use face::code::Exit;
use serde::Serialize;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::PathBuf;
use store::check::{Depth, Report, check};
use store::dump::{Restored, Saved};
use store::ledger::{Act, Actor, Kind, Shard, append};
use store::progress::Progress;
use store::{Db, dump};

/// `db`
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write an encrypted backup while the server runs; the key ring is needed to read it and is not in it
    Backup(Backup),
    /// Restore a backup into the empty database that the configuration names
    Restore(Restore),
    /// Move everything to another, empty database: SQLite to PostgreSQL or back
    Move(Move),
    /// Compare every record with the ledger, and find what was changed behind the server's back
    Check(Check),
}

/// `db backup`
#[derive(Debug, Args)]
pub(crate) struct Backup {
    #[command(flatten)]
    at: At,
    /// The file to write
    #[arg(value_name = "OUT")]
    out: PathBuf,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
}

/// `db restore`
#[derive(Debug, Args)]
pub(crate) struct Restore {
    #[command(flatten)]
    at: At,
    /// The backup
    #[arg(value_name = "FILE")]
    backup: PathBuf,
}

/// `db move`
#[derive(Debug, Args)]
pub(crate) struct Move {
    #[command(flatten)]
    at: At,
    /// The other database: `sqlite:///FILE` or `postgres://…`; stop the server first, and name it in the configuration afterwards
    #[arg(long, value_name = "URL")]
    to: String,
}

/// `db check`
#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    at: At,
    /// Open every wrapped key, not only one of each kind
    #[arg(long)]
    full: bool,
}

/// Runs one of the commands.
pub(crate) fn run(command: &Command, clock: Clock, printer: &Printer) -> Result<Exit> {
    match command {
        Command::Backup(args) => backup(args, clock, printer),
        Command::Restore(args) => restore(args, clock, printer),
        Command::Move(args) => move_to(args, clock, printer),
        Command::Check(args) => checked(args, clock, printer),
    }
}

/// Draws progress on a bar, one stage a part.
pub(crate) fn watcher(bar: &Bar) -> impl FnMut(Progress) + Send + '_ {
    let mut shown: Option<(&'static str, u64)> = None;
    move |now| {
        let before = match shown {
            Some((part, done)) if part == now.part => done,
            _ => {
                bar.finish();
                bar.start(now.part, now.total);
                0
            }
        };
        (before..now.done).for_each(|_| bar.step());
        shown = Some((now.part, now.done.max(before)));
    }
}

fn backup(args: &Backup, clock: Clock, printer: &Printer) -> Result<Exit> {
    let site = Site::open(&args.at)?;
    if args.out.exists() && !args.force {
        return Err(Failure::new(Code::OutputExists, "the file exists").in_file(&args.out));
    }
    let failed = |error: std::io::Error| Failure::write(error.to_string()).in_file(&args.out);
    let part = args.out.with_extension("part");
    let bar = Bar::new(printer.watched, printer.talk.unicode);
    let saved: Saved = block_on(async {
        let db = site.db(clock()).await?;
        let means = site.means(clock());
        let mut out = BufWriter::new(File::create(&part).map_err(failed)?);
        let mut tx = db.read().await?;
        let saved = dump::backup(&mut tx, &means, &mut out, &mut watcher(&bar)).await?;
        drop(tx);
        out.into_inner().map_err(|error| failed(error.into_error()))?.sync_all().map_err(failed)?;
        let mut tx = db.write().await?;
        let act = Act::new(Kind::BackupMade, Shard::Register, &Actor::System).fact("rows", saved.rows as i64);
        append(&mut tx, &means, &act).await?;
        tx.commit().await?;
        Ok(saved)
    })?;
    bar.finish();
    std::fs::rename(&part, &args.out).map_err(failed)?;
    printer.result(&saved, |_| format!("{}: {} rows of {} tables\n", args.out.display(), saved.rows, saved.tables))?;
    Ok(Exit::Match)
}

fn restore(args: &Restore, clock: Clock, printer: &Printer) -> Result<Exit> {
    let site = Site::open(&args.at)?;
    let unreadable =
        |error: std::io::Error| Failure::new(Code::FileUnreadable, error.to_string()).in_file(&args.backup);
    let mut input = BufReader::new(File::open(&args.backup).map_err(unreadable)?);
    let bar = Bar::new(printer.watched, printer.talk.unicode);
    let restored = block_on(async {
        let db = site.bare_db().await?;
        let means = site.means(clock());
        let restored = dump::restore(&db, &means, &mut input, &mut watcher(&bar)).await?;
        note_restored(&db, &means, &restored).await?;
        Ok(restored)
    })?;
    bar.finish();
    tell(&restored, printer)
}

fn move_to(args: &Move, clock: Clock, printer: &Printer) -> Result<Exit> {
    let site = Site::open(&args.at)?;
    let bar = Bar::new(printer.watched, printer.talk.unicode);
    let restored = block_on(async {
        let (from, to) = (site.db(clock()).await?, Db::open(&args.to, site.config.database.connections).await?);
        let means = site.means(clock());
        let mut tx = from.read().await?;
        let restored = dump::copy(&mut tx, &to, &means, &mut watcher(&bar)).await?;
        drop(tx);
        note_restored(&to, &means, &restored).await?;
        Ok(restored)
    })?;
    bar.finish();
    tell(&restored, printer)
}

async fn note_restored(db: &Db, means: &store::Means<'_>, restored: &Restored) -> Result<()> {
    let mut tx = db.write().await?;
    let act = Act::new(Kind::BackupRestored, Shard::Register, &Actor::System).fact("rows", restored.saved.rows as i64);
    append(&mut tx, means, &act).await?;
    Ok(tx.commit().await?)
}

fn tell(restored: &Restored, printer: &Printer) -> Result<Exit> {
    printer.result(restored, |_| {
        format!("{} rows of {} tables\n{}", restored.saved.rows, restored.saved.tables, words(&restored.report))
    })?;
    Ok(if restored.report.is_right() { Exit::Match } else { Exit::NoMatch })
}

#[derive(Serialize)]
struct Checked {
    database: &'static str,
    report: Report,
}

fn checked(args: &Check, clock: Clock, printer: &Printer) -> Result<Exit> {
    let site = Site::open(&args.at)?;
    let bar = Bar::new(printer.watched, printer.talk.unicode);
    let depth = if args.full { Depth::Full } else { Depth::Sample };
    let document = block_on(async {
        let db = site.db(clock()).await?;
        let mut tx = db.read().await?;
        let report = check(&mut tx, &site.means(clock()), depth, &mut watcher(&bar)).await?;
        let database = match db.dialect() {
            store::db::Dialect::Sqlite => "SQLite",
            store::db::Dialect::Postgres => "PostgreSQL",
        };
        Ok(Checked { database, report })
    })?;
    bar.finish();
    printer.result(&document, |_| words(&document.report))?;
    Ok(if document.report.is_right() { Exit::Match } else { Exit::NoMatch })
}

fn words(report: &Report) -> String {
    let looked = format!(
        "{} entries of {} trees, {} records, {} wrapped keys looked at\n",
        report.entries, report.shards, report.rows, report.keys
    );
    if report.is_right() {
        return looked + "Every record is as the ledger says.\n";
    }
    looked + &findings(report.findings.list(), report.findings.left_out())
}
