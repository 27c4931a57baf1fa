//! Templates of portraits, protected for one purpose and kept by one consent. None is made at enrolment: the first comparison under a grant
//! makes them, and they end with the consent that keeps them.

use crate::bio::{self, BioKind, KeyOf};
use crate::consent::Grant;
use crate::error::{Error, Result};
use crate::id::untimed;
use crate::limits::{NAME_BYTES_MAX, TEMPLATE_BYTES_MAX, bounded, rows, sized};
use crate::tx::Tx;
use crate::{Code, Means, Table};
use sqlx::FromRow;
use zeroize::Zeroizing;

/// A template to be sealed.
#[derive(Clone, Copy)]
pub struct New<'a> {
    /// The portrait that it was made from.
    pub portrait: &'a str,
    /// The pack that made it.
    pub pack: &'a str,
    /// The version of the purpose's transform that protects it.
    pub version: u32,
    /// The protected template.
    pub bytes: &'a [u8],
}

impl std::fmt::Debug for New<'_> {
    /// Without the template.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "New({}, version {})", self.pack, self.version)
    }
}

/// A template that a grant opened, still in the protected domain.
pub struct Opened {
    /// The portrait that it was made from.
    pub portrait: String,
    /// When the portrait was taken, as far as it is known: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub taken_on: Option<String>,
    /// The version of the purpose's transform that protects it.
    pub version: u32,
    /// The protected template.
    pub bytes: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Opened {
    /// Without the template.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opened(version {})", self.version)
    }
}

/// What a sealed template is bound to.
fn place<'a>(id: &'a str, purpose: &'a str, pack: &'a str, version: &'a [u8; 8]) -> [&'a [u8]; 5] {
    [b"bio_templates", id.as_bytes(), purpose.as_bytes(), pack.as_bytes(), version]
}

/// Seals the template of a portrait of the grant's person; the grant's consent keeps it. One of the same portrait, purpose and pack is
/// replaced.
///
/// # Errors
/// `grant-foreign` when the portrait is another person's; `not-found` when it is retired; `grant-expired`, `consent-ended`; `row-invalid`
/// or `text-too-long` for a size; the codes of keys and of the database.
pub async fn put(tx: &mut Tx, means: &Means<'_>, grant: &Grant, new: &New<'_>) -> Result<()> {
    grant.check(tx, means).await?;
    bounded(new.pack, NAME_BYTES_MAX, "the pack")?;
    sized(new.bytes, TEMPLATE_BYTES_MAX, "the template")?;
    let subject = bio::subject(means, grant.person());
    let (owner, retired): (String, Option<String>) =
        tx.one(sqlx::query("SELECT subject, retired_on FROM bio_portraits WHERE id = $1").bind(new.portrait)).await?;
    if owner != subject {
        return Err(Error::new(Code::GrantForeign, "the portrait is another person's"));
    }
    if retired.is_some() {
        return Err(Error::new(Code::NotFound, "the portrait is not used any more"));
    }
    let of = KeyOf { subject: &subject, kind: BioKind::Template, purpose: grant.purpose() };
    // The key's row is locked from here on: two comparisons at once make the template one after the other.
    let key = bio::key(tx, means, &of).await?;
    let replaced: Vec<(String,)> = tx
        .all(
            sqlx::query("DELETE FROM bio_templates WHERE portrait_id = $1 AND purpose = $2 AND pack = $3 RETURNING id")
                .bind(new.portrait)
                .bind(grant.purpose())
                .bind(new.pack),
        )
        .await?;
    for (id,) in replaced {
        tx.touch(Table::BioTemplates, id);
    }
    let id = untimed(means);
    let version = u64::from(new.version).to_be_bytes();
    let place = place(&id, grant.purpose(), new.pack, &version);
    let sealed = seal::record::seal(&key, &place, new.bytes, means.random);
    tx.run(
        sqlx::query(
            "INSERT INTO bio_templates (id, subject, purpose, portrait_id, consent_ref, pack, version, sealed) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(id.as_str())
        .bind(subject.as_str())
        .bind(grant.purpose())
        .bind(new.portrait)
        .bind(bio::consent_ref(means, grant.consent()))
        .bind(new.pack)
        .bind(i64::from(new.version))
        .bind(sealed),
    )
    .await?;
    tx.touch(Table::BioTemplates, id);
    Ok(())
}

#[derive(FromRow)]
struct OpenRow {
    id: String,
    portrait_id: String,
    taken_on: Option<String>,
    version: i64,
    sealed: Vec<u8>,
}

/// Opens the templates of the grant's person for its purpose, made by a pack from portraits that are in use. From now on the grant's consent
/// keeps them: a later consent takes them over from an earlier one, and its end is theirs.
///
/// # Errors
/// `grant-expired`, `consent-ended`, `grant-foreign`; `record-damaged`, `key-unknown`; the codes of the database.
pub async fn open_all(tx: &mut Tx, means: &Means<'_>, grant: &Grant, pack: &str) -> Result<Vec<Opened>> {
    grant.check(tx, means).await?;
    let subject = bio::subject(means, grant.person());
    let of = KeyOf { subject: &subject, kind: BioKind::Template, purpose: grant.purpose() };
    let Some(key) = bio::existing_key(tx, means, &of).await? else { return Ok(Vec::new()) };
    let taken_over: Vec<(String,)> = tx
        .all(
            sqlx::query(
                "UPDATE bio_templates SET consent_ref = $1 \
                 WHERE subject = $2 AND purpose = $3 AND pack = $4 AND consent_ref <> $1 RETURNING id",
            )
            .bind(bio::consent_ref(means, grant.consent()))
            .bind(subject.as_str())
            .bind(grant.purpose())
            .bind(pack),
        )
        .await?;
    for (id,) in taken_over {
        tx.touch(Table::BioTemplates, id);
    }
    let rows: Vec<OpenRow> = tx
        .all(
            sqlx::query(
                "SELECT t.id, t.portrait_id, p.taken_on, t.version, t.sealed FROM bio_templates t \
                 JOIN bio_portraits p ON p.id = t.portrait_id \
                 WHERE t.subject = $1 AND t.purpose = $2 AND t.pack = $3 AND p.subject = $1 AND p.retired_on IS NULL \
                 ORDER BY t.portrait_id",
            )
            .bind(subject.as_str())
            .bind(grant.purpose())
            .bind(pack),
        )
        .await?;
    let open = |row: OpenRow| {
        let version = row.version.to_be_bytes();
        let bytes = seal::record::open(&key, &place(&row.id, grant.purpose(), pack, &version), &row.sealed)?;
        Ok(Opened { portrait: row.portrait_id, taken_on: row.taken_on, version: number(row.version)?, bytes })
    };
    rows.into_iter().map(open).collect()
}

fn number(version: i64) -> Result<u32> {
    u32::try_from(version).map_err(|_| Error::new(Code::RowInvalid, "the version of a template is out of range"))
}

/// A batch of templates to be renewed.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The purpose whose transform has a new version.
    pub purpose: &'a str,
    /// The new version.
    pub version: u32,
    /// At most so many templates.
    pub limit: u32,
}

#[derive(FromRow)]
struct RenewRow {
    id: String,
    subject: String,
    pack: String,
    version: i64,
    sealed: Vec<u8>,
}

/// Renews templates of a purpose that another version protects, and says how many; 0 when all are done. `transform` gets the version and the
/// protected template, and returns the template as the new version protects it.
///
/// It takes no grant, because it neither compares nor discloses: the bytes go from one protected form into another of the same person and
/// purpose, and the consent that keeps the template stays the same. Only who holds the key ring can call it with effect.
///
/// # Errors
/// What `transform` returns; `key-ring-stale` when another process has a newer ring; `record-damaged`, `key-unknown`; the codes of the
/// database.
pub async fn renew_batch(
    tx: &mut Tx,
    means: &Means<'_>,
    batch: &Batch<'_>,
    mut transform: impl FnMut(u32, Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>>,
) -> Result<u64> {
    let found: Vec<RenewRow> = tx
        .all(
            sqlx::query(
                "SELECT id, subject, pack, version, sealed FROM bio_templates WHERE purpose = $1 AND version <> $2 \
                 ORDER BY id LIMIT $3",
            )
            .bind(batch.purpose)
            .bind(i64::from(batch.version))
            .bind(rows(batch.limit)),
        )
        .await?;
    if !found.is_empty() {
        crate::meta::note_ring(tx, means).await?;
    }
    let mut done = 0;
    for row in found {
        let of = KeyOf { subject: &row.subject, kind: BioKind::Template, purpose: batch.purpose };
        // Without its key the template was withdrawn between the two statements.
        let Some(key) = bio::existing_key(tx, means, &of).await? else { continue };
        let (old, new) = (row.version.to_be_bytes(), u64::from(batch.version).to_be_bytes());
        let bytes = seal::record::open(&key, &place(&row.id, batch.purpose, &row.pack, &old), &row.sealed)?;
        let bytes = transform(number(row.version)?, bytes)?;
        sized(&bytes, TEMPLATE_BYTES_MAX, "the template")?;
        let sealed = seal::record::seal(&key, &place(&row.id, batch.purpose, &row.pack, &new), &bytes, means.random);
        let changed = tx
            .run(
                sqlx::query("UPDATE bio_templates SET version = $1, sealed = $2 WHERE id = $3 AND version = $4")
                    .bind(i64::from(batch.version))
                    .bind(sealed)
                    .bind(row.id.as_str())
                    .bind(row.version),
            )
            .await?;
        if changed == 1 {
            tx.touch(Table::BioTemplates, row.id);
        }
        done += changed;
    }
    Ok(done)
}
