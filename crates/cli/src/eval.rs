//! `countenance eval`.
use crate::args::Common;
use crate::exit::Result;
use crate::print::Printer;
use face::code::Exit;
use jiff::civil::Date;
/// x
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Nothing
    Nothing,
}
pub(crate) fn run(_: &Command, _: &Common, _: Date, _: &Printer) -> Result<Exit> {
    Ok(Exit::Match)
}
