//! Two offices, somebody of each role, and a paired station, made with the store's own functions.

use super::TestApp;
use casework::Desk;
use jiff::{SignedDuration, Timestamp};
use seal::totp;
use store::id::{OfficeId, OperatorId, StationId};
use store::ledger::{Act, Actor, Kind, Shard, append};
use store::office::NewOffice;
use store::operator::{NewOperator, invitation};
use store::session::Factor;
use store::station::StationKind;
use store::{Means, Result, Tx, meta, office, session, station};

/// Somebody signed in.
#[derive(Clone, Debug)]
pub struct Login {
    /// Who.
    pub id: OperatorId,
    /// The bearer token.
    pub token: String,
}

/// Everybody whom a test needs.
#[derive(Debug)]
pub struct People {
    /// The office of all but the last clerk.
    pub office: OfficeId,
    /// Another office.
    pub other_office: OfficeId,
    /// A trained clerk.
    pub clerk: Login,
    /// A second clerk, whose training is over.
    pub untrained: Login,
    /// A supervisor.
    pub supervisor: Login,
    /// A clerk who is also a supervisor.
    pub both: Login,
    /// An auditor.
    pub auditor: Login,
    /// An administrator.
    pub administrator: Login,
    /// A protection officer.
    pub protection: Login,
    /// A clerk of the other office.
    pub stranger: Login,
    /// The station at the counter.
    pub station: StationId,
    /// Its bearer token.
    pub seat: String,
    /// The bearer token of the other office's station.
    pub other_seat: String,
}

/// Makes them.
pub(super) async fn sign_in(desk: &Desk, now: Timestamp) -> Result<People> {
    let means = &desk.means(now);
    let mut tx = desk.db.write().await?;
    let tx_ref = &mut tx;
    meta::install(tx_ref, means, &desk.settings.origin).await?;
    let here = office::add(tx_ref, means, &NewOffice { code: "first", name: "First Office", contacts: &[] }).await?;
    let there = office::add(tx_ref, means, &NewOffice { code: "second", name: "Second Office", contacts: &[] }).await?;
    let trained = Some(now + SignedDuration::from_hours(24 * 100));
    let mut makes = Maker { tx: tx_ref, means, office: &here, trained };
    let clerk = makes.login("clerk", &["clerk"]).await?;
    let supervisor = makes.login("supervisor", &["supervisor"]).await?;
    let both = makes.login("both", &["clerk", "supervisor"]).await?;
    let auditor = makes.login("auditor", &["auditor"]).await?;
    let administrator = makes.login("admin", &["administrator"]).await?;
    let protection = makes.login("protection", &["protection-officer"]).await?;
    makes.trained = Some(now - SignedDuration::from_hours(1));
    let untrained = makes.login("untrained", &["clerk"]).await?;
    let mut makes = Maker { trained, office: &there, ..makes };
    let stranger = makes.login("stranger", &["clerk"]).await?;
    let (station, seat) = pair(tx_ref, means, &here).await?;
    let (_, other_seat) = pair(tx_ref, means, &there).await?;
    append(tx_ref, means, &Act::new(Kind::OfficeOpened, Shard::Register, &Actor::System)).await?;
    tx.commit().await?;
    Ok(People {
        office: here,
        other_office: there,
        clerk,
        untrained,
        supervisor,
        both,
        auditor,
        administrator,
        protection,
        stranger,
        station,
        seat,
        other_seat,
    })
}

/// New sessions of clerk, supervisor and administrator.
pub(super) async fn again(desk: &Desk, now: Timestamp, people: &mut People) -> Result<()> {
    let means = &desk.means(now);
    let mut tx = desk.db.write().await?;
    for login in [&mut people.clerk, &mut people.supervisor, &mut people.administrator] {
        let lasts = SignedDuration::from_hours(12);
        let session = session::create(&mut tx, means, &login.id, Factor::PasswordAndCode, lasts).await?;
        login.token = format!("op_{}", session.token.as_str());
    }
    append(&mut tx, means, &Act::new(Kind::SignedIn, Shard::Register, &Actor::System)).await?;
    tx.commit().await
}

struct Maker<'a> {
    tx: &'a mut Tx,
    means: &'a Means<'a>,
    office: &'a OfficeId,
    trained: Option<Timestamp>,
}

impl Maker<'_> {
    async fn login(&mut self, login: &str, roles: &[&str]) -> Result<Login> {
        let roles: Vec<String> = roles.iter().map(|&role| role.to_owned()).collect();
        let new =
            NewOperator { login, name: login, office: Some(self.office), roles: &roles, trained_until: self.trained };
        let id = invitation::invite(self.tx, self.means, &new).await?.operator;
        let lasts = SignedDuration::from_hours(12);
        let session = session::create(self.tx, self.means, &id, Factor::PasswordAndCode, lasts).await?;
        Ok(Login { id, token: format!("op_{}", session.token.as_str()) })
    }
}

async fn pair(tx: &mut Tx, means: &Means<'_>, office: &OfficeId) -> Result<(StationId, String)> {
    let (id, code) = station::add(tx, means, office, "Counter 1", StationKind::Counter).await?;
    let paired = station::pair(tx, means, code.as_str()).await?;
    Ok((id, format!("st_{}", paired.token.as_str())))
}

/// The code that an authenticator with this secret (base32) shows now.
///
/// # Panics
/// When there is none.
pub fn code(secret: &str, app: &TestApp) -> String {
    let digits: Vec<u8> = secret
        .bytes()
        .filter_map(|b| b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|c| *c == b))
        .map(|n| n as u8)
        .collect();
    let bits = digits.iter().fold((Vec::new(), 0_u32, 0_u32), |(mut bytes, mut value, mut count), digit| {
        value = (value << 5) | u32::from(*digit);
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((value >> count) as u8);
            value &= (1 << count) - 1;
        }
        (bytes, value, count)
    });
    let secret = totp::Secret::from_bytes(&bits.0).unwrap_or_else(|error| panic!("{error}"));
    (0..1_000_000)
        .map(|n| format!("{n:06}"))
        .find(|text| totp::verify(&secret, text, app.now().as_second(), None).is_some())
        .unwrap_or_else(|| panic!("no code"))
}
