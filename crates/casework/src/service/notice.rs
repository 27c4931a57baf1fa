//! The consent notice: the exact text that a person sees, composed from the definition, so that text and rules cannot say different things.

use super::definition::{Definition, Disclosure};
use super::words;
use crate::limits::REPORT_MINUTES_MAX;
use crate::text::Language;
use sha2::{Digest, Sha256};

/// One part of a consent notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its heading.
    pub heading: String,
    /// Its paragraphs.
    pub lines: Vec<String>,
}

/// The text that is put before a person when the consent is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentNotice {
    /// The language.
    pub language: Language,
    /// The parts, in the order in which they are shown.
    pub sections: Vec<Section>,
}

impl ConsentNotice {
    /// The exact text: headings and paragraphs one a line, an empty line between two sections, no line feed at the end.
    pub fn text(&self) -> String {
        let sections: Vec<String> = self
            .sections
            .iter()
            .map(|section| {
                let lines = std::iter::once(&section.heading).chain(&section.lines);
                lines.map(String::as_str).collect::<Vec<_>>().join("\n")
            })
            .collect();
        sections.join("\n\n")
    }

    /// SHA-256 of [`ConsentNotice::text`] in UTF-8.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.text().as_bytes()).into()
    }
}

/// Composes the notice of a checked definition.
pub(super) fn compose(definition: &Definition, language: Language) -> ConsentNotice {
    let words = words::of(language);
    let consent = &definition.consent;
    let mut sections = vec![
        section(definition.title.get(language), [consent.ask.get(language).to_owned()]),
        section(words.what_happens, paragraphs(consent.text.get(language))),
        section(
            words.why,
            [definition.purpose.text.get(language).to_owned(), definition.legal_basis.get(language).to_owned()],
        ),
        section(
            words.who,
            [
                definition.controller.name.get(language).to_owned(),
                definition.controller.contact.get(language).to_owned(),
            ],
        ),
        section(words.recipients, recipients(definition, language)),
        section(words.how_long, terms(definition, language)),
        section(words.change_mind, [words.withdraw.to_owned()]),
    ];
    if let Some(other) = &definition.other_path {
        let lines = paragraphs(other.bring.get(language))
            .chain(paragraphs(other.steps.get(language)))
            .chain(std::iter::once(words.same_price.to_owned()));
        sections.push(section(words.other_way, lines));
    }
    ConsentNotice { language, sections }
}

fn section(heading: &str, lines: impl IntoIterator<Item = String>) -> Section {
    Section { heading: heading.to_owned(), lines: lines.into_iter().collect() }
}

fn paragraphs(text: &str) -> impl Iterator<Item = String> {
    text.lines().map(str::to_owned)
}

fn recipients(definition: &Definition, language: Language) -> Vec<String> {
    let words = words::of(language);
    let mut lines: Vec<String> = definition
        .disclosures
        .iter()
        .map(|Disclosure { recipient, fields, why, .. }| {
            let named = definition.recipients.iter().find(|known| known.id == *recipient);
            let name = named.map_or(recipient.as_str(), |known| known.name.get(language));
            let fields: Vec<&str> = fields.iter().map(|field| words::field(*field, language)).collect();
            let fields = fields.join(words.comma);
            format!("{name}{}{fields}{}{}", words.colon, words.full_stop, why.get(language))
        })
        .collect();
    lines.push(if lines.is_empty() { words.nobody } else { words.nobody_else }.to_owned());
    lines
}

fn terms(definition: &Definition, language: Language) -> Vec<String> {
    let words = words::of(language);
    let retention = &definition.retention;
    let mut lines = vec![words.frames.to_owned()];
    for (what, time) in [
        (words.frames_held, words::minutes(REPORT_MINUTES_MAX, language)),
        (words.evidence, words::days(retention.evidence_days, language)),
        (words.visit, words::days(retention.visit_days, language)),
        (words.consent_record, words::days(retention.consent_record_days, language)),
        (words.incident, words::days(retention.incident_days, language)),
        (words.consent, words::minutes(definition.consent.validity_minutes, language)),
    ] {
        lines.push(what.replace("{}", &time));
    }
    lines
}
