"""What goes wrong on an ordinary day: each is refused with a code that says what to do, and the visit goes on."""

import time

from api import Login, Refused, one_time_code
from office import LIVE, LIN, WEI, Visit, photo, say

# The first bytes of a picture as a telephone saves it.
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(2000)


def all_of_them(office, refused):
    say("\nWhat goes wrong on an ordinary day:")
    two_clerks(office, refused)
    session_ends(office, refused)
    station_unplugged(office, refused)
    poor_pictures(office, refused)
    clocks(office, refused)


def two_clerks(office, refused):
    visit = Visit(office, "household.identity-card", "collect")
    visit.claim(WEI)
    refused("transition-refused", visit.act, "claim", {"person": 0, "number": LIN}, office.clerk2)
    visit.answer(True)
    visit.capture(photo(LIVE[WEI]))
    visit.judge("same")
    # The one who did not judge may neither see the evidence nor judge a second time.
    refused("judgement-missing", visit.look, "/persons/0/evidence", office.clerk2)
    refused("transition-refused", visit.act, "judgement", {"person": 0, "answer": "different"}, office.clerk2)
    visit.act("outcome/confirm", {"factors_shown": [0]})
    late = refused("visit-decided", visit.act, "outcome/confirm", {"factors_shown": [0]}, office.clerk2)
    say(f"    Two clerks work on one visit: the later one is told {late.code} ({late.detail}).")


def session_ends(office, refused):
    visit = Visit(office, "household.identity-card", "collect")
    visit.claim(WEI)
    office.api.act("DELETE", f"/operators/{office.clerk.id}/sessions", None, office.admin.token)
    why = refused("session-ended", visit.act, "consent", {"person": 0, "language": "en"})
    office.clerk.sign_in()
    assert visit.state() == "claimed"
    visit.answer(True)
    visit.capture(photo(LIVE[WEI]))
    visit.judge("same")
    visit.act("outcome/confirm", {"factors_shown": [0]})
    say(f"    The clerk's session ends in the middle: {why.code}; signed in again, the visit goes on where it was.")


def station_unplugged(office, refused):
    visit = Visit(office, "household.identity-card", "collect")
    visit.claim(WEI)
    visit.answer(True)
    visit.act("capture", {"person": 0})
    nonce = visit.station("camera", {"visit": visit.id, "person": 0})["nonce"]
    unplugged = office.seat
    office.pair(office.api.post(f"/stations/{office.station}/code", {}, office.admin.token)["code"])
    refused("station-unknown", office.api.get, "/station/task", unplugged)
    assert office.api.get("/station/task", office.seat)["stage"] == "camera"
    again = visit.station("camera", {"visit": visit.id, "person": 0})["nonce"]
    refused("capture-ended", office.api.frames, nonce, [photo(LIVE[WEI])], office.seat)
    assert office.api.frames(again, [photo(LIVE[WEI])], office.seat)["usable"]
    visit.judge("same")
    visit.act("outcome/confirm", {"factors_shown": [0]})
    say("    The station is unplugged with the camera open and paired again: the old token is void, the camera opens anew.")


def poor_pictures(office, refused):
    whole = photo(LIVE[WEI])
    poor = {"image-unsupported": HEIC, "image-truncated": whole[: len(whole) // 2], "several-faces": photo("two-faces.jpg")}
    poor.update({"no-face": photo("no-face.jpg"), "image-corrupt": whole[:2000] + bytes(9000) + whole[11000:]})
    visit = Visit(office, "household.identity-card", "collect")
    visit.claim(WEI)
    visit.answer(True)
    taken = visit.capture(*poor.values())
    codes = [frame["refused"] for frame in taken["frames"]]
    assert not taken["usable"] and all(frame["action"] for frame in taken["frames"]), taken
    assert codes[0] == "image-unsupported" and codes[2:4] == ["several-faces", "no-face"], codes
    say(f"    Five pictures that cannot be used: {', '.join(codes)}. The attempt does not count; the camera can be asked for again.")
    visit.act("capture", {"person": 0})
    nonce = visit.station("camera", {"visit": visit.id, "person": 0})["nonce"]
    refused("body-too-large", office.api.frames, nonce, [whole, bytes(25 << 20)], office.seat)
    refused("frames-unfit", office.api.frames, nonce, [whole, b""], office.seat)
    refused("frames-unfit", office.api.frames, nonce, [], office.seat)
    refused("form-invalid", office.api.frames, nonce, [whole] * 9, office.seat)
    assert office.api.frames(nonce, [whole], office.seat)["usable"]
    visit.judge("same")
    visit.act("outcome/confirm", {"factors_shown": [0]})
    say("    Too large, empty, none, nine: each refused, and the same nonce is still good for the right ones.")
    person = office.api.post("/persons/find", {"number": LIN}, office.supervisor.token)["id"]
    path = f"/persons/{person}/portraits?source=counter"
    for content in poor.values():
        try:
            office.api.upload(path, "image/jpeg", content, office.supervisor.token)
            raise AssertionError("a portrait that cannot be used was taken")
        except Refused as why:
            assert why.status == 422 and why.action, why
    refused("body-too-large", office.api.upload, path, "image/jpeg", bytes(33 << 20), office.supervisor.token)
    say("    None of them becomes a portrait either.")


def clocks(office, refused):
    now = time.time()
    made = office.api.post(f"/operators/{office.clerk2.id}/invitation", {}, office.admin.token)
    offer = office.api.post("/invitations/begin", {"token": made["token"], "password": Login.PASSWORD})
    finish = {"token": made["token"], "password": Login.PASSWORD, "offer": offer["offer"]}
    why = refused("code-wrong", office.api.post, "/invitations/finish", dict(finish, code=one_time_code(offer["secret"], now - 300)))
    opened = office.api.post("/invitations/finish", dict(finish, code=one_time_code(offer["secret"], now + 25)))
    office.clerk2.token, office.clerk2.secret, office.clerk2.used = opened["token"], offer["secret"], now + 25
    say(f"    A telephone five minutes slow is refused ({why.action.lower().rstrip('.')}), one 25 seconds fast is not.")
