//! Days of the Gregorian calendar, and the two forms of time in certificates.

use super::tlv::{GENERALIZED_TIME, Reader, UTC_TIME, malformed};
use crate::error::Result;
use std::fmt;

/// Seconds of a day.
const DAY_S: i64 = 86_400;

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: i32,
    month: u8,
    day: u8,
}

impl Date {
    /// The day, if the calendar has it.
    pub fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 => 28 + u8::from(leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        (1..=days).contains(&day).then_some(Self { year, month, day })
    }

    /// The day in Greenwich at a time in seconds since 1970. Times beyond the years ±1,000,000 are taken for those years.
    pub fn at(unix_s: i64) -> Self {
        let limit = 365_000_000;
        // Days since 1 March of the year 0; years begin in March, so that the leap day is their last (H. Hinnant, "chrono-compatible
        // low-level date algorithms").
        let days = unix_s.div_euclid(DAY_S).clamp(-limit, limit) + 719_468;
        let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        Self { year: year as i32, month: month as u8, day: (of_year - (153 * from_march + 2) / 5 + 1) as u8 }
    }

    /// The second in which the day begins in Greenwich, since 1970.
    pub fn unix_s(self) -> i64 {
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let from_march = (i64::from(self.month) + 9) % 12;
        let of_year = (153 * from_march + 2) / 5 + i64::from(self.day) - 1;
        let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
        (era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468) * DAY_S
    }

    /// The year.
    pub fn year(self) -> i32 {
        self.year
    }

    /// The month, 1 to 12.
    pub fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, 1 to 31.
    pub fn day(self) -> u8 {
        self.day
    }
}

impl fmt::Display for Date {
    /// As in ISO 8601: `2026-11-22`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// The number that two or more digits make.
pub(super) fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |number, digit| match digit {
        b'0'..=b'9' => number.checked_mul(10)?.checked_add(u32::from(digit - b'0')),
        _ => None,
    })
}

/// A time of a certificate in seconds since 1970 (RFC 5280 §4.1.2.5): both forms end in `Z`; two digits of a year from 50 on are of the
/// last century.
pub(super) fn time(reader: &mut Reader<'_>) -> Result<i64> {
    let found = reader.next()?;
    let (year, rest) = match (found.tag, found.value) {
        (UTC_TIME, [y @ .., _, _, _, _, _, _, _, _, _, _, b'Z']) if y.len() == 2 => (y, &found.value[2..12]),
        (GENERALIZED_TIME, [y @ .., _, _, _, _, _, _, _, _, _, _, b'Z']) if y.len() == 4 => (y, &found.value[4..14]),
        _ => return Err(malformed("a time of a form that certificates do not have")),
    };
    let parts: Option<Vec<u32>> = rest.chunks(2).map(number).collect();
    let (Some(year), Some(&[month, day, hour, minute, second])) = (number(year), parts.as_deref()) else {
        return Err(malformed("a time with something but digits"));
    };
    let year = match year {
        0..50 if found.tag == UTC_TIME => year + 2000,
        50..100 if found.tag == UTC_TIME => year + 1900,
        _ => year,
    };
    let date = Date::new(year as i32, month as u8, day as u8).filter(|_| hour < 24 && minute < 60 && second < 61);
    let date = date.ok_or_else(|| malformed("a time that no clock shows"))?;
    Ok(date.unix_s() + i64::from(hour * 3600 + minute * 60 + second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_seconds_agree_over_four_centuries() {
        let mut last = None;
        for day in -60_000..90_000_i64 {
            let date = Date::at(day * DAY_S + day.rem_euclid(DAY_S));
            assert_eq!(date.unix_s(), day * DAY_S);
            assert_eq!(Date::new(date.year(), date.month(), date.day()), Some(date));
            assert!(last < Some(date));
            last = Some(date);
        }
        assert_eq!(Date::at(1_795_305_600).to_string(), "2026-11-22");
        assert_eq!(Date::at(-1).to_string(), "1969-12-31");
        assert_eq!(Date::new(1900, 2, 29), None);
        assert!(Date::at(i64::MIN) < Date::at(i64::MAX));
    }

    #[test]
    fn both_forms_of_time_are_read_and_others_refused() {
        let read = |tag: u16, text: &str| {
            let bytes = [&[tag as u8, text.len() as u8], text.as_bytes()].concat();
            time(&mut Reader::new(&bytes)).ok()
        };
        assert_eq!(read(UTC_TIME, "700101000001Z"), Some(1));
        assert_eq!(read(GENERALIZED_TIME, "20261122000000Z"), Some(1_795_305_600));
        assert_eq!(read(UTC_TIME, "491231235959Z"), Some(Date::new(2050, 1, 1).unwrap().unix_s() - 1));
        for text in
            ["7001010000Z", "700101000001", "700101000001+0100", "701301000001Z", "7O0101000001Z", "700101240001Z"]
        {
            assert_eq!(read(UTC_TIME, text), None, "{text}");
        }
        assert_eq!(read(GENERALIZED_TIME, "700101000001Z"), None);
    }
}
