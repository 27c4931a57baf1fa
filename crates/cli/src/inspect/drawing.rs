//! What `inspect --draw` puts on its sheet.

use super::document::{Document, Measure, Region};
use super::words::facts;
use crate::draw::{Bar, Outline, Panel, Sheet};
use crate::theme::Theme;
use crate::wording::spaced;
use face::Image;

/// The font of the drawing has the degree sign, and colours are its own.
const THEME: Theme = Theme { colour: false, unicode: true, width: 60 };

/// Most pieces of advice on a sheet.
const ADVICE_MAX: usize = 4;

/// The sheet of an analysed picture.
pub(super) fn sheet<'a>(picture: &'a Image, document: &'a Document) -> Sheet<'a> {
    let measures = &document.quality.measures;
    let bar = |measure: &Measure| Bar {
        name: spaced(&measure.name),
        value: measure.value,
        low: measure.instruction.is_some(),
    };
    let advice = match &document.refusal {
        Some(refusal) => vec![format!("Must not be compared: {}", refusal.action)],
        None => advice(measures),
    };
    let outline =
        |region: &'a Region| Outline { name: region.name, parts: region.outlines.iter().map(Vec::as_slice).collect() };
    Sheet {
        size: (picture.width(), picture.height()),
        rgb: picture.rgb(),
        boxes: std::iter::once(document.face.rect).chain(document.others.iter().copied()).collect(),
        undecided: false,
        points: document.face.points.to_vec(),
        outlines: document.regions.iter().map(outline).collect(),
        panel: Panel {
            title: document.quality.overall.map_or("Quality not assessed".into(), |value| format!("Quality {value}")),
            // Box, certainty and points are in the picture itself.
            lines: facts(THEME, document).into_iter().skip(3).map(|(name, value)| format!("{name}: {value}")).collect(),
            bars: measures.iter().map(bar).collect(),
            advice,
        },
    }
}

/// What to do about the lowest measures, lowest first; more than a few at once help nobody.
fn advice(measures: &[Measure]) -> Vec<String> {
    let mut low: Vec<_> = measures.iter().filter_map(|m| Some((m.value?, m.instruction.as_ref()?))).collect();
    low.sort_by_key(|(value, _)| *value);
    low.iter().take(ADVICE_MAX).map(|(_, instruction)| format!("· {instruction}")).collect()
}

/// The sheet of a picture that was refused before it was analysed.
pub(super) fn refusal<'a>(picture: &'a Image, error: &face::Error) -> Sheet<'a> {
    let row = error.code.row();
    let title = match error.faces.len() {
        0 => "No face".to_owned(),
        1 => "One face".to_owned(),
        n => format!("{n} faces"),
    };
    Sheet {
        size: (picture.width(), picture.height()),
        rgb: picture.rgb(),
        boxes: error.faces.clone(),
        undecided: true,
        points: Vec::new(),
        outlines: Vec::new(),
        panel: Panel {
            title,
            lines: Vec::new(),
            bars: Vec::new(),
            advice: vec![row.meaning.to_owned(), row.action.to_owned()],
        },
    }
}
