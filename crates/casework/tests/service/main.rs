//! Service definitions and the consent notices composed from them.

mod definitions;
mod notice;
