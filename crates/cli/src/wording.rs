//! Numbers as people say them: "1 in 38,000", "94 %", "15 years".

/// `n` with a comma at every third digit.
pub(crate) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.char_indices() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `x` rounded to two significant figures: 38,461 becomes 38,000.
fn two_figures(x: f64) -> u64 {
    let unit = 10f64.powf((x.log10().floor() - 1.0).max(0.0));
    ((x / unit).round() * unit) as u64
}

/// A rate as two whole numbers: (1, 38,000) for 2.6e-5, (4, 10) for 0.43; `None` for a rate that is not above zero.
fn rate_parts(rate: f64) -> Option<(u64, u64)> {
    if !(rate > 0.0 && rate.is_finite()) {
        return None;
    }
    if rate > 0.1 {
        Some((((rate * 10.0).round() as u64).clamp(1, 10), 10))
    } else {
        Some((1, two_figures(1.0 / rate)))
    }
}

/// A rate as "1 in 38,000"; "0" for zero.
pub(crate) fn one_in(rate: f64) -> String {
    rate_parts(rate).map_or_else(|| "0".to_owned(), |(some, of)| format!("{some} in {}", thousands(of)))
}

/// "1 stranger in 38,000" or "4 strangers in 10".
pub(crate) fn strangers_in(rate: f64) -> String {
    rate_parts(rate).map_or_else(
        || "no stranger".to_owned(),
        |(some, of)| format!("{some} {} in {}", if some == 1 { "stranger" } else { "strangers" }, thousands(of)),
    )
}

/// A similarity as "94 %": rounded down, so that 89.97 never reads as 90.
pub(crate) fn percent(similarity: f64) -> String {
    format!("{} %", similarity.clamp(0.0, 100.0).floor())
}

/// An age as "15 years", "1 year" or "less than a year", in whole years that have passed.
pub(crate) fn years(age: f64) -> String {
    match age.floor() as u64 {
        0 => "less than a year".to_owned(),
        1 => "1 year".to_owned(),
        n => format!("{n} years"),
    }
}

/// The sentence about the ages of the portraits; `None` entries are unknown. Empty when none is known.
pub(crate) fn ages(ages: &[Option<f64>]) -> String {
    let known: Vec<f64> = ages.iter().copied().flatten().collect();
    let (Some(young), Some(old)) = (known.iter().copied().reduce(f64::min), known.iter().copied().reduce(f64::max))
    else {
        return String::new();
    };
    if ages.len() == 1 {
        return format!("The portrait is {} old.", years(old));
    }
    let range = if years(young) == years(old) { years(old) } else { format!("{} to {}", young.floor(), years(old)) };
    let who = if known.len() == ages.len() { "The portraits" } else { "The dated portraits" };
    format!("{who} are {range} old.")
}

/// A measure's name in words: `InterEyeDistance` becomes `inter eye distance`.
pub(crate) fn spaced(name: &str) -> String {
    let name = name.trim_end_matches("OfTheFaceImage");
    let mut out = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push(' ');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// `text` broken into lines of at most `width` characters; words longer than that stand alone.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_read_as_people_say_them() {
        assert_eq!(one_in(2.6e-5), "1 in 38,000");
        assert_eq!(one_in(1e-4), "1 in 10,000");
        assert_eq!(one_in(1.0 / 1_234_567.0), "1 in 1,200,000");
        assert_eq!(one_in(0.08), "1 in 13");
        assert_eq!(one_in(0.43), "4 in 10");
        assert_eq!(one_in(1.0), "10 in 10");
        assert_eq!(one_in(0.0), "0");
        assert_eq!(one_in(f64::NAN), "0");
        assert_eq!(strangers_in(1.0 / 38_461.0), "1 stranger in 38,000");
        assert_eq!(strangers_in(0.43), "4 strangers in 10");
    }

    #[test]
    fn a_similarity_below_the_working_point_never_reads_as_reaching_it() {
        assert_eq!(percent(89.97), "89 %");
        assert_eq!(percent(90.0), "90 %");
        assert_eq!(percent(-1.0), "0 %");
    }

    #[test]
    fn ages_of_one_and_of_several() {
        assert_eq!(ages(&[Some(15.4)]), "The portrait is 15 years old.");
        assert_eq!(ages(&[Some(0.2)]), "The portrait is less than a year old.");
        assert_eq!(ages(&[Some(3.0), Some(15.4)]), "The portraits are 3 to 15 years old.");
        assert_eq!(ages(&[Some(3.0), None]), "The dated portraits are 3 years old.");
        assert_eq!(ages(&[None]), "");
    }

    #[test]
    fn names_and_lines() {
        assert_eq!(spaced("InterEyeDistance"), "inter eye distance");
        assert_eq!(spaced("MarginAboveOfTheFaceImage"), "margin above");
        assert_eq!(wrap("one two  three", 7), ["one two", "three"]);
    }
}
