//! The `countenance` command: compares faces, shows what is seen in a picture, measures, and checks itself.

mod args;
mod attack_kit;
mod code;
mod date;
mod db;
mod demo;
mod doctor;
mod draw;
mod enrol;
mod eval;
mod exit;
mod file;
mod init;
mod inspect;
mod json;
mod keys;
mod ledger;
mod pack;
mod print;
mod progress;
mod scale;
mod serve;
mod service;
mod site;
mod theme;
mod verify;
mod wording;

use args::{Cli, Command};
use clap::Parser as _;
use clap::error::ErrorKind;
use code::Code;
use exit::{Failure, Result};
use face::code::Exit;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use print::Printer;
use std::ffi::OsString;
use std::process::ExitCode;

/// Tells the time: the one function that asks the system's clock; all else gets moments, or this, as a parameter.
type Clock = fn() -> Timestamp;

#[expect(clippy::disallowed_methods, reason = "the one place that takes the clock")]
fn now() -> Timestamp {
    Timestamp::now()
}

fn main() -> ExitCode {
    let today = now().to_zoned(TimeZone::system()).date();
    let words: Vec<OsString> = std::env::args_os().collect();
    match Cli::try_parse_from(&words) {
        Ok(cli) => {
            let printer = Printer::new(&cli.common);
            finish(run(&cli, today, &printer), &printer)
        }
        Err(error) => unparsed(&error, &words),
    }
}

fn run(cli: &Cli, today: Date, printer: &Printer) -> Result<Exit> {
    match &cli.command {
        Command::Verify(args) => verify::run(args, &cli.common, today, printer),
        Command::Inspect(args) => inspect::run(args, &cli.common, printer),
        Command::Doctor => doctor::run(&cli.common, printer),
        Command::Init(args) => init::run(args, now, printer),
        Command::Serve(args) => serve::run(args, &cli.common, now),
        Command::Demo(args) => demo::run(args, &cli.common, now, printer),
        Command::Enrol(command) => enrol::run(command, &cli.common, now, printer),
        Command::Keys(command) => keys::run(command, &cli.common, now, printer),
        Command::Db(command) => db::run(command, now, printer),
        Command::Ledger(command) => ledger::run(command, now, printer),
        Command::Service(command) => service::run(command, printer),
        Command::AttackKit(args) => attack_kit::run(args, &cli.common, printer),
        Command::Eval(command) => eval::run(command, &cli.common, today, printer),
    }
}

fn finish(result: Result<Exit>, printer: &Printer) -> ExitCode {
    exit::status(result.unwrap_or_else(|failure| {
        printer.failure(&failure);
        failure.row.exit
    }))
}

/// Help and version were asked for, or the command line is wrong.
fn unparsed(error: &clap::Error, words: &[OsString]) -> ExitCode {
    let printer = Printer::plain(words.iter().any(|word| word == "--json"));
    let text = error.render().to_string();
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return finish(print::results(&text).map(|()| Exit::Match), &printer);
    }
    if printer.json {
        // The first paragraph says what is wrong; the usage after it is for people.
        let detail = text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect::<Vec<_>>().join(" ");
        let detail = detail.strip_prefix("error: ").unwrap_or(&detail);
        return finish(Err(Failure::new(Code::Usage, detail)), &printer);
    }
    print::say(&format!("{}\n  code: {}", text.trim_end(), Code::Usage.row().code));
    exit::status(Code::Usage.row().exit)
}
