//! Sealed archives: backups of any length, encrypted piece by piece so that neither side holds the whole.
//!
//! The STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015, as in age and Tink) over XChaCha20-Poly1305: each chunk of 64 KiB has a
//! nonce made of a random prefix, its number and whether it is the last. So a chunk that is changed, left out, repeated, moved or cut off is
//! found, and so is an archive that ends early. The header holds the archive's own data key, wrapped by the ring's backup key.

use crate::bytes::sha256;
use crate::code::Code;
use crate::error::{Error, Result};
use crate::keys::{DataKey, Domain, KeyRing, Wrapped};
use crate::random::{Random, array};
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

/// Bytes of plaintext in each chunk but the last.
pub const CHUNK: usize = 1 << 16;
/// A header is never longer than this; enough of an archive's beginning to open it.
pub const HEADER_MAX: usize = 1024;
/// First bytes of an archive, with the form's version.
const MAGIC: &[u8; 8] = b"CNT-ARC1";
/// Bytes of a nonce's random beginning.
const PREFIX: usize = 19;
/// Bytes of a tag.
const TAG: usize = 16;

fn damaged(detail: &str) -> Error {
    Error::new(Code::ArchiveDamaged, detail)
}

/// The cipher of one archive and the number of its next chunk.
struct Chunks {
    cipher: XChaCha20Poly1305,
    prefix: [u8; PREFIX],
    /// SHA-256 of the header, bound to every chunk.
    header: [u8; 32],
    number: u32,
}

impl Chunks {
    fn new(key: &DataKey, prefix: [u8; PREFIX], header: &[u8]) -> Self {
        Self { cipher: XChaCha20Poly1305::new(key.bytes().into()), prefix, header: sha256(header), number: 0 }
    }

    /// The nonce of the next chunk: prefix, number (big-endian), 1 for the last.
    fn nonce(&mut self, last: bool) -> Result<XNonce> {
        let mut nonce = [0; 24];
        nonce[..PREFIX].copy_from_slice(&self.prefix);
        nonce[PREFIX..23].copy_from_slice(&self.number.to_be_bytes());
        nonce[23] = u8::from(last);
        // 2^32 chunks are 256 TiB.
        self.number = self.number.checked_add(1).ok_or_else(|| damaged("the archive is too long"))?;
        Ok(nonce.into())
    }

    fn seal(&mut self, mut chunk: Zeroizing<Vec<u8>>, last: bool, out: &mut Vec<u8>) -> Result<()> {
        let nonce = self.nonce(last)?;
        let sealed = self.cipher.encrypt_inout_detached(&nonce, &self.header, chunk.as_mut_slice().into());
        let tag = sealed.map_err(|_| damaged("a chunk cannot be sealed"))?;
        out.extend(&*chunk);
        out.extend(tag);
        Ok(())
    }

    fn open(&mut self, chunk: &[u8], last: bool) -> Result<Zeroizing<Vec<u8>>> {
        let nonce = self.nonce(last)?;
        let (body, &tag) =
            chunk.split_last_chunk::<TAG>().ok_or_else(|| damaged("it ends in the middle of a chunk"))?;
        let mut plain = Zeroizing::new(body.to_vec());
        self.cipher
            .decrypt_inout_detached(&nonce, &self.header, plain.as_mut_slice().into(), &tag.into())
            .map_err(|_| damaged("a chunk was changed, moved or cut off"))?;
        Ok(plain)
    }
}

/// Makes an archive: take the header, [`Sealer::push`] whatever comes, and [`Sealer::finish`]. An archive that is not finished does not open.
pub struct Sealer {
    chunks: Chunks,
    /// Not yet sealed: at most one chunk.
    waiting: Zeroizing<Vec<u8>>,
}

impl Sealer {
    /// A new archive, bound to `context`, with its header: the first bytes to be written.
    ///
    /// # Errors
    /// As [`KeyRing::wrap`]; `archive-damaged` when the ring's wrapped key does not fit into a header.
    pub fn new(ring: &dyn KeyRing, context: &[&[u8]], random: &dyn Random) -> Result<(Self, Vec<u8>)> {
        let key = DataKey::generate(random);
        let wrapped = ring.wrap(Domain::Backup, &key, context, random)?;
        let prefix: [u8; PREFIX] = array(random);
        let id = wrapped.key.as_str();
        let mut header = MAGIC.to_vec();
        header.extend((id.len() as u16).to_be_bytes());
        header.extend(id.as_bytes());
        header.extend((wrapped.bytes.len() as u16).to_be_bytes());
        header.extend(&wrapped.bytes);
        header.extend(prefix);
        if header.len() > HEADER_MAX {
            return Err(damaged("the wrapped key does not fit into the header"));
        }
        let chunks = Chunks::new(&key, prefix, &header);
        Ok((Self { chunks, waiting: Zeroizing::new(Vec::with_capacity(CHUNK)) }, header))
    }

    /// Seals `bytes`; what is complete is appended to `out`, to be written next.
    ///
    /// # Errors
    /// `archive-damaged` beyond 256 TiB.
    pub fn push(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
        while !bytes.is_empty() {
            // A full chunk waits until more comes: it could be the last.
            if self.waiting.len() == CHUNK {
                let chunk = std::mem::replace(&mut self.waiting, Zeroizing::new(Vec::with_capacity(CHUNK)));
                self.chunks.seal(chunk, false, out)?;
            }
            let (taken, rest) = bytes.split_at(bytes.len().min(CHUNK - self.waiting.len()));
            self.waiting.extend(taken);
            bytes = rest;
        }
        Ok(())
    }

    /// Seals what is left and ends the archive.
    ///
    /// # Errors
    /// As [`Sealer::push`].
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<()> {
        self.chunks.seal(self.waiting, true, out)
    }
}

impl std::fmt::Debug for Sealer {
    /// The progress only: keys and contents never reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealer({} chunks)", self.chunks.number)
    }
}

/// Opens an archive. Each piece that comes out is what was sealed, but only [`Opener::finish`] tells that nothing is missing: until then use
/// nothing of it for good.
pub struct Opener {
    chunks: Chunks,
    waiting: Vec<u8>,
}

impl Opener {
    /// Opens an archive from its beginning: at least its header, so [`HEADER_MAX`] bytes or all there are. Gives how long the header was;
    /// [`Opener::push`] what follows.
    ///
    /// # Errors
    /// `archive-damaged` when it does not begin like an archive; `key-unknown` and `record-damaged` as [`KeyRing::unwrap`].
    pub fn new(ring: &dyn KeyRing, context: &[&[u8]], start: &[u8]) -> Result<(Self, usize)> {
        let (wrapped, prefix, length) = header(start).ok_or_else(|| damaged("it does not begin like an archive"))?;
        let key = ring.unwrap(Domain::Backup, &wrapped, context)?;
        Ok((Self { chunks: Chunks::new(&key, prefix, &start[..length]), waiting: Vec::new() }, length))
    }

    /// Opens the next `bytes`; what is complete is appended to `out`.
    ///
    /// # Errors
    /// `archive-damaged`.
    pub fn push(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
        while !bytes.is_empty() {
            if self.waiting.len() == CHUNK + TAG {
                out.extend(&*self.chunks.open(&self.waiting, false)?);
                self.waiting.clear();
            }
            let (taken, rest) = bytes.split_at(bytes.len().min(CHUNK + TAG - self.waiting.len()));
            self.waiting.extend(taken);
            bytes = rest;
        }
        Ok(())
    }

    /// Opens the last chunk, which proves that the archive is whole.
    ///
    /// # Errors
    /// `archive-damaged`.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<()> {
        out.extend(&*self.chunks.open(&self.waiting, true)?);
        Ok(())
    }
}

impl std::fmt::Debug for Opener {
    /// The progress only: keys and contents never reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opener({} chunks)", self.chunks.number)
    }
}

/// The wrapped key, the nonces' beginning and the length of the header at the start of `bytes`.
fn header(bytes: &[u8]) -> Option<(Wrapped, [u8; PREFIX], usize)> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (&length, rest) = rest.split_first_chunk::<2>()?;
    let (id, rest) = rest.split_at_checked(u16::from_be_bytes(length).into())?;
    let key = std::str::from_utf8(id).ok()?.parse().ok()?;
    let (&length, rest) = rest.split_first_chunk::<2>()?;
    let (wrapped, rest) = rest.split_at_checked(u16::from_be_bytes(length).into())?;
    let (&prefix, rest) = rest.split_first_chunk::<PREFIX>()?;
    let length = bytes.len() - rest.len();
    (length <= HEADER_MAX).then(|| (Wrapped { key, bytes: wrapped.to_vec() }, prefix, length))
}
