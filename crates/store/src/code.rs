//! The stable codes of every refusal of this crate, in one table.

pub use seal::code::Row;

macro_rules! codes {
    ($($name:ident $code:literal $status:literal $meaning:literal $action:literal;)+) => {
        /// A stable refusal code of the store.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $(#[doc = $meaning] $name,)+ }

        /// The table of all codes of this crate, in the order of [`Code`].
        pub const TABLE: &[Row] = &[$(Row { code: $code, status: $status, meaning: $meaning, action: $action },)+];
    };
}

codes! {
    NotFound "not-found" 404 "There is no such record, or it is not yours to see." "Check the number or the address.";
    AlreadyExists "already-exists" 409 "A record with this key exists already." "Look for the existing one, or choose another name.";
    RowInvalid "row-invalid" 422 "A value is outside what may be stored." "Correct the value that the detail names.";
    Conflict "conflict" 409 "Somebody else changed the record in between." "Load it again and repeat the step.";
    DiskFull "disk-full" 507 "The database has no room left; nothing of this act was kept." "Free space or enlarge the disk, then repeat the act.";
    DatabaseBusy "database-busy" 503 "The database was busy for too long; nothing of this act was kept." "Repeat the act.";
    DatabaseUnreachable "database-unreachable" 503 "The connection to the database is lost; nothing of this act was kept, or its end is not known." "Look at the record, then repeat the act if it is not there.";
    DatabaseDamaged "database-damaged" 500 "The database file is damaged." "Stop the server, run `countenance db check`, and restore the last backup.";
    DatabaseFailed "database-failed" 500 "The database refused a statement." "Run `countenance db check`; report the detail.";
    DatabaseUrlInvalid "database-url-invalid" 500 "The address of the database is not one of SQLite or PostgreSQL." "Write sqlite:///FILE or postgres://USER@HOST/NAME.";
    SchemaNewer "schema-newer" 500 "The database was made by a newer program." "Use the newer program; there is no way back.";
    KeyRingStale "key-ring-stale" 500 "The key ring is older than the database, or it is another's." "Use the key ring that the last `countenance keys rotate` wrote.";
    KeyNeeded "key-needed" 409 "Something still depends on this key, so that it cannot be retired." "Let `countenance keys rotate --finish` run to its end; backups that it sealed must be made anew.";
    UnledgeredChange "unledgered-change" 500 "A change was about to be committed without an entry in the ledger." "This is a fault of the program: report it.";
    LedgerDamaged "ledger-damaged" 500 "The ledger does not fit its own tree." "Stop the server and run `countenance ledger verify`.";
    LedgerRolledBack "ledger-rolled-back" 500 "The ledger is shorter than, or other than, a signed checkpoint that was kept outside." "An older copy of the database is in use: find the right one, or restore the last backup and say so.";
    ConsentMissing "consent-missing" 403 "There is no live consent of this person for this purpose." "Ask the person, or take the other path.";
    ConsentEnded "consent-ended" 409 "The consent was refused, withdrawn or has expired." "Ask again, or take the other path.";
    GrantForeign "grant-foreign" 403 "The grant is for another person or another purpose." "Use the grant of this visit.";
    GrantExpired "grant-expired" 403 "The grant has expired." "Ask the person again.";
    GuardianMissing "guardian-missing" 403 "Whoever consented is neither the person nor, at this time, a guardian of the person." "Note the guardianship first, or ask the person.";
    JudgementMissing "judgement-missing" 409 "The evidence opens only after the operator's own judgement." "Look at the pictures and judge first.";
    CaptureEnded "capture-ended" 409 "The capture was used, has ended or has expired." "Open a new capture.";
    SecondOperatorSame "second-operator-same" 403 "The second operator is the one who reported." "Ask another operator.";
    IncidentMissing "incident-missing" 409 "This outcome needs an incident that a second operator confirmed." "Report the suspicion and ask a second operator.";
    PersonUnknown "person-unknown" 404 "No person with this identity number is in the register." "Check the number with the person.";
    PersonLocked "person-locked" 409 "The record of this person is locked." "Ask a supervisor; use the other path meanwhile.";
    PersonDeceased "person-deceased" 409 "The person is recorded as deceased." "Check the number; ask a supervisor.";
    NumberInvalid "number-invalid" 422 "The identity number has a wrong form." "Type it as it is printed: 4 to 32 letters, digits or hyphens.";
    TextTooLong "text-too-long" 422 "A text is longer than allowed." "Shorten it.";
    OfficeClosed "office-closed" 409 "The office is closed." "Choose another office.";
    PairingInvalid "pairing-invalid" 404 "No station waits for this pairing code, or its 10 minutes are over." "Ask an administrator for a new code.";
    StationUnknown "station-unknown" 401 "This browser is not paired as a station, or not any more." "Pair it with a new code.";
    InvitationEnded "invitation-ended" 410 "The invitation was used, has expired, or never was." "Ask an administrator for a new one.";
    OperatorDisabled "operator-disabled" 403 "The operator is disabled." "Ask an administrator.";
    LoginLocked "login-locked" 429 "Too many failed sign-ins: the login is locked for a while." "Wait until the time that is shown, or ask an administrator.";
    SessionEnded "session-ended" 401 "The session has ended, or never was." "Sign in again.";
    PortraitInvalid "portrait-invalid" 422 "The portrait is neither JPEG nor PNG, or larger than 8 MiB." "Hand in another file.";
    BackupInvalid "backup-invalid" 422 "The backup is damaged, not whole, or made with another key ring." "Use another backup, and the key ring of its time.";
    TargetNotEmpty "target-not-empty" 409 "The database to restore into is not empty." "Name an empty folder or an empty database.";
    ExportInvalid "export-invalid" 422 "The ledger export is not in the form that this program writes." "Export again with `countenance ledger export`.";
    OutputFailed "output-failed" 500 "What was to be written could not be written." "Check the place to write to and its free space, then repeat.";
}

impl Code {
    /// The code's row in [`TABLE`].
    pub fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// The stable text of the code.
    pub fn as_str(self) -> &'static str {
        self.row().code
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
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
            assert!(row.meaning.ends_with('.') && row.action.ends_with('.'), "{}", row.code);
            assert!((400..600).contains(&row.status), "{}", row.code);
        }
    }

    #[test]
    fn a_code_finds_its_own_row() {
        assert_eq!(Code::NotFound.as_str(), "not-found");
        assert_eq!(Code::ExportInvalid.as_str(), "export-invalid");
    }
}
