//! What a service definition says, key by key. Every key is demanded; no other is known.

use super::ServiceId;
use super::kinds::{Channel, Event, Field, Ground, LivenessLevel, SecondFactor};
use super::step::Step;
use crate::text::Texts;
use serde::{Deserialize, Serialize};

/// A service definition as its file says it. Parsed and checked by [`super::Service::parse`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Definition {
    /// The format of the file; 1.
    pub format: u32,
    /// The service's id.
    pub id: ServiceId,
    /// The version, from 1; raised with every change.
    pub version: u32,
    /// Where the service is offered; at least one.
    pub channels: Vec<Channel>,
    /// How long a visit may take, in minutes.
    pub visit_minutes_max: u32,
    /// What the service is called.
    pub title: Texts,
    /// What the face is used for.
    pub purpose: Purpose,
    /// On which ground.
    pub legal_basis: Texts,
    /// Who answers for it.
    pub controller: Controller,
    /// What the person is asked.
    pub consent: Consent,
    /// What is demanded of a face.
    pub face: Face,
    /// The equal way without a face. A definition without one is refused with a code of its own, so this is optional only here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_path: Option<OtherPath>,
    /// Who takes part: one or two.
    #[serde(rename = "person")]
    pub persons: Vec<RoleOfPerson>,
    /// What can be done: at least one.
    #[serde(rename = "variant")]
    pub variants: Vec<Variant>,
    /// What is done, in its order, from who the person is to what they came for.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
    /// Who else receives something; may be empty.
    #[serde(rename = "recipient")]
    pub recipients: Vec<Recipient>,
    /// What they receive; may be empty.
    #[serde(rename = "disclosure")]
    pub disclosures: Vec<Disclosure>,
    /// When they are told; may be empty.
    #[serde(rename = "notice")]
    pub notices: Vec<Notice>,
    /// How long what is kept.
    pub retention: Retention,
}

/// What the face is used for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Purpose {
    /// The short name of the purpose; consents and templates are bound to it.
    pub code: String,
    /// The purpose in words.
    pub text: Texts,
}

/// Who answers for the processing.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Controller {
    /// The name.
    pub name: Texts,
    /// How to reach it.
    pub contact: Texts,
}

/// What the person is asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Consent {
    /// How long a consent is valid, in minutes; at least as long as a visit may take.
    pub validity_minutes: u32,
    /// The question, with the assurance that a no costs nothing.
    pub ask: Texts,
    /// What happens with the pictures, in paragraphs.
    pub text: Texts,
}

/// What is demanded of a face.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Face {
    /// The demanded false-match rate, from 0.000001 to 0.0001.
    pub fmr_max: f64,
    /// How much the liveness outcome counts.
    pub liveness: LivenessLevel,
    /// What must be shown beside the face.
    pub second_factor: SecondFactor,
    /// The oldest portrait that is compared, in years.
    pub portrait_age_years_max: u32,
}

/// The equal way without a face.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OtherPath {
    /// What it costs more than with the face, in the smallest coin; must be 0.
    pub extra_fee: u32,
    /// How many days it takes longer than with the face; must be 0.
    pub extra_days: u32,
    /// What to bring.
    pub bring: Texts,
    /// How it goes.
    pub steps: Texts,
}

/// One who takes part in a visit.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RoleOfPerson {
    /// The short name of the role.
    pub role: String,
    /// The role in words.
    pub title: Texts,
}

/// One thing that the service can do.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Variant {
    /// The short name.
    pub id: String,
    /// The variant in words.
    pub title: Texts,
}

/// Somebody else who receives something.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Recipient {
    /// The short name of the agency.
    pub id: String,
    /// The name in words.
    pub name: Texts,
}

/// What a recipient receives.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Disclosure {
    /// Who receives it.
    pub recipient: String,
    /// What; never a picture, a template or a score.
    pub fields: Vec<Field>,
    /// On which ground.
    pub ground: Ground,
    /// The ground in words.
    pub why: Texts,
}

/// When a recipient is told. It receives the fields of its disclosure.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Notice {
    /// Who is told.
    pub recipient: String,
    /// What causes it.
    pub event: Event,
    /// In which variants.
    pub variants: Vec<String>,
}

/// How long what is kept, in days. Live frames have no key: they die with the decision.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Retention {
    /// The record of the consent, after its end.
    pub consent_record_days: u32,
    /// Evidence, after the visit's end.
    pub evidence_days: u32,
    /// The record of the visit, after its end.
    pub visit_days: u32,
    /// An incident and its evidence, after its report.
    pub incident_days: u32,
}
