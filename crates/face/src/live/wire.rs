//! A mesh as text: its points and depths in tenths of a pixel, two bytes each, in base64. 3.7 kB.

use crate::geometry::Point;
use crate::landmarks::{MESH_POINTS, Mesh};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Steps to a pixel.
const STEPS: f32 = 10.0;
/// Steps of the confidence.
const SURE: f32 = 1000.0;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    points: String,
    confidence: u16,
}

fn short(value: f32) -> i16 {
    (value * STEPS).round() as i16
}

/// The mesh as it is after having been written and read.
pub(super) fn rounded(mesh: &Mesh) -> Mesh {
    let round = |v: f32| f32::from(short(v)) / STEPS;
    Mesh {
        points: mesh.points.iter().map(|p| Point::new(round(p.x), round(p.y))).collect(),
        depth: mesh.depth.iter().map(|z| round(*z)).collect(),
        confidence: (mesh.confidence * SURE).round() / SURE,
    }
}

#[expect(clippy::ref_option, reason = "serde's `with` gives the field as it is")]
pub(super) fn serialize<S: Serializer>(mesh: &Option<Mesh>, serializer: S) -> Result<S::Ok, S::Error> {
    let wire = mesh.as_ref().map(|mesh| {
        let numbers = mesh.points.iter().zip(&mesh.depth).flat_map(|(p, z)| [p.x, p.y, *z]);
        let bytes: Vec<u8> = numbers.flat_map(|v| short(v).to_le_bytes()).collect();
        Wire { points: STANDARD_NO_PAD.encode(bytes), confidence: (mesh.confidence * SURE).round() as u16 }
    });
    wire.serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Mesh>, D::Error> {
    let Some(wire) = Option::<Wire>::deserialize(deserializer)? else { return Ok(None) };
    let bytes = STANDARD_NO_PAD.decode(wire.points).map_err(|_| D::Error::custom("a mesh is not base64"))?;
    let triples = bytes.as_chunks::<6>();
    if triples.0.len() != MESH_POINTS || !triples.1.is_empty() {
        return Err(D::Error::custom("a mesh has not 468 points"));
    }
    let number = |low: u8, high: u8| f32::from(i16::from_le_bytes([low, high])) / STEPS;
    Ok(Some(Mesh {
        points: triples.0.iter().map(|b| Point::new(number(b[0], b[1]), number(b[2], b[3]))).collect(),
        depth: triples.0.iter().map(|b| number(b[4], b[5])).collect(),
        confidence: f32::from(wire.confidence) / SURE,
    }))
}
