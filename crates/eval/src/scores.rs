//! The scores file: `probe,reference,same,similarity,llr,refused`, one line a comparison, so that anyone can recompute every figure.
//!
//! References of one set are joined by `+`. `refused` is empty or the code of the refusal; a comparison that was refused for quality still has
//! its similarity and ratio. The ratio is written so that it reads back to the very number that the figures were made of; the similarity is cut,
//! not rounded, after three decimals, so that 89.9999 is not written as 90.

use crate::compare::Scored;
use crate::dataset::DataSet;
use crate::error::Result;
use crate::files::WholeFile;
use std::io::Write;
use std::path::Path;

/// The first line of the file.
pub const HEADER: &str = "probe,reference,same,similarity,llr,refused\n";

/// The file in the making: whole when finished, absent otherwise.
#[derive(Debug)]
pub struct ScoresFile(WholeFile);

impl ScoresFile {
    /// Begins the file at `path`.
    ///
    /// # Errors
    /// `write-failed`.
    pub fn begin(path: &Path) -> Result<Self> {
        let mut file = WholeFile::begin(path)?;
        file.put(HEADER.as_bytes())?;
        Ok(Self(file))
    }

    /// Appends whole lines.
    ///
    /// # Errors
    /// `write-failed`.
    pub fn put(&mut self, lines: &[u8]) -> Result<()> {
        self.0.put(lines)
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// `write-failed`.
    pub fn finish(self) -> Result<()> {
        self.0.finish()
    }
}

/// The names of the pictures, and which of them need quotation marks.
pub(crate) struct Names<'a>(Vec<(&'a str, bool)>);

impl<'a> Names<'a> {
    pub(crate) fn new(data: &'a DataSet) -> Self {
        let quoted = |file: &str| file.contains([',', '"', '\n', '\r']) || file.starts_with(' ') || file.ends_with(' ');
        Self(data.pictures.iter().map(|picture| (picture.file.as_str(), quoted(&picture.file))).collect())
    }

    /// Appends the line of one comparison.
    pub(crate) fn line(&self, out: &mut Vec<u8>, scored: &Scored, used: &[u32], told: (Option<f64>, Option<&str>)) {
        let (similarity, refusal) = told;
        self.field(out, &[scored.probe]);
        out.push(b',');
        self.field(out, used);
        out.extend_from_slice(if scored.same { b",1," } else { b",0," });
        // Writing to a vector cannot fail.
        if let Some(similarity) = similarity {
            let _ = write!(out, "{:.3}", (similarity * 1000.0).floor() / 1000.0);
        }
        out.push(b',');
        if let Some(llr) = scored.llr {
            let _ = write!(out, "{llr}");
        }
        out.push(b',');
        out.extend_from_slice(refusal.unwrap_or("").as_bytes());
        out.push(b'\n');
    }

    fn field(&self, out: &mut Vec<u8>, pictures: &[u32]) {
        let quoted = pictures.iter().any(|&at| self.0[at as usize].1);
        if quoted {
            out.push(b'"');
        }
        for (place, &at) in pictures.iter().enumerate() {
            if place > 0 {
                out.push(b'+');
            }
            for byte in self.0[at as usize].0.bytes() {
                if byte == b'"' {
                    out.push(b'"');
                }
                out.push(byte);
            }
        }
        if quoted {
            out.push(b'"');
        }
    }
}
