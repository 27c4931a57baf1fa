//! What an authority's signer signed: CMS `SignedData` (RFC 5652) with the profile of Doc 9303 part 10 §4.6.2.2, one signer, signed
//! attributes.

use super::certificate::{Certificate, Role, issuer_and_serial};
use super::signature::{self, Algorithm, Hash};
use super::tlv::{INTEGER, OCTET_STRING, Reader, SEQUENCE, SET, Tlv, context, malformed};
use super::trust::Trust;
use super::{CERTIFICATES_MAX, OBJECTS_MAX};
use crate::code::Code;
use crate::error::{Error, Result};
use const_oid::ObjectIdentifier;

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");

/// What was signed, and by whom: only [`open`] makes it.
pub(super) struct Signed<'a, 't> {
    pub(super) content: &'a [u8],
    pub(super) signer: Certificate,
    pub(super) authority: &'t Certificate,
}

/// Reads signed data and verifies it down to an authority of `trust`: its signature, its signer's certificate, both validities.
///
/// # Errors
/// Every code of `docs/CHIP.md` from `chip-file-malformed` to `chip-authority-expired`.
pub(super) fn open<'a, 't>(
    mut bytes: Reader<'a>,
    kind: ObjectIdentifier,
    role: Role,
    trust: &'t Trust,
    now_unix_s: i64,
) -> Result<Signed<'a, 't>> {
    let mut info = bytes.open(SEQUENCE)?;
    bytes.finish()?;
    if info.oid()? != SIGNED_DATA {
        return Err(malformed("not signed data"));
    }
    let mut data = info.open(context(0))?.open(SEQUENCE)?;
    data.expect(INTEGER)?;
    data.expect(SET)?;
    let mut inner = data.open(SEQUENCE)?;
    if inner.oid()? != kind {
        return Err(malformed("signed data of another kind"));
    }
    let content = inner.open(context(0))?.expect(OCTET_STRING)?.value;
    let certificates = data.optional(context(0))?;
    // Revocation lists may stand here; nothing says that they are fresh, so that they are passed over.
    data.optional(context(1))?;
    let mut signers = data.open(SET)?;
    data.finish()?;
    let signer = signers.open(SEQUENCE)?;
    if !signers.is_empty() {
        return Err(malformed("more than one signer"));
    }
    let certificate = verify(signer, kind, content, certificates.map(Tlv::reader))?;
    certificate.check_role(role)?;
    if !certificate.is_valid(now_unix_s) {
        return Err(Error::new(Code::ChipSignerExpired, "the time is outside its validity"));
    }
    let authority = trust.authority_of(&certificate, now_unix_s)?;
    Ok(Signed { content, signer: certificate, authority })
}

/// Verifies the signer's signature over the signed attributes, and these against the content. Gives the signer's certificate, of which
/// nothing but its key is used until then.
fn verify(
    mut signer: Reader<'_>,
    kind: ObjectIdentifier,
    content: &[u8],
    certificates: Option<Reader<'_>>,
) -> Result<Certificate> {
    signer.expect(INTEGER)?;
    let id = signer.next()?;
    let hash = Hash::of(&Algorithm::of(signer.next()?)?)?;
    let attributes = signer.expect(context(0))?;
    let algorithm = Algorithm::of(signer.next()?)?;
    let signature = signer.expect(OCTET_STRING)?.value;
    signer.optional(context(1))?;
    signer.finish()?;
    let is_signer: Box<dyn Fn(&Certificate) -> bool> = match id.tag {
        SEQUENCE => {
            let (issuer, serial) = issuer_and_serial(id.reader())?;
            Box::new(move |c| c.issuer == issuer && c.serial == serial)
        }
        0x80 => Box::new(move |c| c.key_id.as_deref() == Some(id.value)),
        _ => return Err(malformed("a signer that names no certificate")),
    };
    let certificate = find(certificates, is_signer)?;
    // What is signed is the attributes as a set (RFC 5652 §5.4): the tag changes, the bytes stay.
    let mut message = attributes.raw.to_vec();
    message[0] = SET as u8;
    signature::verify(&certificate.key, &algorithm, Some(hash), &message, signature)?;
    let (mut content_type, mut digest) = (None, None);
    let mut list = attributes.reader();
    while !list.is_empty() {
        let mut attribute = list.open(SEQUENCE)?;
        let (oid, mut values) = (attribute.oid()?, attribute.open(SET)?);
        let slot = match oid {
            CONTENT_TYPE => &mut content_type,
            MESSAGE_DIGEST => &mut digest,
            _ => continue,
        };
        let value = values.next()?;
        if slot.replace(value).is_some() || !values.is_empty() {
            return Err(malformed("a signed attribute that stands twice"));
        }
    }
    let kind_agrees = content_type.is_some_and(|value| Reader::new(value.raw).oid().is_ok_and(|oid| oid == kind));
    let digest_agrees = digest.is_some_and(|value| value.tag == OCTET_STRING && value.value == hash.digest(content));
    if kind_agrees && digest_agrees {
        return Ok(certificate);
    }
    Err(Error::new(Code::ChipSignatureInvalid, "the content is not what the signed attributes say"))
}

/// The certificate in the list that the signer names.
fn find(list: Option<Reader<'_>>, is_signer: impl Fn(&Certificate) -> bool) -> Result<Certificate> {
    let missing = || Error::new(Code::ChipSignerMissing, "the signer's certificate is not in the file");
    let mut list = list.ok_or_else(missing)?;
    for _ in 0..CERTIFICATES_MAX {
        if list.is_empty() {
            return Err(missing());
        }
        let next = list.next()?;
        // Attribute certificates and others have other tags.
        if next.tag == SEQUENCE {
            let certificate = Certificate::read(next.raw)?;
            if is_signer(&certificate) {
                return Ok(certificate);
            }
        }
    }
    Err(Error::new(Code::ChipFileTooLarge, format!("more than {CERTIFICATES_MAX} certificates")))
}

/// The LDS security object: the digests of the data groups (part 10 §4.6.2.3), versions 0 and 1.
pub(super) struct SecurityObject<'a> {
    hash: Hash,
    groups: Vec<(u8, &'a [u8])>,
}

impl<'a> SecurityObject<'a> {
    /// Its object identifier, as the kind of signed data.
    pub(super) const KIND: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.136.1.1.1");

    /// Reads it from what was signed.
    pub(super) fn read(content: &'a [u8]) -> Result<Self> {
        let mut whole = Reader::new(content);
        let mut fields = whole.open(SEQUENCE)?;
        whole.finish()?;
        let version = fields.small()?;
        let hash = Hash::of(&Algorithm::of(fields.next()?)?)?;
        let mut list = fields.open(SEQUENCE)?;
        // Version 1 has the versions of LDS and Unicode after the digests.
        if version > 1 || (version == 0) != fields.is_empty() {
            return Err(malformed(format!("a security object of version {version}")));
        }
        let mut groups: Vec<(u8, &[u8])> = Vec::new();
        while !list.is_empty() {
            let mut group = list.open(SEQUENCE)?;
            let number = group.small()?;
            let digest = group.expect(OCTET_STRING)?.value;
            if !(1..=OBJECTS_MAX).contains(&number) || groups.iter().any(|(known, _)| *known == number) {
                return Err(malformed(format!("data group {number} in the security object, or twice")));
            }
            groups.push((number, digest));
        }
        Ok(Self { hash, groups })
    }

    /// The numbers of the data groups that it speaks of, in order.
    pub(super) fn numbers(&self) -> Vec<u8> {
        let mut numbers: Vec<u8> = self.groups.iter().map(|(number, _)| *number).collect();
        numbers.sort_unstable();
        numbers
    }

    /// Compares a data group with its digest.
    pub(super) fn check(&self, number: u8, bytes: &[u8]) -> Result<()> {
        let Some((_, digest)) = self.groups.iter().find(|(known, _)| *known == number) else {
            return Err(Error::new(Code::ChipGroupUnsigned, format!("data group {number}")));
        };
        if *digest == self.hash.digest(bytes) {
            return Ok(());
        }
        Err(Error::new(Code::ChipGroupChanged, format!("data group {number}")))
    }
}
