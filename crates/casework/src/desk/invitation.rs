//! Accepting an invitation: the one-time link with which an operator sets credentials, and the first link of all.
//!
//! Two steps, and nothing is written between them: the first hands out a secret for one-time codes with a mark that only this program can
//! make, the second takes both back with a code that proves that the secret arrived in an authenticator. So a link that was opened and
//! left is still good, and nobody can bring a secret of their own.

use super::admin::Secret;
use super::sign_in::{self, Opened};
use super::{Desk, around, in_transaction};
use crate::code::Code;
use crate::error::{Error, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use seal::keys::HashUse;
use seal::totp;
use serde::{Deserialize, Serialize};
use store::Means;
use store::id::OperatorId;
use store::ledger::{self, Act, Actor, Kind, Shard};
use store::operator::{self, credential, invitation, throttle};
use store::session::Factor;
use utoipa::ToSchema;

/// The login of the first administrator.
pub const FIRST_LOGIN: &str = "administrator";
/// The name of the first administrator, until somebody changes it.
const FIRST_NAME: &str = "First administrator";
/// Bytes of the mark on an offered secret.
const MARK_BYTES: usize = 16;
/// Bytes of the secret of one-time codes.
const SECRET_BYTES: usize = 20;

/// The first step: the link and the password that is to be.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// The secret part of the link.
    pub token: Secret,
    /// The password that is to be.
    pub password: Secret,
}

/// What the first step hands out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Offer {
    /// Who is invited.
    pub login: String,
    /// The secret of one-time codes, to be typed into an authenticator.
    pub secret: Secret,
    /// The same as an address for a QR code.
    pub uri: Secret,
    /// To be handed back with the second step.
    pub offer: Secret,
}

/// The second step.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// The secret part of the link.
    pub token: Secret,
    /// The password that is to be.
    pub password: Secret,
    /// What the first step gave.
    pub offer: Secret,
    /// The six digits that the authenticator shows.
    pub code: Secret,
}

/// Makes the first administrator's one-time link when there is no operator yet. The caller shows it to who installed the program.
///
/// # Errors
/// The codes of the database.
pub async fn bootstrap(desk: &Desk, now: Timestamp) -> Result<Option<Secret>> {
    let means = desk.means(now);
    if !operator::list(&mut desk.db.read().await?, None).await?.is_empty() {
        return Ok(None);
    }
    let invited: Result<Option<Secret>> = in_transaction!(desk, tx => async {
        let invited = invitation::invite_first(tx, &means, FIRST_LOGIN, FIRST_NAME).await?;
        let act = Act::new(Kind::OperatorAdded, Shard::Register, &Actor::System)
            .fact("operator", invited.operator.as_str())
            .fact("roles", invitation::FIRST_ROLE);
        ledger::append(tx, &means, &act).await?;
        Ok(Some(Secret::new(invited.token.as_str())))
    }.await);
    match invited {
        // Another process was first.
        Err(Error::Store(error)) if error.code() == Some(store::Code::Conflict) => Ok(None),
        invited => invited,
    }
}

/// Makes a new link for the first administrator who let the first one expire: only as long as nobody has ever set a credential.
///
/// # Errors
/// `conflict` when somebody has; the codes of the database.
pub async fn bootstrap_again(desk: &Desk, now: Timestamp) -> Result<Secret> {
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        let taken = || store::Error::new(store::Code::Conflict, "an operator has credentials: administrators invite");
        let operators = operator::list(tx, None).await?;
        let [first] = &operators[..] else { return Err(taken().into()) };
        let known = credential::of_login(tx, &means, &first.login).await?;
        let fresh = known.is_some_and(|known| known.password_hash.is_none());
        if !fresh || !store::passkey::of_operator(tx, &first.id).await?.is_empty() {
            return Err(taken().into());
        }
        let invited = invitation::invite_again(tx, &means, &first.id).await?;
        let act = Act::new(Kind::OperatorAdded, Shard::Register, &Actor::System);
        ledger::append(tx, &means, &act.fact("operator", first.id.as_str()).fact("again", true)).await?;
        Ok(Secret::new(invited.token.as_str()))
    }.await)
}

/// The first step: looks at the link and the password, and hands out a secret for one-time codes.
///
/// # Errors
/// `invitation-ended`; `password-too-weak`; the codes of the database.
pub async fn begin(desk: &Desk, now: Timestamp, request: &Acceptance) -> Result<Offer> {
    let means = desk.means(now);
    let operator = invited(desk, &means, &request.token).await?;
    let login = around::fit(desk, &operator, &request.password).await?;
    let secret = totp::Secret::generate(means.random);
    let mut offer = zeroize::Zeroizing::new(secret.bytes().to_vec());
    offer.extend(mark(&means, &operator, &request.token, secret.bytes()));
    Ok(Offer {
        secret: Secret::new(secret.to_base32().as_str()),
        uri: Secret::new(totp::uri(&desk.settings.origin, &login, &secret).as_str()),
        offer: Secret::new(URL_SAFE_NO_PAD.encode(&*offer)),
        login,
    })
}

/// The second step: uses the link up, sets password and one-time code, and signs in.
///
/// # Errors
/// `invitation-ended`; `offer-invalid`; `code-wrong`; `password-too-weak`; the codes of keys and database.
pub async fn finish(desk: &Desk, now: Timestamp, request: &Confirmation) -> Result<Opened> {
    let means = desk.means(now);
    let operator = invited(desk, &means, &request.token).await?;
    let secret = offered(&means, &operator, request)?;
    around::fit(desk, &operator, &request.password).await?;
    let wrong = || Error::new(Code::CodeWrong, "it belongs neither to this half minute nor to its neighbours");
    let step = totp::verify(&secret, request.code.as_str(), now.as_second(), None).ok_or_else(wrong)?;
    let hash = sign_in::hashed(desk, &request.password).await?;
    in_transaction!(desk, tx => async {
        let new = credential::NewCredentials { password_hash: &hash, totp_secret: &secret };
        let operator = invitation::accept(tx, &means, request.token.as_str(), &new).await?;
        // The code that was shown here counts as used.
        throttle::begin(tx, &means, &operator).await?;
        throttle::succeed(tx, &operator, Some(step)).await?;
        let actor = Actor::Operator(operator.clone());
        let act = Act::new(Kind::CredentialSet, Shard::Register, &actor).fact("credential", "password-and-code");
        ledger::append(tx, &means, &act).await?;
        sign_in::open(desk, tx, now, &operator, Factor::PasswordAndCode).await
    }.await)
}

/// Uses the link up for an operator who wants a passkey and no password: the session is good for nothing else, and for 15 minutes.
///
/// # Errors
/// `invitation-ended`; the codes of the database.
pub async fn without_password(desk: &Desk, now: Timestamp, token: &Secret) -> Result<Opened> {
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        let operator = invitation::consume(tx, &means, token.as_str()).await?;
        sign_in::open(desk, tx, now, &operator, Factor::Invitation).await
    }.await)
}

/// Who is invited by a link.
async fn invited(desk: &Desk, means: &Means<'_>, token: &Secret) -> Result<OperatorId> {
    Ok(invitation::look(&mut desk.db.read().await?, means, token.as_str()).await?)
}

/// What shows that this program offered a secret to this operator with this link.
fn mark(means: &Means<'_>, operator: &OperatorId, token: &Secret, secret: &[u8]) -> [u8; MARK_BYTES] {
    let parts = [b"totp-offer", operator.as_str().as_bytes(), token.as_str().as_bytes(), secret];
    let hash = means.ring.hash(HashUse::Token, &parts);
    let mut mark = [0; MARK_BYTES];
    mark.copy_from_slice(&hash[..MARK_BYTES]);
    mark
}

/// The secret of an offer, if it is one of ours.
fn offered(means: &Means<'_>, operator: &OperatorId, request: &Confirmation) -> Result<totp::Secret> {
    let invalid = || Error::new(Code::OfferInvalid, "it was not handed out with this link");
    let bytes = URL_SAFE_NO_PAD.decode(request.offer.as_str()).map(zeroize::Zeroizing::new).map_err(|_| invalid())?;
    let (secret, shown) = bytes.split_at_checked(SECRET_BYTES).ok_or_else(invalid)?;
    // Whoever holds the link may learn their own mark; comparing it needs no constant time.
    if shown != mark(means, operator, &request.token, secret) {
        return Err(invalid());
    }
    Ok(totp::Secret::from_bytes(secret)?)
}
