//! The sheet that `inspect --draw` writes: the picture with what was seen in it on the left, words and quality bars on the right.

use super::canvas::{Canvas, Rgb, text_width};
use crate::wording::wrap;
use face::geometry::{Point, Rect};

const PAPER: Rgb = [250, 249, 246];
const INK: Rgb = [38, 38, 36];
const GREY: Rgb = [128, 126, 120];
const PALE: Rgb = [226, 223, 215];
const WHITE: Rgb = [255, 255, 255];
const GREEN: Rgb = [22, 101, 72];
const AMBER: Rgb = [181, 118, 20];
/// Colours of the outlines in turn: calm ones that stay apart on skin and for colour-blind eyes.
const OUTLINES: [Rgb; 5] = [[230, 159, 0], [0, 114, 178], [0, 158, 115], [204, 90, 130], [120, 94, 200]];

/// Empty border around everything, in pixels.
const MARGIN: f32 = 28.0;
/// Width of the column of words.
const PANEL: f32 = 430.0;
/// Longer side of the picture on the sheet.
const PICTURE_SIDE: f32 = 900.0;
/// Most that a small picture is enlarged.
const ENLARGE_MAX: f32 = 4.0;
/// Size of small text and of the title: pixels a unit of the font.
const SMALL: f32 = 1.7;
const TITLE: f32 = 3.2;
/// Height of a line of small text and of a bar's row.
const LINE: f32 = 22.0;

/// One region's outline: closed if it has an inside to tint.
pub(crate) struct Outline<'a> {
    /// The region's name for the legend.
    pub(crate) name: &'static str,
    /// The points of each part in pixels of the picture.
    pub(crate) parts: Vec<&'a [Point]>,
}

/// One quality measure.
pub(crate) struct Bar {
    /// Its name in words.
    pub(crate) name: String,
    /// 0 to 100; `None` if it was not assessed.
    pub(crate) value: Option<u8>,
    /// True if it is so low that somebody should act.
    pub(crate) low: bool,
}

/// The column of words.
pub(crate) struct Panel {
    /// The first, large line.
    pub(crate) title: String,
    /// Small lines under it.
    pub(crate) lines: Vec<String>,
    /// The bars.
    pub(crate) bars: Vec<Bar>,
    /// What a person can do, under the bars.
    pub(crate) advice: Vec<String>,
}

/// What is drawn.
pub(crate) struct Sheet<'a> {
    /// Width and height of the picture in pixels.
    pub(crate) size: (u32, u32),
    /// The picture's pixels, three bytes each.
    pub(crate) rgb: &'a [u8],
    /// The faces; the first is the one that is meant unless `undecided`.
    pub(crate) boxes: Vec<Rect>,
    /// True if it is not clear which face is meant.
    pub(crate) undecided: bool,
    /// The detector's points.
    pub(crate) points: Vec<Point>,
    /// The regions of the mesh.
    pub(crate) outlines: Vec<Outline<'a>>,
    /// The words.
    pub(crate) panel: Panel,
}

impl Sheet<'_> {
    /// The sheet as width, height and RGB pixels.
    pub(crate) fn render(&self) -> (u32, u32, Vec<u8>) {
        let (width, height) = (self.size.0 as f32, self.size.1 as f32);
        let scale = (PICTURE_SIDE / width.max(height)).min(ENLARGE_MAX);
        let (wide, high) = ((width * scale).round().max(1.0), (height * scale).round().max(1.0));
        let sheet_height = high.max(self.panel_height()) + 2.0 * MARGIN;
        let sheet_width = wide + PANEL + 3.0 * MARGIN;
        let mut canvas = Canvas::new(sheet_width as usize, sheet_height as usize, PAPER);
        let scaled = self.scaled(wide as u32, high as u32);
        canvas.paste(MARGIN as usize, MARGIN as usize, wide as usize, &scaled);
        self.findings(&mut canvas, Place { scale, wide, high });
        self.words(&mut canvas, wide + 2.0 * MARGIN);
        (canvas.width() as u32, canvas.height() as u32, canvas.into_rgb())
    }

    /// The picture at another size.
    fn scaled(&self, wide: u32, high: u32) -> Vec<u8> {
        let (width, height) = self.size;
        let Some(picture) = image::ImageBuffer::<image::Rgb<u8>, _>::from_raw(width, height, self.rgb) else {
            return vec![PALE[0]; wide as usize * high as usize * 3];
        };
        image::imageops::resize(&picture, wide, high, image::imageops::FilterType::CatmullRom).into_raw()
    }

    /// Boxes, regions and points over the picture.
    fn findings(&self, canvas: &mut Canvas, place: Place) {
        for (outline, colour) in self.outlines.iter().zip(OUTLINES.into_iter().cycle()) {
            for part in &outline.parts {
                let ring: Vec<Point> = part.iter().chain(part.first()).map(|p| place.at(*p)).collect();
                canvas.polygon(&ring, colour, 0.22);
                canvas.path(&ring, 4.0, WHITE, 0.55);
                canvas.path(&ring, 2.2, colour, 1.0);
            }
        }
        for (i, rect) in self.boxes.iter().enumerate() {
            let colour = match (self.undecided, i) {
                (true, _) => AMBER,
                (false, 0) => GREEN,
                _ => GREY,
            };
            let corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)];
            let ring = corners.map(|(x, y)| place.at(Point::new(rect.x + x * rect.width, rect.y + y * rect.height)));
            canvas.path(&ring, 5.0, WHITE, 0.6);
            canvas.path(&ring, 3.0, colour, 1.0);
            if self.undecided {
                number(canvas, ring[0], colour, i + 1);
            }
        }
        for point in &self.points {
            canvas.dot(place.at(*point), 4.6, WHITE);
            canvas.dot(place.at(*point), 3.0, INK);
        }
    }

    /// Height of the column of words in pixels.
    fn panel_height(&self) -> f32 {
        let advice: usize = self.panel.advice.iter().map(|text| lines_of(text).len()).sum();
        let rows = self.panel.lines.len() + self.panel.bars.len() + advice + usize::from(!self.outlines.is_empty());
        TITLE * 7.0 + 14.0 + rows as f32 * LINE + 3.0 * 14.0
    }

    /// Title, lines, bars, advice and legend from `left`.
    fn words(&self, canvas: &mut Canvas, left: f32) {
        let mut y = MARGIN;
        canvas.text(Point::new(left, y), TITLE, INK, &self.panel.title);
        y += TITLE * 7.0 + 14.0;
        for line in &self.panel.lines {
            canvas.text(Point::new(left, y), SMALL, GREY, line);
            y += LINE;
        }
        y += 14.0;
        for bar in &self.panel.bars {
            draw_bar(canvas, left, y, bar);
            y += LINE;
        }
        y += 14.0;
        for line in self.panel.advice.iter().flat_map(|text| lines_of(text)) {
            canvas.text(Point::new(left, y), SMALL, AMBER, &line);
            y += LINE;
        }
        y += 14.0;
        let mut x = left;
        for (outline, colour) in self.outlines.iter().zip(OUTLINES.into_iter().cycle()) {
            canvas.dot(Point::new(x + 5.0, y + SMALL * 3.5), 5.0, colour);
            x += 15.0 + canvas.text(Point::new(x + 15.0, y), SMALL, INK, outline.name) + 14.0;
        }
    }
}

/// Where the picture stands on the sheet.
#[derive(Clone, Copy)]
struct Place {
    scale: f32,
    wide: f32,
    high: f32,
}

impl Place {
    /// A point of the picture on the sheet, held within the picture's frame.
    fn at(self, p: Point) -> Point {
        let x = (p.x * self.scale).clamp(0.0, self.wide);
        let y = (p.y * self.scale).clamp(0.0, self.high);
        Point::new(MARGIN + x, MARGIN + y)
    }
}

/// One bar: name, groove with filling, value.
fn draw_bar(canvas: &mut Canvas, left: f32, y: f32, bar: &Bar) {
    const NAME: f32 = 232.0;
    const GROOVE: f32 = 145.0;
    let colour = if bar.low { AMBER } else { GREEN };
    let name_colour = if bar.value.is_some() { INK } else { GREY };
    canvas.text(Point::new(left, y), SMALL, name_colour, &bar.name);
    let (top, bottom) = (y + 1.0, y + 12.0);
    let from = left + NAME;
    let Some(value) = bar.value else {
        canvas.text(Point::new(from, y), SMALL, GREY, "not assessed");
        return;
    };
    canvas.fill(Point::new(from, top), Point::new(from + GROOVE, bottom), PALE, 1.0);
    let filled = from + GROOVE * f32::from(value.min(100)) / 100.0;
    canvas.fill(Point::new(from, top), Point::new(filled, bottom), colour, 1.0);
    let text = value.to_string();
    let right = left + PANEL - text_width(&text) * SMALL;
    canvas.text(Point::new(right, y), SMALL, if bar.low { AMBER } else { INK }, &text);
}

/// A number on a small label at the corner of a box.
fn number(canvas: &mut Canvas, corner: Point, colour: Rgb, number: usize) {
    let text = number.to_string();
    let width = text_width(&text) * SMALL + 10.0;
    let to = Point::new(corner.x + width, corner.y + 24.0);
    canvas.fill(corner, to, colour, 1.0);
    canvas.text(Point::new(corner.x + 6.0, corner.y + 6.0), SMALL, WHITE, &text);
}

/// `text` in lines that fit the column of words.
fn lines_of(text: &str) -> Vec<String> {
    // Letters are about 5.3 units wide on average.
    wrap(text, (PANEL / (SMALL * 5.6)) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_of_any_picture_has_room_for_picture_and_words() {
        for size in [(48, 48), (16_000, 50), (50, 1200)] {
            let rgb = vec![200; size.0 as usize * size.1 as usize * 3];
            let bars =
                (0..28).map(|i| Bar { name: format!("measure {i}"), value: (i % 3 > 0).then_some(i * 3), low: i < 9 });
            let eye = [Point::new(10.0, 10.0), Point::new(20.0, 10.0), Point::new(15.0, 14.0)];
            let sheet = Sheet {
                size,
                rgb: &rgb,
                boxes: vec![Rect { x: -5.0, y: -5.0, width: 40.0, height: 1e6 }; 3],
                undecided: true,
                points: vec![Point::new(12.0, 12.0)],
                outlines: vec![Outline { name: "eyes", parts: vec![&eye] }],
                panel: Panel {
                    title: "Quality 78".into(),
                    lines: vec!["a line".into()],
                    bars: bars.collect(),
                    advice: vec!["Turn the lamp towards the face, and then look straight at the camera.".into()],
                },
            };
            let (width, height, pixels) = sheet.render();
            assert_eq!(pixels.len(), width as usize * height as usize * 3);
            assert!(height as f32 >= sheet.panel_height() && width as f32 > PANEL);
        }
    }
}
