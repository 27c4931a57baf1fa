//! The tables, and which of them the ledger protects.

macro_rules! tables {
    (protected { $($name:ident $table:literal;)+ } outside { $($other:literal $why:literal;)+ }) => {
        /// A table whose every row the ledger speaks for: a digest of each row stands in the entry of the act that changed it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Table { $(#[doc = concat!("`", $table, "`")] $name,)+ }

        impl Table {
            /// All protected tables.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The table's name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $table,)+ }
            }

            /// The statement that reads one row.
            pub(crate) fn one(self) -> &'static str {
                match self { $(Self::$name => concat!("SELECT * FROM ", $table, " WHERE id = $1"),)+ }
            }
        }

        /// Tables that no digest protects, and why that is enough.
        pub const OUTSIDE: &[(&str, &str)] = &[$(($other, $why),)+];
    };
}

tables! {
    protected {
        Offices "offices";
        Stations "stations";
        Operators "operators";
        Passkeys "passkeys";
        Invitations "invitations";
        Sessions "sessions";
        Persons "persons";
        LifeEvents "life_events";
        Guardians "guardians";
        BioKeys "bio_keys";
        BioPortraits "bio_portraits";
        BioTemplates "bio_templates";
        BioFrames "bio_frames";
        ConsentTexts "consent_texts";
        Consents "consents";
        ConsentEvents "consent_events";
        Visits "visits";
        VisitPersons "visit_persons";
        Captures "captures";
        Evidences "evidences";
        Judgements "judgements";
        Outcomes "outcomes";
        Incidents "incidents";
        Notices "notices";
        Agencies "agencies";
        AgencySecrets "agency_secrets";
        Attempts "attempts";
        StationAlarms "station_alarms";
        Imports "imports";
    }
    outside {
        "meta" "Facts about the installation: its id and the fingerprint of the key ring. A ring that is not the noted one is found when the server starts, another origin by `db check`.";
        "ledger_heads" "Part of the ledger: `ledger verify` computes it again from the entries.";
        "ledger_entries" "The ledger itself: protected by the tree and the signed checkpoints.";
        "ledger_nodes" "Part of the ledger: `ledger verify` computes it again from the entries.";
        "ledger_checkpoints" "The notes are signed, and a root speaks of each; `at_ms` only tells people when.";
        "ledger_roots" "The notes are signed and numbered; of the last one only the copy speaks that was kept outside. `at_ms` only tells people when.";
        "station_contacts" "When a station was last seen; shown to people, decides nothing.";
        "operator_throttles" "Failed sign-ins and the last one-time code. Whoever can change it can reset a lock-out, not sign in.";
        "passkey_states" "Signature counters of passkeys. Whoever can change them can hide a cloned authenticator, not sign in.";
        "passkey_challenges" "Open challenges, 5 minutes long.";
        "session_activity" "When a session was last used. Whoever can change it can keep a session from idling out before its end.";
        "films" "What a page is asked in a capture and how far it is. It dies with the capture; the entry that takes the capture speaks of what came of it.";
        "bio_films" "What was measured in the pictures of an open capture, sealed under the capture's key. It dies with the capture; a changed piece does not open.";
        "notice_deliveries" "When a notice is tried next, and who is at it. Whoever can change it can delay a notice or have it sent again with the same id.";
        "notice_attempts" "Each try to deliver a notice; of the one that succeeded, and of the last one that failed, the ledger speaks itself.";
        "source_attempts" "Failed captures by station and network address, as keyed hashes, for a day. Whoever can change it can lift a delay, not pass a check.";
        "idempotency" "Answers kept for a day so that a repeated request is not carried out twice.";
        "import_rejections" "The report of rows that were not taken.";
        "leases" "Which process does the background work; two at once do no harm.";
        "_sqlx_migrations" "The list of migrations that were run; their text is compared at start.";
    }
}

impl Table {
    /// The table with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|table| table.name() == name)
    }
}
