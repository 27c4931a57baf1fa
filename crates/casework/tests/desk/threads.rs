//! A server runs procedures on many threads: each of their futures can go from one to another. That this compiles is the test.

use casework::Desk;
use casework::desk::{capture, casefile, consent, decide, incident, judge, picture, receipt, visit, withdraw};
use jiff::Timestamp;
use store::id::{IncidentId, VisitId};
use store::session::SignedIn;
use store::station::StationSeat;

fn can_move<T: Send>(_: &T) {}

struct On<'a> {
    desk: &'a Desk,
    by: &'a SignedIn,
    seat: &'a StationSeat,
    now: Timestamp,
    visit: &'a VisitId,
    incident: &'a IncidentId,
}

type Requests<'a> = (&'a visit::Open, &'a visit::Claim, &'a consent::Ask, &'a consent::Answer, &'a decide::Confirm);

fn at_the_counter(on: &On<'_>, (open, claim, ask, answer, confirm): Requests<'_>) {
    let &On { desk, by, seat, now, visit, .. } = on;
    can_move(&visit::open(desk, by, now, open));
    can_move(&visit::claim(desk, by, now, visit, claim));
    can_move(&visit::get(desk, by, now, visit));
    can_move(&visit::expire_due(desk, now, 1));
    can_move(&consent::ask(desk, by, now, visit, ask));
    can_move(&consent::station(desk, seat, now));
    can_move(&consent::answer(desk, seat, now, visit, answer));
    can_move(&decide::confirm(desk, by, now, visit, confirm));
}

fn with_pictures(on: &On<'_>, frames: capture::Frames, (judged, shown): (judge::Judge, &receipt::Shown)) {
    let &On { desk, by, seat, now, visit, incident: id } = on;
    can_move(&capture::begin(desk, by, now, visit, capture::Who { person: 0 }));
    can_move(&capture::open(desk, seat, now, visit, capture::Who { person: 0 }));
    can_move(&capture::take(desk, seat, now, frames));
    can_move(&picture::look(desk, by, now, visit, 0));
    can_move(&judge::judge(desk, by, now, visit, judged));
    can_move(&incident::second(desk, by, now, id));
    can_move(&casefile::export(desk, by, now, id));
    can_move(&receipt::show(desk, now, shown));
    can_move(&withdraw::by_receipt(desk, now, shown));
}

#[test]
fn every_procedure_can_wait_on_any_thread() {
    let _: fn(&On<'_>, Requests<'_>) = at_the_counter;
    let _: fn(&On<'_>, capture::Frames, (judge::Judge, &receipt::Shown)) = with_pictures;
}
