//! An office with its people, stations and register, as tests find it.

use casework::desk::capture::{self, Camera, Frames, Taken, Who};
use casework::desk::consent::{self, Answer, Answered, Ask};
use casework::desk::view::VisitView;
use casework::desk::visit::{self, Assign, Claim, Open};
use casework::desk::{Parts, Settings};
use casework::{Desk, Services};
use face::{Engine, PackSource};
use jiff::{SignedDuration, Timestamp};
use seal::Random;
use seal::keys::KeyRing;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use store::check::Depth;
use store::id::{OfficeId, PersonId, StationId, VisitId};
use store::ledger::{self, Act, Actor, Kind, Shard};
use store::office::{Contact, ContactKind, NewOffice};
use store::operator::{NewOperator, invitation};
use store::person::PersonData;
use store::portrait::NewPortrait;
use store::retention::{self, ServiceTerms, Terms};
use store::session::{Factor, SignedIn};
use store::station::{StationKind, StationSeat};
use store::{Tx, person, portrait, session, station};
use testkit::SeededRandom;
use testkit::store::Database;

/// The shipped pack, loaded once for all tests.
pub(crate) static ENGINE: LazyLock<Arc<Engine>> =
    LazyLock::new(|| Arc::new(Engine::load(&PackSource::Folder(root().join("models"))).unwrap()));

/// The number of the person whose portrait is `obama-1.jpg`.
pub(crate) const OBAMA: &str = "A123456789";
/// The number of the person whose portrait is `biden-1.jpg`.
pub(crate) const BIDEN: &str = "B198765432";
/// The number of a person without a portrait.
pub(crate) const NOBODY: &str = "C100200300";

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The bytes of a photograph.
pub(crate) fn photo(name: &str) -> Vec<u8> {
    std::fs::read(root().join("fixtures").join(name)).unwrap()
}

/// Everything a test needs.
pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) desk: Desk,
    pub(crate) now: Timestamp,
    pub(crate) office: OfficeId,
    pub(crate) clerk: SignedIn,
    /// Both clerk and supervisor.
    pub(crate) senior: SignedIn,
    pub(crate) supervisor: SignedIn,
    pub(crate) untrained: SignedIn,
    pub(crate) auditor: SignedIn,
    /// A clerk of another office.
    pub(crate) stranger: SignedIn,
    pub(crate) station: StationId,
    pub(crate) seat: StationSeat,
    pub(crate) other_station: StationId,
    pub(crate) other_seat: StationSeat,
}

/// A world on each database that there is.
pub(crate) async fn worlds() -> Vec<World> {
    let mut all = Vec::new();
    for database in testkit::store::databases().await {
        all.push(world(database).await);
    }
    all
}

async fn world(database: Database) -> World {
    let parts = Parts {
        db: database.db().clone(),
        ring: Arc::new(testkit::ring()) as Arc<dyn KeyRing>,
        random: Arc::new(SeededRandom::new(7)) as Arc<dyn Random>,
        engine: Arc::clone(&ENGINE),
        services: Arc::new(Services::builtin().unwrap()),
    };
    let settings = Settings {
        public_url: "https://face.household.example".to_owned(),
        origin: "household.example/ledger".to_owned(),
        session_longest_min: 720,
        session_idle_min: 30,
        analyses_waiting_max: 16,
    };
    let desk = Desk::new(parts, settings);
    let now = Timestamp::from_second(1_795_251_600).unwrap();
    let means = desk.means(now);
    let mut tx = desk.db.write().await.unwrap();
    store::meta::install(&mut tx, &means, &desk.settings.origin).await.unwrap();
    let contacts = [Contact { kind: ContactKind::Email, value: "duty@household.example".to_owned() }];
    let new = NewOffice { code: "da-an", name: "臺北市大安區戶政事務所", contacts: &contacts };
    let office = store::office::add(&mut tx, &means, &new).await.unwrap();
    let elsewhere = NewOffice { code: "xinyi", name: "臺北市信義區戶政事務所", contacts: &contacts };
    let elsewhere = store::office::add(&mut tx, &means, &elsewhere).await.unwrap();
    let (station, seat) = paired(&mut tx, &desk, now, (&office, "1")).await;
    let (other_station, other_seat) = paired(&mut tx, &desk, now, (&office, "2")).await;
    let clerk = operator(&mut tx, &desk, now, ("clerk", &office, &["clerk"], true)).await;
    let senior = operator(&mut tx, &desk, now, ("senior", &office, &["clerk", "supervisor"], true)).await;
    let supervisor = operator(&mut tx, &desk, now, ("supervisor", &office, &["supervisor"], true)).await;
    let untrained = operator(&mut tx, &desk, now, ("untrained", &office, &["clerk"], false)).await;
    let auditor = operator(&mut tx, &desk, now, ("auditor", &office, &["auditor"], true)).await;
    let stranger = operator(&mut tx, &desk, now, ("stranger", &elsewhere, &["clerk", "supervisor"], true)).await;
    commit(&desk, now, tx).await;
    let world = World {
        database,
        desk,
        now,
        office,
        clerk,
        senior,
        supervisor,
        untrained,
        auditor,
        stranger,
        station,
        seat,
        other_station,
        other_seat,
    };
    world.enrol(OBAMA, "歐巴馬", Some("obama-1.jpg")).await;
    world.enrol(BIDEN, "拜登", Some("biden-1.jpg")).await;
    world.enrol(NOBODY, "無相片", None).await;
    world
}

/// Appends an entry for what was touched, and commits.
pub(crate) async fn commit(desk: &Desk, now: Timestamp, mut tx: Tx) {
    let act = Act::new(Kind::PersonChanged, Shard::Register, &Actor::System);
    ledger::append(&mut tx, &desk.means(now), &act).await.unwrap();
    tx.commit().await.unwrap();
}

async fn paired(
    tx: &mut Tx,
    desk: &Desk,
    now: Timestamp,
    (office, name): (&OfficeId, &str),
) -> (StationId, StationSeat) {
    let means = desk.means(now);
    let (id, code) = station::add(tx, &means, office, name, StationKind::Counter).await.unwrap();
    let token = station::pair(tx, &means, code.as_str()).await.unwrap().token;
    (id, station::require(tx, &means, token.as_str()).await.unwrap())
}

async fn operator(
    tx: &mut Tx,
    desk: &Desk,
    now: Timestamp,
    (login, office, roles, trained): (&str, &OfficeId, &[&str], bool),
) -> SignedIn {
    let means = desk.means(now);
    let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
    let until = now + SignedDuration::from_hours(24 * 90);
    let trained_until = trained.then_some(until);
    let new = NewOperator { login, name: login, office: Some(office), roles: &roles, trained_until };
    let operator = invitation::invite(tx, &means, &new).await.unwrap().operator;
    let lasts = SignedDuration::from_hours(12);
    let token = session::create(tx, &means, &operator, Factor::PasswordAndCode, lasts).await.unwrap().token;
    session::require(tx, &means, token.as_str(), lasts).await.unwrap()
}

impl World {
    /// Adds a person to the register.
    pub(crate) async fn enrol(&self, number: &str, name: &str, picture: Option<&str>) -> PersonId {
        let means = self.desk.means(self.now);
        let mut tx = self.desk.db.write().await.unwrap();
        let data = PersonData {
            name: name.to_owned(),
            number: number.to_owned(),
            birth_date: "1961-08".to_owned(),
            address: None,
            language: Some("zh-Hant".to_owned()),
        };
        let id = person::add(&mut tx, &means, &data).await.unwrap().id;
        if let Some(picture) = picture {
            let image = photo(picture);
            let taken_on = Some("2012-12");
            let new = NewPortrait { person: &id, image: &image, taken_on, source: "identity-card", quality: 80 };
            portrait::add(&mut tx, &means, &new).await.unwrap();
        }
        commit(&self.desk, self.now, tx).await;
        id
    }

    /// Lets time go by.
    pub(crate) fn pass(&mut self, minutes: i64) {
        self.now += SignedDuration::from_mins(minutes);
    }

    /// Opens a visit at the station and claims its persons.
    pub(crate) async fn opened(&self, service: &str, variant: &str, numbers: &[&str]) -> VisitId {
        let open = Open {
            service: service.to_owned(),
            variant: variant.to_owned(),
            channel: "counter".to_owned(),
            station: Some(self.station.clone()),
        };
        let visit = visit::open(&self.desk, &self.clerk, self.now, &open).await.unwrap().id;
        for (person, number) in numbers.iter().enumerate() {
            self.claim(&visit, person as u32, number).await.unwrap();
        }
        visit
    }

    /// Opens a visit to collect an identity card.
    pub(crate) async fn collecting(&self, number: &str) -> VisitId {
        self.opened("household.identity-card", "collect", &[number]).await
    }

    pub(crate) async fn claim(&self, visit: &VisitId, person: u32, number: &str) -> casework::Result<VisitView> {
        let claim = Claim { person, number: number.to_owned() };
        visit::claim(&self.desk, &self.clerk, self.now, visit, &claim).await
    }

    pub(crate) async fn assign(&self, visit: &VisitId, station: &StationId) -> casework::Result<VisitView> {
        let assign = Assign { station: station.clone() };
        visit::assign(&self.desk, &self.clerk, self.now, visit, &assign).await
    }

    pub(crate) async fn ask(&self, visit: &VisitId, person: u32) -> casework::Result<VisitView> {
        let ask = Ask { person, language: "zh-Hant".to_owned(), guardian_number: None };
        consent::ask(&self.desk, &self.clerk, self.now, visit, &ask).await
    }

    /// Answers what the station shows.
    pub(crate) async fn answer(&self, visit: &VisitId, agree: bool) -> Answered {
        let shown = consent::station(&self.desk, &self.seat, self.now).await.unwrap();
        let notice = shown.notice.unwrap();
        let person = shown.person.unwrap();
        let answer = Answer { person, consent: notice.consent, notice_hash: notice.hash, agree };
        consent::answer(&self.desk, &self.seat, self.now, visit, &answer).await.unwrap()
    }

    /// Asks, and the person agrees; gives the receipt.
    pub(crate) async fn agreed(&self, visit: &VisitId, person: u32) -> String {
        self.ask(visit, person).await.unwrap();
        self.answer(visit, true).await.receipt.unwrap()
    }

    pub(crate) async fn begin(&self, visit: &VisitId, person: u32) -> casework::Result<VisitView> {
        capture::begin(&self.desk, &self.clerk, self.now, visit, Who { person }).await
    }

    pub(crate) async fn camera(&self, visit: &VisitId, person: u32) -> casework::Result<Camera> {
        capture::open(&self.desk, &self.seat, self.now, visit, Who { person }).await
    }

    pub(crate) async fn take(&self, nonce: &str, pictures: &[&str]) -> casework::Result<Taken> {
        let pictures = pictures.iter().map(|name| photo(name).into()).collect();
        capture::take(&self.desk, &self.seat, self.now, Frames { nonce: nonce.to_owned(), pictures, signed: None })
            .await
    }

    /// The whole capture of a person.
    pub(crate) async fn captured(&self, visit: &VisitId, person: u32, pictures: &[&str]) -> Taken {
        self.begin(visit, person).await.unwrap();
        let camera = self.camera(visit, person).await.unwrap();
        self.take(&camera.nonce, pictures).await.unwrap()
    }

    pub(crate) async fn view(&self, visit: &VisitId) -> VisitView {
        visit::get(&self.desk, &self.clerk, self.now, visit).await.unwrap()
    }

    /// How many rows a table has.
    pub(crate) async fn rows(&self, table: &str) -> i64 {
        self.database.count(&format!("SELECT COUNT(*) FROM {table}")).await
    }

    /// The entries of a kind, whole.
    pub(crate) async fn entries(&self, kind: Kind) -> Vec<serde_json::Value> {
        let mut tx = self.desk.db.read().await.unwrap();
        let search = store::ledger::search::Search { kind: Some(kind), limit: 500, ..Default::default() };
        let found = store::ledger::search::search(&mut tx, &search).await.unwrap();
        found.iter().map(|recorded| serde_json::from_str(&recorded.entry).unwrap()).collect()
    }

    /// Ends what is past its term, as the background work does.
    pub(crate) async fn swept(&self) {
        let days = ServiceTerms { evidence_days: 90, visit_days: 1825, consent_days: 1825 };
        let terms = Terms { services: BTreeMap::new(), others: days, session_days: 30, import_days: 30 };
        let mut tx = self.desk.db.write().await.unwrap();
        retention::sweep(&mut tx, &self.desk.means(self.now), &terms, 100).await.unwrap();
        commit(&self.desk, self.now, tx).await;
    }

    /// The ledger and every record are in order, and no live picture outlived its visit.
    pub(crate) async fn is_in_order(&self) {
        let left =
            "SELECT COUNT(*) FROM bio_frames f WHERE NOT EXISTS (SELECT 1 FROM captures c WHERE c.ended_at_ms IS NULL)";
        assert_eq!(self.database.count(left).await, 0, "live pictures without a capture");
        let open = "SELECT COUNT(*) FROM captures c JOIN visit_persons p ON p.id = c.visit_person_id \
                    JOIN visits v ON v.id = p.visit_id WHERE v.closed_at_ms IS NOT NULL AND c.ended_at_ms IS NULL";
        assert_eq!(self.database.count(open).await, 0, "captures of closed visits");
        let means = self.desk.means(self.now);
        let mut tx = self.desk.db.read().await.unwrap();
        let report = store::check::check(&mut tx, &means, Depth::Full, &mut |_| {}).await.unwrap();
        assert!(report.is_right(), "{:?}", report.findings);
        assert!(report.rows > 0 && report.entries > 0);
    }
}

/// The code of a refusal.
pub(crate) fn code<T: std::fmt::Debug>(result: casework::Result<T>) -> &'static str {
    result.unwrap_err().code()
}
