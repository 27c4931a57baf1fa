//! The rules that facts decide: who, with which reason, on which evidence.

use crate::support::{FOR, clerk, favourable, operator, supervisor};
use casework::Role;
use casework::reason::{Reason, Use};
use casework::service::{LivenessLevel, SecondFactor};
use casework::throttle::Gate;
use casework::visit::{
    Act, Actor, Facts, Finding, Judgement, Liveness, Outcome, PersonFacts, PersonState, Phase, Referral, Rules, State,
    apply,
};
use face::evidence::Band;
use jiff::Timestamp;

const RULES: Rules = Rules { liveness: LivenessLevel::Assist, second_factor: SecondFactor::Document };

/// Applies `act` as `actor` to the stored state `text`, with these facts about every person.
fn tried(text: &str, act: Act, actor: &Actor, change: impl Fn(&mut PersonFacts)) -> String {
    let state = State::parse(text).unwrap();
    let mut known = favourable(FOR);
    change(&mut known);
    let persons = vec![known; state.persons().len()];
    let facts = Facts { actor, rules: RULES, persons: &persons, deadline_passed: false };
    apply(&state, &act, &facts).map_or_else(|error| error.code().to_owned(), |next| next.to_string())
}

#[test]
fn facts_refuse_with_their_codes() {
    let (one, person) = (clerk("op-1"), 0);
    let begin = Act::BeginCapture { person };
    let close = Act::CloseEvidence { person };
    assert_eq!(tried("open|consent-given", begin, &one, |known| known.consent_live = false), "consent-first");
    assert_eq!(tried("open|evidence-closed", begin, &one, |known| known.consent_live = false), "consent-first");
    let later = Gate::Wait(Timestamp::UNIX_EPOCH);
    assert_eq!(tried("open|consent-given", begin, &one, |known| known.attempts = later), "attempts-wait");
    assert_eq!(tried("open|consent-given", begin, &one, |known| known.attempts = Gate::Off), "attempts-exhausted");
    assert_eq!(tried("open|capturing", close, &Actor::System, |known| known.consent_live = false), "consent-first");
    let (judge, open) = (Act::Judge { person, judgement: Judgement::Same }, Act::OpenEvidence { person });
    assert_eq!(tried("open|evidence-closed", judge, &one, |known| known.consent_live = false), "consent-first");
    assert_eq!(tried("open|judged-same", open, &one, |known| known.consent_live = false), "consent-first");
    let (shown, report) = ("open|evidence-open-same", Act::Report { person, reason: Reason::FaceDiffers });
    assert_eq!(tried(shown, Act::Confirm, &one, |known| known.consent_live = false), "consent-first");
    assert_eq!(tried(shown, report, &one, |known| known.consent_live = false), "consent-first");
    assert_eq!(tried("open|capturing", close, &Actor::System, |known| known.finding = None), "evidence-missing");
    let claim = Act::Claim { person: 1 };
    assert_eq!(tried("open|claimed,unclaimed", claim, &one, |known| known.claimed_twice = true), "visit-person-twice");
    assert_eq!(tried("open|claimed", claim, &one, |_| ()), "visit-person-unknown");
    assert_eq!(tried("open|claimed", Act::Expire, &Actor::System, |_| ()), "deadline-not-reached");
    assert_eq!(tried("open|consent-asked", Act::GiveConsent { person }, &one, |_| ()), "consent-of-person-only");
    assert_eq!(tried("open|capturing", close, &one, |_| ()), "actor-unfit");
    assert_eq!(tried("open|evidence-closed", Act::OpenEvidence { person }, &one, |_| ()), "judgement-first");
    assert_eq!(tried("open|evidence-closed", Act::Confirm, &one, |_| ()), "judgement-first");
}

#[test]
fn an_untrained_operator_compares_no_faces_and_does_the_rest() {
    let Actor::Operator(mut untrained) = clerk("op-1") else { unreachable!() };
    untrained.trained = false;
    let untrained = Actor::Operator(untrained);
    let judge = Act::Judge { person: 0, judgement: Judgement::Same };
    let report = Act::Report { person: 0, reason: Reason::PapersForged };
    assert_eq!(tried("open|evidence-closed", judge, &untrained, |_| ()), "training-expired");
    assert_eq!(tried("open|judged-same", Act::OpenEvidence { person: 0 }, &untrained, |_| ()), "training-expired");
    assert_eq!(tried("open|claimed", report, &untrained, |_| ()), "training-expired");
    let papers = Act::CheckPapers { person: 0, reason: Reason::PapersAgree };
    assert_eq!(tried("open|other-path", papers, &untrained, |_| ()), "open|papers-checked");
    assert_eq!(tried("open|papers-checked", Act::Confirm, &untrained, |_| ()), "confirmed|papers-checked");
}

#[test]
fn nobody_seconds_or_dismisses_their_own_report() {
    let text = "reported:0:face-differs:sup-1|evidence-open-different";
    let dismiss = Act::Dismiss { reason: Reason::SamePerson };
    // Both roles in one hand are possible; the rule is about the operator, not the role.
    let both = operator("sup-1", &[Role::Clerk, Role::Supervisor]);
    assert_eq!(tried(text, Act::Second, &both, |_| ()), "second-person-same");
    assert_eq!(tried(text, dismiss, &both, |_| ()), "second-person-same");
    assert_eq!(tried(text, Act::Second, &clerk("op-2"), |_| ()), "permission-missing");
    assert_eq!(
        tried(text, Act::Second, &supervisor("sup-2"), |_| ()),
        "suspected-impersonation:0:face-differs:sup-1:sup-2|evidence-open-different"
    );
    assert_eq!(tried(text, dismiss, &supervisor("sup-2"), |_| ()), "open|other-path");
}

#[test]
fn suspicion_by_face_needs_evidence_that_speaks_against() {
    let report = |reason| Act::Report { person: 0, reason };
    let face = report(Reason::FaceDiffers);
    let one = clerk("op-1");
    let set = |band, liveness| move |known: &mut PersonFacts| known.finding = Some(Finding { band, liveness });
    let same = "open|evidence-open-same";
    assert_eq!(tried(same, face, &one, set(Band::Match, Liveness::Live)), "reason-unfit");
    assert_eq!(tried(same, face, &one, set(Band::Inconclusive, Liveness::NotChecked)), "reason-unfit");
    assert!(tried(same, face, &one, set(Band::NoMatch, Liveness::Live)).starts_with("reported:0:face-differs:op-1|"));
    assert!(tried(same, face, &one, set(Band::Match, Liveness::Attack)).starts_with("reported:"));
    let different = "open|evidence-open-different";
    assert!(tried(different, face, &one, set(Band::Match, Liveness::Live)).starts_with("reported:"));
    assert_eq!(tried(different, face, &one, |known| known.finding = None), "evidence-missing");
    // Before the evidence opens, after a refusal and on the other path, a face is no ground.
    for text in
        ["open|claimed", "open|evidence-closed", "open|judged-different", "open|other-path", "open|papers-checked"]
    {
        assert_eq!(tried(text, face, &one, set(Band::NoMatch, Liveness::Attack)), "reason-unfit", "{text}");
        assert!(tried(text, report(Reason::PapersForged), &one, |_| ()).starts_with("reported:"), "{text}");
    }
}

#[test]
fn reasons_fit_their_acts() {
    let (one, two) = (clerk("op-1"), supervisor("sup-2"));
    for reason in Reason::ALL {
        let reason = *reason;
        let used_for = reason.row().used_for;
        let fits =
            |is: &[Use], result: String| assert_eq!(is.contains(&used_for), result != "reason-unfit", "{reason}");
        let (other, papers) = (Act::TakeOtherPath { person: 0, reason }, Act::CheckPapers { person: 0, reason });
        fits(&[Use::OtherPath], tried("open|claimed", other, &one, |_| ()));
        fits(&[Use::Papers], tried("open|other-path", papers, &one, |_| ()));
        let refer = Act::Refer { referral: Referral::MoreDocuments, reason };
        fits(&[Use::Refer], tried("open|claimed", refer, &one, |_| ()));
        let report = Act::Report { person: 0, reason };
        fits(&[Use::SuspectFace, Use::SuspectPapers], tried("open|evidence-open-different", report, &one, |_| ()));
        let reported = "reported:0:face-differs:op-1|evidence-open-different";
        fits(&[Use::Dismiss], tried(reported, Act::Dismiss { reason }, &two, |_| ()));
    }
}

#[test]
fn a_face_confirms_only_with_the_second_factor_and_a_match() {
    let one = clerk("op-1");
    let confirm = |text: &str, band, shown| {
        tried(text, Act::Confirm, &one, |known| {
            known.finding = Some(Finding { band, liveness: Liveness::NotChecked });
            known.factor_shown = shown;
        })
    };
    let same = "open|evidence-open-same";
    assert_eq!(confirm(same, Band::Match, true), "confirmed|evidence-open-same");
    assert_eq!(confirm(same, Band::Match, false), "second-factor-missing");
    assert_eq!(confirm(same, Band::Inconclusive, true), "not-settled");
    assert_eq!(confirm(same, Band::NoMatch, true), "not-settled");
    assert_eq!(confirm("open|evidence-open-different", Band::Match, true), "not-settled");
    assert_eq!(confirm("open|papers-checked", Band::NoMatch, false), "confirmed|papers-checked");
    assert_eq!(confirm("open|evidence-open-same,other-path", Band::Match, true), "not-settled");
    assert_eq!(
        confirm("open|evidence-open-cannot-say,papers-checked", Band::Match, true),
        "confirmed|evidence-open-cannot-say,papers-checked"
    );
}

#[test]
fn a_withdrawal_ends_the_face_way_and_a_report_by_face() {
    let withdraw = |text: &str, person| tried(text, Act::WithdrawConsent { person }, &Actor::Person, |_| ());
    for person in PersonState::ALL.iter().filter(|person| **person != PersonState::Unclaimed) {
        let expected = if *person == PersonState::PapersChecked { "papers-checked" } else { "other-path" };
        assert_eq!(withdraw(&format!("open|{person}"), 0), format!("open|{expected}"));
    }
    let both = "reported:0:face-differs:op-1|evidence-open-different,capturing";
    assert_eq!(withdraw(both, 0), "open|other-path,capturing");
    assert_eq!(withdraw(both, 1), "reported:0:face-differs:op-1|evidence-open-different,other-path");
    let papers = "reported:0:papers-forged:op-1|evidence-open-different";
    assert_eq!(withdraw(papers, 0), "reported:0:papers-forged:op-1|other-path");
}

#[test]
fn a_refusal_leaves_no_trace() {
    let refused = tried("open|consent-asked", Act::RefuseConsent { person: 0 }, &Actor::Person, |_| ());
    let withdrawn = tried("open|capturing", Act::WithdrawConsent { person: 0 }, &Actor::Person, |_| ());
    let other = Act::TakeOtherPath { person: 0, reason: Reason::CameraOutOfOrder };
    let chosen = tried("open|evidence-open-same", other, &clerk("op-1"), |_| ());
    assert!(refused == withdrawn && withdrawn == chosen && chosen == "open|other-path");
}

#[test]
fn an_outcome_says_who_seconded_whom() {
    let state = State::parse("suspected-impersonation:0:admitted:op-1:sup-2|claimed").unwrap();
    let Phase::Decided(Outcome::SuspectedImpersonation { report, second }) = state.phase() else { unreachable!() };
    assert_eq!((report.person, report.reason, report.by.as_str()), (0, Reason::Admitted, "op-1"));
    assert_eq!(second.as_str(), "sup-2");
    assert_eq!(state.outcome().unwrap().as_str(), "suspected-impersonation");
}
