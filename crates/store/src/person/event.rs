//! Life events: what the register notes about a person, and the state that follows.

use super::{Person, PersonData, get, lock, open, refuse_known, seal_data};
use crate::error::{Error, Result};
use crate::field;
use crate::id::{LifeEventId, OperatorId, PersonId};
use crate::limits::{maybe_id, moment};
use crate::tx::Tx;
use crate::word::words;
use crate::{Code, Means, Table};
use jiff::Timestamp;
use serde::Serialize;
use sqlx::FromRow;

words! {
    /// Where a person stands.
    State "the state" {
        /// Nothing is in the way.
        Active "active",
        /// Nothing may be done until a supervisor unlocks the record.
        Locked "locked",
        /// The person lives elsewhere now; services go on.
        Moved "moved",
        /// The person is dead.
        Deceased "deceased",
        /// What told who it was is gone; the row stays because other records point at it.
        Erased "erased",
    }
}

words! {
    /// The kind of a life event.
    Kind "the life event" {
        /// The record was locked.
        Locked "locked",
        /// The record was unlocked.
        Unlocked "unlocked",
        /// The person moved away.
        Moved "moved",
        /// The person came back, or was recorded as deceased by mistake.
        Returned "returned",
        /// The person died.
        Deceased "deceased",
        /// The name changed.
        Renamed "renamed",
        /// The data were wrong.
        Corrected "corrected",
        /// There is no usable portrait, for a reason.
        PortraitException "portrait-exception",
        /// There may be a usable portrait again.
        PortraitExceptionEnded "portrait-exception-ended",
    }
}

/// What is noted about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// The record is locked.
    Locked,
    /// The record is unlocked.
    Unlocked,
    /// The person moved away.
    Moved,
    /// The person came back, or was recorded as deceased by mistake.
    Returned,
    /// The person died.
    Deceased,
    /// There is no usable portrait; the reason is a code word. It is an exception, never a fault of the person's.
    PortraitException(&'a str),
    /// There may be a usable portrait again.
    PortraitExceptionEnded,
}

impl Event<'_> {
    fn kind(self) -> Kind {
        match self {
            Self::Locked => Kind::Locked,
            Self::Unlocked => Kind::Unlocked,
            Self::Moved => Kind::Moved,
            Self::Returned => Kind::Returned,
            Self::Deceased => Kind::Deceased,
            Self::PortraitException(_) => Kind::PortraitException,
            Self::PortraitExceptionEnded => Kind::PortraitExceptionEnded,
        }
    }
}

/// New data of a person, and why.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// Who.
    pub person: &'a PersonId,
    /// Why: [`Kind::Renamed`], [`Kind::Corrected`] or [`Kind::Moved`].
    pub kind: Kind,
    /// All data as they are from now on.
    pub data: &'a PersonData,
    /// Who notes it; none for background work.
    pub operator: Option<&'a OperatorId>,
}

/// A noted life event.
#[derive(Clone, Debug, Serialize)]
pub struct LifeEvent {
    /// Its id.
    pub id: LifeEventId,
    /// What it is.
    pub kind: Kind,
    /// Who noted it.
    pub operator: Option<OperatorId>,
    /// When it was noted.
    pub at: Timestamp,
}

#[derive(FromRow)]
struct Row {
    id: String,
    kind: String,
    operator_id: Option<String>,
    at_ms: i64,
}

/// Notes a life event and gives the person as it is then.
///
/// # Errors
/// `not-found`; `person-unknown` when the record was erased; `conflict` when the event does not fit the state; `row-invalid`; the codes of the
/// database.
pub async fn note(
    tx: &mut Tx,
    means: &Means<'_>,
    id: &PersonId,
    event: Event<'_>,
    operator: Option<&OperatorId>,
) -> Result<Person> {
    let person = lock(tx, id).await?;
    let away = person.state == State::Locked && was_away(tx, id).await?;
    let state = after(person.state, event.kind(), away)?;
    let exception = match event {
        Event::PortraitException(reason) => {
            field::word("the reason", reason)?;
            Some(reason.to_owned())
        }
        Event::PortraitExceptionEnded if person.portrait_exception.is_none() => {
            return Err(Error::new(Code::Conflict, "there is no portrait exception"));
        }
        Event::PortraitExceptionEnded => None,
        _ => person.portrait_exception,
    };
    tx.run(
        sqlx::query("UPDATE persons SET state = $1, portrait_exception = $2, changed_at_ms = $3 WHERE id = $4")
            .bind(state.as_str())
            .bind(exception)
            .bind(means.now_ms())
            .bind(id.as_str()),
    )
    .await?;
    tx.touch(Table::Persons, id.as_str());
    insert(tx, means, id, event.kind(), operator).await?;
    get(tx, id).await
}

/// Replaces the data of a person after a change of name, a correction or a move.
///
/// # Errors
/// `already-exists` when another person has the new number; `conflict` when the kind is none of the three or does not fit the state;
/// `not-found`, `person-unknown`, `number-invalid`, `text-too-long`, `row-invalid`; the codes of the key ring and the database.
pub async fn change(tx: &mut Tx, means: &Means<'_>, change: &Change<'_>) -> Result<Person> {
    if !matches!(change.kind, Kind::Renamed | Kind::Corrected | Kind::Moved) {
        return Err(Error::new(Code::Conflict, "data change with a new name, a correction or a move only"));
    }
    let number = change.data.check()?;
    let person = lock(tx, change.person).await?;
    let state = after(person.state, change.kind, false)?;
    refuse_known(tx, means, &number, Some(change.person)).await?;
    let (key, _) = open(tx, means, change.person).await?;
    let (number_key, number_hash) = number.current_hash(means)?;
    tx.run(
        sqlx::query(
            "UPDATE persons SET state = $1, sealed = $2, number_key_id = $3, number_hash = $4, changed_at_ms = $5 \
             WHERE id = $6",
        )
        .bind(state.as_str())
        .bind(seal_data(means, change.person, &key, change.data)?)
        .bind(number_key.to_string())
        .bind(number_hash)
        .bind(means.now_ms())
        .bind(change.person.as_str()),
    )
    .await?;
    tx.touch(Table::Persons, change.person.as_str());
    insert(tx, means, change.person, change.kind, change.operator).await?;
    get(tx, change.person).await
}

/// The life events of a person, oldest first.
///
/// # Errors
/// The codes of the database.
pub async fn list(tx: &mut Tx, id: &PersonId) -> Result<Vec<LifeEvent>> {
    let rows: Vec<Row> = tx
        .all(
            sqlx::query("SELECT id, kind, operator_id, at_ms FROM life_events WHERE person_id = $1 ORDER BY at_ms, id")
                .bind(id.as_str()),
        )
        .await?;
    let event = |row: Row| {
        let operator = maybe_id(row.operator_id)?;
        Ok(LifeEvent { id: row.id.try_into()?, kind: row.kind.parse()?, operator, at: moment(row.at_ms)? })
    };
    rows.into_iter().map(event).collect()
}

async fn insert(
    tx: &mut Tx,
    means: &Means<'_>,
    person: &PersonId,
    kind: Kind,
    operator: Option<&OperatorId>,
) -> Result<()> {
    let id = LifeEventId::new(means);
    tx.run(
        sqlx::query("INSERT INTO life_events (id, person_id, kind, operator_id, at_ms) VALUES ($1, $2, $3, $4, $5)")
            .bind(id.as_str())
            .bind(person.as_str())
            .bind(kind.as_str())
            .bind(operator.map(OperatorId::as_str))
            .bind(means.now_ms()),
    )
    .await?;
    tx.touch(Table::LifeEvents, id.as_str());
    Ok(())
}

/// True if the person had moved away before the record was locked.
async fn was_away(tx: &mut Tx, id: &PersonId) -> Result<bool> {
    let last: Option<(String,)> = tx
        .maybe(
            sqlx::query(
                "SELECT kind FROM life_events WHERE person_id = $1 AND kind IN ('moved', 'returned') \
                 ORDER BY at_ms DESC, id DESC LIMIT 1",
            )
            .bind(id.as_str()),
        )
        .await?;
    Ok(last.is_some_and(|(kind,)| kind == Kind::Moved.as_str()))
}

/// The state after an event. `away` says, for a locked record, that the person had moved before.
fn after(state: State, kind: Kind, away: bool) -> Result<State> {
    let quiet =
        matches!(kind, Kind::Renamed | Kind::Corrected | Kind::PortraitException | Kind::PortraitExceptionEnded);
    match (state, kind) {
        (State::Erased, _) => Err(Error::new(Code::PersonUnknown, "the record was erased")),
        (state, _) if quiet => Ok(state),
        (State::Active | State::Moved, Kind::Locked) => Ok(State::Locked),
        (State::Active | State::Moved, Kind::Moved) => Ok(State::Moved),
        (State::Active | State::Moved | State::Locked, Kind::Deceased) => Ok(State::Deceased),
        (State::Locked, Kind::Unlocked) => Ok(if away { State::Moved } else { State::Active }),
        (State::Moved | State::Deceased, Kind::Returned) => Ok(State::Active),
        (state, kind) => {
            Err(Error::new(Code::Conflict, format!("{} does not fit the state {}", kind.as_str(), state.as_str())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [Kind; 9] = [
        Kind::Locked,
        Kind::Unlocked,
        Kind::Moved,
        Kind::Returned,
        Kind::Deceased,
        Kind::Renamed,
        Kind::Corrected,
        Kind::PortraitException,
        Kind::PortraitExceptionEnded,
    ];

    /// Every state with every event: a letter for the state that follows, a dot for a refusal.
    #[test]
    fn states_follow_events() {
        let letter = |state, kind, away| match after(state, kind, away) {
            Ok(State::Active) => 'A',
            Ok(State::Locked) => 'L',
            Ok(State::Moved) => 'M',
            Ok(State::Deceased) => 'D',
            Ok(State::Erased) => 'E',
            Err(_) => '.',
        };
        // Columns: locked unlocked moved returned deceased renamed corrected exception exception-ended.
        let rows = [
            (State::Active, false, "L.M.DAAAA"),
            (State::Locked, false, ".A..DLLLL"),
            (State::Locked, true, ".M..DLLLL"),
            (State::Moved, false, "L.MADMMMM"),
            (State::Deceased, false, "...A.DDDD"),
            (State::Erased, false, "........."),
        ];
        for (state, away, expected) in rows {
            let row: String = KINDS.iter().map(|&kind| letter(state, kind, away)).collect();
            assert_eq!(row, expected, "{}", state.as_str());
        }
    }
}
