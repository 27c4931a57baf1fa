//! Portraits: dated stored photos of a person, sealed. That there are some, and of when, needs no grant; to see one does.

use crate::bio::{self, BioKind, KeyOf};
use crate::consent::Sight;
use crate::error::{Error, Result};
use crate::field;
use crate::id::{PersonId, is_id, untimed};
use crate::person;
use crate::tx::Tx;
use crate::{Code, Means, Table};
use serde::Serialize;
use sqlx::FromRow;
use zeroize::Zeroizing;

/// Largest picture, bytes.
pub const IMAGE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Most portraits of a person that are in use.
pub const PORTRAITS_MAX: usize = 20;
/// Highest quality.
pub const QUALITY_MAX: u8 = 100;
/// The purpose in the name of the portraits' key: they have one, to be what a live face is compared with.
const PURPOSE: &str = "";

/// A portrait as it is to be added.
#[derive(Clone, Copy)]
pub struct NewPortrait<'a> {
    /// Whose it is.
    pub person: &'a PersonId,
    /// The picture: JPEG or PNG, at most 8 MiB. Whether it can be decoded and shows one face, the caller has checked.
    pub image: &'a [u8],
    /// When it was taken, as far as it is known: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub taken_on: Option<&'a str>,
    /// Where it comes from, as a code word: `identity-card`, `counter`.
    pub source: &'a str,
    /// Its quality, 0 to 100.
    pub quality: u8,
}

impl std::fmt::Debug for NewPortrait<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewPortrait({} bytes)", self.image.len())
    }
}

/// A portrait without its picture.
#[derive(Clone, Debug, Serialize, FromRow)]
pub struct Portrait {
    /// Its id: random, so that it does not tell when it was added.
    pub id: String,
    /// When it was taken, as far as it is known.
    pub taken_on: Option<String>,
    /// Where it comes from.
    pub source: String,
    /// Its quality, 0 to 100.
    pub quality: i64,
    /// The day on which it was retired; its picture is gone since then.
    pub retired_on: Option<String>,
}

/// A portrait with its picture.
pub struct Opened {
    /// Its id.
    pub id: String,
    /// When it was taken, as far as it is known.
    pub taken_on: Option<String>,
    /// The picture: JPEG or PNG.
    pub image: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opened({} bytes)", self.image.len())
    }
}

#[derive(FromRow)]
struct Row {
    id: String,
    taken_on: Option<String>,
    sealed: Vec<u8>,
}

/// Adds a portrait and gives its id.
///
/// # Errors
/// `portrait-invalid`; `not-found`, `person-locked`, `person-deceased`, `person-unknown`; `row-invalid`, `text-too-long`; the codes of the key
/// ring and the database.
pub async fn add(tx: &mut Tx, means: &Means<'_>, new: &NewPortrait<'_>) -> Result<String> {
    check(new)?;
    person::usable(person::lock(tx, new.person).await?.state)?;
    let subject = bio::subject(means, new.person);
    let in_use = list(tx, means, new.person).await?.iter().filter(|portrait| portrait.retired_on.is_none()).count();
    if in_use >= PORTRAITS_MAX {
        return Err(Error::new(Code::RowInvalid, format!("a person has at most {PORTRAITS_MAX} portraits in use")));
    }
    let key = bio::key(tx, means, &key_of(&subject)).await?;
    let id = untimed(means);
    let sealed = seal::record::seal(&key, &[b"bio_portraits", id.as_bytes()], new.image, means.random);
    tx.run(
        sqlx::query(
            "INSERT INTO bio_portraits (id, subject, taken_on, source, sealed, quality) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(id.as_str())
        .bind(subject)
        .bind(new.taken_on)
        .bind(new.source)
        .bind(sealed)
        .bind(i64::from(new.quality)),
    )
    .await?;
    tx.touch(Table::BioPortraits, id.as_str());
    Ok(id)
}

/// The portraits of a person without their pictures, those taken last first, undated ones at the end.
///
/// # Errors
/// The codes of the database.
pub async fn list(tx: &mut Tx, means: &Means<'_>, person: &PersonId) -> Result<Vec<Portrait>> {
    tx.all(
        sqlx::query(
            "SELECT id, taken_on, source, quality, retired_on FROM bio_portraits WHERE subject = $1 \
             ORDER BY COALESCE(taken_on, '') DESC, id",
        )
        .bind(bio::subject(means, person)),
    )
    .await
}

/// Opens the portraits in use of the person of a sight, in the order of [`list`].
///
/// # Errors
/// The codes of [`Sight::check`]; the codes of the key ring and the database.
pub async fn open(tx: &mut Tx, means: &Means<'_>, sight: &Sight<'_>) -> Result<Vec<Opened>> {
    sight.check(tx, means).await?;
    let subject = bio::subject(means, sight.person());
    let rows: Vec<Row> = tx
        .all(
            sqlx::query(
                "SELECT id, taken_on, sealed FROM bio_portraits WHERE subject = $1 AND retired_on IS NULL \
                 ORDER BY COALESCE(taken_on, '') DESC, id",
            )
            .bind(subject.as_str()),
        )
        .await?;
    let Some(key) = bio::read_key(tx, means, &key_of(&subject)).await? else { return Ok(Vec::new()) };
    let open = |row: Row| {
        let image = seal::record::open(&key, &[b"bio_portraits", row.id.as_bytes()], &row.sealed)?;
        Ok(Opened { id: row.id, taken_on: row.taken_on, image })
    };
    rows.into_iter().map(open).collect()
}

/// Retires a portrait of a person: its picture and the templates made from it are deleted, that it was there stays.
///
/// # Errors
/// `not-found` when the person has no such portrait in use; the codes of the database.
pub async fn retire(tx: &mut Tx, means: &Means<'_>, person: &PersonId, id: &str) -> Result<()> {
    let missing = || Error::new(Code::NotFound, "there is no such portrait");
    if !is_id(id) {
        return Err(missing());
    }
    person::lock(tx, person).await?;
    let today = means.now.to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
    let changed = tx
        .run(
            sqlx::query(
                "UPDATE bio_portraits SET retired_on = $1, sealed = $2 WHERE id = $3 AND subject = $4 \
                 AND retired_on IS NULL",
            )
            .bind(today)
            .bind(Vec::<u8>::new())
            .bind(id)
            .bind(bio::subject(means, person)),
        )
        .await?;
    if changed == 0 {
        return Err(missing());
    }
    tx.touch(Table::BioPortraits, id);
    let templates: Vec<(String,)> =
        tx.all(sqlx::query("DELETE FROM bio_templates WHERE portrait_id = $1 RETURNING id").bind(id)).await?;
    for (template,) in templates {
        tx.touch(Table::BioTemplates, template);
    }
    Ok(())
}

fn key_of(subject: &str) -> KeyOf<'_> {
    KeyOf { subject, kind: BioKind::Portrait, purpose: PURPOSE }
}

fn check(new: &NewPortrait<'_>) -> Result<()> {
    check_parts(new.image, new.taken_on, new.source)?;
    if new.quality > QUALITY_MAX {
        return Err(Error::new(Code::RowInvalid, "the quality is higher than 100"));
    }
    Ok(())
}

/// Refuses a picture, a day or a source that no portrait may have: for who collects many before any is added.
///
/// # Errors
/// `portrait-invalid`, `row-invalid`, `text-too-long`.
pub fn check_parts(image: &[u8], taken_on: Option<&str>, source: &str) -> Result<()> {
    // First bytes: JPEG (ITU-T T.81 B.1.1.3, SOI and the next marker), PNG (RFC 2083 §3.1).
    let known = image.starts_with(&[0xff, 0xd8, 0xff]) || image.starts_with(b"\x89PNG\r\n\x1a\n");
    if !known || image.len() > IMAGE_BYTES_MAX {
        return Err(Error::new(Code::PortraitInvalid, format!("{} bytes, JPEG or PNG: {known}", image.len())));
    }
    if let Some(taken_on) = taken_on {
        field::date("the day it was taken", taken_on)?;
    }
    field::word("the source", source)
}
