//! The kinds of entries, in one table.

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The stable code.
    pub code: &'static str,
    /// What it says.
    pub meaning: &'static str,
}

macro_rules! kinds {
    ($($name:ident $code:literal $meaning:literal;)+) => {
        /// What an entry says was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind { $(#[doc = $meaning] $name,)+ }

        impl Kind {
            /// All kinds, in the order of [`TABLE`].
            pub const ALL: &[Self] = &[$(Self::$name,)+];
        }

        /// The table of all kinds, in the order of [`Kind`].
        pub const TABLE: &[Row] = &[$(Row { code: $code, meaning: $meaning },)+];
    };
}

kinds! {
    OfficeOpened "office.opened" "An office was added.";
    OfficeChanged "office.changed" "An office's name or contacts were changed.";
    OfficeClosed "office.closed" "An office was closed.";
    StationAdded "station.added" "A station was added and given a pairing code.";
    StationPaired "station.paired" "A browser was paired as this station.";
    StationRevoked "station.revoked" "A station's pairing was revoked.";
    OperatorAdded "operator.added" "An operator was added or invited.";
    OperatorChanged "operator.changed" "An operator's roles, office or training date were changed.";
    OperatorDisabled "operator.disabled" "An operator was disabled and signed out everywhere.";
    CredentialSet "operator.credential-set" "A password, a one-time code or a passkey was set.";
    CredentialRevoked "operator.credential-revoked" "A credential was revoked.";
    SignedIn "operator.signed-in" "An operator signed in.";
    SignedOut "operator.signed-out" "An operator signed out, here or everywhere.";
    LockedOut "operator.locked-out" "Too many failed sign-ins: the login is locked for a while.";
    PersonEnrolled "person.enrolled" "Persons were added to the register.";
    PersonChanged "person.changed" "A person's record was changed: a life event or a correction.";
    PersonRead "person.read" "A person's identity data were opened.";
    PersonErased "person.erased" "A person's keys were shredded and the records deleted.";
    GuardianSet "person.guardian-set" "A guardianship was noted or ended.";
    PortraitAdded "portrait.added" "A portrait was added.";
    PortraitRetired "portrait.retired" "A portrait is not used any more.";
    PortraitOpened "portrait.opened" "Portraits were opened to be compared or shown.";
    FramesOpened "frames.opened" "Live pictures were shown to an operator.";
    ImportStarted "import.started" "A register import began.";
    ImportFinished "import.finished" "A register import ended.";
    ConsentRequested "consent.requested" "Consent was asked for.";
    ConsentGiven "consent.given" "Consent was given.";
    ConsentRefused "consent.refused" "Consent was refused; the other path is open.";
    ConsentWithdrawn "consent.withdrawn" "Consent was withdrawn; what only it kept was shredded.";
    ConsentExpired "consent.expired" "Consent expired; what only it kept was shredded.";
    ConsentRead "consent.read" "The record of a consent was shown to an operator.";
    VisitOpened "visit.opened" "A visit began.";
    VisitClaimed "visit.claimed" "A person of the visit was found in the register.";
    ClaimRefused "visit.claim-refused" "Somebody who may not be claimed, or another office's visit, was tried.";
    StationChosen "visit.station" "The station of a visit was chosen.";
    VisitPath "visit.other-path" "A person of the visit goes the other path.";
    PapersChecked "visit.papers" "Papers settled who a person of the visit is.";
    CaptureAsked "capture.asked" "An operator asked for the camera; the attempt counts until it succeeds or yields no comparison.";
    CaptureOpened "capture.opened" "The camera was opened for one consent.";
    FilmBegun "film.begun" "A page began to film for the liveness check, with a key of its own.";
    FilmAsked "film.asked" "The camera runs, and the challenge of the liveness check was drawn.";
    CaptureTaken "capture.taken" "Live pictures were taken in and compared; the evidence is closed.";
    CaptureFailed "capture.failed" "Live pictures could not be used.";
    CaptureEnded "capture.ended" "A capture ended; its pictures are deleted.";
    Judged "judgement.made" "The operator judged before the evidence opened.";
    EvidenceOpened "evidence.opened" "The evidence was shown to the operator who had judged.";
    AttackFound "evidence.attack" "When the evidence was opened, the liveness check had found an attack. It says nothing about who stood there.";
    StationAlarmed "station.alarmed" "Several attacks were found at one station: the office is asked to look.";
    StationAlarmClosed "station.alarm-closed" "An alarm about a station was looked into and closed.";
    Decided "visit.outcome" "The visit got its outcome; live pictures are deleted.";
    IncidentReported "incident.reported" "Suspected impersonation was reported; a second operator is asked.";
    IncidentSeconded "incident.seconded" "The second operator confirmed or dismissed the suspicion.";
    IncidentLapsed "incident.lapsed" "Nobody gave a second opinion in time, or the ground of the report was withdrawn; nothing comes of it.";
    IncidentClosed "incident.closed" "A confirmed incident was followed up and closed; its terms run from now on.";
    CaseFileExported "incident.exported" "The case file was exported.";
    NoticeQueued "notice.queued" "A notice to an agency or an office's contacts was queued.";
    NoticeSending "notice.sending" "A notice to an agency is being sent: these fields go out.";
    NoticeDelivered "notice.delivered" "An agency took a notice in.";
    NoticeDead "notice.dead" "A notice could not be delivered in three days, or cannot be made any more.";
    AgencyAdded "agency.added" "An agency that is told something was added.";
    AgencyChanged "agency.changed" "An agency's name, endpoint, purpose or fields were changed.";
    AgencyPaused "agency.paused" "Nothing is sent to an agency until it is resumed.";
    AgencyResumed "agency.resumed" "Notices are sent to an agency again.";
    AgencySecretRenewed "agency.secret-renewed" "An agency's notices are signed with a new secret.";
    AgencySecretEnded "agency.secret-ended" "Secrets that sign no more were deleted.";
    NoticeChanged "notice.changed" "A notice was sent, acknowledged, or could not be delivered.";
    AttemptsReset "attempts.reset" "The count of failed comparisons was reset by a person.";
    RetentionRun "retention.run" "Records past their term were deleted.";
    KeysRotated "keys.rotated" "New keys are in use; wrapped keys were wrapped again.";
    TemplatesRenewed "keys.templates-renewed" "The templates of a purpose were renewed with a new key.";
    BackupMade "backup.made" "A backup was written.";
    BackupRestored "backup.restored" "The database was restored from a backup.";
    LedgerExported "ledger.exported" "The ledger was exported.";
    AccessAnswered "person.access-answered" "A person was told what is held about them.";
}

impl Kind {
    /// The stable code.
    pub fn code(self) -> &'static str {
        TABLE[self as usize].code
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, TABLE};

    #[test]
    fn kinds_are_unique_and_dotted() {
        let mut seen = std::collections::BTreeSet::new();
        for row in TABLE {
            assert!(row.code.split_once('.').is_some_and(|(noun, verb)| !noun.is_empty() && !verb.is_empty()));
            assert!(seen.insert(row.code), "{} stands twice", row.code);
            assert!(row.meaning.ends_with('.'), "{}", row.code);
        }
        assert_eq!(Kind::AccessAnswered.code(), "person.access-answered");
    }
}
