//! The country signing authorities that an office trusts.

use super::certificate::{Certificate, Role};
use super::signed;
use super::tlv::{Reader, SEQUENCE, SET};
use super::{AUTHORITIES_MAX, TRUST_BYTES_MAX};
use crate::code::Code;
use crate::error::{Error, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use const_oid::ObjectIdentifier;

/// The kind of signed data that master lists are (Doc 9303 part 12 §8.1).
const MASTER_LIST: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.136.1.1.2");
const PEM_BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const PEM_END: &str = "-----END CERTIFICATE-----";

/// A list of country signing authorities (CSCA). Whoever writes it decides what a genuine document is.
#[derive(Clone, Default)]
pub struct Trust {
    authorities: Vec<Certificate>,
}

impl Trust {
    /// An empty list, which trusts nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the certificates of authorities: one in DER, or any number in PEM. Link certificates count as authorities too. Gives how many
    /// were new.
    ///
    /// # Errors
    /// `chip-trust-invalid` if one of them is no authority's certificate or the limits are passed; then none is added.
    pub fn add(&mut self, bytes: &[u8]) -> Result<usize> {
        if bytes.len() > TRUST_BYTES_MAX {
            return Err(invalid(format!("{} bytes", bytes.len())));
        }
        let text = std::str::from_utf8(bytes).ok().filter(|text| text.contains(PEM_BEGIN));
        let Some(text) = text else {
            return self.extend([Certificate::read(bytes)]);
        };
        let blocks = text.split(PEM_BEGIN).skip(1);
        self.extend(blocks.map(|block| {
            let (body, _) = block.split_once(PEM_END).ok_or_else(|| invalid("a PEM block without end"))?;
            let body: String = body.split_ascii_whitespace().collect();
            Certificate::read(&STANDARD.decode(body).map_err(|_| invalid("a PEM block that is not base64"))?)
        }))
    }

    /// Adds the authorities of an ICAO master list (Doc 9303 part 12 §8), if its signer was certified by an authority that is already
    /// here. Gives how many were new. Certificates in it that are not of this module's table come along and are refused when they are used.
    ///
    /// # Errors
    /// `chip-trust-invalid` as in [`Trust::add`], and what [`super::read`] says of signatures, signers and authorities.
    pub fn add_master_list(&mut self, bytes: &[u8], now_unix_s: i64) -> Result<usize> {
        if bytes.len() > TRUST_BYTES_MAX {
            return Err(invalid(format!("{} bytes", bytes.len())));
        }
        let signed = signed::open(Reader::new(bytes), MASTER_LIST, Role::MasterList, self, now_unix_s)?;
        let mut fields = Reader::new(signed.content).open(SEQUENCE)?;
        if fields.small()? != 0 {
            return Err(invalid("a master list of another version"));
        }
        let mut list = fields.open(SET)?;
        let mut found = Vec::new();
        while !list.is_empty() {
            found.push(Certificate::read(list.expect(SEQUENCE)?.raw));
        }
        self.extend(found)
    }

    /// How many authorities are in the list.
    pub fn len(&self) -> usize {
        self.authorities.len()
    }

    /// True if it trusts nobody.
    pub fn is_empty(&self) -> bool {
        self.authorities.is_empty()
    }

    /// Adds all of them or none.
    fn extend(&mut self, found: impl IntoIterator<Item = Result<Certificate>>) -> Result<usize> {
        let mut new: Vec<Certificate> = Vec::new();
        for certificate in found {
            let certificate = certificate.map_err(|error| invalid(error.detail))?;
            certificate.check_role(Role::Authority).map_err(|error| invalid(error.detail))?;
            if !self.authorities.contains(&certificate) && !new.contains(&certificate) {
                new.push(certificate);
            }
            if self.authorities.len() + new.len() > AUTHORITIES_MAX {
                return Err(invalid(format!("more than {AUTHORITIES_MAX} authorities")));
            }
        }
        let count = new.len();
        self.authorities.append(&mut new);
        Ok(count)
    }

    /// The authority that issued a certificate: one that it names and whose key verifies it, of the same country, valid now.
    pub(super) fn authority_of(&self, signer: &Certificate, now_unix_s: i64) -> Result<&Certificate> {
        let mut reason = Error::new(Code::ChipAuthorityUnknown, "none of this name is in the list");
        for authority in self.authorities.iter().filter(|authority| signer.names(authority)) {
            match signer.verify(authority) {
                Ok(()) if authority.country != signer.country => {
                    reason = Error::new(Code::ChipCountryDiffers, "signer and authority are of two countries");
                }
                Ok(()) if authority.is_valid(now_unix_s) => return Ok(authority),
                Ok(()) => reason = Error::new(Code::ChipAuthorityExpired, "the time is outside its validity"),
                Err(error) if error.code == Code::ChipSignatureInvalid => {
                    // An authority has several keys of one name in its life; that one of them does not fit says nothing.
                    if reason.code == Code::ChipAuthorityUnknown {
                        reason =
                            Error::new(Code::ChipAuthorityUnknown, "none of this name signed the signer's certificate");
                    }
                }
                Err(error) => reason = error,
            }
        }
        Err(reason)
    }
}

fn invalid(detail: impl Into<String>) -> Error {
    Error::new(Code::ChipTrustInvalid, detail)
}
