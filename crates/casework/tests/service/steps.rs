//! What the steps of a definition may be, every way through them, and their picture.

use casework::service::BUILTIN;
use casework::service::diagram::svg;
use casework::service::walk::{Ending, Way, ways};
use casework::{Language, Service, Services};
use proptest::prelude::*;
use std::collections::BTreeSet;

pub(crate) const HOUSING: &str = include_str!("../../../../docs/examples/housing.withdrawal.toml");

fn code(text: &str) -> &'static str {
    Service::parse(text).map_or_else(|error| error.code(), |_| "ok")
}

/// The example with one passage changed.
fn changed(from: &str, to: &str) -> String {
    assert!(HOUSING.contains(from), "{from:?} does not stand in the definition");
    HOUSING.replacen(from, to, 1)
}

/// The example without one of its steps, or with it at another place.
fn moved(id: &str, before: Option<&str>) -> String {
    let place = |text: &str, id: &str| {
        let from = text.find(&format!("[[step]]\nid = \"{id}\"")).unwrap();
        let rest = &text[from + 1..];
        let to = rest.find("[[step]]").or_else(|| rest.find("[retention]")).unwrap() + from + 1;
        from..to
    };
    let taken = place(HOUSING, id);
    let step = HOUSING[taken.clone()].to_owned();
    let mut left = HOUSING.to_owned();
    left.replace_range(taken, "");
    if let Some(before) = before {
        let at = place(&left, before).start;
        left.insert_str(at, &step);
    }
    left
}

#[test]
fn the_example_of_the_guide_holds_and_no_server_takes_what_it_cannot_carry_out() {
    let service = Service::parse(HOUSING).unwrap();
    let kinds: Vec<&str> = service.definition().steps.iter().map(|step| step.doing.kind()).collect();
    insta::assert_snapshot!(kinds.join(" "), @"identify consent face second-factor request form review second-person issue");
    let refused = Services::parse(&[("housing.withdrawal.toml", HOUSING)]).unwrap_err();
    assert_eq!(refused.code(), "service-step-not-yet");
    assert_eq!(refused.detail(), "housing.withdrawal.toml: step loan of the kind request");
}

#[test]
fn steps_that_do_not_fit_together_have_their_code() {
    for (text, expected) in [
        (moved("who", Some("face")), "service-course-invalid"),
        (moved("agree", None), "service-course-invalid"),
        (moved("face", Some("agree")), "service-course-invalid"),
        (moved("code", None), "service-course-invalid"),
        (moved("loan", Some("look")), "service-course-invalid"),
        (moved("loan", None), "service-course-invalid"),
        (moved("second", Some("paper")), "ok"),
        (moved("look", None), "service-course-invalid"),
        (moved("second", Some("look")), "service-course-invalid"),
        (changed("id = \"look\"", "id = \"loan\""), "service-list-invalid"),
        (changed("id = \"look\"", "id = \"Look\""), "service-id-invalid"),
        (changed("by = [\"number\"]", "by = []"), "service-list-invalid"),
        (changed("by = [\"number\"]", "by = [\"document\"]"), "service-course-invalid"),
        (changed("against = \"portraits\"", "against = \"document-chip\""), "service-course-invalid"),
        (changed("against = \"portraits\"", "against = \"everybody\""), "service-syntax"),
        (changed("factor = \"one-time-code\"\n\n", "factor = \"pin\"\n\n"), "service-course-invalid"),
        (changed("agency = \"bank\"", "agency = \"another-bank\""), "service-recipient-unknown"),
        (changed("[\"loan.outstanding\"]", "[\"loan.paid\"]"), "service-course-invalid"),
        (changed("[\"loan.outstanding\"]", "[]"), "service-list-invalid"),
        (changed("minutes = 4320", "minutes = 0"), "service-term-out-of-bounds"),
        // The bank may not take longer than the consent lasts, and nothing is kept longer than the visit's record.
        (changed("minutes = 4320", "minutes = 10081"), "service-term-out-of-bounds"),
        (changed("keep-days = 90", "keep-days = 1826"), "service-term-out-of-bounds"),
        (changed("what = \"document\"", "what = \"a-promise\""), "service-syntax"),
        (changed("kind = \"consent\"\n", "kind = \"consent\"\nasked = false\n"), "service-syntax"),
    ] {
        assert_eq!(code(&text), expected, "{text}");
    }
}

#[test]
fn a_definition_after_which_somebody_could_be_left_without_an_outcome_does_not_load() {
    let fee = |by: &str| {
        changed(
            "[[step]]\nid = \"paper\"",
            &format!(
                "[[step]]\nid = \"pay\"\n[step.do]\nkind = \"fee\"\namount = 2000\ncurrency = \"CNY\"\nby = [{by}]\n\
                 [step.do.title]\nzh-Hant = \"規費\"\nzh-Hans = \"费用\"\nen = \"Fee\"\n\
                 [step.do.term]\nminutes = 60\nlate = \"end\"\nkeep-days = 1825\n\n[[step]]\nid = \"paper\""
            ),
        )
    };
    assert_eq!(code(&fee("\"cashier\"")), "ok");
    let alone = |text: &str| text.replacen("channels = [\"counter\", \"phone\"]", "channels = [\"phone\"]", 1);
    assert_eq!(code(&alone(&fee("\"cashier\""))), "service-outcome-missing", "nobody takes the money");
    assert_eq!(code(&alone(&fee("\"cashier\", \"qr\""))), "ok");
    assert_eq!(code(&fee("\"qr\"").replace("late = \"end\"", "late = \"go-on\"")), "service-outcome-missing");
    assert_eq!(code(&alone(&changed("what = \"document\"", "what = \"card\""))), "service-outcome-missing");
    for (from, to) in [("late = \"refer\"", "late = \"go-on\""), ("late = \"end\"", "late = \"go-on\"")] {
        assert_eq!(code(&changed(from, to)), "service-outcome-missing", "the amount rests on it");
    }
    let ends_with_a_request = moved("loan", Some("paper"));
    let cut = ends_with_a_request.find("[[step]]\nid = \"amount\"").unwrap();
    let loan = ends_with_a_request.find("[[step]]\nid = \"loan\"").unwrap();
    let paper = ends_with_a_request.find("[[step]]\nid = \"paper\"").unwrap();
    let end = ends_with_a_request.find("[retention]").unwrap();
    let text =
        format!("{}{}{}", &ends_with_a_request[..cut], &ends_with_a_request[loan..paper], &ends_with_a_request[end..]);
    assert_eq!(code(&text), "service-outcome-missing", "nobody reads what the bank says");
}

#[test]
fn every_way_ends_and_every_step_can_be_reached_with_and_without_the_face() {
    for text in BUILTIN.iter().map(|(_, text)| *text).chain([HOUSING]) {
        let service = Service::parse(text).unwrap();
        let all = ways(service.definition());
        let confirmed: Vec<&Way<'_>> = all.iter().filter(|way| way.ending == Ending::Confirmed).collect();
        let through = |papers: bool| {
            confirmed.iter().filter(|way| way.steps.iter().any(|(id, _)| *id == "other-path") == papers).count()
        };
        assert!(through(true) >= 1 && through(false) >= 1, "{}", service.id());
        let reached: BTreeSet<&str> = all.iter().flat_map(|way| way.steps.iter().map(|(id, _)| *id)).collect();
        assert!(service.definition().steps.iter().all(|step| reached.contains(step.id.as_str())));
        // Whoever takes the other path comes to the same steps of the service as whoever shows the face.
        let steps = &service.definition().steps;
        let who: BTreeSet<&str> = steps
            .iter()
            .filter(|step| step.doing.settles_who())
            .map(|step| step.id.as_str())
            .chain(["other-path"])
            .collect();
        let of_service: BTreeSet<Vec<&str>> = confirmed
            .iter()
            .map(|way| way.steps.iter().map(|(id, _)| *id).filter(|id| !who.contains(id)).collect())
            .collect();
        assert_eq!(of_service.len(), 1, "{of_service:?}");
        let unlike: BTreeSet<String> = all.iter().map(|way| format!("{way:?}")).collect();
        assert_eq!(unlike.len(), all.len(), "no way is told twice");
    }
}

#[test]
fn the_ways_of_the_identity_card_in_words() {
    let service = Service::parse(BUILTIN[0].1).unwrap();
    let told: Vec<String> = ways(service.definition())
        .iter()
        .map(|way| {
            let steps: Vec<String> = way.steps.iter().map(|(id, came)| format!("{id}:{came}")).collect();
            format!("{} = {}", steps.join(" "), way.ending)
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    who:found agree:agrees face:settles paper:shown = confirmed
    who:found agree:agrees face:settles paper:not-shown other-path:papers-agree = confirmed
    who:found agree:agrees face:settles paper:not-shown other-path:papers-lacking = referred-more-documents
    who:found agree:agrees face:settles paper:not-shown other-path:suspected = suspected-impersonation
    who:found agree:agrees face:does-not-settle other-path:papers-agree = confirmed
    who:found agree:agrees face:does-not-settle other-path:papers-lacking = referred-more-documents
    who:found agree:agrees face:does-not-settle other-path:suspected = suspected-impersonation
    who:found agree:agrees face:suspected = suspected-impersonation
    who:found agree:refuses other-path:papers-agree = confirmed
    who:found agree:refuses other-path:papers-lacking = referred-more-documents
    who:found agree:refuses other-path:suspected = suspected-impersonation
    who:not-found = referred-other-path
    ");
}

#[test]
fn the_picture_is_sound_in_every_language_and_keeps_to_its_frame() {
    let hostile = changed("en = \"Review\"", "en = \"Look & <see> \\\"it\\\"\"");
    for text in [HOUSING, BUILTIN[0].1, &hostile] {
        let service = Service::parse(text).unwrap();
        for language in Language::ALL {
            let picture = svg(&service, *language);
            let tags = picture.matches('<').count();
            assert_eq!(tags, picture.matches('>').count(), "every sign of a text is escaped");
            assert_eq!(picture.matches("<svg").count(), 1);
            assert!(picture.contains(&format!("lang=\"{language}\"")));
            let titles = service.definition().steps.iter().filter_map(|step| step.doing.title());
            let shown = titles.map(|title| title.get(*language)).filter(|title| !title.contains('&'));
            assert!(shown.into_iter().all(|title| picture.contains(title)));
        }
    }
    assert!(svg(&Service::parse(&hostile).unwrap(), Language::En).contains("Look &amp; &lt;see&gt; &quot;it&quot;"));
}

proptest! {
    #[test]
    fn whatever_loads_can_be_walked_to_an_end(order in Just((0..9).collect::<Vec<usize>>()).prop_shuffle(), cut in 0usize..9) {
        let starts: Vec<usize> = HOUSING.match_indices("[[step]]").map(|(at, _)| at).collect();
        let end = HOUSING.find("[retention]").unwrap();
        let piece = |at: usize| &HOUSING[starts[at]..starts.get(at + 1).copied().unwrap_or(end)];
        // The steps of who the person is stay first, so that many of the definitions load.
        let service: String = order.iter().filter(|at| **at >= 4).take(cut).map(|at| piece(*at)).collect();
        let text = format!("{}{}{}", &HOUSING[..starts[4]], service, &HOUSING[end..]);
        if let Ok(service) = Service::parse(&text) {
            let all = ways(service.definition());
            prop_assert!(all.iter().any(|way| way.ending == Ending::Confirmed));
            prop_assert!(all.iter().all(|way| !way.steps.is_empty()));
        }
    }
}
