//! A small town in a database, made through the store's own procedures: an office with a station and operators, persons with portraits, a
//! visit that ended in a confirmed suspicion, and one that is under way. Every table has rows.

use jiff::{SignedDuration, Timestamp};
use seal::totp::Secret;
use serde_json::json;
use store::id::{
    CaptureId, ConsentId, EvidenceId, IncidentId, NoticeId, OfficeId, OperatorId, PersonId, StationId, VisitId,
    VisitPersonId,
};
use store::ledger::{Act, Actor, Kind, Shard};
use store::{Db, Means, Result, Tx};

/// The name of the town's installation.
pub const ORIGIN: &str = "town.example.gov";
/// The day on which everything in it happens.
pub const DAY: &str = "2026-11-21T08:00:00Z";

/// What was made.
#[derive(Clone, Debug)]
pub struct Town {
    /// The office.
    pub office: OfficeId,
    /// Its station.
    pub station: StationId,
    /// Two operators of the office.
    pub operators: [OperatorId; 2],
    /// The persons in the register.
    pub persons: Vec<PersonId>,
    /// Their pseudonyms.
    pub pseudonyms: Vec<String>,
    /// The visit that ended.
    pub ended: VisitId,
    /// The visit that is under way.
    pub open: VisitId,
    /// The consent of the person of the open visit.
    pub consent: ConsentId,
}

/// The moment at which the town's day begins.
pub fn morning() -> Timestamp {
    DAY.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Makes the town in an empty database; ten seconds pass between acts.
///
/// # Errors
/// Whatever the store refuses: then it, or this, is wrong.
pub async fn build(db: &Db, means: &Means<'_>) -> Result<Town> {
    let mut tx = db.write().await?;
    store::meta::install(&mut tx, means, ORIGIN).await?;
    tx.commit().await?;
    let (office, station, operators) = office(db, means).await?;
    let people = register(db, means, &operators[0]).await?;
    let (persons, pseudonyms): (Vec<PersonId>, Vec<String>) = people.into_iter().unzip();
    let of =
        |person: usize| Place { office: &office, station: &station, operators: &operators, person: &persons[person] };
    let (ended, _) = visit(db, &later(means, 600), &of(0), true).await?;
    let (open, consent) = visit(db, &later(means, 900), &of(1), false).await?;
    checkpoints(db, &later(means, 1000)).await?;
    around(db, &later(means, 1100), &operators[0]).await?;
    Ok(Town { office, station, operators, persons, pseudonyms, ended, open, consent })
}

/// Signs checkpoints of what grew.
///
/// # Errors
/// Whatever the store refuses.
pub async fn checkpoints(db: &Db, means: &Means<'_>) -> Result<Option<String>> {
    let mut tx = db.write().await?;
    let written = store::ledger::checkpoint::write(&mut tx, means).await?;
    tx.commit().await?;
    Ok(written.root)
}

/// The same means some seconds later.
pub fn later<'a>(means: &Means<'a>, seconds: i64) -> Means<'a> {
    Means { now: means.now + SignedDuration::from_secs(seconds), ..*means }
}

/// Notes what the transaction did, and commits it.
///
/// # Errors
/// Whatever the store refuses.
pub async fn note(mut tx: Tx, means: &Means<'_>, act: Act<'_>) -> Result<()> {
    store::ledger::append(&mut tx, means, &act).await?;
    tx.commit().await
}

async fn office(db: &Db, means: &Means<'_>) -> Result<(OfficeId, StationId, [OperatorId; 2])> {
    use store::{office, operator, passkey, session, station};
    let mut tx = db.write().await?;
    let contact = office::Contact { kind: office::ContactKind::Email, value: "counter@town.example.gov".to_owned() };
    let new = office::NewOffice { code: "north", name: "North office", contacts: &[contact] };
    let office = office::add(&mut tx, means, &new).await?;
    let (station, code) = station::add(&mut tx, means, &office, "counter 1", station::StationKind::Counter).await?;
    station::pair(&mut tx, means, code.as_str()).await?;
    let (waiting, _) = station::add(&mut tx, means, &office, "kiosk 1", station::StationKind::Kiosk).await?;
    station::seen(&mut tx, means, &station).await?;
    station::seen(&mut tx, means, &waiting).await?;
    note(tx, means, Act::new(Kind::OfficeOpened, Shard::Office(office.clone()), &Actor::System)).await?;

    let mut tx = db.write().await?;
    let mut ids = Vec::new();
    for login in ["first.clerk", "second.clerk"] {
        let roles = ["clerk".to_owned()];
        let new =
            operator::NewOperator { login, name: login, office: Some(&office), roles: &roles, trained_until: None };
        let invited = operator::invitation::invite(&mut tx, means, &new).await?;
        let secret = Secret::generate(means.random);
        let new =
            operator::credential::NewCredentials { password_hash: "$argon2id$not-a-real-one", totp_secret: &secret };
        ids.push(operator::invitation::accept(&mut tx, means, invited.token.as_str(), &new).await?);
    }
    let [first, second] = [ids[0].clone(), ids[1].clone()];
    let key = passkey::NewPasskey {
        operator: &first,
        credential_id: &[7; 32],
        name: "blue key",
        static_state: &[1, 2, 3],
        dynamic_state: &[4, 5],
    };
    passkey::add(&mut tx, means, &key).await?;
    passkey::open_challenge(&mut tx, means, Some(&first), &[9; 20]).await?;
    let session =
        session::create(&mut tx, means, &first, session::Factor::Passkey, SignedDuration::from_hours(8)).await?;
    session::seen(&mut tx, means, &session.id).await?;
    operator::throttle::begin(&mut tx, means, &second).await?;
    note(tx, means, Act::new(Kind::OperatorAdded, Shard::Register, &Actor::System)).await?;
    Ok((office, station, [first, second]))
}

async fn register(db: &Db, means: &Means<'_>, operator: &OperatorId) -> Result<Vec<(PersonId, String)>> {
    use store::{import, person, portrait};
    let mut tx = db.write().await?;
    let source = import::Source { operator: Some(operator), hash: &[3; 32], rows: 4 };
    let import = import::start(&mut tx, means, &source).await?;
    let mut people = Vec::new();
    for (name, number) in [("Ana One", "A100001"), ("Ben Two", "B200002"), ("Cai Three", "C300003")] {
        let data = person::PersonData {
            name: name.to_owned(),
            number: number.to_owned(),
            birth_date: "1990-01-02".to_owned(),
            address: Some("1 Long Road".to_owned()),
            language: Some("en".to_owned()),
        };
        let person = person::add(&mut tx, means, &data).await?;
        // The store looks no further than at the first bytes of a JPEG.
        let image = [&[0xff, 0xd8, 0xff, 0xe0][..], format!("picture of {number}").as_bytes()].concat();
        let (image, taken_on) = (&image, Some("2019-05-06"));
        let new = portrait::NewPortrait { person: &person.id, image, taken_on, source: "register", quality: 80 };
        portrait::add(&mut tx, means, &new).await?;
        people.push((person.id, person.pseudonym));
    }
    let rejected = import::Rejection { line: 4, code: "number-invalid".to_owned(), detail: "too short".to_owned() };
    import::advance(&mut tx, means, &import.id, 3, &[rejected]).await?;
    note(tx, means, Act::new(Kind::ImportStarted, Shard::Register, &Actor::System)).await?;

    let means = &later(means, 10);
    let mut tx = db.write().await?;
    person::event::note(&mut tx, means, &people[2].0, person::Event::Moved, Some(operator)).await?;
    let (since, until) = (means.now, means.now + SignedDuration::from_hours(24 * 300));
    let ground = "parent";
    let new = person::guardian::NewGuardian { child: &people[2].0, guardian: &people[0].0, ground, since, until };
    person::guardian::set(&mut tx, means, &new).await?;
    let act = Act { person: Some(&people[2].1), ..Act::new(Kind::GuardianSet, Shard::Register, &Actor::System) };
    note(tx, means, act).await?;
    Ok(people)
}

/// Where a visit takes place, and of whom.
struct Place<'a> {
    office: &'a OfficeId,
    station: &'a StationId,
    operators: &'a [OperatorId; 2],
    person: &'a PersonId,
}

/// A visit up to the evidence, or to its end.
async fn visit(db: &Db, means: &Means<'_>, place: &Place<'_>, ends: bool) -> Result<(VisitId, ConsentId)> {
    let shard = || Shard::Office(place.office.clone());
    let actor = Actor::Operator(place.operators[0].clone());
    let mut tx = db.write().await?;
    let (visit, visit_person) = open(&mut tx, means, place).await?;
    let pseudonym = store::person::get(&mut tx, place.person).await?.pseudonym;
    let act = |kind| Act {
        person: Some(&pseudonym),
        visit: Some(&visit),
        service: Some("household.identity-card"),
        ..Act::new(kind, shard(), &actor)
    };
    note(tx, means, act(Kind::VisitOpened)).await?;

    let means = &later(means, 10);
    let mut tx = db.write().await?;
    let consent = consent(&mut tx, means, place, (&visit, &visit_person)).await?;
    note(tx, means, Act { consent: Some(&consent), ..act(Kind::ConsentGiven) }).await?;

    let means = &later(means, 10);
    let mut tx = db.write().await?;
    let (capture, evidence) = compare(&mut tx, means, place, (&consent, &visit_person)).await?;
    let fact = act(Kind::CaptureTaken).fact("capture", capture.as_str()).fact("score", 412);
    note(tx, means, fact).await?;

    let means = &later(means, 10);
    let mut tx = db.write().await?;
    let (operator, answer) = (&place.operators[0], store::judgement::Answer::Different);
    let new = store::judgement::New { visit_person: &visit_person, evidence: &evidence, operator, answer };
    store::judgement::put(&mut tx, means, &new).await?;
    let judged = store::judgement::require(&mut tx, &evidence, operator).await?;
    store::evidence::open(&mut tx, means, &judged).await?;
    note(tx, means, act(Kind::Judged)).await?;
    if ends {
        let means = &later(means, 10);
        let mut tx = db.write().await?;
        let incident = end(&mut tx, means, place, (&visit, &visit_person)).await?;
        note(tx, means, act(Kind::Decided).fact("incident", incident.as_str())).await?;
    }
    Ok((visit, consent))
}

async fn open(tx: &mut Tx, means: &Means<'_>, place: &Place<'_>) -> Result<(VisitId, VisitPersonId)> {
    use store::visit;
    let new = visit::New {
        office: place.office,
        station: Some(place.station),
        service: "household.identity-card",
        service_version: "1",
        variant: "collect",
        channel: "counter",
        state: "opened",
        opened_by: &place.operators[0],
        expires: means.now + SignedDuration::from_hours(1),
    };
    let id = visit::open(tx, means, &new).await?;
    let mut locked = visit::lock(tx, place.office, &id, None).await?;
    let new = visit::NewPerson { role: "applicant", person: place.person, state: "claimed" };
    let visit_person = visit::add_person(tx, means, &mut locked, &new).await?;
    Ok((id, visit_person))
}

async fn consent(
    tx: &mut Tx,
    means: &Means<'_>,
    place: &Place<'_>,
    (visit, visit_person): (&VisitId, &VisitPersonId),
) -> Result<ConsentId> {
    use store::consent;
    let text = consent::Text {
        service: "household.identity-card",
        version: "1",
        language: "en",
        text: "We compare your face.",
    };
    let request = consent::Request {
        person: place.person,
        given_by: place.person,
        purpose: "household.identity-card",
        controller: "The town",
        recipients: &[],
        text: &text,
        expires: means.now + SignedDuration::from_hours(24 * 30),
    };
    let actor = Actor::Operator(place.operators[0].clone());
    let requested = consent::request(tx, means, &actor, &request).await?;
    consent::give(tx, means, &actor, &requested.id).await?;
    let mut locked = store::visit::lock(tx, place.office, visit, None).await?;
    store::visit::set_consent(tx, &mut locked, visit_person, &requested.id).await?;
    Ok(requested.id)
}

/// A capture with two pictures, the templates of the person, and the evidence.
async fn compare(
    tx: &mut Tx,
    means: &Means<'_>,
    place: &Place<'_>,
    (consent, visit_person): (&ConsentId, &VisitPersonId),
) -> Result<(CaptureId, EvidenceId)> {
    use store::{capture, evidence, film, template};
    let grant = store::consent::require(tx, means, consent, place.person, "household.identity-card").await?;
    let opened = capture::open(tx, means, &grant, visit_person, place.station).await?;
    let new = film::New { capture: &opened.id, page_key: &[4; 65], way: "{}" };
    film::begin(tx, means, &grant, &new).await?;
    film::ask(tx, means, &grant, &opened.id, "{}").await?;
    let hash = [9; 32];
    let piece = film::Piece { capture: &opened.id, position: 0, bytes: b"measured", hash: &hash };
    film::put(tx, means, &grant, &piece).await?;
    let capture = capture::take(tx, means, &grant, opened.nonce.as_str(), place.station).await?;
    for position in 0..2 {
        let frame = capture::Frame { capture: &capture, position, bytes: b"a live picture" };
        capture::put_frame(tx, means, &grant, &frame).await?;
    }
    for portrait in store::portrait::open(tx, means, &grant.sight()).await? {
        let new = template::New { portrait: &portrait.id, pack: "pack-1", version: 1, bytes: &[5; 64] };
        template::put(tx, means, &grant, &new).await?;
    }
    let json = json!({"score": 412}).to_string();
    let new = evidence::New { visit_person, capture: &capture, json: json.as_bytes() };
    let evidence = evidence::put(tx, means, &grant, &new).await?;
    Ok((capture, evidence))
}

/// The adverse end of a visit.
async fn end(
    tx: &mut Tx,
    means: &Means<'_>,
    place: &Place<'_>,
    (visit, visit_person): (&VisitId, &VisitPersonId),
) -> Result<IncidentId> {
    use store::{attempts, incident, notice, outcome};
    let [first, second] = place.operators;
    let mut locked = store::visit::lock(tx, place.office, visit, None).await?;
    let report = incident::Report { visit_person, reason: "other-face", operator: first };
    let incident = incident::report(tx, means, &locked, &report).await?;
    incident::second(tx, means, &locked, &incident, (second, incident::Verdict::Confirm)).await?;
    let kind = outcome::SUSPECTED_IMPERSONATION;
    let new = outcome::New { kind, reason: Some("other-face"), operator: Some(first), second: Some(second) };
    outcome::put(tx, means, &locked, &new).await?;
    let body = json!({"incident": incident.as_str()});
    let new = notice::New {
        office: place.office,
        visit: Some(visit),
        incident: Some(&incident),
        recipient: "counter@town.example.gov",
        kind: "incident",
        body: &body,
    };
    let told = notice::queue(tx, means, &new).await?;
    agency(tx, means, &told).await?;
    let mut counted = attempts::lock(tx, means, place.person, "household.identity-card").await?;
    counted.consecutive += 1;
    counted.total += 1;
    attempts::put(tx, place.person, "household.identity-card", &counted).await?;
    let place_of = store::source::Source::station(means, place.station);
    store::source::came(tx, means, &place_of, &store::source::Source::address(means, [192, 0, 2, 7].into())).await?;
    let alarm = store::station_alarm::raise(tx, means, (place.office, place.station), 3, means.now).await?;
    let alarm = alarm.ok_or_else(|| store::Error::new(store::Code::Conflict, "there was an alarm before"))?;
    store::station_alarm::close(tx, means, place.office, &alarm, (second, "station-tested")).await?;
    store::visit::close(tx, means, &mut locked, "ended").await?;
    Ok(incident)
}

/// An agency with two secrets, and a try to deliver a notice.
async fn agency(tx: &mut Tx, means: &Means<'_>, notice: &NoticeId) -> Result<()> {
    use store::{agency, delivery};
    let fields = ["name".to_owned()];
    let facts = agency::Facts {
        name: "National Immigration Agency",
        endpoint: "https://hooks.immigration.example.gov/",
        purpose: "To note a new status.",
        fields: &fields,
    };
    let id = agency::add(tx, means, "immigration", &facts).await?;
    agency::renew_secret(tx, means, &id, SignedDuration::ZERO).await?;
    agency::renew_secret(tx, means, &id, SignedDuration::from_hours(24)).await?;
    let tried = delivery::Tried {
        at: means.now,
        took_ms: 12,
        status: Some(503),
        failure: None,
        sent_sha256: Some("00".repeat(32)),
        answer_sha256: None,
    };
    delivery::note(tx, means, notice, &tried).await
}

/// What the ledger does not speak of.
async fn around(db: &Db, means: &Means<'_>, operator: &OperatorId) -> Result<()> {
    use store::{idempotency, lease};
    let mut tx = db.write().await?;
    let key = idempotency::Key { scope: operator.as_str(), key: "a-request" };
    let answer = idempotency::Answer { status: 201, body: "{}".to_owned().into() };
    idempotency::keep(&mut tx, means, &key, b"{}", &answer).await?;
    lease::take(&mut tx, means, "sweep", "process-1", SignedDuration::from_mins(1)).await?;
    tx.commit().await
}

/// The whole ledger as an export.
///
/// # Errors
/// Whatever the store refuses.
pub async fn export(db: &Db, means: &Means<'_>) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    store::ledger::export(&mut db.read().await?, means, &mut out, &mut |_| {}).await?;
    Ok(out)
}
