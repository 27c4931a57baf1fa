//! Sampling a turned and scaled grid of a picture, without aliasing.

use crate::align::Similarity;
use crate::geometry::Point;
use crate::image::Image;

/// A grid of samples in the coordinates of a frame: sample (column, row) lies at (`x` + (column + ½)·`step`, `y` + (row + ½)·`step`).
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    /// Left edge in the frame.
    pub(super) x: f64,
    /// Top edge in the frame.
    pub(super) y: f64,
    /// Distance between samples in the frame.
    pub(super) step: f64,
    /// Columns.
    pub(super) width: usize,
    /// Rows.
    pub(super) height: usize,
}

impl Grid {
    /// `p` of the frame in columns and rows of the grid, pixel edges at whole numbers.
    pub(super) fn locate(&self, p: Point) -> Point {
        Point::new(((f64::from(p.x) - self.x) / self.step) as f32, ((f64::from(p.y) - self.y) / self.step) as f32)
    }
}

/// The samples of a grid, row by row.
#[derive(Clone, Debug)]
pub(super) struct Patch {
    /// Colours, 8-bit sRGB; of the nearest edge pixel outside the picture.
    pub(super) rgb: Vec<[u8; 3]>,
    /// Whether the sample lies inside the picture.
    pub(super) inside: Vec<bool>,
}

/// Samples `grid` through `to_picture` (frame → picture) with bilinear weights; where the grid is coarser than the picture, whole blocks
/// of pixels are averaged first.
pub(super) fn sample(image: &Image, to_picture: &Similarity, grid: &Grid) -> Patch {
    let block = ((to_picture.scale() * grid.step).floor() as usize).clamp(1, 256);
    let [left, top, right, bottom] = bounds(image, to_picture, grid);
    let blocks = Blocks::new(image, [left, top, right, bottom], block);
    // From here in blocks and fixed point: 32 bits of fraction.
    let fixed = |pixels: f64| (pixels / block as f64 * ONE) as i64;
    let within =
        |at: i64, from: usize, size: u32| at >= fixed(-(from as f64)) && at < fixed(f64::from(size) - from as f64);
    let (across, down) = (fixed(to_picture.a * grid.step), fixed(to_picture.b * grid.step));
    let mut patch = Patch {
        rgb: Vec::with_capacity(grid.width * grid.height),
        inside: Vec::with_capacity(grid.width * grid.height),
    };
    for row in 0..grid.height {
        let (x, y) = to_picture.at(grid.x + 0.5 * grid.step, grid.y + (row as f64 + 0.5) * grid.step);
        let (mut x, mut y) = (fixed(x - left as f64), fixed(y - top as f64));
        for _ in 0..grid.width {
            patch.rgb.push(blocks.at(x, y));
            patch.inside.push(within(x, left, image.width()) && within(y, top, image.height()));
            (x, y) = (x.wrapping_add(across), y.wrapping_add(down));
        }
    }
    patch
}

/// The columns and rows of the picture that the grid needs: left, top, right, bottom (exclusive, at least one pixel).
fn bounds(image: &Image, to_picture: &Similarity, grid: &Grid) -> [usize; 4] {
    let (right, bottom) = (grid.x + grid.width as f64 * grid.step, grid.y + grid.height as f64 * grid.step);
    let mut range = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    for (x, y) in [(grid.x, grid.y), (right, grid.y), (grid.x, bottom), (right, bottom)] {
        let (x, y) = to_picture.at(x, y);
        range = [range[0].min(x), range[1].min(y), range[2].max(x), range[3].max(y)];
    }
    let (width, height) = (f64::from(image.width()), f64::from(image.height()));
    let margin = 2.0 * to_picture.scale() * grid.step + 2.0;
    let left = (range[0] - margin).clamp(0.0, width - 1.0) as usize;
    let top = (range[1] - margin).clamp(0.0, height - 1.0) as usize;
    let right = (range[2] + margin).clamp(left as f64 + 1.0, width) as usize;
    let bottom = (range[3] + margin).clamp(top as f64 + 1.0, height) as usize;
    [left, top, right, bottom]
}

/// One in fixed point.
const ONE: f64 = (1_u64 << 32) as f64;
/// The low bytes of three 16-bit lanes.
const LANES: u64 = 0x00FF_00FF_00FF;

/// A part of a picture, averaged over square blocks of pixels: each colour in three 16-bit lanes, red lowest.
struct Blocks {
    width: usize,
    height: usize,
    lanes: Vec<u64>,
}

impl Blocks {
    /// Averages the part `[left, top, right, bottom]` of `image` over blocks of `block` × `block` pixels; partial blocks at the right
    /// and lower edge are averaged over the pixels they have.
    fn new(image: &Image, [left, top, right, bottom]: [usize; 4], block: usize) -> Self {
        let (width, height) = ((right - left).div_ceil(block), (bottom - top).div_ceil(block));
        let stride = image.width() as usize * 3;
        let mut lanes = Vec::with_capacity(width * height);
        let mut sums = vec![[0_u32; 4]; width];
        for y in (top..bottom).step_by(block) {
            sums.fill([0; 4]);
            for row in y..bottom.min(y + block) {
                let line = &image.rgb()[row * stride + left * 3..row * stride + right * 3];
                for (sum, pixels) in sums.iter_mut().zip(line.chunks(block * 3)) {
                    for p in pixels.chunks_exact(3) {
                        let [r, g, b] = [p[0], p[1], p[2]].map(u32::from);
                        *sum = [sum[0] + r, sum[1] + g, sum[2] + b, sum[3] + 1];
                    }
                }
            }
            lanes.extend(sums.iter().map(|&[r, g, b, count]| {
                let mean = |sum: u32| if count == 1 { u64::from(sum) } else { u64::from((sum + count / 2) / count) };
                mean(r) | mean(g) << 16 | mean(b) << 32
            }));
        }
        Self { width, height, lanes }
    }

    /// The colour at (`x`, `y`) in fixed-point blocks, block centres at halves, with bilinear weights.
    fn at(&self, x: i64, y: i64) -> [u8; 3] {
        let (left, right, across) = cell(x, self.width);
        let (upper, lower, down) = cell(y, self.height);
        let lane = |column: usize, row: usize| self.lanes[row * self.width + column];
        let high = mix(lane(left, upper), lane(right, upper), across);
        let low = mix(lane(left, lower), lane(right, lower), across);
        let mixed = mix(high, low, down);
        [mixed as u8, (mixed >> 16) as u8, (mixed >> 32) as u8]
    }
}

/// Lane by lane `a` + `t`/256·(`b` − `a`), rounded. A lane holds at most 255·256 + 128, so none runs over.
fn mix(a: u64, b: u64, t: u64) -> u64 {
    ((a * (256 - t) + b * t + 0x0080_0080_0080) >> 8) & LANES
}

/// The two neighbours of `at` (fixed point) among `count` blocks with centres at halves, and the weight of the second in 256ths.
fn cell(at: i64, count: usize) -> (usize, usize, u64) {
    let last = count as i64 - 1;
    let at = at.saturating_sub(1 << 31).clamp(0, last << 32);
    let first = at >> 32;
    (first as usize, (first + 1).min(last) as usize, (at >> 24) as u64 & 255)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sampling_one_to_one_copies_the_picture() {
        let rgb: Vec<u8> = (0..64 * 48 * 3).map(|i| (i * 5 % 251) as u8).collect();
        let image = Image::from_rgb(64, 48, rgb.clone()).unwrap();
        let same = Similarity { a: 1.0, b: 0.0, c: 0.0, d: 0.0 };
        let grid = Grid { x: 0.0, y: 0.0, step: 1.0, width: 64, height: 48 };
        let patch = sample(&image, &same, &grid);
        assert_eq!(patch.rgb.concat(), rgb);
        assert!(patch.inside.iter().all(|inside| *inside));
    }

    #[test]
    fn sampling_every_second_pixel_averages() {
        let rgb: Vec<u8> = (0..48 * 48).flat_map(|i| [if i % 2 == 0 { 0 } else { 100 }; 3]).collect();
        let image = Image::from_rgb(48, 48, rgb).unwrap();
        let same = Similarity { a: 1.0, b: 0.0, c: 0.0, d: 0.0 };
        let patch = sample(&image, &same, &Grid { x: 44.0, y: 0.0, step: 2.0, width: 3, height: 2 });
        assert_eq!(patch.rgb, vec![[50; 3]; 6]);
        assert_eq!(patch.inside, [true, true, false, true, true, false]);
    }
}
