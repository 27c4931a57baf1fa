//! Leases: which process does a piece of background work for a while. Two at once do no harm, only twice the work.

use crate::error::Result;
use crate::limits::NAME_BYTES_MAX;
use crate::tx::Tx;
use crate::{Means, field};
use jiff::SignedDuration;

/// Takes or prolongs a lease for a while. False when somebody else holds it.
///
/// # Errors
/// `row-invalid`, `text-too-long`; the codes of the database.
pub async fn take(tx: &mut Tx, means: &Means<'_>, name: &str, holder: &str, lasts: SignedDuration) -> Result<bool> {
    field::word("the name", name)?;
    field::text("the holder", holder, NAME_BYTES_MAX)?;
    let taken = tx
        .run(
            sqlx::query(
                "INSERT INTO leases (name, holder, until_ms) VALUES ($1, $2, $3) \
                 ON CONFLICT (name) DO UPDATE SET holder = $2, until_ms = $3 \
                 WHERE leases.holder = $2 OR leases.until_ms <= $4",
            )
            .bind(name)
            .bind(holder)
            .bind(means.now_ms().saturating_add(field::ms(lasts)))
            .bind(means.now_ms()),
        )
        .await?;
    Ok(taken == 1)
}

/// Gives a lease back before its time; nothing happens when somebody else holds it.
///
/// # Errors
/// The codes of the database.
pub async fn release(tx: &mut Tx, name: &str, holder: &str) -> Result<()> {
    tx.run(sqlx::query("DELETE FROM leases WHERE name = $1 AND holder = $2").bind(name).bind(holder)).await?;
    Ok(())
}
