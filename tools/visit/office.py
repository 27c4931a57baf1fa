"""An office as the scripts need it: operators who signed in, a paired station, a register with portraits."""

import io
import os
import time
import zipfile

from api import Login

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "fixtures")

# Who is in the register. The photographs are those of `fixtures/README.md`; the names and numbers are made up.
WEI, LIN, CHEN = "A123456789", "B198765432", "C111222333"
LIST = f"""number,name,birth_date,photo,photo_date,photo_source
{WEI},Wei Ming,1961-08-04,wei-2012.jpg,2012-12-06,identity-card
{LIN},Lin An,1942-11-20,lin-2010.jpg,2010-05-10,identity-card
{CHEN},Chen Yi,1950-01-01,,,
D222333444,Wu Fang,1970-02-03,lamp.jpg,2015-01-01,identity-card
{WEI},Wei Ming,1961-08-04,wei-2012.jpg,2012-12-06,identity-card
"""
PHOTOS = {"wei-2012.jpg": "obama-1.jpg", "lin-2010.jpg": "biden-1.jpg", "lamp.jpg": "no-face.jpg"}
# What a camera at the counter would see of them today.
LIVE = {WEI: "obama-2.jpg", LIN: "bystander.jpg"}


def photo(name):
    with open(os.path.join(FIXTURES, name), "rb") as file:
        return file.read()


def say(text):
    print(text, flush=True)


class Office:
    """Everybody and everything at one office."""

    def __init__(self, api, first_link):
        self.api = api
        self.admin = Login(api, first_link, "administrator")
        new = {"code": "da-an", "name": "Da-an Household Registration Office"}
        new["contacts"] = [{"kind": "email", "value": "duty@office.example"}]
        self.id = api.post("/offices", new, self.admin.token)["id"]
        self.clerk = self.operator("mei", "Mei, clerk", "clerk")
        self.clerk2 = self.operator("jun", "Jun, clerk and supervisor", "clerk", "supervisor")
        self.supervisor = self.operator("hui", "Hui, supervisor", "supervisor")
        self.auditor = self.operator("audit", "Auditor", "auditor")
        self.officer = self.operator("protect", "Protection officer", "protection-officer")
        new = {"office": self.id, "name": "Counter 1", "kind": "counter"}
        pairing = api.post("/stations", new, self.admin.token)
        self.station = pairing["station"]
        self.pair(pairing["code"])

    def operator(self, login, name, *roles):
        today = time.strftime("%Y-%m-%d", time.gmtime())
        standing = {"office": self.id, "roles": list(roles), "trained_on": today}
        made = self.api.post("/operators", {"login": login, "name": name, "standing": standing}, self.admin.token)
        return Login(self.api, made["token"], login)

    def pair(self, code):
        self.seat = self.api.post("/station/pair", {"code": code})["token"]

    def register(self):
        """Sends the list with its photos in, and waits for the end; the lines that were not taken."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("list.csv", LIST)
            for name, fixture in PHOTOS.items():
                archive.writestr(name, photo(fixture))
        token = self.supervisor.token
        while True:
            view = self.api.upload("/imports", "application/zip", packed.getvalue(), token)
            told = time.monotonic()
            # An import that was cut off goes on when its archive is sent again; one that stands still for long was cut off.
            while view["state"] == "running" and time.monotonic() < told + 4:
                time.sleep(0.1)
                now = self.api.get(f"/imports/{view['id']}", token)
                told = told if now == view else time.monotonic()
                view = now
            if view["state"] == "finished":
                rejections = self.api.send("GET", f"/imports/{view['id']}/rejections", None, token).body.decode()
                return view, [line for line in rejections.splitlines()[1:] if line]


class Visit:
    """One visit, as clerk and station call the API."""

    def __init__(self, office, service, variant, clerk=None):
        self.office, self.api = office, office.api
        self.clerk = clerk or office.clerk
        self.service = service
        new = {"service": service, "variant": variant, "channel": "counter", "station": office.station}
        self.id = self.api.post("/visits", new, self.clerk.token)["id"]

    def act(self, verb, body=None, by=None):
        return self.api.post(f"/visits/{self.id}/{verb}", body or {}, (by or self.clerk).token)

    def look(self, what="", by=None):
        return self.api.get(f"/visits/{self.id}{what}", (by or self.clerk).token)

    def claim(self, number, person=0):
        return self.act("claim", {"person": person, "number": number})

    def station(self, verb, body):
        return self.api.post(f"/station/{verb}", body, self.office.seat)

    def answer(self, agree, person=0, language="zh-Hant"):
        """The clerk asks, the station shows the text, the person answers there."""
        self.act("consent", {"person": person, "language": language})
        task = self.api.get("/station/task", self.office.seat)
        assert (task["stage"], task["visit"], task["person"]) == ("notice", self.id, person), task
        notice = task["notice"]
        public = self.api.get(f"/services/{self.service}/notice?language={language}")
        assert (public["text"], public["sha256"]) == (notice["text"], notice["hash"]), "the station shows another text than the service tells"
        body = {"visit": self.id, "person": person, "consent": notice["consent"], "notice_hash": notice["hash"], "agree": agree}
        return self.station("consent", body)

    def capture(self, *pictures, person=0):
        """The clerk asks for the camera, the station opens it and sends pictures in."""
        self.act("capture", {"person": person})
        camera = self.station("camera", {"visit": self.id, "person": person})
        return self.api.frames(camera["nonce"], list(pictures), self.office.seat)

    def pictures(self, person=0, by=None):
        return self.look(f"/persons/{person}/pictures", by)

    def judge(self, answer, person=0):
        return self.act("judgement", {"person": person, "answer": answer})

    def state(self, person=0):
        return self.look()["persons"][person]["state"]


def weigh(view):
    """Evidence in words."""
    evidence = view["evidence"]
    one = evidence["comparison"]
    # Beyond what the data could show, only the upper end of the interval may be told.
    at_most = one["fmr_extrapolated"]
    odds = f"{'fewer than 1' if at_most else '1'} stranger in {round(1 / one['fmr']['high' if at_most else 'value']):,}"
    ages = ", ".join(f"taken {portrait['taken_on'] or 'on an unknown day'}" for portrait in evidence["portraits"])
    limit = f"a match needs {one['threshold_similarity']:.0f} %"
    interval = f"{one['fmr']['low']:.1e} to {one['fmr']['high']:.1e}"
    return (
        f"similarity {one['similarity']:.0f} % ({limit}): {one['band']}; {odds} looks this alike (false-match rate {one['fmr']['value']:.1e}, "
        f"95 % interval {interval}). Portrait {ages}. Liveness: {evidence['liveness']['outcome']}. The judgement before was: {view['judgement']}. "
        f"Impostors so far: {view['base_rate']['impostors']} in {view['base_rate']['comparisons']:,}. It suggests: {view['suggestion']}"
    )
