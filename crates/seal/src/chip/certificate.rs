//! Certificates of document signers and country signing authorities (RFC 5280, with the profile of Doc 9303 part 12 §7).

use super::date;
use super::signature::{self, Algorithm};
use super::tlv::{BIT_STRING, BOOLEAN, OCTET_STRING, Reader, SEQUENCE, SET, context, malformed};
use crate::bytes::sha256;
use crate::code::Code;
use crate::error::{Error, Result};
use const_oid::ObjectIdentifier;

const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
const ORGANISATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const AUTHORITY_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
const EXTENDED_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
/// The use of those who sign master lists (part 12 §7.1).
const MASTER_LIST_SIGNER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.136.1.1.3");

/// Key usage: digital signature, the first bit.
const SIGNS: u8 = 0x80;
/// Key usage: certificate signing, the sixth bit.
const CERTIFIES: u8 = 0x04;

/// What a certificate is to be good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It signs documents.
    Document,
    /// It signs lists of authorities.
    MasterList,
    /// It certifies those who do.
    Authority,
}

/// A certificate, read but not verified.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Certificate {
    /// SHA-256 of the whole certificate.
    pub(super) fingerprint: [u8; 32],
    /// The subject as it stood.
    pub(super) subject: Vec<u8>,
    /// The issuer as it stood.
    pub(super) issuer: Vec<u8>,
    /// The serial number as it stood.
    pub(super) serial: Vec<u8>,
    /// The identifier of its own key, if it has one.
    pub(super) key_id: Option<Vec<u8>>,
    /// The `SubjectPublicKeyInfo` as it stood.
    pub(super) key: Vec<u8>,
    /// The first and last second of validity, since 1970.
    pub(super) valid: (i64, i64),
    /// The country of the subject in upper case; empty if it names none.
    pub(super) country: String,
    /// The common name of the subject, or its organisation.
    pub(super) name: String,
    signed: Vec<u8>,
    algorithm: Vec<u8>,
    signature: Vec<u8>,
    authority_key_id: Option<Vec<u8>>,
    usage: u8,
    authority: bool,
    extended: Option<Vec<ObjectIdentifier>>,
    unknown_critical: bool,
}

impl Certificate {
    /// Reads a certificate.
    pub(super) fn read(bytes: &[u8]) -> Result<Self> {
        let mut whole = Reader::new(bytes);
        let mut parts = whole.open(SEQUENCE)?;
        whole.finish()?;
        let (signed, algorithm, bits) = (parts.expect(SEQUENCE)?, parts.expect(SEQUENCE)?, parts.bits()?);
        parts.finish()?;
        let mut fields = signed.reader();
        // Version 3, which alone has extensions.
        if fields.open(context(0))?.small()? != 2 {
            return Err(malformed("a certificate that is not of version 3"));
        }
        let serial = fields.next()?.raw;
        if fields.expect(SEQUENCE)?.raw != algorithm.raw {
            return Err(malformed("a certificate that names two algorithms"));
        }
        let issuer = fields.expect(SEQUENCE)?.raw;
        let mut times = fields.open(SEQUENCE)?;
        let valid = (date::time(&mut times)?, date::time(&mut times)?);
        let subject = fields.expect(SEQUENCE)?;
        let key = fields.expect(SEQUENCE)?.raw;
        let (country, name) = names(subject.reader())?;
        let mut certificate = Self {
            fingerprint: sha256(bytes),
            subject: subject.raw.to_vec(),
            issuer: issuer.to_vec(),
            serial: serial.to_vec(),
            key_id: None,
            key: key.to_vec(),
            valid,
            country,
            name,
            signed: signed.raw.to_vec(),
            algorithm: algorithm.raw.to_vec(),
            signature: bits.to_vec(),
            authority_key_id: None,
            usage: 0,
            authority: false,
            extended: None,
            unknown_critical: false,
        };
        // Unique identifiers ([1] and [2], no longer used) are passed over.
        while !fields.is_empty() {
            let next = fields.next()?;
            if next.tag == context(3) {
                certificate.extensions(next.reader().open(SEQUENCE)?)?;
            }
        }
        Ok(certificate)
    }

    fn extensions(&mut self, mut list: Reader<'_>) -> Result<()> {
        let mut seen = Vec::new();
        while !list.is_empty() {
            let mut extension = list.open(SEQUENCE)?;
            let oid = extension.oid()?;
            let critical = extension.optional(BOOLEAN)?.is_some_and(|critical| critical.value != [0]);
            let mut value = extension.open(OCTET_STRING)?;
            if seen.contains(&oid) {
                return Err(malformed(format!("extension {oid} twice")));
            }
            seen.push(oid);
            match oid {
                KEY_ID => self.key_id = Some(value.expect(OCTET_STRING)?.value.to_vec()),
                AUTHORITY_KEY_ID => {
                    self.authority_key_id = value.open(SEQUENCE)?.optional(0x80)?.map(|id| id.value.to_vec());
                }
                KEY_USAGE => {
                    self.usage = value.expect(BIT_STRING)?.value.get(1).copied().unwrap_or(0);
                }
                CONSTRAINTS => {
                    let authority = value.open(SEQUENCE)?.optional(BOOLEAN)?;
                    self.authority = authority.is_some_and(|authority| authority.value != [0]);
                }
                EXTENDED_USAGE => {
                    let mut uses = value.open(SEQUENCE)?;
                    let mut list = Vec::new();
                    while !uses.is_empty() {
                        list.push(uses.oid()?);
                    }
                    self.extended = Some(list);
                }
                _ => self.unknown_critical |= critical,
            }
        }
        Ok(())
    }

    /// Checks that this certificate may be used in a role.
    pub(super) fn check_role(&self, role: Role) -> Result<()> {
        let unfit = |why: &str| Err(Error::new(Code::ChipSignerUnfit, why));
        let master_list = self.extended.as_ref().is_some_and(|uses| uses.contains(&MASTER_LIST_SIGNER));
        match role {
            _ if self.unknown_critical => unfit("a critical extension that is not known"),
            Role::Authority if !self.authority => unfit("a certificate that is not an authority's"),
            Role::Authority if self.usage & CERTIFIES == 0 => unfit("a key that is not for certificates"),
            Role::Document | Role::MasterList if self.authority => unfit("an authority's certificate"),
            Role::Document | Role::MasterList if self.usage & SIGNS == 0 => unfit("a key that is not for signatures"),
            Role::Document if self.extended.is_some() => unfit("a key that is for something else than documents"),
            Role::MasterList if !master_list => unfit("a key that is not for master lists"),
            _ => Ok(()),
        }
    }

    /// True at a time within the certificate's validity.
    pub(super) fn is_valid(&self, now_unix_s: i64) -> bool {
        (self.valid.0..=self.valid.1).contains(&now_unix_s)
    }

    /// True if it says that `authority` issued it: by its name, or by the identifier of its key, since some states write the name twice
    /// in different ways.
    pub(super) fn names(&self, authority: &Self) -> bool {
        self.issuer == authority.subject
            || (self.authority_key_id.is_some() && self.authority_key_id == authority.key_id)
    }

    /// Verifies that `authority` signed it.
    pub(super) fn verify(&self, authority: &Self) -> Result<()> {
        let algorithm = Algorithm::of(Reader::new(&self.algorithm).next()?)?;
        signature::verify(&authority.key, &algorithm, None, &self.signed, &self.signature)
    }
}

/// The country and the name of a subject.
fn names(mut parts: Reader<'_>) -> Result<(String, String)> {
    let (mut country, mut name, mut organisation) = (String::new(), None, None);
    while !parts.is_empty() {
        let mut set = parts.open(SET)?;
        while !set.is_empty() {
            let mut part = set.open(SEQUENCE)?;
            let (oid, text) = (part.oid()?, String::from_utf8_lossy(part.next()?.value).into_owned());
            match oid {
                COUNTRY => country = text.to_ascii_uppercase(),
                COMMON_NAME => name = Some(text),
                ORGANISATION => organisation = Some(text),
                _ => {}
            }
        }
    }
    Ok((country, name.or(organisation).unwrap_or_default()))
}

/// The identifiers of a signer: issuer and serial number, as they stood. Kept here because both sides come from certificates.
pub(super) fn issuer_and_serial(mut fields: Reader<'_>) -> Result<(Vec<u8>, Vec<u8>)> {
    let issuer = fields.expect(SEQUENCE)?.raw.to_vec();
    Ok((issuer, fields.next()?.raw.to_vec()))
}
