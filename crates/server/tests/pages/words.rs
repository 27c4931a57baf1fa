//! Every text of the pages is there in three languages, is used, and is in its language.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const LANGUAGES: [&str; 3] = ["zh-Hant", "zh-Hans", "en"];
/// Latin words that Chinese texts use as well.
const LATIN: &[&str] =
    &["QR", "PIN", "CSV", "ZIP", "JPEG", "PNG", "JSON", "MB", "English", "Esc", "Enter", "http", "https"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            found.extend(files(&entry, endings));
        } else if entry.extension().is_some_and(|ending| endings.contains(&ending.to_str().unwrap())) {
            found.push(entry);
        }
    }
    found.sort();
    found
}

/// Keys and texts of a language; texts that go on in further lines are joined.
fn texts(language: &str) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut last = None;
    for file in files(&root().join("locales").join(language), &["ftl"]) {
        for line in fs::read_to_string(&file).unwrap().lines() {
            if line.starts_with(char::is_alphabetic) {
                let (key, text) = line.split_once('=').unwrap_or_else(|| panic!("{}: {line}", file.display()));
                let key = key.trim().to_owned();
                assert!(found.insert(key.clone(), text.trim().to_owned()).is_none(), "{key} twice");
                last = Some(key);
            } else if let Some(text) = last.as_ref().and_then(|key| found.get_mut(key)) {
                text.push_str(line);
            }
        }
    }
    found
}

/// What stands in quotes in templates, scripts and handlers.
fn quoted() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let server = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = files(&server.join("templates"), &["html"]);
    sources.extend(files(&server.join("static"), &["js"]));
    sources.extend(files(&server.join("src"), &["rs"]));
    for file in sources {
        let text = fs::read_to_string(file).unwrap();
        found.extend(
            text.split('"').filter(|part| part.len() < 80 && !part.contains(char::is_whitespace)).map(str::to_owned),
        );
    }
    found
}

/// What is said of a refusal.
const REFUSALS: &[&str] = &["error-", "action-"];
/// Texts that the program itself has in English; the other languages are asked for them by prefix.
const PREFIXES: &[&str] = &["error-", "action-", "detail-"];

#[test]
fn every_language_has_every_text() {
    let keys = |language| texts(language).into_keys().filter(|key| !PREFIXES.iter().any(|p| key.starts_with(p)));
    let [hant, hans, en] = LANGUAGES.map(|language| keys(language).collect::<BTreeSet<_>>());
    assert_eq!(hant, en);
    assert_eq!(hans, en);
}

#[test]
fn every_event_has_a_text() {
    let known = texts("en");
    for kind in store::ledger::Kind::ALL {
        let key = format!("event-{}", kind.code().replace('.', "-"));
        assert!(known.contains_key(&key), "{key}");
    }
}

/// In English the tables themselves say it.
#[test]
fn every_refusal_is_said_in_chinese() {
    let others = [server::code::TABLE, casework::code::TABLE, store::code::TABLE, seal::code::TABLE];
    let mut codes: BTreeSet<&str> = others.into_iter().flatten().map(|row| row.code).collect();
    codes.extend(face::code::TABLE.iter().map(|row| row.code));
    for language in ["zh-Hant", "zh-Hans"] {
        let known = texts(language);
        for code in &codes {
            for prefix in REFUSALS {
                let key = format!("{prefix}{code}");
                assert!(known.contains_key(&key), "{language} {key}");
            }
        }
    }
}

/// The texts in quotes of a source file, each with `{}` for what is put into it.
fn literals(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    // What is only there for tests says nothing to anybody.
    let text = text.split("#[cfg(test)]").next().unwrap();
    for part in text.split('"').skip(1).step_by(2) {
        let mut plain = String::new();
        for (number, piece) in part.split('{').enumerate() {
            let rest = if number == 0 { Some(piece) } else { piece.split_once('}').map(|(_, rest)| rest) };
            let Some(rest) = rest else { continue };
            plain.push_str(if number == 0 { "" } else { "{}" });
            plain.push_str(rest);
        }
        found.insert(plain);
    }
    found
}

/// Where the details of findings and of rejected rows are written.
const DETAILS: &[&str] = &[
    "store/src/check/ledger.rs",
    "store/src/check/keys.rs",
    "store/src/check/rules.rs",
    "store/src/check/replay.rs",
    "store/src/ledger/verify/roots.rs",
    "store/src/ledger/verify/tree.rs",
    "store/src/person/number.rs",
    "store/src/field.rs",
    "casework/src/desk/import/batch.rs",
    "face/src/quality/refusal.rs",
];
/// What stands in quotes there and is never the detail of a finding or of a row.
const OTHERWISE: &[&str] = &[
    "the key ring has no key for numbers",
    "{} has {} bytes",
    "a value has no JSON form",
    "a column does not hold the JSON that it should",
    "the engine's thread ended",
    "a protected table is in no backup",
    "the list cannot be read after line {}",
    "the mesh is not the shape of a face",
];

#[test]
fn every_detail_is_said_in_chinese() {
    let server = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(server.join("src/html/detail.rs")).unwrap();
    let known = literals(&table);
    for file in DETAILS {
        for text in literals(&fs::read_to_string(server.join("..").join(file)).unwrap()) {
            let sentence = text.contains(' ') && text.starts_with(|c: char| c.is_lowercase() || c == '{');
            if sentence && !OTHERWISE.contains(&text.as_str()) && !text.contains("SELECT") {
                assert!(known.contains(&text), "{file}: {text:?}");
            }
        }
    }
    let keys: BTreeSet<String> = known.into_iter().filter(|text| text.starts_with("detail-")).collect();
    for language in ["zh-Hant", "zh-Hans"] {
        let told: BTreeSet<String> = texts(language).into_keys().filter(|key| key.starts_with("detail-")).collect();
        assert_eq!(told, keys, "{language}");
    }
}

/// The names of facts stand in the program as `.fact("name"`.
#[test]
fn every_fact_of_an_entry_has_a_name() {
    let known = texts("en");
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut seen = 0;
    for folder in ["casework/src", "store/src", "cli/src", "server/src"] {
        for file in files(&crates.join(folder), &["rs"]) {
            for part in fs::read_to_string(&file).unwrap().split(".fact(\"").skip(1) {
                let key = format!("fact-{}", part.split('"').next().unwrap());
                assert!(known.contains_key(&key), "{}: {key}", file.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn every_text_takes_the_same_values() {
    let values = |text: &str| {
        text.split('$')
            .skip(1)
            .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '_').next().unwrap().to_owned())
            .collect::<BTreeSet<_>>()
    };
    let en = texts("en");
    for language in ["zh-Hant", "zh-Hans"] {
        for (key, text) in texts(language) {
            if let Some(english) = en.get(&key) {
                assert_eq!(values(&text), values(english), "{language} {key}");
            }
        }
    }
}

#[test]
fn every_text_is_used() {
    let used = quoted();
    let prefixes: Vec<&String> = used.iter().filter(|part| part.ends_with('-') && part.len() > 3).collect();
    let idle: Vec<String> = texts("en")
        .into_keys()
        .filter(|key| !used.contains(key) && !prefixes.iter().any(|prefix| key.starts_with(*prefix)))
        .collect();
    assert!(idle.is_empty(), "{idle:?}");
}

/// The keys that templates and handlers name outright.
#[test]
fn every_key_has_a_text() {
    let known = texts("en");
    let server = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = files(&server.join("templates"), &["html"]);
    sources.extend(files(&server.join("src/html"), &["rs"]));
    let mut missing = Vec::new();
    for file in sources {
        let text = fs::read_to_string(&file).unwrap();
        for call in [".t(\"", ".with(\"", ".with_all(\""] {
            for part in text.split(call).skip(1) {
                let key = part.split('"').next().unwrap();
                if !known.contains_key(key) {
                    missing.push(format!("{}: {key}", file.display()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn chinese_texts_are_chinese() {
    for language in ["zh-Hant", "zh-Hans"] {
        for (key, text) in texts(language) {
            let plain: String = without_values(&text);
            let strange: Vec<&str> = plain
                .split(|c: char| !c.is_ascii_alphanumeric())
                .filter(|word| word.chars().filter(char::is_ascii_alphabetic).count() > 1 && !LATIN.contains(word))
                .collect();
            assert!(strange.is_empty(), "{language} {key}: {strange:?}");
        }
    }
}

#[test]
fn neither_script_stands_in_the_other() {
    // A few characters that have one form only in each script; enough to notice a text that was copied.
    const ONLY_HANT: &str =
        "證書號碼請這個們開關鍵盤選單點擊頁錄應對實際處與專業內線詢問題長時間會議項目後續機構們來過還沒經刪約裡";
    const ONLY_HANS: &str =
        "证书号码请这个们开关键盘选单点击页录应对实际处与专业内线询问题长时间会议项目后续机构们来过还没经删约";
    for (language, foreign, own) in [("zh-Hant", ONLY_HANS, ONLY_HANT), ("zh-Hans", ONLY_HANT, ONLY_HANS)] {
        for (key, text) in texts(language) {
            let strange: String = text.chars().filter(|c| foreign.contains(*c) && !own.contains(*c)).collect();
            assert!(strange.is_empty(), "{language} {key}: {strange}");
        }
    }
}

fn without_values(text: &str) -> String {
    let mut depth = 0;
    text.chars()
        .filter(|c| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => return depth == 0,
            }
            false
        })
        .collect()
}
