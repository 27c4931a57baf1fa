//! What stands before the camera: a person, a print, a screen, a mask, and what each makes of the same motion.

use super::act::{Part, State};
use super::chance::Chance;
use super::portrait::Portrait;
use super::render::body::{Clothes, Lit, Posture, draw};
use super::render::head::Head;
use super::render::mimic;
use super::render::raster::{Canvas, Spot, Vertex};
use super::render::sheet::{Ink, Panel, Sheet};
use super::render::space::{Turn, Vec3};
use super::render::texture::Texture;
use super::render::triangles::inside;
use face::Image;
use face::landmarks::MESH_POINTS;

/// Something that can be filmed.
pub trait Scene {
    /// Draws it as it is `seconds` after the beginning, moved by `state`.
    fn draw(&self, canvas: &mut Canvas, lit: Lit<'_>, now: (f32, &State));
}

/// Where a face is when nothing moves: its middle, in cm from the camera, and how its bearer holds it, in degrees.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    at: Vec3,
    turn: [f32; 3],
}

impl Place {
    /// As people sit before a camera, `low` to `high` cm away.
    pub fn drawn(low: f32, high: f32, chance: &mut Chance) -> Self {
        let at = Vec3::new(chance.between(-2.0, 2.0), chance.between(-2.5, 2.5), chance.between(low, high));
        Self { at, turn: [chance.between(-4.0, 4.0), chance.between(-7.0, 7.0), chance.between(-3.0, 3.0)] }
    }

    /// Where it is when `state` moves it.
    fn moved(&self, state: &State) -> (Vec3, [f32; 3]) {
        let sway = Vec3::new(state.of(Part::Aside), state.of(Part::Down), state.of(Part::Away));
        let near = (-state.of(Part::Closer)).exp();
        let turn = [state.of(Part::Yaw), state.of(Part::Pitch), state.of(Part::Roll)];
        (self.at * near + sway, [0, 1, 2].map(|i| self.turn[i] + turn[i]))
    }

    /// A head there: the point that it turns about lies behind the face.
    fn posture(&self, state: &State) -> Posture {
        let (at, turn) = self.moved(state);
        let at = at + Vec3::new(0.0, 0.5, 9.0);
        Posture { at, turn, blink: state.of(Part::Blink), mouth: state.of(Part::Mouth) }
    }
}

/// A person.
pub struct Person<'a> {
    /// Whose face.
    pub portrait: &'a Portrait,
    /// What they wear.
    pub clothes: Clothes,
    /// Where they sit.
    pub place: Place,
}

impl Scene for Person<'_> {
    fn draw(&self, canvas: &mut Canvas, lit: Lit<'_>, (_, state): (f32, &State)) {
        draw(canvas, &self.portrait.head, &self.clothes, (&self.place.posture(state), lit));
    }
}

/// A print; with holes, another person's eyes are behind it.
pub struct Print<'a> {
    texture: Texture,
    sheet: Sheet,
    place: Place,
    ink: Ink,
    bend: f32,
    holes: Option<([Vec<[f32; 2]>; 2], &'a Portrait)>,
}

/// What kind of print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    /// A sheet of A4 or a smaller photograph, at arm's length.
    Flat,
    /// The same, bent when it is moved.
    Bent,
    /// With holes for the eyes.
    Holes,
    /// Large, and nearer than its edges.
    Near,
}

impl<'a> Print<'a> {
    /// A print of `victim`; `bearer` holds it.
    pub fn drawn(paper: Paper, (victim, bearer): (&Portrait, &'a Portrait), chance: &mut Chance) -> Self {
        let scale = if paper == Paper::Holes { 1.0 } else { chance.between(0.75, 1.15) };
        let size =
            if paper == Paper::Near { [40.0, 50.0] } else { [chance.between(17.0, 21.0), chance.between(22.0, 29.7)] };
        let holes = (paper == Paper::Holes).then(|| (victim.eye_holes(size, scale), bearer));
        let (texture, size, below) = victim.printed(size, scale);
        let mut place = Place::drawn(32.0, 52.0, chance);
        if paper == Paper::Near {
            // As near as its edges need: focal length over half the picture is 1.73 on the long side and 2.31 on the short one.
            let edge = (size[0] * 554.0 / 480.0).min(size[1] * 554.0 / 640.0);
            place = Place { at: Vec3::new(0.0, 0.0, edge * chance.between(0.72, 0.86)), turn: [0.0; 3] };
        } else {
            place.at = place.at - Vec3::new(0.0, below, 0.0);
        }
        let gloss = (chance.between(0.0, 0.12), chance.between(8.0, 60.0));
        let low = chance.between(0.01, 0.05);
        let dots = (chance.between(0.0, 0.04), chance.between(90.0, 260.0) * size[0] / 20.0);
        Self {
            sheet: Sheet { size, at: place.at, turn: [0.0; 3], bend: 0.0, gloss },
            texture,
            ink: Ink { range: [low, chance.between(0.7, 0.92)], dots },
            bend: if paper == Paper::Bent { chance.between(0.03, 0.09) } else { chance.between(0.0, 0.008) },
            holes,
            place,
        }
    }
}

impl Scene for Print<'_> {
    fn draw(&self, canvas: &mut Canvas, lit: Lit<'_>, (_, state): (f32, &State)) {
        let (at, turn) = self.place.moved(state);
        let bend = self.bend * (1.0 + 1.5 * state.of(Part::Bend));
        let sheet = Sheet { at, turn, bend, ..self.sheet };
        let open =
            |uv: [f32; 2]| self.holes.as_ref().is_some_and(|(holes, _)| holes.iter().any(|hole| inside(hole, uv)));
        sheet.draw(canvas, lit, |s| (!open(s.uv)).then(|| self.ink.paint(&self.texture, &s)));
        if let Some(([right, left], bearer)) = &self.holes {
            // The bearer's face touches the paper from behind: the middle of the eyes is that of the holes.
            let middle =
                |hole: &Vec<[f32; 2]>, axis: usize| hole.iter().map(|p| p[axis]).sum::<f32>() / hole.len() as f32;
            let mean = |axis| f32::midpoint(middle(right, axis), middle(left, axis)) - 0.5;
            let (eyes, _) = sheet.point(mean(0), mean(1));
            let head = &bearer.head;
            let own = (head.points[33] + head.points[263]) * 0.5;
            let turned = Turn::of(turn[0], turn[1] + head.pitch, turn[2]);
            let away = turned.apply(Vec3::new(0.0, 0.0, 0.9));
            let posture =
                Posture { at: eyes - turned.apply(own) + away, turn, blink: state.of(Part::Blink), mouth: 0.0 };
            // Only what is seen through the holes: the nose must not come through the paper.
            let behind = BehindPaper { eyes: [33, 263].map(|i| posture.at + turned.apply(head.points[i])) };
            behind.draw(canvas, (head, &posture), lit);
        }
    }
}

/// The part of a head around its eyes.
struct BehindPaper {
    eyes: [Vec3; 2],
}

impl BehindPaper {
    fn draw(&self, canvas: &mut Canvas, (head, posture): (&Head, &Posture), lit: Lit<'_>) {
        let turn = Turn::of(posture.turn[0], posture.turn[1] + head.pitch, posture.turn[2]);
        // Pressed against the paper: nothing comes through it.
        let flat = (head.points[33].z() + head.points[263].z()) * 0.5;
        let (points, uv) = head.shape(posture.blink, 0.0);
        let pressed = |p: &Vec3| Vec3::new(p.x(), p.y(), p.z().max(flat));
        let points: Vec<Vec3> = points.iter().map(pressed).collect();
        let vertices: Vec<Vertex> = points
            .iter()
            .zip(&head.normals)
            .zip(&uv)
            .map(|((&p, &n), &uv)| {
                let at = posture.at + turn.apply(p);
                let light = lit.lights.on(at, turn.apply(n), lit.shown) * 0.6;
                Vertex { at, uv, light, glow: Vec3::default() }
            })
            .collect();
        let near = |t: &&[usize; 3]| {
            t.iter().all(|&i| self.eyes.iter().any(|e| (vertices[i].at - *e).length() < 4.2)) && t[0] != 4
        };
        let triangles: Vec<[usize; 3]> = head.triangles.iter().filter(near).copied().collect();
        canvas.draw(&vertices, &triangles, |s| Some(head.texture.at(s.uv).times(s.light)));
    }
}

/// A printed face, folded to the roundness of a head, on another person's.
pub struct Mask<'a> {
    person: Person<'a>,
    victim: &'a Portrait,
    points: Vec<Vec3>,
    normals: Vec<Vec3>,
    ink: Ink,
}

impl<'a> Mask<'a> {
    /// A mask of `victim` on `bearer`.
    pub fn drawn(victim: &'a Portrait, bearer: &'a Portrait, chance: &mut Chance) -> Self {
        let head = &victim.head;
        let front = (head.points[50].z() + head.points[280].z() + head.points[10].z()) / 3.0 - 1.6;
        let half = (head.points[454].x() - head.points[234].x()).abs() / 2.0;
        let deep = f32::midpoint(head.points[454].z(), head.points[234].z()) - front;
        let round = |x: f32| (x / half).clamp(-1.1, 1.1).powi(2);
        let folded = |p: &Vec3| Vec3::new(p.x(), p.y(), front + deep * round(p.x()));
        let normal = |p: &Vec3| Vec3::new(2.0 * deep * p.x() / (half * half), 0.0, -1.0).unit();
        Self {
            person: Person {
                portrait: bearer,
                clothes: Clothes::drawn(chance),
                place: Place::drawn(32.0, 48.0, chance),
            },
            victim,
            points: head.points[..MESH_POINTS].iter().map(folded).collect(),
            normals: head.points[..MESH_POINTS].iter().map(normal).collect(),
            ink: Ink { range: [chance.between(0.01, 0.05), chance.between(0.7, 0.92)], dots: (0.0, 0.0) },
        }
    }
}

impl Scene for Mask<'_> {
    fn draw(&self, canvas: &mut Canvas, lit: Lit<'_>, (_, state): (f32, &State)) {
        // The bearer's own face is pressed flat behind the paper; only skull, neck and shoulders are seen.
        let posture = self.person.place.posture(state);
        let behind = Posture { at: posture.at + Vec3::new(0.0, 0.0, 3.2), ..posture };
        draw(canvas, &self.person.portrait.head, &self.person.clothes, (&behind, lit));
        let head = &self.victim.head;
        let turn = Turn::of(posture.turn[0], posture.turn[1], posture.turn[2]);
        let texture = &head.texture;
        let [width, height] = texture.size();
        let vertices: Vec<Vertex> = (0..MESH_POINTS)
            .map(|i| {
                let at = posture.at + turn.apply(self.points[i]);
                let normal = turn.apply(self.normals[i]);
                let uv = [head.uv[i][0] / (width - 1.0), head.uv[i][1] / (height - 1.0)];
                let glow = lit.lights.gloss(at, normal, lit.shown, 20.0) * 0.05;
                Vertex { at, uv, light: lit.lights.on(at, normal, lit.shown), glow }
            })
            .collect();
        // The printed eyes and mouth close the holes of the skin.
        let rings = mimic::LIDS.iter().map(|r| &r[..]).chain([&mimic::INNER_LIPS[..]]);
        let fans = rings.flat_map(|ring| (1..ring.len() - 1).map(|k| [ring[0], ring[k], ring[k + 1]]));
        let skin = head.triangles.iter().copied().filter(|t| t.iter().all(|i| *i < MESH_POINTS));
        let triangles: Vec<[usize; 3]> = skin.chain(fans).collect();
        canvas.draw(&vertices, &triangles, |s| Some(self.ink.paint(texture, &s)));
    }
}

/// A device with a screen that plays a film.
pub struct Device<'a> {
    film: &'a Footage,
    sheet: Sheet,
    place: Place,
    panel: Panel,
    zoom: f32,
    drift: f32,
    moved: bool,
}

/// Pictures that were taken before.
#[derive(Clone, Debug, Default)]
pub struct Footage {
    /// Width of each in pixels.
    pub width: usize,
    /// Height of each in pixels.
    pub height: usize,
    /// When each was taken in ms, rising from 0, with three bytes a pixel.
    pub frames: Vec<(u32, Vec<u8>)>,
}

impl Footage {
    /// The picture that is shown at `seconds`; after the last comes the first again.
    pub fn at(&self, seconds: f32) -> Option<&[u8]> {
        let length = self.frames.last()?.0.max(1) + 66;
        let now = (seconds.max(0.0) * 1000.0) as u32 % length;
        let after = self.frames.partition_point(|(at, _)| *at <= now);
        self.frames.get(after.saturating_sub(1)).map(|(_, rgb)| rgb.as_slice())
    }
}

impl<'a> Device<'a> {
    /// A telephone, a tablet or a monitor that plays `film`; `near` for one so near that its edges are not seen.
    pub fn drawn(film: &'a Footage, near: bool, chance: &mut Chance) -> Self {
        let tall = film.height as f32 / film.width.max(1) as f32;
        let (width, low, high) = [(6.8, 13.0, 22.0), (15.5, 22.0, 40.0), (30.0, 40.0, 70.0)][chance.below(3)];
        let size = [width, width * tall];
        let mut place = Place::drawn(low, high, chance);
        if near {
            place =
                Place { at: Vec3::new(0.0, 0.0, width * 554.0 / 480.0 * chance.between(0.76, 0.9)), turn: [0.0; 3] };
        }
        let pixels = chance.between(1080.0, 1600.0);
        let panel = Panel {
            bright: chance.between(0.7, 1.8),
            grid: (chance.between_log(0.004, 0.08), [pixels, pixels * tall]),
            bands: [chance.between_log(0.002, 0.06), chance.between(0.5, 4.0), chance.between(0.0, 1.0)],
            glass: chance.between(0.005, 0.03),
        };
        Self {
            film,
            sheet: Sheet { size, at: place.at, turn: [0.0; 3], bend: 0.0, gloss: (chance.between(0.02, 0.3), 90.0) },
            place,
            panel,
            zoom: chance.between(0.55, 0.95),
            drift: chance.between(-2.0, 2.0),
            moved: chance.yes(0.7),
        }
    }
}

impl Scene for Device<'_> {
    fn draw(&self, canvas: &mut Canvas, lit: Lit<'_>, (now, state): (f32, &State)) {
        let held = if self.moved { *state } else { State::default() };
        let (at, turn) = self.place.moved(&held);
        let sheet = Sheet { at, turn, ..self.sheet };
        let frame = self.film.at(now).map(<[u8]>::to_vec);
        let image = frame.and_then(|rgb| Image::from_rgb(self.film.width as u32, self.film.height as u32, rgb).ok());
        let Some(texture) = image.map(|image| Texture::of(&image)) else { return };
        let height = canvas.lens.height;
        let panel = Panel {
            bands: [self.panel.bands[0], self.panel.bands[1], self.panel.bands[2] + self.drift * now],
            ..self.panel
        };
        // The film's middle, enlarged: the attacker hides the film's own edges.
        let part = |v: f32| 0.5 + (v - 0.5) * self.zoom;
        sheet.draw(canvas, lit, |s| {
            let grid = panel.paint(&texture, &Spot { uv: s.uv.map(part), ..s }, height);
            Some(grid)
        });
        let frame = sheet.size.map(|side| side + 1.2);
        let back = Turn::of(turn[0], turn[1], turn[2]).apply(Vec3::new(0.0, 0.0, 0.15));
        let bezel = Sheet { size: [frame[0], frame[1] + 1.0], at: at + back, ..sheet };
        bezel.draw(canvas, lit, |s| Some(s.light * 0.02 + s.glow));
    }
}

/// One thing until a moment, another after it.
pub struct Exchange<'a> {
    /// Before.
    pub first: Box<dyn Scene + 'a>,
    /// After.
    pub second: Box<dyn Scene + 'a>,
    /// When, in seconds.
    pub at: f32,
}

impl Scene for Exchange<'_> {
    fn draw(&self, canvas: &mut Canvas, lit: Lit<'_>, now: (f32, &State)) {
        let scene = if now.0 < self.at { &self.first } else { &self.second };
        scene.draw(canvas, lit, now);
    }
}
