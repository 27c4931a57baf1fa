//! What a demonstration has and a server has not: credentials that anyone may see, and recorded cameras.

use casework::desk::Secret;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use store::id::StationId;

/// A demonstration: its cast, its stations, its register, its cameras.
#[derive(Debug)]
pub struct Demo {
    /// Who can be played, and where.
    pub(crate) stage: Stage,
    /// Cameras for who has none.
    pub(crate) recordings: Vec<Recording>,
    sessions: Mutex<BTreeMap<String, Secret>>,
}

impl Demo {
    /// A demonstration that nobody plays yet.
    pub fn new(stage: Stage, recordings: Vec<Recording>) -> Self {
        Self { stage, recordings, sessions: Mutex::default() }
    }

    /// The token of the last session of a login: a one-time code is good once, so that whoever plays two roles in turn needs it again.
    pub(crate) fn session(&self, login: &str) -> Option<Secret> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).get(login).cloned()
    }

    /// Keeps the token of a session.
    pub(crate) fn keep(&self, login: &str, token: &Secret) {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).insert(login.to_owned(), token.clone());
    }
}

/// Who can be played, and where. Kept beside the records so that a demonstration can go on another day.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Operators.
    pub cast: Vec<Player>,
    /// Stations, all paired.
    pub stations: Vec<Seat>,
    /// Persons of the register.
    pub persons: Vec<Sample>,
}

impl std::fmt::Debug for Stage {
    /// The name only: even made-up secrets reach no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stage")
    }
}

/// An operator whom anyone may play.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Player {
    /// The login.
    pub login: String,
    /// The name.
    pub name: String,
    /// Names of roles.
    pub roles: Vec<String>,
    /// The name of the office, if there is one.
    pub office: Option<String>,
    /// The password.
    pub password: String,
    /// The secret of one-time codes, base32.
    pub secret: String,
}

/// A paired station that anyone may sit down at.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seat {
    /// Which.
    pub station: StationId,
    /// Its name.
    pub name: String,
    /// The name of its office.
    pub office: String,
    /// The bearer token.
    pub token: String,
}

/// A made-up person of the register.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The identity number.
    pub number: String,
    /// The name.
    pub name: String,
    /// What there is to try, as a code of the page's words.
    pub what: String,
    /// The recording in which the person sits before the camera.
    pub recording: Option<String>,
}

/// A photograph that stands for a camera; the page moves it a little.
#[derive(Clone)]
pub struct Recording {
    /// Its name in addresses, and the code of its words.
    pub name: &'static str,
    /// JPEG.
    pub picture: &'static [u8],
}

impl std::fmt::Debug for Recording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Recording({})", self.name)
    }
}
