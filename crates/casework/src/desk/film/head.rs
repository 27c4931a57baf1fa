//! What a page says of the pictures that it sends, and signs.

use crate::code::Code;
use crate::error::{Error, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use face::live::{Prompt, Shown};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Longest head, bytes.
pub const HEAD_BYTES_MAX: usize = 16 * 1024;

/// Most prompts of one head.
const SHOWN_MAX: usize = 32;
/// Longest name of a camera, bytes.
const LABEL_BYTES_MAX: usize = 200;
/// Latest time of a page's clock: a capture is open for three minutes, and a page may have been open before.
const AT_MS_MAX: u32 = 600_000;

/// The head of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// SHA-256 of the head before, base64url; of 32 zero bytes in the first.
    pub before: String,
    /// The camera.
    pub camera: CameraFacts,
    /// The pictures, in the order of time.
    pub pictures: Vec<PictureFacts>,
    /// What the page has shown since the head before, and shows no more.
    #[serde(default)]
    pub shown: Vec<Shown>,
    /// What the page shows now.
    #[serde(default)]
    pub showing: Option<Showing>,
}

/// What a page shows now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Showing {
    /// What.
    #[serde(flatten)]
    pub prompt: Prompt,
    /// Since when, in milliseconds of the page's clock since its camera started.
    pub from_ms: u32,
}

/// What the browser says of the camera.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CameraFacts {
    /// Its name.
    pub label: String,
    /// Width of its pictures in pixels, before the page made them smaller.
    pub width: u32,
    /// Height of its pictures in pixels.
    pub height: u32,
}

/// One picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PictureFacts {
    /// When the camera took it, in milliseconds of the page's clock since its camera started.
    pub at_ms: u32,
    /// SHA-256 of its bytes, base64url.
    pub sha256: String,
}

impl Head {
    /// Reads a head.
    ///
    /// # Errors
    /// `frames-unfit` when it is not JSON of this form, or it or something in it is too long.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let unfit = |why: &str| Error::new(Code::FramesUnfit, why);
        if bytes.len() > HEAD_BYTES_MAX {
            return Err(unfit("the head is too long"));
        }
        let head: Self = serde_json::from_slice(bytes).map_err(|_| unfit("the head cannot be read"))?;
        if head.shown.len() > SHOWN_MAX || head.camera.label.len() > LABEL_BYTES_MAX {
            return Err(unfit("something in the head is too long"));
        }
        let times = head.pictures.iter().map(|picture| picture.at_ms);
        let times = times.chain(head.shown.iter().map(|shown| shown.to_ms)).chain(head.showing.map(|s| s.from_ms));
        if times.max().is_some_and(|last| last > AT_MS_MAX) {
            return Err(unfit("a time in the head is too late"));
        }
        Ok(head)
    }

    /// True if it names these pictures, in their order.
    pub(in crate::desk) fn is_of(&self, pictures: &[Arc<[u8]>]) -> bool {
        let same = |(facts, picture): (&PictureFacts, &Arc<[u8]>)| {
            facts.sha256 == URL_SAFE_NO_PAD.encode(Sha256::digest(picture))
        };
        self.pictures.len() == pictures.len() && self.pictures.iter().zip(pictures).all(same)
    }

    /// True if it comes after the head with this hash.
    pub(in crate::desk) fn follows(&self, last_hash: &[u8]) -> bool {
        self.before == URL_SAFE_NO_PAD.encode(last_hash)
    }

    /// What is being shown, until the last picture.
    pub(super) fn showing(&self, until_ms: u32) -> Option<Shown> {
        let Showing { prompt, from_ms } = self.showing?;
        (from_ms <= until_ms).then_some(Shown { prompt, from_ms, to_ms: until_ms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = r#"{"before":"x","camera":{"label":"Integrated Camera","width":640,"height":480},
        "pictures":[{"at_ms":40,"sha256":"y"}],"shown":[{"prompt":"rest","from_ms":0,"to_ms":30}],
        "showing":{"prompt":"step","at":1,"from_ms":35}}"#;

    #[test]
    fn a_head_says_what_was_shown_and_what_is() {
        let head = Head::parse(GOOD.as_bytes()).expect("it is in order");
        let step = Prompt::Step { at: 1 };
        assert_eq!(head.showing(40), Some(Shown { prompt: step, from_ms: 35, to_ms: 40 }));
        assert_eq!(head.showing(20), None, "it began after the last picture");
    }

    #[test]
    fn what_is_too_late_or_unknown_is_refused() {
        for (from, to) in [("\"at_ms\":40", "\"at_ms\":600001"), ("\"label\"", "\"name\""), ("\"rest\"", "\"dance\"")] {
            assert!(Head::parse(GOOD.replace(from, to).as_bytes()).is_err(), "{to}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_end_in_a_panic(cut in 0..GOOD.len(), bit in 0..8u8) {
            let mut bytes = GOOD.as_bytes().to_vec();
            bytes[cut] ^= 1 << bit;
            let _ = Head::parse(&bytes);
            let _ = Head::parse(&GOOD.as_bytes()[..cut]);
        }
    }
}
