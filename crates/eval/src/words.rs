//! Numbers as people read them.

use crate::stats::Rate;

/// A count with a comma between thousands.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share as a percentage with about three digits that matter.
pub fn percent(share: f64) -> String {
    let value = share * 100.0;
    let decimals = match value.abs() {
        v if v <= 0.0 => 0,
        v if v >= 10.0 => 1,
        v if v >= 1.0 => 2,
        v => ((-v.log10()).floor() as usize + 2).min(8),
    };
    let text = format!("{value:.decimals$}");
    // 100.0 and 99.96 must not look alike.
    let text = if text == "100.0" && share < 1.0 { format!("{value:.3}") } else { text };
    format!("{} %", if share >= 1.0 { "100" } else { &text })
}

/// A rate with its interval: `1.20 % (0.9 % to 1.6 %)`; a dash without trials.
pub fn rate(rate: Rate) -> String {
    if rate.trials == 0 {
        return "–".to_owned();
    }
    format!("{} ({} to {})", percent(rate.value), percent(rate.low), percent(rate.high))
}

/// A small rate as `1 in 12,000`.
pub fn one_in(share: f64) -> String {
    if share <= 0.0 { "none".to_owned() } else { format!("1 in {}", count((1.0 / share).round() as u64)) }
}

/// The false-match rate for people: how many of 10,000 strangers would be taken for the person.
pub fn strangers(fmr: Rate) -> String {
    if fmr.hits == 0 {
        return format!(
            "None of {} comparisons of strangers reached 90. With 95 % confidence fewer than {} of 10,000 strangers would be taken for the person.",
            count(fmr.trials),
            count((fmr.high * 1e4).ceil() as u64)
        );
    }
    let of_10k = |share: f64| {
        let number = share * 1e4;
        if number >= 9.5 { count(number.round() as u64) } else { format!("{number:.1}") }
    };
    let about = match fmr.value * 1e4 {
        number if (0.5..1.5).contains(&number) => "one".to_owned(),
        _ => of_10k(fmr.value),
    };
    format!(
        "Of 10,000 strangers about {about} would be taken for the person (between {} and {} with 95 % confidence).",
        of_10k(fmr.low),
        of_10k(fmr.high)
    )
}

/// The false-non-match rate for people: how many of 1,000 right persons would not be recognised.
pub fn right_persons(fnmr: Rate) -> String {
    if fnmr.hits == 0 {
        return format!(
            "All of {} checks of the right person reached 90. With 95 % confidence fewer than {} of 1,000 would stay below.",
            count(fnmr.trials),
            count((fnmr.high * 1e3).ceil() as u64)
        );
    }
    let of_1k = |share: f64| {
        let number = share * 1e3;
        if number >= 9.5 { count(number.round() as u64) } else { format!("{number:.1}") }
    };
    format!(
        "Of 1,000 checks of the right person about {} would stay below 90 and need a second look (between {} and {} with 95 % confidence).",
        of_1k(fnmr.value),
        of_1k(fnmr.low),
        of_1k(fnmr.high)
    )
}

/// `text` with the characters that mean something in HTML escaped.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_percentages() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(0.5), "50.0 %");
        assert_eq!(percent(0.0123), "1.23 %");
        assert_eq!(percent(0.0001), "0.0100 %");
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(0.99999), "99.999 %");
        assert_eq!(one_in(0.0001), "1 in 10,000");
        assert_eq!(one_in(0.0), "none");
    }

    #[test]
    fn plain_words() {
        assert!(strangers(Rate::wilson(10, 100_000)).starts_with("Of 10,000 strangers about one would be taken"));
        assert!(strangers(Rate::wilson(0, 900)).contains("fewer than 43 of 10,000"));
        assert!(strangers(Rate::wilson(300, 100_000)).contains("about 30 would"));
        assert!(right_persons(Rate::wilson(30, 1000)).contains("about 30 would stay below 90"));
        assert!(right_persons(Rate::wilson(0, 85)).contains("fewer than 44 of 1,000"));
    }

    #[test]
    fn html_is_escaped() {
        assert_eq!(escape("<a href=\"x\">'&'</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
    }
}
