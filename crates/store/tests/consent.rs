//! Consent on both databases: how it is asked for, given, refused, granted; and the attacks on it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use jiff::SignedDuration;
use store::consent::{self, By, Request, State, Text};
use store::id::ConsentId;
use store::ledger::Actor;
use store::person::event::{self, Event};
use store::template::{self, New};
use store::{Code, Db, Error, capture, evidence};
use testkit::desk::{CONSENT, Desk, PURPOSE, SERVICE, TEXT};
use testkit::store::databases;

fn code<T>(result: Result<T, Error>) -> Code {
    result.err().unwrap().code().unwrap()
}

async fn withdraw(desk: &Desk, db: &Db, by: By<'_>) -> Result<consent::Ended, Error> {
    let mut tx = db.write().await?;
    let ended = consent::withdraw(&mut tx, &desk.means(), &Actor::Citizen, by).await?;
    desk.keep(tx).await?;
    Ok(ended)
}

#[tokio::test]
async fn a_consent_is_asked_for_given_and_recorded() {
    for db in databases().await {
        let mut desk = Desk::new(&db).await.unwrap();
        let (id, token) = desk.ask(&db, &desk.person.id, PURPOSE).await.unwrap();
        let asked_at = desk.now;
        desk.wait(SignedDuration::from_mins(59));
        let mut tx = db.write().await.unwrap();
        consent::give(&mut tx, &desk.means(), &Actor::Station(desk.station.clone()), &id).await.unwrap();
        desk.keep(tx).await.unwrap();

        let mut tx = db.read().await.unwrap();
        let record = consent::record(&mut tx, &id).await.unwrap();
        assert_eq!(record.state, State::Given);
        assert_eq!((record.person.clone(), record.given_by.clone()), (desk.person.id.clone(), desk.person.id.clone()));
        assert_eq!((record.service.as_str(), record.purpose.as_str()), (SERVICE, PURPOSE));
        assert_eq!((record.notice.hash.clone(), record.notice.text.as_str()), (TEXT.id(), TEXT.text));
        assert_eq!(record.recipients, ["north"]);
        assert_eq!((record.requested, record.expires), (asked_at, asked_at + CONSENT));
        let events: Vec<_> = record.events.iter().map(|e| (e.kind, e.actor.clone(), e.at)).collect();
        let clerk = Actor::Operator(desk.clerk.clone()).to_string();
        let station = Actor::Station(desk.station.clone()).to_string();
        assert_eq!(events, [(State::Requested, clerk, asked_at), (State::Given, station, desk.now)]);
        let json = serde_json::to_string(&record).unwrap();
        assert!(!json.contains(token.as_str()), "the record holds the withdrawal token");
        assert_eq!(consent::of_person(&mut tx, &desk.person.id).await.unwrap(), [id]);
    }
}

/// SHA-256 of "s\n1\nen\nhello" by another program (sha256sum).
#[test]
fn the_hash_of_a_text_can_be_computed_by_anyone() {
    let text = Text { service: "s", version: "1", language: "en", text: "hello" };
    assert_eq!(text.id(), "46d81dda88601021a907762e09bb10990ff64370d25e1ed8fa2fdb6d082b34f3");
}

#[tokio::test]
async fn a_text_is_stored_once_and_another_version_beside_it() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        desk.ask(&db, &desk.person.id, PURPOSE).await.unwrap();
        desk.ask(&db, &desk.guardian.id, PURPOSE).await.unwrap();
        assert_eq!(db.count("SELECT COUNT(*) FROM consent_texts").await, 1);
        let text = Text { version: "2", ..TEXT };
        let mut tx = db.write().await.unwrap();
        let mut request = Request {
            person: &desk.person.id,
            given_by: &desk.person.id,
            purpose: PURPOSE,
            controller: "City",
            recipients: &[],
            text: &text,
            expires: desk.now + CONSENT,
        };
        consent::request(&mut tx, &desk.means(), &Actor::System, &request).await.unwrap();
        desk.keep(tx).await.unwrap();
        assert_eq!(db.count("SELECT COUNT(*) FROM consent_texts").await, 2);

        let mut tx = db.write().await.unwrap();
        request.expires = desk.now;
        assert_eq!(code(consent::request(&mut tx, &desk.means(), &Actor::System, &request).await), Code::RowInvalid);
        request.expires = desk.now + CONSENT;
        let long = "x".repeat(20_001);
        let text = Text { text: &long, ..TEXT };
        request.text = &text;
        assert_eq!(code(consent::request(&mut tx, &desk.means(), &Actor::System, &request).await), Code::TextTooLong);
        let text = Text { version: "1\n2", ..TEXT };
        request.text = &text;
        assert_eq!(code(consent::request(&mut tx, &desk.means(), &Actor::System, &request).await), Code::RowInvalid);
    }
}

#[tokio::test]
async fn an_answer_counts_once_and_within_the_hour() {
    for db in databases().await {
        let mut desk = Desk::new(&db).await.unwrap();
        let (late, _) = desk.ask(&db, &desk.person.id, PURPOSE).await.unwrap();
        let (refused, _) = desk.ask(&db, &desk.person.id, PURPOSE).await.unwrap();
        let (given, _) = desk.agreed(&db, &desk.person.id, PURPOSE).await.unwrap();
        let mut tx = db.write().await.unwrap();
        consent::refuse(&mut tx, &desk.means(), &Actor::Citizen, &refused).await.unwrap();
        for answered in [&refused, &given] {
            let again = consent::give(&mut tx, &desk.means(), &Actor::Citizen, answered).await;
            assert_eq!(code(again), Code::Conflict, "a consent was replayed");
            let again = consent::refuse(&mut tx, &desk.means(), &Actor::Citizen, answered).await;
            assert_eq!(code(again), Code::Conflict);
        }
        let required = consent::require(&mut tx, &desk.means(), &refused, &desk.person.id, PURPOSE).await;
        assert_eq!(code(required), Code::ConsentEnded);
        desk.keep(tx).await.unwrap();
        desk.wait(SignedDuration::from_hours(1));
        let mut tx = db.write().await.unwrap();
        assert_eq!(
            code(consent::give(&mut tx, &desk.means(), &Actor::Citizen, &late).await),
            Code::ConsentEnded,
            "a request of an hour ago was given"
        );
        let unknown = ConsentId::new(&desk.means());
        assert_eq!(code(consent::give(&mut tx, &desk.means(), &Actor::Citizen, &unknown).await), Code::NotFound);
    }
}

#[tokio::test]
async fn only_a_live_consent_of_this_person_for_this_purpose_gives_a_grant() {
    for db in databases().await {
        let mut desk = Desk::new(&db).await.unwrap();
        let (asked, _) = desk.ask(&db, &desk.person.id, PURPOSE).await.unwrap();
        let (given, _) = desk.agreed(&db, &desk.person.id, PURPOSE).await.unwrap();
        let mut tx = db.write().await.unwrap();
        let means = desk.means();
        let grant = consent::require(&mut tx, &means, &given, &desk.person.id, PURPOSE).await.unwrap();
        assert_eq!((grant.consent(), grant.person(), grant.purpose()), (&given, &desk.person.id, PURPOSE));
        assert_eq!((grant.service(), grant.expires()), (SERVICE, desk.now + CONSENT));
        grant.check(&mut tx, &means).await.unwrap();
        let asked = consent::require(&mut tx, &means, &asked, &desk.person.id, PURPOSE).await;
        assert_eq!(code(asked), Code::ConsentMissing);
        let unknown = consent::require(&mut tx, &means, &ConsentId::new(&means), &desk.person.id, PURPOSE).await;
        assert_eq!(code(unknown), Code::ConsentMissing);
        let another = consent::require(&mut tx, &means, &given, &desk.guardian.id, PURPOSE).await;
        assert_eq!(code(another), Code::GrantForeign, "another person's consent");
        let another = consent::require(&mut tx, &means, &given, &desk.person.id, "marketing").await;
        assert_eq!(code(another), Code::GrantForeign, "another purpose");
        drop(tx);
        desk.wait(CONSENT);
        let mut tx = db.write().await.unwrap();
        assert_eq!(code(grant.check(&mut tx, &desk.means()).await), Code::GrantExpired);
        let late = consent::require(&mut tx, &desk.means(), &given, &desk.person.id, PURPOSE).await;
        assert_eq!(code(late), Code::ConsentEnded);
    }
}

#[tokio::test]
async fn a_grant_of_before_is_worth_nothing_after_the_withdrawal() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        let (id, token) = desk.agreed(&db, &desk.person.id, PURPOSE).await.unwrap();
        let seat = desk.visit(&db, &desk.person.id, &id).await.unwrap();
        let taken = desk.captured(&db, &seat).await.unwrap();
        let mut tx = db.write().await.unwrap();
        let grant = desk.grant(&mut tx, &seat).await.unwrap();
        drop(tx);
        withdraw(&desk, &db, By::Token(token.as_str())).await.unwrap();
        let (mut tx, means) = (db.write().await.unwrap(), desk.means());
        assert_eq!(code(grant.check(&mut tx, &means).await), Code::ConsentEnded);
        let opened = capture::open(&mut tx, &means, &grant, &seat.visit_person, &desk.station).await;
        assert_eq!(code(opened), Code::ConsentEnded);
        assert_eq!(code(capture::take(&mut tx, &means, &grant, "x", &desk.station).await), Code::ConsentEnded);
        let frame = capture::Frame { capture: &taken, position: 1, bytes: &[1] };
        assert_eq!(code(capture::put_frame(&mut tx, &means, &grant, &frame).await), Code::ConsentEnded);
        assert_eq!(code(capture::open_frames(&mut tx, &means, &grant.sight(), &taken).await), Code::ConsentEnded);
        let new = New { portrait: &desk.person.portrait, pack: "pack-1", version: 1, bytes: &[1] };
        assert_eq!(code(template::put(&mut tx, &means, &grant, &new).await), Code::ConsentEnded);
        assert_eq!(code(template::open_all(&mut tx, &means, &grant, "pack-1").await), Code::ConsentEnded);
        assert_eq!(code(store::portrait::open(&mut tx, &means, &grant.sight()).await), Code::ConsentEnded);
        let new = evidence::New { visit_person: &seat.visit_person, capture: &taken, json: b"{}" };
        assert_eq!(code(evidence::put(&mut tx, &means, &grant, &new).await), Code::ConsentEnded);
        let required = consent::require(&mut tx, &means, &id, &desk.person.id, PURPOSE).await;
        assert_eq!(code(required), Code::ConsentEnded);
    }
}

#[tokio::test]
async fn a_grant_notices_a_consent_that_was_changed_behind_its_back() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        let (id, _) = desk.agreed(&db, &desk.person.id, PURPOSE).await.unwrap();
        for (change, back, expected) in [
            ("purpose = 'else'", format!("purpose = '{PURPOSE}'"), Code::GrantForeign),
            (
                &*format!("person_id = '{}'", desk.guardian.id),
                format!("person_id = '{}'", desk.person.id),
                Code::GrantForeign,
            ),
            (
                "expires_at_ms = 1",
                format!("expires_at_ms = {}", (desk.now + CONSENT).as_millisecond()),
                Code::GrantExpired,
            ),
            ("state = 'refused'", "state = 'given'".to_owned(), Code::ConsentEnded),
        ] {
            let mut tx = db.write().await.unwrap();
            let grant = consent::require(&mut tx, &desk.means(), &id, &desk.person.id, PURPOSE).await.unwrap();
            drop(tx);
            assert_eq!(db.tamper(&format!("UPDATE consents SET {change}")).await, 1);
            let mut tx = db.write().await.unwrap();
            assert_eq!(code(grant.check(&mut tx, &desk.means()).await), expected, "{change}");
            drop(tx);
            db.tamper(&format!("UPDATE consents SET {back}")).await;
        }
        // A consent that was prolonged does not prolong the grant.
        let mut tx = db.write().await.unwrap();
        let grant = consent::require(&mut tx, &desk.means(), &id, &desk.person.id, PURPOSE).await.unwrap();
        drop(tx);
        assert_eq!(db.tamper("UPDATE consents SET expires_at_ms = expires_at_ms + 1000000000").await, 1);
        let mut tx = db.write().await.unwrap();
        let later = store::Means { now: desk.now + CONSENT, ..desk.means() };
        assert_eq!(code(grant.check(&mut tx, &later).await), Code::GrantExpired);
    }
}

#[tokio::test]
async fn a_guardian_consents_for_a_child_while_the_guardianship_lasts() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        let mut request = Request {
            person: &desk.child.id,
            given_by: &desk.guardian.id,
            purpose: PURPOSE,
            controller: "City",
            recipients: &[],
            text: &TEXT,
            expires: desk.now + CONSENT,
        };
        let mut tx = db.write().await.unwrap();
        let (means, citizen) = (desk.means(), Actor::Citizen);
        let asked = consent::request(&mut tx, &means, &citizen, &request).await.unwrap();
        consent::give(&mut tx, &means, &citizen, &asked.id).await.unwrap();
        consent::require(&mut tx, &means, &asked.id, &desk.child.id, PURPOSE).await.unwrap();
        request.given_by = &desk.person.id;
        let stranger = consent::request(&mut tx, &means, &citizen, &request).await;
        assert_eq!(code(stranger), Code::GuardianMissing);
        request.given_by = &desk.guardian.id;
        let open = consent::request(&mut tx, &means, &citizen, &request).await.unwrap();
        let bonds = store::person::guardian::guardians_of(&mut tx, &means, &desk.child.id).await.unwrap();
        store::person::guardian::end(&mut tx, &means, &bonds[0].id).await.unwrap();
        let over = consent::require(&mut tx, &means, &asked.id, &desk.child.id, PURPOSE).await;
        assert_eq!(code(over), Code::GuardianMissing);
        assert_eq!(code(consent::give(&mut tx, &means, &citizen, &open.id).await), Code::GuardianMissing);
    }
}

#[tokio::test]
async fn who_is_locked_or_deceased_gets_no_grant_whatever_they_agreed_to() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        let (id, _) = desk.agreed(&db, &desk.person.id, PURPOSE).await.unwrap();
        let seat = desk.visit(&db, &desk.person.id, &id).await.unwrap();
        let taken = desk.captured(&db, &seat).await.unwrap();
        let mut tx = db.write().await.unwrap();
        let grant = desk.grant(&mut tx, &seat).await.unwrap();
        drop(tx);
        for (event, back, expected) in [
            (Event::Locked, Event::Unlocked, Code::PersonLocked),
            (Event::Deceased, Event::Returned, Code::PersonDeceased),
        ] {
            let (mut tx, means) = (db.write().await.unwrap(), desk.means());
            event::note(&mut tx, &means, &desk.person.id, event, None).await.unwrap();
            desk.keep(tx).await.unwrap();
            let mut tx = db.write().await.unwrap();
            assert_eq!(code(desk.grant(&mut tx, &seat).await), expected);
            // Nor does a grant of before do anything.
            assert_eq!(code(grant.check(&mut tx, &means).await), expected);
            let opened = capture::open(&mut tx, &means, &grant, &seat.visit_person, &desk.station).await;
            assert_eq!(code(opened), expected);
            assert_eq!(code(capture::open_frames(&mut tx, &means, &grant.sight(), &taken).await), expected);
            assert_eq!(code(template::open_all(&mut tx, &means, &grant, "pack-1").await), expected);
            assert_eq!(code(store::portrait::open(&mut tx, &means, &grant.sight()).await), expected);
            event::note(&mut tx, &means, &desk.person.id, back, None).await.unwrap();
            desk.keep(tx).await.unwrap();
            let mut tx = db.write().await.unwrap();
            desk.grant(&mut tx, &seat).await.unwrap();
            grant.check(&mut tx, &means).await.unwrap();
        }
        let nobody = store::id::PersonId::new(&desk.means());
        let mut tx = db.write().await.unwrap();
        let nobodys = consent::require(&mut tx, &desk.means(), &id, &nobody, PURPOSE).await;
        assert_eq!(code(nobodys), Code::NotFound);
    }
}
