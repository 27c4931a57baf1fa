//! The result of `inspect` in words.

use super::document::{Document, Measure};
use crate::theme::{Ink, Theme};
use crate::wording::spaced;
use std::fmt::Write as _;

/// Characters of a measure's name and of its bar.
const NAME: usize = 27;
const BAR: usize = 24;

/// The whole text.
pub(crate) fn text(theme: Theme, document: &Document) -> String {
    let mut out = format!("\n  {}\n\n", theme.ink(Ink::Strong, &headline(document)));
    for (name, value) in facts(theme, document) {
        let _ = writeln!(out, "  {}{value}", theme.ink(Ink::Grey, &format!("{name:<NAME$}")));
    }
    let overall = document.quality.overall;
    let _ = writeln!(
        out,
        "\n  {}",
        theme.ink(Ink::Strong, &format!("Quality {}", overall.map_or("not assessed".into(), |v| v.to_string())))
    );
    for measure in &document.quality.measures {
        out += &row(theme, measure);
    }
    if let Some(refusal) = &document.refusal {
        let _ = writeln!(out, "\n  {}", theme.ink(Ink::Amber, "This picture must not be compared."));
        out += &theme.paragraph(2, &format!("{} ({}): {}", refusal.message, refusal.code, refusal.action));
    }
    if let Some(file) = &document.drawn {
        let _ = writeln!(out, "\n  Drawn: {file}");
    }
    out
}

/// "One face in photo.jpg (420 x 500 pixels)".
fn headline(document: &Document) -> String {
    let faces = match document.others.len() {
        0 => "One face".to_owned(),
        1 => "One face that matters and a small one beside it".to_owned(),
        n => format!("One face that matters and {n} small ones beside it"),
    };
    format!("{faces} in {} ({} x {} pixels)", document.file, document.width, document.height)
}

/// Names and values of what was measured without judgement.
pub(crate) fn facts(theme: Theme, document: &Document) -> Vec<(&'static str, String)> {
    let rect = &document.face.rect;
    let points = document.face.points.map(|p| format!("{:.0},{:.0}", p.x, p.y)).join("  ");
    let degree = theme.pick("°", " deg");
    let (pose, open) = (&document.pose, &document.openness);
    vec![
        ("box", format!("{:.0} x {:.0} at {:.0},{:.0}", rect.width, rect.height, rect.x, rect.y)),
        ("sure", format!("{:.0} %", document.face.confidence * 100.0)),
        ("eyes, nose, mouth corners", points),
        ("turned (yaw)", angle(pose.yaw, degree, "to their left", "to their right")),
        ("nodded (pitch)", angle(pose.pitch, degree, "up", "down")),
        ("tilted (roll)", angle(pose.roll, degree, "clockwise", "anticlockwise")),
        ("eyes open (right, left)", format!("{:.3}, {:.3}", open.right_eye, open.left_eye)),
        ("mouth open", format!("{:.3}", open.mouth)),
    ]
}

/// "12° to their left"; angles under half a degree have no side.
pub(crate) fn angle(degrees: f32, unit: &str, positive: &str, negative: &str) -> String {
    let rounded = degrees.abs().round();
    match degrees {
        _ if rounded < 1.0 => format!("0{unit}"),
        d if d > 0.0 => format!("{rounded}{unit} {positive}"),
        _ => format!("{rounded}{unit} {negative}"),
    }
}

/// Name, bar and value of a measure; under it what a person can do if it is low.
fn row(theme: Theme, measure: &Measure) -> String {
    let name = format!("  {:<NAME$}", spaced(&measure.name));
    let Some(value) = measure.value else {
        return format!("{}\n", theme.ink(Ink::Grey, &format!("{name}not assessed")));
    };
    let ink = if measure.instruction.is_some() { Ink::Amber } else { Ink::Green };
    let bar = theme.bar(ink, BAR, f64::from(value) / 100.0);
    let mut out = format!("{name}{bar} {value:>3}\n");
    if let Some(instruction) = &measure.instruction {
        out += &theme.inked(Ink::Amber, NAME + 2, instruction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_name_the_side_of_the_person() {
        assert_eq!(angle(12.4, "°", "to their left", "to their right"), "12° to their left");
        assert_eq!(angle(-3.0, "°", "up", "down"), "3° down");
        assert_eq!(angle(-0.4, "°", "up", "down"), "0°");
    }
}
