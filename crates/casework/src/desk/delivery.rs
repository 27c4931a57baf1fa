//! The delivery of notices to agencies: what is sent, with which signature, when it is tried again, and what is kept of it.
//!
//! The background work claims notices here, sends what it gets, and says what came of it. What goes out is made anew for each try from the
//! records as they are then: the fields that the service discloses to this recipient and the agency's record allows, nothing else. The id of
//! the event is the notice's, so a receiver knows a repetition.

mod event;
mod pace;

pub use pace::{FIRST_S, LAST_S, TOTAL};

use super::casefile::hex;
use super::{Desk, by, in_transaction};
use crate::error::{Error, Result};
use crate::permission::Permission;
use event::Event;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};
use store::agency::{self, Why};
use store::delivery::{self as rows, Claimed, Tried};
use store::id::{AgencyId, NoticeId};
use store::ledger::{self, Act, Actor, Kind, Shard};
use store::limits::PAGE_ROWS_MAX;
use store::notice::{self, State};
use store::session::SignedIn;
use store::{Means, Tx};
use utoipa::ToSchema;

/// How long a claim lasts: longer than a try can take. A process that is killed leaves its notices to others after it.
const CLAIM: SignedDuration = SignedDuration::from_secs(60);
/// The status that says that an endpoint is there no more (RFC 9110 §15.5.11).
const GONE: u16 = 410;

/// A notice as it is to be sent now.
#[derive(Debug)]
pub struct Sending {
    claimed: Claimed,
    agency: AgencyId,
    event: Event,
    /// Where it goes.
    pub endpoint: String,
    /// The header `webhook-timestamp`: seconds since 1970.
    pub timestamp_s: i64,
    /// The header `webhook-signature`: one signature for each secret, a space between two.
    pub signature: String,
    /// The body: one event in the JSON form of `CloudEvents` 1.0.
    pub body: Vec<u8>,
}

impl Sending {
    /// The header `webhook-id`: the notice's id, the same in every try.
    pub fn id(&self) -> &str {
        self.claimed.notice.id.as_str()
    }
}

/// What came of a try.
#[derive(Clone, Debug)]
pub struct Reply {
    /// When the try began.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
    /// The status of the answer.
    pub status: Option<u16>,
    /// Why there was no answer, as a code word; or what was wrong with one.
    pub failure: Option<&'static str>,
    /// The answer's body, if all of it could be read; only its hash is kept.
    pub body: Option<Vec<u8>>,
    /// How many seconds the agency asks to be left alone.
    pub retry_after_s: Option<u32>,
}

/// Where a notice stands after a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The agency has it.
    Delivered,
    /// It is tried again.
    Later(Timestamp),
    /// It is not tried again: a dead letter, until somebody sends it again.
    Dead,
    /// The agency's endpoint is gone: nothing is sent to it until an administrator resumes it.
    Paused,
    /// Somebody else has it, or has noted by hand what became of it.
    Taken,
}

/// One try to deliver a notice.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AttemptView {
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
    /// The status of the answer.
    pub status: Option<u16>,
    /// Why there was no answer, or what was wrong with it, as a code word.
    pub failure: Option<String>,
    /// SHA-256 of the body that was sent, in hexadecimal.
    pub sent_sha256: Option<String>,
    /// SHA-256 of the answer's body, if all of it could be read, in hexadecimal.
    pub answer_sha256: Option<String>,
}

/// The delivery of a notice.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeliveryView {
    /// When it is tried next; none when it does not wait.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_at: Option<Timestamp>,
    /// The tries, the newest first, at most 200.
    pub attempts: Vec<AttemptView>,
}

/// The agencies for which something is to be sent now.
///
/// # Errors
/// The codes of the database.
pub async fn due(desk: &Desk, now: Timestamp) -> Result<Vec<AgencyId>> {
    Ok(agency::due(&mut desk.db.read().await?, &desk.means(now)).await?)
}

/// Claims up to `limit` notices to an agency and makes what is to be sent. A notice that cannot be made counts as a failed try. The first try
/// of each run is an entry of the ledger, because from then on the fields are outside.
///
/// # Errors
/// `not-found`; the codes of the database.
pub async fn claim(desk: &Desk, now: Timestamp, id: &AgencyId, limit: u32) -> Result<Vec<Sending>> {
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        let told = agency::get(tx, id).await?;
        let mut sendings = Vec::new();
        if told.paused.is_some() {
            return Ok(sendings);
        }
        let secrets = agency::secrets(tx, &means, id).await?;
        for claimed in rows::claim(tx, &means, &told.code, (limit, CLAIM)).await? {
            let event = match event::of(tx, &means, (&claimed.notice, &told), &desk.settings.public_url).await {
                Ok(event) => event,
                // The whole of it is done again.
                Err(error) if is_passing(&error) => return Err(error),
                Err(error) => {
                    unmade(tx, &means, &claimed, &error).await?;
                    continue;
                }
            };
            if claimed.tries == 1 {
                let with = |act: Act<'static>| act.fact("fields", event.fields());
                each(tx, &means, (Kind::NoticeSending, &claimed), &event, with).await?;
            }
            let (timestamp_s, body) = (now.as_second(), event.body());
            let signed = secrets.iter().map(|secret| secret.sign(claimed.notice.id.as_str(), timestamp_s, &body));
            let signature = signed.collect::<seal::Result<Vec<_>>>()?.join(" ");
            let endpoint = told.endpoint.clone();
            sendings.push(Sending { claimed, agency: id.clone(), event, endpoint, timestamp_s, signature, body });
        }
        Ok(sendings)
    }.await)
}

/// True for what has nothing to do with the notice and passes by itself.
fn is_passing(error: &Error) -> bool {
    error.is_busy() || matches!(error.code(), "database-unreachable" | "database-failed" | "disk-full")
}

/// A notice that could not be made: tried again, as an unreachable agency is, but not for somebody who is in the register no more.
async fn unmade(tx: &mut Tx, means: &Means<'_>, claimed: &Claimed, error: &Error) -> Result<()> {
    let tried = Tried {
        at: means.now,
        took_ms: 0,
        status: None,
        failure: Some(error.code().to_owned()),
        sent_sha256: None,
        answer_sha256: None,
    };
    rows::note(tx, means, &claimed.notice.id, &tried).await?;
    let is_over = matches!(error.code(), "person-unknown" | "row-invalid" | "not-found");
    match pace::next(means, claimed, None).filter(|_| !is_over) {
        Some(next) => {
            rows::put_off(tx, claimed, next).await?;
        }
        None => dead(tx, means, (claimed, &Event::default()), &tried).await?,
    }
    Ok(())
}

/// One entry for each person whom an event is about, or one for all when it is about none.
async fn each(
    tx: &mut Tx,
    means: &Means<'_>,
    (kind, claimed): (Kind, &Claimed),
    event: &Event,
    with: impl Fn(Act<'static>) -> Act<'static>,
) -> Result<()> {
    let notice = &claimed.notice;
    let persons: Vec<Option<&str>> = match event.pseudonyms() {
        [] => vec![None],
        some => some.iter().map(|one| Some(one.as_str())).collect(),
    };
    for person in persons {
        let Act { facts, .. } = with(
            Act::new(kind, Shard::Office(notice.office.clone()), &Actor::System)
                .fact("notice_id", notice.id.as_str())
                .fact("recipient", notice.recipient.as_str())
                .fact("tries", claimed.tries),
        );
        let act = Act {
            person,
            service: event.service(),
            visit: notice.visit.as_ref(),
            facts,
            ..Act::new(kind, Shard::Office(notice.office.clone()), &Actor::System)
        };
        ledger::append(tx, means, &act).await?;
    }
    Ok(())
}

/// Notes what came of a try. A process that is killed before this has sent a notice that others send again, with the same id.
///
/// # Errors
/// The codes of the database.
pub async fn settle(desk: &Desk, now: Timestamp, sending: &Sending, reply: &Reply) -> Result<Settled> {
    let (means, claimed) = (desk.means(now), &sending.claimed);
    let tried = Tried {
        at: reply.at,
        took_ms: reply.took_ms,
        status: reply.status,
        failure: reply.failure.map(str::to_owned),
        sent_sha256: Some(hex(&Sha256::digest(&sending.body))),
        answer_sha256: reply.body.as_ref().map(|body| hex(&Sha256::digest(body))),
    };
    in_transaction!(desk, tx => async {
        // It may have been marked by hand meanwhile, or be past its term.
        let Some(state) = notice::lock(tx, &claimed.notice.id).await? else { return Ok(Settled::Taken) };
        rows::note(tx, &means, &claimed.notice.id, &tried).await?;
        if state != State::Waiting {
            return Ok(Settled::Taken);
        }
        match reply.status {
            Some(200..=299) => {
                delivered(tx, &means, sending, &tried).await?;
                return Ok(Settled::Delivered);
            }
            Some(GONE) => {
                rows::put_off(tx, claimed, now).await?;
                gone(tx, &means, sending).await?;
                return Ok(Settled::Paused);
            }
            _ => {}
        }
        let Some(next) = pace::next(&means, claimed, reply.retry_after_s) else {
            if !rows::is_own(tx, claimed).await? {
                return Ok(Settled::Taken);
            }
            dead(tx, &means, (claimed, &sending.event), &tried).await?;
            return Ok(Settled::Dead);
        };
        let is_own = rows::put_off(tx, claimed, next).await?;
        Ok(if is_own { Settled::Later(next) } else { Settled::Taken })
    }.await)
}

async fn delivered(tx: &mut Tx, means: &Means<'_>, sending: &Sending, tried: &Tried) -> Result<()> {
    let notice = &sending.claimed.notice;
    notice::set_state(tx, means, &notice.office, &notice.id, State::Sent).await?;
    let with = |act: Act<'static>| {
        let act = act.fact("fields", sending.event.fields()).fact("status", tried.status.unwrap_or_default());
        let act = act.fact("sent_sha256", tried.sent_sha256.clone().unwrap_or_default());
        match &tried.answer_sha256 {
            Some(hash) => act.fact("answer_sha256", hash.as_str()),
            None => act,
        }
    };
    each(tx, means, (Kind::NoticeDelivered, &sending.claimed), &sending.event, with).await
}

async fn dead(tx: &mut Tx, means: &Means<'_>, (claimed, event): (&Claimed, &Event), tried: &Tried) -> Result<()> {
    let notice = &claimed.notice;
    notice::set_state(tx, means, &notice.office, &notice.id, State::Failed).await?;
    let why = tried.failure.clone().unwrap_or_else(|| tried.status.unwrap_or_default().to_string());
    each(tx, means, (Kind::NoticeDead, claimed), event, |act| act.fact("failure", why.as_str())).await
}

async fn gone(tx: &mut Tx, means: &Means<'_>, sending: &Sending) -> Result<()> {
    if agency::pause(tx, means, &sending.agency, Why::Gone).await? {
        let act = Act::new(Kind::AgencyPaused, Shard::Register, &Actor::System)
            .fact("agency", sending.claimed.notice.recipient.as_str())
            .fact("why", Why::Gone.as_str());
        ledger::append(tx, means, &act).await?;
    }
    Ok(())
}

/// Deletes secrets that sign no more, and says how many there were.
///
/// # Errors
/// The codes of the database.
pub async fn tidy(desk: &Desk, now: Timestamp) -> Result<u64> {
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        let count = agency::end_secrets(tx, &means).await?;
        if count > 0 {
            let act = Act::new(Kind::AgencySecretEnded, Shard::Register, &Actor::System).fact("count", count);
            ledger::append(tx, &means, &act).await?;
        }
        Ok(count)
    }.await)
}

/// The delivery of a notice of the own office: each try, and when the next one is.
///
/// # Errors
/// `permission-missing`; `not-found`; the codes of the database.
pub async fn read(desk: &Desk, by: &SignedIn, now: Timestamp, id: &NoticeId) -> Result<DeliveryView> {
    by::require(by, Permission::NoticeHandle, now)?;
    let mut tx = desk.db.read().await?;
    let tried = rows::tried(&mut tx, by::office(by)?, id, PAGE_ROWS_MAX).await?;
    let view = |Tried { at, took_ms, status, failure, sent_sha256, answer_sha256 }| AttemptView {
        at,
        took_ms,
        status,
        failure,
        sent_sha256,
        answer_sha256,
    };
    let next_at = rows::stand(&mut tx, id).await?.map(|stand| stand.next);
    Ok(DeliveryView { next_at, attempts: tried.into_iter().map(view).collect() })
}

/// Sends a notice of the own office again that could not be delivered, with the same id and all its tries.
///
/// # Errors
/// `permission-missing`; `not-found`; `conflict` unless it could not be delivered; the codes of the database.
pub async fn resend(desk: &Desk, by: &SignedIn, now: Timestamp, id: &NoticeId) -> Result<()> {
    let mark = super::notice::NoticeMark { state: State::Waiting.as_str().to_owned() };
    super::notice::mark(desk, by, now, id, &mark).await
}
