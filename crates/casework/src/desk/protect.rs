//! Comparison in the protected space of a purpose: live template, stored templates and the calibration's cohort are all turned by the same
//! secret rotation (ISO/IEC 24745), which leaves every score as it is.

use super::Desk;
use crate::error::Result;
use face::{Calibration, Template};
use seal::template::Transform;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The rotation of one purpose and version, and the calibration turned by it.
pub(crate) struct Protection {
    transform: Transform,
    calibration: Calibration,
    version: u32,
}

/// The protections in use: of each purpose the one of its newest version that was asked for.
#[derive(Default)]
pub(super) struct Protections(Mutex<BTreeMap<String, Arc<Protection>>>);

impl std::fmt::Debug for Protection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Protection(version {})", self.version)
    }
}

impl Protection {
    /// The version of the purpose's secret.
    pub(crate) fn version(&self) -> u32 {
        self.version
    }

    /// The calibration for templates that this protects.
    pub(crate) fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// The template, turned.
    pub(crate) fn protect(&self, template: &Template) -> Result<Template> {
        let mut turned = template.clone();
        self.transform.apply(&mut turned.experts)?;
        Ok(turned)
    }
}

impl Desk {
    /// The protection of `purpose` in its present version; made when it is first asked for and after a rotation.
    pub(crate) async fn protection(&self, purpose: &str) -> Result<Arc<Protection>> {
        let version = self.ring.template_version(purpose);
        let known = self.protections.0.lock().unwrap_or_else(PoisonError::into_inner).get(purpose).cloned();
        if let Some(known) = known.filter(|known| known.version == version) {
            return Ok(known);
        }
        let secret = self.ring.template_secret(purpose, version)?;
        let made = self.on_engine(move |engine| Ok(turned(engine, &secret, version))).await??;
        let made = Arc::new(made);
        self.protections.0.lock().unwrap_or_else(PoisonError::into_inner).insert(purpose.to_owned(), Arc::clone(&made));
        Ok(made)
    }
}

/// The rotation for this engine's experts, and its calibration turned.
fn turned(engine: &face::Engine, secret: &seal::template::TemplateSecret, version: u32) -> Result<Protection> {
    let dimensions: Vec<usize> = engine.pack().models().iter().filter_map(|model| model.output.dimensions).collect();
    let transform = Transform::new(secret, &dimensions);
    let missing = || face::Error::new(face::Code::CalibrationMissing, "scores have no meaning without a calibration");
    let plain = engine.calibration().ok_or_else(missing)?;
    let calibration = plain.with_cohorts(|expert, vector| transform.apply_one(expert, vector))?;
    Ok(Protection { transform, calibration, version })
}
