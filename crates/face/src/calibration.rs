//! What scores mean.

use crate::code::Code;
use crate::error::{Error, Result};
use crate::template::PackId;
use serde::{Deserialize, Serialize};

/// The calibration of one pack.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// The pack that it was made for.
    pub pack: PackId,
}

impl Calibration {
    /// Reads a calibration file and checks that it was made for `pack`.
    ///
    /// # Errors
    /// `calibration-invalid`, `calibration-other-pack`.
    pub fn parse(text: &str, pack: &PackId) -> Result<Self> {
        let calibration: Self =
            serde_json::from_str(text).map_err(|e| Error::new(Code::CalibrationInvalid, e.to_string()))?;
        if calibration.pack != *pack {
            return Err(Error::new(Code::CalibrationOtherPack, format!("it was made for pack {}", calibration.pack)));
        }
        Ok(calibration)
    }
}
