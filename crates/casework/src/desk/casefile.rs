//! The case file of a confirmed incident: one document with everything that was recorded, and the proofs that the ledger says so. No pictures:
//! they were deleted with the decision.

use super::evidence::Record;
use super::scene::{self, Note, Scene};
use super::{Desk, by, in_transaction};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::permission::Permission;
use jiff::Timestamp;
use serde::Serialize;
use std::fmt::Write as _;
use store::id::{ConsentId, IncidentId, OfficeId, OperatorId, VisitId};
use store::incident::{self, Incident, State};
use store::ledger::proof::{self, Inclusion};
use store::ledger::search::{self, Search};
use store::ledger::{Kind, Shard};
use store::session::SignedIn;
use store::{Tx, evidence, judgement, outcome, person};
use utoipa::ToSchema;

/// The form of the document.
const FORMAT: &str = "countenance-case-file/1";
/// Most entries of one visit in a case file; a visit has a few dozen.
const ENTRIES_MAX: u32 = search::PAGE_MAX;

/// A case file.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CaseFile {
    /// The form of this document.
    pub format: String,
    /// When it was exported.
    #[schema(value_type = String, format = DateTime)]
    pub exported: Timestamp,
    /// Who exported it.
    pub exported_by: OperatorId,
    /// What was suspected, by whom, and who seconded it.
    pub incident: IncidentPart,
    /// The visit.
    pub visit: VisitPart,
    /// Its persons, by pseudonym.
    pub persons: Vec<PersonPart>,
    /// Every entry of the ledger about this visit, in the order of time.
    pub entries: Vec<EntryPart>,
}

/// What was suspected.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IncidentPart {
    /// Its id.
    pub id: IncidentId,
    /// Which place of the visit it concerns, from 0.
    pub person: u32,
    /// The reason code.
    pub reason: String,
    /// `confirmed` or `closed`.
    pub state: String,
    /// Who reported it.
    pub reported_by: OperatorId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub reported: Timestamp,
    /// Who seconded it.
    pub seconded_by: Option<OperatorId>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub seconded: Option<Timestamp>,
}

/// The visit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VisitPart {
    /// Its id.
    pub id: VisitId,
    /// The office.
    pub office: OfficeId,
    /// The service.
    pub service: String,
    /// The version of its definition.
    pub service_version: String,
    /// SHA-256 of the definition, in hexadecimal.
    pub service_sha256: String,
    /// The variant.
    pub variant: String,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    pub opened: Timestamp,
    /// When it was closed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed: Option<Timestamp>,
    /// The outcome.
    pub outcome: Option<String>,
}

/// A person of the visit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PersonPart {
    /// The place, from 0.
    pub person: u32,
    /// The role.
    pub role: String,
    /// The name in the ledger.
    pub pseudonym: String,
    /// The consent.
    pub consent: Option<ConsentId>,
    /// What was compared, with the judgements that came before the evidence opened. Evidence that nobody opened stays closed.
    pub evidence: Vec<EvidencePart>,
}

/// One comparison.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EvidencePart {
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub made: Timestamp,
    /// What operators saw in the pictures, oldest first.
    pub judgements: Vec<JudgementPart>,
    /// What the comparison showed.
    pub evidence: Record,
}

/// One judgement.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JudgementPart {
    /// Who judged.
    pub operator: OperatorId,
    /// `same`, `different` or `cannot-say`.
    pub answer: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

impl From<judgement::Judgement> for JudgementPart {
    fn from(row: judgement::Judgement) -> Self {
        Self { operator: row.operator, answer: row.answer.as_str().to_owned(), at: row.at }
    }
}

/// One entry of the ledger.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EntryPart {
    /// The tree.
    pub shard: String,
    /// The place in it, from 0.
    pub seq: i64,
    /// The entry, letter for letter.
    pub entry: String,
    /// The proof that it stands under a signed checkpoint; none while no checkpoint stands over it.
    pub proof: Option<ProofPart>,
}

/// The proof that an entry is in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProofPart {
    /// The signed checkpoint.
    pub checkpoint: String,
    /// The hashes from the leaf up (RFC 9162 §2.1.3.1), in base64.
    pub hashes: Vec<String>,
}

/// Exports the case file of a confirmed incident of the office. The export is an entry.
///
/// # Errors
/// `permission-missing`; `incident-settled` for an incident that nobody has confirmed; `not-found`; the codes of the database.
pub async fn export(desk: &Desk, by: &SignedIn, now: Timestamp, id: &IncidentId) -> Result<CaseFile> {
    by::require(by, Permission::IncidentExport, now)?;
    let office = by::office(by)?;
    in_transaction!(desk, tx => async {
        let incident = incident::get(tx, office, id).await?;
        let scene = Scene::lock(tx, desk, now, (office, &incident.visit)).await?;
        let incident = confirmed(incident)?;
        let place = scene.place_of(&incident.visit_person)?;
        let persons = persons(tx, &scene, &incident).await?;
        let entries = entries(tx, &scene.visit.id).await?;
        let file = CaseFile {
            format: FORMAT.to_owned(),
            exported: now,
            exported_by: by.operator().clone(),
            visit: visit_part(tx, &scene).await?,
            incident: incident_part(incident, place),
            persons,
            entries,
        };
        let note = Note::about(Kind::CaseFileExported, place).fact("entries", file.entries.len() as i64);
        scene.note(tx, &by::ledger(by), note).await?;
        Ok(file)
    }.await)
}

fn confirmed(incident: Incident) -> Result<Incident> {
    let is_confirmed = matches!(incident.state, State::Confirmed | State::Closed) && incident.seconded_by.is_some();
    if is_confirmed {
        return Ok(incident);
    }
    Err(Error::new(Code::IncidentSettled, format!("the incident is {}", incident.state.as_str())))
}

fn incident_part(incident: Incident, person: u32) -> IncidentPart {
    IncidentPart {
        id: incident.id,
        person,
        reason: incident.reason,
        state: incident.state.as_str().to_owned(),
        reported_by: incident.reported_by,
        reported: incident.reported,
        seconded_by: incident.seconded_by,
        seconded: incident.seconded,
    }
}

async fn visit_part(tx: &mut Tx, scene: &Scene<'_>) -> Result<VisitPart> {
    let visit = &scene.visit;
    let outcome = outcome::get(tx, &visit.office, &visit.id).await?;
    let digest = scene.service.digest();
    Ok(VisitPart {
        id: visit.id.clone(),
        office: visit.office.clone(),
        service: visit.service.clone(),
        service_version: visit.service_version.clone(),
        service_sha256: hex(&digest),
        variant: visit.variant.clone(),
        opened: visit.opened,
        closed: visit.closed,
        outcome: outcome.map(|outcome| outcome.kind),
    })
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

async fn persons(tx: &mut Tx, scene: &Scene<'_>, incident: &Incident) -> Result<Vec<PersonPart>> {
    let mut parts = Vec::new();
    for (index, role) in scene.service.definition().persons.iter().enumerate() {
        let Some(place) = scene::at(&scene.visit, scene.service, index as u32) else { continue };
        // The file is about the person of the incident; what was compared of the other one is not part of it.
        let evidence = if place.id == incident.visit_person { shown(tx, scene, incident).await? } else { Vec::new() };
        parts.push(PersonPart {
            person: index as u32,
            role: role.role.clone(),
            pseudonym: person::get(tx, &place.person).await?.pseudonym,
            consent: place.consent.clone(),
            evidence,
        });
    }
    Ok(parts)
}

/// The evidence that was open when the visit was decided, through the judgement of the operator who reported: rule 4 protects the judgement of
/// those who decide, and here it was made.
async fn shown(tx: &mut Tx, scene: &Scene<'_>, incident: &Incident) -> Result<Vec<EvidencePart>> {
    let mut parts = Vec::new();
    for sealed in evidence::list(tx, &incident.visit_person).await? {
        if sealed.opened.is_none() {
            continue;
        }
        let judged = match judgement::require(tx, &sealed.id, &incident.reported_by).await {
            Ok(judged) => judged,
            Err(error) if error.code() == Some(store::Code::JudgementMissing) => continue,
            Err(error) => return Err(error.into()),
        };
        let judgements = judgement::list(tx, &judged).await?.into_iter().map(JudgementPart::from);
        parts.push(EvidencePart {
            made: sealed.made,
            judgements: judgements.collect(),
            evidence: Record::from_bytes(&evidence::open(tx, &scene.means(), &judged).await?)?,
        });
    }
    Ok(parts)
}

async fn entries(tx: &mut Tx, visit: &VisitId) -> Result<Vec<EntryPart>> {
    let found = search::search(tx, &Search { visit: Some(visit), limit: ENTRIES_MAX, ..Search::default() }).await?;
    let mut parts = Vec::with_capacity(found.len());
    for recorded in found {
        let shard: Shard = recorded.shard.parse()?;
        let proof = match proof::inclusion(tx, &shard, recorded.seq.unsigned_abs()).await {
            Ok(Inclusion { checkpoint, proof, .. }) => Some(ProofPart { checkpoint, hashes: proof }),
            Err(error) if error.code() == Some(store::Code::NotFound) => None,
            Err(error) => return Err(error.into()),
        };
        parts.push(EntryPart { shard: recorded.shard, seq: recorded.seq, entry: recorded.entry, proof });
    }
    Ok(parts)
}
