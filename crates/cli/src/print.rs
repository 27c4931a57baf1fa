//! The only file that prints: results on standard output, talk on standard error.

use crate::args::{Colour, Common};
use crate::exit::{Failure, Result};
use crate::json;
use crate::theme::Theme;
use serde::Serialize;
use std::io::{self, IsTerminal as _, Write as _};

/// Narrowest and widest text in characters.
const WIDTH: std::ops::RangeInclusive<usize> = 60..=110;
/// Width when nobody says: no terminal and no option.
const WIDTH_DEFAULT: usize = 80;

/// Where results and talk go, and in what dress.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Printer {
    /// True if results are JSON documents.
    pub(crate) json: bool,
    /// Dress of the results.
    pub(crate) out: Theme,
    /// Dress of the talk.
    pub(crate) talk: Theme,
    /// True if a person watches standard error, so that a progress bar helps.
    pub(crate) watched: bool,
}

impl Printer {
    /// The printer that the options and the surroundings ask for.
    pub(crate) fn new(common: &Common) -> Self {
        let around = &common.surroundings;
        let dumb = around.term.as_deref() == Some("dumb");
        let plain = dumb || around.no_color.as_deref().is_some_and(|value| !value.is_empty());
        let colour = |terminal: bool| match common.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => terminal && !plain,
        };
        let locale = [&around.lc_all, &around.lc_ctype, &around.lang];
        let locale = locale.into_iter().flatten().find(|value| !value.is_empty());
        let unicode = !common.ascii && !dumb && locale.is_none_or(|value| speaks_utf8(value));
        let asked = common.width.as_deref().and_then(|width| width.trim().parse::<usize>().ok());
        let screen = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let width = asked.or_else(screen).unwrap_or(WIDTH_DEFAULT).clamp(*WIDTH.start(), *WIDTH.end());
        let theme = |terminal| Theme { colour: colour(terminal), unicode, width };
        let watched = io::stderr().is_terminal();
        Self { json: common.json, out: theme(io::stdout().is_terminal()), talk: theme(watched), watched }
    }

    /// A printer for a command line that could not be read.
    pub(crate) fn plain(json: bool) -> Self {
        let theme = Theme { colour: false, unicode: false, width: WIDTH_DEFAULT };
        Self { json, out: theme, talk: theme, watched: false }
    }

    /// Prints a result: `document` in JSON mode, else the text that `words` makes.
    pub(crate) fn result<T: Serialize>(&self, document: &T, words: impl FnOnce(Theme) -> String) -> Result<()> {
        results(&if self.json { json::text(document)? } else { words(self.out) })
    }

    /// A remark for people; programs that read JSON find the same in the document.
    pub(crate) fn note(&self, text: &str) {
        if !self.json {
            say(self.talk.paragraph(2, text).trim_end());
        }
    }

    /// Prints why the command stopped: as a JSON document on standard output in JSON mode, else in words on standard error.
    pub(crate) fn failure(&self, failure: &Failure) {
        if self.json {
            let _ = json::text(&json::ErrorDocument::of(failure)).and_then(|text| results(&text));
        } else {
            say(self.talk.failure(failure).trim_end());
        }
    }
}

/// Prints `text` on standard output. A reader that closed the pipe has seen enough: that is no failure.
pub(crate) fn results(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::write(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints one line of talk on standard error; nobody depends on it, so a closed standard error is fine.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// True if a locale such as `zh_TW.UTF-8` names UTF-8.
fn speaks_utf8(locale: &str) -> bool {
    let lower = locale.to_ascii_lowercase();
    lower.contains("utf-8") || lower.contains("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales() {
        assert!(speaks_utf8("zh_TW.UTF-8") && speaks_utf8("C.utf8"));
        assert!(!speaks_utf8("C") && !speaks_utf8("de_DE.ISO-8859-1"));
    }
}
