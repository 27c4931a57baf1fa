//! Service definitions and the consent notices composed from them.

mod cases;
mod definitions;
mod notice;
mod steps;
