//! What an entry of the ledger says beside who, where and when, in the reader's language: the name of each fact, its value where that is a code of
//! ours, and beside both what stands in the entry, which is what is proved. Ids, hashes and numbers stay as they are.

use super::alarm::reason;
use super::language::Words;

/// A fact in words.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    /// What it is, in words.
    pub(super) name: String,
    /// The value in words; as it stands where it has none.
    pub(super) value: String,
    /// Name and value as they stand in the entry.
    pub(super) code: String,
}

/// Facts whose values are codes, and what their texts begin with.
const CODES: &[(&str, &str)] = &[
    ("answer", "judgement-"),
    ("band", "band-"),
    ("channel", "channel-"),
    ("credential", "fact-value-"),
    ("event", "life-"),
    ("factor", "factor-"),
    ("for", "fact-value-"),
    ("language", "tongue-"),
    ("liveness", "liveness-"),
    ("outcome", "phase-"),
    ("recipient", "notice-to-"),
    ("source", "source-"),
    ("verdict", "incident-"),
    ("what", "fact-value-"),
    ("why", "fact-value-"),
];

/// A fact as it is told.
pub(super) fn told(words: &Words, name: &str, value: &str) -> Fact {
    Fact {
        name: words.known("fact-", name),
        value: in_words(words, name, value).unwrap_or_else(|| value.to_owned()),
        code: format!("{name}: {value}"),
    }
}

fn in_words(words: &Words, name: &str, value: &str) -> Option<String> {
    if matches!(value, "true" | "false") {
        return Some(words.of_code("fact-value-", value));
    }
    match name {
        "reason" | "finding" => Some(reason(words, value)),
        "code" => words.code(value).map(|(what, _)| what),
        "roles" => {
            let names: Vec<String> = value.split(',').map(|role| words.known("role-", role.trim())).collect();
            Some(names.join(&words.t("list-comma")))
        }
        "state" => ["import-state-", "notice-"].iter().find_map(|prefix| words.maybe(&format!("{prefix}{value}"))),
        "species" | "liveness_why" | "liveness_flaws" | "liveness_cues" => super::liveness::fact(words, name, value),
        _ => {
            let (_, prefix) = CODES.iter().find(|(known, _)| *known == name)?;
            words.maybe(&format!("{prefix}{value}"))
        }
    }
}
