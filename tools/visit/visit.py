#!/usr/bin/env python3
"""Drives visits at a counter through the API alone, proves them as an auditor, and says each step in plain words.

tools/visit/run.sh builds the program and calls this. Standard library only, Python 3.9 or later.
"""

import argparse
import contextlib
import os
import shutil
import sys
import tempfile
import time

import auditor
import mistakes
import postgres
from api import Api, Refused
from installation import Installation, Killer
from office import CHEN, LIN, LIVE, WEI, Office, Visit, photo, say, weigh


def refused(code, act, *arguments, **named):
    """Calls, and demands this refusal."""
    try:
        answer = act(*arguments, **named)
    except Refused as why:
        assert why.code == code, f"refused with {why}, not with {code}"
        return why
    raise AssertionError(f"not refused with {code}: {answer}")


class Twice(Api):
    """Sends every act twice with one key: both answers must be one."""

    def __init__(self, url):
        super().__init__(url)
        self.compared = 0
        self.on = True

    def send(self, method, path, content=None, token=None, key=None):
        first = super().send(method, path, content, token, key)
        # Signing in is bounded for each address, and an import goes on by itself instead.
        if self.on and method == "POST" and key and not path.startswith(("/invitations", "/sessions", "/imports")):
            again = super().send(method, path, content, token, key)
            assert (again.status, again.body) == (first.status, first.body), f"{path}: another answer to the same key"
            assert again.replayed and not first.replayed or self.repeated, f"{path}: not replayed"
            self.compared += 1
        return first


def confirmed(office):
    say("\n(a) Wei Ming comes to collect an identity card.")
    visit = Visit(office, "household.identity-card", "collect")
    view = visit.claim(WEI)
    claimed = view["persons"][0]["claimed"]
    say(f"    The clerk types the number; the register has {claimed['name']} ({claimed['number']}), portrait of {claimed['portraits'][0]['taken_on']}.")
    refused("consent-first", visit.act, "capture", {"person": 0})
    receipt = visit.answer(True)["receipt"]
    say(f"    The station shows the text in traditional Chinese; Wei Ming agrees and gets a receipt of {len(receipt)} letters.")
    taken = visit.capture(photo(LIVE[WEI]), photo("no-face.jpg"))
    say(f"    Two pictures are taken; usable: {[frame['refused'] or 'yes' for frame in taken['frames']]}. Nobody is told a score.")
    assert taken["usable"] and "similarity" not in str(taken)
    refused("judgement-missing", visit.look, "/persons/0/evidence")
    refused("judgement-first", visit.act, "outcome/confirm", {"factors_shown": [0]})
    pictures = visit.pictures()
    say(f"    The clerk looks at {len(pictures['live'])} live picture beside {len(pictures['portraits'])} portrait and judges: same.")
    say(f"    Now the evidence opens: {weigh(visit.judge('same'))}.")
    refused("second-factor-missing", visit.act, "outcome/confirm", {})
    done = visit.act("outcome/confirm", {"factors_shown": [0]})
    assert done["phase"] == "confirmed" and done["persons"][0]["claimed"]["name"] is None
    refused("pictures-closed", visit.pictures)
    say("    The clerk sees the document too and confirms. The live pictures are gone, and the visit names nobody any more.")
    return receipt


def impostor(office):
    say("\n(b) Somebody else comes with Wei Ming's number.")
    visit = Visit(office, "household.identity-card", "collect", office.clerk2)
    visit.claim(WEI)
    visit.answer(True)
    visit.capture(photo("biden-1.jpg"))
    visit.pictures()
    say(f"    The clerk judges: different. The evidence: {weigh(visit.judge('different'))}.")
    assert visit.act("suspicion", {"person": 0, "reason": "face-differs"})["phase"] == "reported"
    one = office.api.get("/incidents", office.supervisor.token)["items"][0]
    path = f"/incidents/{one['id']}"
    assert one["visit"] == visit.id and one["waits_for_you"]
    for verb, body in [("judgement", {"answer": "different"}), ("second", {}), ("dismiss", {"reason": "same-person"})]:
        refused("second-person-same", office.api.post, f"{path}/{verb}", body, office.clerk2.token)
    say("    Jun reports it. Jun is a supervisor too, but cannot second the own report.")
    refused("permission-missing", office.api.post, f"{path}/second", {}, office.clerk.token)
    refused("judgement-missing", office.api.post, f"{path}/second", {}, office.supervisor.token)
    visit.pictures(by=office.supervisor)
    evidence = office.api.post(f"{path}/judgement", {"answer": "different"}, office.supervisor.token)
    assert evidence["judgement"] == "different"
    done = office.api.post(f"{path}/second", {}, office.supervisor.token)
    assert done["state"] == "confirmed" and visit.look()["phase"] == "suspected-impersonation"
    say("    Hui, the supervisor, looks at the pictures, judges them different too, and only then seconds: an incident.")
    notice = office.api.get("/notices", office.supervisor.token)["items"][0]
    assert notice["incident"] == one["id"] and notice["recipient"] == "office-contacts"
    file = office.api.get(f"{path}/case-file", office.supervisor.token)
    assert WEI not in str(file) and file["persons"][0]["evidence"]
    say(f"    A notice to the office's contacts is {notice['state']}; the case file has {len(file['entries'])} entries of the ledger and no picture.")
    refused("pictures-closed", visit.pictures, by=office.supervisor)


def other_path(office):
    say("\n(c) Lin An would rather not be photographed.")
    visit = Visit(office, "household.registration", "transcript")
    visit.claim(LIN)
    answer = visit.answer(False, language="en")
    assert not answer["agreed"] and answer["receipt"] is None
    say(f"    No is an answer. The station says what to bring instead: {answer['bring']['en'].split('.')[0]}.")
    refused("transition-refused", visit.act, "capture", {"person": 0})
    refused("not-settled", visit.act, "outcome/confirm", {})
    visit.act("papers", {"person": 0, "reason": "photo-document"})
    assert visit.act("outcome/confirm")["phase"] == "confirmed"
    say("    A driving licence settles it; the visit is confirmed like any other.")
    visit = Visit(office, "household.identity-card", "replace")
    assert visit.claim(CHEN)["persons"][0]["claimed"]["comparable"] is False
    refused("portrait-missing", visit.act, "consent", {"person": 0, "language": "en"})
    visit.act("other-path", {"person": 0, "reason": "no-usable-portrait"})
    visit.act("papers", {"person": 0, "reason": "witness-vouches"})
    assert visit.act("outcome/confirm")["phase"] == "confirmed"
    say("    Chen Yi has no portrait on file: consent is not even asked for, a witness vouches instead.")


def withdrawn(office):
    say("\n(d) Wei Ming agrees, and thinks better of it with the pictures already taken.")
    visit = Visit(office, "household.identity-card", "replace")
    visit.claim(WEI)
    receipt = visit.answer(True)["receipt"]
    visit.capture(photo(LIVE[WEI]))
    known = office.api.post("/receipts/show", {"receipt": receipt})
    assert known["consent"]["schema_version"] == "ISO/IEC TS 27560:2023"
    gone = office.api.post("/receipts/withdraw", {"receipt": receipt})
    deleted = gone["claims"]["deleted"]
    assert deleted["frames"] == 1 and deleted["evidences"] == 1, deleted
    say(f"    The receipt alone withdraws it. The certificate: {deleted}, entry {gone['claims']['ledger']['seq']} of the ledger.")
    refused("pictures-closed", visit.pictures)
    refused("transition-refused", visit.judge, "same")
    refused("transition-refused", visit.act, "capture", {"person": 0})
    again = office.api.post("/receipts/withdraw", {"receipt": receipt})
    assert again["claims"]["withdrawn_at"] == gone["claims"]["withdrawn_at"]
    visit.act("papers", {"person": 0, "reason": "papers-agree"})
    assert visit.act("outcome/confirm")["phase"] == "confirmed"
    say("    The next call is refused; papers settle it, and Wei Ming gets the card all the same.")


def marriage(office):
    say("\n(e) Wei Ming and Lin An register their marriage: two persons, one visit.")
    visit = Visit(office, "household.marriage", "register")
    visit.claim(WEI, 0)
    refused("visit-person-twice", visit.claim, WEI, 1)
    visit.claim(LIN, 1)
    for person, number in enumerate((WEI, LIN)):
        visit.answer(True, person, "zh-Hans")
        visit.capture(photo(LIVE[number]), person=person)
        visit.pictures(person)
        say(f"    Person {person + 1}: {weigh(visit.judge('same', person))}.")
        refused("not-settled" if person == 0 else "second-factor-missing", visit.act, "outcome/confirm", {"factors_shown": [0]})
    assert visit.act("outcome/confirm", {"factors_shown": [0, 1]})["phase"] == "confirmed"
    say("    Both are who they say they are; the marriage is registered.")


# How many visits the scenes open.
VISITS_A_ROUND = 6


def scenes(office):
    """All of them; the receipt of the first."""
    receipt = confirmed(office)
    impostor(office)
    other_path(office)
    withdrawn(office)
    marriage(office)
    return receipt


def settled(site, office, rounds):
    """After kills: no visit was opened twice, none is half-decided, and whatever is open can be ended."""
    visits = office.api.get("/visits?limit=200", office.clerk.token)["items"]
    assert len(visits) == VISITS_A_ROUND * rounds, f"{len(visits)} visits in {rounds} rounds"
    open_ones = [one for one in visits if one["phase"] in ("open", "reported")]
    for line in visits:
        view = office.api.get(f"/visits/{line['id']}", office.clerk.token)
        assert (view["closed"] is not None) == (line not in open_ones) and bool(view["offers"]) == (line in open_ones), view
    for line in open_ones:
        office.api.post(f"/visits/{line['id']}/outcome/leave", {"how": "abandoned"}, office.clerk.token)
    say(f"\n{site.kills} kills, {office.api.repeated} calls repeated; {len(visits)} visits, {len(open_ones)} of them open and then ended.")


def drive(asked, folder, database):
    site = Installation(asked.program, folder, database)
    say(f"An installation on {'PostgreSQL' if database else 'SQLite'}, served at {site.url}.")
    try:
        site.serve()
        api = Twice(site.url)
        for path in ("/demo", "/demo/camera.js", "/demo/recordings/sample-one"):
            assert site.status(path) == 404, f"a server has {path}"
        api.on = not asked.kill
        with Killer(site, asked.seed, asked.pause) if asked.kill else contextlib.nullcontext():
            office = Office(api, site.first_link())
            say(f"One office, one station, five operators beside the administrator {office.admin.login}.")
            view, rejected = office.register()
            assert (view["rows_total"], view["rows_rejected"]) == (5, 2), (view, rejected)
            say(f"The register takes {view['rows_total'] - view['rows_rejected']} persons of {view['rows_total']} rows; not taken: {'; '.join(rejected)}.")
            for round_ in range(asked.rounds):
                receipt = scenes(office)
            if not asked.kill:
                mistakes.all_of_them(office, refused)
        if asked.kill:
            site.serve_again()
            settled(site, office, asked.rounds)
        else:
            say(f"\n{api.compared} acts were sent twice with one key: the second answer was the first one each time.")
        auditor.asks(site, office, receipt, refused)
    finally:
        site.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", help="the binary `countenance`")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--database", metavar="URL", help="an empty PostgreSQL database instead of an SQLite file")
    where.add_argument("--postgres", metavar="URL", help="a PostgreSQL server that trusts: a schema is made there and dropped")
    parser.add_argument("--kill", action="store_true", help="kill the server at random moments and start it again")
    parser.add_argument("--seed", type=int, default=1, help="chooses the moments")
    parser.add_argument("--pause", type=float, default=4, help="longest time between two kills, seconds; an import of three photos must fit")
    parser.add_argument("--rounds", type=int, default=1, help="how often all visits are driven")
    parser.add_argument("--keep", action="store_true", help="leave the folder for a look")
    asked = parser.parse_args()
    began = time.monotonic()
    folder = tempfile.mkdtemp(prefix="countenance-visit-")
    try:
        with postgres.schema(asked.postgres) if asked.postgres else contextlib.nullcontext(asked.database) as database:
            drive(asked, folder, database)
    finally:
        if asked.keep:
            say(f"Kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    say(f"All of it held, in {time.monotonic() - began:.0f} s.")


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    main()
