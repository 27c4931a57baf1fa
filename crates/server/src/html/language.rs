//! The words of the pages in three languages (`locales/*.ftl`, Project Fluent), and dates and numbers as each language writes them.

use super::{cookie, form};
use crate::code::{Row, TABLE};
use crate::error::Result;
use crate::state::App;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use axum::routing::post;
use casework::desk::view::TextsView;
use casework::text::Language;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::sync::Arc;

macro_rules! files {
    ($tag:literal: $($name:literal)+) => {
        &[$(include_str!(concat!("../../../../locales/", $tag, "/", $name, ".ftl")),)+]
    };
}

macro_rules! all_files {
    ($tag:literal) => {
        files!($tag: "administration" "alarm" "audit" "counter" "demo" "detail" "event" "fact" "house" "liveness" "protection" "quality" "receipt" "refusal" "station")
    };
}

/// The files of a language; the same in all.
const FILES: [(Language, &[&str]); 3] = [
    (Language::ZhHant, all_files!("zh-Hant")),
    (Language::ZhHans, all_files!("zh-Hans")),
    (Language::En, all_files!("en")),
];
/// The Minguo calendar counts from 1912 as its first year.
const MINGUO_OFFSET: i16 = 1911;

/// The words of all languages.
pub(crate) struct Locales(Vec<(Language, FluentBundle<FluentResource>)>);

impl Locales {
    /// Reads the built-in files. What a file has wrong is left out; a test finds it.
    pub(crate) fn new() -> Self {
        Self(FILES.iter().map(|(language, files)| (*language, bundle(*language, files))).collect())
    }

    fn text(&self, language: Language, key: &str, args: Option<&FluentArgs<'_>>) -> Option<String> {
        let (_, bundle) = self.0.iter().find(|(known, _)| *known == language)?;
        let pattern = bundle.get_message(key)?.value()?;
        Some(bundle.format_pattern(pattern, args, &mut Vec::new()).into_owned())
    }
}

fn bundle(language: Language, files: &[&str]) -> FluentBundle<FluentResource> {
    let tag = language.as_str().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // Names stand in elements of their own that keep their direction.
    bundle.set_use_isolating(false);
    for file in files {
        let resource = FluentResource::try_new((*file).to_owned()).unwrap_or_else(|(resource, _)| resource);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

/// How an office writes dates.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    /// Where it is.
    pub(crate) zone: TimeZone,
    /// True where years are those of the Republic in Chinese of traditional characters.
    pub(crate) minguo: bool,
}

/// The words of one language.
#[derive(Clone)]
pub(crate) struct Words {
    locales: Arc<Locales>,
    calendar: Calendar,
    language: Language,
}

impl Words {
    /// In the language that was chosen, or else the one that the browser asks for, or else the office's.
    pub(crate) fn of(app: &App, headers: &HeaderMap) -> Self {
        let chosen = cookie::value(headers, cookie::LANGUAGE).and_then(Language::parse);
        let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let language = chosen.or_else(|| asked.and_then(preferred)).unwrap_or(app.config.pages.language);
        Self::in_language(app, language)
    }

    /// In this language.
    pub(crate) fn in_language(app: &App, language: Language) -> Self {
        Self { locales: Arc::clone(&app.locales), calendar: app.calendar.clone(), language }
    }

    /// The words of every language.
    #[cfg(test)]
    pub(crate) fn all() -> [Self; 3] {
        let (locales, zone) = (Arc::new(Locales::new()), TimeZone::UTC);
        FILES.map(|(language, _)| {
            let calendar = Calendar { zone: zone.clone(), minguo: false };
            Self { locales: Arc::clone(&locales), calendar, language }
        })
    }

    /// The language.
    pub(crate) fn language(&self) -> Language {
        self.language
    }

    /// The text of a key. One that is missing shows itself; a test finds it before a person does.
    pub(crate) fn t(&self, key: &str) -> String {
        self.locales.text(self.language, key, None).unwrap_or_else(|| key.to_owned())
    }

    /// The text of a key with one value.
    pub(crate) fn with<'v>(&self, key: &str, name: &str, value: impl Into<FluentValue<'v>>) -> String {
        self.with_all(key, [(name, value.into())])
    }

    /// The text of a key with values.
    pub(crate) fn with_all<'v, const N: usize>(&self, key: &str, values: [(&str, FluentValue<'v>); N]) -> String {
        let args: FluentArgs<'v> = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self.locales.text(self.language, key, Some(&args)).unwrap_or_else(|| key.to_owned())
    }

    /// The text of a key that is made of a prefix and a code, such as `outcome-` and `confirmed`.
    pub(crate) fn of_code(&self, prefix: &str, code: &str) -> String {
        self.t(&format!("{prefix}{code}"))
    }

    /// The text of a code that an office may have made up itself; without one, the code.
    pub(crate) fn known(&self, prefix: &str, code: &str) -> String {
        self.locales.text(self.language, &format!("{prefix}{code}"), None).unwrap_or_else(|| code.to_owned())
    }

    /// The text of a key, if there is one.
    pub(crate) fn maybe(&self, key: &str) -> Option<String> {
        self.locales.text(self.language, key, None)
    }

    /// What a stable code of any part of the program means, and what to do about it; nothing for a code that is none.
    pub(crate) fn code(&self, code: &str) -> Option<(String, String)> {
        let tables = [TABLE, casework::code::TABLE, store::code::TABLE, seal::code::TABLE];
        if let Some(row) = tables.into_iter().flatten().find(|row| row.code == code) {
            return Some(self.refusal(row));
        }
        let row = face::code::TABLE.iter().find(|row| row.code == code)?;
        Some(self.refusal(&Row { code: row.code, status: 422, meaning: row.meaning, action: row.action }))
    }

    /// What an entry of the ledger says, in words.
    pub(crate) fn event(&self, kind: &str) -> String {
        self.of_code("event-", &kind.replace('.', "-"))
    }

    /// What a refusal means, and what to do about it. In English the tables of codes say it; the other languages have words of their own.
    pub(crate) fn refusal(&self, row: &Row) -> (String, String) {
        let of = |prefix: &str, english: &str| {
            let own = self.locales.text(self.language, &format!("{prefix}{}", row.code), None);
            own.unwrap_or_else(|| english.to_owned())
        };
        (of("error-", row.meaning), of("action-", row.action))
    }

    /// One of a definition's texts.
    pub(crate) fn one_of<'t>(&self, texts: &'t TextsView) -> &'t str {
        match self.language {
            Language::ZhHant => &texts.zh_hant,
            Language::ZhHans => &texts.zh_hans,
            Language::En => &texts.en,
        }
    }

    /// A day as the office writes it.
    pub(crate) fn day(&self, day: Date) -> String {
        let (year, month, date) = (day.year(), day.month(), day.day());
        match self.language {
            Language::En => format!("{date} {} {year}", self.of_code("month-", &month.to_string())),
            Language::ZhHant if self.calendar.minguo && year > MINGUO_OFFSET => {
                format!("民國{}年{month}月{date}日", year - MINGUO_OFFSET)
            }
            Language::ZhHant | Language::ZhHans => format!("{year}年{month}月{date}日"),
        }
    }

    /// A moment, to the minute, where the office is.
    pub(crate) fn moment(&self, at: &Timestamp) -> String {
        let there = at.to_zoned(self.calendar.zone.clone());
        format!("{} {:02}:{:02}", self.day(there.date()), there.hour(), there.minute())
    }

    /// The time of day, to the minute, where the office is.
    pub(crate) fn clock(&self, at: &Timestamp) -> String {
        let there = at.to_zoned(self.calendar.zone.clone());
        format!("{:02}:{:02}", there.hour(), there.minute())
    }

    /// A date as far as it is known: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; anything else as it is.
    pub(crate) fn partial(&self, text: &str) -> String {
        if let Ok(day) = text.parse::<Date>() {
            return self.day(day);
        }
        let mut parts = text.splitn(2, '-').map(|part| part.parse::<i16>().ok());
        let (Some(Some(year)), month) = (parts.next(), parts.next().flatten()) else { return text.to_owned() };
        let republic = self.language == Language::ZhHant && self.calendar.minguo && year > MINGUO_OFFSET;
        match (self.language, month.filter(|month| (1..=12).contains(month))) {
            (Language::En, Some(month)) => format!("{} {year}", self.of_code("month-", &month.to_string())),
            (Language::En, None) => year.to_string(),
            (_, month) => {
                let month = month.map_or_else(String::new, |month| format!("{month}月"));
                if republic { format!("民國{}年{month}", year - MINGUO_OFFSET) } else { format!("{year}年{month}") }
            }
        }
    }
}

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Words({})", self.language)
    }
}

/// The first language of `Accept-Language` that there is; Chinese of Taiwan, Hong Kong and Macao is written in traditional characters.
fn preferred(accept: &str) -> Option<Language> {
    let mut asked: Vec<(f32, Language)> = accept
        .split(',')
        .filter_map(|part| {
            let (tag, quality) = part.split_once(";q=").unwrap_or((part, "1"));
            let tag = tag.trim().to_ascii_lowercase();
            let traditional = ["hant", "-tw", "-hk", "-mo"].iter().any(|mark| tag.contains(mark));
            let language = match tag.split('-').next()? {
                "zh" if traditional => Language::ZhHant,
                "zh" => Language::ZhHans,
                "en" => Language::En,
                _ => return None,
            };
            Some((quality.trim().parse().ok()?, language))
        })
        .collect();
    asked.sort_by(|a, b| b.0.total_cmp(&a.0));
    asked.first().map(|(_, language)| *language)
}

/// Which language, and where to go on.
#[derive(Deserialize)]
struct Choice {
    language: String,
    back: String,
}

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/language", post(choose))
}

async fn choose(State(app): State<App>, form::Form(choice): form::Form<Choice>) -> Result<Response> {
    let language = Language::require(&choice.language)?;
    Ok(form::go_with(&choice.back, cookie::language(&app, language.as_str())?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn words(language: Language, minguo: bool) -> Words {
        Words { locales: Arc::new(Locales::new()), calendar: Calendar { zone: TimeZone::UTC, minguo }, language }
    }

    #[test]
    fn dates_are_written_as_the_office_writes_them() {
        let day = date(2026, 3, 9);
        assert_eq!(words(Language::En, true).day(day), "9 March 2026");
        assert_eq!(words(Language::ZhHans, true).day(day), "2026年3月9日");
        assert_eq!(words(Language::ZhHant, false).day(day), "2026年3月9日");
        assert_eq!(words(Language::ZhHant, true).day(day), "民國115年3月9日");
        assert_eq!(words(Language::ZhHant, true).day(date(1911, 12, 31)), "1911年12月31日");
    }

    #[test]
    fn a_date_is_as_long_as_it_is_known() {
        for (text, en, minguo) in [
            ("2009", "2009", "民國98年"),
            ("2009-05", "May 2009", "民國98年5月"),
            ("2009-05-04", "4 May 2009", "民國98年5月4日"),
            ("about 2009", "about 2009", "about 2009"),
        ] {
            assert_eq!(words(Language::En, true).partial(text), en);
            assert_eq!(words(Language::ZhHant, true).partial(text), minguo);
        }
    }

    #[test]
    fn the_browser_is_asked_which_language_it_prefers() {
        for (accept, language) in [
            ("zh-TW,zh;q=0.9,en;q=0.8", Some(Language::ZhHant)),
            ("zh-CN,zh;q=0.9", Some(Language::ZhHans)),
            ("de-DE,de;q=0.9,en;q=0.5", Some(Language::En)),
            ("en;q=0.3, zh-Hant;q=0.8", Some(Language::ZhHant)),
            ("fr", None),
            (";q=x,,", None),
        ] {
            assert_eq!(preferred(accept), language, "{accept}");
        }
    }
}
