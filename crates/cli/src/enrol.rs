//! `countenance enrol`: persons and portraits into the register.

use crate::args::Common;
use crate::exit::Result;
use crate::print::Printer;
use crate::progress::Bar;
use crate::site::{At, Site, block_on};
use crate::{Clock, file};
use ::eval::progress::Progress as _;
use casework::desk::import::{self, ImportSource, ImportView, RejectionView};
use clap::{Args, Subcommand};
use face::code::Exit;
use serde::Serialize;
use std::path::PathBuf;

/// `enrol`
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Import a list of persons with their photos; run again to go on where it stopped
    Import(Import),
}

/// `enrol import`
#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(flatten)]
    at: At,
    /// The list (CSV with the columns `number`, `name`, `birth_date`, `photo`, which may be empty, and if you have them `address`,
    /// `language`, `photo_date`, `photo_source`), or a ZIP archive that holds the list and the photos
    #[arg(value_name = "LIST.CSV|ARCHIVE.ZIP")]
    source: PathBuf,
    /// The folder that the names of photos are relative to [default: the list's folder]
    #[arg(long, value_name = "DIR")]
    photos: Option<PathBuf>,
    /// Write a report of every row that was not taken to this CSV file
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

#[derive(Serialize)]
struct Document {
    import: ImportView,
    rejections: Vec<RejectionView>,
}

/// Runs one of the commands.
pub(crate) fn run(command: &Command, common: &Common, clock: Clock, printer: &Printer) -> Result<Exit> {
    let Command::Import(args) = command;
    let site = Site::open(&args.at)?;
    file::check_input(&args.source)?;
    let bar = Bar::new(printer.watched, printer.talk.unicode);
    let (import, rejections) = block_on(async {
        let desk = site.desk(common, clock()).await?;
        let mut shown: Option<u64> = None;
        let mut watch = |now: &ImportView| {
            let before = shown.unwrap_or_else(|| {
                bar.start("importing", now.rows_total);
                0
            });
            (before..now.rows_done).for_each(|_| bar.step());
            shown = Some(now.rows_done);
        };
        let done = import::run(&desk, None, &clock, &source(args), &mut watch).await?;
        let mut rejections: Vec<RejectionView> = Vec::new();
        loop {
            let after = rejections.last().map_or(0, |row| row.line);
            let page = import::rejections(&desk, None, clock(), &done.id, after).await?;
            if page.is_empty() {
                return Ok((done, rejections));
            }
            rejections.extend(page);
        }
    })?;
    bar.finish();
    if let Some(report) = &args.report {
        let text = format!("line,code,detail\n{}", import::report_lines(&rejections));
        file::write(report, text.as_bytes())?;
    }
    let clean = rejections.is_empty();
    let document = Document { import, rejections };
    printer.result(&document, |_| words(&document))?;
    Ok(if clean { Exit::Match } else { Exit::NoMatch })
}

fn source(args: &Import) -> ImportSource {
    if args.source.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("zip")) {
        return ImportSource::Zip { file: args.source.clone() };
    }
    let beside = || args.source.parent().map(PathBuf::from).unwrap_or_default();
    ImportSource::Folder { list: args.source.clone(), photos: args.photos.clone().unwrap_or_else(beside) }
}

fn words(document: &Document) -> String {
    let ImportView { rows_total, rows_done, rows_rejected, .. } = &document.import;
    let taken = rows_done - rows_rejected;
    let counts = format!("{rows_done} of {rows_total} rows read, {taken} taken, {rows_rejected} not\n");
    let lines = document.rejections.iter().map(|row| format!("line {}: {} ({})\n", row.line, row.detail, row.code));
    std::iter::once(counts).chain(lines).collect()
}
