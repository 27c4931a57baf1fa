//! The whole table of the visit: every state, every act, and what comes of it.

use crate::support::{AGAINST, FOR, clerk, favourable, outsider, supervisor};
use casework::reason::Reason;
use casework::service::{LivenessLevel, SecondFactor};
use casework::visit::{Act, ActKind, Actor, Facts, Judgement, PersonState, Referral, Rules, State, apply, offers};
use std::collections::{BTreeMap, BTreeSet};

const RULES: Rules = Rules { liveness: LivenessLevel::Assist, second_factor: SecondFactor::Document };

/// Every act on the first person or the visit, with particulars that fit.
fn acts() -> Vec<Act> {
    let person = 0;
    let mut acts = vec![
        Act::Claim { person },
        Act::AskConsent { person },
        Act::GiveConsent { person },
        Act::RefuseConsent { person },
        Act::WithdrawConsent { person },
        Act::BeginCapture { person },
        Act::EndCapture { person },
        Act::CloseEvidence { person },
    ];
    acts.extend(Judgement::ALL.iter().map(|&judgement| Act::Judge { person, judgement }));
    acts.extend([
        Act::OpenEvidence { person },
        Act::TakeOtherPath { person, reason: Reason::PersonPrefers },
        Act::CheckPapers { person, reason: Reason::PapersAgree },
        Act::Report { person, reason: Reason::FaceDiffers },
        Act::Report { person, reason: Reason::PapersForged },
        Act::Confirm,
        Act::Refer { referral: Referral::OtherPath, reason: Reason::OtherWayChosen },
        Act::Refer { referral: Referral::MoreDocuments, reason: Reason::PapersMissing },
        Act::Second,
        Act::Dismiss { reason: Reason::SamePerson },
        Act::GiveUp,
        Act::Abandon,
        Act::Expire,
    ]);
    acts
}

/// Who does the act by right.
fn doer(kind: ActKind) -> Actor {
    match kind {
        ActKind::GiveConsent | ActKind::RefuseConsent | ActKind::WithdrawConsent | ActKind::GiveUp => Actor::Person,
        ActKind::EndCapture | ActKind::CloseEvidence | ActKind::Expire => Actor::System,
        ActKind::Second | ActKind::Dismiss => supervisor("sup-2"),
        _ => clerk("op-1"),
    }
}

/// What comes of `act`, with everything in its favour; a report by face with evidence that speaks against.
fn outcome(state: &State, act: &Act) -> Result<State, &'static str> {
    let finding = if act.kind() == ActKind::Report { AGAINST } else { FOR };
    let persons = vec![favourable(finding); state.persons().len()];
    let actor = doer(act.kind());
    let facts = Facts { actor: &actor, rules: RULES, persons: &persons, deadline_passed: true };
    apply(state, act, &facts).map_err(|error| error.code())
}

fn name(act: &Act) -> String {
    let kind = act.kind();
    match act {
        Act::Judge { judgement, .. } => format!("{kind} {judgement}"),
        Act::Report { reason, .. } => format!("{kind} {reason}"),
        Act::Refer { referral, .. } => format!("{kind} {referral}"),
        _ => kind.to_string(),
    }
}

/// What ends an open visit in every state; left out of the table, tested on its own.
const ENDS: [ActKind; 4] = [ActKind::Refer, ActKind::GiveUp, ActKind::Abandon, ActKind::Expire];

/// What has changed from `before`: a person, the phase, or both.
fn change(before: &State, after: &State) -> String {
    match after.phase() {
        _ if after.phase() == before.phase() => after.persons()[0].to_string(),
        phase if after.persons() == before.persons() => phase.as_str().to_owned(),
        phase => format!("{} {}", phase.as_str(), after.persons()[0]),
    }
}

/// One state in two lines: what each act makes of it, and refusals by code; the most common refusal is not spelt out.
fn rows(text: &str) -> String {
    let state = State::parse(text).unwrap();
    let (mut moves, mut refused) = (Vec::new(), BTreeMap::<&str, Vec<String>>::new());
    let mut possible = BTreeSet::new();
    for act in acts() {
        match outcome(&state, &act) {
            Ok(next) => {
                possible.insert(act.kind());
                if !ENDS.contains(&act.kind()) {
                    moves.push(format!("{} -> {}", name(&act), change(&state, &next)));
                }
            }
            Err(code) => refused.entry(code).or_default().push(name(&act)),
        }
    }
    let offered: BTreeSet<ActKind> = offers(&state).iter().map(|offer| offer.kind).collect();
    assert_eq!(offered, possible, "what {text} offers is what it allows");
    let most = refused.values().map(Vec::len).max().unwrap_or(0);
    let refused: Vec<String> = refused
        .into_iter()
        .map(|(code, acts)| {
            let acts = if acts.len() == most { format!("{most} others") } else { acts.join(", ") };
            format!("{code}: {acts}")
        })
        .collect();
    format!("{text}: {}\n  ({})\n", moves.join("; "), refused.join("; "))
}

#[test]
fn every_open_visit_can_end() {
    for person in PersonState::ALL {
        let state = State::parse(&format!("open|{person}")).unwrap();
        let ends: Vec<String> = acts()
            .iter()
            .filter(|act| ENDS.contains(&act.kind()))
            .map(|act| outcome(&state, act).unwrap().to_string())
            .collect();
        let expected = ["referred-other-path", "referred-more-documents", "withdrawn", "abandoned", "expired"];
        assert_eq!(ends, expected.map(|outcome| format!("{outcome}|{person}")));
    }
}

#[test]
fn every_state_of_a_person_in_an_open_visit() {
    let table: String = PersonState::ALL.iter().map(|person| rows(&format!("open|{person}"))).collect();
    insta::assert_snapshot!(table, @"
    open|unclaimed: claim -> claimed
      (not-settled: confirm; transition-refused: 17 others)
    open|claimed: ask-consent -> consent-asked; refuse-consent -> other-path; withdraw-consent -> other-path; take-other-path -> other-path; report papers-forged -> reported
      (consent-first: begin-capture; not-settled: confirm; reason-unfit: report face-differs; transition-refused: 11 others)
    open|consent-asked: give-consent -> consent-given; refuse-consent -> other-path; withdraw-consent -> other-path; take-other-path -> other-path; report papers-forged -> reported
      (consent-first: begin-capture; not-settled: confirm; reason-unfit: report face-differs; transition-refused: 11 others)
    open|consent-given: withdraw-consent -> other-path; begin-capture -> capturing; take-other-path -> other-path; report papers-forged -> reported
      (not-settled: confirm; reason-unfit: report face-differs; transition-refused: 13 others)
    open|capturing: withdraw-consent -> other-path; end-capture -> consent-given; close-evidence -> evidence-closed; take-other-path -> other-path; report papers-forged -> reported
      (not-settled: confirm; reason-unfit: report face-differs; transition-refused: 12 others)
    open|evidence-closed: withdraw-consent -> other-path; begin-capture -> capturing; judge same -> judged-same; judge different -> judged-different; judge cannot-say -> judged-cannot-say; take-other-path -> other-path; report papers-forged -> reported
      (judgement-first: open-evidence, confirm; reason-unfit: report face-differs; transition-refused: 9 others)
    open|judged-same: withdraw-consent -> other-path; open-evidence -> evidence-open-same; take-other-path -> other-path; report papers-forged -> reported
      (judgement-first: confirm; reason-unfit: report face-differs; transition-refused: 13 others)
    open|judged-different: withdraw-consent -> other-path; open-evidence -> evidence-open-different; take-other-path -> other-path; report papers-forged -> reported
      (judgement-first: confirm; reason-unfit: report face-differs; transition-refused: 13 others)
    open|judged-cannot-say: withdraw-consent -> other-path; open-evidence -> evidence-open-cannot-say; take-other-path -> other-path; report papers-forged -> reported
      (judgement-first: confirm; reason-unfit: report face-differs; transition-refused: 13 others)
    open|evidence-open-same: withdraw-consent -> other-path; begin-capture -> capturing; take-other-path -> other-path; report face-differs -> reported; report papers-forged -> reported; confirm -> confirmed
      (transition-refused: 13 others)
    open|evidence-open-different: withdraw-consent -> other-path; take-other-path -> other-path; report face-differs -> reported; report papers-forged -> reported
      (not-settled: confirm; transition-refused: 14 others)
    open|evidence-open-cannot-say: withdraw-consent -> other-path; begin-capture -> capturing; take-other-path -> other-path; report face-differs -> reported; report papers-forged -> reported; confirm -> confirmed
      (transition-refused: 13 others)
    open|other-path: withdraw-consent -> other-path; check-papers -> papers-checked; report papers-forged -> reported
      (not-settled: confirm; reason-unfit: report face-differs; transition-refused: 14 others)
    open|papers-checked: withdraw-consent -> papers-checked; report papers-forged -> reported; confirm -> confirmed
      (reason-unfit: report face-differs; transition-refused: 15 others)
    ");
}

#[test]
fn a_reported_visit_waits_for_another_operator() {
    let table: String = [
        "reported:0:face-differs:op-1|evidence-open-different",
        "reported:0:papers-forged:op-1|evidence-open-same",
        "reported:0:papers-forged:op-1|other-path",
        "reported:0:papers-forged:op-1|papers-checked",
    ]
    .into_iter()
    .map(rows)
    .collect();
    insta::assert_snapshot!(table, @"
    reported:0:face-differs:op-1|evidence-open-different: withdraw-consent -> open other-path; second -> suspected-impersonation; dismiss -> open other-path
      (transition-refused: 20 others)
    reported:0:papers-forged:op-1|evidence-open-same: withdraw-consent -> other-path; second -> suspected-impersonation; dismiss -> open
      (transition-refused: 20 others)
    reported:0:papers-forged:op-1|other-path: withdraw-consent -> other-path; second -> suspected-impersonation; dismiss -> open
      (transition-refused: 20 others)
    reported:0:papers-forged:op-1|papers-checked: withdraw-consent -> papers-checked; second -> suspected-impersonation; dismiss -> open
      (transition-refused: 20 others)
    ");
}

#[test]
fn after_an_outcome_nothing_moves() {
    for text in [
        "confirmed|papers-checked",
        "referred-other-path|other-path",
        "referred-more-documents|claimed",
        "suspected-impersonation:0:face-differs:op-1:sup-2|evidence-open-different",
        "withdrawn|capturing",
        "abandoned|judged-same",
        "expired|consent-asked",
    ] {
        let state = State::parse(text).unwrap();
        assert!(acts().iter().all(|act| outcome(&state, act) == Err("visit-decided")), "{text}");
        assert!(offers(&state).is_empty());
    }
}

#[test]
fn a_visit_begins_with_nobody_claimed() {
    assert_eq!(State::opened(1).unwrap().to_string(), "open|unclaimed");
    assert_eq!(State::opened(2).unwrap().to_string(), "open|unclaimed,unclaimed");
    assert!([0, 3].into_iter().all(|persons| State::opened(persons).is_err()));
}

#[test]
fn each_act_belongs_to_somebody() {
    let everybody = [
        ("person", Actor::Person),
        ("system", Actor::System),
        ("clerk", clerk("op-1")),
        ("supervisor", supervisor("sup-2")),
        ("outsider", outsider("op-9")),
    ];
    let states: Vec<State> = PersonState::ALL
        .iter()
        .map(|person| format!("open|{person}"))
        .chain(["reported:0:face-differs:op-0|evidence-open-different".to_owned()])
        .map(|text| State::parse(&text).unwrap())
        .collect();
    let mut table = BTreeMap::<ActKind, BTreeSet<&str>>::new();
    for (who, actor) in &everybody {
        for (state, act) in states.iter().flat_map(|state| acts().into_iter().map(move |act| (state, act))) {
            let finding = if act.kind() == ActKind::Report { AGAINST } else { FOR };
            let persons = [favourable(finding)];
            let facts = Facts { actor, rules: RULES, persons: &persons, deadline_passed: true };
            if apply(state, &act, &facts).is_ok() {
                table.entry(act.kind()).or_default().insert(who);
            }
        }
    }
    let lines: String = table.iter().fold(String::new(), |text, (kind, who)| {
        format!("{text}{kind}: {}\n", who.iter().copied().collect::<Vec<_>>().join(" "))
    });
    insta::assert_snapshot!(lines, @"
    claim: clerk
    ask-consent: clerk
    give-consent: person
    refuse-consent: clerk person
    withdraw-consent: clerk person
    begin-capture: clerk
    end-capture: clerk system
    close-evidence: system
    judge: clerk
    open-evidence: clerk
    take-other-path: clerk person
    check-papers: clerk
    confirm: clerk
    refer: clerk
    report: clerk
    second: supervisor
    dismiss: supervisor
    give-up: clerk person
    abandon: clerk
    expire: system
    ");
    assert_eq!(table.len(), ActKind::ALL.len());
}
