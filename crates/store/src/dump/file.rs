//! A backup as a sealed file: lines go in, lines come out, a piece at a time.

use crate::Code;
use crate::Means;
use crate::dump::line::{Line, invalid};
use crate::error::{Error, Result};
use seal::archive::{CHUNK, HEADER_MAX, Opener, Sealer};
use std::io::{Read, Write};

/// What a backup is bound to besides its key.
const CONTEXT: &[&[u8]] = &[b"countenance backup"];
/// Longest line in bytes: far above the largest portrait.
const LINE_MAX: usize = 1 << 28;

/// Writes the lines of a backup.
pub(crate) struct Writer<'a> {
    out: &'a mut (dyn Write + Send),
    sealer: Sealer,
    sealed: Vec<u8>,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(out: &'a mut (dyn Write + Send), means: &Means<'_>) -> Result<Self> {
        let (sealer, sealed) = Sealer::new(means.ring, CONTEXT, means.random)?;
        Ok(Self { out, sealer, sealed })
    }

    pub(crate) fn line(&mut self, line: &Line) -> Result<()> {
        self.sealer.push(&line.bytes()?, &mut self.sealed)?;
        self.write()
    }

    pub(crate) fn finish(self) -> Result<()> {
        let Self { out, sealer, mut sealed } = self;
        sealer.finish(&mut sealed)?;
        out.write_all(&sealed).and_then(|()| out.flush()).map_err(|error| failed(&error))
    }

    fn write(&mut self) -> Result<()> {
        self.out.write_all(&self.sealed).map_err(|error| failed(&error))?;
        self.sealed.clear();
        Ok(())
    }
}

fn failed(error: &std::io::Error) -> Error {
    Error::new(Code::OutputFailed, error.kind().to_string())
}

/// Reads the lines of a backup.
pub(crate) struct Reader<'a> {
    input: &'a mut (dyn Read + Send),
    /// Gone when the archive has ended.
    opener: Option<Opener>,
    plain: Vec<u8>,
    /// Where in `plain` the next line begins, and how far it was looked through for its end.
    at: usize,
    seen: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(input: &'a mut (dyn Read + Send), means: &Means<'_>) -> Result<Self> {
        let start = read(input, HEADER_MAX)?;
        let (mut opener, header) = Opener::new(means.ring, CONTEXT, &start)?;
        let mut plain = Vec::new();
        opener.push(&start[header..], &mut plain)?;
        Ok(Self { input, opener: Some(opener), plain, at: 0, seen: 0 })
    }

    /// The next line; nothing at the end, which has then been proved to be the end.
    pub(crate) fn line(&mut self) -> Result<Option<Line>> {
        loop {
            if let Some(length) = self.plain[self.seen..].iter().position(|&b| b == b'\n') {
                let end = self.seen + length;
                let line = Line::parse(&self.plain[self.at..end])?;
                (self.at, self.seen) = (end + 1, end + 1);
                return Ok(Some(line));
            }
            self.plain.drain(..self.at);
            (self.at, self.seen) = (0, self.plain.len());
            if self.plain.len() > LINE_MAX {
                return Err(invalid("a line is too long"));
            }
            if !self.fill()? {
                return if self.plain.is_empty() { Ok(None) } else { Err(invalid("the last line is not ended")) };
            }
        }
    }

    /// Opens more; false at the end.
    fn fill(&mut self) -> Result<bool> {
        let Some(mut opener) = self.opener.take() else { return Ok(false) };
        let bytes = read(self.input, CHUNK)?;
        if bytes.is_empty() {
            opener.finish(&mut self.plain)?;
        } else {
            opener.push(&bytes, &mut self.plain)?;
            self.opener = Some(opener);
        }
        Ok(true)
    }
}

/// The next `length` bytes, or all that there are.
fn read(input: &mut (dyn Read + Send), length: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(length);
    let read = input.take(length as u64).read_to_end(&mut bytes);
    read.map_err(|error| invalid(error.kind().to_string()))?;
    Ok(bytes)
}
