//! What an examination of the ledger or of the records found, in one form and with one table of kinds.

use serde::Serialize;

/// Most findings that a report lists; more are only counted.
const FINDINGS_MAX: usize = 1000;

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The stable code, lower case with hyphens.
    pub code: &'static str,
    /// What it says.
    pub meaning: &'static str,
}

macro_rules! what {
    ($($name:ident $code:literal $meaning:literal;)+) => {
        /// What was found.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum What { $(#[doc = $meaning] $name,)+ }

        /// The table of all findings, in the order of [`What`].
        pub const TABLE: &[Row] = &[$(Row { code: $code, meaning: $meaning },)+];
    };
}

what! {
    EntryChanged "entry-changed" "An entry is not the one that was appended: it does not fit its leaf hash or has no canonical form.";
    EntryMissing "entry-missing" "An entry was removed, or moved from its place.";
    EntryRepeated "entry-repeated" "An entry stands twice or out of order, or another was put in its place.";
    EntryForeign "entry-foreign" "An entry stands in the wrong tree.";
    EntryUnknown "entry-unknown" "An entry stands beyond the end of its tree.";
    EntryForged "entry-forged" "An entry was not made by the service: it does not bear its tag.";
    EntriesForged "entries-forged" "Entries between two signed checkpoints were changed and their hashes computed anew.";
    ColumnChanged "column-changed" "A column that repeats a part of an entry differs from it.";
    NodeChanged "node-changed" "A stored node of the tree is wrong, missing or too many.";
    HeadChanged "head-changed" "The end of a tree does not fit its entries.";
    HeadMissing "head-missing" "A tree has no end.";
    ShardMissing "shard-missing" "A tree that a signed root speaks of is missing.";
    ShardRepeated "shard-repeated" "A tree stands twice or out of order.";
    CheckpointInvalid "checkpoint-invalid" "A checkpoint or root is malformed or bears no signature of a trusted key.";
    CheckpointMissing "checkpoint-missing" "A checkpoint that a signed root speaks of is missing.";
    CheckpointMisplaced "checkpoint-misplaced" "A checkpoint stands at the wrong place.";
    RootInvalid "root-invalid" "A signed root does not fit the lines that it is made of, or goes back.";
    RootMissing "root-missing" "A signed root was removed.";
    LedgerFork "ledger-fork" "Two signed statements about one tree contradict each other.";
    LedgerRolledBack "ledger-rolled-back" "A checkpoint that was kept outside speaks of a longer or another tree.";
    LineDamaged "line-damaged" "A line is not in the form that this program writes.";
    SealInvalid "seal-invalid" "The signature at the end does not fit the bytes before it.";
    SealMissing "seal-missing" "The export has no end.";
    RowInserted "row-inserted" "A record exists that no entry speaks of.";
    RowRemoved "row-removed" "A record is gone though no entry says so.";
    RowReturned "row-returned" "A record exists that was deleted.";
    RowChanged "row-changed" "A record is not as the last entry that speaks of it left it.";
    RowRolledBack "row-rolled-back" "A record is as an earlier entry left it.";
    RuleBroken "rule-broken" "Records contradict each other.";
    KeyUnknown "key-unknown" "A record is sealed with a key that the key ring lacks.";
    KeyRingStale "key-ring-stale" "The key ring is not the one that the database noted.";
    KeyDamaged "key-damaged" "A wrapped key does not open.";
}

impl What {
    /// The stable code.
    pub fn code(self) -> &'static str {
        TABLE[self as usize].code
    }
}

impl Serialize for What {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// One thing that is not in order, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is.
    #[serde(rename = "code")]
    pub what: What,
    /// The table, for records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The id of the record, if it is known; for a record that is gone, its keyed name in the ledger.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The tree of the entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// The entry's place in its tree, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// What exactly, as a lower-case fragment without personal data.
    pub detail: String,
}

impl Finding {
    /// A finding without a place.
    pub fn new(what: What, detail: impl Into<String>) -> Self {
        Self { what, table: None, id: None, shard: None, seq: None, detail: detail.into() }
    }

    /// The same finding at an entry.
    #[must_use]
    pub fn entry(mut self, shard: &str, seq: u64) -> Self {
        self.shard = Some(shard.to_owned());
        self.seq = Some(seq);
        self
    }

    /// The same finding in a tree.
    #[must_use]
    pub fn shard(mut self, shard: &str) -> Self {
        self.shard = Some(shard.to_owned());
        self
    }

    /// The same finding at a record.
    #[must_use]
    pub fn record(mut self, table: &str, id: &str) -> Self {
        self.table = Some(table.to_owned());
        self.id = Some(id.to_owned());
        self
    }
}

/// The findings of one examination, at most 1,000 of them in full.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    list: Vec<Finding>,
    left_out: u64,
}

impl Findings {
    /// Notes a finding.
    pub fn push(&mut self, finding: Finding) {
        if self.list.len() < FINDINGS_MAX { self.list.push(finding) } else { self.left_out += 1 }
    }

    /// True if nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The first findings.
    pub fn list(&self) -> &[Finding] {
        &self.list
    }

    /// How many more there are.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_hyphenated() {
        let mut seen = std::collections::BTreeSet::new();
        for row in TABLE {
            assert!(row.code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", row.code);
            assert!(seen.insert(row.code), "{} stands twice", row.code);
            assert!(row.meaning.ends_with('.'), "{}", row.code);
        }
        assert_eq!(What::KeyDamaged.code(), "key-damaged");
    }

    #[test]
    fn beyond_the_bound_findings_are_counted() {
        let mut findings = Findings::default();
        for _ in 0..FINDINGS_MAX + 3 {
            findings.push(Finding::new(What::LineDamaged, "x"));
        }
        assert_eq!((findings.list().len(), findings.left_out()), (FINDINGS_MAX, 3));
    }
}
