//! Pictures of a drawn head, with the mesh, pose and openness that a perfect landmark model would find: tests of quality measures need
//! neither a model nor a photograph.
//!
//! The head is an ellipsoid seen in parallel projection, painted with eyes, brows, nose, mouth and skin grain, in front of hair, neck,
//! shoulders and a wall. Lengths are in distances between the eyes; x to the right of the picture, y down, z towards the camera, origin
//! half-way between the eyes.

use crate::quality_pixels as pixels;

/// Number of mesh points.
const POINTS: usize = 468;
/// Half axes of the head.
const AXES: [f32; 3] = [1.15, 1.285, 1.2];
/// Height of the head's centre below the eyes.
const CENTRE_Y: f32 = 0.335;
/// Distance from the eyes to the chin.
const EYE_CHIN: f32 = 1.62;
/// The rim of the mesh, from the forehead round by the right side of the picture.
const RIM: [usize; 36] = [
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150,
    136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];

/// What to draw. Change fields of [`Scene::default`], a good portrait.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scene {
    /// Width and height of the picture in pixels.
    pub size: [u32; 2],
    /// Where the middle between the eyes lies, in pixels.
    pub eyes: [f32; 2],
    /// Pixels between the eyes (before turning).
    pub inter_eye: f32,
    /// Turn to the person's left, nod up, tilt clockwise as the viewer sees it, in degrees.
    pub pose: [f32; 3],
    /// Lid distance over the distance from the eyes to the chin: the person's right and left eye.
    pub lids: [f32; 2],
    /// Lip distance over the distance from the eyes to the chin.
    pub lips: f32,
    /// Widening of the mouth and lift of its corners, 0 for none and 1 for a broad smile.
    pub smile: f32,
    /// Factor on all light.
    pub light: f32,
    /// How far the lamp stands to the right of the picture: 0 in front, 1 beside.
    pub side_light: f32,
    /// Factors on red, green and blue.
    pub cast: [f32; 3],
    /// True for a picture without colour.
    pub grey: bool,
    /// True for a patterned wall.
    pub busy: bool,
    /// Standard deviation of a blur in pixels.
    pub blur: f32,
    /// JPEG quality to go through, 0 for none.
    pub jpeg: u8,
    /// Area of a second face over the area of the first, 0 for none. It is reported, not drawn.
    pub second: f32,
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            size: [480, 600],
            eyes: [240.0, 260.0],
            inter_eye: 110.0,
            pose: [0.0; 3],
            lids: [0.08, 0.08],
            lips: 0.012,
            smile: 0.0,
            light: 1.0,
            side_light: 0.0,
            cast: [1.0; 3],
            grey: false,
            busy: false,
            blur: 0.0,
            jpeg: 0,
            second: 0.0,
        }
    }
}

/// A drawn picture and what is known about it.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// 8-bit RGB, row by row.
    pub rgb: Vec<u8>,
    /// The 468 mesh points in pixels.
    pub points: Vec<[f32; 2]>,
    /// The depth of each mesh point in pixels, smaller is nearer.
    pub depth: Vec<f32>,
    /// The face box: left, top, width, height.
    pub face: [f32; 4],
    /// Right eye, left eye, nose, right and left corner of the mouth of the person.
    pub five: [[f32; 2]; 5],
}

impl Scene {
    /// Draws the scene.
    pub fn draw(&self) -> Drawn {
        let (points, depth) = self.mesh();
        let xs = || RIM.iter().map(|&i| points[i][0]);
        let ys = || RIM.iter().map(|&i| points[i][1]);
        let (left, right) = (xs().fold(f32::INFINITY, f32::min), xs().fold(f32::NEG_INFINITY, f32::max));
        let (top, bottom) = (ys().fold(f32::INFINITY, f32::min), ys().fold(f32::NEG_INFINITY, f32::max));
        let middle = |a: usize, b: usize| [0, 1].map(|c| f32::midpoint(points[a][c], points[b][c]));
        let five = [middle(33, 133), middle(263, 362), points[4], points[61], points[291]];
        Drawn { size: self.size, rgb: self.paint(), points, depth, face: [left, top, right - left, bottom - top], five }
    }

    /// Half the width of the mouth.
    fn mouth_half(&self) -> f32 {
        0.375 + 0.12 * self.smile
    }

    /// How far the corners of the mouth lie below its middle.
    fn corner_drop(&self) -> f32 {
        0.013 - 0.12 * self.smile
    }

    /// Places of the named mesh points on the head: index, x, y. All others lie on the nose.
    fn places(&self) -> Vec<(usize, f32, f32)> {
        let (right_lid, left_lid) = (self.lids[0] * EYE_CHIN / 2.0, self.lids[1] * EYE_CHIN / 2.0);
        let (lip, corner) = (self.lips * EYE_CHIN / 2.0, 1.14 + self.corner_drop());
        let mut places = vec![
            (33, -0.74, 0.0),
            (133, -0.26, 0.0),
            (159, -0.5, -right_lid),
            (145, -0.5, right_lid),
            (263, 0.74, 0.0),
            (362, 0.26, 0.0),
            (386, 0.5, -left_lid),
            (374, 0.5, left_lid),
            (61, -self.mouth_half(), corner),
            (291, self.mouth_half(), corner),
            (13, 0.0, 1.14 - lip),
            (14, 0.0, 1.14 + lip),
            (0, 0.0, 1.04 - lip),
            (17, 0.0, 1.26 + lip),
        ];
        for (i, (right, left)) in [(70, 300), (63, 293), (105, 334), (66, 296), (107, 336)].into_iter().enumerate() {
            let x = 0.8 - 0.14 * i as f32;
            let y = [-0.30, -0.37, -0.39, -0.38, -0.36][i];
            places.extend([(right, -x, y), (left, x, y)]);
        }
        for (i, &index) in RIM.iter().enumerate() {
            let (sine, cosine) = (std::f32::consts::TAU * i as f32 / RIM.len() as f32).sin_cos();
            places.push((index, 0.99 * AXES[0] * sine, CENTRE_Y - AXES[1] * cosine));
        }
        places
    }

    /// The mesh in pixels and its depth.
    fn mesh(&self) -> (Vec<[f32; 2]>, Vec<f32>) {
        let turn = Turn::new(self.pose);
        let mut places = vec![(0.0, 0.57); POINTS];
        for (index, x, y) in self.places() {
            places[index] = (x, y);
        }
        let seen = places.iter().map(|&(x, y)| {
            let [x, y, z] = turn.seen([x, y, surface(x, y)]);
            let at = [self.eyes[0] + x * self.inter_eye, self.eyes[1] + y * self.inter_eye];
            (at, -z * self.inter_eye)
        });
        seen.unzip()
    }

    /// The pixels.
    fn paint(&self) -> Vec<u8> {
        let turn = Turn::new(self.pose);
        let [width, height] = self.size;
        let mut rgb = Vec::with_capacity((width * height * 3) as usize);
        for row in 0..height {
            for column in 0..width {
                let x = (column as f32 + 0.5 - self.eyes[0]) / self.inter_eye;
                let y = (row as f32 + 0.5 - self.eyes[1]) / self.inter_eye;
                let noise = 3.0 * (pixels::hash(column as i32, row as i32) - 0.5);
                let colour = self.colour(x, y, &turn);
                rgb.extend((0..3).map(|c| colour[c] * self.light * self.cast[c] + noise));
            }
        }
        pixels::finish(rgb, self.size, (self.blur, self.grey, self.jpeg))
    }

    /// The colour seen at (`x`, `y`).
    fn colour(&self, x: f32, y: f32, turn: &Turn) -> [f32; 3] {
        if let Some((place, facing)) = turn.hit(x, y) {
            let lamp = facing[2] * (1.0 - 0.75 * self.side_light) + facing[0] * 0.9 * self.side_light;
            let shade = 0.35 + 0.65 * lamp.max(0.0);
            return self.head(place).map(|c| c * shade);
        }
        let hair = (x / 1.32).powi(2) + ((y - 0.1) / 1.5).powi(2) < 1.0 && y < 1.3;
        if hair {
            return [40.0, 32.0, 30.0].map(|c| c * (0.7 + 0.6 * pixels::grain(x * 30.0, y * 4.0)));
        }
        if y > 1.0 && x.abs() < 0.6 && y < 2.1 {
            return [150.0, 110.0, 92.0];
        }
        if y > 1.9 && x.abs() < 1.0 + 2.2 * (y - 1.9) {
            return [60.0, 66.0, 84.0];
        }
        if self.busy && (x * 5.0).floor() as i32 % 2 == 0 {
            return if (y * 5.0).floor() as i32 % 2 == 0 { [40.0, 90.0, 160.0] } else { [220.0, 200.0, 60.0] };
        }
        [178.0, 182.0, 188.0].map(|c| c - 4.0 * y)
    }

    /// The paint of the head at a place on its surface.
    fn head(&self, [x, y, z]: [f32; 3]) -> [f32; 3] {
        if z < -0.1 || y < -0.82 {
            return [40.0, 32.0, 30.0];
        }
        let grain = 0.92 + 0.10 * pixels::grain(x * 9.0, y * 9.0) + 0.06 * pixels::grain(x * 34.0, y * 34.0);
        let mut colour = [226.0, 172.0, 146.0].map(|c| c * grain);
        let mut cover = |amount: f32, paint: [f32; 3]| {
            let amount = amount.clamp(0.0, 1.0);
            colour = std::array::from_fn(|c| colour[c] + amount * (paint[c] - colour[c]));
        };
        for (side, lid) in [(-0.5, self.lids[0]), (0.5, self.lids[1])] {
            let (dx, half) = (x - side, (lid * EYE_CHIN / 2.0).max(0.012));
            cover(edge(1.0 - (dx / 0.26).powi(2) - (y / (half + 0.025)).powi(2), 6.0), [70.0, 48.0, 42.0]);
            cover(edge(1.0 - (dx / 0.24).powi(2) - (y / half).powi(2), 6.0), [235.0, 232.0, 228.0]);
            let iris = (dx / 0.1).powi(2) + (y / 0.1).powi(2);
            cover(edge(1.0 - iris.max((y / half).powi(2)), 6.0), [48.0, 34.0, 28.0]);
            let brow = -0.345 - 0.08 * (1.0 - (dx / 0.32).powi(2));
            cover(edge(1.0 - (dx / 0.32).powi(4) - ((y - brow) / 0.045).powi(2), 5.0), [58.0, 44.0, 40.0]);
        }
        cover(
            0.5 * edge(1.0 - ((x.abs() - 0.13) / 0.06).powi(2) - ((y - 0.68) / 0.04).powi(2), 5.0),
            [90.0, 55.0, 48.0],
        );
        cover(
            0.25 * edge(1.0 - ((x.abs() - 0.12) / 0.025).powi(2) - ((y - 0.3) / 0.3).powi(2), 3.0),
            [120.0, 80.0, 66.0],
        );
        let bow = 1.14 + self.corner_drop() * (x / self.mouth_half()).powi(2);
        let (across, lip) = (1.0 - (x / self.mouth_half()).powi(2), self.lips * EYE_CHIN / 2.0);
        cover(edge(across - ((y - bow) / (0.11 + lip)).powi(2), 6.0), [176.0, 92.0, 88.0]);
        cover(edge(across - ((y - bow) / lip.max(0.012)).powi(2), 6.0), [70.0, 26.0, 26.0]);
        colour
    }
}

/// A soft edge: `inside` is positive within the shape.
fn edge(inside: f32, hardness: f32) -> f32 {
    0.5 + inside * hardness
}

/// How far the front of the head lies towards the camera at (`x`, `y`), before turning.
fn surface(x: f32, y: f32) -> f32 {
    let rest = 1.0 - (x / AXES[0]).powi(2) - ((y - CENTRE_Y) / AXES[1]).powi(2);
    AXES[2] * rest.max(0.0).sqrt()
}

/// The head's rotation: rows are the head's axes as the camera sees them. It turns about the middle between the ears.
struct Turn([[f32; 3]; 3]);

impl Turn {
    fn new(pose: [f32; 3]) -> Self {
        let [(sy, cy), (sp, cp), (sr, cr)] = pose.map(|degrees| degrees.to_radians().sin_cos());
        // Yaw moves what is near to the right of the picture, pitch moves it up, roll turns clockwise.
        let yaw = |[x, y, z]: [f32; 3]| [x * cy + z * sy, y, z * cy - x * sy];
        let pitch = |[x, y, z]: [f32; 3]| [x, y * cp - z * sp, z * cp + y * sp];
        let roll = |[x, y, z]: [f32; 3]| [x * cr - y * sr, x * sr + y * cr, z];
        Self([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]].map(|axis| roll(pitch(yaw(axis)))))
    }

    /// Where the camera sees a place of the head.
    fn seen(&self, place: [f32; 3]) -> [f32; 3] {
        std::array::from_fn(|c| (0..3).map(|axis| place[axis] * self.0[axis][c]).sum())
    }

    /// The place of the head that the camera sees at (`x`, `y`), and the direction in which its surface faces; none beside the head.
    fn hit(&self, x: f32, y: f32) -> Option<([f32; 3], [f32; 3])> {
        let in_head = |v: [f32; 3]| -> [f32; 3] { self.0.map(|axis| (0..3).map(|c| axis[c] * v[c]).sum()) };
        let (start, along) = (in_head([x, y, 0.0]), in_head([0.0, 0.0, 1.0]));
        let centre = [0.0, CENTRE_Y, 0.0];
        // In half axes from the centre the head is a sphere of radius 1.
        let from: [f32; 3] = std::array::from_fn(|c| (start[c] - centre[c]) / AXES[c]);
        let to: [f32; 3] = std::array::from_fn(|c| along[c] / AXES[c]);
        let dot = |a: [f32; 3], b: [f32; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
        let (square, half) = (dot(to, to), dot(from, to));
        let root = half * half - square * (dot(from, from) - 1.0);
        if root < 0.0 {
            return None;
        }
        let reach = (root.sqrt() - half) / square;
        let place: [f32; 3] = std::array::from_fn(|c| start[c] + reach * along[c]);
        let normal: [f32; 3] = std::array::from_fn(|c| (place[c] - centre[c]) / (AXES[c] * AXES[c]));
        let length = dot(normal, normal).sqrt();
        Some((place, self.seen(normal.map(|n| n / length))))
    }
}

/// The scenes of the conformance table, by name.
pub fn all() -> Vec<(&'static str, Scene)> {
    let good = Scene::default();
    let frame = Scene { size: [1280, 720], eyes: [640.0, 300.0], ..good };
    vec![
        ("good", good),
        ("frame", frame),
        ("bright", Scene { light: 1.6, ..good }),
        ("dark", Scene { light: 0.25, ..good }),
        ("side-lit", Scene { side_light: 1.0, ..good }),
        ("blurred", Scene { blur: 6.0, ..good }),
        ("very-blurred", Scene { blur: 10.0, ..good }),
        ("jpeg-30", Scene { jpeg: 30, ..good }),
        ("jpeg-5", Scene { jpeg: 5, ..good }),
        ("blue", Scene { cast: [0.6, 0.8, 1.3], ..good }),
        ("grey", Scene { grey: true, ..good }),
        ("small", Scene { inter_eye: 36.0, ..good }),
        ("tiny", Scene { inter_eye: 13.0, ..good }),
        ("large", Scene { inter_eye: 190.0, ..good }),
        ("cut-left", Scene { eyes: [60.0, 260.0], ..good }),
        ("cut-right", Scene { eyes: [440.0, 260.0], ..good }),
        ("cut-top", Scene { eyes: [240.0, 40.0], ..good }),
        ("cut-bottom", Scene { eyes: [240.0, 500.0], ..good }),
        ("turned-left", Scene { pose: [30.0, 0.0, 0.0], ..good }),
        ("turned-right", Scene { pose: [-30.0, 0.0, 0.0], ..good }),
        ("turned-away", Scene { pose: [70.0, 0.0, 0.0], ..good }),
        ("nodded", Scene { pose: [0.0, -25.0, 0.0], ..good }),
        ("tilted", Scene { pose: [0.0, 0.0, 25.0], ..good }),
        ("mouth-open", Scene { lips: 0.3, ..good }),
        ("smile", Scene { smile: 0.8, ..good }),
        ("eyes-closed", Scene { lids: [0.0, 0.0], ..good }),
        ("wink", Scene { lids: [0.08, 0.005], ..good }),
        ("busy", Scene { busy: true, ..good }),
        ("two-faces", Scene { second: 0.6, ..good }),
    ]
}
