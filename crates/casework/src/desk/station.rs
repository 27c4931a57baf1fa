//! Stations: added and revoked by administrators, paired by whoever stands before the browser with the code.

use super::office::{require_seen, seen};
use super::{Desk, Secret, by, in_transaction};
use crate::error::{Error, Result};
use crate::permission::Permission;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::id::{OfficeId, StationId};
use store::ledger::{self, Act, Actor, Kind, Shard};
use store::limits::Window;
use store::session::SignedIn;
use store::station::{self as rows, PairingCode, StationKind, StationSeat};
use utoipa::ToSchema;

/// A station that is to be added.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StationNew {
    /// Where it stands.
    pub office: OfficeId,
    /// Its name, such as `counter 3`.
    pub name: String,
    /// `counter`, `kiosk` or `gate`.
    pub kind: String,
}

/// A code that pairs a browser with a station.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Pairing {
    /// The station.
    pub station: StationId,
    /// The code to be typed into the station's browser; told this once.
    pub code: Secret,
    /// Until when it is good.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// A code that was typed into a browser.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PairingShown {
    /// The code.
    pub code: Secret,
}

/// A browser that is a station now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Seated {
    /// The station.
    pub station: StationId,
    /// What the browser shows from now on; told this once.
    pub token: Secret,
}

/// A station in lists.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StationView {
    /// Its id.
    pub id: StationId,
    /// Where it stands.
    pub office: OfficeId,
    /// Its name.
    pub name: String,
    /// `counter`, `kiosk` or `gate`.
    pub kind: String,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When a browser was paired.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub paired_at: Option<Timestamp>,
    /// When the pairing was revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
    /// When it was last heard of, to the minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub seen_at: Option<Timestamp>,
}

impl From<rows::Station> for StationView {
    fn from(row: rows::Station) -> Self {
        Self {
            id: row.id,
            office: row.office,
            name: row.name,
            kind: row.kind.as_str().to_owned(),
            created_at: row.created_at,
            paired_at: row.paired_at,
            revoked_at: row.revoked_at,
            seen_at: row.seen_at,
        }
    }
}

fn pairing(station: StationId, code: &PairingCode) -> Pairing {
    Pairing { station, code: Secret::new(code.as_str()), expires_at: code.expires_at }
}

/// Adds a station and gives its pairing code.
///
/// # Errors
/// `permission-missing`; `already-exists`, `office-closed`, `not-found`, `row-invalid`, `text-too-long`; the codes of the database.
pub async fn add(desk: &Desk, by: &SignedIn, now: Timestamp, request: &StationNew) -> Result<Pairing> {
    by::require(by, Permission::OfficeManage, now)?;
    let means = desk.means(now);
    let kind: StationKind = request.kind.parse()?;
    in_transaction!(desk, tx => async {
        let (id, code) = rows::add(tx, &means, &request.office, &request.name, kind).await?;
        let actor = by::ledger(by);
        let act = Act::new(Kind::StationAdded, Shard::Office(request.office.clone()), &actor).fact("station", id.as_str());
        ledger::append(tx, &means, &act).await?;
        Ok(pairing(id, &code))
    }.await)
}

/// A new pairing code for a station; an earlier one is void.
///
/// # Errors
/// `permission-missing`; `not-found`; the codes of the database.
pub async fn new_code(desk: &Desk, by: &SignedIn, now: Timestamp, id: &StationId) -> Result<Pairing> {
    by::require(by, Permission::OfficeManage, now)?;
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        let code = rows::new_code(tx, &means, id).await?;
        let actor = by::ledger(by);
        let act = Act::new(Kind::StationAdded, Shard::Register, &actor).fact("station", id.as_str()).fact("again", true);
        ledger::append(tx, &means, &act).await?;
        Ok(pairing(id.clone(), &code))
    }.await)
}

/// Makes the browser that shows a code the station that the code is for.
///
/// # Errors
/// `pairing-invalid`; the codes of the database.
pub async fn pair(desk: &Desk, now: Timestamp, request: &PairingShown) -> Result<Seated> {
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        let paired = rows::pair(tx, &means, request.code.as_str()).await?;
        let seat = rows::require(tx, &means, paired.token.as_str()).await?;
        let actor = Actor::Station(paired.station.clone());
        ledger::append(tx, &means, &Act::new(Kind::StationPaired, Shard::Office(seat.office().clone()), &actor)).await?;
        Ok(Seated { station: paired.station, token: Secret::new(paired.token.as_str()) })
    }.await)
}

/// The station that a token belongs to; notes, at most once a minute, that it was heard of.
///
/// # Errors
/// `station-unknown`; the codes of the database.
pub async fn require(desk: &Desk, now: Timestamp, token: &str) -> Result<StationSeat> {
    let means = desk.means(now);
    let seat = rows::require(&mut desk.db.read().await?, &means, token).await?;
    in_transaction!(desk, tx => rows::seen(tx, &means, seat.station()).await.map_err(Error::from))?;
    Ok(seat)
}

/// The stations of the own office, for who runs visits there.
///
/// # Errors
/// `permission-missing`; the codes of the database.
pub async fn of_counter(desk: &Desk, by: &SignedIn, now: Timestamp) -> Result<Vec<StationView>> {
    by::require(by, Permission::VisitRun, now)?;
    let office = by::office(by)?;
    let listed = rows::list(&mut desk.db.read().await?, Some(office), store::limits::Window::default()).await?;
    Ok(listed.into_iter().map(StationView::from).collect())
}

/// Revokes a station's pairing.
///
/// # Errors
/// `permission-missing`; `not-found`; the codes of the database.
pub async fn revoke(desk: &Desk, by: &SignedIn, now: Timestamp, id: &StationId) -> Result<()> {
    by::require(by, Permission::OfficeManage, now)?;
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        rows::revoke(tx, &means, id).await?;
        let actor = by::ledger(by);
        let act = Act::new(Kind::StationRevoked, Shard::Register, &actor).fact("station", id.as_str());
        ledger::append(tx, &means, &act).await?;
        Ok(())
    }.await)
}

/// A page of all stations for an administrator, of those of the own office for a supervisor.
///
/// # Errors
/// `permission-missing`; the codes of the database.
pub async fn list(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    window: Window<'_, StationId>,
) -> Result<Vec<StationView>> {
    let seen = seen(by, now)?;
    let stations = rows::list(&mut desk.db.read().await?, seen, window).await?;
    Ok(stations.into_iter().map(StationView::from).collect())
}

/// A page of the stations of one office that who is signed in sees.
///
/// # Errors
/// `permission-missing`; `not-found`; the codes of the database.
pub async fn of_office(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    (office, window): (&OfficeId, Window<'_, StationId>),
) -> Result<Vec<StationView>> {
    require_seen(by, now, office)?;
    let stations = rows::list(&mut desk.db.read().await?, Some(office), window).await?;
    Ok(stations.into_iter().map(StationView::from).collect())
}
