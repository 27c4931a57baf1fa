//! Stations: a camera at a counter, a kiosk or a gate. A browser becomes a station by a pairing code that an administrator reads out, and
//! shows a token from then on.

use crate::error::{Error, Result};
use crate::field;
use crate::id::{OfficeId, StationId};
use crate::limits::{NAME_BYTES_MAX, Window, maybe_moment, moment, rows};
use crate::source::Source;
use crate::tx::Tx;
use crate::word::words;
use crate::{Code, Means, Table, office};
use jiff::{SignedDuration, Timestamp};
use seal::keys::HashUse;
use seal::token::Token;
use serde::Serialize;
use sqlx::FromRow;
use std::net::IpAddr;

/// How long a pairing code is good for.
pub const PAIRING: SignedDuration = SignedDuration::from_mins(10);
/// Characters of a pairing code. Whoever types one has no identity yet, so that nobody's failures could be counted here: the code itself must
/// be long enough. 8 characters of 32 kinds are 40 bits; 1,000 guesses a second for 10 minutes hit one of 10 open codes with a probability
/// of 6 in 1,000,000, and the server's rate limit lets through far fewer.
pub const CODE_CHARS: usize = 8;
/// Crockford's base 32: no I, L, O, U. Whoever types O, I or L means 0 or 1.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// How often the last contact is written at most.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(1);

words! {
    /// What stands there.
    StationKind "the kind of station" {
        /// A camera at a clerk's counter.
        Counter "counter",
        /// A screen that people use alone.
        Kiosk "kiosk",
        /// A gate.
        Gate "gate",
    }
}

/// A pairing code, to be read out once. The database keeps its keyed hash.
pub struct PairingCode {
    code: String,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

impl PairingCode {
    /// The 8 characters.
    pub fn as_str(&self) -> &str {
        &self.code
    }
}

impl std::fmt::Debug for PairingCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PairingCode(until {})", self.expires_at)
    }
}

/// A browser that has just become a station.
#[derive(Debug)]
pub struct Paired {
    /// The station.
    pub station: StationId,
    /// What the browser shows from now on; the database keeps its keyed hash.
    pub token: Token,
}

/// Proof that a request comes from a paired station; only [`require`] makes one.
#[derive(Clone, Debug)]
pub struct StationSeat {
    station: StationId,
    office: OfficeId,
    kind: StationKind,
    address: Option<Source>,
}

impl StationSeat {
    /// The station.
    pub fn station(&self) -> &StationId {
        &self.station
    }

    /// The office where it stands.
    pub fn office(&self) -> &OfficeId {
        &self.office
    }

    /// What it is.
    pub fn kind(&self) -> StationKind {
        self.kind
    }

    /// The same seat, with the network address from which its request came.
    #[must_use]
    pub fn from_address(mut self, means: &Means<'_>, address: IpAddr) -> Self {
        self.address = Some(Source::address(means, address));
        self
    }

    /// The network address from which its request came, if that is known.
    pub fn address(&self) -> Option<&Source> {
        self.address.as_ref()
    }
}

/// A station in lists.
#[derive(Clone, Debug, Serialize)]
pub struct Station {
    /// Its id.
    pub id: StationId,
    /// Where it stands.
    pub office: OfficeId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: StationKind,
    /// When it was added.
    pub created_at: Timestamp,
    /// When a browser was paired as this station.
    pub paired_at: Option<Timestamp>,
    /// When its pairing was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last heard of, to the minute.
    pub seen_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct Row {
    id: String,
    office_id: String,
    name: String,
    kind: String,
    created_at_ms: i64,
    paired_at_ms: Option<i64>,
    revoked_at_ms: Option<i64>,
    seen_at_ms: Option<i64>,
}

#[derive(FromRow)]
struct Seat {
    id: String,
    office_id: String,
    kind: String,
}

/// Adds a station to an office, with a pairing code.
///
/// # Errors
/// `already-exists` when the office has one of this name; `office-closed`, `not-found`, `row-invalid`, `text-too-long`; the codes of the
/// database.
pub async fn add(
    tx: &mut Tx,
    means: &Means<'_>,
    office: &OfficeId,
    name: &str,
    kind: StationKind,
) -> Result<(StationId, PairingCode)> {
    field::text("the name", name, NAME_BYTES_MAX)?;
    office::require_open(tx, office).await?;
    let id = StationId::new(means);
    tx.run(
        sqlx::query("INSERT INTO stations (id, office_id, name, kind, created_at_ms) VALUES ($1, $2, $3, $4, $5)")
            .bind(id.as_str())
            .bind(office.as_str())
            .bind(name)
            .bind(kind.as_str())
            .bind(means.now_ms()),
    )
    .await?;
    let code = new_code(tx, means, &id).await?;
    Ok((id, code))
}

/// A new pairing code for a station; an earlier one is void. The browser that is paired now stays so until another uses the code.
///
/// # Errors
/// `not-found`; the codes of the database.
pub async fn new_code(tx: &mut Tx, means: &Means<'_>, id: &StationId) -> Result<PairingCode> {
    let code: String = seal::random::array::<CODE_CHARS>(means.random)
        .iter()
        .map(|b| char::from(ALPHABET[usize::from(b % 32)]))
        .collect();
    let expires_at_ms = means.now_ms() + field::ms(PAIRING);
    let changed = tx
        .run(
            sqlx::query("UPDATE stations SET pairing_hash = $1, pairing_expires_at_ms = $2 WHERE id = $3")
                .bind(code_hash(means, &code))
                .bind(expires_at_ms)
                .bind(id.as_str()),
        )
        .await?;
    found(changed)?;
    tx.touch(Table::Stations, id.as_str());
    Ok(PairingCode { code, expires_at: moment(expires_at_ms)? })
}

/// Pairs the browser that shows `code`, once; a browser that was this station before is it no longer.
///
/// # Errors
/// `pairing-invalid`; the codes of the database.
pub async fn pair(tx: &mut Tx, means: &Means<'_>, code: &str) -> Result<Paired> {
    let invalid = || Error::new(Code::PairingInvalid, "the code is wrong or has expired");
    let code = normal_code(code).ok_or_else(invalid)?;
    let token = Token::generate(means.random);
    let row = tx
        .maybe::<Seat>(
            sqlx::query(
                "UPDATE stations SET token_hash = $1, paired_at_ms = $2, revoked_at_ms = NULL, pairing_hash = NULL, \
                 pairing_expires_at_ms = NULL WHERE pairing_hash = $3 AND pairing_expires_at_ms > $2 \
                 AND office_id IN (SELECT id FROM offices WHERE closed_at_ms IS NULL) RETURNING id, office_id, kind",
            )
            .bind(token_hash(means, token.as_str()))
            .bind(means.now_ms())
            .bind(code_hash(means, &code)),
        )
        .await?
        .ok_or_else(invalid)?;
    tx.touch(Table::Stations, row.id.as_str());
    Ok(Paired { station: row.id.try_into()?, token })
}

/// The station whose token this is.
///
/// # Errors
/// `station-unknown` when no station has it, the station was revoked or its office is closed; the codes of the database.
pub async fn require(tx: &mut Tx, means: &Means<'_>, token: &str) -> Result<StationSeat> {
    let unknown = || Error::new(Code::StationUnknown, "no station has this token");
    if Token::parse(token).is_err() {
        return Err(unknown());
    }
    let seat: Seat = tx
        .maybe(
            sqlx::query(
                "SELECT stations.id, stations.office_id, stations.kind FROM stations \
                 JOIN offices ON offices.id = stations.office_id \
                 WHERE stations.token_hash = $1 AND stations.revoked_at_ms IS NULL AND offices.closed_at_ms IS NULL",
            )
            .bind(token_hash(means, token)),
        )
        .await?
        .ok_or_else(unknown)?;
    let (station, office) = (seat.id.try_into()?, seat.office_id.try_into()?);
    Ok(StationSeat { station, office, kind: seat.kind.parse()?, address: None })
}

/// Notes that a station was heard of, at most once a minute.
///
/// # Errors
/// The codes of the database.
pub async fn seen(tx: &mut Tx, means: &Means<'_>, station: &StationId) -> Result<()> {
    tx.run(
        sqlx::query(
            "INSERT INTO station_contacts (station_id, seen_at_ms) VALUES ($1, $2) \
             ON CONFLICT (station_id) DO UPDATE SET seen_at_ms = $2 WHERE station_contacts.seen_at_ms <= $3",
        )
        .bind(station.as_str())
        .bind(means.now_ms())
        .bind(means.now_ms() - field::ms(SEEN_EVERY)),
    )
    .await?;
    Ok(())
}

/// Revokes a station's pairing and any open code. A new code can pair it again.
///
/// # Errors
/// `not-found`; the codes of the database.
pub async fn revoke(tx: &mut Tx, means: &Means<'_>, id: &StationId) -> Result<()> {
    let changed = tx
        .run(
            sqlx::query(
                "UPDATE stations SET revoked_at_ms = $1, token_hash = NULL, pairing_hash = NULL, \
                 pairing_expires_at_ms = NULL WHERE id = $2",
            )
            .bind(means.now_ms())
            .bind(id.as_str()),
        )
        .await?;
    found(changed)?;
    tx.touch(Table::Stations, id.as_str());
    Ok(())
}

/// One station.
///
/// # Errors
/// `not-found`; the codes of the database.
pub async fn get(tx: &mut Tx, id: &StationId) -> Result<Station> {
    let row: Row = tx
        .one(
            sqlx::query(
                "SELECT stations.id, office_id, name, kind, created_at_ms, paired_at_ms, revoked_at_ms, seen_at_ms \
                 FROM stations LEFT JOIN station_contacts ON station_contacts.station_id = stations.id \
                 WHERE stations.id = $1",
            )
            .bind(id.as_str()),
        )
        .await?;
    row.station()
}

/// A page of all stations, or of those of one office, in the order of their names.
///
/// # Errors
/// The codes of the database.
pub async fn list(tx: &mut Tx, office: Option<&OfficeId>, window: Window<'_, StationId>) -> Result<Vec<Station>> {
    let found: Vec<Row> = tx
        .all(
            sqlx::query(
                "SELECT stations.id, office_id, name, kind, created_at_ms, paired_at_ms, revoked_at_ms, seen_at_ms \
                 FROM stations LEFT JOIN station_contacts ON station_contacts.station_id = stations.id \
                 WHERE ($1 = '' OR office_id = $1) AND ($2 = '' OR (office_id, name) > \
                 (SELECT s.office_id, s.name FROM stations s WHERE s.id = $2)) ORDER BY office_id, name LIMIT $3",
            )
            .bind(office.map_or("", OfficeId::as_str))
            .bind(window.after.map_or("", StationId::as_str))
            .bind(rows(window.limit)),
        )
        .await?;
    found.into_iter().map(Row::station).collect()
}

impl Row {
    fn station(self) -> Result<Station> {
        Ok(Station {
            id: self.id.try_into()?,
            office: self.office_id.try_into()?,
            name: self.name,
            kind: self.kind.parse()?,
            created_at: moment(self.created_at_ms)?,
            paired_at: maybe_moment(self.paired_at_ms)?,
            revoked_at: maybe_moment(self.revoked_at_ms)?,
            seen_at: maybe_moment(self.seen_at_ms)?,
        })
    }
}

/// A code as it was typed, in the form in which it was made.
fn normal_code(typed: &str) -> Option<String> {
    if typed.len() > 4 * CODE_CHARS {
        return None;
    }
    let code: String = typed
        .chars()
        .filter(|c| !matches!(c, ' ' | '-'))
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        })
        .collect();
    (code.len() == CODE_CHARS && code.bytes().all(|b| ALPHABET.contains(&b))).then_some(code)
}

fn code_hash(means: &Means<'_>, code: &str) -> Vec<u8> {
    means.ring.hash(HashUse::Token, &[b"pairing", code.as_bytes()]).to_vec()
}

fn token_hash(means: &Means<'_>, token: &str) -> Vec<u8> {
    means.ring.hash(HashUse::Token, &[b"station", token.as_bytes()]).to_vec()
}

fn found(changed: u64) -> Result<()> {
    if changed == 0 { Err(Error::new(Code::NotFound, "there is no such station")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn codes_are_read_as_they_were_meant() {
        assert_eq!(normal_code("abcd-2345").as_deref(), Some("ABCD2345"));
        assert_eq!(normal_code(" oil1 0000 ").as_deref(), Some("01110000"));
        for wrong in ["", "ABCD234", "ABCD23456", "ABCDU345", "ABCD234é", "' OR 1=1"] {
            assert_eq!(normal_code(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_a_code_or_none(typed in ".{0,40}") {
            if let Some(code) = normal_code(&typed) {
                prop_assert_eq!(normal_code(&code), Some(code));
            }
        }
    }
}
