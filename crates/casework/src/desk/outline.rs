//! What a page needs to lay two faces side by side: how to cut and turn each picture so that the eyes lie level and at one height, and where
//! brows, eyes, nose, mouth and chin are.

use super::Desk;
use crate::error::Result;
use face::geometry::{Point, Rect};
use face::landmarks::Mesh;
use face::{Engine, Image};
use serde::Serialize;
use utoipa::ToSchema;

/// Side of the cut-out in distances between the eyes: a head with some room around it (ISO/IEC 19794-5's token image has the same share).
const SIDE_EYES: f32 = 4.0;
/// How far below the eyes the middle of the cut-out lies, in distances between the eyes: half-way to the mouth.
const BELOW_EYES: f32 = 0.5;

/// A picture's measures, its cut-out and its regions, in pixels of the upright picture.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Outline {
    /// Width of the picture in pixels, upright.
    pub width: u32,
    /// Height of the picture in pixels, upright.
    pub height: u32,
    /// How to cut and turn it.
    pub crop: Crop,
    /// Where what is; of pairs, the person's right one comes first.
    pub regions: Vec<Region>,
}

/// A square cut-out: centre, side, and the angle by which the picture is turned so that the eyes lie level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct Crop {
    /// Centre, pixels from the left.
    pub x: f32,
    /// Centre, pixels from the top.
    pub y: f32,
    /// Side in pixels.
    pub side: f32,
    /// Angle of the line between the eyes in degrees, clockwise positive; turn the picture back by it.
    pub angle_deg: f32,
}

/// A box around one region of the face.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Region {
    /// `right-brow`, `left-brow`, `right-eye`, `left-eye`, `nose`, `mouth` or `chin`.
    pub name: String,
    /// Left edge in pixels.
    pub x: f32,
    /// Upper edge in pixels.
    pub y: f32,
    /// Width in pixels.
    pub width: f32,
    /// Height in pixels.
    pub height: f32,
}

impl Desk {
    /// The outline of a picture of one face; none when no face is found in it any more, which does not hinder its being shown.
    ///
    /// # Errors
    /// `too-busy`.
    pub(super) async fn outline(&self, bytes: Vec<u8>) -> Result<Option<Outline>> {
        self.on_engine(move |engine| Ok(outline(engine, &bytes).ok())).await
    }
}

fn outline(engine: &Engine, bytes: &[u8]) -> face::Result<Outline> {
    let image = Image::decode(bytes)?;
    let faces = engine.detect(&image)?;
    let face = face::detect::dominant(&faces, &image)?;
    let mesh = engine.mesh(&image, face)?;
    Ok(Outline { width: image.width(), height: image.height(), crop: crop(&mesh), regions: regions(&mesh) })
}

fn crop(mesh: &Mesh) -> Crop {
    let [right, left, ..] = mesh.five();
    let (across, down) = (left.x - right.x, left.y - right.y);
    let distance = right.distance(left);
    let middle = right.middle(left);
    // Downwards along the face is across the line between the eyes.
    let below = BELOW_EYES;
    Crop {
        x: middle.x - below * down,
        y: middle.y + below * across,
        side: SIDE_EYES * distance,
        angle_deg: down.atan2(across).to_degrees(),
    }
}

fn regions(mesh: &Mesh) -> Vec<Region> {
    let regions = mesh.regions();
    let [right_brow, left_brow] = &regions.brows;
    let [right_eye, left_eye] = &regions.eyes;
    let named: [(&str, &[Point]); 7] = [
        ("right-brow", right_brow),
        ("left-brow", left_brow),
        ("right-eye", right_eye),
        ("left-eye", left_eye),
        ("nose", &regions.nose),
        ("mouth", &regions.mouth),
        ("chin", &regions.chin),
    ];
    let region = |(name, points): (&str, &[Point])| {
        let Rect { x, y, width, height } = Rect::around(points.iter().copied());
        Region { name: name.to_owned(), x, y, width, height }
    };
    named.map(region).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A mesh whose eyes lie at these places and whose other points lie between them.
    fn mesh(right: Point, left: Point) -> Mesh {
        let mut points = vec![right.middle(left); face::landmarks::MESH_POINTS];
        for index in [33, 133] {
            points[index] = right;
        }
        for index in [362, 263] {
            points[index] = left;
        }
        Mesh { depth: vec![0.0; points.len()], points, confidence: 1.0 }
    }

    #[test]
    fn a_level_face_is_cut_below_the_eyes() {
        let crop = crop(&mesh(Point::new(100.0, 50.0), Point::new(160.0, 50.0)));
        assert_eq!(crop, Crop { x: 130.0, y: 80.0, side: 240.0, angle_deg: 0.0 });
    }

    #[test]
    fn a_tilted_face_is_cut_along_its_own_axis() {
        // Tilted by 90 degrees clockwise: the left eye lies straight below the right one, and down the face is to the left.
        let crop = crop(&mesh(Point::new(100.0, 50.0), Point::new(100.0, 110.0)));
        assert_eq!(crop, Crop { x: 70.0, y: 80.0, side: 240.0, angle_deg: 90.0 });
    }

    #[test]
    fn regions_come_in_pairs_from_the_right() {
        let names: Vec<String> =
            regions(&mesh(Point::new(1.0, 1.0), Point::new(2.0, 1.0))).into_iter().map(|region| region.name).collect();
        assert_eq!(names.join(" "), "right-brow left-brow right-eye left-eye nose mouth chin");
    }
}
