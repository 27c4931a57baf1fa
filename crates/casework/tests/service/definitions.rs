//! What loads, what does not, and why.

use casework::service::{BUILTIN, Channel, Event};
use casework::{Language, Service, Services};
use proptest::prelude::*;

pub(crate) const CARD: &str = BUILTIN[0].1;
const REGISTRATION: &str = BUILTIN[1].1;
const MARRIAGE: &str = BUILTIN[2].1;

fn code(text: &str) -> &'static str {
    Service::parse(text).map_or_else(|error| error.code(), |_| "ok")
}

/// The identity card's definition with one passage changed.
pub(crate) fn changed(from: &str, to: &str) -> String {
    assert!(CARD.contains(from), "{from:?} does not stand in the definition");
    CARD.replacen(from, to, 1)
}

#[test]
fn the_shipped_services_load() {
    let services = Services::builtin().unwrap();
    let ids: Vec<&str> = services.current().map(|service| service.id().as_str()).collect();
    assert_eq!(ids, ["household.identity-card", "household.marriage", "household.registration"]);
    let variants = |id: &str| -> Vec<String> {
        services.get(id).unwrap().definition().variants.iter().map(|variant| variant.id.clone()).collect()
    };
    assert_eq!(variants("household.identity-card"), ["collect", "replace"]);
    assert_eq!(variants("household.registration"), ["transcript", "change"]);
    assert_eq!(variants("household.marriage"), ["register"]);
    let persons: Vec<usize> = services.current().map(Service::persons).collect();
    assert_eq!(persons, [1, 2, 1]);
    assert!(services.current().all(|service| service.require_channel(Channel::Counter).is_ok()));
}

#[test]
fn purposes_differ_so_that_templates_cannot_be_linked() {
    let services = Services::builtin().unwrap();
    let purposes: std::collections::BTreeSet<&str> = services.current().map(Service::purpose).collect();
    assert_eq!(purposes.len(), 3);
}

#[test]
fn what_is_asked_for_and_not_there_has_its_code() {
    let services = Services::builtin().unwrap();
    let card = services.get("household.identity-card").unwrap();
    assert_eq!(services.get("household.passport").unwrap_err().code(), "service-unknown");
    assert_eq!(services.version("household.marriage", 2).unwrap_err().code(), "service-unknown");
    assert_eq!(card.variant("change").unwrap_err().code(), "variant-unknown");
    assert_eq!(card.variant("collect").unwrap().title.en, "Collect a card that was applied for");
    assert_eq!(card.require_channel(Channel::Kiosk).unwrap_err().code(), "channel-not-offered");
}

#[test]
fn only_a_confirmed_change_is_told_to_other_agencies() {
    let services = Services::builtin().unwrap();
    let registration = services.get("household.registration").unwrap();
    let told = |variant, event| registration.notices(variant, event).count();
    assert_eq!(told("change", Event::Confirmed), 2);
    assert_eq!(told("change", Event::Referred), 0);
    assert_eq!(told("transcript", Event::Confirmed), 0);
}

#[test]
fn a_definition_without_an_equal_other_path_does_not_load() {
    let start = CARD.find("[other-path]").unwrap();
    let end = CARD.find("[[person]]").unwrap();
    assert_eq!(code(&format!("{}{}", &CARD[..start], &CARD[end..])), "service-other-path-missing");
    assert_eq!(code(&changed("extra-fee = 0", "extra-fee = 20")), "service-other-path-unequal");
    assert_eq!(code(&changed("extra-days = 0", "extra-days = 1")), "service-other-path-unequal");
    assert_eq!(code(&changed("extra-days = 0", "extra-days = -1")), "service-syntax");
}

#[test]
fn what_a_definition_may_not_say_has_its_code() {
    for (from, to, expected) in [
        ("format = 1", "format = 2", "service-format-unknown"),
        ("version = 1", "version = 0", "service-id-invalid"),
        ("version = 1", "version = 1.0", "service-syntax"),
        ("version = 1", "version = 1\nversion = 1", "service-syntax"),
        ("id = \"household.identity-card\"", "id = \"card\"", "service-syntax"),
        ("id = \"household.identity-card\"", "id = \"household.\"", "service-syntax"),
        ("id = \"household.identity-card\"", "id = \"household/../x.y\"", "service-syntax"),
        ("[\"counter\"]", "[]", "service-list-invalid"),
        ("[\"counter\"]", "[\"counter\", \"counter\"]", "service-list-invalid"),
        ("[\"counter\"]", "[\"street\"]", "service-syntax"),
        ("[\"counter\"]", "[\"counter\", \"kiosk\"]", "service-liveness-too-low"),
        ("[\"counter\"]", "[\"counter\", \"desk\"]", "ok"),
        ("fmr-max = 1e-4", "fmr-max = 1.1e-4", "service-fmr-out-of-bounds"),
        ("fmr-max = 1e-4", "fmr-max = 9e-7", "service-fmr-out-of-bounds"),
        ("fmr-max = 1e-4", "fmr-max = -1e-4", "service-fmr-out-of-bounds"),
        ("fmr-max = 1e-4", "fmr-max = nan", "service-fmr-out-of-bounds"),
        ("fmr-max = 1e-4", "fmr-max = 1e-6", "ok"),
        ("liveness = \"assist\"", "liveness = \"none\"", "service-syntax"),
        ("portrait-age-years-max = 30", "portrait-age-years-max = 0", "service-age-out-of-bounds"),
        ("portrait-age-years-max = 30", "portrait-age-years-max = 61", "service-age-out-of-bounds"),
        ("role = \"applicant\"", "role = \"Applicant\"", "service-id-invalid"),
        ("role = \"applicant\"", "role = \"\"", "service-id-invalid"),
        ("id = \"replace\"", "id = \"collect\"", "service-list-invalid"),
        ("code = \"household-identity-card\"", "code = \"a b\"", "service-id-invalid"),
        (
            "recipient = []",
            "recipient = [{ id = \"a\", name = { zh-Hant = \"甲\", zh-Hans = \"甲\", en = \"A\" } }]",
            "service-recipient-unknown",
        ),
        (
            "notice = []",
            "notice = [{ recipient = \"a\", event = \"confirmed\", variants = [\"collect\"] }]",
            "service-recipient-unknown",
        ),
        ("visit-minutes-max = 120", "visit-minutes-max = 4", "service-term-out-of-bounds"),
        ("visit-minutes-max = 120", "visit-minutes-max = 121", "service-term-out-of-bounds"),
        ("validity-minutes = 120", "validity-minutes = 527041", "service-term-out-of-bounds"),
        ("consent-record-days = 1825", "consent-record-days = 89", "service-term-out-of-bounds"),
        ("consent-record-days = 1825", "consent-record-days = 3661", "service-term-out-of-bounds"),
        ("evidence-days = 90", "evidence-days = 367", "service-term-out-of-bounds"),
        ("evidence-days = 90", "evidence-days = 0", "service-term-out-of-bounds"),
        ("visit-days = 1825", "visit-days = 89", "service-term-out-of-bounds"),
        ("incident-days = 1825", "incident-days = 0", "service-term-out-of-bounds"),
        ("incident-days = 1825", "incident-days = 1825\nframe-days = 1", "service-syntax"),
        ("title", "titel", "service-syntax"),
    ] {
        assert_eq!(code(&changed(from, to)), expected, "{to}");
    }
    assert_eq!(code(""), "service-syntax");
    assert_eq!(code("\u{0}"), "service-syntax");
    assert_eq!(code(&"#".repeat(64 * 1024 + 1)), "service-too-large");
}

#[test]
fn where_nobody_stands_by_the_face_needs_liveness_and_a_second_factor() {
    for channel in Channel::ALL.iter().filter(|channel| !channel.is_attended()) {
        let alone = changed("[\"counter\"]", &format!("[\"{channel}\"]"));
        assert_eq!(code(&alone), "service-liveness-too-low");
        let attended = alone.replace("\"assist\"", "\"attended\"");
        assert_eq!(code(&attended), "service-liveness-too-low");
        let unattended = alone.replace("\"assist\"", "\"unattended\"");
        assert_eq!(code(&unattended), "ok");
        assert_eq!(code(&unattended.replace("\"document\"", "\"none\"")), "service-second-factor-missing");
    }
}

#[test]
fn pictures_templates_and_scores_cannot_be_disclosed() {
    for field in ["portrait", "template", "score", "similarity", "picture", "frame"] {
        assert!(REGISTRATION.contains("\"event-kind\""));
        let text = REGISTRATION.replacen("\"event-kind\"", &format!("\"{field}\""), 1);
        assert_eq!(code(&text), "service-syntax", "{field}");
    }
    let nothing = REGISTRATION.replacen("[\"name\", \"number\", \"event-kind\", \"event-date\"]", "[]", 1);
    assert_eq!(code(&nothing), "service-list-invalid");
    let stranger = REGISTRATION.replacen("recipient = \"immigration\"", "recipient = \"police\"", 1);
    assert_eq!(code(&stranger), "service-recipient-unknown");
    let variant = REGISTRATION.replacen("variants = [\"change\"]", "variants = [\"marriage\"]", 1);
    assert_eq!(code(&variant), "service-list-invalid");
    let outward = REGISTRATION.replacen("event = \"confirmed\"", "event = \"suspected-impersonation\"", 1);
    assert_eq!(code(&outward), "service-syntax");
}

#[test]
fn a_visit_has_one_or_two_persons_with_different_roles() {
    assert_eq!(code(&MARRIAGE.replacen("second-spouse", "first-spouse", 1)), "service-list-invalid");
    let third = "[[person]]\nrole = \"third\"\n[person.title]\nzh-Hant = \"三\"\nzh-Hans = \"三\"\nen = \"Third\"\n";
    assert_eq!(code(&format!("{MARRIAGE}\n{third}")), "service-list-invalid");
    assert_eq!(code(&format!("{CARD}\n{third}")), "ok");
}

#[test]
fn texts_are_whole_and_in_their_language() {
    for (from, to) in [
        ("en = \"Applicant\"", "en = \" \""),
        ("en = \"Applicant\"", "en = \"申請人\""),
        ("zh-Hant = \"申請人\"", "zh-Hant = \"Applicant\""),
        ("zh-Hans = \"申请人\"", "zh-Hans = \"申请\\u202e人\""),
        ("en = \"Applicant\"", "en = \"Applic\\u0007ant\""),
        ("en = \"Applicant\"", "en = \"Applicant\\nApplicant\""),
    ] {
        assert_eq!(code(&changed(from, to)), "service-text-invalid", "{to}");
    }
    assert_eq!(code(&changed("en = \"Applicant\"", &format!("en = \"{}\"", "a".repeat(121)))), "service-text-invalid");
    assert_eq!(code(&changed("en = \"Applicant\"\n", "")), "service-syntax");
}

#[test]
fn files_are_named_after_what_they_hold() {
    let second = CARD.replacen("version = 1", "version = 2", 1);
    let parse = |files: &[(&str, &str)]| Services::parse(files);
    let both = parse(&[("household.identity-card@1.toml", CARD), ("household.identity-card.toml", &second)]).unwrap();
    assert_eq!(both.get("household.identity-card").unwrap().version(), 2);
    assert_eq!(both.version("household.identity-card", 1).unwrap().version(), 1);
    assert_eq!((both.current().count(), both.all().len()), (1, 2));
    for (files, expected) in [
        (vec![("card.toml", CARD)], "service-name-mismatch"),
        (vec![("household.identity-card@1.toml", CARD)], "service-name-mismatch"),
        (
            vec![("household.identity-card.toml", CARD), ("household.identity-card@2.toml", &second)],
            "service-name-mismatch",
        ),
        (vec![("household.identity-card.toml", CARD), ("household.identity-card@1.toml", CARD)], "service-twice"),
        (vec![("household.identity-card.toml", "format = 1")], "service-syntax"),
        (vec![("household.identity-card.toml", CARD); 257], "service-too-large"),
    ] {
        assert_eq!(parse(&files).unwrap_err().code(), expected);
    }
    let named = parse(&[("x.toml", "nonsense")]).unwrap_err().to_string();
    assert!(named.starts_with("service-syntax: x.toml: ") && !named.contains('\n'), "{named}");
    assert_eq!(parse(&[]).unwrap().current().count(), 0);
}

#[test]
fn no_file_that_is_cut_short_loads() {
    for (name, text) in BUILTIN {
        // The last key is `incident-days = 1825`: a cut inside its number still is a number.
        let whole = text.trim_end().len() - 3;
        for end in (0..whole).filter(|&end| text.is_char_boundary(end)) {
            assert!(Service::parse(&text[..end]).is_err(), "{name} cut at {end}");
        }
    }
}

proptest! {
    #[test]
    fn no_text_stops_the_parser(text in "\\PC{0,400}") {
        prop_assert_eq!(code(&text), "service-syntax");
    }

    #[test]
    fn no_damaged_byte_stops_the_parser(at in 0_usize..CARD.len(), byte: u8) {
        let mut bytes = CARD.as_bytes().to_vec();
        bytes[at] = byte;
        if let Ok(text) = String::from_utf8(bytes) {
            // What still loads is still whole: it has its other path and all its texts.
            if let Ok(service) = Service::parse(&text) {
                prop_assert!(service.definition().other_path.is_some());
                prop_assert!(Language::ALL.iter().all(|&l| service.consent_notice(l).sections.len() == 8));
            }
        }
    }
}
