//! Password and one-time code of an operator, as sign-in needs them.

use super::normal_login;
use crate::error::{Error, Result};
use crate::field;
use crate::id::OperatorId;
use crate::tx::Tx;
use crate::{Code, Means, Table};
use seal::keys::{DataKey, Domain, Wrapped};
use seal::totp::Secret;
use sqlx::FromRow;

/// Longest password hash, bytes.
const HASH_BYTES_MAX: usize = 300;

/// Credentials that are to be set. The password comes as its hash: making one takes time and memory that must not pass inside a transaction.
#[derive(Clone, Copy)]
pub struct NewCredentials<'a> {
    /// What `seal::password::hash` made.
    pub password_hash: &'a str,
    /// The secret of the one-time code.
    pub totp_secret: &'a Secret,
}

impl std::fmt::Debug for NewCredentials<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewCredentials")
    }
}

/// What sign-in compares with. Has no content in its debug form.
pub struct Credentials {
    /// Whose they are.
    pub operator: OperatorId,
    /// The password's hash; none before an invitation was accepted, or with passkeys only.
    pub password_hash: Option<String>,
    /// The secret of the one-time code, opened.
    pub totp_secret: Option<Secret>,
    /// True when the operator may not sign in at all.
    pub disabled: bool,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({})", self.operator)
    }
}

#[derive(FromRow)]
struct Row {
    id: String,
    password_hash: Option<String>,
    totp_key_id: Option<String>,
    totp_wrapped: Option<Vec<u8>>,
    totp_sealed: Option<Vec<u8>>,
    disabled_at_ms: Option<i64>,
}

/// Sets an operator's password and one-time code.
///
/// # Errors
/// `not-found`, `row-invalid`; the codes of the key ring and the database.
pub async fn set(tx: &mut Tx, means: &Means<'_>, operator: &OperatorId, new: &NewCredentials<'_>) -> Result<()> {
    field::text("the password's hash", new.password_hash, HASH_BYTES_MAX)?;
    if !new.password_hash.starts_with("$argon2id$") {
        return Err(Error::new(Code::RowInvalid, "the password's hash is not one of Argon2id"));
    }
    let id = operator.as_str().as_bytes();
    let key = DataKey::generate(means.random);
    let wrapped = means.ring.wrap(Domain::Operator, &key, &[b"totp", id], means.random)?;
    let sealed = seal::record::seal(&key, &[b"operators", id], new.totp_secret.bytes(), means.random);
    let changed = tx
        .run(
            sqlx::query(
                "UPDATE operators SET password_hash = $1, totp_key_id = $2, totp_wrapped = $3, totp_sealed = $4 \
                 WHERE id = $5",
            )
            .bind(new.password_hash)
            .bind(wrapped.key.to_string())
            .bind(wrapped.bytes)
            .bind(sealed)
            .bind(operator.as_str()),
        )
        .await?;
    super::found(changed)?;
    tx.touch(Table::Operators, operator.as_str());
    Ok(())
}

/// The credentials of a login; none when nobody has it. The caller then still compares with `seal::password::DUMMY`, so that the time of an
/// answer does not tell which logins exist.
///
/// # Errors
/// The codes of the key ring and the database.
pub async fn of_login(tx: &mut Tx, means: &Means<'_>, login: &str) -> Result<Option<Credentials>> {
    let Ok(login) = normal_login(login) else { return Ok(None) };
    let row: Option<Row> = tx
        .maybe(
            sqlx::query(
                "SELECT id, password_hash, totp_key_id, totp_wrapped, totp_sealed, disabled_at_ms \
                 FROM operators WHERE login = $1",
            )
            .bind(login),
        )
        .await?;
    row.map(|row| row.credentials(means)).transpose()
}

impl Row {
    fn credentials(self, means: &Means<'_>) -> Result<Credentials> {
        let id = self.id.as_bytes();
        let totp_secret = match (&self.totp_key_id, self.totp_wrapped, &self.totp_sealed) {
            (Some(key), Some(bytes), Some(sealed)) => {
                let wrapped = Wrapped { key: key.parse()?, bytes };
                let key = means.ring.unwrap(Domain::Operator, &wrapped, &[b"totp", id])?;
                Some(Secret::from_bytes(&seal::record::open(&key, &[b"operators", id], sealed)?)?)
            }
            _ => None,
        };
        Ok(Credentials {
            password_hash: self.password_hash,
            totp_secret,
            disabled: self.disabled_at_ms.is_some(),
            operator: self.id.try_into()?,
        })
    }
}
