//! The receipt of a consent: a signed token that fits a QR code. With it a person sees what is recorded and withdraws, without an account.

use super::acted::{Acted, Actors};
use super::office::OfficePublic;
use super::record::ConsentRecord;
use super::{Desk, in_transaction};
use crate::code::Code;
use crate::error::{Error, Result};
use jiff::Timestamp;
use seal::keys::SignUse;
use seal::{jws, token::Token};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::consent::{self, By};
use store::id::ConsentId;
use store::ledger::search::{self, PAGE_MAX, Recorded, Search};
use store::ledger::{self, Act, Actor, Kind, Shard};
use store::{Tx, office, station};
use utoipa::ToSchema;

/// The type of a receipt.
pub const RECEIPT_TYPE: &str = "consent-receipt+jwt";
/// Longest receipt, bytes: a QR code of version 22 with medium error correction, which a phone's camera reads from paper.
pub const RECEIPT_BYTES_MAX: usize = 900;
/// How much of a controller's name a receipt carries when the whole name does not fit, characters.
const CONTROLLER_CHARS: usize = 16;
/// Most entries of the ledger that a person sees at once: a visit makes some fifteen.
const ENTRIES_MAX: usize = 2000;

/// What a receipt says, in the short names of RFC 7519.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// Who issued it: the public address of the installation.
    pub iss: String,
    /// The consent.
    pub jti: ConsentId,
    /// Whose: the person's pseudonym in the ledger.
    pub sub: String,
    /// When the consent was given, seconds since 1970.
    pub iat: i64,
    /// When it ends by itself, seconds since 1970.
    pub exp: i64,
    /// For which purpose.
    pub purpose: String,
    /// In which service.
    pub service: String,
    /// Who answers for the processing; of a name that does not fit, its beginning.
    pub controller: String,
    /// What was shown.
    pub notice: ReceiptNotice,
    /// The secret with which the consent can be withdrawn.
    pub w: String,
}

impl std::fmt::Debug for Receipt {
    /// The consent only: a receipt holds a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Receipt({})", self.jti)
    }
}

/// The text that was shown, in the receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptNotice {
    /// SHA-256 of service, version, language and the exact text, a line feed between each, in hexadecimal.
    pub h: String,
    /// The version of the text.
    pub v: String,
    /// The language of the text.
    pub l: String,
}

/// A receipt that is shown.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// The token.
    pub receipt: String,
}

impl std::fmt::Debug for Shown {
    /// The name only: a receipt holds a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shown")
    }
}

/// What is recorded about a person, as far as a receipt of theirs opens it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Known {
    /// The record of the consent.
    pub consent: ConsentRecord,
    /// The office where the consent was given, and how it is reached.
    pub office: Option<OfficePublic>,
    /// What the ledger says about this person, in the order of time.
    pub entries: Vec<EntryView>,
    /// False if there are more entries than are shown.
    pub entries_complete: bool,
}

/// One entry of the ledger, as the person whom it concerns sees it: what, when, where, and what whoever did it is; no operator's name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EntryView {
    /// The office's id, or `register`.
    pub shard: String,
    /// Its place in that tree, from 0.
    pub seq: i64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What, as a stable code.
    pub kind: String,
    /// What, in words.
    pub meaning: Option<String>,
    /// Who.
    pub by: Acted,
    /// In which service.
    pub service: Option<String>,
    /// In which office, by its name.
    pub office: Option<String>,
}

impl Desk {
    /// The receipt of a consent that was just given, as its token.
    ///
    /// # Errors
    /// `receipt-too-long`; the codes of the keys.
    pub(super) fn receipt(&self, consent: &consent::Record, sub: &str, withdrawal: &Token) -> Result<String> {
        let given = consent.events.iter().find(|event| event.kind == consent::State::Given);
        let mut receipt = Receipt {
            iss: self.settings.public_url.clone(),
            jti: consent.id.clone(),
            sub: sub.to_owned(),
            iat: given.map_or(consent.requested, |event| event.at).as_second(),
            exp: consent.expires.as_second(),
            purpose: consent.purpose.clone(),
            service: consent.service.clone(),
            controller: consent.controller.clone(),
            notice: ReceiptNotice {
                h: consent.notice.hash.clone(),
                v: consent.notice.version.clone(),
                l: consent.notice.language.clone(),
            },
            w: withdrawal.as_str().to_owned(),
        };
        let mut token = jws::sign(self.ring.as_ref(), SignUse::Receipt, RECEIPT_TYPE, &receipt)?;
        if token.len() >= RECEIPT_BYTES_MAX {
            // A long name is on record in full; the receipt carries its beginning rather than nothing.
            receipt.controller = receipt.controller.chars().take(CONTROLLER_CHARS).chain(['…']).collect();
            token = jws::sign(self.ring.as_ref(), SignUse::Receipt, RECEIPT_TYPE, &receipt)?;
        }
        if token.len() < RECEIPT_BYTES_MAX {
            return Ok(token);
        }
        Err(Error::new(Code::ReceiptTooLong, format!("{} bytes, at most {RECEIPT_BYTES_MAX}", token.len())))
    }

    /// What a receipt says, if this installation signed it.
    ///
    /// # Errors
    /// `token-invalid`.
    pub fn read_receipt(&self, token: &str) -> Result<Receipt> {
        Ok(jws::verify(&self.ring.public_keys(SignUse::Receipt), RECEIPT_TYPE, token)?)
    }
}

/// Shows a person what is recorded. Being shown is an entry of the ledger too.
///
/// # Errors
/// `token-invalid` for what is no receipt of this installation; `not-found` when the record's term is over; the codes of the database.
pub async fn show(desk: &Desk, now: Timestamp, shown: &Shown) -> Result<Known> {
    let receipt = desk.read_receipt(&shown.receipt)?;
    in_transaction!(desk, tx => recorded(tx, desk, now, &receipt).await)
}

/// The consent that a receipt names by its id and, again, by its secret.
pub(super) async fn of_receipt(tx: &mut Tx, desk: &Desk, now: Timestamp, receipt: &Receipt) -> Result<ConsentId> {
    let found = consent::find(tx, &desk.means(now), By::Token(&receipt.w)).await?;
    if found == receipt.jti {
        return Ok(found);
    }
    Err(store::Error::new(store::Code::NotFound, "the receipt and its secret name two consents").into())
}

async fn recorded(tx: &mut Tx, desk: &Desk, now: Timestamp, receipt: &Receipt) -> Result<Known> {
    let id = of_receipt(tx, desk, now, receipt).await?;
    let record = consent::record(tx, &id).await?;
    let (entries, entries_complete) = entries(tx, &receipt.sub).await?;
    let office = office_of(tx, &record).await?;
    let consent = ConsentRecord::new(&record, &receipt.sub, &desk.services);
    let actor = Actor::Citizen;
    let act = Act {
        person: Some(&receipt.sub),
        service: Some(&record.service),
        consent: Some(&id),
        ..Act::new(Kind::AccessAnswered, Shard::Register, &actor)
    };
    ledger::append(tx, &desk.means(now), &act).await?;
    Ok(Known { consent, office, entries, entries_complete })
}

/// The office where a consent was given: that of the station at which the person answered.
async fn office_of(tx: &mut Tx, record: &consent::Record) -> Result<Option<OfficePublic>> {
    let given = record.events.iter().find(|event| event.kind == consent::State::Given);
    let Some(("station", id)) = given.and_then(|event| event.actor.split_once(':')) else { return Ok(None) };
    let stood = station::get(tx, &id.parse()?).await?.office;
    Ok(Some(office::get(tx, &stood).await?.into()))
}

/// What the ledger says about a person, in the order of time, and whether that is all.
async fn entries(tx: &mut Tx, pseudonym: &str) -> Result<(Vec<EntryView>, bool)> {
    let (mut offices, mut actors) = (BTreeMap::new(), Actors::default());
    let (mut entries, mut after) = (Vec::new(), None);
    while entries.len() < ENTRIES_MAX {
        let page = Search { person: Some(pseudonym), after, limit: PAGE_MAX, ..Search::default() };
        let found = search::search(tx, &page).await?;
        let Some(last) = found.last() else { return Ok((entries, true)) };
        after = Some(last.cursor());
        for recorded in found {
            if let (Shard::Office(id), false) = (recorded.shard.parse()?, offices.contains_key(&recorded.shard)) {
                offices.insert(recorded.shard.clone(), office::get(tx, &id).await?.name);
            }
            let by = actors.of(tx, &recorded.actor).await?;
            entries.push(view(recorded, by, &offices));
        }
    }
    Ok((entries, false))
}

fn view(recorded: Recorded, by: Acted, offices: &BTreeMap<String, String>) -> EntryView {
    EntryView {
        office: offices.get(&recorded.shard).cloned(),
        meaning: ledger::kind::TABLE.iter().find(|row| row.code == recorded.kind).map(|row| row.meaning.to_owned()),
        by,
        shard: recorded.shard,
        seq: recorded.seq,
        at: Timestamp::from_millisecond(recorded.at_ms).unwrap_or(Timestamp::MIN),
        kind: recorded.kind,
        service: recorded.service,
    }
}
