//! The `countenance` command.

mod code;
mod date;
mod draw;
mod exit;
mod file;
mod json;
mod scale;
mod theme;
mod wording;

fn main() {}
