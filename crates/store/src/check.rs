//! `db check`: the records against the ledger.
