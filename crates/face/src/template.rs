//! Templates: what the experts say of one face, and the pack that they belong to.

use crate::code::Code;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// The identity of a pack: SHA-256 over its models' hashes and everything that changes a template, as 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PackId(pub String);

impl std::fmt::Display for PackId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// One face as numbers. Biometric data: never log it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// The pack whose experts made it.
    pub pack: PackId,
    /// One unit vector an expert, in the order of the pack's embedders.
    pub experts: Vec<Vec<f32>>,
    /// Overall quality of the picture, 0 to 100.
    pub quality: u8,
}

impl Template {
    /// Refuses templates of different packs.
    ///
    /// # Errors
    /// `template-pack-mismatch`.
    pub fn same_pack(&self, pack: &PackId) -> Result<()> {
        if self.pack == *pack {
            return Ok(());
        }
        Err(Error::new(Code::TemplatePackMismatch, "the template belongs to another pack"))
    }
}

impl std::fmt::Debug for Template {
    /// The shape only: a template never reaches a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Template({} experts)", self.experts.len())
    }
}
