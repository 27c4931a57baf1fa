//! A notice as an event in the JSON form of `CloudEvents` 1.0. What it may tell is a closed list, in which pictures, templates and scores do
//! not stand.

use crate::error::{Error, Result};
use crate::service::Field;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use store::agency::Agency;
use store::notice::Notice;
use store::person::{self, PersonData};
use store::visit::Visit;
use store::{Code, Means, Tx};

/// An event, and whom it is about.
#[derive(Debug, Default)]
pub(super) struct Event {
    value: Value,
    service: Option<String>,
    pseudonyms: Vec<String>,
    fields: Vec<Field>,
}

impl Event {
    /// The body of the request.
    pub(super) fn body(&self) -> Vec<u8> {
        self.value.to_string().into_bytes()
    }

    /// The service that caused it.
    pub(super) fn service(&self) -> Option<&str> {
        self.service.as_deref()
    }

    /// The ledger's names of the persons whom it is about.
    pub(super) fn pseudonyms(&self) -> &[String] {
        &self.pseudonyms
    }

    /// The fields that it tells, for the ledger.
    pub(super) fn fields(&self) -> String {
        self.fields.iter().map(|field| field.as_str()).collect::<Vec<_>>().join(", ")
    }
}

fn damaged(what: &str) -> Error {
    store::Error::new(Code::RowInvalid, format!("the notice names no {what}")).into()
}

/// The fields that the definition disclosed when the notice was queued and the agency's record allows.
fn allowed(notice: &Notice, agency: &Agency) -> Result<Vec<Field>> {
    let disclosed = notice.body.get("fields").and_then(Value::as_array).ok_or_else(|| damaged("fields"))?;
    let known = disclosed.iter().filter_map(Value::as_str).filter_map(Field::parse);
    Ok(known.filter(|field| agency.fields.iter().any(|word| word == field.as_str())).collect())
}

/// The event of a notice, from the records as they are now.
pub(super) async fn of(
    tx: &mut Tx,
    means: &Means<'_>,
    (notice, agency): (&Notice, &Agency),
    public_url: &str,
) -> Result<Event> {
    let fields = allowed(notice, agency)?;
    let visit = notice.visit.as_ref().ok_or_else(|| damaged("visit"))?;
    let visit = store::visit::get(tx, &notice.office, visit).await?;
    let mut data = of_visit(notice, &visit, &fields);
    let mut pseudonyms = Vec::new();
    let mut persons = Vec::new();
    for place in &visit.persons {
        pseudonyms.push(person::get(tx, &place.person).await?.pseudonym);
        if fields.iter().any(|field| is_of_person(*field)) {
            let told = of_person(&person::read(tx, means, &place.person).await?, &fields);
            let mut one = Map::from_iter([("role".to_owned(), Value::from(place.role.as_str()))]);
            one.extend(told);
            persons.push(Value::Object(one));
        }
    }
    if !persons.is_empty() {
        data.insert("persons".to_owned(), Value::Array(persons));
    }
    let value = json!({
        "specversion": "1.0",
        "id": notice.id,
        "source": format!("{public_url}/offices/{}", notice.office),
        "type": format!("countenance.visit.{}", notice.kind),
        "subject": visit.id,
        "time": notice.created.to_string(),
        "datacontenttype": "application/json",
        "data": data,
    });
    Ok(Event { value, service: Some(visit.service.clone()), pseudonyms, fields })
}

/// True for what is told of a person, not of the visit.
fn is_of_person(field: Field) -> bool {
    matches!(field, Field::Name | Field::Number | Field::BirthDate | Field::Address)
}

/// What is told of the visit. The day is that of the notice in universal time: it is queued with the outcome.
fn of_visit(notice: &Notice, visit: &Visit, fields: &[Field]) -> Map<String, Value> {
    let mut data = Map::from_iter([("service".to_owned(), Value::from(visit.service.as_str()))]);
    for field in fields {
        let value = match field {
            Field::EventKind => Value::from(visit.variant.as_str()),
            Field::EventDate => Value::from(notice.created.to_zoned(TimeZone::UTC).date().to_string()),
            Field::Outcome => Value::from(notice.kind.as_str()),
            Field::Name | Field::Number | Field::BirthDate | Field::Address => continue,
        };
        data.insert(field.as_str().replace('-', "_"), value);
    }
    data
}

/// What is told of a person.
fn of_person(data: &PersonData, fields: &[Field]) -> Map<String, Value> {
    let mut told = Map::new();
    for field in fields {
        let value = match field {
            Field::Name => Value::from(data.name.as_str()),
            Field::Number => Value::from(data.number.as_str()),
            Field::BirthDate => Value::from(data.birth_date.as_str()),
            Field::Address => data.address.as_deref().map_or(Value::Null, Value::from),
            Field::EventKind | Field::EventDate | Field::Outcome => continue,
        };
        told.insert(field.as_str().replace('-', "_"), value);
    }
    told
}
