//! A person before the camera: the head with its mimic, a neck, and shoulders with clothes.

use super::head::Head;
use super::light::Lights;
use super::raster::{Canvas, Vertex};
use super::space::{Turn, Vec3, smooth};
use crate::attacks::chance::Chance;

/// How far the throat is darker than the cheeks: the chin's shadow.
const THROAT: f32 = 0.62;
/// The inside of the mouth against the skin.
const GULLET: Vec3 = Vec3::new(0.22, 0.07, 0.06);
/// Points around neck and shoulders, and along them.
const AROUND: usize = 16;
const ALONG: usize = 10;

/// How a head is held.
#[derive(Clone, Copy, Debug, Default)]
pub struct Posture {
    /// Where the point is that it turns about, in cm from the camera.
    pub at: Vec3,
    /// Degrees to the person's left, up, and clockwise for the viewer.
    pub turn: [f32; 3],
    /// How far the lids are closed, 0 to 1.
    pub blink: f32,
    /// How far the mouth is open, 0 to 1.
    pub mouth: f32,
}

/// The lights and what the screen shows at this moment.
#[derive(Clone, Copy, Debug)]
pub struct Lit<'a> {
    /// The lights.
    pub lights: &'a Lights,
    /// The screen's colour in sRGB.
    pub shown: [u8; 3],
}

/// What a person wears.
#[derive(Clone, Copy, Debug)]
pub struct Clothes {
    colour: Vec3,
    stripes: f32,
    shoulders: f32,
    shine: f32,
}

impl Clothes {
    /// Some clothes, and a skin that is more or less oily.
    pub fn drawn(chance: &mut Chance) -> Self {
        let level = chance.between_log(0.02, 0.6);
        Self {
            colour: Vec3([0; 3].map(|_| level * chance.between(0.6, 1.4))),
            stripes: chance.between(0.0, 0.25),
            shoulders: chance.between(17.0, 22.0),
            shine: chance.between(0.0, 0.1),
        }
    }
}

/// Draws a person.
pub fn draw(canvas: &mut Canvas, head: &Head, clothes: &Clothes, (posture, lit): (&Posture, Lit<'_>)) {
    draw_head(canvas, head, clothes.shine, (posture, lit));
    draw_neck(canvas, head, (posture, lit));
    draw_shoulders(canvas, clothes, (posture, lit));
}

/// The head with its eyes and the inside of its mouth.
pub fn draw_head(canvas: &mut Canvas, head: &Head, shine: f32, (posture, lit): (&Posture, Lit<'_>)) {
    let [yaw, pitch, roll] = posture.turn;
    let turn = Turn::of(yaw, pitch + head.pitch, roll);
    let (points, uv) = head.shape(posture.blink, posture.mouth);
    let vertices: Vec<Vertex> = points
        .iter()
        .enumerate()
        .map(|(i, &p)| {
            let (at, normal) = (posture.at + turn.apply(p), turn.apply(head.normals[i]));
            let light = lit.lights.on(at, normal, lit.shown);
            if i >= head.mouth_from {
                let dark = light.times(GULLET) * (0.35 + 0.4 * head.skin.mean());
                return Vertex { at, uv: uv[i], light: Vec3::default(), glow: dark };
            }
            let glow = lit.lights.gloss(at, normal, lit.shown, 12.0) * shine;
            Vertex { at, uv: uv[i], light, glow }
        })
        .collect();
    canvas.draw(&vertices, &head.triangles, |s| Some(head.texture.at(s.uv).times(s.light) + s.glow));
}

fn draw_neck(canvas: &mut Canvas, head: &Head, (posture, lit): (&Posture, Lit<'_>)) {
    let (top, bottom) = (2.0, head.chin.y() + 7.0);
    let ring = |angle: f32, share: f32| {
        let (sine, cosine) = angle.sin_cos();
        let radius = 5.2 + 1.4 * share * share;
        let at =
            posture.at + Vec3::new(cosine * radius, top + (bottom - top) * share, 1.5 + 2.5 * share - sine * radius);
        (at, Vec3::new(cosine, 0.0, -sine))
    };
    let skin = head.skin * THROAT;
    tube(canvas, lit, ring, |_| skin);
}

fn draw_shoulders(canvas: &mut Canvas, clothes: &Clothes, (posture, lit): (&Posture, Lit<'_>)) {
    let ring = |angle: f32, share: f32| {
        let (sine, cosine) = angle.sin_cos();
        let wide = 7.5 + (clothes.shoulders - 7.5) * smooth(0.0, 0.3, share);
        let deep = 6.5 + 4.0 * smooth(0.0, 0.4, share);
        let at = posture.at + Vec3::new(cosine * wide, 12.5 + 52.0 * share * share + 6.0 * share, 5.0 - sine * deep);
        (at, Vec3::new(cosine * 0.8, -0.9 * (1.0 - smooth(0.1, 0.35, share)), -sine).unit())
    };
    tube(canvas, lit, ring, |uv| clothes.colour * (1.0 + clothes.stripes * (uv[1] * 140.0).sin()));
}

/// Draws the front half of a surface around an upright axis: `ring` gives point and direction of angle (0 to π) and share of the length,
/// `colour` the surface's colour at angle and share.
fn tube(canvas: &mut Canvas, lit: Lit<'_>, ring: impl Fn(f32, f32) -> (Vec3, Vec3), colour: impl Fn([f32; 2]) -> Vec3) {
    let mut vertices = Vec::with_capacity((AROUND + 1) * (ALONG + 1));
    let mut triangles = Vec::with_capacity(2 * AROUND * ALONG);
    for k in 0..=ALONG {
        for i in 0..=AROUND {
            let uv = [i as f32 / AROUND as f32 * std::f32::consts::PI, k as f32 / ALONG as f32];
            let (at, normal) = ring(uv[0], uv[1]);
            let light = lit.lights.on(at, normal, lit.shown);
            vertices.push(Vertex { at, uv, light, glow: Vec3::default() });
            if i < AROUND && k < ALONG {
                let a = k * (AROUND + 1) + i;
                triangles.extend([[a, a + 1, a + AROUND + 1], [a + 1, a + AROUND + 2, a + AROUND + 1]]);
            }
        }
    }
    canvas.draw(&vertices, &triangles, |s| Some(colour(s.uv).times(s.light)));
}
