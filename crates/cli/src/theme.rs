//! How text is dressed: colour, characters, width. Makes strings; prints nothing.

use crate::exit::Failure;
use crate::wording::wrap;
use std::fmt::Write as _;

/// What the reader's screen can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Theme {
    /// ANSI colours.
    pub(crate) colour: bool,
    /// Characters beyond ASCII.
    pub(crate) unicode: bool,
    /// Characters in a line.
    pub(crate) width: usize,
}

/// The few inks of the house: ink, grey, deep green for "go on", amber for "look again", dark red for real danger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    /// As it comes.
    Plain,
    /// Stronger than the rest.
    Strong,
    /// Less than the rest.
    Grey,
    /// Go on.
    Green,
    /// Look again.
    Amber,
    /// Real danger: a broken installation. Never for a person.
    Red,
}

impl Theme {
    /// `text` in `ink`.
    pub(crate) fn ink(self, ink: Ink, text: &str) -> String {
        let sequence = match ink {
            Ink::Plain => return text.to_owned(),
            Ink::Strong => "1",
            Ink::Grey => "90",
            Ink::Green => "32",
            Ink::Amber => "33",
            Ink::Red => "31",
        };
        if self.colour && !text.is_empty() { format!("\x1b[{sequence}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// `unicode` where the screen can show it, else `ascii`.
    pub(crate) fn pick<'a>(self, unicode: &'a str, ascii: &'a str) -> &'a str {
        if self.unicode { unicode } else { ascii }
    }

    /// `text` as a paragraph behind `indent` spaces, each line ended.
    pub(crate) fn paragraph(self, indent: usize, text: &str) -> String {
        self.inked(Ink::Plain, indent, text)
    }

    /// A paragraph in `ink`.
    pub(crate) fn inked(self, ink: Ink, indent: usize, text: &str) -> String {
        let pad = " ".repeat(indent);
        wrap(text, self.width.saturating_sub(indent).max(20)).iter().fold(String::new(), |mut out, line| {
            let _ = writeln!(out, "{pad}{}", self.ink(ink, line));
            out
        })
    }

    /// A bar of `width` characters that is filled to `share`, 0 to 1, in `ink`.
    pub(crate) fn bar(self, ink: Ink, width: usize, share: f64) -> String {
        let steps = if self.unicode { 8 } else { 1 };
        let filled = (share.clamp(0.0, 1.0) * (width * steps) as f64).round() as usize;
        let mut bar = self.pick("█", "#").repeat(filled / steps);
        if !filled.is_multiple_of(steps) {
            bar.push(['▏', '▎', '▍', '▌', '▋', '▊', '▉'][filled % steps - 1]);
        }
        let blank = width - filled.div_ceil(steps);
        self.ink(ink, &bar) + &self.ink(Ink::Grey, &self.pick("·", ".").repeat(blank))
    }

    /// Why a command stopped, what to do, and the code to quote.
    pub(crate) fn failure(self, failure: &Failure) -> String {
        let mut out = format!("{} {}\n", self.ink(Ink::Strong, "countenance:"), failure.message());
        if !failure.row.meaning.is_empty() {
            out += &self.paragraph(2, failure.row.meaning);
        }
        out += &self.paragraph(2, failure.row.action);
        out += &self.ink(Ink::Grey, &format!("  code: {}", failure.row.code));
        out.push('\n');
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Theme = Theme { colour: false, unicode: true, width: 80 };

    #[test]
    fn bars_have_their_width_whatever_the_share() {
        for theme in [PLAIN, Theme { unicode: false, ..PLAIN }] {
            for share in [-1.0, 0.0, 0.01, 0.33, 0.5, 0.999, 1.0, 7.0] {
                assert_eq!(theme.bar(Ink::Plain, 10, share).chars().count(), 10, "{share}");
            }
        }
        assert_eq!(PLAIN.bar(Ink::Plain, 4, 0.5), "██··");
        assert_eq!(Theme { unicode: false, ..PLAIN }.bar(Ink::Plain, 4, 0.5), "##..");
    }

    #[test]
    fn without_colour_there_are_no_escapes() {
        assert_eq!(PLAIN.ink(Ink::Green, "ok"), "ok");
        assert_eq!(Theme { colour: true, ..PLAIN }.ink(Ink::Green, "ok"), "\x1b[32mok\x1b[0m");
    }
}
