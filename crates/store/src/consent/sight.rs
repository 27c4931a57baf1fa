//! What allows to look at pictures: a grant, or a report by face that waits for another operator. It lasts longer than a grant and allows less.

use super::grant::{self, Grant};
use super::{State, may_consent};
use crate::error::{Error, Result};
use crate::id::{ConsentId, IncidentId, PersonId};
use crate::tx::Tx;
use crate::{Code, Means, person};
use sqlx::FromRow;

/// What allows to look at live pictures and portraits side by side, and nothing else: nothing is taken in, made, compared or disclosed with it.
///
/// [`Grant::sight`] makes one of a grant. [`of_report`] makes one of a report that waits for another operator: the consent may have run out
/// meanwhile, as long as nobody took it back.
///
/// ```compile_fail,E0308
/// async fn compare(tx: &mut store::Tx, means: &store::Means<'_>, sight: &store::consent::Sight<'_>) {
///     let _ = store::template::open_all(tx, means, sight, "pack").await;
/// }
/// ```
///
/// ```compile_fail,E0423
/// fn forge(grant: &store::consent::Grant) -> store::consent::Sight<'_> {
///     store::consent::Sight(grant)
/// }
/// ```
#[derive(Debug)]
pub struct Sight<'g>(Ground<'g>);

#[derive(Debug)]
enum Ground<'g> {
    Grant(&'g Grant),
    Report(Held),
}

/// Whose pictures wait for another operator.
#[derive(Debug)]
struct Held {
    incident: IncidentId,
    consent: ConsentId,
    person: PersonId,
}

#[derive(FromRow)]
struct Row {
    person_id: String,
    consent_id: String,
}

/// Whose pictures a report holds, if it waits and its time is not over.
async fn held(tx: &mut Tx, means: &Means<'_>, incident: &IncidentId) -> Result<Option<Held>> {
    let row: Option<Row> = tx
        .maybe(
            sqlx::query(
                "SELECT p.person_id, c.consent_id FROM incidents i JOIN visit_persons p ON p.id = i.visit_person_id \
                 JOIN captures c ON c.visit_person_id = p.id WHERE i.id = $1 AND i.state = 'reported' \
                 AND c.ended_at_ms IS NULL AND c.held_until_ms > $2 ORDER BY c.id DESC LIMIT 1",
            )
            .bind(incident.as_str())
            .bind(means.now_ms()),
        )
        .await?;
    let held = |row: Row| {
        let (consent, person) = (row.consent_id.parse()?, row.person_id.parse()?);
        Ok(Held { incident: incident.clone(), consent, person })
    };
    row.map(held).transpose()
}

/// The sight of a report that waits for another operator; none when it holds no pictures, has been settled, or its time is over. The rows of
/// person and consent stay locked until the transaction ends.
///
/// # Errors
/// `person-locked`, `person-deceased`, `person-unknown`; `consent-ended` when it was withdrawn; `guardian-missing`; the codes of the database.
pub async fn of_report(tx: &mut Tx, means: &Means<'_>, incident: &IncidentId) -> Result<Option<Sight<'static>>> {
    let Some(held) = held(tx, means, incident).await? else { return Ok(None) };
    person::usable(person::lock(tx, &held.person).await?.state)?;
    held.must_stand(tx, means).await?;
    Ok(Some(Sight(Ground::Report(held))))
}

impl Held {
    /// Locks the consent, which may have run out but not been taken back.
    async fn must_stand(&self, tx: &mut Tx, means: &Means<'_>) -> Result<()> {
        let row = grant::lock(tx, &self.consent).await?;
        let row = row.ok_or_else(|| Error::new(Code::ConsentEnded, "the consent is gone"))?;
        if !matches!(row.state.parse()?, State::Given | State::Expired) {
            return Err(Error::new(Code::ConsentEnded, format!("the consent is {}", row.state)));
        }
        if row.person_id != self.person.as_str() {
            return Err(Error::new(Code::GrantForeign, "the consent is of another person"));
        }
        may_consent(tx, means, &self.person, &row.given_by.parse()?).await
    }
}

impl<'g> Sight<'g> {
    pub(super) fn of_grant(grant: &'g Grant) -> Self {
        Self(Ground::Grant(grant))
    }

    /// Whose pictures it opens.
    pub fn person(&self) -> &PersonId {
        match &self.0 {
            Ground::Grant(grant) => grant.person(),
            Ground::Report(held) => &held.person,
        }
    }

    /// The consent that it stands on.
    pub fn consent(&self) -> &ConsentId {
        match &self.0 {
            Ground::Grant(grant) => grant.consent(),
            Ground::Report(held) => &held.consent,
        }
    }

    /// Reads its ground again: see [`Grant::check`]; a report must still wait, and its consent must not have been taken back.
    ///
    /// # Errors
    /// The codes of [`Grant::check`]; `capture-ended` when the report does not wait any more.
    pub async fn check(&self, tx: &mut Tx, means: &Means<'_>) -> Result<()> {
        let known = match &self.0 {
            Ground::Grant(grant) => return grant.check(tx, means).await,
            Ground::Report(known) => known,
        };
        match held(tx, means, &known.incident).await? {
            Some(now) if now.consent == known.consent => {}
            _ => return Err(Error::new(Code::CaptureEnded, "the report does not wait any more")),
        }
        known.must_stand(tx, means).await?;
        person::usable(person::get(tx, &known.person).await?.state)
    }
}
