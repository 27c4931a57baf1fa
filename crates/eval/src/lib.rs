//! Evaluation of face verification: data sets, protocols, error rates with intervals, plots and reports.
//!
//! Terms follow ISO/IEC 19795-1: a genuine comparison is of two pictures of one person, an impostor comparison of two persons; FMR is the
//! share of impostor comparisons that match, FNMR the share of genuine comparisons that do not.

pub mod cache;
pub mod code;
pub mod dataset;
pub mod error;
pub mod extract;
pub mod files;
pub mod limits;
pub mod progress;
pub mod protocol;
pub mod random;
pub mod sample;
mod table;

pub use code::Code;
pub use error::{Error, Result};
