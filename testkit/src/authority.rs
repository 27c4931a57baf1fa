//! A made-up state that issues travel documents: an authority, its signers and whole documents after ICAO Doc 9303, in memory, with defects
//! on command.
//!
//! Keys come from fixed seeds: whoever reads this can make them. Nothing here may ever be trusted, and tidy keeps it out of what is shipped.

#![expect(clippy::panic, reason = "a test whose world cannot be made has failed")]

mod certificate;
mod der;
mod group;
mod key;

pub use group::{passport, portraits};
pub use key::Method;

use base64::Engine as _;
use certificate::{Plan, Usage, issue, name};
use der::{algorithm, octets, oid, sequence, set, tlv, unsigned};
use key::{Key, SHA1, SHA256};
use sha2::{Digest, Sha256};

/// Seconds of a year.
const YEAR_S: i64 = 365 * 86_400;

/// A country signing authority.
pub struct Authority {
    country: String,
    subject: Vec<u8>,
    now_unix_s: i64,
    seed: u64,
    key: Key,
    certificate: Vec<u8>,
}

/// What a document shall be.
#[derive(Clone)]
pub struct Order {
    /// The machine readable zone, lines joined.
    pub zone: String,
    /// The pictures of EF.DG2.
    pub portraits: Vec<Vec<u8>>,
    /// How the signer signs.
    pub method: Method,
    /// The version of the security object, 0 or 1.
    pub version: u8,
    /// What is wrong with it.
    pub defect: Option<Defect>,
}

impl Default for Order {
    /// A genuine passport of Anna Maria Eriksson of Utopia, valid until 2031, with a public-domain portrait.
    fn default() -> Self {
        Self {
            zone: passport("UTO", "ERIKSSON<<ANNA<MARIA", "L898902C3", "740812", "310415"),
            portraits: vec![include_bytes!("../../fixtures/obama-1.jpg").to_vec()],
            method: Method::P256,
            version: 0,
            defect: None,
        }
    }
}

/// Each way in which a document is not genuine, or not to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// A byte in the middle of this data group was changed after signing.
    ChangedGroup(u8),
    /// The signed digest of this data group is another's.
    WrongDigest(u8),
    /// The signed attributes name another digest of the security object.
    WrongContent,
    /// A byte of the signature was changed.
    WrongSignature,
    /// The signer's certificate comes from a stranger of another name.
    ForeignSigner,
    /// The signer's certificate comes from a stranger of the same name.
    NamesakeSigner,
    /// The signer's certificate ran out yesterday.
    ExpiredSigner,
    /// The signer's key is for encryption.
    UnfitSigner,
    /// The authority itself signed the document.
    AuthoritySigns,
    /// The signer's certificate is not in the file.
    MissingSigner,
    /// The document expired in 2012.
    ExpiredDocument,
    /// The document names another state.
    OtherState,
    /// The chip has no EF.DG2.
    NoPortrait,
    /// EF.COM lists a data group that is not signed.
    UnsignedGroup,
    /// The data groups' digests are SHA-1.
    Sha1,
}

/// The files of a document.
#[derive(Clone, Debug)]
pub struct Papers {
    /// EF.COM.
    pub com: Vec<u8>,
    /// EF.SOD.
    pub sod: Vec<u8>,
    /// The data groups with their numbers.
    pub groups: Vec<(u8, Vec<u8>)>,
}

impl Authority {
    /// The authority of a country (two letters), which signs with P-384, a year old at `now_unix_s`.
    pub fn new(country: &str, now_unix_s: i64) -> Self {
        Self::with(country, Method::P384, 1, now_unix_s)
    }

    /// The authority of a country with keys of this method and seed.
    pub fn with(country: &str, method: Method, seed: u64, now_unix_s: i64) -> Self {
        let key = Key::new(method, seed);
        let subject = name(country, &format!("CSCA {country}"));
        let valid = (now_unix_s - YEAR_S, now_unix_s + 14 * YEAR_S);
        let plan = Plan { subject: subject.clone(), issuer: &subject, serial: 1, valid, usage: Usage::Authority };
        let certificate = issue(&plan, &key, &key);
        Self { country: country.to_owned(), subject, now_unix_s, seed, key, certificate }
    }

    /// The authority's own certificate, in DER.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// The same in PEM.
    pub fn pem(&self) -> String {
        let text = base64::engine::general_purpose::STANDARD.encode(&self.certificate);
        let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    }

    /// A master list of these certificates, signed for this authority.
    pub fn master_list(&self, certificates: &[&[u8]]) -> Vec<u8> {
        let content = sequence(&[&unsigned(&[0]), &set(certificates)]);
        let signer = self.signer(Method::P256, Usage::MasterList, 10);
        signer.sign("2.23.136.1.1.2", &content, None)
    }

    /// A document.
    pub fn document(&self, order: &Order) -> Papers {
        let zone = match order.defect {
            Some(Defect::ExpiredDocument) => passport("UTO", "ERIKSSON<<ANNA<MARIA", "L898902C3", "740812", "120415"),
            Some(Defect::OtherState) => passport("FRA", "ERIKSSON<<ANNA<MARIA", "L898902C3", "740812", "310415"),
            _ => order.zone.clone(),
        };
        let pictures: Vec<&[u8]> = order.portraits.iter().map(Vec::as_slice).collect();
        let mut groups = vec![(1, group::zone(&zone)), (2, portraits(&pictures))];
        let sod = tlv(0x77, &[&self.signed(order, &security_object(order, &groups))]);
        let com = group::list(if order.defect == Some(Defect::UnsignedGroup) {
            &[0x61, 0x75, 0x6F][..]
        } else {
            &[0x61, 0x75]
        });
        match order.defect {
            Some(Defect::ChangedGroup(number)) => {
                for (_, bytes) in groups.iter_mut().filter(|(n, _)| *n == number) {
                    let middle = bytes.len() / 2;
                    bytes[middle] ^= 1;
                }
            }
            Some(Defect::NoPortrait) => groups.truncate(1),
            _ => {}
        }
        Papers { com, sod, groups }
    }

    /// A genuine signature over a zone and any bytes as EF.DG2.
    pub fn signed_groups(&self, zone: &str, portraits: &[u8]) -> Papers {
        let groups = vec![(1, group::zone(zone)), (2, portraits.to_vec())];
        let order = Order::default();
        let sod = tlv(0x77, &[&self.signed(&order, &security_object(&order, &groups))]);
        Papers { com: group::list(&[0x61, 0x75]), sod, groups }
    }

    /// The certificate of the signer of genuine documents that are signed with P-256, in DER.
    pub fn signer_certificate(&self) -> Vec<u8> {
        self.signer(Method::P256, Usage::Document, 10).certificate
    }

    /// What the order's signer makes of the security object.
    fn signed(&self, order: &Order, object: &[u8]) -> Vec<u8> {
        let usage = if order.defect == Some(Defect::UnfitSigner) { Usage::Nothing } else { Usage::Document };
        let signer = match order.defect {
            Some(Defect::ForeignSigner) => {
                let stranger = Self::with("FR", Method::P384, self.seed + 1000, self.now_unix_s);
                stranger.signer(order.method, usage, 10)
            }
            Some(Defect::NamesakeSigner) => {
                let stranger = Self::with(&self.country, Method::P384, self.seed + 1000, self.now_unix_s);
                stranger.signer(order.method, usage, 10)
            }
            Some(Defect::ExpiredSigner) => self.signer(order.method, usage, 0),
            Some(Defect::AuthoritySigns) => self.signer(order.method, Usage::Authority, 10),
            _ => self.signer(order.method, usage, 10),
        };
        signer.sign("2.23.136.1.1.1", object, order.defect)
    }

    /// A signer whose certificate ends `years` from now, less a day.
    fn signer(&self, method: Method, usage: Usage, years: i64) -> Signer {
        let key = Key::new(method, self.seed + 100);
        let valid = (self.now_unix_s - YEAR_S, self.now_unix_s + years * YEAR_S - 86_400);
        let subject = name(&self.country, &format!("Document Signer {}", self.country));
        let certificate = issue(&Plan { subject, issuer: &self.subject, serial: 7, valid, usage }, &key, &self.key);
        Signer { key, certificate, issuer: self.subject.clone() }
    }
}

struct Signer {
    key: Key,
    certificate: Vec<u8>,
    issuer: Vec<u8>,
}

impl Signer {
    /// CMS signed data of one signer over `content`.
    fn sign(&self, kind: &str, content: &[u8], defect: Option<Defect>) -> Vec<u8> {
        let hash = algorithm(SHA256, &[]);
        let mut digest = Sha256::digest(content).to_vec();
        digest[0] ^= u8::from(defect == Some(Defect::WrongContent));
        let attribute = |name: &str, value: &[u8]| sequence(&[&oid(name), &set(&[value])]);
        let attributes =
            [attribute("1.2.840.113549.1.9.3", &oid(kind)), attribute("1.2.840.113549.1.9.4", &octets(&digest))]
                .concat();
        let mut signature = self.key.sign(&set(&[&attributes]));
        if defect == Some(Defect::WrongSignature)
            && let Some(last) = signature.last_mut()
        {
            *last ^= 1;
        }
        let signer = sequence(&[
            &unsigned(&[1]),
            &sequence(&[&self.issuer, &unsigned(&[7])]),
            &hash,
            &tlv(0xA0, &[&attributes]),
            &self.key.algorithm(),
            &octets(&signature),
        ]);
        let certificates = match defect {
            Some(Defect::MissingSigner) => Vec::new(),
            _ => tlv(0xA0, &[&self.certificate]),
        };
        let data = sequence(&[
            &unsigned(&[3]),
            &set(&[&hash]),
            &sequence(&[&oid(kind), &tlv(0xA0, &[&octets(content)])]),
            &certificates,
            &set(&[&signer]),
        ]);
        sequence(&[&oid("1.2.840.113549.1.7.2"), &tlv(0xA0, &[&data])])
    }
}

/// The LDS security object with the digests of `groups`.
fn security_object(order: &Order, groups: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let old = order.defect == Some(Defect::Sha1);
    let digests: Vec<u8> = groups
        .iter()
        .flat_map(|(number, bytes)| {
            let mut digest = if old { sha1::Sha1::digest(bytes).to_vec() } else { Sha256::digest(bytes).to_vec() };
            digest[0] ^= u8::from(order.defect == Some(Defect::WrongDigest(*number)));
            sequence(&[&group::number(*number), &octets(&digest)])
        })
        .collect();
    let versions = match order.version {
        0 => Vec::new(),
        _ => sequence(&[&tlv(0x13, &[b"0108"]), &tlv(0x13, &[b"040000"])]),
    };
    let hash = algorithm(if old { SHA1 } else { SHA256 }, &[]);
    sequence(&[&unsigned(&[order.version]), &hash, &sequence(&[&digests]), &versions])
}
