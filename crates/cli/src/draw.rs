//! Pictures for people: the analysed picture with what was seen in it, and the quality beside it.

mod canvas;
mod font;
mod sheet;

pub(crate) use sheet::{Bar, Outline, Panel, Sheet};
