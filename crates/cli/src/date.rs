//! Portrait dates that may be known only to the month or the year, and the age of a portrait on the day of the check.

use crate::code::Code;
use crate::exit::{Failure, Result};
use jiff::civil::Date;

/// Mean length of a year of the Gregorian calendar in days.
const DAYS_PER_YEAR: f64 = 365.2425;
/// Oldest portrait in years; the engine has the same bound.
const AGE_YEARS_MAX: f64 = 150.0;

/// A day, a month or a year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PartialDate {
    first: Date,
    last: Date,
    text: String,
}

impl PartialDate {
    /// Reads `2009`, `2009-05`, `2009-05-31`, or `unknown`.
    pub(crate) fn parse(text: &str) -> Result<Option<Self>> {
        if text == "unknown" {
            return Ok(None);
        }
        Self::period(text)
            .map(|(first, last)| Some(Self { first, last, text: text.to_owned() }))
            .ok_or_else(|| Failure::new(Code::DateInvalid, format!("`{text}` is not a date")))
    }

    fn period(text: &str) -> Option<(Date, Date)> {
        let shape: Vec<usize> = text.split('-').map(str::len).collect();
        if !text.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
            return None;
        }
        let mut parts = text.split('-').map(str::parse::<i16>);
        let mut next = || parts.next()?.ok();
        match shape[..] {
            [4] => Date::new(next()?, 1, 1).ok().map(|first| (first, first.last_of_year())),
            [4, 2] => {
                let first = Date::new(next()?, next()? as i8, 1).ok()?;
                Some((first, first.last_of_month()))
            }
            [4, 2, 2] => Date::new(next()?, next()? as i8, next()? as i8).ok().map(|day| (day, day)),
            _ => None,
        }
    }

    /// The date as it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// True if the day itself is known.
    pub(crate) fn is_exact(&self) -> bool {
        self.first == self.last
    }

    /// Age in years on the day `on`: from the middle of the period, or of the part of it that is not after `on`.
    ///
    /// Refuses a date after `on` and an age of more than 150 years.
    pub(crate) fn age_years(&self, on: Date) -> Result<f64> {
        let out_of_range = |why: &str| {
            Failure::from(face::Error::new(
                face::Code::AgeOutOfRange,
                format!("a portrait of {} is {why} on {on}", self.text),
            ))
        };
        if self.first > on {
            return Err(out_of_range("not yet taken"));
        }
        let last = self.last.min(on);
        let days = f64::midpoint(days_between(self.first, on), days_between(last, on));
        let age = days / DAYS_PER_YEAR;
        if age > AGE_YEARS_MAX { Err(out_of_range("more than 150 years old")) } else { Ok(age) }
    }
}

/// Days from `from` to `to`; both are civil dates of years 0 to 9999, so the count fits easily.
fn days_between(from: Date, to: Date) -> f64 {
    (to - from).get_days().into()
}

/// Reads the day of the check, which must be a whole date.
pub(crate) fn day(text: &str) -> Result<Date> {
    match PartialDate::parse(text)? {
        Some(date) if date.is_exact() => Ok(date.first),
        _ => Err(Failure::new(Code::DateInvalid, format!("`{text}` is not a day; write it as 2026-11-21"))),
    }
}

/// The dates of `portraits` portraits: all unknown when `texts` is empty, else one for each.
pub(crate) fn of_portraits(texts: &[String], portraits: usize) -> Result<Vec<Option<PartialDate>>> {
    if texts.is_empty() {
        return Ok(vec![None; portraits]);
    }
    if texts.len() != portraits {
        let detail = format!("{} dates for {portraits} portraits", texts.len());
        return Err(Failure::new(Code::DateInvalid, detail));
    }
    texts.iter().map(|text| PartialDate::parse(text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn age(text: &str, on: Date) -> Result<f64> {
        PartialDate::parse(text)?.unwrap().age_years(on)
    }

    #[test]
    fn reads_days_months_years_and_nothing_else() {
        for good in ["2009", "2009-05", "2009-05-31", "2024-02-29"] {
            assert_eq!(PartialDate::parse(good).unwrap().unwrap().text(), good);
        }
        assert_eq!(PartialDate::parse("unknown").unwrap(), None);
        for bad in
            ["", "09", "2009-13", "2009-5", "2023-02-29", "31.05.2009", "2009-05-31T00", "-009", "２００９", "2009-"]
        {
            assert_eq!(PartialDate::parse(bad).unwrap_err().row.code, "date-invalid", "{bad}");
        }
    }

    #[test]
    fn ages_are_counted_from_the_middle_of_what_is_known() {
        let on = date(2024, 11, 21);
        assert!((age("2009-11-21", on).unwrap() - 15.0).abs() < 0.01);
        assert!((age("2009", on).unwrap() - 15.39).abs() < 0.01);
        assert!((age("2009-11", on).unwrap() - 15.02).abs() < 0.01);
        // The year has not ended: the middle of the days so far.
        assert!((age("2024", date(2024, 1, 3)).unwrap() - 1.0 / DAYS_PER_YEAR).abs() < 1e-9);
        assert!(age("2024-11-21", on).unwrap().abs() < 1e-9);
    }

    #[test]
    fn the_future_and_the_far_past_are_refused() {
        let on = date(2024, 11, 21);
        assert_eq!(age("2024-11-22", on).unwrap_err().row.code, "age-out-of-range");
        assert_eq!(age("1850", on).unwrap_err().row.code, "age-out-of-range");
    }

    #[test]
    fn dates_and_portraits_must_be_equally_many() {
        assert_eq!(of_portraits(&[], 2).unwrap(), [None, None]);
        assert_eq!(of_portraits(&["2009".into()], 2).unwrap_err().row.code, "date-invalid");
        assert_eq!(of_portraits(&["2009".into(), "unknown".into()], 2).unwrap()[1], None);
        assert_eq!(day("2024").unwrap_err().row.code, "date-invalid");
    }
}
