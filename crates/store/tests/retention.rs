//! Retention on both databases: what is past its term goes, what is not stays, and the ledger is never shortened.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use jiff::SignedDuration;
use store::consent::State;
use store::incident::{self, Report, Verdict};
use store::ledger::{self, Act, Actor, Kind, Shard};
use store::retention::{self, Counts, ServiceTerms, Swept, Terms};
use store::{Code, Means, notice, outcome, session, visit};
use testkit::desk::{CONSENT, Desk, PURPOSE, SERVICE, Seat};
use testkit::store::{Database, databases};

/// Hours of days.
fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

fn terms() -> Terms {
    let stated = ServiceTerms { evidence_days: 10, visit_days: 30, consent_days: 90 };
    let others = ServiceTerms { evidence_days: 1, visit_days: 1, consent_days: 1 };
    Terms { services: [(SERVICE.to_owned(), stated)].into(), others, session_days: 7, import_days: 7 }
}

/// One batch, with its entry in the ledger.
async fn sweep(db: &Database, desk: &Desk, terms: &Terms, limit: u32) -> Swept {
    let means = desk.means();
    let due = retention::due(&mut db.read().await.unwrap(), &means, terms, limit).await.unwrap();
    let mut tx = db.write().await.unwrap();
    let swept = retention::sweep(&mut tx, &means, terms, limit).await.unwrap();
    assert_eq!(due.consents_expired, swept.counts.consents_expired);
    assert!(due.is_nothing() || !swept.counts.is_nothing());
    let act = Act::new(Kind::RetentionRun, Shard::Register, &Actor::System).fact("visits", swept.counts.visits);
    ledger::append(&mut tx, &means, &act).await.unwrap();
    tx.commit().await.unwrap();
    swept
}

/// A visit with everything: template, pictures, judged evidence, an outcome; closed.
async fn whole(db: &Database, desk: &Desk) -> Seat {
    let (consent, _) = desk.agreed(db, &desk.person.id, PURPOSE).await.unwrap();
    let seat = desk.visit(db, &desk.person.id, &consent).await.unwrap();
    let taken = desk.captured(db, &seat).await.unwrap();
    let evidence = desk.evidence(db, &seat, &taken).await.unwrap();
    desk.judged(db, &seat, &evidence, &desk.clerk).await.unwrap();
    seat
}

async fn close(db: &Database, desk: &Desk, seat: &Seat) {
    let mut tx = db.write().await.unwrap();
    let means = desk.means();
    let mut locked = visit::lock(&mut tx, &desk.office, &seat.visit, None).await.unwrap();
    let new = outcome::New { kind: "confirmed", reason: None, operator: Some(&desk.clerk), second: None };
    outcome::put(&mut tx, &means, &locked, &new).await.unwrap();
    visit::close(&mut tx, &means, &mut locked, "confirmed").await.unwrap();
    desk.keep(tx).await.unwrap();
}

async fn left(db: &Database) -> [i64; 8] {
    let tables =
        ["visits", "visit_persons", "captures", "evidences", "judgements", "outcomes", "consents", "consent_events"];
    let mut counts = [0; 8];
    for (count, table) in counts.iter_mut().zip(tables) {
        *count = db.count(&format!("SELECT COUNT(*) FROM {table}")).await;
    }
    counts
}

#[tokio::test]
async fn each_kind_goes_at_its_own_term() {
    for db in databases().await {
        let mut desk = Desk::new(&db).await.unwrap();
        let seat = whole(&db, &desk).await;
        close(&db, &desk, &seat).await;
        let entries = db.count("SELECT COUNT(*) FROM ledger_entries").await;
        assert_eq!(left(&db).await, [1, 1, 1, 1, 1, 1, 1, 2]);
        assert!(sweep(&db, &desk, &terms(), 10).await.counts.is_nothing());

        desk.wait(CONSENT);
        let swept = sweep(&db, &desk, &terms(), 10).await;
        assert_eq!(swept.counts, Counts { consents_expired: 1, ..Counts::default() });
        assert_eq!((swept.ended[0].state, &swept.ended[0].consent), (State::Expired, &seat.consent));
        assert!(sweep(&db, &desk, &terms(), 10).await.counts.is_nothing());

        desk.wait(days(9) - SignedDuration::from_millis(1));
        assert!(sweep(&db, &desk, &terms(), 10).await.counts.is_nothing(), "one millisecond too early");
        desk.wait(SignedDuration::from_millis(1));
        assert_eq!(
            sweep(&db, &desk, &terms(), 10).await.counts,
            Counts { evidences: 1, invitations: 2, ..Counts::default() }
        );
        assert_eq!(left(&db).await, [1, 1, 1, 0, 0, 1, 1, 3]);

        desk.wait(days(20));
        assert_eq!(sweep(&db, &desk, &terms(), 10).await.counts, Counts { visits: 1, ..Counts::default() });
        assert_eq!(left(&db).await, [0, 0, 0, 0, 0, 0, 1, 3]);

        desk.wait(days(61));
        assert_eq!(sweep(&db, &desk, &terms(), 10).await.counts, Counts { consents: 1, ..Counts::default() });
        assert_eq!(left(&db).await, [0; 8]);
        assert_eq!(db.count("SELECT COUNT(*) FROM ledger_entries").await, entries + 7, "an entry is missing");
    }
}

#[tokio::test]
async fn pictures_and_templates_do_not_outlive_time() {
    for db in databases().await {
        let mut desk = Desk::new(&db).await.unwrap();
        let seat = whole(&db, &desk).await;
        let mut tx = db.write().await.unwrap();
        let grant = desk.grant(&mut tx, &seat).await.unwrap();
        let new = store::template::New { portrait: &desk.person.portrait, pack: "p", version: 1, bytes: &[1] };
        store::template::put(&mut tx, &desk.means(), &grant, &new).await.unwrap();
        desk.keep(tx).await.unwrap();
        let (unanswered, _) = desk.ask(&db, &desk.guardian.id, PURPOSE).await.unwrap();

        desk.wait(SignedDuration::from_mins(10));
        assert!(sweep(&db, &desk, &terms(), 10).await.counts.is_nothing(), "a clerk still looks at the pictures");
        desk.wait(SignedDuration::from_mins(50));
        let swept = sweep(&db, &desk, &terms(), 10).await;
        assert_eq!(swept.ended.iter().map(|one| &one.consent).collect::<Vec<_>>(), [&unanswered]);
        desk.wait(SignedDuration::from_hours(1));
        let swept = sweep(&db, &desk, &terms(), 10).await;
        assert_eq!(swept.counts, Counts { captures: 1, frames: 1, keys: 1, ..Counts::default() }, "the visit is over");
        desk.wait(CONSENT);
        let swept = sweep(&db, &desk, &terms(), 10).await;
        let expected = Counts { consents_expired: 1, templates: 1, keys: 2, evidences: 1, ..Counts::default() };
        assert_eq!(swept.counts, expected);
        assert_eq!(swept.ended[0].affected[0].visit_person, seat.visit_person);
        for table in ["bio_templates", "bio_frames", "evidences"] {
            assert_eq!(db.count(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
        }
        assert_eq!(db.count("SELECT COUNT(*) FROM bio_keys WHERE kind <> 'portrait'").await, 0);
    }
}

#[tokio::test]
async fn an_open_incident_and_a_waiting_notice_keep_a_visit() {
    for db in databases().await {
        let mut desk = Desk::new(&db).await.unwrap();
        let seat = whole(&db, &desk).await;
        let mut tx = db.write().await.unwrap();
        let means = desk.means();
        let locked = visit::lock(&mut tx, &desk.office, &seat.visit, None).await.unwrap();
        let report = Report { visit_person: &seat.visit_person, reason: "other-face", operator: &desk.clerk };
        let incident = incident::report(&mut tx, &means, &locked, &report).await.unwrap();
        incident::second(&mut tx, &means, &locked, &incident, (&desk.second, Verdict::Confirm)).await.unwrap();
        let new = notice::New {
            office: &desk.office,
            visit: None,
            incident: Some(&incident),
            recipient: "office-contacts",
            kind: "incident",
            body: &serde_json::json!({}),
        };
        notice::queue(&mut tx, &means, &new).await.unwrap();
        let about = notice::New { visit: Some(&seat.visit), incident: None, ..new };
        let waiting = notice::queue(&mut tx, &means, &about).await.unwrap();
        desk.keep(tx).await.unwrap();
        close(&db, &desk, &seat).await;
        desk.wait(days(365));
        let counts = sweep(&db, &desk, &terms(), 10).await.counts;
        assert_eq!((counts.evidences, counts.visits, counts.consents), (0, 0, 0), "an incident was swept away");
        let mut tx = db.write().await.unwrap();
        incident::close(&mut tx, &desk.means(), &desk.office, &incident, (&desk.second, "cleared")).await.unwrap();
        desk.keep(tx).await.unwrap();
        // The terms run from the closing of the incident.
        desk.wait(days(10) - SignedDuration::from_millis(1));
        assert_eq!(sweep(&db, &desk, &terms(), 10).await.counts.evidences, 0, "one millisecond too early");
        desk.wait(SignedDuration::from_millis(1));
        assert_eq!(sweep(&db, &desk, &terms(), 10).await.counts.evidences, 1);
        desk.wait(days(20) - SignedDuration::from_millis(1));
        assert_eq!(sweep(&db, &desk, &terms(), 10).await.counts.visits, 0, "one millisecond too early");
        desk.wait(SignedDuration::from_millis(1));
        assert_eq!(sweep(&db, &desk, &terms(), 10).await.counts.visits, 0, "a notice that waits was swept away");
        let mut tx = db.write().await.unwrap();
        notice::set_state(&mut tx, &desk.means(), &desk.office, &waiting, notice::State::Sent).await.unwrap();
        desk.keep(tx).await.unwrap();
        let counts = sweep(&db, &desk, &terms(), 10).await.counts;
        assert_eq!((counts.visits, db.count("SELECT COUNT(*) FROM notices").await), (1, 0));
        assert_eq!(db.count("SELECT COUNT(*) FROM incidents").await, 0);
    }
}

#[tokio::test]
async fn batches_are_small_and_come_to_an_end() {
    for db in databases().await {
        let mut desk = Desk::new(&db).await.unwrap();
        for _ in 0..5 {
            let seat = whole(&db, &desk).await;
            close(&db, &desk, &seat).await;
        }
        desk.wait(days(1_000));
        let mut rounds = 0;
        loop {
            let counts = sweep(&db, &desk, &terms(), 2).await.counts;
            if counts.is_nothing() {
                break;
            }
            rounds += 1;
            assert!(counts.visits <= 2 && counts.consents_expired <= 2 && rounds < 10, "{counts:?}");
        }
        // The consents expired in the first rounds and have a term of their own.
        assert_eq!(left(&db).await[..6], [0; 6]);
        desk.wait(days(90));
        while !sweep(&db, &desk, &terms(), 2).await.counts.is_nothing() {}
        assert_eq!(left(&db).await, [0; 8]);
    }
}

#[tokio::test]
async fn records_of_a_service_without_definition_have_a_term_too() {
    for db in databases().await {
        let mut desk = Desk::new(&db).await.unwrap();
        let seat = whole(&db, &desk).await;
        close(&db, &desk, &seat).await;
        desk.wait(days(2));
        let gone = Terms { services: [].into(), ..terms() };
        let counts = sweep(&db, &desk, &gone, 10).await.counts;
        assert_eq!((counts.evidences, counts.visits), (1, 1));
    }
}

#[tokio::test]
async fn sessions_and_invitations_end_with_their_term() {
    for db in databases().await {
        let mut desk = Desk::new(&db).await.unwrap();
        let factor = session::Factor::Passkey;
        let mut tx = db.write().await.unwrap();
        session::create(&mut tx, &desk.means(), &desk.clerk, factor, SignedDuration::from_hours(8)).await.unwrap();
        desk.keep(tx).await.unwrap();
        desk.wait(days(7));
        assert!(sweep(&db, &desk, &terms(), 10).await.counts.is_nothing());
        desk.wait(days(4));
        let counts = sweep(&db, &desk, &terms(), 10).await.counts;
        assert_eq!((counts.sessions, counts.invitations), (1, 2));
        assert_eq!(db.count("SELECT COUNT(*) FROM session_activity").await, 0);
    }
}

#[tokio::test]
async fn a_sweep_without_an_entry_does_not_happen() {
    for db in databases().await {
        let mut desk = Desk::new(&db).await.unwrap();
        let seat = whole(&db, &desk).await;
        close(&db, &desk, &seat).await;
        desk.wait(days(40));
        let mut tx = db.write().await.unwrap();
        let means: Means<'_> = desk.means();
        assert!(!retention::sweep(&mut tx, &means, &terms(), 10).await.unwrap().counts.is_nothing());
        assert_eq!(tx.commit().await.unwrap_err().code(), Some(Code::UnledgeredChange));
        assert_eq!(left(&db).await, [1, 1, 1, 1, 1, 1, 1, 2]);
    }
}

#[tokio::test]
async fn what_held_keys_is_reclaimed() {
    for db in databases().await {
        let mut desk = Desk::new(&db).await.unwrap();
        let seat = whole(&db, &desk).await;
        close(&db, &desk, &seat).await;
        desk.wait(days(10));
        assert_eq!(sweep(&db, &desk, &terms(), 10).await.counts.evidences, 1);
        db.reclaim().await.unwrap();
        if let Some(folder) = db.folder() {
            // SQLite: nothing deleted lingers in the write-ahead log.
            let logs = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
            let logs: Vec<_> = logs.filter(|entry| entry.path().to_string_lossy().ends_with("-wal")).collect();
            assert!(!logs.is_empty() && logs.iter().all(|log| log.metadata().unwrap().len() == 0));
        } else {
            let left = "SELECT COUNT(*) FROM pg_stat_user_tables WHERE schemaname = current_schema() AND relname IN \
                        ('bio_keys', 'bio_portraits', 'bio_templates', 'bio_frames', 'evidences', 'persons', 'operators') \
                        AND last_vacuum IS NULL";
            assert_eq!(db.count(left).await, 0, "a table that holds wrapped keys was not vacuumed");
        }
    }
}
