//! The evidence as one picture: a scale from 0 to 100 with the hill of strangers, the hill of same persons and the mark of this comparison.

use crate::theme::{Ink, Theme};
use crate::wording::percent;

/// Similarity of the working point (FMR 1:10,000).
pub(crate) const WORKING_POINT: f64 = 90.0;
/// Rows of the hills.
const ROWS: usize = 4;
/// Eighths of a cell from below.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Labels of the axis, the important ones first: a label that would touch an earlier one is left out.
const LABELS: [u8; 7] = [90, 0, 100, 60, 20, 40, 80];

/// The two hills: the share of strangers and of same persons that falls into each column of the scale.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hills {
    strangers: Vec<f64>,
    same: Vec<f64>,
}

impl Hills {
    /// Hills of `columns` columns. `reached(s)` is the share of strangers that reach similarity `s` or more, `missed(s)` the share of
    /// same persons that stay below it; both 0 to 1.
    pub(crate) fn new(columns: usize, reached: impl Fn(f64) -> f64, missed: impl Fn(f64) -> f64) -> Self {
        let edges: Vec<f64> = (0..=columns).map(|i| 100.0 * i as f64 / columns as f64).collect();
        // The first and the last column also hold what lies beyond the ends of the scale.
        let ends = |s: f64, below: f64, above: f64| match s {
            s if s <= 0.0 => Some(below),
            s if s >= 100.0 => Some(above),
            _ => None,
        };
        let reached = |s: f64| ends(s, 1.0, 0.0).unwrap_or_else(|| reached(s));
        let missed = |s: f64| ends(s, 0.0, 1.0).unwrap_or_else(|| missed(s));
        let hill = |share: &dyn Fn(f64) -> f64| edges.windows(2).map(|e| (share(e[1]) - share(e[0])).abs()).collect();
        Self { strangers: hill(&reached), same: hill(&missed) }
    }

    /// Heights from 0 to 1 of each column with the ink of the higher hill; each hill reaches 1 at its own top.
    fn columns(&self) -> Vec<(f64, Hill)> {
        let top = |hill: &[f64]| hill.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        let (strangers, same) = (top(&self.strangers), top(&self.same));
        self.strangers
            .iter()
            .zip(&self.same)
            .map(|(a, b)| (a / strangers, b / same))
            .map(|(a, b)| if b > a { (b, Hill::Same) } else { (a, Hill::Strangers) })
            .collect()
    }

    /// Columns of the picture in a line of `width` characters.
    pub(crate) fn columns_for(width: usize) -> usize {
        width.saturating_sub(6).clamp(40, 76)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hill {
    Strangers,
    Same,
}

/// Where a comparison stands: its similarity and the interval that the uncertainty of its error rate spans.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mark {
    /// Similarity, 0 to 100.
    pub(crate) similarity: f64,
    /// Lower end of the whisker.
    pub(crate) low: f64,
    /// Upper end of the whisker.
    pub(crate) high: f64,
}

/// The picture: labels, hills, axis, mark. Every line ends with a line end; two blanks in front.
pub(crate) fn picture(theme: Theme, hills: &Hills, mark: Mark) -> String {
    let columns = hills.columns();
    let n = columns.len();
    let at = |similarity: f64| ((similarity / 100.0 * n as f64) as usize).min(n - 1);
    let (left, right) = ("strangers", "same person");
    let gap = " ".repeat(n.saturating_sub(left.len() + right.len()));
    let mut lines = vec![format!("{}{gap}{}", theme.ink(Ink::Grey, left), theme.ink(Ink::Green, right))];
    lines.extend((0..ROWS).rev().map(|row| hill_row(theme, &columns, row, at(WORKING_POINT))));
    lines.push(axis(theme, n, at(WORKING_POINT)));
    lines.push(labels(n, at));
    lines.push(whisker(theme, mark, n, at));
    lines.push(caption(theme, mark.similarity, n, at(mark.similarity)));
    lines.into_iter().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") }).collect()
}

/// One row of the hills, the lowest is row 0; a thin line stands at the working point where no hill is.
fn hill_row(theme: Theme, columns: &[(f64, Hill)], row: usize, working: usize) -> String {
    let cells = columns.iter().enumerate().map(|(i, &(height, hill))| {
        // Anything above a thousandth is shown at least as the thinnest line, so that a rare stranger is not drawn away.
        let eighths = (height * (ROWS * 8) as f64).round().max(if height > 1e-3 { 1.0 } else { 0.0 }) as usize;
        let fill = eighths.saturating_sub(row * 8).min(8);
        let (ink, solid) = if hill == Hill::Same { (Ink::Green, '#') } else { (Ink::Grey, ':') };
        match fill {
            0 if i == working => (Ink::Grey, if theme.unicode { '┊' } else { '\'' }),
            0 => (Ink::Plain, ' '),
            _ if theme.unicode => (ink, BLOCKS[fill - 1]),
            1..4 => (ink, '.'),
            _ => (ink, solid),
        }
    });
    runs(theme, cells)
}

/// The axis with a tick at every labelled similarity; the working point's tick is heavy.
fn axis(theme: Theme, n: usize, working: usize) -> String {
    let ticks = [20, 40, 60, 80].map(|s| s * n / 100);
    let cells = (0..n).map(|i| match i {
        0 => (Ink::Grey, if theme.unicode { '├' } else { '|' }),
        _ if i == n - 1 => (Ink::Grey, if theme.unicode { '┤' } else { '|' }),
        _ if i == working => (Ink::Strong, if theme.unicode { '╂' } else { '|' }),
        _ if ticks.contains(&i) => (Ink::Grey, if theme.unicode { '┼' } else { '+' }),
        _ => (Ink::Grey, if theme.unicode { '─' } else { '-' }),
    });
    runs(theme, cells)
}

/// The numbers under the axis.
fn labels(n: usize, at: impl Fn(f64) -> usize) -> String {
    let mut line = vec![' '; n];
    for label in LABELS {
        let text = label.to_string();
        let middle = if label == 100 { n - 1 } else { at(label.into()) };
        let start = middle.saturating_sub(text.len() / 2).min(n - text.len());
        let around = start.saturating_sub(1)..(start + text.len() + 1).min(n);
        if line[around].iter().all(|c| *c == ' ') {
            line.splice(start..start + text.len(), text.chars());
        }
    }
    line.into_iter().collect::<String>().trim_end().to_owned()
}

/// The mark of the comparison with its whisker.
fn whisker(theme: Theme, mark: Mark, n: usize, at: impl Fn(f64) -> usize) -> String {
    let (low, middle, high) = (at(mark.low), at(mark.similarity), at(mark.high));
    let cells = (0..n).map(|i| match i {
        _ if i == middle => (Ink::Strong, if theme.unicode { '◆' } else { '*' }),
        _ if i < low || i > high => (Ink::Plain, ' '),
        _ if i == low => (Ink::Strong, if theme.unicode { '├' } else { '|' }),
        _ if i == high => (Ink::Strong, if theme.unicode { '┤' } else { '|' }),
        _ => (Ink::Strong, if theme.unicode { '─' } else { '-' }),
    });
    runs(theme, cells)
}

/// "this comparison 94 %" centred under the mark as far as the line allows.
fn caption(theme: Theme, similarity: f64, n: usize, middle: usize) -> String {
    let text = format!("this comparison: {}", percent(similarity));
    let start = middle.saturating_sub(text.len() / 2).min(n.saturating_sub(text.len()));
    format!("{}{}", " ".repeat(start), theme.ink(Ink::Strong, &text))
}

/// The cells as text, neighbours of one ink together, without blanks at the end.
fn runs(theme: Theme, cells: impl Iterator<Item = (Ink, char)>) -> String {
    let mut runs: Vec<(Ink, String)> = Vec::new();
    for (ink, c) in cells {
        match runs.last_mut() {
            Some((last, text)) if *last == ink => text.push(c),
            _ => runs.push((ink, c.into())),
        }
    }
    if runs.last().is_some_and(|(ink, _)| *ink == Ink::Plain) {
        runs.pop();
    }
    runs.iter().map(|(ink, text)| theme.ink(*ink, text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Strangers around 25, same persons around 96: shapes only, no real data.
    fn hills() -> Hills {
        let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
        Hills::new(70, |s| logistic((25.0 - s) / 4.0), |s| logistic((s - 94.0) / 1.5))
    }

    fn shown(theme: Theme, similarity: f64) -> String {
        picture(theme, &hills(), Mark { similarity, low: similarity - 4.0, high: similarity + 3.0 })
    }

    #[test]
    fn the_picture_in_blocks_and_in_ascii() {
        let theme = Theme { colour: false, unicode: true, width: 76 };
        insta::assert_snapshot!(shown(theme, 94.3), @r"
        strangers                                                  same person
                       ▄▇█▇▄                                           ┊ █▅
                     ▄███████▄                                         ┊▇██▂
                  ▁▄███████████▄▁                                      ▄████▁
        ▁▁▁▁▁▂▂▃▅▇███████████████▇▅▃▂▂▁▁▁▁▁▁▁▁▁▁▁                ▁▁▁▁▂▅██████▆
        ├─────────────┼─────────────┼─────────────┼─────────────┼──────╂─────┤
        0            20            40            60            80     90   100
                                                                       ├──◆─┤
                                                         this comparison: 94 %
        ");
        insta::assert_snapshot!(shown(Theme { unicode: false, ..theme }, 31.0), @r"
        strangers                                                  same person
                       :::::                                           ' ##
                     :::::::::                                         '###.
                  .:::::::::::::.                                      #####.
        ........:::::::::::::::::::..............                .....########
        |-------------+-------------+-------------+-------------+------|-----|
        0            20            40            60            80     90   100
                          |--*-|
                   this comparison: 31 %
        ");
    }

    #[test]
    fn no_line_is_wider_than_asked_and_none_ends_in_blanks() {
        for width in [48, 60, 80, 110] {
            let hills = Hills::new(Hills::columns_for(width), |s| 1.0 - s / 100.0, |s| s / 100.0);
            for similarity in [0.0, 5.0, 90.0, 100.0] {
                let mark = Mark { similarity, low: 0.0, high: 100.0 };
                let text = picture(Theme { colour: false, unicode: true, width }, &hills, mark);
                assert!(text.lines().all(|line| line.chars().count() <= width && line.trim_end() == line), "{text}");
            }
        }
    }

    #[test]
    fn each_hill_holds_everybody() {
        let hills = hills();
        assert!((hills.strangers.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!((hills.same.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }
}
