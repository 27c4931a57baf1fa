//! Failed captures by where they came from: a station, a network address (NIST SP 800-63B §3.2.2). The limits are casework's. Only keyed hashes
//! are kept, and each is forgotten a day after it was last of use.

use crate::attempts::{Attempts, Row};
use crate::error::Result;
use crate::id::StationId;
use crate::tx::Tx;
use crate::{Means, field};
use jiff::{SignedDuration, Timestamp};
use seal::keys::HashUse;
use sqlx::FromRow;
use std::net::IpAddr;

/// How long a count stays after the latest failure, and the address of a station after its latest camera.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Where captures come from; a keyed hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source(Vec<u8>);

impl Source {
    /// A station.
    pub fn station(means: &Means<'_>, id: &StationId) -> Self {
        Self(means.ring.hash(HashUse::Token, &[b"source-station", id.as_str().as_bytes()]).to_vec())
    }

    /// A network address; of version 6 the first 64 bits, because whoever has one address has all that begin so (RFC 6177).
    pub fn address(means: &Means<'_>, address: IpAddr) -> Self {
        let bytes = match address.to_canonical() {
            IpAddr::V4(four) => four.octets().to_vec(),
            IpAddr::V6(six) => six.octets()[..8].to_vec(),
        };
        Self(means.ring.hash(HashUse::Token, &[b"source-address", &bytes]).to_vec())
    }
}

/// What is known of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// What failed.
    pub attempts: Attempts,
    /// Of a station: the address from which its latest camera was opened.
    pub via: Option<Source>,
    /// When it is forgotten; none for one of which nothing is known.
    pub forgotten: Option<Timestamp>,
}

#[derive(FromRow)]
struct KnownRow {
    #[sqlx(flatten)]
    counted: Row,
    via: Option<Vec<u8>>,
    forget_at_ms: i64,
}

/// What is known of a source; nothing once its time is over.
///
/// # Errors
/// The codes of the database.
pub async fn get(tx: &mut Tx, means: &Means<'_>, source: &Source) -> Result<Known> {
    let row: Option<KnownRow> = tx
        .maybe(
            sqlx::query(
                "SELECT consecutive, total, blocked_until_ms, via, forget_at_ms FROM source_attempts \
                 WHERE source = $1 AND forget_at_ms > $2",
            )
            .bind(source.0.as_slice())
            .bind(means.now_ms()),
        )
        .await?;
    let Some(row) = row else { return Ok(Known::default()) };
    let forgotten = Some(crate::limits::moment(row.forget_at_ms)?);
    Ok(Known { attempts: row.counted.view()?, via: row.via.map(Source), forgotten })
}

/// The same, locked until the transaction ends, so that no two failures count as one.
///
/// # Errors
/// The codes of the database.
pub async fn lock(tx: &mut Tx, means: &Means<'_>, source: &Source) -> Result<Known> {
    tx.run(
        sqlx::query(
            "INSERT INTO source_attempts (source, consecutive, total, forget_at_ms) VALUES ($1, 0, 0, $2) \
             ON CONFLICT (source) DO UPDATE SET total = source_attempts.total",
        )
        .bind(source.0.as_slice())
        .bind(means.now_ms()),
    )
    .await?;
    get(tx, means, source).await
}

/// Writes what [`lock`] returned, changed.
///
/// # Errors
/// The codes of the database.
pub async fn put(tx: &mut Tx, means: &Means<'_>, source: &Source, attempts: &Attempts) -> Result<()> {
    tx.run(
        sqlx::query(
            "UPDATE source_attempts SET consecutive = $1, total = $2, blocked_until_ms = $3, forget_at_ms = $4 WHERE source = $5",
        )
        .bind(i64::from(attempts.consecutive))
        .bind(i64::from(attempts.total))
        .bind(attempts.blocked_until.map(Timestamp::as_millisecond))
        .bind(means.now_ms() + field::ms(KEPT))
        .bind(source.0.as_slice()),
    )
    .await?;
    Ok(())
}

/// Notes from which address a station opens its camera, so that whoever works there can be told when the address has to wait.
///
/// # Errors
/// The codes of the database.
pub async fn came(tx: &mut Tx, means: &Means<'_>, station: &Source, via: &Source) -> Result<()> {
    let known = lock(tx, means, station).await?;
    put(tx, means, station, &known.attempts).await?;
    tx.run(
        sqlx::query("UPDATE source_attempts SET via = $1 WHERE source = $2")
            .bind(via.0.as_slice())
            .bind(station.0.as_slice()),
    )
    .await?;
    Ok(())
}

/// Forgets what is past its time.
pub(crate) async fn purge(tx: &mut Tx, means: &Means<'_>) -> Result<u64> {
    tx.run(sqlx::query("DELETE FROM source_attempts WHERE forget_at_ms <= $1").bind(means.now_ms())).await
}
