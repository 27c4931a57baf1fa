//! Operators: invitations, credentials, lock-out, sessions, passkeys, on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a step of a test that fails is the test's failure")]

mod accounts;
mod passkeys;
mod sessions;
mod throttles;

use seal::totp::Secret;
use store::id::OperatorId;
use store::operator::NewOperator;
use store::operator::credential::NewCredentials;
use store::operator::invitation::{self, Invited};
use store::{Code, Result, Tx};
use testkit::World;

/// A text that breaks any statement that is put together from texts.
const NASTY: &str = "Robert'); DROP TABLE operators;-- \"$1\" \\ %_ /* */ ` 王小明";
/// Looks like a hash; the store does not compute any.
const HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA";

/// The code of a refusal.
fn code<T>(result: Result<T>) -> Option<Code> {
    result.err().and_then(|error| error.code())
}

/// Invites a clerk.
async fn invite(tx: &mut Tx, world: &World, login: &str) -> Invited {
    let roles = ["clerk".to_owned()];
    let new = NewOperator { login, name: NASTY, office: None, roles: &roles, trained_until: None };
    invitation::invite(tx, &world.means(), &new).await.unwrap()
}

/// Adds a clerk with credentials.
async fn clerk(tx: &mut Tx, world: &World, login: &str) -> OperatorId {
    let invited = invite(tx, world, login).await;
    let secret = Secret::generate(&world.random);
    let new = NewCredentials { password_hash: HASH, totp_secret: &secret };
    invitation::accept(tx, &world.means(), invited.token.as_str(), &new).await.unwrap()
}
