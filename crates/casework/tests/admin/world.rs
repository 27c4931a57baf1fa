//! A desk on an empty database, with operators of every role.

use casework::desk::{Desk, Parts, Settings};
use casework::{Role, Services};
use face::{Engine, PackSource};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use store::id::{OfficeId, OperatorId};
use store::ledger::{self, Act, Actor, Kind, Shard};
use store::office::NewOffice;
use store::operator::{NewOperator, invitation};
use store::session::{self, Factor, SignedIn};
use testkit::SeededRandom;
use testkit::store::Database;

/// The folder of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A picture of `fixtures/`.
pub fn picture(name: &str) -> Vec<u8> {
    std::fs::read(root().join("fixtures").join(name)).unwrap()
}

/// So many seconds after nine in the morning.
pub fn at(second: i64) -> Timestamp {
    "2026-11-21T09:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
}

/// The engine, loaded once a process.
pub fn engine() -> Arc<Engine> {
    static ENGINE: OnceLock<Arc<Engine>> = OnceLock::new();
    let load = || Arc::new(Engine::load(&PackSource::Folder(root().join("models"))).unwrap());
    Arc::clone(ENGINE.get_or_init(load))
}

/// A desk on an empty database.
pub struct World {
    pub desk: Desk,
    pub db: Database,
}

/// A world on each database that there is.
pub async fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for db in testkit::store::databases().await {
        let parts = Parts {
            db: db.db().clone(),
            ring: Arc::new(testkit::ring()),
            random: Arc::new(SeededRandom::new(7)),
            engine: engine(),
            services: Arc::new(Services::builtin().unwrap()),
        };
        let settings = Settings {
            public_url: "https://counter.example.gov".to_owned(),
            origin: "counter.example.gov".to_owned(),
            session_longest_min: 600,
            session_idle_min: 30,
            analyses_waiting_max: 16,
        };
        let desk = Desk::new(parts, settings);
        let mut tx = desk.db.write().await.unwrap();
        store::meta::install(&mut tx, &desk.means(at(0)), "counter.example.gov").await.unwrap();
        tx.commit().await.unwrap();
        worlds.push(World { desk, db });
    }
    worlds
}

impl World {
    /// An office.
    pub async fn office(&self, code: &str) -> OfficeId {
        let means = self.desk.means(at(0));
        let mut tx = self.desk.db.write().await.unwrap();
        let id = store::office::add(&mut tx, &means, &NewOffice { code, name: code, contacts: &[] }).await.unwrap();
        ledger::append(&mut tx, &means, &Act::new(Kind::OfficeOpened, Shard::Register, &Actor::System)).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// An operator who was added behind the procedures, so that a test of one procedure does not stand on another.
    pub async fn operator(&self, login: &str, roles: &[Role], office: Option<&OfficeId>) -> OperatorId {
        let means = self.desk.means(at(0));
        let mut tx = self.desk.db.write().await.unwrap();
        let roles: Vec<String> = roles.iter().map(|role| role.as_str().to_owned()).collect();
        let trained_until = Some(at(0) + SignedDuration::from_hours(24 * 300));
        let new = NewOperator { login, name: login, office, roles: &roles, trained_until };
        let invited = invitation::invite(&mut tx, &means, &new).await.unwrap();
        ledger::append(&mut tx, &means, &Act::new(Kind::OperatorAdded, Shard::Register, &Actor::System)).await.unwrap();
        tx.commit().await.unwrap();
        invited.operator
    }

    /// A session of an operator.
    pub async fn session(&self, operator: &OperatorId, factor: Factor) -> SignedIn {
        let means = self.desk.means(at(0));
        let mut tx = self.desk.db.write().await.unwrap();
        let lasts = SignedDuration::from_hours(10);
        let opened = session::create(&mut tx, &means, operator, factor, lasts).await.unwrap();
        ledger::append(&mut tx, &means, &Act::new(Kind::SignedIn, Shard::Register, &Actor::System)).await.unwrap();
        tx.commit().await.unwrap();
        casework::desk::sign_in::require(&self.desk, at(0), opened.token.as_str()).await.unwrap()
    }

    /// Somebody of a role, signed in; clerks and supervisors in the office.
    pub async fn somebody(&self, login: &str, role: Role, office: &OfficeId) -> SignedIn {
        let office = (!role.stands_alone()).then_some(office);
        let operator = self.operator(login, &[role], office).await;
        self.session(&operator, Factor::Passkey).await
    }

    /// Entries of the ledger.
    pub async fn entries(&self) -> i64 {
        self.db.count("SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM ledger_heads").await
    }

    /// Entries of a kind.
    pub async fn entries_of(&self, kind: Kind) -> i64 {
        self.db.count(&format!("SELECT COUNT(*) FROM ledger_entries WHERE kind = '{}'", kind.code())).await
    }

    /// Holds every record against the ledger, and the ledger against its trees.
    pub async fn check(&self) {
        let mut tx = self.desk.db.read().await.unwrap();
        let mut watch = |_| {};
        let means = self.desk.means(at(0));
        let report = store::check::check(&mut tx, &means, store::check::Depth::Full, &mut watch).await.unwrap();
        assert!(report.is_right(), "{:?}", report.findings);
        assert!(report.entries > 0 && report.rows > 0);
    }
}

/// The code that an authenticator shows for a secret in base 32: RFC 4226 and RFC 6238, written for the tests alone.
pub fn totp(secret: &str, now: Timestamp) -> String {
    let mut bits = 0_u64;
    let mut held = 0;
    let mut key = Vec::new();
    for letter in secret.bytes() {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|b| *b == letter).unwrap() as u64;
        bits = bits << 5 | value;
        held += 5;
        if held >= 8 {
            held -= 8;
            key.push((bits >> held) as u8);
        }
    }
    let mut hmac = <Hmac<sha1::Sha1>>::new_from_slice(&key).unwrap();
    hmac.update(&(now.as_second() as u64 / 30).to_be_bytes());
    let hash = hmac.finalize().into_bytes();
    let offset = usize::from(hash[19] & 15);
    let word = u32::from_be_bytes(hash[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", word % 1_000_000)
}
