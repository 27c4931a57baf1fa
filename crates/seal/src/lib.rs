//! All cryptography of Countenance: key ring, sealed records, renewable templates, Merkle log, signatures, tokens.
//!
//! Pure: no files, no network, no clock and no random source of its own; time and randomness are arguments. Nothing secret has a `Debug`
//! form, and no error names what was sealed.
//!
//! | to … | use |
//! | --- | --- |
//! | hold keys, or let a KMS or an HSM hold them | [`keys::KeyRing`], [`keys::FileRing`] |
//! | seal a field of a row | [`keys::DataKey`] and [`record`] |
//! | seal a backup of any length | [`archive`] |
//! | make a template renewable and unlinkable | [`template::Transform`] |
//! | keep a log that cannot be changed unseen | [`canonical`], [`tree`], [`checkpoint`] |
//! | hand out a statement that others can check | [`jws`] |
//! | prove what the chip of a travel document holds | [`chip::read`] |
//! | let an operator sign in | [`password`], [`totp`], [`token`] |
//! | sign what is sent to an agency | [`webhook`] |

pub mod archive;
mod bytes;
pub mod canonical;
pub mod checkpoint;
pub mod chip;
pub mod code;
pub mod error;
pub mod jws;
pub mod keys;
pub mod page;
pub mod password;
pub mod random;
pub mod record;
pub mod template;
pub mod token;
pub mod totp;
pub mod tree;
pub mod webhook;

pub use code::{Code, TABLE};
pub use error::{Error, Result};
pub use random::Random;
