//! The stable codes of every refusal of this crate, in one table from which the page on errors is generated.

pub use seal::code::Row;

use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($name:ident $code:literal $status:literal $meaning:literal $action:literal;)+) => {
        /// A stable refusal code of casework.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $(#[doc = $meaning] $name,)+ }

        impl Code {
            /// All codes, in the order of [`TABLE`].
            pub const ALL: &[Self] = &[$(Self::$name,)+];
        }

        /// The table of all codes of this crate, in the order of [`Code`].
        pub const TABLE: &[Row] = &[$(Row { code: $code, status: $status, meaning: $meaning, action: $action },)+];
    };
}

codes! {
    ServiceSyntax "service-syntax" 500 "A service definition is not TOML, or has an unknown, missing or wrongly typed key." "Correct the line that the message names; the shipped definitions show every key.";
    ServiceFormatUnknown "service-format-unknown" 500 "A service definition has a format that this version does not know." "Write `format = 1`, or update the program.";
    ServiceTooLarge "service-too-large" 500 "There are too many service definitions, or one is too long." "Keep a definition below 64 KiB and their number below 257.";
    ServiceNameMismatch "service-name-mismatch" 500 "The file's name does not say which definition it holds." "Name the file `<id>.toml`, or `<id>@<version>.toml` for an older version.";
    ServiceTwice "service-twice" 500 "Two files define the same version of a service." "Raise the version of the newer one.";
    ServiceIdInvalid "service-id-invalid" 500 "An identifier in a service definition has forbidden letters or a forbidden length." "Use lower-case letters, digits and hyphens; a service's id has at least one dot.";
    ServiceTextInvalid "service-text-invalid" 500 "A text of a service definition is empty, too long, in the wrong script or has letters that cannot be seen." "Write the text in the language that the message names.";
    ServiceListInvalid "service-list-invalid" 500 "A list of a service definition is empty, too long or names something twice." "Correct the list that the message names.";
    ServiceFmrOutOfBounds "service-fmr-out-of-bounds" 500 "The demanded false-match rate is not between 0.000001 and 0.0001." "Demand a rate within the bounds; 0.0001 is the most that NIST SP 800-63B allows.";
    ServiceAgeOutOfBounds "service-age-out-of-bounds" 500 "The greatest age of a portrait is not between 1 and 60 years." "Correct `face.portrait-age-years-max`.";
    ServiceLivenessTooLow "service-liveness-too-low" 500 "A channel without a clerk beside the person demands the liveness level `unattended`." "Raise `face.liveness`, or take the channel out.";
    ServiceSecondFactorMissing "service-second-factor-missing" 500 "Where no clerk stands beside the person, a face needs a second factor." "Name one in `face.second-factor`, or take the channel out.";
    ServiceOtherPathMissing "service-other-path-missing" 500 "The service has no equal way without a face." "Write `[other-path]`: what to bring, and how it goes.";
    ServiceOtherPathUnequal "service-other-path-unequal" 500 "The way without a face costs more or takes longer." "Make it equal; the face may not be the price of a better service.";
    ServiceRecipientUnknown "service-recipient-unknown" 500 "A disclosure or notice goes to somebody whom the definition does not name, or a named recipient receives nothing." "Name every recipient, and only those who receive something.";
    ServiceTermOutOfBounds "service-term-out-of-bounds" 500 "A term is too short, too long or shorter than another that depends on it." "Correct the term that the message names.";
    ServiceCourseInvalid "service-course-invalid" 500 "The steps of a service do not fit together: their order, or something that a step rests on." "Correct the step that the message names; docs/SERVICES.md has the rules.";
    ServiceOutcomeMissing "service-outcome-missing" 500 "A service has a step after which somebody could be left without an outcome." "Correct the step that the message names, so that every way ends with a human or an outcome.";
    ServiceStepNotYet "service-step-not-yet" 500 "This version cannot carry out a step of a service." "Take the definition out of the services, or update the program; docs/SERVICES.md says which steps it carries out.";
    CaseEnded "case-ended" 409 "The case has ended; nothing moves after that." "Look at how it ended; a new visit can begin.";
    CaseStateInvalid "case-state-invalid" 500 "The stored state of a case cannot be read." "Run `countenance db check`.";
    StepUnfit "step-unfit" 409 "This cannot be done at the present step." "Do what the present step asks for.";
    ServiceUnknown "service-unknown" 404 "There is no such service, or not in this version." "Choose a service from the list.";
    VariantUnknown "variant-unknown" 422 "The service has no such variant." "Choose a variant that the service names.";
    ChannelNotOffered "channel-not-offered" 422 "The service is not offered through this channel." "Use a channel that the service names.";
    LanguageUnknown "language-unknown" 422 "The language is none of zh-Hant, zh-Hans and en." "Ask for one of the three.";
    VisitPersonUnknown "visit-person-unknown" 422 "The visit has no such place for a person." "Count from 0; a visit has one or two persons.";
    VisitPersonTwice "visit-person-twice" 409 "The same person was claimed for both places of a visit." "Claim the other person.";
    VisitStateInvalid "visit-state-invalid" 500 "The stored state of a visit is damaged or impossible." "Check the database with `countenance db check`.";
    VisitDecided "visit-decided" 409 "The visit has its outcome; nothing in it moves any more." "Open a new visit.";
    TransitionRefused "transition-refused" 409 "The visit is not at the point where this can be done." "Read the visit again and choose one of the acts that it offers.";
    ConsentFirst "consent-first" 409 "There is no live consent for this." "Ask the person; if they would rather not, take the other path.";
    ConsentOfPersonOnly "consent-of-person-only" 403 "Only the person can give the consent." "Let the person answer on the station.";
    ActorUnfit "actor-unfit" 403 "This act belongs to somebody else: the person, an operator, or the system." "Leave it to whom it belongs.";
    JudgementFirst "judgement-first" 409 "The evidence is closed until the clerk has judged." "Compare the pictures by eye and judge; then the evidence opens.";
    EvidenceMissing "evidence-missing" 409 "There is no evidence of this capture." "Take the pictures again, or take the other path.";
    NotSettled "not-settled" 409 "Who a person is has been settled neither by face nor by papers." "Take the other path for this person and check the papers.";
    SecondFactorMissing "second-factor-missing" 409 "The service demands a second factor beside the face, and it was not shown." "Ask for it, or take the other path.";
    SecondPersonSame "second-person-same" 403 "The one who reported cannot also second or dismiss the report." "Call a colleague with the right role.";
    DeadlineNotReached "deadline-not-reached" 409 "The visit's time is not over yet." "Wait, or end the visit by an outcome.";
    ReasonMissing "reason-missing" 422 "The act needs a reason code." "Name one of `/api/v1/reasons`.";
    ReasonUnknown "reason-unknown" 422 "There is no such reason code." "Name one of `/api/v1/reasons`.";
    ReasonUnfit "reason-unfit" 422 "The reason code does not fit this act, or not at this point of the visit." "Name a reason that fits; suspicion by face needs opened evidence that speaks against.";
    AttemptsWait "attempts-wait" 429 "Too many attempts in a row; the next one has to wait." "Wait until the time that the message names, or take the other path now.";
    AttemptsExhausted "attempts-exhausted" 409 "The face way is off after too many failed attempts." "Take the other path; a supervisor can reset the count.";
    RoleUnknown "role-unknown" 422 "There is no such role." "Name `clerk`, `supervisor`, `auditor`, `administrator` or `protection-officer`.";
    RolesConflict "roles-conflict" 422 "These roles may not be held by one operator." "Give them to two operators.";
    PermissionMissing "permission-missing" 403 "The operator's roles do not allow this." "Ask somebody whose role allows it.";
    TrainingExpired "training-expired" 403 "The operator's training in comparing faces is missing or over." "Renew the training; until then use the other path.";
    TooBusy "too-busy" 503 "More pictures wait for the engine than this machine can work off soon." "Try again in a few seconds.";
    FramesUnfit "frames-unfit" 422 "A capture takes one to eight pictures." "Send between one and eight pictures.";
    FilmMissing "film-missing" 409 "No film was begun for this capture." "Begin the film with the page's key, then send its pictures.";
    FilmForged "film-forged" 422 "What was sent is not what the page signed." "Sign nonce and head with the key with which the film was begun.";
    FilmOutOfOrder "film-out-of-order" 409 "It does not follow what the page signed before." "Send each request once, one after the other.";
    StationMissing "station-missing" 409 "The visit has no station yet." "Choose the station at which the person stands.";
    StationForeign "station-foreign" 403 "The visit belongs to another station." "Use the station that the visit names.";
    NoticeOther "notice-other" 409 "The text that the person answered is not the one that was asked." "Show the notice again.";
    GuardianAnswers "guardian-answers" 409 "For a child the guardian answers, and the guardian must be in the register." "Let a registered guardian answer, or take the other path.";
    PortraitMissing "portrait-missing" 409 "There is no portrait of this person that can be compared." "Take the other path.";
    PicturesClosed "pictures-closed" 409 "There is nothing to look at: no pictures were taken, or they are gone with the decision." "Take the pictures, or take the other path.";
    IncidentSettled "incident-settled" 409 "The incident is not at the point where this can be done." "Read the incident again.";
    ClaimsWait "claims-wait" 429 "Too many claims of this operator were refused; further ones have to wait." "Wait ten minutes. Check the number with the person before it is typed.";
    ReceiptTooLong "receipt-too-long" 500 "The receipt does not fit the code that a person can carry." "Shorten the controller's name, the service's id or the public address.";
    SignInRefused "sign-in-refused" 401 "The sign-in failed." "Check login, password and code, or use a passkey. After some failures in a row a login is locked for a while; an administrator sees and ends that.";
    CodeWrong "code-wrong" 422 "The one-time code does not fit." "Type the code that the authenticator shows now; check its clock.";
    OfferInvalid "offer-invalid" 422 "The secret of the one-time code is not the one that was handed out." "Open the invitation link again and begin anew.";
    PasskeyInvalid "passkey-invalid" 422 "The passkey's answer could not be verified." "Begin again; use the PIN or the finger that the passkey asks for.";
    PasskeyUnfit "passkey-unfit" 409 "Browsers keep no passkeys for this installation's address." "Give the installation a domain name, or sign in with password and code.";
    OwnRecord "own-record" 403 "Operators do not change their own record." "Ask another administrator.";
    LastAdministrator "last-administrator" 409 "Nobody could administer any more." "Make another operator administrator first.";
    OfficeMissing "office-missing" 422 "Clerks and supervisors work in an office." "Name the office.";
    TrainingAhead "training-ahead" 422 "The day of the assessment lies ahead." "Name the day on which the training was assessed.";
    ImportSourceInvalid "import-source-invalid" 422 "The list of an import is missing, cannot be read, or has the wrong columns." "The first line names the columns: number, name, birth_date, photo, and if wanted address, language, photo_date, photo_source.";
    ImportArchiveUnsafe "import-archive-unsafe" 422 "An archive is not what it says it is: too tightly packed, overlapping, doubled or encrypted." "Pack list and photos again as an ordinary ZIP file.";
    ImportTooLarge "import-too-large" 422 "The list has too many rows or bytes, or the archive too many entries." "Split it.";
    ImportRowInvalid "import-row-invalid" 422 "A line of the list cannot be taken apart." "Correct the line; values with commas stand in quotation marks.";
    ImportNumberTwice "import-number-twice" 422 "An identity number stands twice in the list." "Find out which of the two rows is right.";
    ImportNumberExists "import-number-exists" 409 "The register has a person with this identity number." "Compare the two; correct the person instead.";
    ImportPhotoName "import-photo-name" 422 "The name of a photo leads out of the folder of photos." "Name a file in the folder, or below it.";
    ImportPhotoMissing "import-photo-missing" 422 "A photo that the list names is not there." "Add the file, or leave the value empty.";
    EndpointUnfit "endpoint-unfit" 422 "The address of an agency is neither https nor plain http to this machine, or holds a user or a fragment." "Write it as https://NAME/PATH.";
    ImportPhotoTooLarge "import-photo-too-large" 422 "A photo is larger than 8 MiB." "Save it smaller.";
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

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_hyphenated_and_apart_from_the_engines() {
        let mut seen: std::collections::BTreeSet<_> = face::code::TABLE.iter().map(|row| row.code).collect();
        for row in TABLE {
            assert!(row.code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", row.code);
            assert!(seen.insert(row.code), "{} stands twice", row.code);
            assert!(row.meaning.ends_with('.') && row.action.ends_with('.'), "{}", row.code);
            assert!([401, 403, 404, 409, 422, 429, 500, 503].contains(&row.status), "{}", row.code);
        }
    }

    #[test]
    fn a_code_finds_its_own_row() {
        assert!(Code::ALL.iter().zip(TABLE).all(|(code, row)| code.row() == row));
        assert_eq!(Code::ServiceSyntax.as_str(), "service-syntax");
        assert_eq!(Code::TrainingExpired.as_str(), "training-expired");
    }
}
