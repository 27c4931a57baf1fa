//! What a definition must say, beyond its keys.

use super::course;
use super::definition::{Definition, Disclosure, Notice};
use super::kinds::{LivenessLevel, SecondFactor};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::limits::{
    CONSENT_MINUTES, CONSENT_RECORD_DAYS, EVIDENCE_DAYS, FMR_MAX, FMR_MIN, INCIDENT_DAYS, LINE_CHARS_MAX,
    NAME_BYTES_MAX, PORTRAIT_AGE_YEARS_MAX, RECIPIENTS_MAX, TEXT_CHARS_MAX, VARIANTS_MAX, VISIT_DAYS, VISIT_MINUTES,
    VISIT_PERSONS_MAX,
};
use crate::text::Form;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// The one format of files that this version reads.
const FORMAT: u32 = 1;
const LINE: Form = Form { chars_max: LINE_CHARS_MAX, lines: false };
const PARAGRAPH: Form = Form { chars_max: TEXT_CHARS_MAX, lines: false };
const PARAGRAPHS: Form = Form { chars_max: TEXT_CHARS_MAX, lines: true };

/// Checks everything; the first problem is the answer.
pub(super) fn check(definition: &Definition) -> Result<()> {
    if definition.format != FORMAT {
        return Err(Error::new(Code::ServiceFormatUnknown, format!("format = {}", definition.format)));
    }
    if definition.version == 0 {
        return Err(Error::new(Code::ServiceIdInvalid, "version = 0, versions count from 1"));
    }
    check_texts(definition)?;
    check_lists(definition)?;
    check_face(definition)?;
    check_other_path(definition)?;
    check_recipients(definition)?;
    course::check(definition)?;
    check_terms(definition)
}

/// True for a short identifier: lower-case letters, digits and single hyphens, a letter first.
pub(super) fn is_name(text: &str) -> bool {
    text.len() <= NAME_BYTES_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-')
        && !text.contains("--")
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn check_texts(definition: &Definition) -> Result<()> {
    definition.title.check("title", LINE)?;
    definition.purpose.text.check("purpose.text", PARAGRAPH)?;
    definition.legal_basis.check("legal-basis", PARAGRAPH)?;
    definition.controller.name.check("controller.name", LINE)?;
    definition.controller.contact.check("controller.contact", PARAGRAPH)?;
    definition.consent.ask.check("consent.ask", PARAGRAPH)?;
    definition.consent.text.check("consent.text", PARAGRAPHS)?;
    for person in &definition.persons {
        person.title.check("person.title", LINE)?;
    }
    for variant in &definition.variants {
        variant.title.check("variant.title", LINE)?;
    }
    for recipient in &definition.recipients {
        recipient.name.check("recipient.name", LINE)?;
    }
    definition.disclosures.iter().try_for_each(|disclosure| disclosure.why.check("disclosure.why", PARAGRAPH))
}

fn check_lists(definition: &Definition) -> Result<()> {
    name("purpose.code", &definition.purpose.code)?;
    list("channels", definition.channels.iter(), 1..=definition.channels.len().max(1))?;
    let roles: Vec<&str> = definition.persons.iter().map(|person| person.role.as_str()).collect();
    let variants: Vec<&str> = definition.variants.iter().map(|variant| variant.id.as_str()).collect();
    let recipients: Vec<&str> = definition.recipients.iter().map(|recipient| recipient.id.as_str()).collect();
    for (place, names, counts) in [
        ("person.role", &roles, 1..=VISIT_PERSONS_MAX),
        ("variant.id", &variants, 1..=VARIANTS_MAX),
        ("recipient.id", &recipients, 0..=RECIPIENTS_MAX),
    ] {
        names.iter().try_for_each(|text| name(place, text))?;
        list(place, names.iter(), counts)?;
    }
    Ok(())
}

pub(super) fn name(place: &str, text: &str) -> Result<()> {
    if is_name(text) {
        return Ok(());
    }
    Err(Error::new(Code::ServiceIdInvalid, format!("{place} has a wrong form")))
}

/// Refuses a list that is too short or too long, or that names something twice.
pub(super) fn list<T: Ord>(place: &str, items: impl Iterator<Item = T>, counts: RangeInclusive<usize>) -> Result<()> {
    let items: Vec<T> = items.collect();
    let count = items.len();
    if !counts.contains(&count) {
        return Err(Error::new(Code::ServiceListInvalid, format!("{place}: {count} entries, {counts:?} are possible")));
    }
    if items.into_iter().collect::<BTreeSet<T>>().len() != count {
        return Err(Error::new(Code::ServiceListInvalid, format!("{place} names something twice")));
    }
    Ok(())
}

fn check_face(definition: &Definition) -> Result<()> {
    let face = &definition.face;
    if !(FMR_MIN..=FMR_MAX).contains(&face.fmr_max) {
        let detail = format!("face.fmr-max = {}, {FMR_MIN} to {FMR_MAX} is possible", face.fmr_max);
        return Err(Error::new(Code::ServiceFmrOutOfBounds, detail));
    }
    let years = face.portrait_age_years_max;
    if !(1..=PORTRAIT_AGE_YEARS_MAX).contains(&years) {
        return Err(Error::new(Code::ServiceAgeOutOfBounds, format!("face.portrait-age-years-max = {years}")));
    }
    let Some(alone) = definition.channels.iter().find(|channel| !channel.is_attended()) else { return Ok(()) };
    if face.liveness != LivenessLevel::Unattended {
        let detail = format!("face.liveness = {} with the channel {alone}", face.liveness);
        return Err(Error::new(Code::ServiceLivenessTooLow, detail));
    }
    if face.second_factor == SecondFactor::None {
        let detail = format!("face.second-factor = none with the channel {alone}");
        return Err(Error::new(Code::ServiceSecondFactorMissing, detail));
    }
    Ok(())
}

fn check_other_path(definition: &Definition) -> Result<()> {
    let Some(other) = &definition.other_path else {
        return Err(Error::new(Code::ServiceOtherPathMissing, "there is no [other-path]"));
    };
    if other.extra_fee != 0 || other.extra_days != 0 {
        let detail = format!("extra-fee = {}, extra-days = {}; both must be 0", other.extra_fee, other.extra_days);
        return Err(Error::new(Code::ServiceOtherPathUnequal, detail));
    }
    other.bring.check("other-path.bring", PARAGRAPHS)?;
    other.steps.check("other-path.steps", PARAGRAPHS)
}

/// Who is named receives something, and who receives something is named, so that the consent notice tells all of it.
fn check_recipients(definition: &Definition) -> Result<()> {
    let unknown = |detail: String| Error::new(Code::ServiceRecipientUnknown, detail);
    let named: BTreeSet<&str> = definition.recipients.iter().map(|recipient| recipient.id.as_str()).collect();
    let receiving: Vec<&str> = definition.disclosures.iter().map(|disclosure| disclosure.recipient.as_str()).collect();
    list("disclosure.recipient", receiving.iter(), 0..=RECIPIENTS_MAX)?;
    if let Some(stranger) = receiving.iter().find(|id| !named.contains(*id)) {
        return Err(unknown(format!("disclosure to {stranger:?}, who is no recipient")));
    }
    if let Some(idle) = named.iter().find(|id| !receiving.contains(id)) {
        return Err(unknown(format!("recipient {idle:?} receives nothing")));
    }
    for Disclosure { recipient, fields, .. } in &definition.disclosures {
        list(&format!("disclosure.fields to {recipient}"), fields.iter(), 1..=fields.len().max(1))?;
    }
    let told = definition.notices.iter().map(|notice| (notice.recipient.as_str(), notice.event));
    list("notice", told, 0..=2 * RECIPIENTS_MAX)?;
    for Notice { recipient, variants, .. } in &definition.notices {
        if !named.contains(recipient.as_str()) {
            return Err(unknown(format!("notice to {recipient:?}, who is no recipient")));
        }
        list(&format!("notice.variants to {recipient}"), variants.iter(), 1..=VARIANTS_MAX)?;
        if let Some(stranger) = variants.iter().find(|id| !definition.variants.iter().any(|v| v.id == **id)) {
            let detail = format!("notice.variants to {recipient}: there is no variant {stranger:?}");
            return Err(Error::new(Code::ServiceListInvalid, detail));
        }
    }
    Ok(())
}

fn check_terms(definition: &Definition) -> Result<()> {
    let (consent, retention) = (&definition.consent, &definition.retention);
    for (place, value, bounds) in [
        ("visit-minutes-max", definition.visit_minutes_max, VISIT_MINUTES),
        ("consent.validity-minutes", consent.validity_minutes, CONSENT_MINUTES),
        ("retention.consent-record-days", retention.consent_record_days, CONSENT_RECORD_DAYS),
        ("retention.evidence-days", retention.evidence_days, EVIDENCE_DAYS),
        ("retention.visit-days", retention.visit_days, VISIT_DAYS),
        ("retention.incident-days", retention.incident_days, INCIDENT_DAYS),
    ] {
        if !bounds.contains(&value) {
            return Err(Error::new(Code::ServiceTermOutOfBounds, format!("{place} = {value}, {bounds:?} is possible")));
        }
    }
    // A consent that ended inside a visit would stop it half-way; evidence without the record of its visit or consent proves nothing.
    for (shorter, longer, place) in [
        (definition.visit_minutes_max, consent.validity_minutes, "consent.validity-minutes below visit-minutes-max"),
        (retention.evidence_days, retention.visit_days, "retention.visit-days below evidence-days"),
        (retention.evidence_days, retention.consent_record_days, "retention.consent-record-days below evidence-days"),
    ] {
        if shorter > longer {
            return Err(Error::new(Code::ServiceTermOutOfBounds, format!("{place}: {longer} < {shorter}")));
        }
    }
    Ok(())
}
