//! Passkeys (WebAuthn Level 3): making one, signing in with one. The authenticator must have verified its user, by a PIN or a finger, so that
//! a passkey is two factors by itself; who signs in is told by the passkey, and no list of them is handed to whoever knows a login.
//!
//! Challenges come from `webauthn_rp`, which draws them from the operating system and times them by its clock; beside that they end by our
//! own `now`, and each can be answered once.

use super::admin::{act, typed};
use super::sign_in::{self, Opened, refused};
use super::{Desk, by, in_transaction};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::permission::Permission;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::id::{OperatorId, PasskeyId};
use store::ledger::{self, Kind};
use store::passkey::{self as rows, NewPasskey};
use store::session::{Factor, SignedIn};
use store::{operator, Tx};
use utoipa::ToSchema;
use webauthn_rp::bin::{Decode as _, Encode as _};
use webauthn_rp::request::auth::AuthenticationVerificationOptions;
use webauthn_rp::request::register::{
    CredProtect, Nickname, PublicKeyCredentialUserEntity, RegistrationVerificationOptions, UserHandle, Username,
};
use webauthn_rp::request::{AsciiDomain, ExtensionInfo, PublicKeyCredentialDescriptor, RpId};
use webauthn_rp::response::register::{CompressedPubKey, DynamicState, StaticState};
use webauthn_rp::response::{AuthTransports, CredentialId};
use webauthn_rp::{
    AuthenticatedCredential, DiscoverableAuthentication, DiscoverableAuthenticationServerState,
    DiscoverableCredentialRequestOptions, PublicKeyCredentialCreationOptions, Registration, RegistrationServerState,
};

/// Bytes of a user handle: those of an operator's id, which is random enough and says nothing about who it is.
const HANDLE: usize = 26;

type PublicKey = CompressedPubKey<[u8; 32], [u8; 32], [u8; 48], Vec<u8>>;

/// A challenge for the browser.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Challenge {
    /// The name under which the answer finds it again.
    pub challenge: String,
    /// What the browser hands to `navigator.credentials`, as `PublicKeyCredentialCreationOptionsJSON` or `…RequestOptionsJSON`.
    #[schema(value_type = Object)]
    pub options: Value,
}

/// A new passkey.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyMade {
    /// The name of the challenge.
    pub challenge: String,
    /// What the operator calls it: `blue key`, `office phone`.
    pub name: String,
    /// The browser's answer, as `RegistrationResponseJSON`.
    #[schema(value_type = Object)]
    pub response: Value,
}

/// An answer to a challenge to sign in.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyShown {
    /// The name of the challenge.
    pub challenge: String,
    /// The browser's answer, as `AuthenticationResponseJSON`.
    #[schema(value_type = Object)]
    pub response: Value,
}

/// A passkey in lists.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PasskeyView {
    /// Its id.
    pub id: PasskeyId,
    /// What the operator calls it.
    pub name: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last used, or made.
    #[schema(value_type = String, format = DateTime)]
    pub used_at: Timestamp,
}

impl From<rows::Passkey> for PasskeyView {
    fn from(row: rows::Passkey) -> Self {
        Self { id: row.id, name: row.name, created_at: row.created_at, used_at: row.used_at }
    }
}

fn invalid(detail: &'static str) -> Error {
    Error::new(Code::PasskeyInvalid, detail)
}

/// The name under which browsers keep passkeys for this installation: the host of its address.
fn rp_id(desk: &Desk) -> Result<RpId> {
    let unfit = || Error::new(Code::PasskeyUnfit, "the public address has no domain name");
    let (_, rest) = desk.settings.public_url.split_once("://").ok_or_else(unfit)?;
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    // Browsers refuse addresses of numbers.
    if host.is_empty() || host.ends_with(|c: char| c.is_ascii_digit()) {
        return Err(unfit());
    }
    Ok(RpId::Domain(AsciiDomain::try_from(host.to_owned()).map_err(|_| unfit())?))
}

/// The origin that browsers name: scheme, host and port of the public address.
fn origin(desk: &Desk) -> &str {
    let url = desk.settings.public_url.as_str();
    let after = url.find("://").map_or(0, |at| at + 3);
    url[after..].find('/').map_or(url, |at| &url[..after + at])
}

fn handle(operator: &OperatorId) -> Result<UserHandle<HANDLE>> {
    let bytes: [u8; HANDLE] =
        operator.as_str().as_bytes().try_into().map_err(|_| invalid("the operator's id has a wrong length"))?;
    // Cannot fail: the error type is empty.
    UserHandle::decode(bytes).map_err(|_| invalid("the operator's id cannot be a handle"))
}

/// A challenge to make a passkey, for who is signed in, if only by an invitation.
///
/// # Errors
/// `passkey-unfit` when browsers keep no passkeys for the public address; the codes of the database.
pub async fn begin(desk: &Desk, by: &SignedIn, now: Timestamp) -> Result<Challenge> {
    let (rp_id, handle) = (rp_id(desk)?, handle(by.operator())?);
    let mut tx = desk.db.read().await?;
    let operator = operator::get(&mut tx, by.operator()).await?;
    let known = rows::of_operator(&mut tx, by.operator()).await?;
    drop(tx);
    let exclude = known.into_iter().map(|known| {
        let id = CredentialId::<Vec<u8>>::decode(known.credential_id).map_err(|_| invalid("a stored passkey is damaged"))?;
        let transports = AuthTransports::decode(0).map_err(|_| invalid("a stored passkey is damaged"))?;
        Ok(PublicKeyCredentialDescriptor { id, transports })
    });
    let exclude = exclude.collect::<Result<Vec<_>>>()?;
    let user = PublicKeyCredentialUserEntity {
        name: Username::try_from(operator.login.as_str()).map_err(|_| invalid("the login cannot be shown"))?,
        id: &handle,
        // A name that the standard for nicknames refuses is left out; the login stands there anyway.
        display_name: Nickname::try_from(operator.name.as_str()).ok(),
    };
    let mut options = PublicKeyCredentialCreationOptions::passkey(&rp_id, user, exclude);
    // Wanted, not enforced: authenticators that do not know it would be shut out, and user verification is demanded at every sign-in anyway.
    options.extensions.cred_protect = CredProtect::UserVerificationRequired(ExtensionInfo::AllowDontEnforceValue);
    let (server, client) = options.start_ceremony().map_err(|_| invalid("the challenge could not be made"))?;
    let state = server.encode().map_err(|_| invalid("the clock stands before 1970"))?;
    let options = serde_json::to_value(&client).map_err(|_| invalid("the challenge could not be written"))?;
    let means = desk.means(now);
    let challenge =
        in_transaction!(desk, tx => rows::open_challenge(tx, &means, Some(by.operator()), &state).await.map_err(Error::from))?;
    Ok(Challenge { challenge, options })
}

/// Takes a challenge out, for good even if what follows fails.
async fn take(desk: &Desk, now: Timestamp, challenge: &str) -> Result<rows::Challenge> {
    let means = desk.means(now);
    in_transaction!(desk, tx => rows::take_challenge(tx, &means, challenge).await.map_err(Error::from))
}

/// Adds the passkey that answered a challenge.
///
/// # Errors
/// `passkey-invalid`; `not-found` when the challenge is over; `already-exists`, `row-invalid`, `text-too-long`; the codes of the database.
pub async fn finish(desk: &Desk, by: &SignedIn, now: Timestamp, request: &PasskeyMade) -> Result<PasskeyView> {
    let means = desk.means(now);
    let taken = take(desk, now, &request.challenge).await?;
    if taken.operator.as_ref() != Some(by.operator()) {
        return Err(invalid("the challenge was for somebody else"));
    }
    let (rp_id, origins) = (rp_id(desk)?, [origin(desk)]);
    let response = Registration::from_json_relaxed(request.response.to_string().as_bytes())
        .map_err(|_| invalid("the answer is not in the form of the standard"))?;
    let state = RegistrationServerState::<HANDLE>::decode(&taken.state).map_err(|_| invalid("the challenge is damaged"))?;
    let options = RegistrationVerificationOptions::<&str, &str> { allowed_origins: &origins, ..Default::default() };
    let made = state.verify(&rp_id, &response, &options).map_err(|_| invalid("the answer does not fit the challenge"))?;
    let static_state = made.static_state().encode().map_err(|_| invalid("the key could not be written"))?;
    let dynamic_state = made.dynamic_state().encode().map_err(|_| invalid("the key could not be written"))?;
    in_transaction!(desk, tx => typed(async {
        let id = rows::add(tx, &means, &NewPasskey {
            operator: by.operator(),
            credential_id: made.id().as_ref(),
            name: &request.name,
            static_state: &static_state,
            dynamic_state: &dynamic_state,
        }).await?;
        let actor = by::ledger(by);
        let act = act(Kind::CredentialSet, by, &actor).fact("credential", "passkey").fact("passkey", id.as_str());
        ledger::append(tx, &means, &act).await?;
        Ok(PasskeyView { id, name: request.name.clone(), created_at: now, used_at: now })
    }.await))
}

/// A challenge to sign in, for whoever has a passkey of this installation.
///
/// # Errors
/// `passkey-unfit`; the codes of the database.
pub async fn sign_in_begin(desk: &Desk, now: Timestamp) -> Result<Challenge> {
    let (means, rp_id) = (desk.means(now), rp_id(desk)?);
    let begun = DiscoverableCredentialRequestOptions::passkey(&rp_id).start_ceremony();
    let (server, client) = begun.map_err(|_| invalid("the challenge could not be made"))?;
    let state = server.encode().map_err(|_| invalid("the clock stands before 1970"))?;
    let options = serde_json::to_value(&client).map_err(|_| invalid("the challenge could not be written"))?;
    let challenge = in_transaction!(desk, tx => rows::open_challenge(tx, &means, None, &state).await.map_err(Error::from))?;
    Ok(Challenge { challenge, options })
}

/// Signs in with the passkey that answered a challenge.
///
/// # Errors
/// `sign-in-refused`, whatever was wrong; the codes of the database.
pub async fn sign_in_finish(desk: &Desk, now: Timestamp, request: &PasskeyShown) -> Result<Opened> {
    let missing = |error: &Error| error.code() == store::Code::NotFound.as_str();
    let taken = take(desk, now, &request.challenge).await;
    let taken = taken.map_err(|error| if missing(&error) { refused() } else { error })?;
    if taken.operator.is_some() {
        return Err(refused());
    }
    let response = DiscoverableAuthentication::<HANDLE>::from_json_relaxed(request.response.to_string().as_bytes());
    let response = response.map_err(|_| refused())?;
    in_transaction!(desk, tx => verified(desk, tx, now, (&taken.state, &response)).await)
}

/// Checks an answer against the stored passkey, notes the use, and begins a session.
async fn verified(
    desk: &Desk,
    tx: &mut Tx,
    now: Timestamp,
    (state, response): (&[u8], &DiscoverableAuthentication<HANDLE>),
) -> Result<Opened> {
    let found = rows::find(tx, response.raw_id().as_ref()).await?.ok_or_else(refused)?;
    let dynamic_state: [u8; 7] = found.dynamic_state.as_slice().try_into().map_err(|_| refused())?;
    let handle = handle(&found.operator)?;
    let mut known = AuthenticatedCredential::new(
        CredentialId::<&[u8]>::decode(&found.credential_id).map_err(|_| refused())?,
        &handle,
        StaticState::<PublicKey>::decode(&found.static_state).map_err(|_| refused())?,
        DynamicState::decode(dynamic_state).map_err(|_| refused())?,
    )
    .map_err(|_| refused())?;
    let (rp_id, origins) = (rp_id(desk)?, [origin(desk)]);
    let options = AuthenticationVerificationOptions::<&str, &str> { allowed_origins: &origins, ..Default::default() };
    let state = DiscoverableAuthenticationServerState::decode(state).map_err(|_| refused())?;
    // A signature counter that went back is refused in here: the passkey was copied.
    state.verify(&rp_id, response, &mut known, &options).map_err(|_| refused())?;
    let dynamic_state = known.dynamic_state().encode().map_err(|_| refused())?;
    rows::used(tx, &desk.means(now), &found.id, &dynamic_state).await?;
    sign_in::open(desk, tx, now, &found.operator, Factor::Passkey).await
}

/// The passkeys of who is signed in, oldest first.
///
/// # Errors
/// The codes of the database.
pub async fn list(desk: &Desk, by: &SignedIn) -> Result<Vec<PasskeyView>> {
    let found = rows::of_operator(&mut desk.db.read().await?, by.operator()).await?;
    Ok(found.into_iter().map(PasskeyView::from).collect())
}

/// The passkeys of another operator.
///
/// # Errors
/// `permission-missing`; the codes of the database.
pub async fn list_of(desk: &Desk, by: &SignedIn, now: Timestamp, operator: &OperatorId) -> Result<Vec<PasskeyView>> {
    by::require(by, Permission::OperatorManage, now)?;
    let found = rows::of_operator(&mut desk.db.read().await?, operator).await?;
    Ok(found.into_iter().map(PasskeyView::from).collect())
}

/// Revokes a passkey of who is signed in.
///
/// # Errors
/// `not-found`; the codes of the database.
pub async fn revoke(desk: &Desk, by: &SignedIn, now: Timestamp, id: &PasskeyId) -> Result<()> {
    end(desk, by, now, (by.operator(), id)).await
}

/// Revokes a passkey of another operator: for a key that was lost.
///
/// # Errors
/// `permission-missing`; `not-found`; the codes of the database.
pub async fn revoke_of(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    operator: &OperatorId,
    id: &PasskeyId,
) -> Result<()> {
    by::require(by, Permission::OperatorManage, now)?;
    end(desk, by, now, (operator, id)).await
}

async fn end(desk: &Desk, by: &SignedIn, now: Timestamp, (operator, id): (&OperatorId, &PasskeyId)) -> Result<()> {
    let means = desk.means(now);
    in_transaction!(desk, tx => typed(async {
        rows::revoke(tx, &means, operator, id).await?;
        let actor = by::ledger(by);
        let act = act(Kind::CredentialRevoked, by, &actor).fact("passkey", id.as_str());
        ledger::append(tx, &means, &act.fact("operator", operator.as_str())).await?;
        Ok(())
    }.await))
}
