//! Keys of signers and authorities, and what they sign.

use super::der::{algorithm, bits, octets, oid, sequence, tlv, unsigned};
use crate::random::SeededRandom;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use rsa::rand_core::{self, CryptoRng, RngCore};
use rsa::traits::PublicKeyParts;
use rsa::{Pkcs1v15Sign, Pss, RsaPrivateKey};
use seal::Random;
use sha2::{Digest, Sha256, Sha384};

/// NULL.
const NULL: [u8; 2] = [5, 0];
/// The name of SHA-256.
pub(super) const SHA256: &str = "2.16.840.1.101.3.4.2.1";
/// The name of SHA-1.
pub(super) const SHA1: &str = "1.3.14.3.2.26";

/// How a signer signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// ECDSA on P-256 with SHA-256.
    #[default]
    P256,
    /// The same, the key with all parameters of its curve in place of the name.
    P256Explicit,
    /// ECDSA on P-384 with SHA-384.
    P384,
    /// ECDSA on P-384 with a key that names brainpoolP384r1, which is refused.
    Brainpool,
    /// RSA of 2048 bits, PKCS#1 v1.5 with SHA-256.
    Rsa,
    /// RSA of 2048 bits, PSS with SHA-256.
    RsaPss,
    /// RSA of 1024 bits, which is refused.
    RsaShort,
    /// ECDSA that says it is with SHA-1, which is refused.
    Sha1,
}

enum Secret {
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    Rsa(Box<RsaPrivateKey>),
}

/// A key of a test.
pub(super) struct Key {
    method: Method,
    secret: Secret,
}

/// The generator that the `rsa` crate asks for.
struct Generator(SeededRandom);

impl CryptoRng for Generator {}

impl RngCore for Generator {
    fn next_u32(&mut self) -> u32 {
        u32::from_le_bytes(seal::random::array(&self.0))
    }

    fn next_u64(&mut self) -> u64 {
        u64::from_le_bytes(seal::random::array(&self.0))
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl Key {
    /// The key of a seed.
    pub(super) fn new(method: Method, seed: u64) -> Self {
        let mut generator = Generator(SeededRandom::new(seed));
        let secret = match method {
            Method::P256 | Method::P256Explicit | Method::Sha1 => {
                Secret::P256(p256::ecdsa::SigningKey::random(&mut generator))
            }
            Method::P384 | Method::Brainpool => Secret::P384(p384::ecdsa::SigningKey::random(&mut generator)),
            Method::Rsa | Method::RsaPss | Method::RsaShort => {
                let size = if method == Method::RsaShort { 1024 } else { 2048 };
                let key = RsaPrivateKey::new(&mut generator, size);
                Secret::Rsa(Box::new(key.unwrap_or_else(|error| panic!("{error}"))))
            }
        };
        Self { method, secret }
    }

    /// The `SubjectPublicKeyInfo`.
    pub(super) fn public(&self) -> Vec<u8> {
        let ec =
            |parameters: &[u8], point: &[u8]| sequence(&[&algorithm("1.2.840.10045.2.1", parameters), &bits(point)]);
        match (&self.secret, self.method) {
            (Secret::P256(key), Method::P256Explicit) => {
                ec(&p256_parameters(), key.verifying_key().to_encoded_point(false).as_bytes())
            }
            (Secret::P256(key), _) => {
                ec(&oid("1.2.840.10045.3.1.7"), key.verifying_key().to_encoded_point(false).as_bytes())
            }
            (Secret::P384(key), method) => {
                let curve = if method == Method::Brainpool { "1.3.36.3.3.2.8.1.1.11" } else { "1.3.132.0.34" };
                ec(&oid(curve), key.verifying_key().to_encoded_point(false).as_bytes())
            }
            (Secret::Rsa(key), _) => {
                let numbers = sequence(&[&unsigned(&key.n().to_bytes_be()), &unsigned(&key.e().to_bytes_be())]);
                sequence(&[&algorithm("1.2.840.113549.1.1.1", &NULL), &bits(&numbers)])
            }
        }
    }

    /// The `AlgorithmIdentifier` of this key's signatures.
    pub(super) fn algorithm(&self) -> Vec<u8> {
        match (&self.secret, self.method) {
            (_, Method::Sha1) => algorithm("1.2.840.10045.4.1", &[]),
            (Secret::P256(_), _) => algorithm("1.2.840.10045.4.3.2", &[]),
            (Secret::P384(_), _) => algorithm("1.2.840.10045.4.3.3", &[]),
            (_, Method::RsaPss) => {
                let hash = algorithm(SHA256, &NULL);
                let mask = algorithm("1.2.840.113549.1.1.8", &hash);
                let fields = sequence(&[&tlv(0xA0, &[&hash]), &tlv(0xA1, &[&mask]), &tlv(0xA2, &[&unsigned(&[32])])]);
                algorithm("1.2.840.113549.1.1.10", &fields)
            }
            _ => algorithm("1.2.840.113549.1.1.11", &NULL),
        }
    }

    /// The signature of `message`.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let failed = |error: &dyn std::fmt::Display| -> ! { panic!("{error}") };
        match &self.secret {
            Secret::P256(key) => {
                let signed: Result<p256::ecdsa::Signature, _> = key.sign_prehash(&Sha256::digest(message));
                let signature = signed.unwrap_or_else(|error| failed(&error));
                sequence(&[&unsigned(&signature.r().to_bytes()), &unsigned(&signature.s().to_bytes())])
            }
            Secret::P384(key) => {
                let signed: Result<p384::ecdsa::Signature, _> = key.sign_prehash(&Sha384::digest(message));
                let signature = signed.unwrap_or_else(|error| failed(&error));
                sequence(&[&unsigned(&signature.r().to_bytes()), &unsigned(&signature.s().to_bytes())])
            }
            Secret::Rsa(key) => {
                let hashed = Sha256::digest(message);
                let signed = if self.method == Method::RsaPss {
                    let padding = Pss::new_with_salt::<rsa::sha2::Sha256>(32);
                    key.sign_with_rng(&mut Generator(SeededRandom::new(1)), padding, &hashed)
                } else {
                    key.sign(Pkcs1v15Sign::new::<rsa::sha2::Sha256>(), &hashed)
                };
                signed.unwrap_or_else(|error| failed(&error))
            }
        }
    }
}

/// All parameters of P-256 (SEC 2 §2.4.2), with its cofactor and without a seed.
fn p256_parameters() -> Vec<u8> {
    let number = |text: &str| -> Vec<u8> {
        let digits: Vec<u8> = text.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
        digits.chunks(2).map(|two| two[0] << 4 | two[1]).collect()
    };
    let prime = number("FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF");
    let a = number("FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFC");
    let b = number("5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B");
    let x = number("6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296");
    let y = number("4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5");
    let order = number("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
    sequence(&[
        &unsigned(&[1]),
        &sequence(&[&oid("1.2.840.10045.1.1"), &unsigned(&prime)]),
        &sequence(&[&octets(&a), &octets(&b)]),
        &octets(&[&[4], &x[..], &y].concat()),
        &unsigned(&order),
        &unsigned(&[1]),
    ])
}
