//! What the steps of a definition must be, so that whoever begins comes to an outcome: first who the person is, then what they came for.

use super::check::{list, name};
use super::definition::Definition;
use super::kinds::{Ground, SecondFactor};
use super::step::{Against, Answer, Doing, FormField, IdentifyBy, Issue, Late, PayBy, Step, Term};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::limits::{
    ANSWER_CHARS_MAX, FEE_MAX, FORM_FIELDS_MAX, LINE_CHARS_MAX, STEP_MINUTES, STEPS_MAX, TEXT_CHARS_MAX,
    UPLOAD_FILES_MAX, VISIT_DAYS, WAIT_DAYS,
};
use crate::text::{Form, Texts};

const LINE: Form = Form { chars_max: LINE_CHARS_MAX, lines: false };
const PARAGRAPHS: Form = Form { chars_max: TEXT_CHARS_MAX, lines: true };

/// Checks the steps; the first problem is the answer.
pub(super) fn check(definition: &Definition) -> Result<()> {
    let steps = &definition.steps;
    steps.iter().try_for_each(|step| name("step.id", &step.id))?;
    list("step.id", steps.iter().map(|step| step.id.as_str()), 1..=STEPS_MAX)?;
    check_who(definition)?;
    for (at, step) in steps.iter().enumerate() {
        check_step(definition, at, step).map_err(|error| error.within(&format!("step {}", step.id)))?;
    }
    check_notice(definition)?;
    check_end(definition)
}

fn invalid(detail: impl Into<String>) -> Error {
    Error::new(Code::ServiceCourseInvalid, detail.into())
}

fn no_outcome(detail: impl Into<String>) -> Error {
    Error::new(Code::ServiceOutcomeMissing, detail.into())
}

/// First who the person is: identify, consent, face, second factor, in this order and once each.
fn check_who(definition: &Definition) -> Result<()> {
    let who: Vec<&str> = definition.steps.iter().map(|step| step.doing.kind()).collect();
    let factor = definition.face.second_factor;
    let mut wanted = vec!["identify", "consent", "face"];
    wanted.extend((factor != SecondFactor::None).then_some("second-factor"));
    let settling = definition.steps.iter().filter(|step| step.doing.settles_who()).count();
    if !who.starts_with(&wanted) || settling != wanted.len() {
        return Err(invalid(format!("the steps must begin with {} and have no more of these", wanted.join(", "))));
    }
    for step in &definition.steps {
        match &step.doing {
            Doing::SecondFactor { factor: named } if *named != factor => {
                return Err(invalid(format!("step {}: [face] demands {factor}, not {named}", step.id)));
            }
            Doing::Face { against } => check_against(definition, *against)?,
            _ => {}
        }
    }
    Ok(())
}

/// A face is compared with what was named before: one claimed person, one document, or one event's roster.
fn check_against(definition: &Definition, against: Against) -> Result<()> {
    let Some(Doing::Identify { by }) = definition.steps.first().map(|step| &step.doing) else { return Ok(()) };
    list("identify.by", by.iter(), 1..=IdentifyBy::ALL.len())?;
    let named = |wanted| by.len() == 1 && by.contains(&wanted);
    let fits = match against {
        Against::DocumentChip => named(IdentifyBy::Document),
        Against::Roster => named(IdentifyBy::Roster),
        Against::Portraits => !by.contains(&IdentifyBy::Document) && !by.contains(&IdentifyBy::Roster),
    };
    if fits {
        Ok(())
    } else {
        Err(invalid(format!("a face against {against} does not fit how the person is identified")))
    }
}

fn check_step(definition: &Definition, at: usize, step: &Step) -> Result<()> {
    if let Some(title) = step.doing.title() {
        title.check("title", LINE)?;
    }
    if let Some(term) = step.doing.term() {
        check_term(definition, term)?;
    }
    match &step.doing {
        Doing::Form { fields, .. } => check_form(definition, at, fields),
        Doing::Upload { files_max, .. } => within("files-max", u64::from(*files_max), 1, UPLOAD_FILES_MAX.into()),
        Doing::Request { agency, purpose, data, term, .. } => {
            purpose.check("purpose", PARAGRAPHS)?;
            data.iter().try_for_each(|datum| name("data", datum))?;
            list("data", data.iter(), 1..=FORM_FIELDS_MAX)?;
            check_request(definition, agency, term)
        }
        Doing::Review { check, .. } => check.check("check", PARAGRAPHS),
        Doing::SecondPerson { .. } => {
            let after_review = at.checked_sub(1).map(|before| &definition.steps[before].doing);
            let fits = matches!(after_review, Some(Doing::Review { .. }));
            if fits {
                Ok(())
            } else {
                Err(invalid("a second person agrees with a review, and so comes right after one"))
            }
        }
        Doing::Fee { amount, by, .. } => {
            within("amount", *amount, 1, FEE_MAX)?;
            list("by", by.iter(), 1..=PayBy::ALL.len())?;
            let alone = !definition.channels.iter().any(|channel| channel.is_attended());
            if alone && by.as_slice() == [PayBy::Cashier] {
                return Err(no_outcome("nobody is there to take the money: offer another way to pay, or a counter"));
            }
            Ok(())
        }
        Doing::Issue { what, .. } => check_issue(definition, at, *what),
        Doing::Wait { days, .. } => within("days", u64::from(*days), WAIT_DAYS.0, WAIT_DAYS.1),
        Doing::Identify { .. }
        | Doing::Consent {}
        | Doing::Face { .. }
        | Doing::SecondFactor { .. }
        | Doing::Appointment { .. }
        | Doing::Notice { .. } => Ok(()),
    }?;
    check_late(definition, at, step)
}

fn within(place: &str, value: u64, low: u64, high: u64) -> Result<()> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Error::new(Code::ServiceTermOutOfBounds, format!("{place} = {value}, {low} to {high} is possible")))
}

fn check_term(definition: &Definition, term: &Term) -> Result<()> {
    within("term.minutes", term.minutes.into(), STEP_MINUTES.0, STEP_MINUTES.1)?;
    // What came in without the record of its visit would belong to nobody.
    let longest = definition.retention.visit_days.min(*VISIT_DAYS.end());
    within("term.keep-days", term.keep_days.into(), 0, longest.into())
}

fn check_form(definition: &Definition, at: usize, fields: &[FormField]) -> Result<()> {
    fields.iter().try_for_each(|field| name("field.id", &field.id))?;
    list("field.id", fields.iter().map(|field| field.id.as_str()), 1..=FORM_FIELDS_MAX)?;
    for field in fields {
        field.title.check("field.title", LINE)?;
        match &field.answer {
            Answer::Text { chars_max } => within("chars-max", *chars_max as u64, 1, ANSWER_CHARS_MAX as u64)?,
            Answer::Number { min, max } if min > max => return Err(invalid(format!("{}: min above max", field.id))),
            Answer::Choice { options } => {
                options.iter().try_for_each(|option| name("option.id", &option.id))?;
                list("option.id", options.iter().map(|option| option.id.as_str()), 2..=FORM_FIELDS_MAX)?;
                options.iter().try_for_each(|option| Texts::check(&option.title, "option.title", LINE))?;
            }
            Answer::Amount { at_most, .. } => {
                list("at-most", at_most.iter(), 1..=FORM_FIELDS_MAX)?;
                at_most.iter().try_for_each(|source| brought(definition, at, source).map(|_| ()))?;
            }
            Answer::Phone {} | Answer::Date {} | Answer::Number { .. } => {}
        }
    }
    Ok(())
}

/// Where the request before step `at` stands that brings `source`, which is `step.data`.
fn brought(definition: &Definition, at: usize, source: &str) -> Result<usize> {
    let found = source.split_once('.').and_then(|(id, wanted)| {
        definition.steps[..at].iter().position(|step| match &step.doing {
            Doing::Request { data, .. } => step.id == id && data.iter().any(|datum| datum == wanted),
            _ => false,
        })
    });
    found.ok_or_else(|| invalid(format!("no request before this step brings {source:?}")))
}

/// Whoever is asked for data learns whom it is about, so the consent notice must name them; and the consent must last until they answer.
fn check_request(definition: &Definition, agency: &str, term: &Term) -> Result<()> {
    if !definition.disclosures.iter().any(|disclosure| disclosure.recipient == agency) {
        let detail = format!("data is requested of {agency:?}, to whom nothing is disclosed");
        return Err(Error::new(Code::ServiceRecipientUnknown, detail));
    }
    within("term.minutes", term.minutes.into(), STEP_MINUTES.0, definition.consent.validity_minutes.into())
}

fn check_issue(definition: &Definition, at: usize, what: Issue) -> Result<()> {
    let attended = definition.channels.iter().any(|channel| channel.is_attended());
    let asked = definition.steps[..at].iter().any(|step| matches!(step.doing, Doing::Request { .. }));
    match what {
        Issue::Card if !attended => {
            Err(no_outcome("a card is handed over by somebody: offer the service at a counter"))
        }
        Issue::Answer if !asked => Err(invalid("an answer needs a request before it")),
        _ => Ok(()),
    }
}

/// What others rest on cannot be left out.
fn check_late(definition: &Definition, at: usize, step: &Step) -> Result<()> {
    if step.doing.term().is_none_or(|term| term.late != Late::GoOn) {
        return Ok(());
    }
    let after = &definition.steps[at + 1..];
    let rests = match &step.doing {
        Doing::Appointment { .. } => false,
        Doing::Form { .. } | Doing::Upload { .. } => {
            after.iter().any(|later| matches!(later.doing, Doing::Review { .. } | Doing::Issue { .. }))
        }
        Doing::Request { .. } => {
            let prefix = format!("{}.", step.id);
            after.iter().any(|later| match &later.doing {
                Doing::Form { fields, .. } => fields.iter().any(|field| match &field.answer {
                    Answer::Amount { at_most, .. } => at_most.iter().any(|source| source.starts_with(&prefix)),
                    _ => false,
                }),
                Doing::Issue { what, .. } => *what == Issue::Answer,
                _ => false,
            })
        }
        _ => true,
    };
    if rests { Err(no_outcome("it cannot be left out when it is late, because others rest on it")) } else { Ok(()) }
}

/// Who is to be told is told in one step, and only where somebody is.
fn check_notice(definition: &Definition) -> Result<()> {
    let choices: Vec<bool> = definition
        .steps
        .iter()
        .filter_map(|step| match step.doing {
            Doing::Notice { choice } => Some(choice),
            _ => None,
        })
        .collect();
    let on_request = definition.disclosures.iter().any(|disclosure| disclosure.ground == Ground::Request);
    match (choices.as_slice(), definition.notices.is_empty()) {
        ([], true) => Ok(()),
        ([choice], false) if *choice == on_request => Ok(()),
        ([_], false) => {
            Err(invalid("choice says whether somebody is told on the person's request, as [[disclosure]] does"))
        }
        _ => Err(invalid(
            "one step of the kind notice belongs to the entries of [[notice]], and none where there are none",
        )),
    }
}

/// A course that stops at something nobody takes up has no outcome.
fn check_end(definition: &Definition) -> Result<()> {
    match definition.steps.last() {
        Some(last) if matches!(last.doing, Doing::Wait { .. } | Doing::Request { .. } | Doing::Upload { .. }) => {
            Err(no_outcome(format!("step {}: nobody takes up what the last step brings", last.id)))
        }
        _ => Ok(()),
    }
}
