//! Texts in the three languages, and what a text must be before a citizen sees it.

use crate::code::Code;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

crate::closed::closed! {
    /// A language of the pages.
    pub enum Language {
        ZhHant "zh-Hant" "Chinese in traditional characters.";
        ZhHans "zh-Hans" "Chinese in simplified characters.";
        En "en" "English.";
    }
}

impl Language {
    /// The language with this tag.
    ///
    /// # Errors
    /// `language-unknown`.
    pub fn require(tag: &str) -> Result<Self> {
        Self::parse(tag).ok_or_else(|| Error::new(Code::LanguageUnknown, "not one of zh-Hant, zh-Hans, en"))
    }
}

/// One text in the three languages; none may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts<S = String> {
    /// Traditional characters, words of Taiwan.
    #[serde(rename = "zh-Hant")]
    pub zh_hant: S,
    /// Simplified characters, words of the mainland.
    #[serde(rename = "zh-Hans")]
    pub zh_hans: S,
    /// English.
    pub en: S,
}

impl<S: AsRef<str>> Texts<S> {
    /// The text in `language`.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::ZhHant => self.zh_hant.as_ref(),
            Language::ZhHans => self.zh_hans.as_ref(),
            Language::En => self.en.as_ref(),
        }
    }
}

/// How long a text may be and whether it may have several lines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    pub(crate) chars_max: usize,
    pub(crate) lines: bool,
}

impl Texts {
    /// Checks all three texts; `place` is the key, for the message.
    pub(crate) fn check(&self, place: &str, form: Form) -> Result<()> {
        Language::ALL.iter().try_for_each(|&language| {
            check(self.get(language), language, form)
                .map_err(|why| Error::new(Code::ServiceTextInvalid, format!("{place}.{language} {why}")))
        })
    }
}

/// What is wrong with a text, if anything.
fn check(text: &str, language: Language, form: Form) -> std::result::Result<(), String> {
    if text.trim().is_empty() {
        return Err("is empty".to_owned());
    }
    if text.lines().any(|line| line.trim() != line || line.is_empty()) || text.ends_with('\n') {
        return Err("has an empty line or blanks at the end of a line".to_owned());
    }
    let chars = text.chars().count();
    if chars > form.chars_max {
        return Err(format!("has {chars} characters, more than {}", form.chars_max));
    }
    if let Some(c) = text.chars().find(|&c| is_unseen(c) && !(form.lines && c == '\n')) {
        return Err(format!("has the character U+{:04X}, which cannot be seen", c as u32));
    }
    let han = text.chars().any(is_han);
    match language {
        Language::ZhHant | Language::ZhHans if !han => Err("has no Chinese character".to_owned()),
        Language::En if han => Err("has a Chinese character".to_owned()),
        _ => Ok(()),
    }
}

/// Characters that change what is read without being seen: controls, zero-width letters, and the marks that turn the direction of writing
/// (Unicode UAX #9), with which a notice could read differently from its bytes.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '\u{e0000}'..='\u{e01ef}')
}

/// Han characters: the unified block and extension A.
fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: Form = Form { chars_max: 10, lines: false };
    const PARAGRAPHS: Form = Form { chars_max: 10, lines: true };

    #[test]
    fn a_text_is_seen_whole_in_its_language() {
        assert_eq!(check("身分證", Language::ZhHant, LINE), Ok(()));
        assert_eq!(check("one\ntwo", Language::En, PARAGRAPHS), Ok(()));
        for (text, language) in [
            ("", Language::En),
            (" \n ", Language::En),
            ("one ", Language::En),
            ("one\n\ntwo", Language::En),
            ("one\n", Language::En),
            ("eleven char", Language::En),
            ("one\ttwo", Language::En),
            ("one\rtwo", Language::En),
            ("a\u{202e}b", Language::En),
            ("a\u{200b}b", Language::En),
            ("\u{feff}ab", Language::En),
            ("Card", Language::ZhHant),
            ("Card", Language::ZhHans),
            ("Card 卡", Language::En),
        ] {
            assert!(check(text, language, PARAGRAPHS).is_err(), "{text:?} {language}");
        }
        assert!(check("one\ntwo", Language::En, LINE).is_err());
    }

    #[test]
    fn languages_have_their_tags() {
        assert_eq!(Language::require("zh-Hant"), Ok(Language::ZhHant));
        assert_eq!(Language::require("fr").unwrap_err().code(), "language-unknown");
        let texts = Texts { zh_hant: "甲", zh_hans: "乙", en: "c" };
        assert_eq!(Language::ALL.iter().map(|&l| texts.get(l)).collect::<String>(), "甲乙c");
    }
}
