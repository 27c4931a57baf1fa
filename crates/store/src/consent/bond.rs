//! Who may consent for whom: everyone for themselves, a guardian for a child while the guardianship lasts.

use crate::error::{Error, Result};
use crate::id::PersonId;
use crate::tx::Tx;
use crate::{Code, Means};

/// Refuses a consent given by someone who is neither the person nor, at this moment, a guardian of the person.
pub(crate) async fn may_consent(tx: &mut Tx, means: &Means<'_>, person: &PersonId, given_by: &PersonId) -> Result<()> {
    if person == given_by {
        return Ok(());
    }
    let bond = tx
        .maybe_row(
            sqlx::query(
                "SELECT id FROM guardians WHERE child_id = $1 AND guardian_id = $2 \
                 AND since_ms <= $3 AND until_ms > $3 AND (ended_at_ms IS NULL OR ended_at_ms > $3) LIMIT 1",
            )
            .bind(person.as_str())
            .bind(given_by.as_str())
            .bind(means.now_ms()),
        )
        .await?;
    match bond {
        Some(_) => Ok(()),
        None => Err(Error::new(Code::GuardianMissing, "there is no guardianship between the two at this time")),
    }
}
