//! The one error type of this crate: a stable code and the detail that helps.

use crate::code::Code;

/// Why the store refused, or could not do, something.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// A refusal with its code.
    #[error("{code}: {detail}")]
    Refused {
        /// The stable code; [`Code::row`] says what it means and what to do.
        code: Code,
        /// What exactly was found, as a lower-case fragment without personal data.
        detail: String,
    },
    /// A key, a sealed record, a token or a proof was not in order.
    #[error(transparent)]
    Seal(#[from] seal::Error),
}

impl Error {
    /// A refusal.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self::Refused { code, detail: detail.into() }
    }

    /// The code, if it is one of this crate's.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            Self::Seal(_) => None,
        }
    }
}

impl From<sqlx::Error> for Error {
    /// Driver texts can hold values of a row, so only their kind goes on.
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) if database.is_unique_violation() => {
                Self::new(Code::AlreadyExists, "a row with this key exists")
            }
            sqlx::Error::Database(database) if database.is_foreign_key_violation() => {
                Self::new(Code::NotFound, "a row that is referred to does not exist")
            }
            sqlx::Error::Database(database) if database.is_check_violation() => {
                Self::new(Code::RowInvalid, "a value is outside what its column allows")
            }
            sqlx::Error::Database(database) => match database.code().as_deref() {
                // SQLITE_FULL; SQLITE_IOERR_WRITE and SQLITE_IOERR_SHMSIZE, which a quota or a limit of file sizes gives; PostgreSQL disk_full.
                Some("13" | "778" | "4874" | "53100") => Self::new(Code::DiskFull, "the database has no room left"),
                // SQLITE_BUSY and its kin; PostgreSQL serialization_failure, deadlock_detected, lock_not_available.
                Some("5" | "261" | "517" | "40001" | "40P01" | "55P03") => {
                    Self::new(Code::DatabaseBusy, "another transaction holds the row")
                }
                // PostgreSQL admin_shutdown, crash_shutdown, cannot_connect_now, and connection exceptions.
                Some("57P01" | "57P02" | "57P03" | "08000" | "08003" | "08006") => {
                    Self::new(Code::DatabaseUnreachable, "the database ended the connection")
                }
                // PostgreSQL character_not_in_repertoire, untranslatable_character: a text that it cannot hold, such as one with U+0000.
                Some("22021" | "22P05") => {
                    Self::new(Code::RowInvalid, "a text holds a character that cannot be stored")
                }
                // SQLITE_CORRUPT, SQLITE_NOTADB.
                Some("11" | "26") => Self::new(Code::DatabaseDamaged, "the database file is damaged"),
                code => Self::new(Code::DatabaseFailed, format!("the database answered {}", code.unwrap_or("nothing"))),
            },
            sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Tls(_) => {
                Self::new(Code::DatabaseUnreachable, "the connection to the database is lost")
            }
            sqlx::Error::PoolTimedOut => Self::new(Code::DatabaseBusy, "no connection became free in time"),
            sqlx::Error::RowNotFound => Self::new(Code::NotFound, "there is no such row"),
            sqlx::Error::ColumnDecode { index, .. } => {
                Self::new(Code::RowInvalid, format!("column {index} does not hold what it should"))
            }
            sqlx::Error::ColumnNotFound(name) => Self::new(Code::DatabaseFailed, format!("there is no column {name}")),
            _ => Self::new(Code::DatabaseFailed, "the database driver failed"),
        }
    }
}

/// The result of the store's functions.
pub type Result<T> = std::result::Result<T, Error>;
