//! The named regions that a clerk steps through.

use super::Mesh;
use crate::geometry::Point;
use serde::Serialize;

/// Outlines of the regions, each a closed line of points in pixels of the picture. Of pairs, the person's right one comes first.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Regions {
    /// The brows.
    pub brows: [Vec<Point>; 2],
    /// The eyes between the lids.
    pub eyes: [Vec<Point>; 2],
    /// The nose from bridge to base.
    pub nose: Vec<Point>,
    /// The lips.
    pub mouth: Vec<Point>,
    /// The chin below the lips.
    pub chin: Vec<Point>,
}

const BROWS: [[usize; 10]; 2] =
    [[70, 63, 105, 66, 107, 55, 65, 52, 53, 46], [300, 293, 334, 296, 336, 285, 295, 282, 283, 276]];
const EYES: [[usize; 16]; 2] = [
    [33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7],
    [362, 398, 384, 385, 386, 387, 388, 466, 263, 249, 390, 373, 374, 380, 381, 382],
];
const NOSE: [usize; 18] = [168, 122, 174, 198, 49, 48, 64, 98, 97, 2, 326, 327, 294, 278, 279, 420, 399, 351];
const MOUTH: [usize; 20] = [61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146];
const CHIN: [usize; 18] = [136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 335, 406, 313, 18, 83, 182, 106];

impl Mesh {
    /// The outlines of brows, eyes, nose, mouth and chin.
    pub fn regions(&self) -> Regions {
        let outline = |indices: &[usize]| indices.iter().map(|&i| self.points[i]).collect::<Vec<_>>();
        Regions {
            brows: BROWS.map(|r| outline(&r)),
            eyes: EYES.map(|r| outline(&r)),
            nose: outline(&NOSE),
            mouth: outline(&MOUTH),
            chin: outline(&CHIN),
        }
    }
}
