//! Made-up films for the liveness check: observations of a head, a picture on paper or a film on a screen that does what a challenge asks,
//! without a pixel. Pictures that a renderer makes are in `eval`.
//!
//! The head is the mesh of `fixtures/counter-frame.jpg`, made symmetric, in thousandths of the distance of the outer eye corners.

use face::geometry::Point;
use face::landmarks::Mesh;
use face::live::challenge::{COLOUR_MS, REST_MS};
use face::live::look::{Imprint, Light};
use face::live::{Challenge, Colour, Film, Observation, Prompt, Shown, Side, Step};

/// The head's points.
const HEAD: &str = include_str!("films/head.txt");
/// Time between two pictures in milliseconds: 15 a second.
const FRAME_MS: u32 = 67;
/// How long a step is shown, in milliseconds.
const STEP_MS: u32 = 2_200;
/// Lag of screen and camera in milliseconds.
const LAG_MS: u32 = 110;
/// Focal length over the distance of the eye corners' picture: pixels of one eye distance at distance 1.
const FOCAL_PX: f64 = 800.0;

/// Quick numbers that repeat themselves (`SplitMix64`, Steele et al. 2014).
#[derive(Clone, Debug)]
pub struct Noise(u64);

impl Noise {
    /// The numbers of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number, all bits random.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// The next number from 0 to below 1.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Who is in front of the camera.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Actor {
    /// A person.
    Person,
    /// A picture on paper that is turned and carried as far as the mesh says what was asked.
    Paper,
    /// A film of a person on a screen, who happens to do what is asked.
    Screen,
}

/// How the head is.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    /// To the person's left, in degrees.
    pub yaw: f64,
    /// Up, in degrees.
    pub pitch: f64,
    /// From the camera, in distances of the outer eye corners (about 9 cm).
    pub distance: f64,
    /// How far the lids are closed, 0 to 1.
    pub closed: f64,
    /// How far the mouth is open, 0 to 1.
    pub mouth: f64,
    /// Whether it is only a picture of a head.
    pub flat: bool,
}

impl Default for Head {
    fn default() -> Self {
        Self { yaw: 0.0, pitch: 0.0, distance: 6.0, closed: 0.0, mouth: 0.0, flat: false }
    }
}

impl Head {
    /// The mesh in a picture of 480×640 pixels, with `noise` pixels of noise.
    pub fn mesh(&self, noise: f64, random: &mut Noise) -> Mesh {
        let numbers: Vec<f64> = HEAD.split_whitespace().filter_map(|n| n.parse().ok()).collect();
        let mut head: Vec<[f64; 3]> = numbers.as_chunks::<3>().0.iter().map(|p| p.map(|v| v / 1000.0)).collect();
        self.shape(&mut head);
        let (sy, cy) = self.yaw.to_radians().sin_cos();
        let (sp, cp) = self.pitch.to_radians().sin_cos();
        let mut mesh = Mesh { points: Vec::new(), depth: Vec::new(), confidence: 1.0 };
        let scale = FOCAL_PX / self.distance;
        for [x, y, z] in head {
            let relief = if self.flat { 0.0 } else { z };
            let (x1, z1) = (x * cy - relief * sy, x * sy + relief * cy);
            let (y1, z2) = (y * cp + z1 * sp, z1 * cp - y * sp);
            let near = FOCAL_PX / (self.distance + z2).max(0.5);
            let mut shake = || (random.unit() + random.unit() + random.unit() - 1.5) * 2.0 * noise;
            mesh.points.push(Point::new((240.0 + x1 * near + shake()) as f32, (320.0 + y1 * near + shake()) as f32));
            // The network believes in a head's depth even where there is none.
            mesh.depth.push(((if self.flat { z } else { z2 }) * scale) as f32);
        }
        mesh
    }

    /// Closes lids and opens the mouth.
    fn shape(&self, head: &mut [[f64; 3]]) {
        for (upper, lower) in [(159, 145), (158, 153), (160, 144), (386, 374), (385, 380), (387, 373)] {
            let middle = f64::midpoint(head[upper][1], head[lower][1]);
            for i in [upper, lower] {
                head[i][1] += (middle - head[i][1]) * self.closed * 0.9;
            }
        }
        for lower in [14, 87, 317, 17] {
            head[lower][1] += 0.30 * self.mouth;
        }
    }
}

/// A film of `actor` who does everything that `challenge` asks; `drawn` is what the actor was prepared for, the challenge itself for a person.
pub fn film(challenge: &Challenge, drawn: &Challenge, actor: Actor, seed: u64) -> Film {
    let mut random = Noise::new(seed);
    let shown = shown(challenge);
    let played = self::shown(drawn);
    let end = shown.last().map_or(REST_MS, |s| s.to_ms) + 300;
    let frames = (0..end / FRAME_MS)
        .map(|number| {
            let at_ms = number * FRAME_MS + (random.unit() * 12.0) as u32;
            observe(&Scene { challenge, shown: &shown, drawn, played: &played, actor }, number, at_ms, &mut random)
        })
        .collect();
    Film { challenge: challenge.clone(), shown, frames }
}

/// When a page shows `challenge`: a second of rest, the colours, the steps.
pub fn shown(challenge: &Challenge) -> Vec<Shown> {
    let mut shown = vec![Shown { prompt: Prompt::Rest, from_ms: 0, to_ms: REST_MS }];
    let mut now = REST_MS;
    let colours = (0..challenge.colours.len()).map(|at| (Prompt::Colour { at: at as u32 }, COLOUR_MS));
    let steps = (0..challenge.steps.len()).map(|at| (Prompt::Step { at: at as u32 }, STEP_MS));
    for (prompt, length) in colours.chain(steps) {
        shown.push(Shown { prompt, from_ms: now, to_ms: now + length });
        now += length;
    }
    shown
}

struct Scene<'a> {
    challenge: &'a Challenge,
    shown: &'a [Shown],
    drawn: &'a Challenge,
    played: &'a [Shown],
    actor: Actor,
}

fn observe(scene: &Scene<'_>, number: u32, at_ms: u32, random: &mut Noise) -> Observation {
    let step = scene.played.iter().find_map(|s| match s.prompt {
        Prompt::Step { at } if (s.from_ms..s.to_ms).contains(&at_ms) => {
            let share = f64::from(at_ms - s.from_ms) / f64::from(s.to_ms - s.from_ms);
            Some((scene.drawn.steps[at as usize], share))
        }
        _ => None,
    });
    let sway = f64::from(at_ms) / 1000.0;
    let mut head = Head {
        yaw: 1.5 * (sway * 1.3).sin(),
        pitch: (sway * 0.9).cos(),
        distance: 6.0 + 0.05 * (sway * 1.7).sin(),
        mouth: 0.12 * (sway * 2.1).sin().max(0.0),
        closed: if (at_ms / 100) % 31 == 7 { 1.0 } else { 0.0 },
        flat: scene.actor == Actor::Paper,
    };
    if let Some((step, share)) = step {
        act(&mut head, step, share);
    }
    let mesh = head.mesh(0.12, random);
    let given = match scene.actor {
        Actor::Screen => [0.0; 3],
        _ => screen(scene, at_ms.saturating_sub(LAG_MS)),
    };
    let lit = |place: [f32; 3], near: f32, random: &mut Noise| {
        Some(std::array::from_fn(|i| {
            place[i] * (0.25 + near * given[i]) * (1.0 + 0.004 * (random.unit() as f32 - 0.5))
        }))
    };
    let skin = [0.5, 0.35, 0.28];
    let light = Light {
        forehead: lit(skin, 0.06, random),
        right_cheek: lit(skin, 0.07, random),
        left_cheek: lit(skin, 0.07, random),
        nose: lit(skin, 0.08, random),
        left: lit([0.4, 0.4, 0.4], 0.01, random),
        right: lit([0.3, 0.3, 0.35], 0.01, random),
        ..Light::default()
    };
    let mut imprint = Imprint::default();
    imprint.hash = random.bits();
    Observation {
        at_ms,
        width: 480,
        height: 640,
        number,
        mesh: Some(mesh),
        imprint,
        light: Some(light),
        texture: None,
        border: None,
        attack: None,
    }
}

/// Moves `head` as `step` asks, `share` of its time having passed: out, and back again.
fn act(head: &mut Head, step: Step, share: f64) {
    let out = ((share - 0.15) / 0.7 * std::f64::consts::PI).clamp(0.0, std::f64::consts::PI).sin();
    match step {
        Step::Turn { side, degrees } => {
            let sign = if side == Side::Left { 1.0 } else { -1.0 };
            // Paper has to be turned much further until its mesh looks turned.
            let further = if head.flat { 2.4 } else { 1.1 };
            head.yaw += sign * out * (f64::from(degrees) * further + 3.0);
        }
        Step::Nod => head.pitch -= 18.0 * out,
        Step::Closer { percent } => head.distance /= 1.0 + (f64::from(percent) / 100.0 - 1.0) * 1.15 * out,
        Step::Blink { times } => {
            let phase = share * f64::from(times);
            head.closed = if (0.35..0.6).contains(&phase.fract()) { 1.0 } else { 0.0 };
        }
        Step::Mouth => head.mouth += out,
    }
}

/// The screen's linear light.
fn screen(scene: &Scene<'_>, at_ms: u32) -> [f32; 3] {
    let colour = scene.shown.iter().find_map(|s| match s.prompt {
        Prompt::Colour { at } if (s.from_ms..s.to_ms).contains(&at_ms) => Some(scene.challenge.colours[at as usize]),
        _ => None,
    });
    colour.unwrap_or(Colour::White).rgb().map(|v| (f32::from(v) / 255.0).powf(2.2))
}
