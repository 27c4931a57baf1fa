//! From the capture to the open evidence, on both databases, and the attacks on the way.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use jiff::SignedDuration;
use store::capture::{self, Frame, OPEN_MS_MAX};
use store::evidence;
use store::id::EvidenceId;
use store::judgement::{self, Answer, New};
use store::{Code, Db, Error};
use testkit::desk::{Desk, PURPOSE, Seat};
use testkit::store::databases;

fn code<T>(result: Result<T, Error>) -> Code {
    result.err().unwrap().code().unwrap()
}

fn is_damaged<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::Seal(seal::Error { code: seal::Code::RecordDamaged, .. })))
}

async fn seat(desk: &Desk, db: &Db) -> Seat {
    let (consent, _) = desk.agreed(db, &desk.person.id, PURPOSE).await.unwrap();
    desk.visit(db, &desk.person.id, &consent).await.unwrap()
}

#[tokio::test]
async fn a_nonce_is_good_once_in_time_and_at_its_own_station() {
    for db in databases().await {
        let mut desk = Desk::new(&db).await.unwrap();
        let seat = seat(&desk, &db).await;
        let mut tx = db.write().await.unwrap();
        let grant = desk.grant(&mut tx, &seat).await.unwrap();
        let (visit_person, station) = (&seat.visit_person, &desk.station);
        let opened = capture::open(&mut tx, &desk.means(), &grant, visit_person, station).await.unwrap();
        assert_eq!(opened.expires, desk.now + SignedDuration::from_millis(OPEN_MS_MAX));
        let nonce = opened.nonce.as_str();
        let elsewhere = capture::take(&mut tx, &desk.means(), &grant, nonce, &desk.other_station).await;
        assert_eq!(code(elsewhere), Code::CaptureEnded);
        assert_eq!(code(capture::take(&mut tx, &desk.means(), &grant, "guess", station).await), Code::CaptureEnded);
        let found = capture::find(&mut tx, &desk.means(), nonce, station).await.unwrap();
        assert_eq!((&found.id, &found.consent, &found.person), (&opened.id, &seat.consent, &seat.person));
        assert_eq!((&found.visit, &found.office), (&seat.visit, &desk.office));
        let elsewhere = capture::find(&mut tx, &desk.means(), nonce, &desk.other_station).await;
        assert_eq!(code(elsewhere), Code::CaptureEnded);
        let taken = capture::take(&mut tx, &desk.means(), &grant, nonce, station).await.unwrap();
        assert_eq!(taken, opened.id);
        let again = capture::take(&mut tx, &desk.means(), &grant, nonce, station).await;
        assert_eq!(code(again), Code::CaptureEnded, "a nonce was replayed");
        assert_eq!(code(capture::find(&mut tx, &desk.means(), nonce, station).await), Code::CaptureEnded);

        let late = capture::open(&mut tx, &desk.means(), &grant, visit_person, station).await.unwrap();
        desk.keep(tx).await.unwrap();
        desk.wait(SignedDuration::from_millis(OPEN_MS_MAX));
        let mut tx = db.write().await.unwrap();
        let late = capture::take(&mut tx, &desk.means(), &grant, late.nonce.as_str(), &desk.station).await;
        assert_eq!(code(late), Code::CaptureEnded);
    }
}

#[tokio::test]
async fn a_new_capture_ends_the_one_before() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        let seat = seat(&desk, &db).await;
        desk.captured(&db, &seat).await.unwrap();
        let mut tx = db.write().await.unwrap();
        let (means, station) = (desk.means(), &desk.station);
        let grant = desk.grant(&mut tx, &seat).await.unwrap();
        let first = capture::open(&mut tx, &means, &grant, &seat.visit_person, station).await.unwrap();
        let second = capture::open(&mut tx, &means, &grant, &seat.visit_person, station).await.unwrap();
        let over = capture::take(&mut tx, &means, &grant, first.nonce.as_str(), station).await;
        assert_eq!(code(over), Code::CaptureEnded);
        capture::take(&mut tx, &means, &grant, second.nonce.as_str(), station).await.unwrap();
        desk.keep(tx).await.unwrap();
        assert_eq!(db.count("SELECT COUNT(*) FROM bio_frames").await, 0, "pictures outlived their capture");
        assert_eq!(db.count("SELECT COUNT(*) FROM bio_keys WHERE kind = 'frame'").await, 0);
    }
}

#[tokio::test]
async fn a_grant_takes_in_pictures_of_its_own_person_only() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        let seat = seat(&desk, &db).await;
        let taken = desk.captured(&db, &seat).await.unwrap();
        let (theirs, _) = desk.agreed(&db, &desk.guardian.id, PURPOSE).await.unwrap();
        let other = desk.visit(&db, &desk.guardian.id, &theirs).await.unwrap();
        // A second consent of the same person, which is not the visit's.
        let (spare, _) = desk.agreed(&db, &desk.person.id, PURPOSE).await.unwrap();
        let spare = Seat { consent: spare, ..seat.clone() };
        let (mut tx, means) = (db.write().await.unwrap(), desk.means());
        for foreign in [desk.grant(&mut tx, &other).await.unwrap(), desk.grant(&mut tx, &spare).await.unwrap()] {
            let opened = capture::open(&mut tx, &means, &foreign, &seat.visit_person, &desk.station).await;
            assert_eq!(code(opened), Code::GrantForeign);
            let frame = Frame { capture: &taken, position: 1, bytes: &[1] };
            assert_eq!(code(capture::put_frame(&mut tx, &means, &foreign, &frame).await), Code::GrantForeign);
            assert_eq!(code(capture::open_frames(&mut tx, &means, &foreign.sight(), &taken).await), Code::GrantForeign);
            let new = evidence::New { visit_person: &seat.visit_person, capture: &taken, json: b"{}" };
            assert_eq!(code(evidence::put(&mut tx, &means, &foreign, &new).await), Code::GrantForeign);
        }
        let grant = desk.grant(&mut tx, &seat).await.unwrap();
        let opened = capture::open(&mut tx, &means, &grant, &seat.visit_person, &desk.other_station).await;
        assert_eq!(code(opened), Code::NotFound, "another office's station");
        let new = evidence::New { visit_person: &other.visit_person, capture: &taken, json: b"{}" };
        assert_eq!(code(evidence::put(&mut tx, &means, &grant, &new).await), Code::GrantForeign);
        // Last, because the nonce is spent on it whatever the answer.
        let theirs = desk.grant(&mut tx, &other).await.unwrap();
        let opened = capture::open(&mut tx, &means, &grant, &seat.visit_person, &desk.station).await.unwrap();
        let taken = capture::take(&mut tx, &means, &theirs, opened.nonce.as_str(), &desk.station).await;
        assert_eq!(code(taken), Code::GrantForeign);
    }
}

#[tokio::test]
async fn pictures_come_back_as_they_were_and_die_with_the_capture() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        let seat = seat(&desk, &db).await;
        let (mut tx, means) = (db.write().await.unwrap(), desk.means());
        let grant = desk.grant(&mut tx, &seat).await.unwrap();
        let opened = capture::open(&mut tx, &means, &grant, &seat.visit_person, &desk.station).await.unwrap();
        let untaken = Frame { capture: &opened.id, position: 0, bytes: &[1] };
        assert_eq!(code(capture::put_frame(&mut tx, &means, &grant, &untaken).await), Code::CaptureEnded);
        let nonce = opened.nonce.as_str();
        let id = capture::take(&mut tx, &means, &grant, nonce, &desk.station).await.unwrap();
        for (position, bytes) in [(1, &b"second"[..]), (0, b"first")] {
            capture::put_frame(&mut tx, &means, &grant, &Frame { capture: &id, position, bytes }).await.unwrap();
        }
        let many = Frame { capture: &id, position: 16, bytes: &[1] };
        assert_eq!(code(capture::put_frame(&mut tx, &means, &grant, &many).await), Code::RowInvalid);
        let empty = Frame { capture: &id, position: 2, bytes: &[] };
        assert_eq!(code(capture::put_frame(&mut tx, &means, &grant, &empty).await), Code::RowInvalid);
        let frames = capture::open_frames(&mut tx, &means, &grant.sight(), &id).await.unwrap();
        assert_eq!(frames.iter().map(|frame| frame.as_slice()).collect::<Vec<_>>(), [&b"first"[..], b"second"]);
        desk.keep(tx).await.unwrap();

        // One picture put in the place of the other, behind the service's back.
        db.tamper("UPDATE bio_frames SET sealed = (SELECT sealed FROM bio_frames ORDER BY position LIMIT 1)").await;
        let mut tx = db.write().await.unwrap();
        let grant = desk.grant(&mut tx, &seat).await.unwrap();
        assert!(is_damaged(&capture::open_frames(&mut tx, &means, &grant.sight(), &id).await));

        let ended = capture::end(&mut tx, &means, &id).await.unwrap();
        assert_eq!((ended.captures, ended.frames, ended.keys), (1, 2, 1));
        assert_eq!(capture::end(&mut tx, &means, &id).await.unwrap(), capture::Ended::default());
        assert!(capture::open_frames(&mut tx, &means, &grant.sight(), &id).await.unwrap().is_empty());
        let late = Frame { capture: &id, position: 3, bytes: &[1] };
        assert_eq!(code(capture::put_frame(&mut tx, &means, &grant, &late).await), Code::CaptureEnded);
        let new = evidence::New { visit_person: &seat.visit_person, capture: &id, json: b"{}" };
        assert_eq!(code(evidence::put(&mut tx, &means, &grant, &new).await), Code::CaptureEnded);
        desk.keep(tx).await.unwrap();
    }
}

#[tokio::test]
async fn evidence_opens_after_the_judgement_and_for_whoever_judged() {
    for db in databases().await {
        let mut desk = Desk::new(&db).await.unwrap();
        let seat = seat(&desk, &db).await;
        let taken = desk.captured(&db, &seat).await.unwrap();
        let id = desk.evidence(&db, &seat, &taken).await.unwrap();
        let mut tx = db.write().await.unwrap();
        assert_eq!(code(judgement::require(&mut tx, &id, &desk.clerk).await), Code::JudgementMissing);
        drop(tx);
        desk.judged(&db, &seat, &id, &desk.clerk).await.unwrap();
        let mut tx = db.write().await.unwrap();
        let second = judgement::require(&mut tx, &id, &desk.second).await;
        assert_eq!(code(second), Code::JudgementMissing, "another's judgement opened the evidence");
        let judged = judgement::require(&mut tx, &id, &desk.clerk).await.unwrap();
        assert_eq!((judged.evidence(), judged.operator(), judged.answer()), (&id, &desk.clerk, Answer::Same));
        let opened_at = desk.now;
        let json = evidence::open(&mut tx, &desk.means(), &judged).await.unwrap();
        assert_eq!(json.as_slice(), br#"{"similarity":92}"#);
        desk.keep(tx).await.unwrap();

        desk.wait(SignedDuration::from_mins(1));
        let mut tx = db.write().await.unwrap();
        evidence::open(&mut tx, &desk.means(), &judged).await.unwrap();
        assert_eq!(code(tx.commit().await), Code::UnledgeredChange, "evidence was opened without an entry");
        let mut tx = db.write().await.unwrap();
        evidence::open(&mut tx, &desk.means(), &judged).await.unwrap();
        desk.keep(tx).await.unwrap();
        let listed = evidence::list(&mut db.read().await.unwrap(), &seat.visit_person).await.unwrap();
        assert_eq!((listed[0].made, listed[0].opened), (opened_at, Some(opened_at)), "the first opening counts");

        desk.judged(&db, &seat, &id, &desk.second).await.unwrap();
        let mut tx = db.write().await.unwrap();
        let answers = judgement::list(&mut tx, &judged).await.unwrap();
        assert_eq!(answers.iter().map(|one| &one.operator).collect::<Vec<_>>(), [&desk.clerk, &desk.second]);
        let change =
            New { visit_person: &seat.visit_person, evidence: &id, operator: &desk.clerk, answer: Answer::Different };
        assert_eq!(
            code(judgement::put(&mut tx, &desk.means(), &change).await),
            Code::AlreadyExists,
            "a mind was changed"
        );
    }
}

#[tokio::test]
async fn a_judgement_is_of_this_evidence_and_this_person() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        let seat = seat(&desk, &db).await;
        let taken = desk.captured(&db, &seat).await.unwrap();
        let id = desk.evidence(&db, &seat, &taken).await.unwrap();
        let (theirs, _) = desk.agreed(&db, &desk.guardian.id, PURPOSE).await.unwrap();
        let other = desk.visit(&db, &desk.guardian.id, &theirs).await.unwrap();
        let (mut tx, means) = (db.write().await.unwrap(), desk.means());
        let new = New { visit_person: &other.visit_person, evidence: &id, operator: &desk.clerk, answer: Answer::Same };
        assert_eq!(code(judgement::put(&mut tx, &means, &new).await), Code::NotFound);
        let unknown = EvidenceId::new(&means);
        let new = New { visit_person: &seat.visit_person, evidence: &unknown, ..new };
        assert_eq!(code(judgement::put(&mut tx, &means, &new).await), Code::NotFound);
        drop(tx);
        let second = desk.evidence(&db, &seat, &taken).await;
        assert_eq!(code(second), Code::AlreadyExists, "two pieces of evidence of one capture");
    }
}

/// Every byte of the sealed evidence and of its wrapped key changed in turn, and the columns that it is bound to.
#[tokio::test]
async fn changed_evidence_does_not_open() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        let seat = seat(&desk, &db).await;
        let taken = desk.captured(&db, &seat).await.unwrap();
        let id = desk.evidence(&db, &seat, &taken).await.unwrap();
        desk.judged(&db, &seat, &id, &desk.clerk).await.unwrap();
        let judged = judgement::require(&mut db.read().await.unwrap(), &id, &desk.clerk).await.unwrap();
        let (sealed, wrapped): (Vec<u8>, Vec<u8>) =
            sqlx::query_as("SELECT sealed, wrapped FROM evidences").fetch_one(db.raw()).await.unwrap();
        let put = |sealed: Vec<u8>, wrapped: Vec<u8>| {
            let write = sqlx::query("UPDATE evidences SET sealed = $1, wrapped = $2").bind(sealed).bind(wrapped);
            async { write.execute(db.raw()).await.unwrap() }
        };
        let open = async || evidence::open(&mut db.write().await.unwrap(), &desk.means(), &judged).await;
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            put(changed, wrapped.clone()).await;
            assert!(is_damaged(&open().await), "byte {at} of the evidence");
        }
        for at in 0..wrapped.len() {
            let mut changed = wrapped.clone();
            changed[at] ^= 0x80;
            put(sealed.clone(), changed).await;
            assert!(is_damaged(&open().await), "byte {at} of the key");
        }
        for end in 0..sealed.len() {
            put(sealed[..end].to_vec(), wrapped.clone()).await;
            assert!(is_damaged(&open().await), "cut at {end}");
        }
        put(sealed, wrapped).await;
        open().await.unwrap();
        let (theirs, _) = desk.agreed(&db, &desk.guardian.id, PURPOSE).await.unwrap();
        let other = desk.visit(&db, &desk.guardian.id, &theirs).await.unwrap();
        db.tamper(&format!("UPDATE evidences SET visit_person_id = '{}'", other.visit_person)).await;
        assert!(is_damaged(&open().await), "evidence moved to another person");
    }
}

#[tokio::test]
async fn of_two_that_take_at_once_one_takes() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        let seat = seat(&desk, &db).await;
        let mut tx = db.write().await.unwrap();
        let grant = desk.grant(&mut tx, &seat).await.unwrap();
        let opened = capture::open(&mut tx, &desk.means(), &grant, &seat.visit_person, &desk.station).await.unwrap();
        desk.keep(tx).await.unwrap();
        let take = || async {
            let mut tx = db.write().await?;
            let grant = desk.grant(&mut tx, &seat).await?;
            capture::take(&mut tx, &desk.means(), &grant, opened.nonce.as_str(), &desk.station).await?;
            desk.keep(tx).await
        };
        let (one, two) = tokio::join!(take(), take());
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        assert_eq!(one.err().or(two.err()).and_then(|error| error.code()), Some(Code::CaptureEnded));
    }
}
