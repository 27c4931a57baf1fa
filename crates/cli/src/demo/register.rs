//! The register of a demonstration, and the photographs that stand for cameras. Names and numbers are made up; the photographs are those of
//! `fixtures/README.md`.

use crate::Clock;
use crate::exit::Result;
use crate::progress::Bar;
use ::eval::progress::Progress as _;
use ::server::demo::{Recording, Sample};
use casework::desk::Desk;
use casework::desk::guardian::{self, GuardianNew};
use casework::desk::person::{self, EventNew, PersonNew};
use casework::desk::portrait::{self, PortraitNew};
use jiff::civil::date;
use store::id::PersonId;
use store::session::SignedIn;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../../fixtures/", $name))
    };
}

/// A portrait and the day on which it was taken.
type Portrait = (&'static [u8], &'static str);

/// A person as the list has it.
pub(super) struct Entry {
    number: &'static str,
    name: &'static str,
    birth_date: &'static str,
    portraits: &'static [Portrait],
    /// What there is to try.
    what: &'static str,
    recording: Option<&'static str>,
}

/// The register.
pub(super) const PERSONS: [Entry; 5] = [
    Entry {
        number: "A123456789",
        name: "Sample One · 示範甲",
        birth_date: "1961-08-04",
        portraits: &[(fixture!("obama-2.jpg"), "2009-09-09"), (fixture!("obama-1.jpg"), "2012-12-06")],
        what: "two-portraits",
        recording: Some("sample-one"),
    },
    Entry {
        number: "B223456784",
        name: "Sample Two · 示範乙",
        birth_date: "1942-11-20",
        portraits: &[(fixture!("biden-1.jpg"), "2010-05-10")],
        what: "one-portrait",
        recording: Some("sample-two"),
    },
    Entry {
        number: "C123456787",
        name: "Sample Three · 示範丙",
        birth_date: "1950-01-01",
        portraits: &[],
        what: "no-portrait",
        recording: None,
    },
    Entry {
        number: "D223456781",
        name: "Sample Four · 示範丁",
        birth_date: "2015-05-01",
        portraits: &[],
        what: "child",
        recording: None,
    },
    Entry {
        number: "E123456783",
        name: "Sample Five · 示範戊",
        birth_date: "1970-02-03",
        portraits: &[],
        what: "locked",
        recording: None,
    },
];

/// Cameras for who has none.
pub(super) const RECORDINGS: [Recording; 4] = [
    Recording { name: "sample-one", picture: fixture!("counter-frame.jpg") },
    Recording { name: "sample-two", picture: fixture!("bystander.jpg") },
    Recording { name: "too-dark", picture: fixture!("dark.jpg") },
    Recording { name: "empty-chair", picture: fixture!("no-face.jpg") },
];

/// Enrols everybody.
pub(super) async fn fill(desk: &Desk, by: &SignedIn, clock: Clock, bar: &Bar) -> Result<Vec<Sample>> {
    let mut samples = Vec::new();
    let mut first = None;
    for entry in &PERSONS {
        let new = PersonNew {
            number: entry.number.to_owned(),
            name: entry.name.to_owned(),
            birth_date: entry.birth_date.to_owned(),
            address: None,
            language: None,
        };
        let id = person::enrol(desk, by, clock(), &new).await?.id;
        for (image, taken_on) in entry.portraits {
            let new = PortraitNew {
                person: id.clone(),
                image: image.to_vec(),
                taken_on: Some((*taken_on).to_owned()),
                source: "identity-card".to_owned(),
            };
            portrait::add(desk, by, clock(), new).await?;
        }
        special(desk, by, clock, (entry, &id, first.as_ref().unwrap_or(&id))).await?;
        first.get_or_insert(id);
        samples.push(Sample {
            number: entry.number.to_owned(),
            name: entry.name.to_owned(),
            what: entry.what.to_owned(),
            recording: entry.recording.map(str::to_owned),
        });
        bar.step();
    }
    Ok(samples)
}

/// What is special about a person.
async fn special(
    desk: &Desk,
    by: &SignedIn,
    clock: Clock,
    (entry, id, guardian): (&Entry, &PersonId, &PersonId),
) -> Result<()> {
    let event =
        |kind: &str, reason: Option<&str>| EventNew { kind: kind.to_owned(), reason: reason.map(str::to_owned) };
    match entry.what {
        "no-portrait" => {
            person::note(desk, by, clock(), id, &event("portrait-exception", Some("never-photographed"))).await?;
        }
        "locked" => {
            person::note(desk, by, clock(), id, &event("locked", None)).await?;
        }
        "child" => {
            let new = GuardianNew {
                guardian: guardian.clone(),
                ground: "parent".to_owned(),
                since: date(2015, 5, 1),
                until: date(2033, 5, 1),
            };
            guardian::set(desk, by, clock(), id, &new).await?;
        }
        _ => {}
    }
    Ok(())
}
