//! Electronic travel documents: proves that what a chip holds is what its state signed (passive authentication, Doc 9303 part 11 §5.1).
//!
//! ```text
//! EF.DG1, EF.DG2 … ──digests──► EF.SOD ──signature──► document signer ──certificate──► country signing authority (Trust)
//! ```
//!
//! [`read`] takes the files as a reader gave them and a list of authorities, and gives a [`Chip`], which nothing else makes. What that
//! proves and what not (a copied chip is **not** found out) is in `docs/CHIP.md`.
//!
//! Nothing here uses the libraries for certificates: they write again what they read before it is verified, and are strict where states
//! are not. One reader of tags and lengths, `tlv.rs`, serves the chip's files and the certificates, and what is verified is what stood there.
//!
//! ```
//! use seal::chip::{Files, Group, Trust, read};
//! use testkit::authority::{Authority, Order};
//!
//! let now_unix_s = 1_795_305_600; // 22 November 2026
//! let authority = Authority::new("UT", now_unix_s);
//! let papers = authority.document(&Order::default());
//!
//! let mut trust = Trust::new();
//! trust.add(authority.certificate())?;
//! let groups: Vec<Group> = papers.groups.iter().map(|(number, bytes)| Group { number: *number, bytes }).collect();
//! let chip = read(&Files { com: Some(&papers.com), sod: &papers.sod, groups: &groups }, &trust, now_unix_s)?;
//! assert_eq!(chip.holder().surname, "ERIKSSON");
//! assert!(chip.portrait().bytes.starts_with(&[0xFF, 0xD8]));
//! # Ok::<(), seal::Error>(())
//! ```

mod certificate;
mod country;
mod date;
mod mrz;
mod portrait;
mod signature;
mod signed;
mod tlv;
mod trust;

pub use date::Date;
pub use mrz::{Birth, Document, Holder, Layout};
pub use portrait::{Format, Portrait};
pub use trust::Trust;

use crate::code::Code;
use crate::error::{Error, Result};
use certificate::{Certificate, Role};
use signed::SecurityObject;
use tlv::{malformed, only};

/// Largest data group in bytes; portraits have 15 to 20 thousand, rarely a hundred.
pub const GROUP_BYTES_MAX: usize = 1024 * 1024;
/// Largest EF.SOD in bytes; with two certificates it has four thousand.
pub const SOD_BYTES_MAX: usize = 64 * 1024;
/// Largest EF.COM in bytes.
pub const COM_BYTES_MAX: usize = 256;
/// Most portraits in one document.
pub const PORTRAITS_MAX: usize = 16;
/// Most certificates in one EF.SOD.
pub const CERTIFICATES_MAX: usize = 8;
/// Most authorities in a [`Trust`]; ICAO's master list has about 600.
pub const AUTHORITIES_MAX: usize = 4096;
/// Largest file of authorities in bytes.
pub const TRUST_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The highest number of a data group (Doc 9303 part 10 §4.7).
const OBJECTS_MAX: u8 = 16;
/// The tags of the data groups 1 to 16 (Doc 9303 part 10, table 38).
const TAGS: [u8; OBJECTS_MAX as usize] =
    [0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6E, 0x6F, 0x70];

/// One data group as it was read.
#[derive(Clone, Copy)]
pub struct Group<'a> {
    /// Its number, 1 to 16.
    pub number: u8,
    /// The whole file.
    pub bytes: &'a [u8],
}

/// The files of a chip as they were read, each whole, without bytes after its end.
#[derive(Clone, Copy)]
pub struct Files<'a> {
    /// EF.COM, the list of what there is, if it was read. It is not signed: it is compared with EF.SOD and otherwise not used.
    pub com: Option<&'a [u8]>,
    /// EF.SOD, the document security object.
    pub sod: &'a [u8],
    /// The data groups that were read: 1 and 2 at least. Others are compared with their digests too. A group that EF.SOD lists and that
    /// was not read, as the fingerprints of group 3, is no error.
    pub groups: &'a [Group<'a>],
}

/// Who signed a document, or certified the signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signatory {
    /// The country of the certificate's subject, two letters.
    pub country: String,
    /// The common name of the subject, or its organisation.
    pub name: String,
    /// SHA-256 of the certificate.
    pub fingerprint: [u8; 32],
    /// The last second of the certificate's validity, since 1970.
    pub expires_unix_s: i64,
}

impl Signatory {
    fn of(certificate: &Certificate) -> Self {
        Self {
            country: certificate.country.clone(),
            name: certificate.name.clone(),
            fingerprint: certificate.fingerprint,
            expires_unix_s: certificate.valid.1,
        }
    }
}

/// What a chip holds, proven to be what its state signed. Only [`read`] makes it.
///
/// That the chip is the one that the state made is **not** proven: passive authentication takes a copy for the original. The live face
/// must still be compared with the portrait.
#[derive(Clone)]
pub struct Chip {
    holder: Holder,
    document: Document,
    portraits: Vec<Portrait>,
    signer: Signatory,
    authority: Signatory,
}

impl Chip {
    /// Whose document it is.
    pub fn holder(&self) -> &Holder {
        &self.holder
    }

    /// The document.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The first portrait, which is the holder's face for comparison (Doc 9303 part 10 §4.7.2.1).
    pub fn portrait(&self) -> &Portrait {
        // `portrait::group` gives one at least.
        &self.portraits[0]
    }

    /// All portraits, in the order of the chip.
    pub fn portraits(&self) -> &[Portrait] {
        &self.portraits
    }

    /// Who signed the document.
    pub fn signer(&self) -> &Signatory {
        &self.signer
    }

    /// The authority of the list that certified the signer.
    pub fn authority(&self) -> &Signatory {
        &self.authority
    }
}

impl std::fmt::Debug for Chip {
    /// The authority only: nothing of the person reaches a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Chip(signed by {})", self.authority.country)
    }
}

/// Reads a chip's files and proves them, at a time in seconds since 1970.
///
/// In this order: the limits; the signature of EF.SOD; the signer's certificate, down to an authority of `trust`; the digests of all data
/// groups given; EF.COM against EF.SOD; then machine readable zone and portraits are read; the issuing state must be the authority's; the
/// document must not have expired (it is valid to the end of its last day in Greenwich).
///
/// # Errors
/// The `chip-…` codes of `docs/CHIP.md`; the first thing that is wrong is named.
pub fn read(files: &Files<'_>, trust: &Trust, now_unix_s: i64) -> Result<Chip> {
    check_sizes(files)?;
    let group = |number: u8| files.groups.iter().find(|group| group.number == number).map(|group| group.bytes);
    let missing = |number: u8| Error::new(Code::ChipGroupMissing, format!("data group {number}"));
    let (zone, portraits) = (group(1).ok_or_else(|| missing(1))?, group(2).ok_or_else(|| missing(2))?);
    let sod = only(files.sod, 0x77)?;
    let signed = signed::open(sod, SecurityObject::KIND, Role::Document, trust, now_unix_s)?;
    let object = SecurityObject::read(signed.content)?;
    for group in files.groups {
        object.check(group.number, group.bytes)?;
    }
    if let Some(com) = files.com {
        check_list(com, &object)?;
    }
    let today = Date::at(now_unix_s);
    let (holder, document) = mrz::group(zone, today)?;
    let portraits = portrait::group(portraits)?;
    if !country::speaks_for(&signed.authority.country, &document.issuer) {
        let detail = format!("a document of {} signed by {}", document.issuer, signed.authority.country);
        return Err(Error::new(Code::ChipCountryDiffers, detail));
    }
    if document.expires < today {
        return Err(Error::new(Code::ChipDocumentExpired, "its last day has passed"));
    }
    let (signer, authority) = (Signatory::of(&signed.signer), Signatory::of(signed.authority));
    Ok(Chip { holder, document, portraits, signer, authority })
}

/// Checks the limits before anything is read.
fn check_sizes(files: &Files<'_>) -> Result<()> {
    let too_large = |what: &str| Err(Error::new(Code::ChipFileTooLarge, what));
    if files.com.is_some_and(|com| com.len() > COM_BYTES_MAX) {
        return too_large("EF.COM");
    }
    if files.sod.len() > SOD_BYTES_MAX {
        return too_large("EF.SOD");
    }
    for (at, group) in files.groups.iter().enumerate() {
        if !(1..=OBJECTS_MAX).contains(&group.number) || files.groups[..at].iter().any(|g| g.number == group.number) {
            return Err(malformed(format!("data group {}, or twice", group.number)));
        }
        if group.bytes.len() > GROUP_BYTES_MAX {
            return too_large(&format!("data group {}", group.number));
        }
    }
    Ok(())
}

/// Compares EF.COM (part 10 §4.6.1) with the security object: both must list the same groups.
fn check_list(com: &[u8], object: &SecurityObject<'_>) -> Result<()> {
    let mut fields = only(com, 0x60)?;
    fields.expect(0x5F01)?;
    fields.expect(0x5F36)?;
    let list = fields.expect(0x5C)?.value;
    let number = |tag: &u8| TAGS.iter().position(|known| known == tag).map(|at| at as u8 + 1);
    let numbers: Option<Vec<u8>> = list.iter().map(number).collect();
    let mut numbers = numbers.ok_or_else(|| malformed("EF.COM lists what is no data group"))?;
    numbers.sort_unstable();
    if numbers == object.numbers() {
        return Ok(());
    }
    Err(Error::new(Code::ChipGroupUnsigned, "EF.COM and EF.SOD list different data groups"))
}
