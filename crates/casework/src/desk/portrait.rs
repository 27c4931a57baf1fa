//! Portraits: added after the engine found exactly one usable face in them, listed by their days, retired. To see one takes a grant and is
//! no business of these procedures.

use super::admin::act;
use super::{Desk, by, in_transaction};
use crate::error::{Error, Result};
use crate::limits::PHOTO_BYTES_MAX;
use crate::permission::Permission;
use face::{Engine, Image};
use jiff::Timestamp;
use serde::Serialize;
use store::id::PersonId;
use store::ledger::{self, Act, Kind, Shard};
use store::person;
use store::portrait::{self as rows, NewPortrait};
use store::session::SignedIn;
use utoipa::ToSchema;

/// A portrait that is to be added.
#[derive(Clone)]
pub struct PortraitNew {
    /// Whose it is.
    pub person: PersonId,
    /// The picture: JPEG or PNG.
    pub image: Vec<u8>,
    /// When it was taken, as far as it is known: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub taken_on: Option<String>,
    /// Where it comes from, as a code word: `identity-card`, `counter`.
    pub source: String,
}

impl std::fmt::Debug for PortraitNew {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PortraitNew({} bytes)", self.image.len())
    }
}

/// A portrait without its picture.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = RegisterPortrait)]
pub struct PortraitView {
    /// Its id.
    pub id: String,
    /// When it was taken, as far as it is known.
    pub taken_on: Option<String>,
    /// Where it comes from.
    pub source: String,
    /// Its quality, 0 to 100.
    pub quality: i64,
    /// The day on which it was retired.
    pub retired_on: Option<String>,
}

impl From<rows::Portrait> for PortraitView {
    fn from(row: rows::Portrait) -> Self {
        let rows::Portrait { id, taken_on, source, quality, retired_on } = row;
        Self { id, taken_on, source, quality, retired_on }
    }
}

/// The quality of a picture that may be a portrait: one face, and one that can be compared.
///
/// # Errors
/// The `image-…` codes; `no-face`, `several-faces`, `face-cut`, `face-too-small`, `face-turned`, `quality-too-low`, `inference-failed`.
pub(super) fn gate(engine: &Engine, image: &[u8]) -> face::Result<u8> {
    let analysis = engine.analyse(&Image::decode(image)?)?;
    if !analysis.others.is_empty() {
        // For a live picture the nearest face will do; a stored portrait must leave no doubt whose it is.
        return Err(face::Error::new(face::Code::SeveralFaces, "a portrait shows one person and nobody else"));
    }
    analysis.usable()?;
    Ok(analysis.quality.overall.unwrap_or(0))
}

/// Adds a portrait.
///
/// # Errors
/// `permission-missing`; `portrait-invalid`; those of the engine, of which each says what is wrong with the picture; `too-busy`; `not-found`,
/// `person-locked`, `person-deceased`, `person-unknown`, `row-invalid`, `text-too-long`; the codes of keys and database.
pub async fn add(desk: &Desk, by: &SignedIn, now: Timestamp, request: PortraitNew) -> Result<PortraitView> {
    by::require(by, Permission::RegisterWrite, now)?;
    let PortraitNew { person, image, taken_on, source } = request;
    if image.len() as u64 > PHOTO_BYTES_MAX {
        let detail = format!("{} bytes are more than {PHOTO_BYTES_MAX}", image.len());
        return Err(store::Error::new(store::Code::PortraitInvalid, detail).into());
    }
    let (image, quality) = desk
        .on_engine(move |engine| {
            let quality = gate(engine, &image)?;
            Ok((image, quality))
        })
        .await?;
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        let new =
            NewPortrait { person: &person, image: &image, taken_on: taken_on.as_deref(), source: &source, quality };
        let id = rows::add(tx, &means, &new).await?;
        let pseudonym = person::get(tx, &person).await?.pseudonym;
        let actor = by::ledger(by);
        let mut act = Act::new(Kind::PortraitAdded, Shard::Register, &actor)
            .fact("quality", quality)
            .fact("source", source.as_str());
        act.person = Some(&pseudonym);
        ledger::append(tx, &means, &act).await?;
        let listed = rows::list(tx, &means, &person).await?;
        let added = listed.into_iter().find(|portrait| portrait.id == id).map(PortraitView::from);
        added.ok_or_else(|| Error::from(store::Error::new(store::Code::NotFound, "the portrait is not there")))
    }.await)
}

/// The portraits of a person without their pictures, those taken last first.
///
/// # Errors
/// `permission-missing`; `not-found`; the codes of the database.
pub async fn list(desk: &Desk, by: &SignedIn, now: Timestamp, person: &PersonId) -> Result<Vec<PortraitView>> {
    by::require(by, Permission::PersonFind, now)?;
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        let pseudonym = person::get(tx, person).await?.pseudonym;
        let listed = rows::list(tx, &means, person).await?;
        let actor = by::ledger(by);
        let mut act = act(Kind::PersonRead, by, &actor).fact("what", "days-of-portraits");
        act.person = Some(&pseudonym);
        ledger::append(tx, &means, &act).await?;
        Ok(listed.into_iter().map(PortraitView::from).collect())
    }.await)
}

/// Retires a portrait: its picture and the templates made of it are deleted.
///
/// # Errors
/// `permission-missing`; `not-found`; the codes of the database.
pub async fn retire(desk: &Desk, by: &SignedIn, now: Timestamp, person: &PersonId, id: &str) -> Result<()> {
    by::require(by, Permission::RegisterWrite, now)?;
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        rows::retire(tx, &means, person, id).await?;
        let pseudonym = person::get(tx, person).await?.pseudonym;
        let actor = by::ledger(by);
        let mut act = Act::new(Kind::PortraitRetired, Shard::Register, &actor);
        act.person = Some(&pseudonym);
        ledger::append(tx, &means, &act).await?;
        Ok(())
    }.await)
}
