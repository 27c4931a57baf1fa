//! Random sequences of what can happen to consents, against a model that fits on a page: a grant comes from a live consent only, of a
//! person for whom something may be done, and no template is without a consent.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use std::collections::BTreeSet;
use store::consent::{self, ANSWER_MS_MAX, By, Grant, State};
use store::id::ConsentId;
use store::ledger::Actor;
use store::person::event::{self, Event};
use store::retention::{self, ServiceTerms, Swept, Terms};
use store::{Error, Tx, bio, person, template};
use testkit::desk::{CONSENT, Desk, Somebody};
use testkit::store::{Database, databases};

const PURPOSES: [&str; 2] = ["identity-check", "pension-proof"];
const PACKS: [&str; 2] = ["pack-1", "pack-2"];
const EVENTS: [Event<'_>; 6] =
    [Event::Unlocked, Event::Returned, Event::Locked, Event::Deceased, Event::Moved, Event::Unlocked];

/// One thing that happens. Numbers choose among what is there.
#[derive(Clone, Debug)]
enum Op {
    Ask {
        person: usize,
        purpose: usize,
    },
    /// Asks and gets a yes.
    Agree {
        person: usize,
        purpose: usize,
    },
    Give(usize),
    Refuse(usize),
    WithdrawByToken(usize),
    WithdrawAtDesk(usize),
    Expire(usize),
    Sweep,
    Wait(i64),
    /// Something happens in a person's life.
    Life {
        person: usize,
        event: usize,
    },
    /// Takes a grant and keeps it.
    Require(usize),
    /// Uses a grant that was taken before.
    Put {
        grant: usize,
        pack: usize,
    },
    PutAnothers {
        grant: usize,
    },
    Open {
        grant: usize,
        pack: usize,
    },
}

/// Mostly the first of two, so that things meet.
fn which() -> impl Strategy<Value = usize> {
    prop_oneof![4 => Just(0_usize), 1 => Just(1_usize)]
}

fn op() -> impl Strategy<Value = Op> {
    let n = 0..6_usize;
    prop_oneof![
        2 => (which(), which()).prop_map(|(person, purpose)| Op::Ask { person, purpose }),
        4 => (which(), which()).prop_map(|(person, purpose)| Op::Agree { person, purpose }),
        2 => n.clone().prop_map(Op::Give),
        1 => n.clone().prop_map(Op::Refuse),
        1 => n.clone().prop_map(Op::WithdrawByToken),
        1 => n.clone().prop_map(Op::WithdrawAtDesk),
        1 => n.clone().prop_map(Op::Expire),
        1 => Just(Op::Sweep),
        1 => prop_oneof![Just(1), Just(ANSWER_MS_MAX), Just(12 * ANSWER_MS_MAX)].prop_map(Op::Wait),
        2 => (which(), 0..EVENTS.len()).prop_map(|(person, event)| Op::Life { person, event }),
        6 => n.clone().prop_map(Op::Require),
        6 => (n.clone(), which()).prop_map(|(grant, pack)| Op::Put { grant, pack }),
        1 => n.clone().prop_map(|grant| Op::PutAnothers { grant }),
        6 => (n, which()).prop_map(|(grant, pack)| Op::Open { grant, pack }),
    ]
}

/// What the model knows of a consent.
struct Known {
    id: ConsentId,
    token: String,
    person: usize,
    purpose: usize,
    state: State,
    asked: Timestamp,
    expires: Timestamp,
}

impl Known {
    fn is_live(&self, now: Timestamp) -> bool {
        self.state == State::Given && self.expires > now
    }

    fn is_late(&self, now: Timestamp) -> bool {
        let answer = SignedDuration::from_millis(ANSWER_MS_MAX);
        match self.state {
            State::Given => self.expires <= now,
            State::Requested => self.expires <= now || self.asked + answer <= now,
            _ => false,
        }
    }
}

/// The world of one sequence.
struct World<'a> {
    db: &'a Database,
    desk: &'a mut Desk,
    persons: [Somebody; 2],
    /// Where each of them stands.
    stand: [person::State; 2],
    consents: Vec<Known>,
    grants: Vec<(usize, Grant)>,
    /// Which templates there are: portrait's person, purpose, pack, and the consent that keeps it.
    templates: BTreeSet<(usize, usize, usize, usize)>,
}

impl World<'_> {
    async fn write(&self) -> Tx {
        self.db.write().await.unwrap()
    }

    /// Keeps what was done if it was done, and says whether it was.
    async fn keep<T>(&self, tx: Tx, done: Result<T, Error>) -> bool {
        if done.is_ok() {
            self.desk.keep(tx).await.unwrap();
        }
        done.is_ok()
    }

    /// Carries a thing out in the store and in the model; both must agree on whether it can be done.
    async fn step(&mut self, op: &Op) -> Result<(), TestCaseError> {
        let now = self.desk.now;
        match *op {
            Op::Wait(ms) => self.desk.wait(SignedDuration::from_millis(ms)),
            Op::Ask { person, purpose } | Op::Agree { person, purpose } => {
                let (who, what) = (self.persons[person].id.clone(), PURPOSES[purpose]);
                let ((id, token), state) = match op {
                    Op::Ask { .. } => (self.desk.ask(self.db, &who, what).await.unwrap(), State::Requested),
                    _ => (self.desk.agreed(self.db, &who, what).await.unwrap(), State::Given),
                };
                let (asked, expires) = (now, now + CONSENT);
                let token = token.as_str().to_owned();
                self.consents.push(Known { id, token, person, purpose, state, asked, expires });
            }
            Op::Sweep => self.sweep().await?,
            Op::Life { person, event } => self.live(person, EVENTS[event]).await,
            Op::Give(n) | Op::Refuse(n) if !self.consents.is_empty() => self.answer(n, op).await?,
            Op::WithdrawByToken(n) | Op::WithdrawAtDesk(n) | Op::Expire(n) if !self.consents.is_empty() => {
                self.end(n, op).await?;
            }
            Op::Require(n) if !self.consents.is_empty() => self.require(n).await?,
            Op::Put { grant, .. } | Op::PutAnothers { grant } | Op::Open { grant, .. } if !self.grants.is_empty() => {
                self.use_grant(grant, op).await?;
            }
            _ => {}
        }
        self.invariants().await
    }

    /// Notes a life event, if it fits.
    async fn live(&mut self, person: usize, what: Event<'_>) {
        let (mut tx, means) = (self.write().await, self.desk.means());
        let done = event::note(&mut tx, &means, &self.persons[person].id, what, None).await;
        let state = done.as_ref().map(|person| person.state).ok();
        if self.keep(tx, done).await {
            self.stand[person] = state.unwrap();
        }
    }

    /// True if anything may be done on a consent: it is live, and so to speak its person is too.
    fn opens(&self, one: &Known) -> bool {
        one.is_live(self.desk.now) && matches!(self.stand[one.person], person::State::Active | person::State::Moved)
    }

    async fn answer(&mut self, n: usize, op: &Op) -> Result<(), TestCaseError> {
        let (n, now) = (n % self.consents.len(), self.desk.now);
        let one = &self.consents[n];
        let can = one.state == State::Requested && !one.is_late(now);
        let mut tx = self.write().await;
        let (done, state) = match op {
            Op::Give(_) => (consent::give(&mut tx, &self.desk.means(), &Actor::Citizen, &one.id).await, State::Given),
            _ => (consent::refuse(&mut tx, &self.desk.means(), &Actor::Citizen, &one.id).await, State::Refused),
        };
        prop_assert_eq!(self.keep(tx, done).await, can);
        if can {
            self.consents[n].state = state;
        }
        Ok(())
    }

    async fn end(&mut self, n: usize, op: &Op) -> Result<(), TestCaseError> {
        let (n, now) = (n % self.consents.len(), self.desk.now);
        let one = &self.consents[n];
        let open = matches!(one.state, State::Requested | State::Given);
        let mut tx = self.write().await;
        let means = self.desk.means();
        let (done, can, state) = match op {
            Op::Expire(_) => (consent::expire(&mut tx, &means, &one.id).await, one.is_late(now), State::Expired),
            Op::WithdrawByToken(_) => {
                let by = By::Token(&one.token);
                (consent::withdraw(&mut tx, &means, &Actor::Citizen, by).await, open, State::Withdrawn)
            }
            _ => {
                let by = By::Consent(&one.id);
                (consent::withdraw(&mut tx, &means, &Actor::Citizen, by).await, open, State::Withdrawn)
            }
        };
        let kept = self.templates.iter().filter(|template| template.3 == n).count() as u64;
        let counted = done.as_ref().map(|ended| ended.deleted.templates).ok();
        prop_assert_eq!(self.keep(tx, done).await, can);
        if can {
            prop_assert_eq!(counted, Some(kept), "the certificate says something else than what was deleted");
            self.consents[n].state = state;
            self.templates.retain(|template| template.3 != n);
        }
        Ok(())
    }

    async fn sweep_all(&self) -> Swept {
        let term = ServiceTerms { evidence_days: 999, visit_days: 999, consent_days: 999 };
        let terms = Terms { services: [].into(), others: term, session_days: 999, import_days: 999 };
        let mut tx = self.write().await;
        let swept = retention::sweep(&mut tx, &self.desk.means(), &terms, 200).await.unwrap();
        self.desk.keep(tx).await.unwrap();
        swept
    }

    async fn sweep(&mut self) -> Result<(), TestCaseError> {
        let swept = self.sweep_all().await;
        let now = self.desk.now;
        let late: BTreeSet<usize> = (0..self.consents.len()).filter(|&n| self.consents[n].is_late(now)).collect();
        let ended: BTreeSet<&ConsentId> = swept.ended.iter().map(|one| &one.consent).collect();
        prop_assert_eq!(ended, late.iter().map(|&n| &self.consents[n].id).collect::<BTreeSet<_>>());
        for &n in &late {
            self.consents[n].state = State::Expired;
        }
        self.templates.retain(|template| !late.contains(&template.3));
        Ok(())
    }

    async fn require(&mut self, n: usize) -> Result<(), TestCaseError> {
        let n = n % self.consents.len();
        let one = &self.consents[n];
        let (person, other) = (&self.persons[one.person].id, &self.persons[1 - one.person].id);
        let (purpose, foreign) = (PURPOSES[one.purpose], PURPOSES[1 - one.purpose]);
        let (mut tx, means) = (self.write().await, self.desk.means());
        prop_assert!(consent::require(&mut tx, &means, &one.id, other, purpose).await.is_err());
        prop_assert!(consent::require(&mut tx, &means, &one.id, person, foreign).await.is_err());
        let grant = consent::require(&mut tx, &means, &one.id, person, purpose).await;
        prop_assert_eq!(grant.is_ok(), self.opens(one), "{:?}, {:?}", one.state, self.stand);
        drop(tx);
        if let Ok(grant) = grant {
            self.grants.push((n, grant));
        }
        Ok(())
    }

    async fn use_grant(&mut self, grant: usize, op: &Op) -> Result<(), TestCaseError> {
        let (n, grant) = &self.grants[grant % self.grants.len()];
        let (n, one) = (*n, &self.consents[*n]);
        let live = self.opens(one);
        let (mut tx, means) = (self.write().await, self.desk.means());
        match *op {
            Op::Put { pack, .. } => {
                let portrait = &self.persons[one.person].portrait;
                let new = template::New { portrait, pack: PACKS[pack], version: 1, bytes: &[1, 2, 3] };
                let done = template::put(&mut tx, &means, grant, &new).await;
                prop_assert_eq!(self.keep(tx, done).await, live);
                let place = (one.person, one.purpose, pack);
                if live {
                    self.templates.retain(|t| (t.0, t.1, t.2) != place);
                    self.templates.insert((place.0, place.1, place.2, n));
                }
            }
            Op::Open { pack, .. } => {
                let done = template::open_all(&mut tx, &means, grant, PACKS[pack]).await;
                let place = (one.person, one.purpose, pack);
                let there = self.templates.iter().filter(|t| (t.0, t.1, t.2) == place).count();
                let found = done.as_ref().map(Vec::len).ok();
                prop_assert_eq!(found, live.then_some(there));
                if live {
                    self.keep(tx, done).await;
                }
                if live && there == 1 {
                    self.templates.retain(|t| (t.0, t.1, t.2) != place);
                    self.templates.insert((place.0, place.1, place.2, n));
                }
            }
            _ => {
                let portrait = &self.persons[1 - one.person].portrait;
                let new = template::New { portrait, pack: PACKS[0], version: 1, bytes: &[1, 2, 3] };
                prop_assert!(template::put(&mut tx, &means, grant, &new).await.is_err());
            }
        }
        Ok(())
    }

    /// What must hold whatever has happened.
    async fn invariants(&self) -> Result<(), TestCaseError> {
        let means = self.desk.means();
        let rows: Vec<(String, String, String, String)> =
            sqlx::query_as("SELECT subject, purpose, pack, consent_ref FROM bio_templates")
                .fetch_all(self.db.raw())
                .await
                .unwrap();
        let subjects = [0, 1].map(|n| bio::subject(&means, &self.persons[n].id));
        let rows = rows.into_iter().filter(|row| subjects.contains(&row.0)).collect::<BTreeSet<_>>();
        let expected = self.templates.iter().map(|&(person, purpose, pack, keeper)| {
            let keeper = &self.consents[keeper];
            assert_eq!(keeper.state, State::Given, "the model itself holds a template without consent");
            let consent_ref = bio::consent_ref(&means, &keeper.id);
            (subjects[person].clone(), PURPOSES[purpose].to_owned(), PACKS[pack].to_owned(), consent_ref)
        });
        prop_assert_eq!(&rows, &expected.collect::<BTreeSet<_>>());
        // A key lives as long as a template that it seals.
        let keys: Vec<(String, String)> =
            sqlx::query_as("SELECT subject, purpose FROM bio_keys WHERE kind = 'template'")
                .fetch_all(self.db.raw())
                .await
                .unwrap();
        let keys: BTreeSet<_> = keys.into_iter().filter(|key| subjects.contains(&key.0)).collect();
        prop_assert_eq!(keys, rows.into_iter().map(|row| (row.0, row.1)).collect::<BTreeSet<_>>());
        Ok(())
    }
}

#[test]
fn no_template_is_without_a_live_consent() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for db in runtime.block_on(databases()) {
        let desk = std::cell::RefCell::new(runtime.block_on(Desk::new(&db)).unwrap());
        let number = std::cell::Cell::new(200_000_000);
        let config = Config { cases: 64, failure_persistence: None, max_shrink_iters: 60, ..Config::default() };
        let sequences = proptest::collection::vec(op(), 1..60);
        TestRunner::new(config)
            .run(&sequences, |ops| {
                let mut desk = desk.borrow_mut();
                runtime.block_on(async {
                    let mut persons = Vec::new();
                    for _ in 0..2 {
                        number.set(number.get() + 1);
                        persons.push(desk.somebody(&db, &format!("B{}", number.get())).await.unwrap());
                    }
                    // What a sequence before this one left open ends first.
                    desk.wait(CONSENT);
                    let persons = persons.try_into().unwrap();
                    let mut world = World {
                        db: &db,
                        desk: &mut desk,
                        persons,
                        stand: [person::State::Active; 2],
                        consents: Vec::new(),
                        grants: Vec::new(),
                        templates: BTreeSet::new(),
                    };
                    world.sweep_all().await;
                    for op in &ops {
                        world.step(op).await?;
                    }
                    Ok(())
                })
            })
            .unwrap_or_else(|error| panic!("{db:?}: {error}"));
    }
}
