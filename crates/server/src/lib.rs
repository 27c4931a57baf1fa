//! HTTP: the JSON API of Countenance, events, health, metrics and background work. Rules of an office are in `casework`, SQL in `store`.

pub mod code;
pub mod config;
pub mod demo;
pub mod error;
mod html;
pub mod http;
pub mod limits;
pub mod logs;
pub mod metrics;
pub mod random;
mod rate;
pub mod ring;
pub mod serve;
pub mod state;
mod verification;
pub mod webhook;
pub mod work;

pub use config::Config;
pub use state::App;
