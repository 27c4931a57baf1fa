//! Pictures of a film that are kept until its end, so that its face can be compared with that of the pictures after it.

use super::Piece;
use crate::desk::Desk;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use face::landmarks::Mesh;
use face::live::Observation;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A face that is turned to a side further than this is not compared, in degrees.
const YAW_MAX: f32 = 20.0;
/// The same up and down: many cameras stand above or below the eyes.
const PITCH_MAX: f32 = 30.0;

/// One picture of a part of the film, each as likely as any other: nobody can know which. Of each part the last one that was drawn counts.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::desk) struct Sample {
    /// The step that was asked; none before the first.
    pub(in crate::desk) part: Option<u32>,
    /// Which of the piece's pictures it is.
    pub(in crate::desk) number: usize,
    /// The picture, base64url.
    pub(in crate::desk) picture: String,
}

/// Draws whether one of the piece's pictures is kept in place of those that were kept of its part before, and which.
pub(super) fn draw(desk: &Desk, piece: &mut Piece, pictures: &[Arc<[u8]>]) {
    let straight = |frame: &Observation| {
        let pose = frame.mesh.as_ref().map(Mesh::pose);
        pose.is_some_and(|pose| pose.yaw.abs() <= YAW_MAX && pose.pitch.abs() <= PITCH_MAX)
    };
    let fit: Vec<usize> = (0..pictures.len()).filter(|at| piece.frames.get(*at).is_some_and(straight)).collect();
    let drawn = u64::from_le_bytes(seal::random::array(desk.random.as_ref()));
    let Some(&number) = fit.get((drawn >> 32) as usize % fit.len().max(1)) else { return };
    let seen = piece.standing.sampled_from(&piece.head);
    if (drawn as u32).is_multiple_of(seen) {
        let picture = URL_SAFE_NO_PAD.encode(&pictures[number]);
        piece.sample = Some(Sample { part: piece.standing.part, number, picture });
    }
}
