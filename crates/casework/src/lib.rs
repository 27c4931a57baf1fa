//! What an office does: services as data, the visit as a state machine, limits on attempts, permissions and reasons.
//!
//! Everything but [`desk`] is pure: no clock, no randomness, no input or output. A service definition is text that is parsed, a visit is a
//! value that [`visit::apply`] moves, and who may do what is a table. The procedures of [`desk`] stand on these and remember what they do.
//!
//! ```
//! use casework::visit::State;
//! use casework::{Language, Services};
//!
//! let services = Services::builtin()?;
//! let marriage = services.get("household.marriage")?;
//! assert!(marriage.consent_notice(Language::En).text().starts_with("Register a marriage\nMay we use the camera"));
//! assert_eq!(State::opened(marriage.persons())?.to_string(), "open|unclaimed,unclaimed");
//! # Ok::<(), casework::Error>(())
//! ```

pub mod case;
mod closed;
pub mod code;
pub mod desk;
pub mod error;
pub mod limits;
pub mod permission;
pub mod reason;
pub mod service;
pub mod text;
pub mod throttle;
pub mod visit;

pub use code::Code;
pub use desk::Desk;
pub use error::{Error, Result};
pub use permission::{Permission, Role, Roles};
pub use reason::Reason;
pub use service::{Service, ServiceId, Services};
pub use text::{Language, Texts};
