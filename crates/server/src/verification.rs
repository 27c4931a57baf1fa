//! The verification of the whole ledger that an auditor starts with one click. It goes on behind the request, one at a time of the whole
//! installation; its result stays with this process until the next one.

use crate::state::App;
use casework::desk::verification;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use store::check::Report;
use store::lease;
use store::progress::Progress;
use store::session::SignedIn;
use tokio::sync::watch;

/// The name of the lease.
const TASK: &str = "verification";
/// How long another process waits for one that died.
const LEASE: SignedDuration = SignedDuration::from_mins(2);
/// How often the lease is prolonged.
const PROLONGED_EVERY: Duration = Duration::from_secs(30);
/// How long the click waits, so that a small ledger shows its result at once.
const WAIT: Duration = Duration::from_secs(3);

/// Where the verification stands, for whoever looks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verification {
    /// How far it is; nothing while none is at work here.
    pub(crate) running: Option<Progress>,
    /// The last one that came to its end.
    pub(crate) last: Option<Arc<Verified>>,
    /// Why the last try came to no end: the code of a refusal.
    pub(crate) problem: Option<&'static str>,
    /// True if another process of the installation was at it.
    pub(crate) elsewhere: bool,
}

/// A verification that came to its end.
#[derive(Debug)]
pub(crate) struct Verified {
    /// The moment of the database that it saw.
    pub(crate) began: Timestamp,
    /// When it was done.
    pub(crate) ended: Timestamp,
    /// What it found.
    pub(crate) report: Report,
}

/// Where the verification of this process stands.
pub(crate) type Verifications = watch::Sender<Verification>;

/// Ends what is shown as running, however the work ends.
struct AtWork<'a>(&'a Verifications);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|state| state.running = None);
    }
}

/// Begins a verification unless one is at work here, and waits a little for its end.
pub(crate) async fn begin(app: &App, by: SignedIn) {
    let begun = app.verification.send_if_modified(|state| {
        let is_free = state.running.is_none();
        if is_free {
            let running = Some(Progress { part: "ledger", done: 0, total: 0 });
            *state = Verification { running, last: state.last.take(), ..Verification::default() };
        }
        is_free
    });
    if begun {
        let (app, runtime) = (app.clone(), tokio::runtime::Handle::current());
        tokio::task::spawn_blocking(move || runtime.block_on(work(&app, &by)));
    }
    let mut seen = app.verification.subscribe();
    // Whoever waits longer looks again.
    let _ = tokio::time::timeout(WAIT, seen.wait_for(|state| state.running.is_none())).await;
}

async fn work(app: &App, by: &SignedIn) {
    let _at_work = AtWork(&app.verification);
    let holder = format!("{:032x}", u128::from_be_bytes(seal::random::array(&*app.desk.random)));
    match leased(app, by, &holder).await {
        Ok(Some(verified)) => app.verification.send_modify(|state| state.last = Some(Arc::new(verified))),
        Ok(None) => app.verification.send_modify(|state| state.elsewhere = true),
        Err(error) => {
            tracing::error!(%error, "the verification of the ledger came to no end");
            app.verification.send_modify(|state| state.problem = Some(error.row().code));
        }
    }
}

/// Verifies with the lease in hand; nothing when another process has it.
async fn leased(app: &App, by: &SignedIn, holder: &str) -> casework::Result<Option<Verified>> {
    if !take(app, holder).await? {
        return Ok(None);
    }
    let began = app.now();
    let mut told = |progress| app.verification.send_modify(|state| state.running = Some(progress));
    let done = tokio::select! {
        done = verification::run(&app.desk, by, began, &mut told) => done,
        never = prolonged(app, holder) => match never {},
    };
    let mut tx = app.desk.db.write().await?;
    lease::release(&mut tx, TASK, holder).await?;
    tx.commit().await?;
    Ok(Some(Verified { began, ended: app.now(), report: done? }))
}

/// Prolongs the lease from time to time, as long as it is asked to.
async fn prolonged(app: &App, holder: &str) -> std::convert::Infallible {
    loop {
        tokio::time::sleep(PROLONGED_EVERY).await;
        // One that could not be prolonged is prolonged the next time; two verifications at once do no harm.
        let _ = take(app, holder).await;
    }
}

async fn take(app: &App, holder: &str) -> casework::Result<bool> {
    let mut tx = app.desk.db.write().await?;
    let taken = lease::take(&mut tx, &app.desk.means(app.now()), TASK, holder, LEASE).await?;
    tx.commit().await?;
    Ok(taken)
}
