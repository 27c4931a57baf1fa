//! The end of a consent on both databases: what a withdrawal deletes and what it leaves, and what only time ends.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use jiff::SignedDuration;
use seal::token::Token;
use store::consent::{self, By, Deleted, State};
use store::id::{CaptureId, ConsentId, IncidentId};
use store::incident::{self, Report};
use store::ledger::Actor;
use store::person::event::{self, Event};
use store::retention::{self, ServiceTerms, Terms};
use store::template::{self, New};
use store::{Code, Db, Error, capture, judgement, visit};
use testkit::desk::{CONSENT, Desk, PURPOSE, Seat};
use testkit::store::{Database, databases};

fn code<T>(result: Result<T, Error>) -> Code {
    result.err().unwrap().code().unwrap()
}

/// Puts a template of a person's portrait under a consent.
async fn make_template(desk: &Desk, db: &Db, consent: &ConsentId, who: &testkit::desk::Somebody) -> Result<(), Error> {
    let mut tx = db.write().await?;
    let grant = consent::require(&mut tx, &desk.means(), consent, &who.id, PURPOSE).await?;
    let new = New { portrait: &who.portrait, pack: "pack-1", version: 1, bytes: &[9; 32] };
    template::put(&mut tx, &desk.means(), &grant, &new).await?;
    desk.keep(tx).await
}

async fn withdraw(desk: &Desk, db: &Db, by: By<'_>) -> Result<consent::Ended, Error> {
    let mut tx = db.write().await?;
    let ended = consent::withdraw(&mut tx, &desk.means(), &Actor::Citizen, by).await?;
    desk.keep(tx).await?;
    Ok(ended)
}

async fn template_keys(db: &Database) -> i64 {
    db.count("SELECT COUNT(*) FROM bio_keys WHERE kind = 'template'").await
}

#[tokio::test]
async fn a_withdrawal_deletes_what_only_this_consent_kept() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        let (id, token) = desk.agreed(&db, &desk.person.id, PURPOSE).await.unwrap();
        let seat = desk.visit(&db, &desk.person.id, &id).await.unwrap();
        make_template(&desk, &db, &id, &desk.person).await.unwrap();
        let taken = desk.captured(&db, &seat).await.unwrap();
        let closed = desk.evidence(&db, &seat, &taken).await.unwrap();
        desk.judged(&db, &seat, &closed, &desk.clerk).await.unwrap();
        // Another person's data must not be touched.
        let (others, _) = desk.agreed(&db, &desk.guardian.id, PURPOSE).await.unwrap();
        make_template(&desk, &db, &others, &desk.guardian).await.unwrap();
        let revision = visit::get(&mut db.read().await.unwrap(), &desk.office, &seat.visit).await.unwrap().revision;

        let ended = withdraw(&desk, &db, By::Token(token.as_str())).await.unwrap();
        assert_eq!(ended.deleted, Deleted { templates: 1, frames: 1, keys: 3, evidences: 1 });
        assert_eq!((ended.consent, ended.person, ended.state), (id.clone(), desk.person.id.clone(), State::Withdrawn));
        let affected: Vec<_> = ended.affected.iter().map(|a| (&a.office, &a.visit, &a.visit_person)).collect();
        assert_eq!(affected, [(&desk.office, &seat.visit, &seat.visit_person)]);
        for (left, table) in [(1, "bio_templates"), (0, "bio_frames"), (0, "evidences"), (0, "judgements")] {
            assert_eq!(db.count(&format!("SELECT COUNT(*) FROM {table}")).await, left, "{table}");
        }
        assert_eq!(db.count("SELECT COUNT(*) FROM bio_keys WHERE kind = 'frame'").await, 0);
        assert_eq!(template_keys(&db).await, 1);
        assert_eq!(db.count("SELECT COUNT(*) FROM captures WHERE ended_at_ms IS NULL").await, 0);

        let mut tx = db.read().await.unwrap();
        let now = visit::get(&mut tx, &desk.office, &seat.visit).await.unwrap().revision;
        assert!(now > revision, "whoever works on the visit is not told");
        let record = consent::record(&mut tx, &id).await.unwrap();
        let kinds: Vec<_> = record.events.iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [State::Requested, State::Given, State::Withdrawn]);
        drop(tx);
        assert_eq!(code(withdraw(&desk, &db, By::Token(token.as_str())).await), Code::ConsentEnded, "replayed");
        assert_eq!(code(withdraw(&desk, &db, By::Consent(&id)).await), Code::ConsentEnded);
    }
}

#[tokio::test]
async fn what_an_operator_has_opened_cannot_be_withdrawn_from_under_them() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        let (id, _) = desk.agreed(&db, &desk.person.id, PURPOSE).await.unwrap();
        let seat = desk.visit(&db, &desk.person.id, &id).await.unwrap();
        let taken = desk.captured(&db, &seat).await.unwrap();
        let evidence = desk.evidence(&db, &seat, &taken).await.unwrap();
        desk.judged(&db, &seat, &evidence, &desk.clerk).await.unwrap();
        let mut tx = db.write().await.unwrap();
        let judged = judgement::require(&mut tx, &evidence, &desk.clerk).await.unwrap();
        store::evidence::open(&mut tx, &desk.means(), &judged).await.unwrap();
        desk.keep(tx).await.unwrap();
        let ended = withdraw(&desk, &db, By::Consent(&id)).await.unwrap();
        assert_eq!(ended.deleted, Deleted { templates: 0, frames: 1, keys: 1, evidences: 0 });
        assert_eq!(db.count("SELECT COUNT(*) FROM evidences").await, 1);
    }
}

#[tokio::test]
async fn a_template_stays_while_another_live_consent_keeps_it() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        let (first, _) = desk.agreed(&db, &desk.person.id, PURPOSE).await.unwrap();
        let (second, _) = desk.agreed(&db, &desk.person.id, PURPOSE).await.unwrap();
        make_template(&desk, &db, &first, &desk.person).await.unwrap();
        let mut tx = db.write().await.unwrap();
        let grant = consent::require(&mut tx, &desk.means(), &second, &desk.person.id, PURPOSE).await.unwrap();
        assert_eq!(template::open_all(&mut tx, &desk.means(), &grant, "pack-1").await.unwrap().len(), 1);
        desk.keep(tx).await.unwrap();
        assert_eq!(withdraw(&desk, &db, By::Consent(&first)).await.unwrap().deleted, Deleted::default());
        assert_eq!((db.count("SELECT COUNT(*) FROM bio_templates").await, template_keys(&db).await), (1, 1));
        let deleted = withdraw(&desk, &db, By::Consent(&second)).await.unwrap().deleted;
        assert_eq!(deleted, Deleted { templates: 1, keys: 1, ..Deleted::default() });
        assert_eq!((db.count("SELECT COUNT(*) FROM bio_templates").await, template_keys(&db).await), (0, 0));
    }
}

#[tokio::test]
async fn only_the_exact_token_withdraws() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        let (id, token) = desk.agreed(&db, &desk.person.id, PURPOSE).await.unwrap();
        let text = token.as_str();
        for end in 0..text.len() {
            let cut = withdraw(&desk, &db, By::Token(&text[..end])).await;
            assert!(
                matches!(cut, Err(Error::Seal(seal::Error { code: seal::Code::TokenInvalid, .. }))),
                "cut at {end}"
            );
        }
        for at in 0..text.len() {
            let mut changed = text.as_bytes().to_vec();
            changed[at] = if changed[at] == b'A' { b'E' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            match withdraw(&desk, &db, By::Token(&changed)).await {
                Err(Error::Refused { code: Code::NotFound, .. }) => {}
                // The last character holds two bits that must be zero.
                Err(Error::Seal(seal::Error { code: seal::Code::TokenInvalid, .. })) => assert_eq!(at, text.len() - 1),
                other => panic!("changed at {at}: {other:?}"),
            }
        }
        assert_eq!(code(withdraw(&desk, &db, By::Consent(&ConsentId::new(&desk.means()))).await), Code::NotFound);
        assert!(!format!("{:?}", By::Token(text)).contains(text));
        let state = consent::record(&mut db.read().await.unwrap(), &id).await.unwrap().state;
        assert_eq!(state, State::Given);
        // In the database stands no form of it that withdraws.
        let stored = sqlx::query_scalar::<_, Vec<u8>>("SELECT withdrawal_hash FROM consents").fetch_one(db.raw()).await;
        assert!(stored.unwrap() != seal::token::digest(text), "an unkeyed hash is stored");
    }
}

#[tokio::test]
async fn a_withdrawal_without_an_entry_does_not_happen() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        let (id, _) = desk.agreed(&db, &desk.person.id, PURPOSE).await.unwrap();
        make_template(&desk, &db, &id, &desk.person).await.unwrap();
        let mut tx = db.write().await.unwrap();
        consent::withdraw(&mut tx, &desk.means(), &Actor::Citizen, By::Consent(&id)).await.unwrap();
        assert_eq!(code(tx.commit().await), Code::UnledgeredChange);
        let state = consent::record(&mut db.read().await.unwrap(), &id).await.unwrap().state;
        assert_eq!((state, template_keys(&db).await), (State::Given, 1));
    }
}

#[tokio::test]
async fn only_time_expires_a_consent() {
    for db in databases().await {
        let mut desk = Desk::new(&db).await.unwrap();
        let (given, _) = desk.agreed(&db, &desk.person.id, PURPOSE).await.unwrap();
        make_template(&desk, &db, &given, &desk.person).await.unwrap();
        let (asked, _) = desk.ask(&db, &desk.person.id, PURPOSE).await.unwrap();
        let mut tx = db.write().await.unwrap();
        assert_eq!(code(consent::expire(&mut tx, &desk.means(), &given).await), Code::Conflict);
        assert_eq!(code(consent::expire(&mut tx, &desk.means(), &asked).await), Code::Conflict);
        drop(tx);
        desk.wait(CONSENT);
        let mut tx = db.write().await.unwrap();
        consent::expire(&mut tx, &desk.means(), &asked).await.unwrap();
        let ended = consent::expire(&mut tx, &desk.means(), &given).await.unwrap();
        assert_eq!(ended.deleted, Deleted { templates: 1, keys: 1, ..Deleted::default() });
        assert_eq!(code(consent::expire(&mut tx, &desk.means(), &given).await), Code::ConsentEnded);
        desk.keep(tx).await.unwrap();
    }
}

/// How long a report holds pictures: beyond the consent.
const HELD: SignedDuration = SignedDuration::from_hours(26);

/// Somebody in a visit, whose face a clerk has reported.
async fn reported(desk: &Desk, db: &Db) -> (Seat, Token, CaptureId, IncidentId) {
    let (id, token) = desk.agreed(db, &desk.person.id, PURPOSE).await.unwrap();
    let seat = desk.visit(db, &desk.person.id, &id).await.unwrap();
    make_template(desk, db, &id, &desk.person).await.unwrap();
    let taken = desk.captured(db, &seat).await.unwrap();
    let mut tx = db.write().await.unwrap();
    let locked = visit::lock(&mut tx, &desk.office, &seat.visit, None).await.unwrap();
    let report = Report { visit_person: &seat.visit_person, reason: "other-face", operator: &desk.clerk };
    let incident = incident::report(&mut tx, &desk.means(), &locked, &report).await.unwrap();
    assert_eq!(capture::hold(&mut tx, &seat.visit_person, desk.now + HELD).await.unwrap(), 1);
    desk.keep(tx).await.unwrap();
    (seat, token, taken, incident)
}

async fn sweep(desk: &Desk, db: &Db) -> retention::Counts {
    let days = ServiceTerms { evidence_days: 9, visit_days: 9, consent_days: 9 };
    let terms = Terms { services: [].into(), others: days, session_days: 9, import_days: 9 };
    let mut tx = db.write().await.unwrap();
    let swept = retention::sweep(&mut tx, &desk.means(), &terms, 10).await.unwrap();
    desk.keep(tx).await.unwrap();
    swept.counts
}

#[tokio::test]
async fn a_report_holds_pictures_beyond_the_consent_for_looking_only() {
    for db in databases().await {
        let mut desk = Desk::new(&db).await.unwrap();
        let (seat, _, taken, incident) = reported(&desk, &db).await;
        let mut tx = db.write().await.unwrap();
        let grant = desk.grant(&mut tx, &seat).await.unwrap();
        drop(tx);
        desk.wait(CONSENT);
        let counts = sweep(&desk, &db).await;
        // The consent ends in time, and what it kept with it, but not the pictures and the visit that wait for another operator.
        assert_eq!((counts.consents_expired, counts.templates, counts.frames), (1, 1, 0));
        assert_eq!(db.count("SELECT COUNT(*) FROM bio_frames").await, 1);
        let (mut tx, means) = (db.write().await.unwrap(), desk.means());
        assert_eq!(code(desk.grant(&mut tx, &seat).await), Code::ConsentEnded);
        assert_eq!(code(capture::open_frames(&mut tx, &means, &grant.sight(), &taken).await), Code::GrantExpired);
        let sight = consent::of_report(&mut tx, &means, &incident).await.unwrap().unwrap();
        assert_eq!((sight.person(), sight.consent()), (&desk.person.id, &seat.consent));
        assert_eq!(capture::open_frames(&mut tx, &means, &sight, &taken).await.unwrap().len(), 1);
        assert_eq!(store::portrait::open(&mut tx, &means, &sight).await.unwrap().len(), 1);
        drop(tx);
        let mut tx = db.write().await.unwrap();
        event::note(&mut tx, &means, &desk.person.id, Event::Locked, None).await.unwrap();
        assert_eq!(code(consent::of_report(&mut tx, &means, &incident).await), Code::PersonLocked);
        assert_eq!(code(sight.check(&mut tx, &means).await), Code::PersonLocked);
        drop(tx);
        desk.wait(HELD - CONSENT - SignedDuration::from_millis(1));
        assert_eq!(sweep(&desk, &db).await.frames, 0, "one millisecond too early");
        let mut tx = db.write().await.unwrap();
        sight.check(&mut tx, &desk.means()).await.unwrap();
        drop(tx);
        desk.wait(SignedDuration::from_millis(1));
        let mut tx = db.write().await.unwrap();
        assert!(consent::of_report(&mut tx, &desk.means(), &incident).await.unwrap().is_none());
        assert_eq!(code(sight.check(&mut tx, &desk.means()).await), Code::CaptureEnded);
        drop(tx);
        let counts = sweep(&desk, &db).await;
        assert_eq!((counts.captures, counts.frames, counts.keys), (1, 1, 1));
        assert_eq!(db.count("SELECT COUNT(*) FROM bio_frames").await, 0);
    }
}

#[tokio::test]
async fn a_withdrawal_waits_for_no_second_operator() {
    for db in databases().await {
        let mut desk = Desk::new(&db).await.unwrap();
        // While the consent is live, and after it ran out.
        for waited in [SignedDuration::ZERO, CONSENT] {
            let (seat, token, _, incident) = reported(&desk, &db).await;
            desk.wait(waited);
            sweep(&desk, &db).await;
            let ended = withdraw(&desk, &db, By::Token(token.as_str())).await.unwrap();
            assert_eq!((ended.deleted.frames, ended.state), (1, State::Withdrawn));
            assert_eq!(ended.affected.iter().map(|one| &one.visit_person).collect::<Vec<_>>(), [&seat.visit_person]);
            let mut tx = db.write().await.unwrap();
            assert!(consent::of_report(&mut tx, &desk.means(), &incident).await.unwrap().is_none());
            drop(tx);
            assert_eq!(code(withdraw(&desk, &db, By::Token(token.as_str())).await), Code::ConsentEnded);
        }
    }
}
