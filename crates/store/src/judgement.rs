//! The operator's own judgement, made before the evidence opens: a score seen first would lead the eye.

use crate::error::{Error, Result};
use crate::id::{EvidenceId, JudgementId, OperatorId, VisitPersonId};
use crate::limits::moment;
use crate::tx::Tx;
use crate::word::words;
use crate::{Code, Means, Table};
use jiff::Timestamp;
use serde::Serialize;
use sqlx::FromRow;

words! {
    /// What an operator says of the person and the portrait.
    Answer "the answer" {
        /// It is the same person.
        Same "same",
        /// It is another person.
        Different "different",
        /// The operator cannot say.
        CannotSay "cannot-say",
    }
}

/// A judgement to be noted.
#[derive(Clone, Copy, Debug)]
pub struct New<'a> {
    /// The person of the visit who was judged.
    pub visit_person: &'a VisitPersonId,
    /// The closed evidence that it will open.
    pub evidence: &'a EvidenceId,
    /// Who judged.
    pub operator: &'a OperatorId,
    /// What the operator said.
    pub answer: Answer,
}

/// The proof that an operator has judged a piece of evidence; it opens that evidence for this operator. Only [`require`] makes one.
///
/// ```compile_fail,E0451
/// fn forge(evidence: store::id::EvidenceId, operator: store::id::OperatorId) -> store::judgement::Judged {
///     store::judgement::Judged { evidence, operator, answer: store::judgement::Answer::Same }
/// }
/// ```
///
/// ```compile_fail,E0308
/// fn keep(judged: &store::judgement::Judged) -> store::judgement::Judged {
///     judged.clone()
/// }
/// ```
#[derive(Debug)]
pub struct Judged {
    evidence: EvidenceId,
    operator: OperatorId,
    answer: Answer,
}

impl Judged {
    /// The evidence that was judged.
    pub fn evidence(&self) -> &EvidenceId {
        &self.evidence
    }

    /// Who judged.
    pub fn operator(&self) -> &OperatorId {
        &self.operator
    }

    /// What the operator said.
    pub fn answer(&self) -> Answer {
        self.answer
    }
}

/// A judgement as it was noted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// Its id.
    pub id: JudgementId,
    /// Who judged.
    pub operator: OperatorId,
    /// What the operator said.
    pub answer: Answer,
    /// When.
    pub at: Timestamp,
}

/// Notes a judgement. It cannot be changed or made twice.
///
/// # Errors
/// `not-found` when the evidence is not of this person of the visit; `already-exists` when the operator has judged it; the codes of the
/// database.
pub async fn put(tx: &mut Tx, means: &Means<'_>, new: &New<'_>) -> Result<JudgementId> {
    let fits = tx
        .maybe_row(
            sqlx::query("SELECT id FROM evidences WHERE id = $1 AND visit_person_id = $2")
                .bind(new.evidence.as_str())
                .bind(new.visit_person.as_str()),
        )
        .await?;
    if fits.is_none() {
        return Err(Error::new(Code::NotFound, "there is no such evidence of this person of the visit"));
    }
    let id = JudgementId::new(means);
    let made = tx
        .run(
            sqlx::query(
                "INSERT INTO judgements (id, visit_person_id, evidence_id, operator_id, answer, at_ms) \
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (evidence_id, operator_id) DO NOTHING",
            )
            .bind(id.as_str())
            .bind(new.visit_person.as_str())
            .bind(new.evidence.as_str())
            .bind(new.operator.as_str())
            .bind(new.answer.as_str())
            .bind(means.now_ms()),
        )
        .await?;
    if made == 0 {
        return Err(Error::new(Code::AlreadyExists, "the operator has judged this evidence"));
    }
    tx.touch(Table::Judgements, id.as_str());
    Ok(id)
}

/// The proof that this operator has judged this evidence.
///
/// # Errors
/// `judgement-missing`; the codes of the database.
pub async fn require(tx: &mut Tx, evidence: &EvidenceId, operator: &OperatorId) -> Result<Judged> {
    let found: Option<(String,)> = tx
        .maybe(
            sqlx::query("SELECT answer FROM judgements WHERE evidence_id = $1 AND operator_id = $2")
                .bind(evidence.as_str())
                .bind(operator.as_str()),
        )
        .await?;
    let Some((answer,)) = found else {
        return Err(Error::new(Code::JudgementMissing, "this operator has not judged this evidence"));
    };
    Ok(Judged { evidence: evidence.clone(), operator: operator.clone(), answer: answer.parse()? })
}

#[derive(FromRow)]
struct Row {
    id: String,
    operator_id: String,
    answer: String,
    at_ms: i64,
}

/// All judgements of the evidence, oldest first. Who has not judged does not see what others said.
///
/// # Errors
/// The codes of the database.
pub async fn list(tx: &mut Tx, judged: &Judged) -> Result<Vec<Judgement>> {
    let rows: Vec<Row> = tx
        .all(
            sqlx::query(
                "SELECT id, operator_id, answer, at_ms FROM judgements WHERE evidence_id = $1 ORDER BY at_ms, id",
            )
            .bind(judged.evidence.as_str()),
        )
        .await?;
    let view = |row: Row| {
        Ok(Judgement {
            id: row.id.parse()?,
            operator: row.operator_id.parse()?,
            answer: row.answer.parse()?,
            at: moment(row.at_ms)?,
        })
    };
    rows.into_iter().map(view).collect()
}
