//! The details of findings and of rejected rows in the reader's language. They are written once, in English, where they are found; here the
//! texts are known by their form, and what stands in their gaps (names, places, numbers) stays as it is.

use super::language::Words;
use casework::text::Language;
use fluent_bundle::FluentValue;

/// The names of the values that a text is given, in the order of its gaps.
const GAPS: [&str; 3] = ["a", "b", "c"];
/// How often a gap may hold a text that is known itself.
const DEPTH_MAX: u32 = 2;

/// Each text with `{}` for its gaps, and its key. What is more particular stands first.
const TEXTS: &[(&str, &str)] = &[
    // The ledger and its tree.
    ("an entry stands at {}", "detail-entry-at"),
    ("{} is not what the entry says", "detail-column"),
    ("its tag is not the one that the key ring gives it", "detail-tag"),
    ("the one that stands at size {} signs size {}", "detail-checkpoint-size"),
    ("node {} of level {} is not what the entries make", "detail-node"),
    ("there is no head", "detail-no-head"),
    ("the head says {} entries, there are {}", "detail-head"),
    ("the edge of the tree is not what the entries make", "detail-edge"),
    ("{} nodes are stored, {} belong to {} entries", "detail-nodes"),
    ("it has no canonical form, or names another place", "detail-form"),
    ("its text and its leaf hash do not belong together", "detail-leaf"),
    ("it stands in the tree of {} at {}", "detail-foreign"),
    ("it stands where entry {} belongs", "detail-repeated"),
    ("it stands at {}, and the tree has {} entries", "detail-beyond"),
    ("it is not at its place", "detail-missing"),
    ("entries {} to {} are missing", "detail-missing-many"),
    ("the first {} entries are others than the checkpoint that was kept outside signed", "detail-outside-other"),
    ("a checkpoint of size {} stands after entry {}", "detail-checkpoint-after"),
    ("two checkpoints of size {} differ", "detail-checkpoints-differ"),
    (
        "of entries {} to {} one or more are not those that were signed; what comes after cannot be judged",
        "detail-forged",
    ),
    ("its end is signed at {} entries, its beginning speaks of {}", "detail-end"),
    ("there are {} entries; the checkpoint that was kept outside signed {}", "detail-outside-size"),
    ("after entry {}: {}", "detail-after"),
    ("root {} stands where root {} belongs", "detail-root-place"),
    ("root {} does not fit its lines", "detail-root-lines"),
    ("a line of root {} is malformed", "detail-root-line"),
    ("root {} leaves it out", "detail-root-out"),
    ("root {} says what the one before says", "detail-root-same"),
    ("root {} goes back to size {}", "detail-root-back"),
    ("root {} speaks of one of size {}", "detail-root-of"),
    ("root {} speaks of another tree of size {}", "detail-root-other"),
    ("root {} speaks of it", "detail-root-it"),
    ("root {}: {}", "detail-root"),
    ("the root that was kept outside is not among the roots", "detail-root-kept"),
    ("the tree of the checkpoint that was kept outside is missing", "detail-tree-kept"),
    ("{} has {} entries, the note speaks of {}", "detail-note-size"),
    ("the first {} entries of {} are others than the note speaks of", "detail-note-other"),
    // The records.
    ("no entry speaks of it", "detail-no-entry"),
    ("this entry deleted it", "detail-deleted"),
    ("this entry left it otherwise", "detail-otherwise"),
    ("this entry left it, and it is gone", "detail-gone"),
    ("it is as entry {} of {} left it, not as this later entry did", "detail-older"),
    ("its visit is still open", "detail-visit-open"),
    ("it is closed without an outcome", "detail-no-outcome"),
    ("it suspects impersonation, and no second operator confirmed an incident", "detail-no-second"),
    ("it was decided without a second operator", "detail-alone"),
    ("it was opened before anyone judged", "detail-unjudged"),
    ("its evidence is of another person", "detail-evidence-other"),
    ("its capture is of another person", "detail-capture-other"),
    ("its consent is of another person", "detail-consent-other"),
    ("it goes on, and its consent has ended", "detail-consent-ended"),
    ("no event tells how it came to its state", "detail-no-event"),
    ("the ledger speaks of this pseudonym, and nobody has it; the row of an erased person stays", "detail-pseudonym"),
    ("no live consent keeps it", "detail-no-consent"),
    ("its capture has ended", "detail-capture-ended"),
    ("the ring lacks {}", "detail-ring-lacks"),
    ("its key does not open with {}", "detail-key"),
    // Rows of a list, and their photographs.
    ("it is too long, or not UTF-8", "detail-line-unread"),
    ("it has another number of values than the first line", "detail-line-values"),
    ("the number stands further up in the list", "detail-number-twice"),
    ("the number is in the register", "detail-number-there"),
    ("it is not 4 to 32 letters and digits", "detail-number"),
    ("it is not a plain path inside the folder of photos", "detail-photo-path"),
    ("it leads out of the folder of photos", "detail-photo-out"),
    ("there is no file of this name", "detail-photo-missing"),
    ("it has more than {} bytes", "detail-photo-large"),
    ("{} bytes, JPEG or PNG: {}", "detail-photo-kind"),
    ("{} is longer than {} bytes", "detail-too-long"),
    ("{} is empty or holds control characters", "detail-empty"),
    ("{} is not lower-case letters, digits, inner dots and hyphens", "detail-word"),
    ("{} is not a date as YYYY, YYYY-MM or YYYY-MM-DD", "detail-date"),
    ("the language is not a tag", "detail-tongue"),
    ("the name", "detail-the-name"),
    ("the address", "detail-the-address"),
    ("the date of birth", "detail-the-birth"),
    ("the day it was taken", "detail-the-day"),
    ("the source", "detail-the-source"),
    ("the language", "detail-the-language"),
    ("no face was found", "detail-no-face"),
    ("what was detected does not have a face's landmarks", "detail-no-landmarks"),
    ("a portrait shows one person and nobody else", "detail-others"),
    ("{} faces are about equally prominent", "detail-faces"),
    ("yaw is {}° and pitch {}°", "detail-turned"),
    ("{} pixels between the eyes, at least {} are needed", "detail-small"),
    ("{} % of the face lies outside the picture", "detail-cut"),
    ("the face touches the edge and its landmarks disagree", "detail-edge-face"),
    ("the overall quality is {}, at least {} is needed; {}", "detail-quality"),
    ("the overall quality is {}, at least {} is needed", "detail-quality-bare"),
    ("the first bytes are not those of a JPEG, PNG or WebP file", "detail-image-kind"),
    ("{}×{} pixels", "detail-pixels"),
    ("no bytes", "detail-image-empty"),
];

/// A detail in the reader's language; in English, and where the text is not known, as it was written.
pub(super) fn said(words: &Words, detail: &str) -> String {
    known(words, detail).unwrap_or_else(|| detail.to_owned())
}

/// A detail in the reader's language, if its text is known.
pub(super) fn known(words: &Words, detail: &str) -> Option<String> {
    if words.language() == Language::En {
        return Some(detail.to_owned());
    }
    within(words, detail, 0)
}

fn within(words: &Words, detail: &str, depth: u32) -> Option<String> {
    let (values, key) = TEXTS.iter().find_map(|(text, key)| Some((gaps(text, detail)?, key)))?;
    let told = |value: &str| {
        let inner = if depth < DEPTH_MAX { within(words, value, depth + 1) } else { None };
        inner.unwrap_or_else(|| reasons(words, value))
    };
    let mut values = values.into_iter().map(told);
    let args = GAPS.map(|name| (name, FluentValue::from(values.next().unwrap_or_default())));
    Some(words.with_all(key, args))
}

/// Codes of quality reasons, separated by commas, as sentences; anything else as it is.
fn reasons(words: &Words, value: &str) -> String {
    let is_reason = |code: &str| face::quality::reason::TABLE.iter().any(|row| row.code == code);
    if value.is_empty() || !value.split(", ").all(is_reason) {
        return value.to_owned();
    }
    value.split(", ").map(|code| words.of_code("quality-", code)).collect()
}

/// What stands in the gaps of a text; nothing if it is not this text.
fn gaps<'d>(text: &str, detail: &'d str) -> Option<Vec<&'d str>> {
    let mut pieces = text.split("{}");
    let mut rest = detail.strip_prefix(pieces.next()?)?;
    let pieces: Vec<&str> = pieces.collect();
    let mut values = Vec::with_capacity(pieces.len());
    for (number, piece) in pieces.iter().enumerate() {
        let at = if number + 1 == pieces.len() {
            rest.len().checked_sub(piece.len()).filter(|at| rest.is_char_boundary(*at) && rest.ends_with(piece))?
        } else {
            rest.find(piece)?
        };
        let (value, after) = rest.split_at(at);
        values.push(value);
        rest = &after[piece.len()..];
    }
    rest.is_empty().then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_known_by_its_form() {
        assert_eq!(gaps("root {}: {}", "root 3: no: signature"), Some(vec!["3", "no: signature"]));
        assert_eq!(gaps("no bytes", "no bytes"), Some(vec![]));
        assert_eq!(gaps("no bytes", "no bytes at all"), None);
        assert_eq!(gaps("{} pixels", "戶 pixels"), Some(vec!["戶"]));
        assert_eq!(gaps("{}×{} pixels", "10×20 pixels"), Some(vec!["10", "20"]));
        assert_eq!(gaps("{} is longer than {} bytes", "the name is longer"), None);
    }

    #[test]
    fn no_text_is_hidden_behind_one_that_stands_before_it() {
        for (number, (text, key)) in TEXTS.iter().enumerate() {
            let example = text.replace("{}", "7");
            let first = TEXTS.iter().position(|(text, _)| gaps(text, &example).is_some());
            assert_eq!(first, Some(number), "{text}");
            assert!(text.matches("{}").count() <= GAPS.len(), "{text}");
            assert_eq!(TEXTS.iter().filter(|(_, other)| other == key).count(), 1, "{key}");
        }
    }
}
