//! Bounds of what requests may hold, which the types of the fields do not tell: words of closed lists, forms of texts, sizes of numbers. The
//! words come from the lists themselves.

use crate::limits::PAGE_ROWS_MAX;
use casework::desk::agency::OVERLAP_HOURS_MAX;
use casework::reason::{self, Use};
use casework::service::{Channel, Field};
use casework::{Language, Role};
use serde_json::{Value, json};
use store::judgement::Answer;
use store::office::ContactKind;
use store::person::event;
use store::station::StationKind;
use store::{agency, ledger, limits, notice};

/// An identity number as it may be typed.
const NUMBER: &str = "^[ -]*([A-Za-z0-9][ -]*){4,32}$";
/// A code word.
const WORD: &str = "^[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?$";
/// A line of text that is not empty, without control characters.
const LINE: &str = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$";
/// An address of an agency, as most of them look.
const ENDPOINT: &str = concat!(
    r"^(https://[a-z]([a-z0-9]|-[a-z0-9]){0,60}(\.[a-z]([a-z0-9]|-[a-z0-9]){0,60}){1,4}|http://localhost)",
    r"(:[1-9][0-9]{0,3})?(/[A-Za-z0-9_-]{1,60}){0,5}/?$"
);
/// A date as far as it is known.
const DATE: &str = r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$";
/// A login.
const LOGIN: &str = "^[A-Za-z0-9._@-]{2,64}$";
/// The tag of a language.
const TAG: &str = "^[A-Za-z0-9-]+$";
/// SHA-256, in hexadecimal.
const SHA256: &str = "^[0-9a-f]{64}$";
/// A tree of the ledger.
const TREE: &str = "^(register|[0-7][0-9a-hjkmnp-tv-z]{25})$";

/// Adds the bounds.
pub(super) fn add(document: &mut Value) {
    for (schema, field, bound) in table() {
        let place = format!("/components/schemas/{schema}/properties/{field}");
        put(document.pointer_mut(&place), &bound);
    }
    super::each_operation(document, |_, operation| {
        for parameter in super::parameters(operation) {
            let bound = match (parameter["in"].as_str(), parameter["name"].as_str()) {
                (Some("path"), Some("person")) if parameter["schema"]["type"] == "integer" => place(),
                (Some("path"), Some("shard")) => text(TREE, limits::NAME_BYTES_MAX),
                (Some("query"), Some("source")) => text(WORD, limits::NAME_BYTES_MAX),
                (Some("query"), Some("taken_on")) => text(DATE, limits::NAME_BYTES_MAX),
                (Some("query"), Some("language")) => words(Language::ALL.iter().map(|word| word.as_str())),
                _ => continue,
            };
            put(parameter.get_mut("schema"), &bound);
        }
    });
    document["components"]["schemas"].as_object_mut().into_iter().flat_map(|all| all.values_mut()).for_each(numbers);
    super::each_operation(document, |_, operation| {
        super::parameters(operation).filter_map(|parameter| parameter.get_mut("schema")).for_each(numbers);
    });
}

fn table() -> Vec<(&'static str, &'static str, Value)> {
    let line = |bytes_max| text(LINE, bytes_max);
    let (name, number, word) = (line(limits::NAME_BYTES_MAX), text(NUMBER, 100), text(WORD, 64));
    let (date, tag, tree) = (text(DATE, 10), text(TAG, 35), text(TREE, limits::NAME_BYTES_MAX));
    let answer = words(Answer::ALL.iter().map(|word| word.as_str()));
    let why = [event::Kind::Renamed, event::Kind::Corrected, event::Kind::Moved];
    let noted = event::Kind::ALL.iter().filter(|kind| !matches!(kind, event::Kind::Renamed | event::Kind::Corrected));
    let mut rows = vec![
        ("AccessRequest", "number", number.clone()),
        ("Ask", "guardian_number", number.clone()),
        ("Ask", "language", words(Language::ALL.iter().map(|word| word.as_str()))),
        ("AuditSearch", "kind", words(ledger::Kind::ALL.iter().map(|kind| kind.code()))),
        ("AuditSearch", "limit", json!({"minimum": 1, "maximum": PAGE_ROWS_MAX})),
        ("AuditSearch", "shard", tree),
        ("CheckPapers", "reason", reasons(&[Use::Papers])),
        ("Claim", "number", number.clone()),
        ("Confirm", "factors_shown", json!({"maxItems": casework::limits::VISIT_PERSONS_MAX, "items": place()})),
        ("ContactView", "kind", words(ContactKind::ALL.iter().map(|word| word.as_str()))),
        ("ContactView", "value", name.clone()),
        ("Dismiss", "reason", reasons(&[Use::Dismiss])),
        ("EventNew", "kind", words(noted.map(|word| word.as_str()))),
        ("EventNew", "reason", word.clone()),
        ("GuardianNew", "ground", word.clone()),
        ("Judge", "answer", answer.clone()),
        ("NoticeMark", "state", words(notice::State::ALL.iter().map(|word| word.as_str()))),
        ("OfficeChange", "name", name.clone()),
        ("OfficeNew", "code", word.clone()),
        ("AgencyNew", "code", word),
        ("SecretRenewal", "overlap_hours", json!({"maximum": OVERLAP_HOURS_MAX})),
        ("OfficeNew", "name", name.clone()),
        ("Open", "channel", words(Channel::ALL.iter().map(|word| word.as_str()))),
        ("OperatorNew", "login", text(LOGIN, 64)),
        ("OperatorNew", "name", name.clone()),
        ("OtherPath", "reason", reasons(&[Use::OtherPath])),
        ("PasskeyMade", "name", name.clone()),
        ("PersonChange", "address", line(limits::NOTE_BYTES_MAX)),
        ("PersonChange", "birth_date", date.clone()),
        ("PersonChange", "language", tag.clone()),
        ("PersonChange", "name", name.clone()),
        ("PersonChange", "number", number.clone()),
        ("PersonChange", "why", words(why.into_iter().map(event::Kind::as_str))),
        ("PersonFind", "number", number.clone()),
        ("PersonNew", "address", line(limits::NOTE_BYTES_MAX)),
        ("PersonNew", "birth_date", date),
        ("PersonNew", "language", tag),
        ("PersonNew", "name", name.clone()),
        ("PersonNew", "number", number.clone()),
        ("PseudonymRequest", "number", number),
        ("Refer", "reason", reasons(&[Use::Refer])),
        ("Refer", "to", words(["other-path", "more-documents"].into_iter())),
        ("SecondJudge", "answer", answer),
        ("Standing", "roles", json!({"minItems": 1, "items": words(Role::ALL.iter().map(|word| word.as_str()))})),
        ("StationAlarmClose", "finding", reasons(&[Use::Station])),
        ("StationFrames", "frame", json!({"minItems": 1, "maxItems": crate::limits::FRAMES_MAX})),
        ("StationAnswer", "notice_hash", text(SHA256, 64)),
        ("StationNew", "kind", words(StationKind::ALL.iter().map(|word| word.as_str()))),
        ("StationNew", "name", name),
        ("Suspect", "reason", reasons(&[Use::SuspectFace, Use::SuspectPapers])),
    ];
    for schema in ["AgencyNew", "AgencyChange"] {
        let fields = words(Field::ALL.iter().map(|word| word.as_str()));
        rows.push((schema, "name", line(limits::NAME_BYTES_MAX)));
        rows.push((schema, "endpoint", text(ENDPOINT, agency::ENDPOINT_BYTES_MAX)));
        rows.push((schema, "purpose", line(limits::NOTE_BYTES_MAX)));
        rows.push((schema, "fields", json!({"uniqueItems": true, "items": fields})));
    }
    let placed =
        ["Ask", "CheckPapers", "Claim", "Judge", "OtherPath", "StationAnswer", "StationPerson", "Suspect", "Who"];
    rows.extend(placed.map(|schema| (schema, "person", place())));
    rows
}

/// A place of a person in a visit.
fn place() -> Value {
    json!({"minimum": 0, "maximum": casework::limits::VISIT_PERSONS_MAX - 1})
}

fn text(pattern: &str, chars_max: usize) -> Value {
    json!({"pattern": pattern, "maxLength": chars_max})
}

fn words<'w>(all: impl Iterator<Item = &'w str>) -> Value {
    json!({"enum": all.collect::<Vec<_>>()})
}

fn reasons(uses: &[Use]) -> Value {
    words(reason::TABLE.iter().filter(|row| uses.contains(&row.used_for)).map(|row| row.reason.as_str()))
}

/// Adds a bound to a field; what may be left out may be `null` too.
fn put(field: Option<&mut Value>, bound: &Value) {
    let (Some(field), Some(bound)) = (field, bound.as_object()) else { return };
    let nullable = field["type"].as_array().is_some_and(|types| types.contains(&json!("null")));
    for (key, value) in bound {
        match (key.as_str(), value.as_array()) {
            ("enum", Some(words)) if nullable => {
                field["enum"] = words.iter().cloned().chain([Value::Null]).collect();
            }
            ("items", _) => put(field.get_mut("items"), value),
            _ => field[key.as_str()] = value.clone(),
        }
    }
}

/// Says how large integers may be: their formats alone bind nobody.
fn numbers(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            let whole = fields.get("format").and_then(Value::as_str);
            let unsigned = fields.get("minimum").is_some();
            let (least, most) = match whole {
                Some("int32") if unsigned => (0, i64::from(u32::MAX)),
                Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
                Some("int64") => (i64::MIN, i64::MAX),
                _ => {
                    fields.values_mut().for_each(numbers);
                    return;
                }
            };
            fields.entry("minimum").or_insert(json!(least));
            fields.entry("maximum").or_insert(json!(most));
        }
        Value::Array(items) => items.iter_mut().for_each(numbers),
        _ => {}
    }
}
