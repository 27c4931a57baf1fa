//! Signing in with a password and a one-time code, and out again; what a session's token opens.
//!
//! Whoever fails is told that something was wrong and never what: not whether the login exists, whether the password or the code was wrong,
//! whether the login is locked or the operator disabled. An unknown login costs the same time as a known one, because a password is hashed
//! either way, and counting the attempt happens beside the hashing.

use super::admin::{Secret, home};
use super::{Desk, around, in_transaction};
use crate::code::Code;
use crate::desk::by;
use crate::error::{Error, Result};
use crate::permission::Permission;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::Tx;
use store::id::{OperatorId, SessionId};
use store::ledger::{self, Act, Actor, Kind, Shard};
use store::operator::{self, credential, throttle};
use store::session::{self, Factor, SESSION_MAX, SignedIn};
use utoipa::ToSchema;

/// How long a session lasts that an invitation opened: enough to make a passkey.
pub(super) const INVITATION_SESSION: SignedDuration = SignedDuration::from_mins(15);

/// A sign-in with password and one-time code.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordSignIn {
    /// The login.
    pub login: String,
    /// The password.
    pub password: Secret,
    /// The six digits that the authenticator shows.
    pub code: Secret,
}

/// A new password in place of the present one.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The present password.
    pub password: Secret,
    /// The six digits that the authenticator shows.
    pub code: Secret,
    /// The new password.
    pub new_password: Secret,
}

/// A session that has just begun.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Opened {
    /// What every further request shows; told this once.
    pub token: Secret,
    /// Who is signed in.
    pub operator: OperatorId,
    /// When the session ends at the latest.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// An open session.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// Its id.
    pub id: SessionId,
    /// With what the operator signed in: `passkey`, `password-and-code` or `invitation`.
    pub factor: String,
    /// True for the session that asks.
    pub present: bool,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it ends at the latest.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// When it was last used, to the minute.
    #[schema(value_type = String, format = DateTime)]
    pub seen_at: Timestamp,
}

/// The answer to every sign-in that fails.
pub(super) fn refused() -> Error {
    Error::new(Code::SignInRefused, "nothing more is said")
}

/// Signs in with password and one-time code.
///
/// # Errors
/// `sign-in-refused`, whatever was wrong; the codes of keys and database.
pub async fn with_password(desk: &Desk, now: Timestamp, request: &PasswordSignIn) -> Result<Opened> {
    let proved = prove(desk, now, &request.login, &request.password, &request.code).await?;
    in_transaction!(desk, tx => async {
        if !throttle::succeed(tx, &proved.operator, Some(proved.step)).await? {
            return Err(refused());
        }
        open(desk, tx, now, &proved.operator, Factor::PasswordAndCode).await
    }.await)
}

/// Who proved a password and a code, and which step of the clock the code belongs to.
struct Proved {
    operator: OperatorId,
    step: u64,
}

/// Checks password and code; a failure is counted, and written down when it locks the login.
async fn prove(desk: &Desk, now: Timestamp, login: &str, password: &Secret, code: &Secret) -> Result<Proved> {
    let means = desk.means(now);
    let found = credential::of_login(&mut desk.db.read().await?, &means, login).await?;
    let found = found.filter(|found| !found.disabled);
    let hash = found.as_ref().and_then(|found| found.password_hash.clone());
    let hash = hash.unwrap_or_else(|| seal::password::DUMMY.to_owned());
    let password = password.clone();
    let hashing = tokio::task::spawn_blocking(move || seal::password::verify(password.as_str(), &hash));
    let counting = async {
        let Some(found) = &found else { return Ok(None) };
        in_transaction!(desk, tx => throttle::begin(tx, &means, &found.operator).await.map_err(Error::from)).map(Some)
    };
    let (right, counted) = tokio::join!(hashing, counting);
    let right = right.map_err(|_| Error::new(Code::TooBusy, "a password could not be checked"))?;
    let locked = |error: &Error| matches!(error, Error::Store(error) if error.code() == Some(store::Code::LoginLocked));
    let counted = match counted {
        Err(error) if locked(&error) => return Err(refused()),
        counted => counted?,
    };
    let (Some(found), Some(counted)) = (found, counted) else { return Err(refused()) };
    let step = found
        .totp_secret
        .as_ref()
        .filter(|_| right && found.password_hash.is_some())
        .and_then(|secret| seal::totp::verify(secret, code.as_str(), now.as_second(), counted.totp_step));
    match step {
        Some(step) => Ok(Proved { operator: found.operator, step }),
        None => Err(failed(desk, now, &found.operator, &counted).await.err().unwrap_or_else(refused)),
    }
}

/// Writes down that a failure locked the login.
async fn failed(desk: &Desk, now: Timestamp, operator: &OperatorId, counted: &throttle::Throttle) -> Result<()> {
    if counted.locked_until <= now {
        return Ok(());
    }
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        let office = operator::get(tx, operator).await?.office;
        let actor = Actor::Operator(operator.clone());
        let act = Act::new(Kind::LockedOut, home(office.as_ref()), &actor).fact("failures", counted.failures);
        ledger::append(tx, &means, &act).await.map_err(Error::from)
    }.await)
    .map(|_| ())
}

/// Begins a session and says so in the ledger.
pub(super) async fn open(
    desk: &Desk,
    tx: &mut Tx,
    now: Timestamp,
    operator: &OperatorId,
    factor: Factor,
) -> Result<Opened> {
    let means = desk.means(now);
    let lasts = match factor {
        Factor::Invitation => INVITATION_SESSION,
        Factor::Passkey | Factor::PasswordAndCode => {
            SignedDuration::from_mins(i64::from(desk.settings.session_longest_min)).min(SESSION_MAX)
        }
    };
    let office = operator::get(tx, operator).await?.office;
    let begun = session::create(tx, &means, operator, factor, lasts).await?;
    let actor = Actor::Operator(operator.clone());
    let act = Act::new(Kind::SignedIn, home(office.as_ref()), &actor).fact("factor", factor.as_str());
    ledger::append(tx, &means, &act).await?;
    Ok(Opened { token: Secret::new(begun.token.as_str()), operator: operator.clone(), expires_at: begun.expires_at })
}

/// Who a session's token belongs to; notes, at most once a minute, that the session is in use.
///
/// # Errors
/// `session-ended`; the codes of the database.
pub async fn require(desk: &Desk, now: Timestamp, token: &str) -> Result<SignedIn> {
    let means = desk.means(now);
    let idle_max = SignedDuration::from_mins(i64::from(desk.settings.session_idle_min));
    let by = session::require(&mut desk.db.read().await?, &means, token, idle_max).await?;
    if by.seen_due(now) {
        in_transaction!(desk, tx => session::seen(tx, &means, by.session()).await.map_err(Error::from))?;
    }
    Ok(by)
}

/// The open sessions of who is signed in, newest first.
///
/// # Errors
/// The codes of the database.
pub async fn sessions(desk: &Desk, by: &SignedIn, now: Timestamp) -> Result<Vec<SessionView>> {
    let listed = session::of_operator(&mut desk.db.read().await?, &desk.means(now), by.operator()).await?;
    let view = |listed: session::Session| SessionView {
        present: listed.id == *by.session(),
        id: listed.id,
        factor: listed.factor.as_str().to_owned(),
        created_at: listed.created_at,
        expires_at: listed.expires_at,
        seen_at: listed.seen_at,
    };
    Ok(listed.into_iter().map(view).collect())
}

/// Ends the session of who is signed in.
///
/// # Errors
/// The codes of the database.
pub async fn sign_out(desk: &Desk, by: &SignedIn, now: Timestamp) -> Result<()> {
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        // Two requests that end the same session are no two acts.
        if session::revoke(tx, &means, by.session()).await? {
            let actor = by::ledger(by);
            ledger::append(tx, &means, &super::admin::act(Kind::SignedOut, by, &actor).fact("sessions", 1)).await?;
        }
        Ok(())
    }.await)
}

/// Ends all sessions of who is signed in, this one too, and says how many there were.
///
/// # Errors
/// The codes of the database.
pub async fn sign_out_everywhere(desk: &Desk, by: &SignedIn, now: Timestamp) -> Result<u64> {
    end_all(desk, by, now, by.operator()).await
}

/// Ends all sessions of another operator and forgets failed sign-ins: for a lost device, or a login that somebody keeps locking.
///
/// # Errors
/// `permission-missing`; `not-found`; the codes of the database.
pub async fn sign_out_operator(desk: &Desk, by: &SignedIn, now: Timestamp, operator: &OperatorId) -> Result<u64> {
    by::require(by, Permission::OperatorManage, now)?;
    end_all(desk, by, now, operator).await
}

async fn end_all(desk: &Desk, by: &SignedIn, now: Timestamp, operator: &OperatorId) -> Result<u64> {
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        operator::get(tx, operator).await?;
        if operator != by.operator() {
            throttle::reset(tx, operator).await?;
        }
        let ended = session::revoke_all(tx, &means, operator).await?;
        let actor = by::ledger(by);
        let act = super::admin::act(Kind::SignedOut, by, &actor).fact("sessions", ended as i64);
        let act = act.fact("operator", operator.as_str());
        ledger::append(tx, &means, &act).await?;
        Ok(ended)
    }.await)
}

/// Sets a new password after the present one and a code were shown. All sessions end; the one given back is the only one left.
///
/// # Errors
/// `sign-in-refused`; `password-too-weak`; the codes of keys and database.
pub async fn change_password(desk: &Desk, by: &SignedIn, now: Timestamp, request: &PasswordChange) -> Result<Opened> {
    let means = desk.means(now);
    let login = around::fit(desk, by.operator(), &request.new_password).await?;
    let proved = prove(desk, now, &login, &request.password, &request.code).await?;
    let hash = hashed(desk, &request.new_password).await?;
    in_transaction!(desk, tx => async {
        if proved.operator != *by.operator() || !throttle::succeed(tx, &proved.operator, Some(proved.step)).await? {
            return Err(refused());
        }
        let known = credential::of_login(tx, &means, &login).await?;
        let secret = known.and_then(|known| known.totp_secret).ok_or_else(refused)?;
        let new = credential::NewCredentials { password_hash: &hash, totp_secret: &secret };
        credential::set(tx, &means, by.operator(), &new).await?;
        session::revoke_all(tx, &means, by.operator()).await?;
        let actor = by::ledger(by);
        let act = Act::new(Kind::CredentialSet, Shard::Register, &actor).fact("credential", "password");
        ledger::append(tx, &means, &act).await?;
        open(desk, tx, now, by.operator(), Factor::PasswordAndCode).await
    }.await)
}

/// The hash of a password, made away from the threads that serve requests.
pub(super) async fn hashed(desk: &Desk, password: &Secret) -> Result<String> {
    let (password, random) = (password.clone(), std::sync::Arc::clone(&desk.random));
    let hashing = tokio::task::spawn_blocking(move || seal::password::hash(password.as_str(), random.as_ref()));
    Ok(hashing.await.map_err(|_| Error::new(Code::TooBusy, "a password could not be hashed"))??)
}
