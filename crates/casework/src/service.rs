//! Services as data: what an office does with a face, for which purpose, on which ground, and how it goes without one.
//!
//! A definition is a TOML file, `services/<id>.toml`. Every key is demanded and no other is known, so a definition says everything or does
//! not load. What is not a key cannot be set: live frames die with the decision, whatever a definition says.

mod check;
mod course;
pub mod course_words;
mod definition;
pub mod diagram;
mod kinds;
mod notice;
pub mod step;
pub mod walk;
mod words;

#[cfg(test)]
mod mutation;

pub use definition::{
    Consent, Controller, Definition, Disclosure, Face, Notice, OtherPath, Purpose, Recipient, Retention, RoleOfPerson,
    Variant,
};
pub use kinds::{Channel, Event, Field, Ground, LivenessLevel, SecondFactor};
pub use notice::{ConsentNotice, Section};

use crate::code::Code;
use crate::error::{Error, Result};
use crate::limits::{SERVICE_BYTES_MAX, SERVICE_ID_BYTES_MAX, SERVICES_MAX};
use crate::text::Language;
use crate::visit::Rules;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// The definitions that come with the program: file name and text.
pub const BUILTIN: &[(&str, &str)] = &[
    ("household.identity-card.toml", include_str!("../../../services/household.identity-card.toml")),
    ("household.registration.toml", include_str!("../../../services/household.registration.toml")),
    ("household.marriage.toml", include_str!("../../../services/household.marriage.toml")),
];

/// The id of a service: words of lower-case letters, digits and hyphens, joined by dots, `household.identity-card`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct ServiceId(String);

impl ServiceId {
    /// The id with this text: at least two words, at most 64 bytes.
    ///
    /// # Errors
    /// `service-id-invalid`.
    pub fn new(text: &str) -> Result<Self> {
        if text.len() > SERVICE_ID_BYTES_MAX || !text.contains('.') || !text.split('.').all(check::is_name) {
            return Err(Error::new(Code::ServiceIdInvalid, "a service's id has a wrong form"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text of the id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ServiceId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Self::new(&text)
    }
}

impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A definition that was checked. There is no other way to have one.
#[derive(Clone, Debug)]
pub struct Service {
    definition: Definition,
    digest: [u8; 32],
}

impl Service {
    /// The service that `text` defines.
    ///
    /// # Errors
    /// `service-too-large`, `service-syntax` for what is not TOML and for unknown, missing or wrongly typed keys, and the other `service-…` codes
    /// for what the keys say.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > SERVICE_BYTES_MAX {
            return Err(Error::new(Code::ServiceTooLarge, format!("{} bytes", text.len())));
        }
        // A checkout may have changed the ends of lines; the texts that people see, and their hashes, are the same everywhere.
        let text = text.replace("\r\n", "\n");
        let definition: Definition =
            toml::from_str(&text).map_err(|error| Error::new(Code::ServiceSyntax, one_line(&error.to_string())))?;
        Self::checked(definition, Sha256::digest(text.as_bytes()).into())
    }

    fn checked(definition: Definition, digest: [u8; 32]) -> Result<Self> {
        check::check(&definition)?;
        Ok(Self { definition, digest })
    }

    /// Everything that the definition says.
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// The service's id.
    pub fn id(&self) -> &ServiceId {
        &self.definition.id
    }

    /// The definition's version, from 1; raised with every change.
    pub fn version(&self) -> u32 {
        self.definition.version
    }

    /// The purpose of the processing; consents and templates are bound to it.
    pub fn purpose(&self) -> &str {
        &self.definition.purpose.code
    }

    /// SHA-256 of the definition's text with line feeds as ends of lines. The same version with another digest was changed without being raised.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// How many persons a visit has.
    pub fn persons(&self) -> usize {
        self.definition.persons.len()
    }

    /// What the service demands of a face, for [`crate::visit::apply`].
    pub fn rules(&self) -> Rules {
        Rules { liveness: self.definition.face.liveness, second_factor: self.definition.face.second_factor }
    }

    /// The variant with this id.
    ///
    /// # Errors
    /// `variant-unknown`.
    pub fn variant(&self, id: &str) -> Result<&Variant> {
        self.definition
            .variants
            .iter()
            .find(|variant| variant.id == id)
            .ok_or_else(|| Error::new(Code::VariantUnknown, format!("{} has no such variant", self.id())))
    }

    /// Refuses unless the service is offered through `channel`.
    ///
    /// # Errors
    /// `channel-not-offered`.
    pub fn require_channel(&self, channel: Channel) -> Result<()> {
        if self.definition.channels.contains(&channel) {
            return Ok(());
        }
        Err(Error::new(Code::ChannelNotOffered, format!("{} is not offered at the {channel}", self.id())))
    }

    /// Refuses unless this version can carry out every step.
    ///
    /// # Errors
    /// `service-step-not-yet`.
    pub fn require_runs(&self) -> Result<()> {
        match self.definition.steps.iter().find(|step| !step.doing.runs()) {
            None => Ok(()),
            Some(step) => {
                let detail = format!("step {} of the kind {}", step.id, step.doing.kind());
                Err(Error::new(Code::ServiceStepNotYet, detail))
            }
        }
    }

    /// Whom a person may ask to be told when the visit is confirmed in this variant.
    pub fn on_request(&self, variant: &str) -> Vec<&Recipient> {
        let definition = self.definition();
        let on_request =
            |id: &str| definition.disclosures.iter().any(|one| one.recipient == id && one.ground == Ground::Request);
        let told = |id: &str| self.notices(variant, Event::Confirmed).any(|notice| notice.recipient == id);
        definition.recipients.iter().filter(|one| on_request(&one.id) && told(&one.id)).collect()
    }

    /// Refuses a wish to tell somebody who is not told on request, or the same one twice.
    ///
    /// # Errors
    /// `row-invalid`.
    pub(crate) fn require_on_request(&self, variant: &str, asked: &[String]) -> Result<()> {
        let known = self.on_request(variant);
        for (at, id) in asked.iter().enumerate() {
            if asked[..at].contains(id) || !known.iter().any(|one| one.id == *id) {
                let detail = "somebody is to be told who is not told on request in this variant, or twice";
                return Err(store::Error::new(store::Code::RowInvalid, detail).into());
            }
        }
        Ok(())
    }

    /// The notices to other agencies that `event` in a visit of `variant` causes.
    pub fn notices(&self, variant: &str, event: Event) -> impl Iterator<Item = &Notice> {
        self.definition
            .notices
            .iter()
            .filter(move |notice| notice.event == event && notice.variants.iter().any(|name| name == variant))
    }

    /// The whole text that is put before a person when the consent is asked, with everything that the definition promises.
    pub fn consent_notice(&self, language: Language) -> ConsentNotice {
        notice::compose(&self.definition, language)
    }

    /// SHA-256 of the exact text of [`Service::consent_notice`], in UTF-8.
    pub fn notice_hash(&self, language: Language) -> [u8; 32] {
        self.consent_notice(language).hash()
    }
}

/// The message of a parser as one line.
fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The services of an installation: every id in its newest version, older versions for records that name them.
#[derive(Clone, Debug)]
pub struct Services {
    all: Vec<Service>,
}

impl Services {
    /// The services of these files, each as (file name, text). The newest version of a service is `<id>.toml`, an older one
    /// `<id>@<version>.toml`.
    ///
    /// # Errors
    /// As [`Service::parse`] and [`Service::require_runs`], with the file's name; `service-too-large`, `service-twice`,
    /// `service-name-mismatch`.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self> {
        if files.len() > SERVICES_MAX {
            return Err(Error::new(Code::ServiceTooLarge, format!("{} files, at most {SERVICES_MAX}", files.len())));
        }
        let mut named: Vec<(&str, Service)> = Vec::with_capacity(files.len());
        for (name, text) in files {
            let service = Service::parse(text).map_err(|error| error.within(name))?;
            service.require_runs().map_err(|error| error.within(name))?;
            named.push((name, service));
        }
        named.sort_by(|(_, a), (_, b)| (a.id(), b.version()).cmp(&(b.id(), a.version())));
        for (index, (name, service)) in named.iter().enumerate() {
            let newer =
                index.checked_sub(1).map(|before| &named[before].1).filter(|before| before.id() == service.id());
            let expected = match newer {
                Some(newer) if newer.version() == service.version() => {
                    return Err(Error::new(Code::ServiceTwice, format!("{name}: version {}", service.version())));
                }
                Some(_) => format!("{}@{}.toml", service.id(), service.version()),
                None => format!("{}.toml", service.id()),
            };
            if *name != expected {
                return Err(Error::new(Code::ServiceNameMismatch, format!("{name} should be {expected}")));
            }
        }
        Ok(Self { all: named.into_iter().map(|(_, service)| service).collect() })
    }

    /// The services that come with the program.
    ///
    /// # Errors
    /// None, as a test shows; the type is that of [`Services::parse`].
    pub fn builtin() -> Result<Self> {
        Self::parse(BUILTIN)
    }

    /// Every service in its newest version, ordered by id.
    pub fn current(&self) -> impl Iterator<Item = &Service> {
        let newest = |index: usize| index == 0 || self.all[index - 1].id() != self.all[index].id();
        self.all.iter().enumerate().filter(move |(index, _)| newest(*index)).map(|(_, service)| service)
    }

    /// Every version of every service, ordered by id, newest first.
    pub fn all(&self) -> &[Service] {
        &self.all
    }

    /// The newest version of a service.
    ///
    /// # Errors
    /// `service-unknown`.
    pub fn get(&self, id: &str) -> Result<&Service> {
        self.find(|service| service.id().as_str() == id)
    }

    /// One version of a service.
    ///
    /// # Errors
    /// `service-unknown`.
    pub fn version(&self, id: &str, version: u32) -> Result<&Service> {
        self.find(|service| service.id().as_str() == id && service.version() == version)
    }

    fn find(&self, is: impl Fn(&Service) -> bool) -> Result<&Service> {
        let found = self.all.iter().find(|service| is(service));
        found.ok_or_else(|| Error::new(Code::ServiceUnknown, "no definition of this service and version"))
    }
}
