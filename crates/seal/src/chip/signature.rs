//! The algorithms: digests, public keys and signatures of document signers and authorities (Doc 9303 part 12 §4).
//!
//! Only verification is here. SHA-1, MD5 and RSA below 2048 bits are refused as weak; whatever else is not in the table of `docs/CHIP.md`
//! is refused as unsupported.

use super::tlv::{BIT_STRING, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE, Tlv, context, malformed};
use crate::bytes::hex;
use crate::code::Code;
use crate::error::{Error, Result};
use const_oid::ObjectIdentifier;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, Pkcs1v15Sign, Pss, RsaPublicKey};
use sha2::{Digest, Sha256, Sha384, Sha512};

/// Fewest and most bits of an RSA modulus.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;
/// Longest salt of an RSASSA-PSS signature in bytes: that of SHA-512.
const SALT_BYTES_MAX: u8 = 64;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const RSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const RSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const RSA_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");
const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const ECDSA_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4");
const EC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
/// SHA-1 and MD5, alone, with RSA and with ECDSA.
const WEAK: [ObjectIdentifier; 5] = [
    ObjectIdentifier::new_unwrap("1.3.14.3.2.26"),
    ObjectIdentifier::new_unwrap("1.2.840.113549.2.5"),
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.4"),
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5"),
    ObjectIdentifier::new_unwrap("1.2.840.10045.4.1"),
];

/// An algorithm's name and its parameters (RFC 5280 §4.1.1.2).
pub(super) struct Algorithm<'a> {
    oid: ObjectIdentifier,
    parameters: Reader<'a>,
}

impl<'a> Algorithm<'a> {
    /// Reads a whole `AlgorithmIdentifier`.
    pub(super) fn of(object: Tlv<'a>) -> Result<Self> {
        if object.tag != SEQUENCE {
            return Err(malformed("an algorithm without a name"));
        }
        let mut parameters = object.reader();
        Ok(Self { oid: parameters.oid()?, parameters })
    }
}

/// A digest that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// The digest that an algorithm names.
    pub(super) fn of(algorithm: &Algorithm<'_>) -> Result<Self> {
        match algorithm.oid {
            SHA256 => Ok(Self::Sha256),
            SHA384 => Ok(Self::Sha384),
            SHA512 => Ok(Self::Sha512),
            other => Err(refused(other)),
        }
    }

    /// The digest of `bytes`.
    pub(super) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }
}

/// A signature algorithm with its digest.
enum Scheme {
    Ecdsa(Hash),
    Pkcs1(Hash),
    Pss(Hash, usize),
}

impl Scheme {
    /// The scheme that an algorithm names. `digest` is what a CMS signer names beside it, for when the algorithm names none.
    fn of(algorithm: &Algorithm<'_>, digest: Option<Hash>) -> Result<Self> {
        Ok(match (algorithm.oid, digest) {
            (ECDSA_SHA256, _) => Self::Ecdsa(Hash::Sha256),
            (ECDSA_SHA384, _) => Self::Ecdsa(Hash::Sha384),
            (ECDSA_SHA512, _) => Self::Ecdsa(Hash::Sha512),
            (RSA_SHA256, _) => Self::Pkcs1(Hash::Sha256),
            (RSA_SHA384, _) => Self::Pkcs1(Hash::Sha384),
            (RSA_SHA512, _) => Self::Pkcs1(Hash::Sha512),
            (RSA, Some(digest)) => Self::Pkcs1(digest),
            (RSA_PSS, _) => pss(algorithm.parameters)?,
            (other, _) => return Err(refused(other)),
        })
    }

    fn hash(&self) -> Hash {
        match self {
            Self::Ecdsa(hash) | Self::Pkcs1(hash) | Self::Pss(hash, _) => *hash,
        }
    }
}

/// Reads the parameters of RSASSA-PSS (RFC 4055 §3.1). What is left out stands for SHA-1, which is refused; the mask is made with the same
/// digest.
fn pss(mut parameters: Reader<'_>) -> Result<Scheme> {
    let mut fields = parameters.open(SEQUENCE)?;
    let weak = || Error::new(Code::ChipAlgorithmWeak, "RSASSA-PSS with SHA-1");
    let hash = Hash::of(&Algorithm::of(fields.optional(context(0))?.ok_or_else(weak)?.reader().next()?)?)?;
    let mut mask = Algorithm::of(fields.optional(context(1))?.ok_or_else(weak)?.reader().next()?)?;
    if mask.oid != MGF1 || Hash::of(&Algorithm::of(mask.parameters.next()?)?)? != hash {
        return Err(Error::new(Code::ChipAlgorithmUnsupported, "RSASSA-PSS with two digests"));
    }
    let salt = match fields.optional(context(2))? {
        Some(length) => length.reader().small()?,
        None => 20,
    };
    let trailer = match fields.optional(context(3))? {
        Some(trailer) => trailer.reader().small()?,
        None => 1,
    };
    if salt > SALT_BYTES_MAX || trailer != 1 {
        return Err(Error::new(Code::ChipAlgorithmUnsupported, "RSASSA-PSS with a long salt or another trailer"));
    }
    Ok(Scheme::Pss(hash, usize::from(salt)))
}

/// Verifies the signature of `message` with a `SubjectPublicKeyInfo`.
///
/// # Errors
/// `chip-signature-invalid` when it does not verify, `chip-algorithm-…` when it is not of the table, `chip-file-malformed`.
pub(super) fn verify(
    key: &[u8],
    algorithm: &Algorithm<'_>,
    digest: Option<Hash>,
    message: &[u8],
    signature: &[u8],
) -> Result<()> {
    let scheme = Scheme::of(algorithm, digest)?;
    let hashed = scheme.hash().digest(message);
    let mut info = Reader::new(key).open(SEQUENCE)?;
    let kind = Algorithm::of(info.next()?)?;
    let bits = info.bits()?;
    let right = match (kind.oid, scheme) {
        (EC_KEY, Scheme::Ecdsa(_)) => match curve(kind.parameters)? {
            P256 => p256_verifies(bits, &hashed, signature)?,
            _ => p384_verifies(bits, &hashed, signature)?,
        },
        (RSA, Scheme::Pkcs1(hash)) => {
            let padding = match hash {
                Hash::Sha256 => Pkcs1v15Sign::new::<rsa::sha2::Sha256>(),
                Hash::Sha384 => Pkcs1v15Sign::new::<rsa::sha2::Sha384>(),
                Hash::Sha512 => Pkcs1v15Sign::new::<rsa::sha2::Sha512>(),
            };
            rsa_key(bits)?.verify(padding, &hashed, signature).is_ok()
        }
        (RSA | RSA_PSS, Scheme::Pss(hash, salt)) => {
            let padding = match hash {
                Hash::Sha256 => Pss::new_with_salt::<rsa::sha2::Sha256>(salt),
                Hash::Sha384 => Pss::new_with_salt::<rsa::sha2::Sha384>(salt),
                Hash::Sha512 => Pss::new_with_salt::<rsa::sha2::Sha512>(salt),
            };
            rsa_key(bits)?.verify(padding, &hashed, signature).is_ok()
        }
        (EC_KEY | RSA | RSA_PSS, _) => false,
        (other, _) => return Err(refused(other)),
    };
    if right { Ok(()) } else { Err(Error::new(Code::ChipSignatureInvalid, "the signature does not verify")) }
}

/// An RSA key (RFC 8017 appendix A.1.1) within the bounds.
fn rsa_key(bits: &[u8]) -> Result<RsaPublicKey> {
    let mut fields = Reader::new(bits).open(SEQUENCE)?;
    let (n, e) = (fields.unsigned()?, fields.unsigned()?);
    if n.len() * 8 > *RSA_BITS.end() {
        return Err(Error::new(Code::ChipAlgorithmUnsupported, format!("RSA of {} bits", n.len() * 8)));
    }
    let key = RsaPublicKey::new(BigUint::from_bytes_be(n), BigUint::from_bytes_be(e))
        .map_err(|_| Error::new(Code::ChipAlgorithmUnsupported, "an RSA key that is none"))?;
    if key.n().bits() < *RSA_BITS.start() {
        return Err(Error::new(Code::ChipAlgorithmWeak, format!("RSA of {} bits", key.n().bits())));
    }
    Ok(key)
}

/// The curve of a key: by name, or by all its parameters, as part 12 §4.4 asks (SEC 1 §C.2).
///
/// Every parameter is compared. A key on a curve of somebody's own making, with a generator that turns a known key into theirs, is refused.
fn curve(mut parameters: Reader<'_>) -> Result<ObjectIdentifier> {
    let object = parameters.next()?;
    if object.tag == OID {
        let mut name = Reader::new(object.raw);
        return match name.oid()? {
            known @ (P256 | P384) => Ok(known),
            other => Err(refused(other)),
        };
    }
    if object.tag != SEQUENCE {
        return Err(malformed("a key without its curve"));
    }
    let mut fields = object.reader();
    fields.expect(INTEGER)?;
    let mut field = fields.open(SEQUENCE)?;
    field.oid()?;
    let prime = field.next()?;
    field.finish()?;
    let mut equation = fields.open(SEQUENCE)?;
    let (a, b) = (equation.expect(OCTET_STRING)?.value, equation.expect(OCTET_STRING)?.value);
    equation.optional(BIT_STRING)?;
    equation.finish()?;
    let generator = fields.expect(OCTET_STRING)?.value;
    let (order, cofactor) = (fields.unsigned()?, fields.optional(INTEGER)?);
    fields.finish()?;
    let unsigned = |number: Tlv<'_>| Reader::new(number.raw).unsigned().map(hex);
    let found = [unsigned(prime)?, hex(a), hex(b), hex(generator), hex(order)].map(|text| text.to_uppercase());
    let cofactor = cofactor.is_none_or(|cofactor| cofactor.value == [1]);
    match CURVES.iter().find(|(_, known)| *known == found) {
        Some((curve, _)) if cofactor => Ok(*curve),
        _ => Err(Error::new(Code::ChipAlgorithmUnsupported, "a curve that is neither P-256 nor P-384")),
    }
}

/// The prime, a, b, the generator and its order of P-256 and P-384 (SEC 2 §2.4.2 and §2.5.1).
const CURVES: [(ObjectIdentifier, [&str; 5]); 2] = [
    (
        P256,
        [
            "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF",
            "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFC",
            "5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B",
            concat!(
                "046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296",
                "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5"
            ),
            "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551",
        ],
    ),
    (
        P384,
        [
            "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFF0000000000000000FFFFFFFF",
            "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFF0000000000000000FFFFFFFC",
            "B3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF",
            concat!(
                "04AA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7",
                "3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F"
            ),
            "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973",
        ],
    ),
];

/// The two numbers of an ECDSA signature (RFC 3279 §2.2.3), each filled up to `N` bytes; none if they are longer.
fn scalars<const N: usize>(signature: &[u8]) -> Result<Option<([u8; N], [u8; N])>> {
    let mut reader = Reader::new(signature);
    let mut fields = reader.open(SEQUENCE)?;
    let (r, s) = (fields.unsigned()?, fields.unsigned()?);
    fields.finish()?;
    reader.finish()?;
    let filled = |number: &[u8]| {
        let mut bytes = [0; N];
        bytes[N.checked_sub(number.len())?..].copy_from_slice(number);
        Some(bytes)
    };
    Ok(filled(r).zip(filled(s)))
}

fn p256_verifies(point: &[u8], hashed: &[u8], signature: &[u8]) -> Result<bool> {
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(|_| malformed("a key that is not on P-256"))?;
    let signature = scalars::<32>(signature)?.and_then(|(r, s)| p256::ecdsa::Signature::from_scalars(r, s).ok());
    Ok(signature.is_some_and(|signature| key.verify_prehash(hashed, &signature).is_ok()))
}

fn p384_verifies(point: &[u8], hashed: &[u8], signature: &[u8]) -> Result<bool> {
    let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(|_| malformed("a key that is not on P-384"))?;
    let signature = scalars::<48>(signature)?.and_then(|(r, s)| p384::ecdsa::Signature::from_scalars(r, s).ok());
    Ok(signature.is_some_and(|signature| key.verify_prehash(hashed, &signature).is_ok()))
}

/// An algorithm that is not taken.
fn refused(oid: ObjectIdentifier) -> Error {
    let code = if WEAK.contains(&oid) { Code::ChipAlgorithmWeak } else { Code::ChipAlgorithmUnsupported };
    Error::new(code, format!("algorithm {oid}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `openssl ecparam -name secp384r1 -param_enc explicit` and `-name prime256v1` write them, seeds and all.
    const EXPLICIT: [(ObjectIdentifier, &str); 2] = [
        (
            P256,
            "3081f7020101302c06072a8648ce3d0101022100ffffffff00000001000000000000000000000000ffffffffffffffffffffffff305b0420ffffffff00000001000000000000000000000000fffffffffffffffffffffffc04205ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b031500c49d360886e704936a6678e1139d26b7819f7e900441046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5022100ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551020101",
        ),
        (
            P384,
            "30820157020101303c06072a8648ce3d0101023100fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff307b0430fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000fffffffc0430b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef031500a335926aa319a27a1d00896a6773a4827acdac73046104aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab73617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f023100ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973020101",
        ),
    ];

    fn bytes(hex: &str) -> Vec<u8> {
        hex.as_bytes().chunks(2).map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
    }

    #[test]
    fn a_curve_is_known_by_all_its_parameters_and_no_other_is_taken() {
        for (curve_of, text) in EXPLICIT {
            let explicit = bytes(text);
            assert_eq!(curve(Reader::new(&explicit)).unwrap(), curve_of);
            let seed = text.find("0315").unwrap() / 2;
            for at in 20..explicit.len() {
                let mut changed = explicit.clone();
                changed[at] ^= 1;
                let accepted = curve(Reader::new(&changed)).is_ok();
                assert!(!accepted || (seed..seed + 23).contains(&at), "{curve_of} at {at}");
            }
        }
    }

    #[test]
    fn weak_and_unknown_algorithms_are_told_apart() {
        assert_eq!(refused(WEAK[0]).code, Code::ChipAlgorithmWeak);
        assert_eq!(refused(MGF1).code, Code::ChipAlgorithmUnsupported);
    }
}
