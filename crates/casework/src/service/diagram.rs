//! A service as a picture: its steps from top to bottom, what can come of each beside it, and the equal way without a face.

use super::Service;
use super::course_words as words;
use super::step::Step;
use super::walk::{Came, Leads, PAPERS};
use crate::text::Language;
use std::fmt::Write as _;

/// Width of the picture, in px.
const WIDTH: u32 = 760;
const MARGIN: u32 = 24;
const BOX: u32 = 320;
const ROW: u32 = 56;
const GAP: u32 = 28;
/// Where what leads away stands.
const ASIDE: u32 = 392;
const PILL: u32 = 28;

/// The service as an SVG picture with its words in `language`; it needs nothing outside itself.
pub fn svg(service: &Service, language: Language) -> String {
    let steps = &service.definition().steps;
    let mut drawn = Drawing { out: String::new(), y: 72, language };
    let title = service.definition().title.get(language);
    for (at, step) in steps.iter().enumerate() {
        let last_of_who = step.doing.settles_who() && steps.get(at + 1).is_none_or(|next| !next.doing.settles_who());
        drawn.step(step);
        if last_of_who {
            drawn.other_path(at + 1 == steps.len());
        }
    }
    drawn.end();
    let height = drawn.y + MARGIN;
    let name = escaped(title);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" lang=\"{language}\" font-family=\"system-ui, 'Noto Sans CJK TC', sans-serif\">\n<title>{name}</title>\n\
         <defs><marker id=\"to\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">\
         <path d=\"M0 0L8 4L0 8z\" fill=\"#4a4a44\"/></marker></defs>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fdfcf8\"/>\n\
         <text x=\"{MARGIN}\" y=\"44\" font-size=\"20\" font-weight=\"600\" fill=\"#1d1d1b\">{name}</text>\n{}</svg>\n",
        drawn.out
    )
}

struct Drawing {
    out: String,
    /// Where the next row begins.
    y: u32,
    language: Language,
}

impl Drawing {
    /// A box for the step, with what leads away from it on its right.
    fn step(&mut self, step: &Step) {
        let kind = words::kind(step.doing.kind(), self.language);
        let title = step.doing.title().map(|title| title.get(self.language));
        let (away, on): (Vec<_>, Vec<_>) = step.results().into_iter().partition(|(_, leads)| *leads != Leads::On);
        let past = on.get(1).map(|(came, _)| *came);
        let height = ROW.max(PILL * (away.len() + usize::from(past.is_some())) as u32);
        self.boxed((MARGIN, height), (title.unwrap_or(kind), title.map(|_| kind)), "#ffffff");
        self.pills(&away, past, MARGIN + BOX);
        self.next(height);
    }

    /// The equal way without a face, beside the rows of who the person is, and back to what they came for.
    fn other_path(&mut self, is_last: bool) {
        let language = self.language;
        let y = self.y;
        self.boxed((ASIDE, ROW), (words::other_path(language), None), "#e8f1ea");
        // Back into the main way.
        let (from, to) = (y + ROW / 2, MARGIN + BOX / 2 + 8);
        let _ = writeln!(
            self.out,
            "<path d=\"M{ASIDE} {from}H{to}\" fill=\"none\" stroke=\"#1f5c3a\" stroke-width=\"1.5\" marker-end=\"url(#to)\"/>"
        );
        let agrees = words::came(Came::PapersAgree, language);
        self.text((to + 12, from - 6), 14, "#1f5c3a", agrees);
        let away: Vec<(Came, Leads)> = PAPERS.into_iter().filter(|(_, leads)| *leads != Leads::On).collect();
        self.y += ROW + 8;
        self.pills(&away, None, ASIDE);
        self.y = y;
        let rest = ROW + 8 + PILL * away.len() as u32;
        let foot = y + rest + GAP;
        let x = MARGIN + BOX / 2;
        let (to, end) = if is_last { (foot - GAP, "") } else { (foot - 2, " marker-end=\"url(#to)\"") };
        let _ = writeln!(self.out, "<path d=\"M{x} {y}V{to}\" stroke=\"#4a4a44\" stroke-width=\"1.5\"{end}/>");
        self.y = if is_last { foot - GAP } else { foot };
    }

    /// How it ends when all goes well.
    fn end(&mut self) {
        let x = MARGIN + BOX / 2;
        let y = self.y;
        let _ = writeln!(
            self.out,
            "<rect x=\"{}\" y=\"{y}\" width=\"160\" height=\"40\" rx=\"20\" fill=\"#1f5c3a\"/>\
             <text x=\"{x}\" y=\"{}\" font-size=\"16\" fill=\"#ffffff\" text-anchor=\"middle\">{}</text>",
            x - 80,
            y + 26,
            escaped(words::ending(super::walk::Ending::Confirmed, self.language))
        );
        self.y += 40;
    }

    fn boxed(&mut self, (x, height): (u32, u32), (title, kind): (&str, Option<&str>), fill: &str) {
        let y = self.y;
        let _ = writeln!(
            self.out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{BOX}\" height=\"{height}\" rx=\"6\" fill=\"{fill}\" stroke=\"#1d1d1b\"/>"
        );
        let title = shortened(title, BOX - 32, 16);
        match kind {
            Some(kind) => {
                let y = y + (height - ROW) / 2;
                self.text((x + 16, y + 20), 14, "#5a5a52", kind);
                self.text((x + 16, y + 43), 16, "#1d1d1b", &title);
            }
            None => self.text((x + 16, y + height / 2 + 6), 16, "#1d1d1b", &title),
        }
    }

    /// What leads away from the box of this row, each with a line from its right edge; and what is passed over.
    fn pills(&mut self, away: &[(Came, Leads)], past: Option<Came>, edge: u32) {
        let mut y = self.y;
        for (came, leads) in away {
            let came = words::came(*came, self.language);
            let (to, fill) = match leads {
                Leads::Ends(ending) => (words::ending(*ending, self.language), "#f3eee0"),
                _ => (words::other_path(self.language), "#e8f1ea"),
            };
            self.pill((edge, y), &format!("{came} → {to}"), fill);
            y += PILL;
        }
        if let Some(came) = past {
            let text = format!("{} ↓", words::came(came, self.language));
            self.pill((edge, y), &text, "#ffffff");
        }
    }

    fn pill(&mut self, (from, y): (u32, u32), text: &str, fill: &str) {
        let width = WIDTH - ASIDE - MARGIN;
        let middle = y + PILL / 2;
        let _ = writeln!(
            self.out,
            "<path d=\"M{from} {middle}H{}\" stroke=\"#8a8a80\"/><rect x=\"{ASIDE}\" y=\"{}\" width=\"{width}\" height=\"{}\" \
             rx=\"12\" fill=\"{fill}\" stroke=\"#8a8a80\"/>",
            ASIDE - 1,
            y + 2,
            PILL - 4
        );
        self.text((ASIDE + 12, y + 19), 14, "#1d1d1b", &shortened(text, width - 20, 14));
    }

    fn text(&mut self, (x, y): (u32, u32), size: u32, fill: &str, text: &str) {
        let _ = writeln!(
            self.out,
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" fill=\"{fill}\">{}</text>",
            escaped(text)
        );
    }

    fn next(&mut self, height: u32) {
        let (x, from) = (MARGIN + BOX / 2, self.y + height);
        self.y += height + GAP;
        let _ = writeln!(
            self.out,
            "<path d=\"M{x} {from}V{}\" stroke=\"#4a4a44\" stroke-width=\"1.5\" marker-end=\"url(#to)\"/>",
            self.y - 2
        );
    }
}

/// The text, cut where it would be wider than `width` px at a size: a Han character is as wide as the size, a letter about half of it.
fn shortened(text: &str, width: u32, size: u32) -> String {
    let wide = |c: char| size * if c.is_ascii() { 52 } else { 100 };
    if text.chars().map(wide).sum::<u32>() <= width * 100 {
        return text.to_owned();
    }
    let mut left = width * 100 - wide('…');
    let fits = |c: &char| {
        let rest = left.checked_sub(wide(*c));
        left = rest.unwrap_or(0);
        rest.is_some()
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
