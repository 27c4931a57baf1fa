//! Which passwords anyone would try first.

use super::words::WORDS;
use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization as _;

/// The alphabet, and the ways along a keyboard.
const RUNS: &[&str] = &[
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop[]\\",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
    "1q2w3e4r5t6y7u8i9o0p",
    "qwertzuiop",
    "azertyuiop",
];

/// Shortest run that counts, in letters.
const RUN_MIN: usize = 4;
/// A group of at most so many letters that is repeated, and a password of fewer different ones, are common.
const VARIETY_MIN: usize = 4;
/// Digits alone, up to so many, are a date, a telephone number or a card's number.
const DIGITS_MAX: usize = 14;
/// Shortest part of a name that counts, in letters.
const PART_MIN: usize = 3;

/// Digits and signs that stand for letters.
const STAND_INS: &[(char, char)] =
    &[('0', 'o'), ('1', 'l'), ('3', 'e'), ('4', 'a'), ('5', 's'), ('7', 't'), ('@', 'a'), ('$', 's')];

/// True if a password is one of the first that anyone would try for somebody around whom these `names` stand.
pub(super) fn is_common(password: &str, names: &[&str]) -> bool {
    let text: Vec<char> = password.to_lowercase().chars().collect();
    let unit = period(&text);
    let different: BTreeSet<&char> = unit.iter().collect();
    if (unit.len() <= VARIETY_MIN && unit.len() < text.len()) || different.len() < VARIETY_MIN || is_runs(unit) {
        return true;
    }
    if text.len() <= DIGITS_MAX && text.iter().all(|c| !c.is_alphabetic()) && text.iter().any(char::is_ascii_digit) {
        return true;
    }
    let names: Vec<String> = names.iter().map(|name| name.nfkc().collect::<String>().to_lowercase()).collect();
    let mut known: BTreeSet<String> = WORDS.split_ascii_whitespace().map(str::to_owned).collect();
    known.extend(names.iter().flat_map(|name| parts(name)));
    let whole: String = unit.iter().collect();
    let outer = |c: char| !c.is_alphabetic();
    let stood = |text: &str| text.chars().map(letter).collect::<String>();
    [whole.clone(), stood(&whole), stood(whole.trim_matches(outer))].iter().any(|text| {
        let core = text.trim_matches(outer);
        let letters: String = text.chars().filter(|c| c.is_alphabetic()).collect();
        known.contains(text) || known.contains(core) || is_made_of(&letters, &known)
    })
}

/// The letter for which a digit or sign stands.
fn letter(c: char) -> char {
    STAND_INS.iter().find(|(sign, _)| *sign == c).map_or(c, |(_, letter)| *letter)
}

/// A name as it is, its letters alone, and its parts.
fn parts(name: &str) -> impl Iterator<Item = String> {
    let letters = name.chars().filter(|c| c.is_alphabetic()).collect();
    let parts = name.split(|c: char| !c.is_alphanumeric()).map(str::to_owned);
    [name.to_owned(), letters].into_iter().chain(parts).filter(|part| part.chars().count() >= PART_MIN)
}

/// True if `letters` are one or two of the known words.
fn is_made_of(letters: &str, known: &BTreeSet<String>) -> bool {
    known.contains(letters)
        || letters.char_indices().skip(1).any(|(at, _)| {
            let (one, other) = letters.split_at(at);
            known.contains(one) && known.contains(other)
        })
}

/// The shortest beginning of which `text` is a repetition.
fn period(text: &[char]) -> &[char] {
    let repeats = |length: usize| text.chunks(length).all(|part| part == &text[..length]);
    let length = (1..=text.len()).find(|&length| repeats(length)).unwrap_or(text.len());
    &text[..length]
}

/// True if `text` is nothing but runs along [`RUNS`], there or back.
fn is_runs(text: &[char]) -> bool {
    let there = RUNS.iter().map(|run| run.chars().collect::<Vec<_>>());
    let back = RUNS.iter().map(|run| run.chars().rev().collect());
    let runs: Vec<Vec<char>> = there.chain(back).collect();
    let mut rest = text;
    while !rest.is_empty() {
        let longest = runs.iter().map(|run| common_run(rest, run)).max().unwrap_or(0);
        if longest < RUN_MIN.min(rest.len()) {
            return false;
        }
        rest = &rest[longest..];
    }
    true
}

/// How many letters of `text` follow `run` from where its first letter stands.
fn common_run(text: &[char], run: &[char]) -> usize {
    let start = run.iter().position(|c| text.first() == Some(c)).unwrap_or(run.len());
    text.iter().zip(&run[start..]).take_while(|(a, b)| a == b).count()
}
