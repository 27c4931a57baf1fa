//! Deleting what the program itself needed to remember: sessions, invitations, reports of imports, answers, challenges.

use super::{Batch, Counts};
use crate::error::Result;
use crate::tx::Tx;
use crate::{Means, Table, idempotency, source};

/// Sessions past their term.
pub(super) async fn old_sessions(tx: &mut Tx, batch: &Batch<'_>) -> Result<Vec<String>> {
    let found: Vec<(String,)> = tx
        .all(
            sqlx::query(
                "SELECT id FROM sessions WHERE expires_at_ms <= $1 OR revoked_at_ms <= $1 ORDER BY id LIMIT $2",
            )
            .bind(batch.past(batch.terms.session_days))
            .bind(batch.limit),
        )
        .await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// Deletes what is past its term.
pub(super) async fn sweep(tx: &mut Tx, means: &Means<'_>, batch: &Batch<'_>, counts: &mut Counts) -> Result<()> {
    for id in old_sessions(tx, batch).await? {
        tx.run(sqlx::query("DELETE FROM session_activity WHERE session_id = $1").bind(id.as_str())).await?;
        tx.run(sqlx::query("DELETE FROM sessions WHERE id = $1").bind(id.as_str())).await?;
        tx.touch(Table::Sessions, id);
        counts.sessions += 1;
    }
    let invitations: Vec<(String,)> = tx
        .all(
            sqlx::query(
                "DELETE FROM invitations WHERE id IN (SELECT id FROM invitations WHERE expires_at_ms <= $1 \
                 OR used_at_ms <= $1 ORDER BY id LIMIT $2) RETURNING id",
            )
            .bind(batch.past(batch.terms.session_days))
            .bind(batch.limit),
        )
        .await?;
    for (id,) in invitations {
        tx.touch(Table::Invitations, id);
        counts.invitations += 1;
    }
    imports(tx, batch, counts).await?;
    counts.scraps += idempotency::purge(tx, means).await?;
    counts.scraps += source::purge(tx, means).await?;
    counts.scraps +=
        tx.run(sqlx::query("DELETE FROM passkey_challenges WHERE expires_at_ms <= $1").bind(means.now_ms())).await?;
    Ok(())
}

async fn imports(tx: &mut Tx, batch: &Batch<'_>, counts: &mut Counts) -> Result<()> {
    let found: Vec<(String,)> = tx
        .all(
            sqlx::query("SELECT id FROM imports WHERE state <> 'running' AND changed_at_ms <= $1 ORDER BY id LIMIT $2")
                .bind(batch.past(batch.terms.import_days))
                .bind(batch.limit),
        )
        .await?;
    for (id,) in found {
        tx.run(sqlx::query("DELETE FROM import_rejections WHERE import_id = $1").bind(id.as_str())).await?;
        tx.run(sqlx::query("DELETE FROM imports WHERE id = $1").bind(id.as_str())).await?;
        tx.touch(Table::Imports, id);
        counts.imports += 1;
    }
    Ok(())
}
