//! Triangles to pixels: perspective-correct, with a depth buffer, in linear light.

use super::space::Vec3;

/// The nearest distance at which anything is drawn, in cm.
const NEAR_CM: f32 = 4.0;

/// A pinhole camera at the origin that looks along z.
#[derive(Clone, Copy, Debug)]
pub struct Lens {
    /// Width of the picture in pixels.
    pub width: usize,
    /// Height of the picture in pixels.
    pub height: usize,
    /// Focal length in pixels.
    pub focal: f32,
    /// How far the camera is turned or shifted: added to every place in the picture, in pixels.
    pub shift: [f32; 2],
}

impl Lens {
    /// A camera whose picture of `width` × `height` pixels sees `degrees` along its longer side.
    pub fn new(width: usize, height: usize, degrees: f32) -> Self {
        let focal = width.max(height) as f32 / 2.0 / (degrees / 2.0).to_radians().tan();
        Self { width, height, focal, shift: [0.0; 2] }
    }

    /// Where a point of space is in the picture.
    pub fn see(&self, p: Vec3) -> [f32; 2] {
        let scale = self.focal / p.z().max(1e-3);
        let middle = [self.width as f32 / 2.0 + self.shift[0], self.height as f32 / 2.0 + self.shift[1]];
        [middle[0] + p.x() * scale, middle[1] + p.y() * scale]
    }
}

/// A corner of a triangle.
#[derive(Clone, Copy, Debug)]
pub struct Vertex {
    /// Where in space, in cm.
    pub at: Vec3,
    /// Where in the surface's picture.
    pub uv: [f32; 2],
    /// The light that falls on it: what its colour is multiplied with.
    pub light: Vec3,
    /// The light that it sends by itself or mirrors: what is added.
    pub glow: Vec3,
}

/// One point of a surface as a pixel sees it.
#[derive(Clone, Copy, Debug)]
pub struct Spot {
    /// The pixel.
    pub pixel: [usize; 2],
    /// Where in the surface's picture.
    pub uv: [f32; 2],
    /// The light that falls on it.
    pub light: Vec3,
    /// The light that is added.
    pub glow: Vec3,
}

/// A picture in the making.
#[derive(Clone, Debug)]
pub struct Canvas {
    /// The camera.
    pub lens: Lens,
    /// Linear light, row by row.
    pub colour: Vec<Vec3>,
    /// One over the distance along z; 0 where nothing was drawn.
    near: Vec<f32>,
}

impl Canvas {
    /// An empty picture.
    pub fn new(lens: Lens) -> Self {
        let pixels = lens.width * lens.height;
        Self { lens, colour: vec![Vec3::default(); pixels], near: vec![0.0; pixels] }
    }

    /// Draws triangles between `vertices`; `paint` gives a pixel's light, or none where the surface has a hole.
    pub fn draw(&mut self, vertices: &[Vertex], triangles: &[[usize; 3]], paint: impl Fn(Spot) -> Option<Vec3>) {
        let seen: Vec<[f32; 3]> = vertices
            .iter()
            .map(|v| {
                let [x, y] = self.lens.see(v.at);
                [x, y, 1.0 / v.at.z().max(1e-3)]
            })
            .collect();
        for t in triangles {
            if t.iter().all(|&i| vertices[i].at.z() > NEAR_CM) {
                self.triangle(t.map(|i| seen[i]), t.map(|i| &vertices[i]), &paint);
            }
        }
    }

    fn triangle(&mut self, seen: [[f32; 3]; 3], corners: [&Vertex; 3], paint: &impl Fn(Spot) -> Option<Vec3>) {
        // Twice the signed area of a triangle in the picture.
        let twice = |a: &[f32], b: &[f32], c: &[f32]| (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
        let area = twice(&seen[0], &seen[1], &seen[2]);
        if area.abs() < 1e-6 {
            return;
        }
        let (width, height) = (self.lens.width, self.lens.height);
        let span = |axis: usize, most: usize| {
            let low = seen.iter().map(|q| q[axis]).fold(f32::MAX, f32::min);
            let high = seen.iter().map(|q| q[axis]).fold(f32::MIN, f32::max);
            ((low - 0.5).ceil().max(0.0) as usize)..((high + 0.5).floor().clamp(0.0, most as f32) as usize)
        };
        let (columns, rows) = (span(0, width), span(1, height));
        for y in rows {
            for x in columns.clone() {
                let at = [x as f32 + 0.5, y as f32 + 0.5];
                let second = twice(&seen[0], &at, &seen[2]) / area;
                let third = twice(&seen[0], &seen[1], &at) / area;
                let shares = [1.0 - second - third, second, third];
                if shares.iter().any(|share| *share < -1e-4) {
                    continue;
                }
                let near = shares[0] * seen[0][2] + shares[1] * seen[1][2] + shares[2] * seen[2][2];
                let place = y * width + x;
                if near <= self.near[place] {
                    continue;
                }
                let weights = [0, 1, 2].map(|i| shares[i] * seen[i][2] / near);
                if let Some(colour) = paint(mix(corners, weights, [x, y])) {
                    self.colour[place] = colour;
                    self.near[place] = near;
                }
            }
        }
    }
}

fn mix(v: [&Vertex; 3], weights: [f32; 3], pixel: [usize; 2]) -> Spot {
    let mut spot = Spot { pixel, uv: [0.0; 2], light: Vec3::default(), glow: Vec3::default() };
    for (vertex, weight) in v.into_iter().zip(weights) {
        spot.uv[0] += vertex.uv[0] * weight;
        spot.uv[1] += vertex.uv[1] * weight;
        spot.light = spot.light + vertex.light * weight;
        spot.glow = spot.glow + vertex.glow * weight;
    }
    spot
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corner(x: f32, y: f32, z: f32, uv: [f32; 2]) -> Vertex {
        Vertex { at: Vec3::new(x, y, z), uv, light: Vec3::all(1.0), glow: Vec3::default() }
    }

    #[test]
    fn a_tilted_plane_is_seen_in_perspective() {
        let lens = Lens::new(100, 100, 60.0);
        let mut canvas = Canvas::new(lens);
        // A square whose right side is twice as far away.
        let v = [
            corner(-10.0, -10.0, 30.0, [0.0, 0.0]),
            corner(10.0, -10.0, 60.0, [1.0, 0.0]),
            corner(10.0, 10.0, 60.0, [1.0, 1.0]),
            corner(-10.0, 10.0, 30.0, [0.0, 1.0]),
        ];
        canvas.draw(&v, &[[0, 1, 2], [0, 2, 3]], |s| Some(Vec3::new(s.uv[0], s.uv[1], 1.0)));
        // The middle of the square in space is where its picture shows u = v = 1/2.
        let [x, y] = lens.see(Vec3::new(0.0, 0.0, 45.0));
        let seen = canvas.colour[y as usize * 100 + x as usize];
        assert!((seen.x() - 0.5).abs() < 0.03 && (seen.y() - 0.5).abs() < 0.03, "{seen:?}");
    }

    #[test]
    fn the_nearer_surface_hides_the_farther_one_in_any_order() {
        let plane = |z: f32| {
            [corner(-90.0, -90.0, z, [0.0; 2]), corner(90.0, -90.0, z, [0.0; 2]), corner(0.0, 180.0, z, [0.0; 2])]
        };
        for order in [[20.0, 40.0], [40.0, 20.0]] {
            let mut canvas = Canvas::new(Lens::new(32, 32, 60.0));
            for z in order {
                canvas.draw(&plane(z), &[[0, 1, 2]], |_| Some(Vec3::all(z)));
            }
            assert!((canvas.colour[16 * 32 + 16].x() - 20.0).abs() < 1e-6);
        }
    }

    #[test]
    fn a_hole_lets_through_what_lies_behind() {
        let plane = |z: f32| {
            [corner(-90.0, -90.0, z, [0.0; 2]), corner(90.0, -90.0, z, [0.0; 2]), corner(0.0, 180.0, z, [0.0; 2])]
        };
        let mut canvas = Canvas::new(Lens::new(32, 32, 60.0));
        canvas.draw(&plane(20.0), &[[0, 1, 2]], |s| (s.pixel[0] < 16).then_some(Vec3::all(1.0)));
        canvas.draw(&plane(40.0), &[[0, 1, 2]], |_| Some(Vec3::all(2.0)));
        assert!((canvas.colour[16 * 32 + 8].x() - 1.0).abs() < 1e-6);
        assert!((canvas.colour[16 * 32 + 24].x() - 2.0).abs() < 1e-6);
    }
}
