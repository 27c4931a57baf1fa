//! Who did something, as far as the person whom it concerns is told: what they are, and where. Never a name: whoever came under another's name
//! holds a receipt too, and would learn who looked at them. Who it was, the office finds by the entry's place in the ledger.

use crate::error::Result;
use serde::Serialize;
use std::collections::BTreeMap;
use store::{Code, Tx, operator};
use utoipa::ToSchema;

/// Who did something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Acted {
    /// `operator`, `station` (the person at it), `citizen` (whoever had the receipt) or `system`.
    pub kind: String,
    /// The roles that the operator holds today.
    pub roles: Vec<String>,
}

/// What each actor of the ledger is, looked up once.
#[derive(Debug, Default)]
pub(super) struct Actors(BTreeMap<String, Acted>);

impl Actors {
    /// What the actor is that the ledger writes so: `operator:ID`, `station:ID`, `citizen`, `system`.
    ///
    /// # Errors
    /// The codes of the database.
    pub(super) async fn of(&mut self, tx: &mut Tx, actor: &str) -> Result<Acted> {
        if let Some(known) = self.0.get(actor) {
            return Ok(known.clone());
        }
        let (kind, id) = actor.split_once(':').unwrap_or((actor, ""));
        let roles = match kind {
            "operator" => match operator::get(tx, &id.parse()?).await {
                Ok(found) => found.roles,
                Err(error) if error.code() == Some(Code::NotFound) => Vec::new(),
                Err(error) => return Err(error.into()),
            },
            _ => Vec::new(),
        };
        let acted = Acted { kind: kind.to_owned(), roles };
        self.0.insert(actor.to_owned(), acted.clone());
        Ok(acted)
    }

    /// All that were looked up, by what the ledger writes.
    pub(super) fn all(self) -> BTreeMap<String, Acted> {
        self.0
    }
}
