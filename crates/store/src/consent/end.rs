//! The end of a consent, by withdrawal or by time: one function, so that both delete the same.
//!
//! In the same transaction the state changes, open captures end, live pictures and templates are deleted and their keys shredded, and
//! evidence that nobody has opened is dropped. One thing time ends later: live pictures that a report holds for another operator, and the face
//! way of the reported person, wait for the second opinion or its deadline. A withdrawal waits for nothing.
//!
//! What stays: the record of the consent with its events, what was decided before with the evidence that led to it, evidence that an operator
//! had opened or reported as an incident (until its own term), and the ledger.

use super::{ANSWER_MS_MAX, State, event, set, withdrawal_hash};
use crate::bio::{self, BioKind, KeyOf};
use crate::error::{Error, Result};
use crate::id::{ConsentId, OfficeId, PersonId, VisitId, VisitPersonId};
use crate::ledger::Actor;
use crate::tx::Tx;
use crate::{Code, Means, Table, capture, evidence};
use seal::token::Token;
use serde::Serialize;
use sqlx::FromRow;
use std::collections::BTreeSet;

/// By what a consent is named.
#[derive(Clone, Copy)]
pub enum By<'a> {
    /// The secret of the receipt.
    Token(&'a str),
    /// Its id: at the desk, where an operator knows the person.
    Consent(&'a ConsentId),
}

impl std::fmt::Debug for By<'_> {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "By::Token",
            Self::Consent(_) => "By::Consent",
        })
    }
}

/// What was deleted with a consent: the content of the deletion certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Deleted {
    /// Templates.
    pub templates: u64,
    /// Live pictures.
    pub frames: u64,
    /// Keys; what they sealed cannot be opened any more, wherever a copy may lie.
    pub keys: u64,
    /// Pieces of evidence that nobody had opened.
    pub evidences: u64,
}

impl std::ops::AddAssign for Deleted {
    fn add_assign(&mut self, other: Self) {
        self.templates += other.templates;
        self.frames += other.frames;
        self.keys += other.keys;
        self.evidences += other.evidences;
    }
}

/// A person of an open visit whose consent has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Affected {
    /// The office of the visit.
    pub office: OfficeId,
    /// The visit; its row is locked.
    pub visit: VisitId,
    /// The person of the visit. The caller decides which state follows.
    pub visit_person: VisitPersonId,
}

/// A consent that has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ended {
    /// Its id.
    pub consent: ConsentId,
    /// Whose it was.
    pub person: PersonId,
    /// For which purpose.
    pub purpose: String,
    /// In which service.
    pub service: String,
    /// `withdrawn` or `expired`.
    pub state: State,
    /// What was deleted.
    pub deleted: Deleted,
    /// The persons of open visits that stood on it.
    pub affected: Vec<Affected>,
}

/// The consent that is named.
///
/// # Errors
/// `token-invalid` when the text has not the form of a token; `not-found`; the codes of the database.
pub async fn find(tx: &mut Tx, means: &Means<'_>, by: By<'_>) -> Result<ConsentId> {
    let token = match by {
        By::Consent(id) => return Ok(id.clone()),
        By::Token(text) => Token::parse(text)?,
    };
    let (id,): (String,) = tx
        .one(
            sqlx::query("SELECT id FROM consents WHERE withdrawal_hash = $1")
                .bind(withdrawal_hash(means, token.as_str())),
        )
        .await?;
    id.parse()
}

/// Withdraws a consent, given or only asked for, and deletes what only it kept. Rows of its open visits are locked and their revisions
/// counted up, so that whoever works on such a visit has to look again.
///
/// # Errors
/// `token-invalid`, `not-found`; `consent-ended` when it has ended before, unless it ran out while a report holds its pictures; `conflict`
/// when a visit came to stand on it at the same moment; the codes of the database.
pub async fn withdraw(tx: &mut Tx, means: &Means<'_>, actor: &Actor, by: By<'_>) -> Result<Ended> {
    let id = find(tx, means, by).await?;
    end(tx, means, actor, (&id, State::Withdrawn)).await
}

/// Ends a consent whose time has passed, or whose request nobody answered within the hour.
///
/// # Errors
/// `conflict` when its time has not passed; otherwise as [`withdraw`].
pub async fn expire(tx: &mut Tx, means: &Means<'_>, id: &ConsentId) -> Result<Ended> {
    end(tx, means, &Actor::System, (id, State::Expired)).await
}

#[derive(FromRow)]
struct Row {
    person_id: String,
    purpose: String,
    service: String,
    state: String,
    requested_at_ms: i64,
    expires_at_ms: i64,
}

async fn end(tx: &mut Tx, means: &Means<'_>, actor: &Actor, (id, to): (&ConsentId, State)) -> Result<Ended> {
    // Pictures that are held beyond this moment are spared.
    let spared_ms = if to == State::Expired { means.now_ms() } else { i64::MAX };
    // The order of locks is visit, consent, the rest; so the visits come first, although which they are is read from the consent.
    let visits: BTreeSet<VisitId> = affected(tx, (id, spared_ms)).await?.into_iter().map(|one| one.visit).collect();
    for visit in &visits {
        tx.run(sqlx::query("UPDATE visits SET revision = revision + 1 WHERE id = $1").bind(visit.as_str())).await?;
        tx.touch(Table::Visits, visit.as_str());
    }
    let row: Row = tx
        .one(
            sqlx::query(
                "UPDATE consents SET state = state WHERE id = $1 \
                 RETURNING person_id, purpose, service, state, requested_at_ms, expires_at_ms",
            )
            .bind(id.as_str()),
        )
        .await?;
    let is_held = to == State::Withdrawn && is_held(tx, means, id).await?;
    may_end(means, &row, (to, is_held))?;
    let affected = affected(tx, (id, spared_ms)).await?;
    if affected.iter().any(|one| !visits.contains(&one.visit)) {
        return Err(Error::new(Code::Conflict, "a visit came to stand on the consent at the same moment"));
    }
    set(tx, id, to).await?;
    event(tx, means, actor, (id, to)).await?;
    let person: PersonId = row.person_id.parse()?;
    let mut deleted = captures(tx, means, (id, spared_ms)).await?;
    deleted += templates(tx, means, (id, &person, &row.purpose)).await?;
    deleted += evidences(tx, id).await?;
    Ok(Ended { consent: id.clone(), person, purpose: row.purpose, service: row.service, state: to, deleted, affected })
}

/// True while a report holds pictures of the consent for another operator.
async fn is_held(tx: &mut Tx, means: &Means<'_>, id: &ConsentId) -> Result<bool> {
    let statement =
        "SELECT id FROM captures WHERE consent_id = $1 AND ended_at_ms IS NULL AND held_until_ms > $2 LIMIT 1";
    let held = tx.maybe_row(sqlx::query(statement).bind(id.as_str()).bind(means.now_ms())).await?;
    Ok(held.is_some())
}

/// Refuses to end what has ended, or what has time left. What ran out while pictures are held can still be taken back.
fn may_end(means: &Means<'_>, row: &Row, (to, is_held): (State, bool)) -> Result<()> {
    let now = means.now_ms();
    let late = match row.state.parse()? {
        State::Expired if is_held => true,
        State::Requested => row.expires_at_ms <= now || row.requested_at_ms + ANSWER_MS_MAX <= now,
        State::Given => row.expires_at_ms <= now,
        State::Refused | State::Withdrawn | State::Expired => {
            return Err(Error::new(Code::ConsentEnded, format!("the consent is {}", row.state)));
        }
    };
    if to == State::Expired && !late {
        return Err(Error::new(Code::Conflict, "the consent has not expired"));
    }
    Ok(())
}

#[derive(FromRow)]
struct AffectedRow {
    office_id: String,
    visit_id: String,
    id: String,
}

/// The persons of open visits that stand on the consent, but those whose pictures are held beyond a moment.
async fn affected(tx: &mut Tx, (id, spared_ms): (&ConsentId, i64)) -> Result<Vec<Affected>> {
    let rows: Vec<AffectedRow> = tx
        .all(
            sqlx::query(
                "SELECT v.office_id, p.visit_id, p.id FROM visit_persons p JOIN visits v ON v.id = p.visit_id \
                 WHERE p.consent_id = $1 AND v.closed_at_ms IS NULL AND NOT EXISTS (SELECT 1 FROM captures c \
                 WHERE c.visit_person_id = p.id AND c.ended_at_ms IS NULL AND c.held_until_ms > $2) \
                 ORDER BY p.visit_id, p.id",
            )
            .bind(id.as_str())
            .bind(spared_ms),
        )
        .await?;
    let view = |row: AffectedRow| {
        Ok(Affected { office: row.office_id.parse()?, visit: row.visit_id.parse()?, visit_person: row.id.parse()? })
    };
    rows.into_iter().map(view).collect()
}

/// Ends the captures of the consent, but those that are held beyond a moment.
async fn captures(tx: &mut Tx, means: &Means<'_>, (id, spared_ms): (&ConsentId, i64)) -> Result<Deleted> {
    let open: Vec<(String,)> = tx
        .all(
            sqlx::query(
                "SELECT id FROM captures WHERE consent_id = $1 AND ended_at_ms IS NULL \
                 AND (held_until_ms IS NULL OR held_until_ms <= $2) ORDER BY id",
            )
            .bind(id.as_str())
            .bind(spared_ms),
        )
        .await?;
    let mut deleted = Deleted::default();
    for (capture,) in open {
        let ended = capture::end(tx, means, &capture.parse()?).await?;
        deleted += Deleted { frames: ended.frames, keys: ended.keys, ..Deleted::default() };
    }
    Ok(deleted)
}

/// Deletes the templates that the consent kept, and the key when no other consent keeps any with it.
async fn templates(
    tx: &mut Tx,
    means: &Means<'_>,
    (id, person, purpose): (&ConsentId, &PersonId, &str),
) -> Result<Deleted> {
    let subject = bio::subject(means, person);
    let of = KeyOf { subject: &subject, kind: BioKind::Template, purpose };
    // The key's row orders this with whoever makes templates under another consent at the same moment.
    bio::lock(tx, &of).await?;
    let gone: Vec<(String,)> = tx
        .all(
            sqlx::query("DELETE FROM bio_templates WHERE consent_ref = $1 RETURNING id")
                .bind(bio::consent_ref(means, id)),
        )
        .await?;
    let templates = gone.len() as u64;
    for (template,) in gone {
        tx.touch(Table::BioTemplates, template);
    }
    let kept = tx
        .maybe_row(
            sqlx::query("SELECT id FROM bio_templates WHERE subject = $1 AND purpose = $2 LIMIT 1")
                .bind(subject.as_str())
                .bind(purpose),
        )
        .await?;
    let shredded = kept.is_none() && bio::shred(tx, &of).await?;
    Ok(Deleted { templates, keys: u64::from(shredded), ..Deleted::default() })
}

/// Drops evidence of the consent that nobody has opened, that led to no outcome and is part of no incident. Evidence that was opened
/// stays: otherwise an impostor could withdraw what gave them away.
async fn evidences(tx: &mut Tx, id: &ConsentId) -> Result<Deleted> {
    let closed: Vec<(String,)> = tx
        .all(
            sqlx::query(
                "SELECT e.id FROM evidences e JOIN captures c ON c.id = e.capture_id \
                 JOIN visit_persons p ON p.id = e.visit_person_id \
                 WHERE c.consent_id = $1 AND e.opened_at_ms IS NULL \
                 AND NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.visit_id = p.visit_id) \
                 AND NOT EXISTS (SELECT 1 FROM incidents i WHERE i.visit_person_id = p.id) ORDER BY e.id",
            )
            .bind(id.as_str()),
        )
        .await?;
    let mut deleted = Deleted::default();
    for (evidence,) in closed {
        if evidence::drop_closed(tx, &evidence.parse()?).await? {
            deleted.evidences += 1;
            deleted.keys += 1;
        }
    }
    Ok(deleted)
}
