//! Templates: what the experts say of one face, and the pack that they belong to.

use crate::code::Code;
use crate::error::{Error, Result};
use crate::limits::{PACK_MODELS_MAX, TEMPLATE_DIMENSIONS_MAX};
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

/// First bytes of a template in binary form, with the form's version.
const MAGIC: &[u8; 8] = b"CNT-TPL1";

impl Template {
    /// The template as bytes: magic, pack (64 ASCII digits), quality, number of experts, then each expert's length (32-bit) and values
    /// (32-bit floats), little-endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(format!("{:64.64}", self.pack.0).as_bytes());
        bytes.extend([self.quality, self.experts.len() as u8]);
        for expert in &self.experts {
            bytes.extend((expert.len() as u32).to_le_bytes());
            bytes.extend(expert.iter().flat_map(|v| v.to_le_bytes()));
        }
        bytes
    }

    /// Reads what [`Template::to_bytes`] wrote.
    ///
    /// # Errors
    /// `template-corrupt` for anything else: another magic, a wrong length, values that are not unit vectors.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        read(bytes).ok_or_else(|| Error::new(Code::TemplateCorrupt, "the bytes are not a whole template"))
    }
}

fn read(bytes: &[u8]) -> Option<Template> {
    let (magic, rest) = bytes.split_at_checked(MAGIC.len())?;
    let (pack, rest) = rest.split_at_checked(64)?;
    let (&[quality, count], mut rest) = rest.split_first_chunk::<2>()?;
    let digits = pack.iter().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(b));
    if magic != MAGIC || !digits || quality > 100 || !(1..=PACK_MODELS_MAX).contains(&usize::from(count)) {
        return None;
    }
    let mut experts = Vec::with_capacity(count.into());
    for _ in 0..count {
        let (&length, after) = rest.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(length) as usize;
        if !(1..=TEMPLATE_DIMENSIONS_MAX).contains(&length) {
            return None;
        }
        let (values, after) = after.split_at_checked(length * 4)?;
        let values: Vec<f32> = values.as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect();
        let norm: f32 = values.iter().map(|v| v * v).sum();
        if !(0.99..=1.01).contains(&norm) {
            return None;
        }
        experts.push(values);
        rest = after;
    }
    let pack = PackId(String::from_utf8(pack.to_vec()).ok()?);
    rest.is_empty().then_some(Template { pack, experts, quality })
}

impl std::fmt::Debug for Template {
    /// The shape only: a template never reaches a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Template({} experts)", self.experts.len())
    }
}
