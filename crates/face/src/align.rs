//! Alignment: the similarity transform that puts a face's points where an embedder expects them, and the warp that cuts the chip.

use crate::geometry::Point;
use crate::image::Image;

/// A similarity transform (turn, scale, shift) from picture to chip pixels: x' = a·x − b·y + c, y' = b·x + a·y + d.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Similarity {
    /// Scale × cosine of the turn.
    pub a: f64,
    /// Scale × sine of the turn.
    pub b: f64,
    /// Shift in x.
    pub c: f64,
    /// Shift in y.
    pub d: f64,
}

impl Similarity {
    /// The transform with the least squared distance from `from` to `to` (Umeyama 1991, without reflection).
    ///
    /// `None` when the points coincide, are not finite, or differ in number.
    pub fn fit(from: &[Point], to: &[Point]) -> Option<Self> {
        if from.len() != to.len() || from.len() < 2 {
            return None;
        }
        let n = from.len() as f64;
        let mean = |points: &[Point]| {
            points.iter().fold((0.0, 0.0), |(x, y), p| (x + f64::from(p.x) / n, y + f64::from(p.y) / n))
        };
        let (fx, fy) = mean(from);
        let (tx, ty) = mean(to);
        let (mut dot, mut cross, mut spread) = (0.0, 0.0, 0.0);
        for (p, q) in from.iter().zip(to) {
            let (px, py) = (f64::from(p.x) - fx, f64::from(p.y) - fy);
            let (qx, qy) = (f64::from(q.x) - tx, f64::from(q.y) - ty);
            dot += px * qx + py * qy;
            cross += px * qy - py * qx;
            spread += px * px + py * py;
        }
        let (a, b) = (dot / spread, cross / spread);
        let fitted = Self { a, b, c: tx - a * fx + b * fy, d: ty - b * fx - a * fy };
        let usable = fitted.c.is_finite() && fitted.d.is_finite() && spread > 1e-6 && fitted.scale() > 1e-6;
        usable.then_some(fitted)
    }

    /// The transform that puts a square of `side` picture pixels around `centre`, turned by `angle` radians, onto a chip of `size` pixels.
    pub fn crop(centre: Point, side: f32, angle: f32, size: u32) -> Self {
        let scale = f64::from(size) / f64::from(side.max(1e-3));
        let (sine, cosine) = f64::from(angle).sin_cos();
        let (a, b) = (scale * cosine, -scale * sine);
        let (x, y, half) = (f64::from(centre.x), f64::from(centre.y), f64::from(size) / 2.0);
        Self { a, b, c: half - a * x + b * y, d: half - b * x - a * y }
    }

    /// Where `point` of the picture lies in the chip.
    pub fn apply(&self, point: Point) -> Point {
        let (x, y) = self.at(f64::from(point.x), f64::from(point.y));
        Point::new(x as f32, y as f32)
    }

    /// Where (`x`, `y`) of the picture lies in the chip.
    pub(crate) fn at(&self, x: f64, y: f64) -> (f64, f64) {
        (self.a * x - self.b * y + self.c, self.b * x + self.a * y + self.d)
    }

    /// The transform from chip to picture.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let square = self.a * self.a + self.b * self.b;
        let (a, b) = (self.a / square, -self.b / square);
        Self { a, b, c: -(a * self.c - b * self.d), d: -(b * self.c + a * self.d) }
    }

    /// Chip pixels per picture pixel.
    pub fn scale(&self) -> f64 {
        self.a.hypot(self.b)
    }
}

/// Cuts a `size` × `size` chip, three floats 0 to 255 a pixel, by bilinear interpolation; black outside the picture, as `OpenCV`'s
/// `alignCrop` does, so that published results of the embedders carry over.
pub fn warp(image: &Image, transform: &Similarity, size: u32) -> Vec<f32> {
    let back = transform.inverse();
    let mut chip = vec![0.0; (size * size * 3) as usize];
    let (width, height, rgb) = (image.width() as i64, image.height() as i64, image.rgb());
    let row_bytes = width as usize * 3;
    for (at, out) in chip.as_chunks_mut::<3>().0.iter_mut().enumerate() {
        let from = back.apply(Point::new((at as u32 % size) as f32, (at as u32 / size) as f32));
        let (left, top) = (from.x.floor(), from.y.floor());
        let (fx, fy) = (from.x - left, from.y - top);
        let (x, y) = (left as i64, top as i64);
        let weights =
            [(0, 0, (1.0 - fx) * (1.0 - fy)), (1, 0, fx * (1.0 - fy)), (0, 1, (1.0 - fx) * fy), (1, 1, fx * fy)];
        for (dx, dy, weight) in weights {
            let (px, py) = (x.saturating_add(dx), y.saturating_add(dy));
            if (0..width).contains(&px) && (0..height).contains(&py) {
                let start = py as usize * row_bytes + px as usize * 3;
                for (value, &byte) in out.iter_mut().zip(&rgb[start..start + 3]) {
                    *value += weight * f32::from(byte);
                }
            }
        }
    }
    chip
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fit_finds_the_transform_that_made_the_points() {
        let truth = Similarity { a: 0.4, b: -0.3, c: 12.0, d: -7.0 };
        let from = [Point::new(1.0, 2.0), Point::new(50.0, 9.0), Point::new(20.0, 77.0)];
        let to = from.map(|p| truth.apply(p));
        let found = Similarity::fit(&from, &to).unwrap();
        for p in from {
            assert!(found.apply(p).distance(truth.apply(p)) < 1e-3);
            assert!(found.inverse().apply(found.apply(p)).distance(p) < 1e-3);
        }
        assert!((found.scale() - 0.5).abs() < 1e-4);
    }

    #[test]
    fn degenerate_points_have_no_transform() {
        let p = [Point::new(5.0, 5.0); 5];
        let t = [
            Point::new(0.0, 0.0),
            Point::new(1.0, 0.0),
            Point::new(0.0, 1.0),
            Point::new(1.0, 1.0),
            Point::new(2.0, 2.0),
        ];
        assert_eq!(Similarity::fit(&p, &t), None);
        assert_eq!(Similarity::fit(&t, &p), None);
        assert_eq!(Similarity::fit(&t[..3], &t), None);
        assert_eq!(Similarity::fit(&[Point::new(f32::NAN, 0.0), Point::new(1.0, 1.0)], &t[..2]), None);
    }

    #[test]
    fn crop_is_centred_and_upright_after_turning() {
        let crop = Similarity::crop(Point::new(100.0, 50.0), 40.0, 0.5, 80);
        assert!(crop.apply(Point::new(100.0, 50.0)).distance(Point::new(40.0, 40.0)) < 1e-3);
        let along = Point::new(100.0 + 10.0 * 0.5_f32.cos(), 50.0 + 10.0 * 0.5_f32.sin());
        assert!(crop.apply(along).distance(Point::new(60.0, 40.0)) < 1e-3);
    }

    #[test]
    fn the_identity_warp_copies_pixels_and_blackens_the_outside() {
        let image = Image::from_rgb(48, 48, (0..48 * 48 * 3).map(|i| (i % 251) as u8).collect()).unwrap();
        let chip = warp(&image, &Similarity { a: 1.0, b: 0.0, c: 0.0, d: 0.0 }, 56);
        assert!((chip[3] - f32::from(image.rgb()[3])).abs() < 1e-3);
        assert!(chip[50 * 3].abs() < 1e-6);
    }
}
