//! The machine readable zone in EF.DG1: Doc 9303 part 3 §4, with the layouts of parts 4 (TD3), 5 (TD1) and 6 (TD2).

use super::date::{Date, number};
use super::tlv::{malformed, only};
use crate::code::Code;
use crate::error::{Error, Result};

/// Whose document it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Holder {
    /// The primary identifier, as transcribed into A to Z (part 3 §6); a long one may be cut.
    pub surname: String,
    /// The secondary identifiers, separated by spaces; empty if there are none or they did not fit.
    pub given_names: String,
    /// The nationality: the letters of the zone without their filling (part 3 §5), `D` for Germany.
    pub nationality: String,
    /// The birth date as far as it is known.
    pub birth: Birth,
    /// `F`, `M` or none.
    pub sex: Option<char>,
}

/// The document.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// The layout.
    pub layout: Layout,
    /// The document code without its filling: `P`, `ID`, …
    pub code: String,
    /// The issuing state or organisation: the letters of the zone without their filling.
    pub issuer: String,
    /// The document number without its filling.
    pub number: String,
    /// The last day on which the document is valid.
    pub expires: Date,
}

/// The three sizes of travel documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// A card: three lines of 30.
    Td1,
    /// A larger card: two lines of 36.
    Td2,
    /// A passport book: two lines of 44.
    Td3,
}

/// A birth date. Month and day may be unknown, and the year too (part 3 §4.8).
///
/// The zone has two digits of the year. The latest century is taken in which the date does not lie after the day of reading, so that
/// whoever is a hundred years old or older is read a hundred years too young.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Birth {
    /// The year.
    pub year: Option<i32>,
    /// The month, 1 to 12.
    pub month: Option<u8>,
    /// The day of the month, 1 to 31.
    pub day: Option<u8>,
}

/// Where the fields stand, as (first, one after the last) in the joined lines.
struct Fields {
    layout: Layout,
    name: (usize, usize),
    number: usize,
    optional: (usize, usize),
    nationality: usize,
    birth: usize,
    sex: usize,
    expiry: usize,
    /// What the last check digit covers, and where it stands.
    all: [(usize, usize); 4],
    check: usize,
}

const TD1: Fields = Fields {
    layout: Layout::Td1,
    name: (60, 90),
    number: 5,
    optional: (15, 30),
    nationality: 45,
    birth: 30,
    sex: 37,
    expiry: 38,
    all: [(5, 30), (30, 37), (38, 45), (48, 59)],
    check: 59,
};
const TD2: Fields = Fields {
    layout: Layout::Td2,
    name: (5, 36),
    number: 36,
    optional: (64, 71),
    nationality: 46,
    birth: 49,
    sex: 56,
    expiry: 57,
    all: [(36, 46), (49, 56), (57, 71), (71, 71)],
    check: 71,
};
const TD3: Fields = Fields {
    layout: Layout::Td3,
    name: (5, 44),
    number: 44,
    optional: (72, 86),
    nationality: 54,
    birth: 57,
    sex: 64,
    expiry: 65,
    all: [(44, 54), (57, 64), (65, 87), (87, 87)],
    check: 87,
};

/// Reads EF.DG1: tag 61 around tag 5F1F (part 10 §4.7.1).
pub(super) fn group(bytes: &[u8], today: Date) -> Result<(Holder, Document)> {
    let mut inner = only(bytes, 0x61)?;
    let zone = inner.expect(0x5F1F)?.value;
    inner.finish()?;
    zone_of(zone, today)
}

/// Reads the zone's lines, joined, on the day `today`.
fn zone_of(zone: &[u8], today: Date) -> Result<(Holder, Document)> {
    let fields = match zone.len() {
        90 => TD1,
        72 => TD2,
        88 => TD3,
        other => return Err(malformed(format!("a machine readable zone of {other} characters"))),
    };
    if !zone.iter().all(|c| matches!(c, b'A'..=b'Z' | b'0'..=b'9' | b'<')) {
        return Err(wrong("a character that machine readable zones do not have"));
    }
    let text =
        |from: usize, to: usize| String::from_utf8_lossy(&zone[from..to]).trim_end_matches('<').replace('<', " ");
    let covered = fields.all.map(|(from, to)| &zone[from..to]).concat();
    check(&covered, zone[fields.check], "the whole")?;
    check(&zone[fields.birth..fields.birth + 6], zone[fields.birth + 6], "the birth date")?;
    check(&zone[fields.expiry..fields.expiry + 6], zone[fields.expiry + 6], "the expiry date")?;
    // The check digit of the optional data of a passport may be left out when there are none (part 4 §4.2.2).
    let personal = &zone[fields.optional.0..fields.optional.1];
    if fields.layout == Layout::Td3 && (zone[86] != b'<' || personal.iter().any(|c| *c != b'<')) {
        check(personal, zone[86], "the personal number")?;
    }
    let number = document_number(zone, &fields)?;
    let (surname, given_names) = names(&zone[fields.name.0..fields.name.1]);
    let sex = match zone[fields.sex] {
        letter @ (b'F' | b'M') => Some(char::from(letter)),
        b'<' | b'X' => None,
        _ => return Err(wrong("the letter for the sex")),
    };
    let holder = Holder {
        surname,
        given_names,
        nationality: text(fields.nationality, fields.nationality + 3),
        birth: birth(&zone[fields.birth..fields.birth + 6], today)?,
        sex,
    };
    let expires = expiry(&zone[fields.expiry..fields.expiry + 6], today)?;
    Ok((holder, Document { layout: fields.layout, code: text(0, 2), issuer: text(2, 5), number, expires }))
}

/// The document number with its check digit. A card's number of more than 9 characters has `<` for its check digit and goes on in the
/// optional data, up to a `<`; the last character before is the check digit (part 5 §4.2.2, note j).
fn document_number(zone: &[u8], fields: &Fields) -> Result<String> {
    let (first, digit) = (&zone[fields.number..fields.number + 9], zone[fields.number + 9]);
    let mut number = first.to_vec();
    let mut given = digit;
    if digit == b'<' && fields.layout != Layout::Td3 {
        let optional = &zone[fields.optional.0..fields.optional.1];
        let more = optional.split(|c| *c == b'<').next().unwrap_or_default();
        let (last, more) = more.split_last().ok_or_else(|| wrong("the check digit of the document number"))?;
        number.extend_from_slice(more);
        given = *last;
    }
    check(&number, given, "the document number")?;
    Ok(String::from_utf8_lossy(&number).trim_end_matches('<').replace('<', " "))
}

/// Primary and secondary identifier: `<<` stands between them, `<` within them.
fn names(field: &[u8]) -> (String, String) {
    let field = String::from_utf8_lossy(field);
    let (surname, given) = field.split_once("<<").unwrap_or((&field, ""));
    let words = |part: &str| part.split('<').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    (words(surname), words(given))
}

/// Checks a check digit (part 3 §4.9): weights 7, 3, 1, letters from 10 on, the filling 0, modulo 10.
fn check(field: &[u8], digit: u8, what: &str) -> Result<()> {
    let value = |c: u8| match c {
        b'0'..=b'9' => u32::from(c - b'0'),
        b'A'..=b'Z' => u32::from(c - b'A') + 10,
        _ => 0,
    };
    let sum: u32 = field.iter().zip([7, 3, 1].iter().cycle()).map(|(c, weight)| value(*c) * weight).sum();
    if digit.is_ascii_digit() && u32::from(digit - b'0') == sum % 10 {
        return Ok(());
    }
    Err(wrong(format!("the check digit of {what}")))
}

/// A birth date of six characters; those that are not known are `<`.
fn birth(field: &[u8], today: Date) -> Result<Birth> {
    let part = |at: usize| match &field[at..at + 2] {
        b"<<" => Ok(None),
        digits => number(digits).map(Some).ok_or_else(|| wrong("the birth date")),
    };
    let (year, month, day) = (part(0)?, part(2)?.map(|m| m as u8), part(4)?.map(|d| d as u8));
    // What is not known is taken as the earliest day that it can be; 29 February may need the other century.
    let in_year = |year: i32| Date::new(year, month.unwrap_or(1), day.unwrap_or(1)).filter(|date| *date <= today);
    let century = today.year() - today.year() % 100;
    let year = year.map(|y| century + y as i32);
    let year = match year {
        Some(y) => {
            Some([y, y - 100].into_iter().find(|y| in_year(*y).is_some()).ok_or_else(|| wrong("the birth date"))?)
        }
        None => None,
    };
    // A leap year, so that every day of a year passes.
    if Date::new(2000, month.unwrap_or(1), day.unwrap_or(1)).is_none() {
        return Err(wrong("the birth date"));
    }
    Ok(Birth { year, month, day })
}

/// An expiry date of six digits: of the century in which it lies from 50 years before to 49 years after the year of reading.
fn expiry(field: &[u8], today: Date) -> Result<Date> {
    let parts: Option<Vec<u32>> = field.chunks(2).map(number).collect();
    let Some(&[year, month, day]) = parts.as_deref() else {
        return Err(wrong("the expiry date"));
    };
    let first = today.year() - 50;
    let year = first + (year as i32 - first).rem_euclid(100);
    Date::new(year, month as u8, day as u8).ok_or_else(|| wrong("the expiry date"))
}

fn wrong(detail: impl Into<String>) -> Error {
    Error::new(Code::ChipMrzInvalid, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The specimens of parts 4, 5 and 6, appendix A and B.
    const PASSPORT: &str = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10";
    const CARD: &str = "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<";
    const LARGE_CARD: &str = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<D231458907UTO7408122F1204159<<<<<<<6";

    fn today() -> Date {
        Date::new(2012, 4, 1).unwrap()
    }

    fn read(zone: &str) -> Result<(Holder, Document)> {
        zone_of(zone.as_bytes(), today())
    }

    #[test]
    fn the_specimens_of_doc_9303_are_read() {
        for (zone, layout, number) in [
            (PASSPORT, Layout::Td3, "L898902C3"),
            (CARD, Layout::Td1, "D23145890"),
            (LARGE_CARD, Layout::Td2, "D23145890"),
        ] {
            let (holder, document) = read(zone).unwrap();
            assert_eq!((holder.surname.as_str(), holder.given_names.as_str()), ("ERIKSSON", "ANNA MARIA"));
            assert_eq!((holder.nationality.as_str(), holder.sex), ("UTO", Some('F')));
            assert_eq!(holder.birth, Birth { year: Some(1974), month: Some(8), day: Some(12) });
            assert_eq!((document.layout, document.number.as_str()), (layout, number));
            assert_eq!((document.issuer.as_str(), document.expires.to_string()), ("UTO", "2012-04-15".to_owned()));
        }
    }

    #[test]
    fn every_changed_digit_of_a_field_with_a_check_digit_is_found() {
        for (zone, covered) in
            [(PASSPORT, 44..54), (PASSPORT, 57..64), (PASSPORT, 65..88), (CARD, 5..37), (LARGE_CARD, 57..72)]
        {
            for at in covered {
                let mut changed = zone.as_bytes().to_vec();
                // A letter counts as its last digit: Z and P are as good as 5 to a check digit.
                changed[at] = if matches!(changed[at], b'5' | b'F' | b'P' | b'Z') { b'6' } else { b'5' };
                assert_eq!(zone_of(&changed, today()).err().unwrap().code, Code::ChipMrzInvalid, "{zone} at {at}");
            }
        }
    }

    #[test]
    fn a_long_number_of_a_card_goes_on_in_the_optional_data() {
        // Part 5, appendix B: the number D23145890734 with the check digit 9.
        let zone = "I<UTOD23145890<7349<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2STEVENSON<<PETER<JOHN<<<<<<<<<";
        let (holder, document) = zone_of(zone.as_bytes(), Date::new(1994, 1, 1).unwrap()).unwrap();
        assert_eq!(document.number, "D23145890734");
        assert_eq!((holder.birth.year, document.expires.year()), (Some(1934), 1995));
    }

    #[test]
    fn the_century_follows_the_day_of_reading() {
        let today = Date::new(2026, 11, 22).unwrap();
        let year = |field: &[u8]| birth(field, today).unwrap().year;
        assert_eq!((year(b"261122"), year(b"261123"), year(b"270101")), (Some(2026), Some(1926), Some(1927)));
        assert_eq!(year(b"26<<<<"), Some(2026));
        assert_eq!(birth(b"<<<<<<", today).unwrap(), Birth { year: None, month: None, day: None });
        assert_eq!(year(b"000229"), Some(2000));
        assert!(
            birth(b"010229", today).is_err() && birth(b"<<1301", today).is_err() && birth(b"<A0101", today).is_err()
        );
        let expires = |field: &[u8]| expiry(field, today).unwrap().year();
        assert_eq!((expires(b"750101"), expires(b"760101"), expires(b"991231")), (2075, 1976, 1999));
        assert!(expiry(b"<<<<<<", today).is_err());
    }

    #[test]
    fn names_without_a_secondary_identifier_and_cut_names_are_read() {
        assert_eq!(names(b"ARKFREITH<<<<<<"), ("ARKFREITH".to_owned(), String::new()));
        assert_eq!(names(b"VAN<DER<MUELLEN<<E"), ("VAN DER MUELLEN".to_owned(), "E".to_owned()));
        assert_eq!(names(b"NILAVADHANANANDA"), ("NILAVADHANANANDA".to_owned(), String::new()));
    }

    proptest! {
        #[test]
        fn any_zone_is_read_or_refused(zone in "[A-Z0-9<]{72}|[A-Z0-9<]{88}|[A-Z0-9<]{90}", day in 0..40_000_i64) {
            let _ = zone_of(zone.as_bytes(), Date::at(day * 86_400));
        }
    }
}
