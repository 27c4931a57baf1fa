//! What the liveness check says, in words: the outcome, for whom it is enough, and what helps; for who answers for the office also what each cue
//! says. No number: a ratio means nothing to whoever stands at a counter.

use super::language::Words;
use casework::desk::evidence::{CueRecord, LivenessRecord};
use casework::visit::Liveness;

/// What is shown of a liveness check.
pub(super) struct Checked {
    /// `live`, `attack` or `not-checked`, for the sign before the words.
    pub(super) outcome: &'static str,
    /// The outcome in words.
    pub(super) said: String,
    /// Reason, what fits best, what the service asks for, what helps.
    pub(super) rows: Vec<(String, String)>,
    /// What the outcome does not mean.
    pub(super) look: Option<String>,
    /// Each cue, and how the pictures came; none for who need not know.
    pub(super) cues: Vec<Cue>,
    pub(super) flaws: Vec<String>,
}

/// What one cue says.
pub(super) struct Cue {
    pub(super) name: String,
    /// What it looks at.
    pub(super) looks: String,
    /// For, against, or nothing, with the reason.
    pub(super) says: String,
    pub(super) version: String,
}

/// Makes it of a record; with the cues for who answers for the office.
pub(super) fn checked(words: &Words, record: &LivenessRecord, with_cues: bool) -> Checked {
    let outcome = record.outcome.as_str();
    let mut rows = Vec::new();
    let mut row = |name: &str, prefix: &str, code: Option<&String>| {
        rows.extend(code.map(|code| (words.t(name), words.known(prefix, code))));
    };
    row("liveness-why", "liveness-why-", record.why.as_ref());
    row("liveness-fits", "liveness-species-", record.species.as_ref());
    row("liveness-level", "liveness-level-", record.level.as_ref());
    row("liveness-advice", "liveness-advice-", record.advice.as_ref());
    let is_helper = record.level.as_deref().is_none_or(|level| level == "assist");
    let look = match record.outcome {
        Liveness::Live => None,
        Liveness::Attack => Some(format!("{} {}", words.t("liveness-attack-other"), words.t("liveness-attack-text"))),
        Liveness::NotChecked if is_helper => Some(words.t("liveness-eye")),
        Liveness::NotChecked => Some(words.t("liveness-needed")),
    };
    let cues = if with_cues { record.cues.iter().map(|cue| self::cue(words, cue)).collect() } else { Vec::new() };
    let flaws = record.flaws.iter().filter(|_| with_cues).map(|flaw| words.known("liveness-flaw-", flaw)).collect();
    Checked { outcome, said: words.of_code("liveness-", outcome), rows, look, cues, flaws }
}

fn cue(words: &Words, cue: &CueRecord) -> Cue {
    Cue {
        name: words.known("liveness-cue-", &cue.cue),
        looks: words.known("liveness-looks-", &cue.cue),
        says: says(words, cue.ratio, cue.why.as_deref()),
        version: words.with("liveness-version", "version", cue.version),
    }
}

fn says(words: &Words, ratio: Option<f64>, why: Option<&str>) -> String {
    match (ratio, why) {
        (Some(ratio), _) if ratio > 0.0 => words.t("liveness-says-for"),
        (Some(ratio), _) if ratio < 0.0 => words.t("liveness-says-against"),
        (_, Some(why)) => {
            let parts = [words.t("liveness-says-nothing"), words.known("liveness-why-", why)];
            parts.join(&words.t("liveness-colon"))
        }
        _ => words.t("liveness-says-nothing"),
    }
}

/// The values of an entry's facts about liveness in words: `challenge@1=3.20 depth@1=-`, and words separated by spaces.
pub(super) fn fact(words: &Words, name: &str, value: &str) -> Option<String> {
    let listed = |one: &dyn Fn(&str) -> Option<String>| {
        let all: Option<Vec<String>> = value.split(' ').map(one).collect();
        all.map(|all| all.join(&words.t("list-comma")))
    };
    match name {
        "species" => words.maybe(&format!("liveness-species-{value}")),
        "liveness_why" => {
            ["liveness-why-", "liveness-species-"].iter().find_map(|p| words.maybe(&format!("{p}{value}")))
        }
        "liveness_flaws" => listed(&|flaw| words.maybe(&format!("liveness-flaw-{flaw}"))),
        "liveness_cues" => listed(&|text| {
            let (cue, rest) = text.split_once('@')?;
            let (_, ratio) = rest.split_once('=')?;
            let parts = [words.maybe(&format!("liveness-cue-{cue}"))?, says(words, ratio.parse().ok(), None)];
            Some(parts.join(&words.t("liveness-colon")))
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use face::live::{Advice, Kind, Species, Unchecked, Why};
    use serde_json::{Value, json};

    /// The stable words of an enumeration, as serde knows them: what it takes names all that there are.
    fn codes<T: serde::de::DeserializeOwned>() -> Vec<String> {
        let Err(error) = serde_json::from_value::<T>(json!("?")) else { panic!("? is no code") };
        let text = error.to_string();
        let known = text.split_once("expected one of ").expect("it names all").1;
        known.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn every_code_has_words_in_three_languages() {
        let of = |prefix: &str, codes: Vec<String>| -> Vec<String> {
            codes.into_iter().map(|code| format!("{prefix}{code}")).collect()
        };
        let desk = casework::desk::liveness::WHY.iter().map(|code| (*code).to_owned()).collect();
        let keys = [
            of("liveness-why-", codes::<Why>()),
            of("liveness-why-", codes::<Unchecked>()),
            of("liveness-why-", desk),
            of("liveness-advice-", codes::<Advice>()),
            of("liveness-species-", codes::<Species>()),
            of("liveness-cue-", codes::<Kind>()),
            of("liveness-looks-", codes::<Kind>()),
            of("liveness-flaw-", codes::<casework::desk::film::Flaw>()),
            of("liveness-level-", codes::<face::live::Level>()),
            of("liveness-", Liveness::ALL.iter().map(|one| one.as_str().to_owned()).collect()),
        ]
        .concat();
        assert!(keys.len() > 70, "{}", keys.len());
        for words in Words::all() {
            for key in &keys {
                assert!(words.maybe(key).is_some(), "{:?} {key}", words.language());
            }
        }
    }

    fn record(outcome: &str, level: &str) -> LivenessRecord {
        let cues: Vec<Value> = [(Some(2.5), None), (Some(-3.0), None), (None, Some("too-bright"))]
            .into_iter()
            .zip(["challenge", "depth", "light"])
            .map(|((ratio, why), cue)| json!({"cue": cue, "version": 1, "value": ratio, "ratio": ratio, "why": why}))
            .collect();
        let text = json!({"outcome": outcome, "why": null, "level": level, "species": "screen", "cues": cues,
            "ratio": -0.5, "flaws": ["repeated"]});
        serde_json::from_value(text).expect("a record")
    }

    #[test]
    fn no_number_is_shown_and_the_cues_only_to_who_answers() {
        for words in Words::all() {
            let shown = checked(&words, &record("attack", "attended"), true);
            let said: Vec<&str> = shown.cues.iter().map(|cue| cue.says.as_str()).collect();
            assert_eq!(said[..2], [words.t("liveness-says-for"), words.t("liveness-says-against")]);
            assert!(said[2].ends_with(&words.t("liveness-why-too-bright")));
            assert_eq!(shown.flaws.len(), 1);
            assert!(!said.concat().contains(|c: char| c.is_ascii_digit()));
            let shown = checked(&words, &record("attack", "attended"), false);
            assert!(shown.cues.is_empty() && shown.flaws.is_empty());
            assert!(shown.look.is_some_and(|look| look.contains(&words.t("liveness-attack-text"))));
            let eye = checked(&words, &record("not-checked", "assist"), false).look;
            assert_eq!(eye, Some(words.t("liveness-eye")));
            let needed = checked(&words, &record("not-checked", "unattended"), false).look;
            assert_eq!(needed, Some(words.t("liveness-needed")));
        }
    }

    #[test]
    fn facts_of_entries_are_said_in_words() {
        for words in Words::all() {
            let cues = fact(&words, "liveness_cues", "challenge@1=3.20 depth@1=-1.00 light@1=-").expect("words");
            for part in
                ["liveness-cue-challenge", "liveness-says-for", "liveness-says-against", "liveness-says-nothing"]
            {
                assert!(cues.contains(&words.t(part)), "{cues}");
            }
            assert_eq!(fact(&words, "liveness_why", "screen"), Some(words.t("liveness-species-screen")));
            assert_eq!(fact(&words, "liveness_flaws", "made-up"), None);
        }
    }
}
