//! The stable codes of every refusal of this crate, in one table from which `docs/ERRORS.md` is generated.

use serde::{Serialize, Serializer};

/// One row of a code table; the tables of `store`, `casework` and `server` have the same rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The stable code, lower case with hyphens.
    pub code: &'static str,
    /// The HTTP status with which a service answers (RFC 9110 §15).
    pub status: u16,
    /// What it means.
    pub meaning: &'static str,
    /// What to do about it.
    pub action: &'static str,
}

macro_rules! codes {
    ($($name:ident $code:literal $status:literal $meaning:literal $action:literal;)+) => {
        /// A stable refusal code of the cryptography.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $(#[doc = $meaning] $name,)+ }

        /// The table of all codes of this crate, in the order of [`Code`].
        pub const TABLE: &[Row] = &[$(Row { code: $code, status: $status, meaning: $meaning, action: $action },)+];
    };
}

codes! {
    KeyUnknown "key-unknown" 500 "The key ring lacks the key that this was sealed or signed with." "Give the service the key ring that belongs to this database; an old or foreign one cannot open it.";
    KeyRingInvalid "key-ring-invalid" 500 "The key ring is damaged, or something in it is unknown, missing, repeated or impossible." "Restore the key ring from its safe copy.";
    KeyCurrent "key-current" 409 "The key is still in use and cannot be retired." "Rotate first, then wait until nothing is sealed with the old key.";
    KeyVerifies "key-verifies" 409 "What this key signed is verified with it (checkpoints of the ledger, receipts, certificates), so that it stays in the ring." "Rotate instead: the new key signs from then on.";
    KeyIdInvalid "key-id-invalid" 400 "This is not the name of a key." "Take the name from `countenance keys list`.";
    KeyServiceFailed "key-service-failed" 503 "The service that holds the keys did not answer or refused." "Check the key service; nothing was sealed or opened.";
    RecordDamaged "record-damaged" 500 "Sealed bytes were changed, cut, or belong to another row." "Run `countenance db check`; restore the row from a backup.";
    ArchiveDamaged "archive-damaged" 400 "The archive is cut, changed, in another order, or belongs to another purpose." "Take another copy of the backup; nothing of this one may be used.";
    TemplateShape "template-shape" 500 "The vectors of a template do not have the number and lengths of its transform." "Make the template again with the present pack.";
    EntryNotCanonical "entry-not-canonical" 400 "The value has no canonical form: a fraction, an integer beyond 2^53 or too deep a nesting." "Write the number as a text.";
    TreeInvalid "tree-invalid" 500 "The state of a Merkle tree is damaged, or a node of it is missing." "Run `countenance ledger verify`.";
    ProofInvalid "proof-invalid" 400 "The proof does not lead from the entry or the old tree to the tree head." "Fetch the proof again; if it fails twice, the log was changed.";
    CheckpointInvalid "checkpoint-invalid" 400 "The checkpoint is malformed or bears no valid signature of the log." "Compare it with the copy that was kept outside.";
    TokenInvalid "token-invalid" 401 "The token is malformed, was changed, or was signed by another or for another use." "Ask for a new one.";
    TokenExpired "token-expired" 401 "The token is no longer or not yet valid." "Ask for a new one; check the clock.";
    PasswordTooWeak "password-too-weak" 422 "The password is too short, too long or too common." "Take a longer phrase that nobody would guess.";
    PasswordUnhashable "password-unhashable" 500 "The password could not be hashed." "Check the memory that the service may use.";
    SecretInvalid "secret-invalid" 400 "This is not the secret of a one-time code." "Enrol the authenticator again.";
    ChipFileTooLarge "chip-file-too-large" 422 "A file of the travel document, or what it lists, is larger than travel documents have." "Read the chip again; if it stays so, serve the person the other way.";
    ChipFileMalformed "chip-file-malformed" 422 "A file of the travel document is cut, or is not written as ICAO Doc 9303 says." "Read the chip again; if it stays so, serve the person the other way.";
    ChipGroupMissing "chip-group-missing" 422 "The machine readable zone (EF.DG1) or the portrait (EF.DG2) of the travel document was not read." "Read the chip again, and keep the document still.";
    ChipGroupUnsigned "chip-group-unsigned" 422 "The chip has or lists a data group that its state did not sign." "Serve the person the other way, and look at the document.";
    ChipGroupChanged "chip-group-changed" 422 "A data group of the chip is not the one that its state signed." "Serve the person the other way, and look at the document.";
    ChipMrzInvalid "chip-mrz-invalid" 422 "A check digit, a date or a letter of the machine readable zone is wrong." "Serve the person the other way, and look at the document.";
    ChipPortraitUnsupported "chip-portrait-unsupported" 422 "The chip holds no portrait, or one of a form that is not read." "Serve the person the other way.";
    ChipSignatureInvalid "chip-signature-invalid" 422 "The signature of the travel document or of a master list does not verify." "Serve the person the other way, and look at the document.";
    ChipSignerMissing "chip-signer-missing" 422 "The document does not carry the certificate of its signer." "Serve the person the other way.";
    ChipSignerUnfit "chip-signer-unfit" 422 "The signer's certificate is not for signing this." "Serve the person the other way, and look at the document.";
    ChipSignerExpired "chip-signer-expired" 422 "The certificate of the document's signer is no longer or not yet valid." "Serve the person the other way; check the clock.";
    ChipAuthorityUnknown "chip-authority-unknown" 422 "No authority of the list certified the signer of the travel document." "Add the state's authority to the list if it belongs there; serve the person the other way.";
    ChipAuthorityExpired "chip-authority-expired" 422 "The certificate of the authority is no longer or not yet valid." "Renew the list of authorities; check the clock.";
    ChipCountryDiffers "chip-country-differs" 422 "The travel document names another state than the one whose authority signed it." "Serve the person the other way, and look at the document.";
    ChipAlgorithmWeak "chip-algorithm-weak" 422 "The travel document is signed with a method that is no longer safe (SHA-1, MD5 or a short RSA key)." "Serve the person the other way.";
    ChipAlgorithmUnsupported "chip-algorithm-unsupported" 422 "The travel document is signed with a method that is not read here." "Serve the person the other way.";
    ChipDocumentExpired "chip-document-expired" 422 "The travel document has expired." "Serve the person the other way, or ask for a valid document.";
    ChipTrustInvalid "chip-trust-invalid" 500 "The list of country signing authorities is damaged, too long, or has a certificate that is not an authority's." "Take the list again from where it came from.";
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
    fn codes_are_unique_and_hyphenated() {
        let mut seen = std::collections::BTreeSet::new();
        for row in TABLE {
            assert!(row.code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", row.code);
            assert!(seen.insert(row.code), "{} stands twice", row.code);
            assert!(row.meaning.ends_with('.') && row.action.ends_with('.'), "{}", row.code);
            assert!((400..=599).contains(&row.status), "{}", row.code);
        }
    }

    #[test]
    fn a_code_finds_its_own_row() {
        assert_eq!(Code::KeyUnknown.as_str(), "key-unknown");
        assert_eq!(Code::SecretInvalid.row().code, "secret-invalid");
        assert_eq!(serde_json::to_string(&Code::TokenExpired).unwrap(), "\"token-expired\"");
    }
}
