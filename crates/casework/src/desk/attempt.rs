//! Failed comparisons of a person for a purpose, and how many more there may be (NIST SP 800-63B §3.2.3).

use super::scene::Scene;
use crate::error::Result;
use crate::throttle::{Attempts, Gate, Limits};
use store::id::PersonId;
use store::{Tx, attempts};

/// No check for masks, pictures and screens exists in this version, so the stricter limits hold.
const ATTACK_DETECTION: bool = false;

fn counted(stored: attempts::Attempts) -> Attempts {
    let attempts::Attempts { consecutive, total, blocked_until } = stored;
    Attempts { consecutive, total, blocked_until }
}

async fn put(tx: &mut Tx, scene: &Scene<'_>, person: &PersonId, attempts: Attempts) -> Result<()> {
    let Attempts { consecutive, total, blocked_until } = attempts;
    let stored = attempts::Attempts { consecutive, total, blocked_until };
    Ok(attempts::put(tx, person, scene.service.purpose(), &stored).await?)
}

/// Begins an attempt, which counts as failed until something else is known; says what the gate was before.
///
/// # Errors
/// `attempts-wait`, `attempts-exhausted`; the codes of the database.
pub(super) async fn begin(tx: &mut Tx, scene: &Scene<'_>, person: &PersonId) -> Result<Gate> {
    let means = scene.means();
    let limits = Limits::new(ATTACK_DETECTION);
    let before = counted(attempts::lock(tx, &means, person, scene.service.purpose()).await?);
    put(tx, scene, person, before.begin(limits, means.now)?).await?;
    Ok(before.gate(limits, means.now))
}

/// Takes back an attempt that yielded no comparison.
pub(super) async fn void(tx: &mut Tx, scene: &Scene<'_>, person: &PersonId) -> Result<()> {
    let begun = counted(attempts::lock(tx, &scene.means(), person, scene.service.purpose()).await?);
    put(tx, scene, person, begun.void()).await
}

/// Ends an attempt that yielded a comparison, and says how many had failed before it.
pub(super) async fn settle(tx: &mut Tx, scene: &Scene<'_>, person: &PersonId, is_match: bool) -> Result<Attempts> {
    let begun = counted(attempts::lock(tx, &scene.means(), person, scene.service.purpose()).await?);
    if is_match {
        put(tx, scene, person, begun.succeeded()).await?;
    }
    Ok(begun.void())
}
