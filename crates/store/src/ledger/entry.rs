//! What one entry says: who did what, for whom, on which ground, and which rows it changed. Never a picture, a template, a name or a number.

use crate::error::{Error, Result};
use crate::id::{ConsentId, OfficeId, OperatorId, StationId, VisitId};
use crate::ledger::Kind;
use crate::{Code, Means, row};
use serde_json::{Map, Value, json};

/// Longest text of a fact, bytes: room for a pack's identity and a reason code, not for a picture.
const FACT_BYTES_MAX: usize = 200;
/// Most facts of one entry.
const FACTS_MAX: usize = 24;
/// Longest entry in bytes: an act may change some fifty thousand rows.
const ENTRY_BYTES_MAX: usize = 4 << 20;

/// A tree of its own: one an office, and one for acts that belong to no office.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shard {
    /// What happens in an office.
    Office(OfficeId),
    /// Register, operators, keys, retention.
    Register,
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Office(id) => f.write_str(id.as_str()),
            Self::Register => f.write_str("register"),
        }
    }
}

impl std::str::FromStr for Shard {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "register" { Ok(Self::Register) } else { Ok(Self::Office(text.parse()?)) }
    }
}

/// Who acted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A signed-in operator.
    Operator(OperatorId),
    /// A paired station, for the person before it.
    Station(StationId),
    /// The person, with a receipt.
    Citizen,
    /// Background work, or the operator of the machine.
    System,
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Operator(id) => write!(f, "operator:{id}"),
            Self::Station(id) => write!(f, "station:{id}"),
            Self::Citizen => f.write_str("citizen"),
            Self::System => f.write_str("system"),
        }
    }
}

/// An act, as the ledger will tell it.
#[derive(Clone, Debug)]
pub struct Act<'a> {
    /// What was done.
    pub kind: Kind,
    /// Where it belongs.
    pub shard: Shard,
    /// Who did it.
    pub actor: &'a Actor,
    /// For whom: the person's pseudonym.
    pub person: Option<&'a str>,
    /// For which service.
    pub service: Option<&'a str>,
    /// In which visit.
    pub visit: Option<&'a VisitId>,
    /// On which consent.
    pub consent: Option<&'a ConsentId>,
    /// What else: score, threshold, pack, outcome, reason. Short texts, integers and truth values only.
    pub facts: Vec<(&'static str, Value)>,
}

impl<'a> Act<'a> {
    /// An act without person, service, visit, consent and facts.
    pub fn new(kind: Kind, shard: Shard, actor: &'a Actor) -> Self {
        Self { kind, shard, actor, person: None, service: None, visit: None, consent: None, facts: Vec::new() }
    }

    /// The same act with one fact more.
    #[must_use]
    pub fn fact(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.facts.push((name, value.into()));
        self
    }

    /// The entry in canonical form (RFC 8785), with its tag.
    pub(crate) fn entry(&self, means: &Means<'_>, seq: i64, rows: Map<String, Value>) -> Result<String> {
        if self.facts.len() > FACTS_MAX || !self.facts.iter().all(|(_, value)| is_small(value)) {
            return Err(Error::new(Code::RowInvalid, "a fact is too large for the ledger, or not a plain value"));
        }
        let mut entry = json!({
            "v": 1,
            "shard": self.shard.to_string(),
            "seq": seq,
            "at_ms": means.now_ms(),
            "kind": self.kind.code(),
            "actor": self.actor.to_string(),
        });
        if let Value::Object(entry) = &mut entry {
            let mut put = |name: &str, value: Option<&str>| {
                if let Some(value) = value {
                    entry.insert(name.to_owned(), Value::from(value));
                }
            };
            put("person", self.person);
            put("service", self.service);
            put("visit", self.visit.map(VisitId::as_str));
            put("consent", self.consent.map(ConsentId::as_str));
            if !self.facts.is_empty() {
                let facts = self.facts.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
                entry.insert("facts".to_owned(), Value::Object(facts.collect()));
            }
            if !rows.is_empty() {
                entry.insert("rows".to_owned(), Value::Object(rows));
            }
        }
        entry["tag"] = Value::from(row::tag(means, &seal::canonical::to_string(&entry)?));
        let text = seal::canonical::to_string(&entry)?;
        if text.len() > ENTRY_BYTES_MAX {
            return Err(Error::new(Code::RowInvalid, "the act changes too many rows for one entry: do it in parts"));
        }
        Ok(text)
    }
}

/// True if the entry bears the tag that the service gave it: a keyed hash of the rest, so that who can write to the database and has no key
/// cannot make entries, not even before a checkpoint is signed over them.
pub(crate) fn is_tagged(means: &Means<'_>, mut entry: Value) -> bool {
    let tag = entry.as_object_mut().and_then(|entry| entry.remove("tag"));
    let rest = seal::canonical::to_string(&entry);
    tag.is_some_and(|tag| rest.is_ok_and(|rest| tag == row::tag(means, &rest)))
}

/// True for a short text, a whole number, a truth value or nothing.
fn is_small(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => true,
        Value::Number(number) => number.is_i64(),
        Value::String(text) => text.len() <= FACT_BYTES_MAX,
        Value::Array(_) | Value::Object(_) => false,
    }
}

/// Where an entry stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The tree.
    pub shard: Shard,
    /// The place in it, from 0.
    pub seq: i64,
}
