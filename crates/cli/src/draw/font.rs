//! A hand-made font of 5 × 7 points (two more rows for what hangs below the line), drawn as strokes from point to point.

/// A letter: its points as (column, row).
pub(super) struct Glyph {
    points: Vec<(u8, u8)>,
    columns: u8,
}

/// Space between two letters in units.
const GAP: f32 = 1.35;
/// Columns of an empty glyph, the space.
const SPACE_COLUMNS: u8 = 2;
/// Rows of a glyph with what hangs below the line.
const ROWS_MAX: usize = 9;

/// The glyph of `c`; a small box for a character that the font does not have.
pub(super) fn glyph(c: char) -> Glyph {
    let rows = GLYPHS.iter().find(|(own, _)| *own == c).map_or(UNKNOWN, |(_, rows)| rows);
    let mut points = Vec::new();
    for (y, row) in rows.split(' ').enumerate().take(ROWS_MAX) {
        points.extend(row.bytes().enumerate().filter(|(_, b)| *b == b'#').map(|(x, _)| (x as u8, y as u8)));
    }
    let left = points.iter().map(|(x, _)| *x).min().unwrap_or(0);
    let right = points.iter().map(|(x, _)| *x + 1).max().unwrap_or(SPACE_COLUMNS);
    // Figures stand under each other in columns: all have the full width.
    let left = if c.is_ascii_digit() { 0 } else { left };
    let columns = if c.is_ascii_digit() { 5 } else { right - left };
    Glyph { points: points.into_iter().map(|(x, y)| (x - left, y)).collect(), columns }
}

impl Glyph {
    /// Units to the start of the next letter.
    pub(super) fn advance(&self) -> f32 {
        f32::from(self.columns) + GAP
    }

    /// The strokes: from each point to its neighbours at the side and below; across a corner only where no straight way leads.
    /// A point without neighbours is a stroke to itself.
    pub(super) fn strokes(&self) -> Vec<((u8, u8), (u8, u8))> {
        let has = |x: i16, y: i16| self.points.iter().any(|p| (i16::from(p.0), i16::from(p.1)) == (x, y));
        let mut strokes = Vec::new();
        for &(x, y) in &self.points {
            strokes.push(((x, y), (x, y)));
            let (sx, sy) = (i16::from(x), i16::from(y));
            for (dx, dy) in [(1, 0), (0, 1), (1, 1), (-1, 1)] {
                let corner = dx != 0 && dy != 0 && (has(sx + dx, sy) || has(sx, sy + dy));
                if has(sx + dx, sy + dy) && !corner {
                    strokes.push(((x, y), ((sx + dx) as u8, y + dy as u8)));
                }
            }
        }
        strokes
    }
}

/// Shown for a character that the font does not have.
const UNKNOWN: &str = "##### #...# #...# #...# #...# #...# #####";

/// Rows from above, `#` is a point; left out rows are empty.
#[rustfmt::skip]
const GLYPHS: &[(char, &str)] = &[
    (' ', ""),
    ('!', "# # # # # . #"),
    ('"', "#.# #.#"),
    ('#', ".#.#. .#.#. ##### .#.#. ##### .#.#. .#.#."),
    ('%', "##..# ##..# ...#. ..#.. .#... #..## #..##"),
    ('&', ".##.. #..#. #.#.. .#... #.#.# #..#. .##.#"),
    ('\'', "# #"),
    ('(', "..# .#. #.. #.. #.. .#. ..#"),
    (')', "#.. .#. ..# ..# ..# .#. #.."),
    ('*', ". #.#.# .###. ..#.. .###. #.#.#"),
    ('+', ". ..#.. ..#.. ##### ..#.. ..#.."),
    (',', ". . . . . .# .# #."),
    ('-', ". . . ####"),
    ('.', ". . . . . . #"),
    ('/', "....# ....# ...#. ..#.. .#... #.... #...."),
    ('0', ".###. #...# #...# #...# #...# #...# .###."),
    ('1', "..#.. .##.. ..#.. ..#.. ..#.. ..#.. .###."),
    ('2', ".###. #...# ....# ...#. ..#.. .#... #####"),
    ('3', ".###. #...# ....# ..##. ....# #...# .###."),
    ('4', "...#. ..##. .#.#. #..#. ##### ...#. ...#."),
    ('5', "##### #.... ####. ....# ....# #...# .###."),
    ('6', "..##. .#... #.... ####. #...# #...# .###."),
    ('7', "##### ....# ...#. ...#. ..#.. ..#.. ..#.."),
    ('8', ".###. #...# #...# .###. #...# #...# .###."),
    ('9', ".###. #...# #...# .#### ....# ...#. .##.."),
    (':', ". . # . . . #"),
    (';', ". . .# . . .# .# #."),
    ('<', "...# ..#. .#.. #... .#.. ..#. ...#"),
    ('=', ". . #### . ####"),
    ('>', "#... .#.. ..#. ...# ..#. .#.. #..."),
    ('?', ".###. #...# ....# ...#. ..#.. ..... ..#.."),
    ('@', ".###. #...# #.### #.#.# #.### #.... .####"),
    ('A', ".###. #...# #...# ##### #...# #...# #...#"),
    ('B', "####. #...# #...# ####. #...# #...# ####."),
    ('C', ".###. #...# #.... #.... #.... #...# .###."),
    ('D', "####. #...# #...# #...# #...# #...# ####."),
    ('E', "##### #.... #.... ####. #.... #.... #####"),
    ('F', "##### #.... #.... ####. #.... #.... #...."),
    ('G', ".###. #...# #.... #.### #...# #...# .###."),
    ('H', "#...# #...# #...# ##### #...# #...# #...#"),
    ('I', "### .#. .#. .#. .#. .#. ###"),
    ('J', "..### ...#. ...#. ...#. ...#. #..#. .##.."),
    ('K', "#...# #..#. #.#.. ##... #.#.. #..#. #...#"),
    ('L', "#.... #.... #.... #.... #.... #.... #####"),
    ('M', "#...# ##.## #.#.# #.#.# #...# #...# #...#"),
    ('N', "#...# #...# ##..# #.#.# #..## #...# #...#"),
    ('O', ".###. #...# #...# #...# #...# #...# .###."),
    ('P', "####. #...# #...# ####. #.... #.... #...."),
    ('Q', ".###. #...# #...# #...# #.#.# #..#. .##.#"),
    ('R', "####. #...# #...# ####. #.#.. #..#. #...#"),
    ('S', ".###. #...# #.... .###. ....# #...# .###."),
    ('T', "##### ..#.. ..#.. ..#.. ..#.. ..#.. ..#.."),
    ('U', "#...# #...# #...# #...# #...# #...# .###."),
    ('V', "#...# #...# #...# #...# .#.#. .#.#. ..#.."),
    ('W', "#...# #...# #...# #.#.# #.#.# ##.## #...#"),
    ('X', "#...# #...# .#.#. ..#.. .#.#. #...# #...#"),
    ('Y', "#...# #...# .#.#. ..#.. ..#.. ..#.. ..#.."),
    ('Z', "##### ....# ...#. ..#.. .#... #.... #####"),
    ('[', "## #. #. #. #. #. ##"),
    ('\\', "#.... #.... .#... ..#.. ...#. ....# ....#"),
    (']', "## .# .# .# .# .# ##"),
    ('_', ". . . . . . #####"),
    ('a', ". . .##. ...# .### #..# .###"),
    ('b', "#... #... ###. #..# #..# #..# ###."),
    ('c', ". . .##. #..# #... #..# .##."),
    ('d', "...# ...# .### #..# #..# #..# .###"),
    ('e', ". . .##. #..# #### #... .###"),
    ('f', ".## #.. ### #.. #.. #.. #.."),
    ('g', ". . .### #..# #..# #..# .### ...# .##."),
    ('h', "#... #... ###. #..# #..# #..# #..#"),
    ('i', "# . # # # # #"),
    ('j', ".# . .# .# .# .# .# .# #."),
    ('k', "#... #... #..# #.#. ##.. #.#. #..#"),
    ('l', "#. #. #. #. #. #. .#"),
    ('m', ". . ####. #.#.# #.#.# #.#.# #.#.#"),
    ('n', ". . ###. #..# #..# #..# #..#"),
    ('o', ". . .##. #..# #..# #..# .##."),
    ('p', ". . ###. #..# #..# #..# ###. #... #..."),
    ('q', ". . .### #..# #..# #..# .### ...# ...#"),
    ('r', ". . #.# ##. #.. #.. #.."),
    ('s', ". . .### #... .##. ...# ###."),
    ('t', ".#. .#. ### .#. .#. .#. ..#"),
    ('u', ". . #..# #..# #..# #..# .###"),
    ('v', ". . #...# #...# .#.#. .#.#. ..#.."),
    ('w', ". . #...# #.#.# #.#.# #.#.# .#.#."),
    ('x', ". . #..# #..# .##. #..# #..#"),
    ('y', ". . #..# #..# #..# #..# .### ...# .##."),
    ('z', ". . #### ..#. .#.. #... ####"),
    ('~', ". . . .#..# #.##."),
    ('°', ".#. #.# .#."),
    ('·', ". . . #"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_glyph_is_at_most_five_by_nine_and_stands_once() {
        for (i, (c, rows)) in GLYPHS.iter().enumerate() {
            assert!(rows.split(' ').count() <= ROWS_MAX, "{c}");
            assert!(rows.split(' ').all(|row| row.len() <= 5 && row.bytes().all(|b| b == b'#' || b == b'.')), "{c}");
            assert!(GLYPHS[..i].iter().all(|(other, _)| other != c), "{c} stands twice");
        }
        for c in ('a'..='z').chain('A'..='Z').chain('0'..='9').chain(" .,:%°()-'/".chars()) {
            assert!(GLYPHS.iter().any(|(own, _)| *own == c), "{c} is missing");
        }
    }

    #[test]
    fn strokes_join_neighbours_and_cross_corners_only_where_needed() {
        // The dot of the i stands alone, its stem is one chain.
        let strokes = glyph('i').strokes();
        assert!(strokes.contains(&((0, 0), (0, 0))) && !strokes.contains(&((0, 0), (0, 1))));
        assert!(strokes.contains(&((0, 2), (0, 3))));
        // The L has a corner of straight strokes only.
        assert!(glyph('L').strokes().iter().all(|(a, b)| a.0 == b.0 || a.1 == b.1));
        // The / is all slanted where it must be.
        assert!(glyph('/').strokes().contains(&((3, 2), (2, 3))));
    }
}
