//! The ledger in an auditor's hands: entries with the names of who acted and where, on which ground, and the proof of each, checked just now.
//! Named are those who work in offices; whom an entry is about stays a pseudonym.

use super::audit::{self, AuditSearch, CursorView, ProofView};
use super::{Desk, by};
use crate::error::Result;
use crate::permission::Permission;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use seal::keys::{KeyId, SignUse};
use serde_json::Value;
use std::collections::BTreeMap;
use store::consent::{self, State};
use store::id::ConsentId;
use store::ledger::proof::{self, Inclusion};
use store::ledger::search::{self, Recorded};
use store::ledger::{Shard, checkpoint};
use store::session::SignedIn;
use store::{Code, Tx, office, operator, station};

/// Who acted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// As the ledger writes it: `operator:ID`, `station:ID`, `citizen`, `system`.
    pub actor: String,
    /// An operator's login.
    pub login: Option<String>,
    /// The operator's or station's name.
    pub name: Option<String>,
}

impl Who {
    /// `operator`, `station`, `citizen` or `system`.
    pub fn kind(&self) -> &str {
        self.actor.split(':').next().unwrap_or_default()
    }
}

/// Whether an entry is the one that was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its proof leads to a checkpoint with a right signature.
    Proved,
    /// No checkpoint stands over it yet: one is signed every few seconds.
    Uncovered,
    /// It does not fit what was signed.
    Wrong,
}

impl Standing {
    /// The stable text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Uncovered => "uncovered",
            Self::Wrong => "wrong",
        }
    }
}

/// An entry as it is told. Everything but the names is what the entry itself says: the part that is proved.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its tree.
    pub shard: String,
    /// Its place in the tree, from 0.
    pub seq: i64,
    /// When it was made.
    pub at: Timestamp,
    /// What was done: a code.
    pub kind: String,
    /// Who did it.
    pub who: Who,
    /// In which office, by its name.
    pub office: Option<String>,
    /// For whom: the pseudonym.
    pub person: Option<String>,
    /// In which service.
    pub service: Option<String>,
    /// In which visit.
    pub visit: Option<String>,
    /// On which consent.
    pub consent: Option<String>,
    /// What else it says, by name.
    pub facts: BTreeMap<String, String>,
    /// Whether it is the one that was signed.
    pub standing: Standing,
}

/// A page of entries.
#[derive(Clone, Debug)]
pub struct ToldPage {
    /// The entries.
    pub entries: Vec<Told>,
    /// Where the next page begins; nothing at the end.
    pub next: Option<CursorView>,
}

/// A consent as the ground of an act.
#[derive(Clone, Debug)]
pub struct Ground {
    /// For which purpose.
    pub purpose: String,
    /// Where it stands now.
    pub state: String,
    /// When the person said yes.
    pub given: Option<Timestamp>,
    /// When it was withdrawn, or expired.
    pub ended: Option<Timestamp>,
}

/// One entry with everything that proves it.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The entry as it is told.
    pub told: Told,
    /// The entry itself: what is hashed.
    pub text: String,
    /// The hash of its leaf (RFC 9162 §2.1.1), in base64.
    pub leaf: String,
    /// The tag by which the entry is found in an export.
    pub tag: Option<String>,
    /// The proof that it stands under a signed checkpoint; nothing while none stands over it.
    pub proof: Option<ProofView>,
    /// What is on record of the consent; nothing when there is none, or its record is past its term.
    pub ground: Option<Ground>,
}

/// The names behind the ids of a page, each looked up once.
struct Names<'a> {
    keys: Vec<(KeyId, [u8; 32])>,
    origin: &'a str,
    who: BTreeMap<String, Who>,
    offices: BTreeMap<String, Option<String>>,
}

/// A page of the ledger, told; each entry's proof is checked. Reading opens no name of a person and no picture.
///
/// # Errors
/// As [`audit::search`].
pub async fn search(desk: &Desk, by: &SignedIn, now: Timestamp, request: &AuditSearch) -> Result<ToldPage> {
    by::require(by, Permission::LedgerSee, now)?;
    let mut tx = desk.db.read().await?;
    let (found, next) = audit::found(&mut tx, request).await?;
    let mut names = Names::of(desk);
    let mut entries = Vec::with_capacity(found.len());
    for recorded in &found {
        entries.push(names.told(&mut tx, recorded).await?.0);
    }
    Ok(ToldPage { entries, next })
}

/// One entry with its proof.
///
/// # Errors
/// `permission-missing`; `not-found`; the codes of the database.
pub async fn entry(desk: &Desk, by: &SignedIn, now: Timestamp, (shard, seq): (&str, i64)) -> Result<Whole> {
    by::require(by, Permission::LedgerSee, now)?;
    let shard: Shard = shard.parse()?;
    let mut tx = desk.db.read().await?;
    let recorded = search::at(&mut tx, &shard, seq).await?;
    let (told, proof) = Names::of(desk).told(&mut tx, &recorded).await?;
    let ground = match &told.consent {
        Some(consent) => ground(&mut tx, consent).await?,
        None => None,
    };
    let tag = read(&recorded)["tag"].as_str().map(str::to_owned);
    let proof = proof.map(|Inclusion { entry, seq, checkpoint, proof }| ProofView { entry, seq, checkpoint, proof });
    let leaf = STANDARD.encode(seal::tree::leaf_hash(recorded.entry.as_bytes()));
    Ok(Whole { told, text: recorded.entry, leaf, tag, proof, ground })
}

/// How the ledger writes the operator with this login.
///
/// # Errors
/// `permission-missing`; `not-found` when nobody has it; the codes of the database.
pub async fn actor(desk: &Desk, by: &SignedIn, now: Timestamp, login: &str) -> Result<String> {
    by::require(by, Permission::LedgerSee, now)?;
    let found = operator::by_login(&mut desk.db.read().await?, login).await?;
    let unknown = || store::Error::new(Code::NotFound, "no operator has this login");
    Ok(format!("operator:{}", found.ok_or_else(unknown)?.id))
}

/// The entry as JSON; null when somebody made something else of it.
fn read(recorded: &Recorded) -> Value {
    serde_json::from_str(&recorded.entry).unwrap_or_default()
}

impl<'a> Names<'a> {
    fn of(desk: &'a Desk) -> Self {
        let keys = desk.ring.public_keys(SignUse::Ledger);
        Self { keys, origin: &desk.settings.origin, who: BTreeMap::new(), offices: BTreeMap::new() }
    }

    async fn told(&mut self, tx: &mut Tx, recorded: &Recorded) -> Result<(Told, Option<Inclusion>)> {
        let entry = read(recorded);
        let text = |name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
        let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let facts = entry.get("facts").and_then(Value::as_object);
        let facts = facts.into_iter().flatten().map(|(name, value)| (name.clone(), plain(value))).collect();
        let (standing, proof) = self.standing(tx, recorded, &entry).await?;
        let at_ms = entry.get("at_ms").and_then(Value::as_i64).unwrap_or(recorded.at_ms);
        let told = Told {
            at: Timestamp::from_millisecond(at_ms).unwrap_or_default(),
            kind: text("kind").unwrap_or_else(|| recorded.kind.clone()),
            who: self.who(tx, &text("actor").unwrap_or_else(|| recorded.actor.clone())).await?,
            office: self.office(tx, &recorded.shard).await?,
            person: text("person"),
            service: text("service"),
            visit: text("visit"),
            consent: text("consent"),
            facts,
            standing,
            shard: recorded.shard.clone(),
            seq: recorded.seq,
        };
        Ok((told, proof))
    }

    /// Whether the entry is the one that was signed, and its proof. The columns by which it was found must say what it says.
    async fn standing(&self, tx: &mut Tx, recorded: &Recorded, entry: &Value) -> Result<(Standing, Option<Inclusion>)> {
        let shard: Shard = recorded.shard.parse()?;
        let proof = match proof::inclusion(tx, &shard, recorded.seq.unsigned_abs()).await {
            Ok(proof) => proof,
            Err(error) if error.code() == Some(Code::NotFound) => return Ok((Standing::Uncovered, None)),
            Err(error) if error.code() == Some(Code::LedgerDamaged) => return Ok((Standing::Wrong, None)),
            Err(error) => return Err(error.into()),
        };
        let verifiers = checkpoint::verifiers(self.origin, &recorded.shard, &self.keys)?;
        let is_right = proof.verify(&verifiers).is_ok() && repeats(recorded, entry);
        Ok((if is_right { Standing::Proved } else { Standing::Wrong }, Some(proof)))
    }

    async fn who(&mut self, tx: &mut Tx, actor: &str) -> Result<Who> {
        if let Some(known) = self.who.get(actor) {
            return Ok(known.clone());
        }
        let mut who = Who { actor: actor.to_owned(), ..Who::default() };
        match actor.split_once(':') {
            Some(("operator", id)) => {
                if let Some(found) = unless_gone(operator::get(tx, &id.parse()?).await)? {
                    (who.login, who.name) = (Some(found.login), Some(found.name));
                }
            }
            Some(("station", id)) => {
                who.name = unless_gone(station::get(tx, &id.parse()?).await)?.map(|found| found.name);
            }
            _ => {}
        }
        self.who.insert(actor.to_owned(), who.clone());
        Ok(who)
    }

    async fn office(&mut self, tx: &mut Tx, shard: &str) -> Result<Option<String>> {
        if let Some(known) = self.offices.get(shard) {
            return Ok(known.clone());
        }
        let name = match shard.parse()? {
            Shard::Office(id) => unless_gone(office::get(tx, &id).await)?.map(|found| found.name),
            Shard::Register => None,
        };
        self.offices.insert(shard.to_owned(), name.clone());
        Ok(name)
    }
}

/// True if the columns by which an entry is found repeat what it says.
fn repeats(recorded: &Recorded, entry: &Value) -> bool {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    entry.get("seq").and_then(Value::as_i64) == Some(recorded.seq)
        && entry.get("at_ms").and_then(Value::as_i64) == Some(recorded.at_ms)
        && text("shard") == Some(&recorded.shard)
        && text("kind") == Some(&recorded.kind)
        && text("actor") == Some(&recorded.actor)
        && text("person") == recorded.pseudonym.as_deref()
        && text("service") == recorded.service.as_deref()
        && text("visit") == recorded.visit_id.as_deref()
}

/// Nothing for what is not on record any more.
fn unless_gone<T>(found: store::Result<T>) -> Result<Option<T>> {
    match found {
        Err(error) if error.code() == Some(Code::NotFound) => Ok(None),
        found => Ok(found.map(Some)?),
    }
}

/// What is on record of a consent.
async fn ground(tx: &mut Tx, id: &str) -> Result<Option<Ground>> {
    let Ok(id) = id.parse::<ConsentId>() else { return Ok(None) };
    let Some(record) = unless_gone(consent::record(tx, &id).await)? else { return Ok(None) };
    let at = |kinds: &[State]| record.events.iter().find(|event| kinds.contains(&event.kind)).map(|event| event.at);
    Ok(Some(Ground {
        given: at(&[State::Given]),
        ended: at(&[State::Withdrawn, State::Expired]),
        state: record.state.as_str().to_owned(),
        purpose: record.purpose,
    }))
}
