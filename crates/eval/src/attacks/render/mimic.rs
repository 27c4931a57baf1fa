//! What a face can do: close its lids and open its jaw, as shifts of the head's points.

use super::head::RIM;
use super::space::{Vec3, smooth};
use face::landmarks::MESH_POINTS;

/// The rims of the lids: the person's right eye from its outer corner over the upper lid, then the left eye from its inner corner.
pub const LIDS: [[usize; 16]; 2] = [
    [33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7],
    [362, 398, 384, 385, 386, 387, 388, 466, 263, 249, 390, 373, 374, 380, 381, 382],
];
/// The crease above each point of the upper lids, in the order of [`LIDS`] from their second point, and the brow bone above that: a closed
/// lid is smooth, so the crease is drawn with the skin of the bone.
const CREASE: [[usize; 7]; 2] = [[247, 30, 29, 27, 28, 56, 190], [414, 286, 258, 257, 259, 260, 467]];
/// See [`CREASE`].
const BONE: [[usize; 7]; 2] = [[113, 225, 224, 223, 222, 221, 189], [413, 441, 442, 443, 444, 445, 342]];
/// How much of the way to that skin the picture of the crease goes when the lid closes.
const SMOOTHED: f32 = 0.65;
/// The inner edge of the lips, from the person's right corner over the upper lip.
pub const INNER_LIPS: [usize; 20] =
    [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95];
const CORNERS: [usize; 8] = [61, 76, 62, 78, 291, 306, 292, 308];
const LOWER_LIP: [usize; 36] = [
    95, 88, 178, 87, 14, 317, 402, 318, 324, 96, 89, 179, 86, 15, 316, 403, 319, 325, 77, 90, 180, 85, 16, 315, 404,
    320, 307, 146, 91, 181, 84, 17, 314, 405, 321, 375,
];
const UPPER_LIP: [usize; 36] = [
    191, 80, 81, 82, 13, 312, 311, 310, 415, 183, 42, 41, 38, 12, 268, 271, 272, 407, 184, 74, 73, 72, 11, 302, 303,
    304, 408, 185, 40, 39, 37, 0, 267, 269, 270, 409,
];
/// How far a jaw turns when it is wide open.
const JAW_DEGREES: f32 = 27.0;
/// How far the skin above a lid follows it, in cm.
const LID_SKIN_CM: f32 = 0.7;

/// Shifts of single points at full strength, in cm.
#[derive(Clone, Debug, Default)]
pub struct Mimic {
    blink: Vec<(usize, Vec3)>,
    mouth: Vec<(usize, Vec3)>,
}

impl Mimic {
    /// The shifts of the mesh's own points.
    pub(super) fn of(points: &[Vec3]) -> Self {
        let jaw = Jaw::of(points);
        let mouth = (0..MESH_POINTS).map(|i| (i, jaw.shift(points[i], jaw.weight(points, i)))).collect();
        Self { blink: LIDS.iter().flat_map(|ring| lids(points, ring)).collect(), mouth }
    }

    /// The same with the shell behind the chin, and the inside of the mouth, which begins at point `mouth_from`.
    pub(super) fn over(mut self, points: &[Vec3], mouth_from: usize) -> Self {
        let jaw = Jaw::of(points);
        let ring = RIM.len();
        let inner = LIDS.iter().map(|lids| lids.len() + 1).sum::<usize>() + INNER_LIPS.len() + 1;
        let rings = (mouth_from - MESH_POINTS - inner) / ring;
        for k in 0..rings * ring {
            // The deeper a ring lies, the less it follows: the neck stays.
            let follows = 1.0 - (k / ring) as f32 / rings as f32;
            let weight = jaw.weight(points, RIM[k % ring]) * follows;
            self.mouth.push((MESH_POINTS + k, jaw.shift(points[RIM[k % ring]], weight)));
        }
        for (k, &i) in INNER_LIPS.iter().enumerate() {
            self.mouth.push((mouth_from + k, jaw.shift(points[i], jaw.weight(points, i))));
        }
        self.mouth.push((mouth_from + INNER_LIPS.len(), jaw.shift(points[14], 0.5)));
        self.mouth.retain(|(_, shift)| shift.length() > 1e-4);
        self
    }

    /// Moves the points: lids closed by `blink`, jaw opened by `mouth`.
    pub(super) fn apply(&self, points: &mut [Vec3], blink: f32, mouth: f32) {
        for (shifts, strength) in [(&self.blink, blink), (&self.mouth, mouth)] {
            if strength.abs() > 1e-4 {
                shifts.iter().for_each(|&(i, shift)| points[i] = points[i] + shift * strength);
            }
        }
    }
}

/// The picture on the upper lids when they are closed by `blink`: the crease is smoothed.
pub(super) fn lid_skin(uv: &mut [[f32; 2]], blink: f32) {
    for (crease, bone) in CREASE.iter().flatten().zip(BONE.iter().flatten()) {
        let (from, to) = (uv[*crease], uv[*bone]);
        uv[*crease] = [0, 1].map(|axis| from[axis] + (to[axis] - from[axis]) * SMOOTHED * blink);
    }
}

/// The upper lid comes down to the lower one and presses it a little; the skin above follows.
fn lids(points: &[Vec3], ring: &[usize; 16]) -> Vec<(usize, Vec3)> {
    let mut shifts = Vec::new();
    for k in 1..8 {
        let (upper, lower) = (ring[k], ring[16 - k]);
        let gap = points[lower] - points[upper];
        shifts.push((upper, gap * 1.25 + Vec3::new(0.0, 0.0, -0.05)));
        shifts.push((lower, gap * 0.25 + Vec3::new(0.0, 0.0, -0.05)));
    }
    let uppers = shifts.clone();
    for i in (0..MESH_POINTS).filter(|i| !ring.contains(i)) {
        let near = (1..8).map(|k| (ring[k], (points[i] - points[ring[k]]).length()));
        let Some((lid, distance)) = near.min_by(|a, b| a.1.total_cmp(&b.1)) else { continue };
        let share = 0.5 * (-(distance / LID_SKIN_CM).powi(2)).exp();
        let shift = uppers.iter().find(|(at, _)| *at == lid).map(|(_, shift)| *shift);
        if let Some(shift) = shift.filter(|_| share > 0.02 && points[i].y() < points[lid].y()) {
            shifts.push((i, shift * share));
        }
    }
    shifts
}

/// The jaw: it turns about a line through both ears.
struct Jaw {
    hinge: Vec3,
    corner: f32,
    middle: f32,
    half: f32,
}

impl Jaw {
    fn of(points: &[Vec3]) -> Self {
        let ears = (points[454] + points[234]) * 0.5;
        let (right, left) = (points[61], points[291]);
        Self {
            hinge: ears + Vec3::new(0.0, 0.5, 0.5),
            corner: (right.y() + left.y()) * 0.5,
            middle: (right.x() + left.x()) * 0.5,
            half: ((left.x() - right.x()) * 0.5).max(0.5),
        }
    }

    /// How far the mesh's point `i` follows the jaw, 0 to 1; negative for the upper lip, which rises a little.
    fn weight(&self, points: &[Vec3], i: usize) -> f32 {
        let p = points[i];
        let aside = ((p.x() - self.middle) / self.half).abs().min(1.0);
        if CORNERS.contains(&i) {
            0.35
        } else if LOWER_LIP.contains(&i) {
            1.0 - 0.6 * aside.powi(3)
        } else if UPPER_LIP.contains(&i) {
            -0.06 * (1.0 - aside) + 0.3 * aside.powi(4)
        } else {
            smooth(self.corner - 0.4, self.corner + 1.6, p.y())
        }
    }

    /// The shift of `p` when it follows the open jaw by `weight`.
    fn shift(&self, p: Vec3, weight: f32) -> Vec3 {
        let (sine, cosine) = (JAW_DEGREES * weight).to_radians().sin_cos();
        let from = p - self.hinge;
        let (y, z) = (from.y() * cosine - from.z() * sine, from.y() * sine + from.z() * cosine);
        // A face that is narrow before the ears (z below) goes down; what lies behind them stays.
        if from.z() > 0.0 { Vec3::default() } else { Vec3::new(0.0, y - from.y(), z - from.z()) }
    }
}
