//! A head made of one portrait: the 468 points of its mesh in space with the portrait's pixels on them, closed to a skull behind the rim,
//! with lids that close over the eyes and a jaw that opens.
//!
//! What lies behind the rim is invented: a rounded shell as far as the portrait's hair reaches, with the hair's own pixels drawn on to the
//! back. The portrait's light stays in its pixels, so a head from a portrait with hard shadows has them twice.

use super::mimic::{INNER_LIPS, LIDS, Mimic, lid_skin};
use super::space::{Turn, Vec3};
use super::texture::Texture;
use super::triangles::{delaunay, inside};
use face::Image;
use face::geometry::Point;
use face::landmarks::{MESH_POINTS, Mesh};

/// Distance between the eyes' middles in cm: the mean of adults (Dodgson 2004, 63 mm).
const INTER_EYE_CM: f32 = 6.3;
/// The portrait is scaled down so that its eyes are at most this far apart: more than a camera at arm's length sees.
const INTER_EYE_PX_MAX: f32 = 100.0;
/// The rim of the mesh, from the middle of the forehead round by the person's left.
pub const RIM: [usize; 36] = [
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150,
    136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];
/// Rings of the shell from the rim to the outline, and from there to the back.
const OUT: usize = 3;
const BACK: usize = 5;
/// How far the head reaches behind the ears, in cm.
const BACK_CM: f32 = 9.5;
/// How far the inside of eyes and mouth lies behind their rims, in cm.
const EYE_CM: f32 = 0.3;
const TEETH_CM: f32 = 0.4;
const MOUTH_CM: f32 = 1.2;

/// A head, in cm, with the point that it turns about at the origin; it looks at the camera, upright.
#[derive(Clone, Debug)]
pub struct Head {
    /// Its points at rest: the mesh, the shell, the eyes, the inside of the mouth.
    pub points: Vec<Vec3>,
    /// Directions away from the surface.
    pub normals: Vec<Vec3>,
    /// Where each point is in [`Head::texture`].
    pub uv: Vec<[f32; 2]>,
    /// Triangles between the points.
    pub triangles: Vec<[usize; 3]>,
    /// The portrait.
    pub texture: Texture,
    /// The first point that is the inside of the mouth; all after it are.
    pub mouth_from: usize,
    /// The mean colour of the cheeks.
    pub skin: Vec3,
    /// The portrait's own nod in degrees: the pose of rest.
    pub pitch: f32,
    /// The lowest point of the chin.
    pub chin: Vec3,
    mimic: Mimic,
}

impl Head {
    /// The head of the person in `image`, whose mesh is `mesh`; none if the mesh has no extent.
    pub fn of(image: &Image, mesh: &Mesh) -> Option<Self> {
        if mesh.points.len() < MESH_POINTS || mesh.depth.len() < MESH_POINTS || mesh.inter_eye_px() < 8.0 {
            return None;
        }
        let scale = (INTER_EYE_PX_MAX / mesh.inter_eye_px()).min(1.0);
        let size = |pixels: u32| (pixels as f32 * scale) as u32;
        let texture = Texture::of(&image.resized(size(image.width()), size(image.height())));
        let uv: Vec<[f32; 2]> = mesh.points.iter().map(|p| [p.x * scale - 0.5, p.y * scale - 0.5]).collect();
        let points = straight(mesh)?;
        let mimic = Mimic::of(&points);
        let mut triangles = skin_triangles(&points, &mimic);
        let (mut points, mut uv) = (points, uv);
        shell(&mut points, &mut uv, &mut triangles, &texture);
        for ring in LIDS {
            inside_of(&mut points, &mut uv, &mut triangles, (&ring, EYE_CM));
        }
        // What the portrait shows between the lips, and the dark behind it.
        inside_of(&mut points, &mut uv, &mut triangles, (&INNER_LIPS, TEETH_CM));
        let mouth_from = points.len();
        inside_of(&mut points, &mut uv, &mut triangles, (&INNER_LIPS, MOUTH_CM));
        let normals = normals(&points, &mut triangles);
        let cheeks = [50, 280, 101, 330, 205, 425].map(|i| texture.at(uv[i]));
        let skin = cheeks.iter().fold(Vec3::default(), |sum, c| sum + *c) * (1.0 / 6.0);
        let (pitch, chin) = (mesh.pose().pitch.clamp(-12.0, 12.0), points[152]);
        let mimic = mimic.over(&points, mouth_from);
        Some(Self { points, normals, uv, triangles, texture, mouth_from, skin, pitch, chin, mimic })
    }

    /// Its points with the lids closed by `blink` and the mouth opened by `mouth`, both 0 to 1, and where they are in the texture.
    pub fn shape(&self, blink: f32, mouth: f32) -> (Vec<Vec3>, Vec<[f32; 2]>) {
        let (mut points, mut uv) = (self.points.clone(), self.uv.clone());
        self.mimic.apply(&mut points, blink, mouth);
        lid_skin(&mut uv, blink);
        (points, uv)
    }
}

/// The mesh's points in cm, upright and looking at the camera, around the point that a head turns about: between the ears, a little
/// behind and below.
fn straight(mesh: &Mesh) -> Option<Vec<Vec3>> {
    let at = |i: usize| Vec3::new(mesh.points[i].x, mesh.points[i].y, mesh.depth[i]);
    let across = [(263, 33), (454, 234), (291, 61), (356, 127)]
        .iter()
        .fold(Vec3::default(), |sum, &(left, right)| sum + (at(left) - at(right)).unit())
        .unit();
    let down = at(152) - at(10);
    let down = (down - across * down.dot(across)).unit();
    let axes = Turn::from_axes([across, down, across.cross(down)]);
    let eyes = |a: usize, b: usize| (at(a) + at(b)) * 0.5;
    let inter_eye = (eyes(362, 263) - eyes(33, 133)).length();
    let scale = INTER_EYE_CM / inter_eye;
    let ears = (at(454) + at(234)) * 0.5;
    let pivot = Vec3::new(0.0, 2.0, 1.5);
    let points: Vec<Vec3> = (0..MESH_POINTS).map(|i| axes.apply(at(i) - ears) * scale - pivot).collect();
    points.iter().all(|p| p.0.iter().all(|v| v.is_finite() && v.abs() < 40.0)).then_some(points)
}

/// Triangles between the mesh's points, with holes for the eyes and the mouth. They are made with the mouth open, so that none joins the
/// lips.
fn skin_triangles(points: &[Vec3], mimic: &Mimic) -> Vec<[usize; 3]> {
    let mut open = points.to_vec();
    mimic.apply(&mut open, -0.35, 1.0);
    let flat: Vec<[f32; 2]> = open.iter().map(|p| [p.x(), p.y()]).collect();
    let outline = |indices: &[usize]| indices.iter().map(|&i| flat[i]).collect::<Vec<_>>();
    let rim = outline(&RIM);
    let holes = [outline(&LIDS[0]), outline(&LIDS[1]), outline(&INNER_LIPS)];
    let centre = |t: &[usize; 3]| {
        let sum = t.iter().fold([0.0, 0.0], |s, &i| [s[0] + flat[i][0] / 3.0, s[1] + flat[i][1] / 3.0]);
        [sum[0], sum[1]]
    };
    let mut triangles = delaunay(&flat);
    triangles.retain(|t| inside(&rim, centre(t)) && !holes.iter().any(|hole| inside(hole, centre(t))));
    triangles
}

/// How far the head reaches beyond each point of the rim, as a factor of its distance from the middle of the face: as far as hair and
/// ears go in the portrait, which end where the colours of the portrait's edges begin.
fn reaches(points: &[Vec3], uv: &[[f32; 2]], texture: &Texture, middle: (Vec3, [f32; 2])) -> Vec<f32> {
    let [width, height] = texture.size();
    let sides = (1..10).flat_map(|k| [(0.02, 0.06 * k as f32), (0.98, 0.06 * k as f32)]);
    let corners: Vec<Vec3> =
        sides.chain([(0.12, 0.02), (0.88, 0.02)]).map(|(x, y)| texture.at([x * width, y * height])).collect();
    let root = |c: Vec3| Vec3(c.0.map(f32::sqrt));
    let behind = |c: Vec3| corners.iter().any(|b| (root(c) - root(*b)).length() < 0.1);
    let raw: Vec<f32> = RIM
        .iter()
        .map(|&i| {
            let up = -(points[i] - middle.0).unit().y();
            let most = if up > -0.03 { 1.13 + 0.3 * up.max(0.0) } else { 1.04 };
            let mut reach = 1.02;
            while reach < most {
                let place = beyond(middle.1, uv[i], reach + 0.02);
                let left = place[0] < 1.0 || place[1] < 1.0 || place[0] > width - 2.0 || place[1] > height - 2.0;
                if up > -0.2 && (left || behind(texture.at(place))) {
                    break;
                }
                reach += 0.02;
            }
            reach.max(1.04 + 0.22 * up.max(0.0))
        })
        .collect();
    let around = |i: usize, step: usize| raw[(i + step + RIM.len() - 3) % RIM.len()];
    (0..RIM.len()).map(|i| (0..7).map(|step| around(i, step)).sum::<f32>() / 7.0).collect()
}

/// The point on the ray from `from` through `to`, at `factor` times their distance.
fn beyond(from: [f32; 2], to: [f32; 2], factor: f32) -> [f32; 2] {
    [from[0] + (to[0] - from[0]) * factor, from[1] + (to[1] - from[1]) * factor]
}

/// Closes the head behind the rim: rings out to the outline, and rings to the back.
fn shell(points: &mut Vec<Vec3>, uv: &mut Vec<[f32; 2]>, triangles: &mut Vec<[usize; 3]>, texture: &Texture) {
    let n = RIM.len();
    let middle = RIM.iter().fold(Vec3::default(), |sum, &i| sum + points[i] * (1.0 / n as f32));
    let middle_uv = RIM.iter().fold([0.0, 0.0], |s, &i| [s[0] + uv[i][0] / n as f32, s[1] + uv[i][1] / n as f32]);
    let reaches = reaches(points, uv, texture, (middle, middle_uv));
    let mut ring: Vec<usize> = RIM.to_vec();
    for step in 1..=OUT + BACK {
        let next: Vec<usize> = (0..n).map(|i| points.len() + i).collect();
        for (&rim, reach) in RIM.iter().zip(&reaches) {
            let from = points[rim];
            let up = (-(from - middle).unit().y()).max(0.0);
            let out = (step.min(OUT) as f32 / OUT as f32) * 0.98;
            let edge = from.z() + (1.5 + 2.5 * up) * (1.0 - (1.0 - out * out).sqrt());
            let factor = 1.0 + (reach - 1.0) * out;
            let round = (step.saturating_sub(OUT) as f32 / BACK as f32 * 85.0).to_radians();
            let z = edge + (BACK_CM - edge) * round.sin();
            let flat = middle + (from - middle) * (factor * round.cos());
            points.push(Vec3::new(flat.x(), flat.y(), z));
            // Below the jaw lie collar and wall: its own skin is drawn on.
            let skin = (from - middle).unit().y() > 0.03;
            let inwards = if step > OUT { 0.97 } else { 1.0 };
            uv.push(beyond(middle_uv, uv[rim], if skin { 1.0 - 0.02 * step as f32 } else { factor * inwards }));
        }
        for i in 0..n {
            let k = (i + 1) % n;
            triangles.push([ring[i], ring[k], next[i]]);
            triangles.push([ring[k], next[k], next[i]]);
        }
        ring = next;
    }
}

/// What is seen through a hole of the skin: the same outline a little deeper, with a point in its middle.
fn inside_of(
    points: &mut Vec<Vec3>,
    uv: &mut Vec<[f32; 2]>,
    triangles: &mut Vec<[usize; 3]>,
    (ring, deeper): (&[usize], f32),
) {
    let (first, n) = (points.len(), ring.len());
    for &i in ring {
        points.push(points[i] + Vec3::new(0.0, 0.0, deeper));
        uv.push(uv[i]);
    }
    let middle = ring.iter().fold(Vec3::default(), |sum, &i| sum + points[i] * (1.0 / n as f32));
    points.push(middle + Vec3::new(0.0, 0.0, deeper * 0.5));
    uv.push(ring.iter().fold([0.0, 0.0], |s, &i| [s[0] + uv[i][0] / n as f32, s[1] + uv[i][1] / n as f32]));
    triangles.extend((0..n).map(|i| [first + i, first + (i + 1) % n, first + n]));
}

/// Turns every triangle outwards, and gives every point the mean direction of its triangles.
fn normals(points: &[Vec3], triangles: &mut [[usize; 3]]) -> Vec<Vec3> {
    let mut sums = vec![Vec3::default(); points.len()];
    let middle = Vec3::new(0.0, -2.0, 0.0);
    for t in triangles.iter_mut() {
        let [a, b, c] = t.map(|i| points[i]);
        let mut normal = (b - a).cross(c - a);
        let outward = (a + b + c) * (1.0 / 3.0) - middle;
        let face = t.iter().all(|i| *i < MESH_POINTS);
        let wrong = if face { normal.z() > 0.0 } else { normal.dot(outward) < 0.0 };
        if wrong {
            t.swap(1, 2);
            normal = normal * -1.0;
        }
        t.iter().for_each(|&i| sums[i] = sums[i] + normal);
    }
    sums.into_iter().map(Vec3::unit).collect()
}

/// Where the portrait's face is, in pixels of `image`, around the whole head: for prints and masks.
pub fn outline(mesh: &Mesh) -> Vec<Point> {
    RIM.iter().filter_map(|&i| mesh.points.get(i).copied()).collect()
}
