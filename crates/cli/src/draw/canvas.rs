//! A small anti-aliased rasteriser: rectangles, lines, dots, polygons and text on an RGB canvas.

use super::font;
use face::geometry::Point;

/// A colour, sRGB.
pub(super) type Rgb = [u8; 3];

/// Distance between two scan lines of a polygon's filling, as a share of a pixel.
const SUB_LINES: usize = 4;

/// What is drawn on.
pub(super) struct Canvas {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

impl Canvas {
    /// A canvas of one colour.
    pub(super) fn new(width: usize, height: usize, paper: Rgb) -> Self {
        Self { width, height, rgb: paper.repeat(width * height) }
    }

    /// Width in pixels.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    pub(super) fn height(&self) -> usize {
        self.height
    }

    /// The pixels, three bytes each, row by row.
    pub(super) fn into_rgb(self) -> Vec<u8> {
        self.rgb
    }

    /// Mixes `colour` into the pixel at `x`, `y` with `alpha` from 0 to 1; nothing outside the canvas.
    fn blend(&mut self, x: i64, y: i64, colour: Rgb, alpha: f32) {
        if x < 0 || y < 0 || x >= self.width as i64 || y >= self.height as i64 || alpha <= 0.0 {
            return;
        }
        let at = (y as usize * self.width + x as usize) * 3;
        for (old, new) in self.rgb[at..at + 3].iter_mut().zip(colour) {
            *old = (f32::from(*old) + (f32::from(new) - f32::from(*old)) * alpha.min(1.0)).round() as u8;
        }
    }

    /// Copies a picture of `width` pixels a row to `left`, `top`.
    pub(super) fn paste(&mut self, left: usize, top: usize, width: usize, rgb: &[u8]) {
        for (y, row) in rgb.chunks_exact(width * 3).enumerate().take_while(|(y, _)| top + y < self.height) {
            let take = width.min(self.width.saturating_sub(left)) * 3;
            let at = ((top + y) * self.width + left) * 3;
            self.rgb[at..at + take].copy_from_slice(&row[..take]);
        }
    }

    /// A filled rectangle with edges at fractions of pixels.
    pub(super) fn fill(&mut self, from: Point, to: Point, colour: Rgb, alpha: f32) {
        let cover = |i: i64, a: f32, b: f32| (b.min(i as f32 + 1.0) - a.max(i as f32)).clamp(0.0, 1.0);
        for y in from.y.floor() as i64..to.y.ceil() as i64 {
            for x in from.x.floor() as i64..to.x.ceil() as i64 {
                self.blend(x, y, colour, alpha * cover(x, from.x, to.x) * cover(y, from.y, to.y));
            }
        }
    }

    /// A line with round ends, `thick` pixels wide. Coordinates count from the corner of the first pixel.
    pub(super) fn line(&mut self, a: Point, b: Point, thick: f32, colour: Rgb) {
        self.path(&[a, b], thick, colour, 1.0);
    }

    /// A dot of `radius` pixels.
    pub(super) fn dot(&mut self, middle: Point, radius: f32, colour: Rgb) {
        self.path(&[middle, middle], radius * 2.0, colour, 1.0);
    }

    /// Joined lines, `thick` pixels wide; a pixel is inked once, however many of the lines touch it.
    pub(super) fn path(&mut self, points: &[Point], thick: f32, colour: Rgb, alpha: f32) {
        let reach = thick / 2.0 + 1.0;
        let Some(bounds) = self.bounds(points, reach) else { return };
        let (width, height) = (bounds.2 - bounds.0, bounds.3 - bounds.1);
        let mut cover = vec![0f32; width * height];
        for pair in points.windows(2) {
            let Some((x0, y0, x1, y1)) = self.bounds(pair, reach) else { continue };
            for y in y0..y1 {
                for x in x0..x1 {
                    let d = distance(Point::new(x as f32 + 0.5, y as f32 + 0.5), pair[0], pair[1]);
                    let cell = &mut cover[(y - bounds.1) * width + x - bounds.0];
                    *cell = cell.max((thick / 2.0 + 0.5 - d).clamp(0.0, 1.0));
                }
            }
        }
        for (i, share) in cover.into_iter().enumerate() {
            let (x, y) = (bounds.0 + i % width, bounds.1 + i / width);
            self.blend(x as i64, y as i64, colour, share * alpha);
        }
    }

    /// The pixels of the canvas around `points`: left, top, right, bottom (the last two exclusive).
    fn bounds(&self, points: &[Point], reach: f32) -> Option<(usize, usize, usize, usize)> {
        let limit = |value: f32, size: usize| value.clamp(0.0, size as f32) as usize;
        let low = |f: fn(&Point) -> f32| points.iter().map(f).fold(f32::INFINITY, f32::min) - reach;
        let high = |f: fn(&Point) -> f32| points.iter().map(f).fold(f32::NEG_INFINITY, f32::max) + reach + 1.0;
        let (x0, y0) = (limit(low(|p| p.x), self.width), limit(low(|p| p.y), self.height));
        let (x1, y1) = (limit(high(|p| p.x), self.width), limit(high(|p| p.y), self.height));
        (x1 > x0 && y1 > y0).then_some((x0, y0, x1, y1))
    }

    /// Fills a polygon (even-odd rule).
    pub(super) fn polygon(&mut self, points: &[Point], colour: Rgb, alpha: f32) {
        let Some((x0, y0, x1, y1)) = self.bounds(points, 0.0) else { return };
        let mut cover = vec![0f32; x1 - x0];
        for y in y0..y1 {
            cover.fill(0.0);
            for sub in 0..SUB_LINES {
                let line = y as f32 + (sub as f32 + 0.5) / SUB_LINES as f32;
                for span in crossings(points, line).chunks_exact(2) {
                    for (x, cell) in (x0..x1).zip(&mut cover) {
                        let inside = span[1].min(x as f32 + 1.0) - span[0].max(x as f32);
                        *cell += inside.clamp(0.0, 1.0) / SUB_LINES as f32;
                    }
                }
            }
            for (x, share) in (x0..x1).zip(&cover) {
                self.blend(x as i64, y as i64, colour, share * alpha);
            }
        }
    }

    /// Text with its top left corner at `at`; a capital letter is 7 `unit`s high. Returns the width in pixels.
    pub(super) fn text(&mut self, at: Point, unit: f32, colour: Rgb, text: &str) -> f32 {
        let mut x = at.x;
        for c in text.chars() {
            let glyph = font::glyph(c);
            for (a, b) in glyph.strokes() {
                let place = |(column, row): (u8, u8)| {
                    Point::new(x + (f32::from(column) + 0.5) * unit, at.y + (f32::from(row) + 0.5) * unit)
                };
                self.line(place(a), place(b), unit * 0.98, colour);
            }
            x += glyph.advance() * unit;
        }
        x - at.x
    }
}

/// Width of `text` in units of the font.
pub(super) fn text_width(text: &str) -> f32 {
    text.chars().map(|c| font::glyph(c).advance()).sum()
}

/// Distance of `p` from the line between `a` and `b`.
fn distance(p: Point, a: Point, b: Point) -> f32 {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let length2 = dx * dx + dy * dy;
    let t = if length2 > 0.0 { (((p.x - a.x) * dx + (p.y - a.y) * dy) / length2).clamp(0.0, 1.0) } else { 0.0 };
    p.distance(Point::new(a.x + t * dx, a.y + t * dy))
}

/// Where the polygon's edges cross the horizontal line at `y`, from left to right.
fn crossings(points: &[Point], y: f32) -> Vec<f32> {
    let next = points.iter().cycle().skip(1);
    let mut xs: Vec<f32> = points
        .iter()
        .zip(next)
        .filter(|(a, b)| (a.y <= y) != (b.y <= y))
        .map(|(a, b)| a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x))
        .collect();
    xs.sort_by(f32::total_cmp);
    xs
}

#[cfg(test)]
mod tests {
    use super::*;

    const INK: Rgb = [0, 0, 0];
    const PAPER: Rgb = [255, 255, 255];

    /// The ink on the canvas in pixels.
    fn ink(canvas: &Canvas) -> f32 {
        canvas.rgb.chunks_exact(3).map(|p| 1.0 - f32::from(p[0]) / 255.0).sum()
    }

    #[test]
    fn areas_are_as_large_as_geometry_says() {
        let mut canvas = Canvas::new(40, 40, PAPER);
        canvas.fill(Point::new(3.5, 3.25), Point::new(10.0, 9.0), INK, 1.0);
        assert!((ink(&canvas) - 6.5 * 5.75).abs() < 0.2);
        let mut canvas = Canvas::new(40, 40, PAPER);
        canvas.polygon(&[Point::new(5.0, 5.0), Point::new(35.0, 5.0), Point::new(5.0, 35.0)], INK, 1.0);
        assert!((ink(&canvas) - 450.0).abs() < 2.0, "{}", ink(&canvas));
        let mut canvas = Canvas::new(40, 40, PAPER);
        canvas.dot(Point::new(20.0, 20.0), 8.0, INK);
        assert!((ink(&canvas) - 201.0).abs() < 4.0, "{}", ink(&canvas));
    }

    #[test]
    fn nothing_is_drawn_outside_and_nothing_panics() {
        let mut canvas = Canvas::new(8, 8, PAPER);
        let far = [Point::new(-1e9, -1e9), Point::new(1e9, -5.0), Point::new(f32::NAN, 3.0)];
        canvas.polygon(&far[..2], INK, 1.0);
        canvas.path(&far, 2.0, INK, 1.0);
        canvas.fill(Point::new(-5.0, -5.0), Point::new(-1.0, -1.0), INK, 1.0);
        canvas.paste(6, 6, 4, &[9; 4 * 4 * 3]);
        assert_eq!(canvas.into_rgb().len(), 8 * 8 * 3);
    }

    #[test]
    fn text_has_the_width_that_is_foretold() {
        let mut canvas = Canvas::new(200, 20, PAPER);
        let width = canvas.text(Point::new(1.0, 1.0), 1.5, INK, "Quality 78");
        assert!((width - text_width("Quality 78") * 1.5).abs() < 1e-3);
        assert!(ink(&canvas) > 50.0);
    }
}
