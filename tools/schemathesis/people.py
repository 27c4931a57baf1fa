"""An office at work, through the API: somebody of each role, a station, persons, and visits brought as far as a call needs them.
Standard library only. As a program it prepares a new server: people.py URL SERVER_FOLDER OUT_FILE."""

import base64
import hashlib
import hmac
import io
import json
import os
import struct
import sys
import time
import urllib.error
import urllib.request
import zipfile

PASSWORD = "plum blossom in the first snow"
FIXTURES = os.path.join(os.path.dirname(__file__), "..", "..", "fixtures")
SERVICE = {"service": "household.identity-card", "variant": "collect", "channel": "counter"}
LINE = "9d8f1c2e"


def picture(name):
    with open(os.path.join(FIXTURES, name), "rb") as file:
        return file.read()


def code(secret, later=0):
    """RFC 6238, of the present half minute or one so many later."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30 + later), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1000000:06}"


def address():
    """Some address: the server's limits are per address, and this proxy is trusted to name it."""
    return ".".join(str(byte) for byte in b"\x0a" + os.urandom(3))


class Office:
    """What people.py prepared: tokens by role, ids by noun."""

    def __init__(self, url, known=None):
        self.url = url
        self.tokens, self.ids = (known or {}).get("tokens", {}), (known or {}).get("ids", {})

    def send(self, method, path, body=None, by=None, kind="application/json"):
        headers = {"x-forwarded-for": address(), "content-type": kind}
        if by:
            headers["authorization"] = f"Bearer {self.tokens.get(by, by)}"
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        request = urllib.request.Request(f"{self.url}/api/v1{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                content = answer.read()
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.code} {error.read().decode()}") from None
        return json.loads(content) if content[:1] in (b"{", b"[") else content

    def post(self, path, body, by=None):
        return self.send("POST", path, body, by)

    def accept(self, link):
        offer = self.post("/invitations/begin", {"token": link, "password": PASSWORD})
        body = {"token": link, "password": PASSWORD, "offer": offer["offer"], "code": code(offer["secret"])}
        return self.post("/invitations/finish", body)["token"], offer["secret"]

    def operator(self, roles, office=None):
        standing = {"office": office or self.ids["office"], "roles": roles, "trained_on": time.strftime("%Y-%m-%d", time.gmtime())}
        new = {"login": f"o{os.urandom(6).hex()}", "name": " and ".join(roles), "standing": standing}
        return {**self.post("/operators", new, "administrator"), "login": new["login"]}

    def station(self):
        return self.post("/stations", {"office": self.ids["office"], "name": os.urandom(6).hex(), "kind": "counter"}, "administrator")

    def person(self, portrait="obama-1.jpg"):
        number = f"A{os.urandom(5).hex()}"
        new = {"number": number, "name": "Somebody", "birth_date": "1961-08-04", "address": "1 Main Street", "language": "en"}
        person = self.post("/persons", new, "supervisor")["id"]
        shown = self.portrait(person, portrait) if portrait else None
        return {"person": person, "number": number, "portrait": shown}

    def portrait(self, person, name="obama-1.jpg"):
        path = f"/persons/{person}/portraits?source=identity-card&taken_on=2012-12"
        return self.send("POST", path, picture(name), "supervisor", "image/jpeg")["id"]

    def claimed(self, portrait="obama-1.jpg"):
        """A visit whose person is named."""
        person = self.person(portrait)
        visit = self.post("/visits", {**SERVICE, "station": self.ids["station"]}, "clerk")["id"]
        self.act(visit, "claim", {"person": 0, "number": person["number"]})
        return {**person, "visit": visit}

    def act(self, visit, verb, body):
        return self.post(f"/visits/{visit}/{verb}", body, "clerk")

    def asked(self):
        """A visit whose person was asked for consent; with the answer of one who agrees."""
        known = self.claimed()
        self.act(known["visit"], "consent", {"person": 0, "language": "en"})
        notice = self.send("GET", "/station/task", by="station")["notice"]
        answer = {"visit": known["visit"], "person": 0, "consent": notice["consent"], "notice_hash": notice["hash"], "agree": True}
        return {**known, "answer": answer, "consent": notice["consent"]}

    def agreed(self):
        known = self.asked()
        return {**known, "receipt": self.post("/station/consent", known["answer"], "station")["receipt"]}

    def camera(self):
        """A visit with the camera asked for."""
        known = self.agreed()
        self.act(known["visit"], "capture", {"person": 0})
        return known

    def opened(self):
        """The same with the camera open."""
        known = self.camera()
        nonce = self.post("/station/camera", {"visit": known["visit"], "person": 0}, "station")["nonce"]
        return {**known, "nonce": nonce}

    def captured(self, name="obama-2.jpg"):
        """A visit whose evidence is ready, and closed."""
        known = self.opened()
        form = f'--{LINE}\r\nContent-Disposition: form-data; name="nonce"\r\n\r\n{known["nonce"]}\r\n'
        form += f'--{LINE}\r\nContent-Disposition: form-data; name="frame"; filename="1.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        body = form.encode() + picture(name) + f"\r\n--{LINE}--\r\n".encode()
        taken = self.send("POST", "/station/frames", body, "station", f"multipart/form-data; boundary={LINE}")
        if not taken["usable"]:
            raise RuntimeError(f"no picture could be used: {taken}")
        return known

    def judged(self, name="obama-2.jpg", answer="same"):
        known = self.captured(name)
        self.act(known["visit"], "judgement", {"person": 0, "answer": answer})
        return known

    def papers(self):
        """A visit on the other path."""
        known = self.claimed()
        self.act(known["visit"], "other-path", {"person": 0, "reason": "person-prefers"})
        return known

    def elsewhere(self):
        """The same office at a station of its own: failed attempts at one station make the next one there wait."""
        station = self.station()
        token = self.post("/station/pair", {"code": station["code"]})["token"]
        return Office(self.url, {"tokens": {**self.tokens, "station": token}, "ids": {**self.ids, "station": station["station"]}})

    def reported(self):
        """Somebody else before the camera, and a report of it."""
        known = self.elsewhere().judged("biden-1.jpg", "different")
        self.act(known["visit"], "suspicion", {"person": 0, "reason": "face-differs"})
        return {**known, "incident": self.send("GET", "/incidents?limit=1", by="supervisor")["items"][0]["id"]}

    def looked_at(self):
        """The same, judged by the second operator."""
        known = self.reported()
        self.post(f"/incidents/{known['incident']}/judgement", {"answer": "different"}, "supervisor")
        return known

    def seconded(self):
        known = self.looked_at()
        self.post(f"/incidents/{known['incident']}/second", {}, "supervisor")
        return {**known, "notice": self.send("GET", "/notices", by="supervisor")["items"][0]["id"]}

    def archive(self):
        """A register of one person, to be imported."""
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            rows = f"number,name,birth_date,photo\nB{os.urandom(5).hex()},One,1961-08-04,1.jpg\nx,Two,1970-01-01,2.jpg\n"
            archive.writestr("list.csv", rows)
            archive.writestr("1.jpg", picture("obama-1.jpg"))
        return made.getvalue()


def first_link(url, work):
    """Waits for the server, and reads the first administrator's link from what it prints."""
    for _ in range(300):
        text = "".join(open(os.path.join(work, name)).read() for name in ("serve.txt", "log.txt"))
        if "/invitation#" in text:
            try:
                urllib.request.urlopen(f"{url}/api/v1/health/ready")
                return text.split("/invitation#")[1].split()[0].strip('"')
            except (urllib.error.URLError, ConnectionError):
                pass
        time.sleep(0.2)
    sys.exit("the server does not begin")


def prepare(url, work):
    office = Office(url)
    office.tokens["administrator"], _ = office.accept(first_link(url, work))
    contacts = [{"kind": "email", "value": "office@example.org"}]
    office.ids["office"] = office.post("/offices", {"code": "first", "name": "First", "contacts": contacts}, "administrator")["id"]
    for role in ["clerk", "supervisor", "auditor", "protection-officer"]:
        office.tokens[role], _ = office.accept(office.operator([role])["token"])
    station = office.station()
    office.ids["station"] = station["station"]
    office.tokens["station"] = office.post("/station/pair", {"code": station["code"]})["token"]
    known = office.seconded()
    office.ids.update({noun: known[noun] for noun in ("visit", "person", "portrait", "consent", "incident", "notice")})
    office.ids["import"] = office.send("POST", "/imports", office.archive(), "supervisor", "application/zip")["id"]
    office.ids["guardian"] = guardian(office, known["person"])
    return {"tokens": office.tokens, "ids": office.ids}


def guardian(office, child):
    new = {"guardian": office.person(None)["person"], "ground": "parent", "since": "2020-01-01", "until": "2035-01-01"}
    return office.post(f"/persons/{child}/guardians", new, "supervisor")["id"]


if __name__ == "__main__":
    with open(sys.argv[3], "w") as out:
        json.dump(prepare(sys.argv[1], sys.argv[2]), out)
