//! The record of a consent in the form of ISO/IEC TS 27560:2023: header, processing, parties, events, with the standard's field names.

use super::admin::act;
use super::{Desk, by, in_transaction};
use crate::Services;
use crate::error::Result;
use crate::permission::Permission;
use crate::service::{Definition, Service};
use crate::text::Language;
use jiff::Timestamp;
use serde::Serialize;
use store::consent::{self, Record, State};
use store::id::ConsentId;
use store::ledger::{self, Act, Kind};
use store::person;
use store::session::SignedIn;
use utoipa::ToSchema;

/// The structure that the fields follow.
const SCHEMA: &str = "ISO/IEC TS 27560:2023";

/// The record of a consent.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ConsentRecord {
    /// The structure that the fields follow.
    pub schema_version: String,
    /// The consent's id.
    pub record_id: ConsentId,
    /// Whose data it is about: a pseudonym that only this installation can resolve.
    pub pii_principal_id: String,
    /// What is processed, why and how.
    pub pii_processing: Processing,
    /// Who takes part.
    pub party_identification: Vec<Party>,
    /// What happened to the consent, in order.
    pub events: Vec<ConsentEvent>,
}

/// What is processed, why and how.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Processing {
    /// The text that was shown.
    pub privacy_notice: PrivacyNotice,
    /// Its language, as a BCP 47 tag.
    pub language: String,
    /// The purposes: always one.
    pub purposes: Vec<Purpose>,
    /// Who answers for it.
    pub pii_controllers: Vec<String>,
    /// How the data are collected.
    pub collection_method: String,
    /// What is done with them.
    pub processing_method: String,
    /// How long what is kept, in days.
    pub retention_period: Option<RetentionView>,
    /// Who else receives something.
    pub recipient_third_parties: Vec<String>,
    /// How to withdraw.
    pub withdrawal_method: String,
}

/// The text that was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PrivacyNotice {
    /// Its version.
    pub version: String,
    /// SHA-256 of service, version, language and the exact text, a line feed between each, in hexadecimal.
    pub sha256: String,
    /// The exact text.
    pub text: String,
}

/// One purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Purpose {
    /// Its stable code.
    pub purpose: String,
    /// The purpose in words, in the language of the notice.
    pub purpose_description: Option<String>,
    /// The service.
    pub services: String,
    /// `consent`: the camera is used on no other ground.
    pub lawful_basis: String,
    /// The ground of the service itself, in words.
    pub legal_basis_of_service: Option<String>,
    /// What data.
    pub pii_information: Vec<PiiInformation>,
}

/// One kind of data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PiiInformation {
    /// Which.
    pub pii_type: String,
    /// True: the service is had without it as well.
    pub pii_optional: bool,
    /// Biometric data are sensitive.
    pub sensitive_pii_category: bool,
}

/// How long what is kept, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RetentionView {
    /// Live pictures: they die with the decision; for a second opinion on a report a day is left at most.
    pub frames_days: u32,
    /// Templates end with the consent.
    pub templates_days: u32,
    /// Evidence, after the visit.
    pub evidence_days: u32,
    /// The record of the visit, after its end.
    pub visit_days: u32,
    /// This record, after the consent's end.
    pub consent_record_days: u32,
}

/// One party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Party {
    /// `controller` or `recipient`.
    pub party_role: String,
    /// Its name.
    pub party_name: String,
    /// How to reach it.
    pub party_contact: Option<String>,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConsentEvent {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub event_time: Timestamp,
    /// `explicit` for what a person did, `system` for what time did.
    pub event_type: String,
    /// `requested`, `given`, `refused`, `withdrawn` or `expired`.
    pub event_state: String,
    /// Until when a consent that was given is valid.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub validity_until: Option<Timestamp>,
    /// What kind of actor: `operator`, `station`, `citizen` or `system`.
    pub entity: String,
}

/// Shows the protection officer the record of a consent: what was shown to whom, and what became of it. The look itself is an entry.
///
/// # Errors
/// `permission-missing`; `not-found`, also when the record's term is over; the codes of the database.
pub async fn read(desk: &Desk, by: &SignedIn, now: Timestamp, id: &ConsentId) -> Result<ConsentRecord> {
    by::require(by, Permission::ConsentSee, now)?;
    in_transaction!(desk, tx => async {
        let record = consent::record(tx, id).await?;
        let pseudonym = person::get(tx, &record.person).await?.pseudonym;
        let actor = by::ledger(by);
        let entry = Act {
            person: Some(&pseudonym),
            service: Some(&record.service),
            consent: Some(id),
            ..act(Kind::ConsentRead, by, &actor)
        };
        ledger::append(tx, &desk.means(now), &entry).await?;
        Ok(ConsentRecord::new(&record, &pseudonym, &desk.services))
    }.await)
}

impl ConsentRecord {
    /// The record in this form. What only the service's definition knows is left out when the definition is not installed any more.
    pub(super) fn new(record: &Record, pseudonym: &str, services: &Services) -> Self {
        let definition = definition(record, services);
        let language = Language::parse(&record.notice.language).unwrap_or(Language::En);
        Self {
            schema_version: SCHEMA.to_owned(),
            record_id: record.id.clone(),
            pii_principal_id: pseudonym.to_owned(),
            pii_processing: processing(record, definition, language),
            party_identification: parties(record, definition, language),
            events: record.events.iter().map(|event| event_view(record, event)).collect(),
        }
    }
}

fn definition<'a>(record: &Record, services: &'a Services) -> Option<&'a Definition> {
    let version: u32 = record.notice.version.parse().ok()?;
    services.version(&record.service, version).ok().map(Service::definition)
}

fn processing(record: &Record, definition: Option<&Definition>, language: Language) -> Processing {
    let sensitive = |pii_type: &str| PiiInformation {
        pii_type: pii_type.to_owned(),
        pii_optional: true,
        sensitive_pii_category: true,
    };
    let purpose = Purpose {
        purpose: record.purpose.clone(),
        purpose_description: definition.map(|definition| definition.purpose.text.get(language).to_owned()),
        services: record.service.clone(),
        lawful_basis: "consent".to_owned(),
        legal_basis_of_service: definition.map(|definition| definition.legal_basis.get(language).to_owned()),
        pii_information: ["live-pictures", "registered-portraits", "face-templates"].map(sensitive).to_vec(),
    };
    Processing {
        privacy_notice: PrivacyNotice {
            version: record.notice.version.clone(),
            sha256: record.notice.hash.clone(),
            text: record.notice.text.clone(),
        },
        language: record.notice.language.clone(),
        purposes: vec![purpose],
        pii_controllers: vec![record.controller.clone()],
        collection_method: "camera-at-the-station".to_owned(),
        processing_method: "one-to-one-comparison-with-own-portraits".to_owned(),
        retention_period: definition.map(|definition| RetentionView {
            frames_days: crate::limits::FRAME_DAYS,
            templates_days: 0,
            evidence_days: definition.retention.evidence_days,
            visit_days: definition.retention.visit_days,
            consent_record_days: definition.retention.consent_record_days,
        }),
        recipient_third_parties: record.recipients.clone(),
        withdrawal_method: "receipt-or-counter-at-any-time".to_owned(),
    }
}

fn parties(record: &Record, definition: Option<&Definition>, language: Language) -> Vec<Party> {
    let controller = Party {
        party_role: "controller".to_owned(),
        party_name: record.controller.clone(),
        party_contact: definition.map(|definition| definition.controller.contact.get(language).to_owned()),
    };
    let recipients = record.recipients.iter().map(|id| {
        let named = definition.and_then(|definition| definition.recipients.iter().find(|known| known.id == *id));
        Party {
            party_role: "recipient".to_owned(),
            party_name: named.map_or(id.as_str(), |known| known.name.get(language)).to_owned(),
            party_contact: None,
        }
    });
    std::iter::once(controller).chain(recipients).collect()
}

fn event_view(record: &Record, event: &store::consent::Event) -> ConsentEvent {
    ConsentEvent {
        event_time: event.at,
        event_type: if event.kind == State::Expired { "system" } else { "explicit" }.to_owned(),
        event_state: event.kind.as_str().to_owned(),
        validity_until: (event.kind == State::Given).then_some(record.expires),
        entity: event.actor.split(':').next().unwrap_or_default().to_owned(),
    }
}
