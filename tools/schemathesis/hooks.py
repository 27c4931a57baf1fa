"""What Schemathesis cannot know: which records there are, and what must have happened before a call can succeed. The first positive cases of an
operation get a fresh visit, person, link or code; the others get records that people.py made. Notes what every call answered."""

import collections
import json
import os
import random

import page
import requests
import schemathesis
from people import PASSWORD, Office, address, code, guardian, picture
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.transport.serialization import Binary

ROLE = os.environ["SCHEMATHESIS_ROLE"]
FRESH_CASES = 2

with open(os.environ["SCHEMATHESIS_SITE"]) as file:
    office = Office(os.environ["SCHEMATHESIS_URL"], json.load(file))
answers = open(os.environ["SCHEMATHESIS_ANSWERS"], "a", buffering=1)
count = collections.Counter()


def on(noun, made, body=None):
    """A call on a record that was just made."""
    known = made()
    path = {noun: known[noun]}
    if noun == "portrait":
        path["person"] = known["person"]
    return {"path": path, **({"body": body(known) if callable(body) else body} if body is not None else {})}


def visit(made, body=None):
    return lambda: on("visit", made, body)


def person(body=None):
    return lambda: on("person", office.person, body)


def incident(made, body=None):
    return lambda: on("incident", made, body)


def looked(made):
    return lambda: {"path": {"visit": made()["visit"], "person": 0}}


def operator():
    return {"operator": office.operator(["auditor"])["operator"]}


def someone():
    """A new operator who is signed in, with the secret of the one-time codes."""
    invited = office.operator(["auditor"])
    token, secret = office.accept(invited["token"])
    return {**invited, "bearer": token, "secret": secret}


def signing_in():
    known = someone()
    # A code is good once, so that of the next half minute: the server takes neighbours.
    return {"body": {"login": known["login"], "password": PASSWORD, "code": code(known["secret"], later=1)}}


def changing_password():
    known = someone()
    change = {"password": PASSWORD, "code": code(known["secret"], later=1), "new_password": "heron over the quiet river"}
    return {"body": change, "bearer": known["bearer"]}


def offered():
    link = office.operator(["auditor"])["token"]
    offer = office.post("/invitations/begin", {"token": link, "password": PASSWORD})
    return {"body": {"token": link, "password": PASSWORD, "offer": offer["offer"], "code": code(offer["secret"])}}


def place():
    entry = office.post("/ledger/search", {"limit": 1, "proofs": True}, "auditor")["entries"][0]
    return {"path": {"shard": entry["shard"], "seq": entry["seq"]}}


def sizes():
    return {"path": {"shard": "register"}, "query": {"old": 1, "new": 2}}


def note():
    return {"body": {"note": office.send("GET", "/ledger/root", by="auditor")["root"]}}


def started():
    return {"import": office.send("POST", "/imports", office.archive(), "supervisor", "application/zip")["id"]}


def ward():
    child = office.person(None)["person"]
    return {"path": {"person": child, "guardian": guardian(office, child)}}


def new_guardian():
    new = {"guardian": office.person(None)["person"], "ground": "parent", "since": "2020-01-01", "until": "2035-01-01"}
    return {"path": {"person": office.person(None)["person"]}, "body": new}


def another_office():
    return office.post("/offices", {"code": os.urandom(6).hex(), "name": "Spare"}, "administrator")["id"]


def an_agency():
    """A new agency that is told something."""
    new = {"code": os.urandom(6).hex(), "name": "Told", "endpoint": "http://localhost:9/", "purpose": "A test.", "fields": ["name"]}
    return office.post("/agencies", new, "administrator")["agency"]["id"]


def agency(body=None):
    return lambda: {"path": {"agency": an_agency()}, **({"body": body} if body else {})}


def failed():
    """A notice that could not be delivered."""
    known = office.seconded()
    office.send("POST", f"/notices/{known['notice']}/state", {"state": "failed"}, "supervisor")
    return known


def at_station(made):
    return lambda: {"body": {"visit": made()["visit"], "person": 0}}


def frames():
    return {"body": {"nonce": office.opened()["nonce"], "frame": [Binary(picture("obama-2.jpg"))]}}


def film():
    """A film that has begun, and its first picture."""
    nonce = office.opened()["nonce"]
    office.send("POST", "/station/film", {"nonce": nonce, "key": page.key()}, "station")
    shown = picture("obama-2.jpg")
    return {"body": {**page.first(nonce, shown), "frame": [Binary(shown)]}}


def receipt():
    return {"body": {"receipt": office.agreed()["receipt"]}}


# Operation: whose it is (nobody's: everybody's), and what makes a case that succeeds.
FRESH = {
    "access_answer": ("protection-officer", lambda: {"body": {"number": office.person()["number"]}}),
    "access_erase": ("protection-officer", lambda: {"body": {"number": office.person()["number"]}}),
    "agency_add": ("administrator", lambda: {"body": {"code": os.urandom(6).hex(), "name": "Told", "endpoint": "https://hooks.example.gov/in", "purpose": "A test.", "fields": ["name"]}}),
    "agency_change": ("administrator", agency({"name": "Told", "endpoint": "https://hooks.example.gov/in", "purpose": "A test.", "fields": []})),
    "agency_one": ("administrator", agency()),
    "agency_pause": ("administrator", agency()),
    "agency_renew_secret": ("administrator", agency({"overlap_hours": 24})),
    "agency_resume": ("administrator", agency()),
    "guardian_end": ("supervisor", ward),
    "guardian_set": ("supervisor", new_guardian),
    "import_start": ("supervisor", lambda: {"body": Binary(office.archive())}),
    "import_one": ("supervisor", lambda: {"path": started()}),
    "import_rejections": ("supervisor", lambda: {"path": started()}),
    "incident_case_file": ("supervisor", incident(office.seconded)),
    "incident_close": ("supervisor", incident(office.seconded, {"finding": "genuine-after-all"})),
    "incident_dismiss": ("supervisor", incident(office.looked_at, {"reason": "same-person"})),
    "incident_judge": ("supervisor", incident(office.reported, {"answer": "different"})),
    "incident_second": ("supervisor", incident(office.looked_at)),
    "ledger_compare": ("auditor", note),
    "ledger_consistency": ("auditor", sizes),
    "ledger_inclusion": ("auditor", place),
    "ledger_pseudonym": ("auditor", lambda: {"body": {"number": office.person()["number"]}}),
    "notice_delivery": ("supervisor", lambda: on("notice", office.seconded)),
    "notice_resend": ("supervisor", lambda: on("notice", failed)),
    "notice_mark": ("supervisor", lambda: on("notice", office.seconded, {"state": "sent"})),
    "office_add": ("administrator", lambda: {"body": {"code": os.urandom(6).hex(), "name": "Spare"}}),
    "office_change": ("administrator", lambda: {"path": {"office": another_office()}}),
    "office_close": ("administrator", lambda: {"path": {"office": another_office()}}),
    "operator_change": ("administrator", lambda: {"path": operator(), "body": {"roles": ["auditor"]}}),
    "operator_disable": ("administrator", lambda: {"path": operator()}),
    "operator_enable": ("administrator", lambda: {"path": disabled()}),
    "operator_invite": ("administrator", lambda: {"body": {"login": os.urandom(6).hex(), "name": "N", "standing": {"roles": ["auditor"]}}}),
    "operator_invite_again": ("administrator", lambda: {"path": operator()}),
    "operator_passkeys": ("administrator", lambda: {"path": operator()}),
    "operator_sign_out": ("administrator", lambda: {"path": operator()}),
    "person_change": ("supervisor", person({"why": "renamed", "name": "Somebody Else", "birth_date": "1961-08-04"})),
    "person_enrol": ("supervisor", lambda: {"body": {"number": os.urandom(6).hex(), "name": "Somebody", "birth_date": "1961"}}),
    "person_find": ("clerk", lambda: {"body": {"number": office.person()["number"]}}),
    "person_note": ("supervisor", person({"kind": "locked"})),
    "person_reset_attempts": ("supervisor", lambda: on("person", counted, {"purpose": "household-identity-card", "reason": "identity-settled"})),
    "portrait_add": ("supervisor", lambda: {**person(Binary(picture("obama-2.jpg")))(), "query": {"source": "counter"}}),
    "portrait_retire": ("supervisor", lambda: on("portrait", office.person)),
    "receipt_declared": ("protection-officer", lambda: on("consent", office.agreed)),
    "receipt_show": (None, receipt),
    "receipt_withdraw": (None, receipt),
    "seat_answer": ("station", lambda: {"body": office.asked()["answer"]}),
    "seat_begin_film": ("station", lambda: {"body": {"nonce": office.opened()["nonce"], "key": page.key()}}),
    "seat_film": ("station", film),
    "seat_frames": ("station", frames),
    "seat_look": ("station", frames),
    "seat_open_camera": ("station", at_station(office.camera)),
    "seat_other_path": ("station", at_station(office.claimed)),
    "seat_reword": ("station", lambda: {"body": {"visit": office.asked()["visit"], "person": 0, "language": "zh-Hant"}}),
    "service_notice": (None, lambda: {"path": {"service": "household.marriage"}, "query": {"language": "en"}}),
    "service_one": (None, lambda: {"path": {"service": "household.marriage"}}),
    "session_change_password": ("administrator", changing_password),
    "session_invitation_begin": (None, lambda: {"body": {"token": office.operator(["auditor"])["token"], "password": PASSWORD}}),
    "session_invitation_finish": (None, offered),
    "session_invitation_open": (None, lambda: {"body": {"token": office.operator(["auditor"])["token"]}}),
    "session_sign_in": (None, signing_in),
    "station_add": ("administrator", lambda: {"body": {"office": office.ids["office"], "name": os.urandom(6).hex(), "kind": "gate"}}),
    "station_new_code": ("administrator", lambda: {"path": {"station": office.station()["station"]}}),
    "station_pair": (None, lambda: {"body": {"code": office.station()["code"]}}),
    "station_revoke": ("administrator", lambda: {"path": {"station": office.station()["station"]}}),
    "visit_ask": ("clerk", visit(office.claimed, {"person": 0, "language": "zh-Hant"})),
    "visit_assign": ("clerk", visit(office.claimed, {"station": office.ids["station"]})),
    "visit_begin_capture": ("clerk", visit(office.agreed, {"person": 0})),
    "visit_check_papers": ("clerk", visit(office.papers, {"person": 0, "reason": "papers-agree"})),
    "visit_claim": ("clerk", lambda: unclaimed()),
    "visit_confirm": ("clerk", visit(office.judged, {"factors_shown": [0]})),
    "visit_end_capture": ("clerk", visit(office.opened, {"person": 0})),
    "visit_evidence": ("clerk", looked(office.judged)),
    "visit_judge": ("clerk", visit(office.captured, {"person": 0, "answer": "same"})),
    "visit_leave": ("clerk", visit(office.claimed, {"how": "given-up"})),
    "visit_one": ("clerk", visit(office.judged)),
    "visit_open": ("clerk", lambda: {"body": {"service": "household.marriage", "variant": "register", "channel": "counter"}}),
    "visit_other_path": ("clerk", visit(office.claimed, {"person": 0, "reason": "person-prefers"})),
    "visit_pictures": ("clerk", looked(office.captured)),
    "visit_refer": ("clerk", visit(office.papers, {"to": "more-documents", "reason": "papers-missing"})),
    "visit_suspect": ("clerk", visit(lambda: office.judged("biden-1.jpg", "different"), {"person": 0, "reason": "face-differs"})),
    "visit_withdraw": ("clerk", visit(office.agreed, lambda known: {"consent": known["consent"]})),
}
# These would end the run's own session.
SIGN_OUT = {"session_sign_out", "session_sign_out_everywhere"}
# What these do to a record would be felt by the calls after them; they get fresh ones only.
ENDS = {"guardian_end", "office_close", "portrait_retire"}


def counted():
    """Somebody whose comparisons are counted."""
    return office.judged("biden-1.jpg", "different")


def disabled():
    known = operator()
    office.post(f"/operators/{known['operator']}/disable", {}, "administrator")
    return known


def unclaimed():
    opened = office.post("/visits", {"service": "household.identity-card", "variant": "collect", "channel": "counter"}, "clerk")
    return {"path": {"visit": opened["id"]}, "body": {"person": 0, "number": office.person()["number"]}}


def is_positive(case):
    """Not one that is about a header: what it is would change with its body."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return False
    location = getattr(case.meta.phase.data, "parameter_location", None)
    return location is None or location.name != "HEADER"


def patiently(make):
    """On a busy machine a picture may take longer than a call may."""
    for _ in range(4):
        try:
            return make()
        except RuntimeError as error:
            if not any(code in str(error) for code in ("too-slow", "too-busy", "database-busy")):
                raise
    return make()


# The token of the next request, where it is not that of the run.
bearer = None
plain_send = requests.adapters.HTTPAdapter.send


def send(adapter, request, **more):
    """From another address each time. Not in the case: Schemathesis would take a case that lacks a header for one that somebody mended."""
    global bearer
    request.headers["X-Forwarded-For"] = address()
    if bearer and "Authorization" in request.headers:
        request.headers["Authorization"] = f"Bearer {bearer}"
    bearer = None
    return plain_send(adapter, request, **more)


requests.adapters.HTTPAdapter.send = send


@schemathesis.hook
def before_call(context, case, kwargs):
    global bearer
    operation = case.operation.definition.raw["operationId"]
    if case.method.upper() != case.operation.method.upper():
        return
    if operation in SIGN_OUT:
        count[operation] += 1
        fresh = ROLE == "administrator" and count[operation] <= FRESH_CASES
        bearer = someone()["bearer"] if fresh else "op_ended"
        return
    if not is_positive(case):
        return
    role, make = FRESH.get(operation, (None, None))
    if make and role in (None, ROLE) and count[operation] < FRESH_CASES:
        count[operation] += 1
        made = patiently(make)
        case.path_parameters = {**(case.path_parameters or {}), **made.get("path", {})}
        case.query = made.get("query", case.query)
        case.body = made.get("body", case.body)
        bearer = made.get("bearer")
    elif operation not in ENDS and random.random() < 0.75:
        for name, value in (case.path_parameters or {}).items():
            if isinstance(value, str) and name in office.ids:
                case.path_parameters[name] = office.ids[name]


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Schemathesis cannot hold bytes against a schema, and takes the pictures and archives made here for ones that violate it."""
    made = case.operation.definition.raw["operationId"] in {"import_start", "portrait_add", "seat_film", "seat_frames", "seat_look"}
    return not (made and isinstance(failure, AcceptedNegativeData))


@schemathesis.hook
def after_call(context, case, response):
    answers.write(f"{case.operation.definition.raw['operationId']} {response.status_code}\n")


for media_type in ("application/zip", "image/jpeg", "image/png"):

    @schemathesis.serializer(media_type)
    def raw(context, value):
        return getattr(value, "data", None) or (value if isinstance(value, bytes) else str(value).encode(errors="replace"))
