//! What several measures share, computed once: the marks, the aligned face with its luminance, skin mask and histogram.

use super::Subject;
use super::marks::Marks;
use super::outline;
use super::sample::{Grid, Patch, sample};
use crate::align::Similarity;
use crate::geometry::{Point, Rect};

/// Side of OFIQ's aligned picture in pixels.
const FRAME_SIDE: f64 = 616.0;
/// Where right eye, left eye, nose and mouth corners lie in OFIQ's aligned picture; 113 pixels between the eyes.
const FRAME_POINTS: [Point; 5] = [
    Point::new(251.0, 272.0),
    Point::new(364.0, 272.0),
    Point::new(308.0, 336.0),
    Point::new(262.0, 402.0),
    Point::new(355.0, 402.0),
];
/// At least this share of the skin outline must lie in the picture, else measures of light and colour are not assessed.
const SKIN_SHARE_MIN: f64 = 0.5;
/// At least this share of a cheek zone must be skin in the picture.
const ZONE_SHARE_MIN: f64 = 0.25;

/// Everything that the measures read.
pub(super) struct Prepared<'a> {
    /// What is assessed.
    pub(super) subject: &'a Subject<'a>,
    /// Places of the mesh; none when the mesh is unusable.
    pub(super) marks: Option<Marks>,
    /// From OFIQ's aligned picture to the given one; none when the mesh is unusable.
    pub(super) frame: Option<Similarity>,
    /// The aligned face; none when the mesh is unusable or most of the face lies outside the picture.
    pub(super) skin: Option<Skin>,
}

impl<'a> Prepared<'a> {
    /// Prepares `subject`.
    pub(super) fn new(subject: &'a Subject<'a>) -> Self {
        let marks = Marks::of(subject.mesh);
        let frame = marks.as_ref().and_then(|marks| Similarity::fit(&FRAME_POINTS, &marks.five()));
        let skin = marks.as_ref().zip(frame.as_ref()).and_then(|(marks, frame)| Skin::new(subject, marks, frame));
        Self { subject, marks, frame, skin }
    }
}

/// The face at the scale of OFIQ's aligned picture, cut to the outline of its skin.
pub(super) struct Skin {
    /// Columns.
    pub(super) width: usize,
    /// Rows.
    pub(super) height: usize,
    /// Colours, row by row.
    pub(super) rgb: Vec<[u8; 3]>,
    /// Linear-light luminance 0–255 of ISO/IEC 29794-5 (BT.709 weights after undoing the sRGB curve), as OFIQ computes it.
    pub(super) luminance: Vec<u8>,
    /// Whether the pixel is skin (inside the outline of brows and jaw) and inside the picture.
    pub(super) mask: Vec<bool>,
    /// The share of skin pixels of each luminance; sums to 1.
    pub(super) histogram: [f64; 256],
    /// Skin pixels of the cheek zones: the person's right and left; none when too little of a zone is visible.
    pub(super) cheeks: Option<[Vec<usize>; 2]>,
}

impl Skin {
    fn new(subject: &Subject<'_>, marks: &Marks, frame: &Similarity) -> Option<Self> {
        let to_frame = frame.inverse();
        let outline: Vec<Point> = marks.skin.iter().map(|p| to_frame.apply(*p)).collect();
        let grid = window(&outline)?;
        let Patch { rgb, inside } = sample(subject.image, frame, &grid);
        let polygon: Vec<Point> = outline.iter().map(|p| grid.locate(*p)).collect();
        let mut mask = vec![false; rgb.len()];
        let mut wanted = 0_usize;
        for (row, columns) in outline::rows(&polygon, grid.width, grid.height).into_iter().enumerate() {
            wanted += columns.len();
            let start = row * grid.width;
            let (from, to) = (start + columns.start, start + columns.end);
            mask[from..to].copy_from_slice(&inside[from..to]);
        }
        let pixels = mask.iter().filter(|skin| **skin).count();
        if pixels == 0 || (pixels as f64) < SKIN_SHARE_MIN * wanted as f64 {
            return None;
        }
        let luminance = luminance(&rgb);
        let histogram = histogram(luminance.iter().zip(&mask).filter(|(_, skin)| **skin).map(|(level, _)| *level));
        let zones = cheek_zones(&marks.five().map(|p| to_frame.apply(p)), to_frame.apply(marks.mouth));
        let cheeks = zones.map(|zone| skin_of_zone(&zone, &grid, &mask));
        let [right, left] = cheeks;
        let cheeks = right.zip(left).map(|(right, left)| [right, left]);
        Some(Self { width: grid.width, height: grid.height, rgb, luminance, mask, histogram, cheeks })
    }
}

/// The grid of whole pixels of the aligned picture around `outline`; none when it lies outside.
fn window(outline: &[Point]) -> Option<Grid> {
    let around = Rect::around(outline.iter().copied());
    let within = |v: f32| f64::from(v).clamp(0.0, FRAME_SIDE);
    let (x, y) = (within(around.x).floor(), within(around.y).floor());
    let width = (within(around.x + around.width).ceil() - x) as usize;
    let height = (within(around.y + around.height).ceil() - y) as usize;
    (width > 0 && height > 0).then_some(Grid { x, y, step: 1.0, width, height })
}

/// OFIQ's cheek zones in the aligned picture: squares of 0.3 inter-eye distances, half-way from the eyes to the mouth, outward of
/// the right eye's and the left eye's middle.
fn cheek_zones(five: &[Point; 5], mouth: Point) -> [Rect; 2] {
    let [right, left, ..] = *five;
    let side = (0.3 * right.distance(left)).floor();
    let down = (right.middle(left).distance(mouth) / 2.0).floor();
    let zone = |x: f32, y: f32| Rect { x, y: y + down, width: side, height: side };
    [zone(right.x - side, right.y), zone(left.x, left.y)]
}

/// The skin pixels of `zone`; none when they are too few.
fn skin_of_zone(zone: &Rect, grid: &Grid, mask: &[bool]) -> Option<Vec<usize>> {
    let corner = grid.locate(Point::new(zone.x, zone.y));
    let end = grid.locate(Point::new(zone.x + zone.width, zone.y + zone.height));
    let within = |v: f32, most: usize| v.round().clamp(0.0, most as f32) as usize;
    let columns = within(corner.x, grid.width)..within(end.x, grid.width);
    let rows = within(corner.y, grid.height)..within(end.y, grid.height);
    let pixels: Vec<usize> = rows
        .flat_map(|row| columns.clone().map(move |column| row * grid.width + column))
        .filter(|&pixel| mask[pixel])
        .collect();
    let enough = ZONE_SHARE_MIN * f64::from(zone.area());
    (!pixels.is_empty() && pixels.len() as f64 >= enough).then_some(pixels)
}

/// The share of each level among `levels`.
pub(super) fn histogram(levels: impl Iterator<Item = u8>) -> [f64; 256] {
    let mut counts = [0_u32; 256];
    for level in levels {
        counts[usize::from(level)] += 1;
    }
    let all = counts.iter().map(|&n| u64::from(n)).sum::<u64>().max(1) as f64;
    counts.map(|n| f64::from(n) / all)
}

/// The linear light of an sRGB component 0–1 (IEC 61966-2-1).
pub(super) fn linear(component: f64) -> f64 {
    if component > 0.04045 { ((component + 0.055) / 1.055).powf(2.4) } else { component / 12.92 }
}

/// The linear-light luminance of each colour, 0–255, rounded.
pub(super) fn luminance(rgb: &[[u8; 3]]) -> Vec<u8> {
    let table: [f32; 256] = std::array::from_fn(|v| (linear(v as f64 / 255.0) * 255.0) as f32);
    let of = |v: u8| table[usize::from(v)];
    rgb.iter().map(|&[r, g, b]| (0.2126 * of(r) + 0.7152 * of(g) + 0.0722 * of(b) + 0.5) as u8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luminance_is_linear_light() {
        assert_eq!(luminance(&[[0; 3], [255; 3], [188; 3]]), [0, 255, 128]);
    }

    #[test]
    fn a_histogram_sums_to_one() {
        let shares = histogram([0, 0, 255, 7].into_iter());
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!((shares[0] - 0.5).abs() < 1e-12);
    }
}
