"""Whole visits in two windows of a real browser, with a recorded camera. Usage: visits.py PROGRAM CHROMIUM FOLDER [SCENARIO...]"""

import os
import sys
import tempfile
import time
import traceback
import zipfile

from playwright.sync_api import sync_playwright

import account
import citizen
import liveness
import office
from look import Looker
from screens import Clerk, Staff, Station, captured, tab_to
from town import CHILD, LOCKED, ONE, THREE, TWO, Town, camera, launch, say, window

CITIZEN = (768, 1024)


class Scene:
    """One scenario: its town, its browser, its language."""

    def __init__(self, town, browsers, looker):
        self.town, self.browsers, self.looker = town, browsers, looker
        self.pages = []

    def window(self, language, size=(1280, 800), letters=16, **more):
        page = window(self.browsers[letters], self.town, language, size, **more)
        self.pages.append(page)
        return page

    def station(self, language, name="01", recording=None, **more):
        return Station(self.window(language, CITIZEN, **more), name, recording)

    def clerk(self, language, login="clerk", **more):
        return Clerk(self.window(language, **more), login)

    def faults(self):
        """What the browser complained of. A network that is taken away on purpose is no fault."""
        said = [fault for page in self.pages for fault in page.faults]
        return [fault for fault in said if "net::ERR_INTERNET_DISCONNECTED" not in fault and "Failed to load resource" not in fault]

    def close(self):
        for page in self.pages:
            page.context.close()
        self.pages = []


def genuine(scene, language="zh-Hant"):
    """The person is who they say they are; the receipt is read by a telephone."""
    station, clerk = scene.station(language), scene.clerk(language)
    scene.looker.look(station.page, f"{language}-station-idle")
    scene.looker.look(clerk.page, f"{language}-counter")
    clerk.open(ONE)
    scene.looker.look(clerk.page, f"{language}-visit-open")
    clerk.key("k")
    station.stage("notice")
    scene.looker.look(station.page, f"{language}-station-notice")
    station.answer(True)
    clerk.wait_for('#live [data-key="k"]')
    clerk.key("k")
    station.stage("camera")
    scene.looker.look(station.page, f"{language}-station-camera")
    station.page.locator("[data-ways]").click()
    scene.looker.look(station.page, f"{language}-station-ways")
    station.page.locator('.ways [data-way=""]').click()
    station.unchecked()
    clerk.wait_for("#compare canvas:visible")
    scene.looker.look(clerk.page, f"{language}-visit-eye")
    assert clerk.page.locator("#evidence svg").count() == 0, "the evidence is open before the judgement"
    clerk.judge("same")
    scene.looker.look(clerk.page, f"{language}-visit-evidence")
    clerk.confirm()
    scene.looker.look(clerk.page, f"{language}-visit-confirmed")
    station.stage("done")
    receipt = station.receipts()
    scene.looker.look(station.page, f"{language}-station-done")
    assert len(receipt) == 1 and "/receipt#" in receipt[0], receipt
    return receipt[0]


def in_three_languages(scene):
    """The same visit in each language, screens kept."""
    for language in ("zh-Hant", "zh-Hans", "en"):
        genuine(scene, language)
        scene.close()


def refusal(scene):
    """The person would rather not: the other path, to its end."""
    station, clerk = scene.station("zh-Hans", "02"), scene.clerk("zh-Hans")
    clerk.open(TWO, station="02")
    clerk.key("k")
    station.answer(False)
    station.stage("other-path")
    scene.looker.look(station.page, "zh-Hans-station-other-path")
    clerk.wait_for('[data-key="p"]:visible')
    clerk.key("p")
    clerk.wait_for('[data-key="g"]:visible')
    scene.looker.look(clerk.page, "zh-Hans-visit-other-path")
    clerk.confirm()
    station.stage("done")


def withdrawal(scene):
    """With the receipt, on the own telephone and without an account, while the clerk still looks."""
    station, clerk = scene.station("zh-Hant", "07"), scene.clerk("zh-Hant")
    clerk.open(ONE, station="07")
    captured(clerk, station)
    station.stage("camera")
    station.unchecked()
    clerk.judge("same")
    receipt = station.receipts()[0]
    page = scene.window("zh-Hant", (480, 640))
    page.goto(receipt)
    page.wait_for_function("document.getElementById('receipt').value.length > 0")
    scene.looker.look(page, "zh-Hant-receipt")
    page.locator('form[action="/receipt"] button').click()
    page.locator('form[action="/receipt/withdraw"] button').wait_for()
    scene.looker.look(page, "zh-Hant-receipt-known")
    page.locator('form[action="/receipt/withdraw"] button').click()
    page.locator(".good").first.wait_for()
    scene.looker.look(page, "zh-Hant-receipt-certificate")
    clerk.wait_for('[data-key="p"]:visible')
    assert clerk.page.locator("#evidence svg").count() == 0, "the evidence of a consent that was withdrawn is shown"
    station.stage("other-path")
    clerk.key("p")
    clerk.confirm()
    page.goto("about:blank")
    page.goto(receipt)
    page.wait_for_function("document.getElementById('receipt').value.length > 0")
    page.locator('form[action="/receipt"] button').click()
    page.locator("dl.facts").wait_for()
    assert page.locator('form[action="/receipt/withdraw"]').count() == 0, "a consent is withdrawn twice"


def marriage(scene):
    """Two persons in one visit, both looked at."""
    station, clerk = scene.station("en", "03", "sample-one"), scene.clerk("en")
    clerk.open(ONE, "household.marriage register", "03")
    clerk.key("9")
    clerk.page.wait_for_url("**person=1*")
    clerk.claim(TWO)
    for place, recording in ((0, "sample-one"), (1, "sample-two")):
        clerk.key(str(8 + place))
        clerk.page.wait_for_url(f"**person={place}*")
        station.record(recording)
        captured(clerk, station)
        clerk.judge("same")
    scene.looker.look(clerk.page, "en-visit-marriage")
    clerk.confirm(("x", "y"))
    station.stage("done")
    assert len(station.receipts()) == 2


def lost_network(scene):
    """The network goes in the middle of the camera, and comes back; the page is loaded again; the clerk is cut off and finds the visit."""
    station, clerk = scene.station("en", "04", "sample-one"), scene.clerk("en")
    clerk.open(ONE, station="04")
    clerk.key("k")
    station.stage("notice")
    station.page.context.set_offline(True)
    station.page.locator("#offline:visible").wait_for()
    scene.looker.look(station.page, "en-station-offline")
    station.page.context.set_offline(False)
    station.answer(True)
    clerk.wait_for('#live [data-key="k"]')
    address = clerk.page.url
    clerk.key("k")
    station.stage("camera")
    station.page.context.set_offline(True)
    time.sleep(2)
    station.page.context.set_offline(False)
    station.page.reload()
    clerk.page.goto("/counter")
    clerk.page.locator("tbody tr:not(.closed) a").first.click()
    clerk.page.wait_for_url(address.split("?")[0] + "*")
    clerk.judge("same")
    clerk.confirm()
    station.stage("done")


def empty_chair(scene):
    """Nobody sits before the camera: the screen keeps saying what to do; then somebody sits down."""
    station, clerk = scene.station("zh-Hant", "05", "empty-chair"), scene.clerk("zh-Hant")
    clerk.open(ONE, station="05")
    captured(clerk, station)
    station.stage("camera")
    station.page.wait_for_timeout(4000)
    scene.looker.look(station.page, "zh-Hant-station-empty-chair")
    assert station.page.locator("#stage").get_attribute("data-stage") == "camera"
    station.record("sample-one")
    clerk.judge("same")
    clerk.confirm()


def impostor(scene):
    """Somebody else with the person's papers: no match, a report, a second operator, an incident and its end, with the keyboard alone."""
    station, clerk = scene.station("en", "06", "sample-two"), scene.clerk("en")
    clerk.open(ONE, station="06")
    captured(clerk, station)
    clerk.judge("different")
    scene.looker.look(clerk.page, "en-visit-no-match")
    clerk.suspect()
    scene.looker.look(clerk.page, "en-visit-reported")
    supervisor = Staff(scene.window("en"), "supervisor")
    page = supervisor.page
    page.goto("/alarms")
    scene.looker.look(page, "en-alarms")
    supervisor.key("k")
    supervisor.wait_for("#compare canvas:visible")
    scene.looker.look(page, "en-alarm-eye")
    assert page.locator(".evidence svg").count() == 0, "the evidence is open before the second judgement"
    supervisor.key("d")
    supervisor.wait_for(".evidence svg")
    scene.looker.look(page, "en-alarm-evidence")
    supervisor.grave("i", "form:has(input[value=second]) button")
    supervisor.wait_for('a[href$="/file"]')
    scene.looker.look(page, "en-alarm-confirmed")
    address = page.url
    with page.expect_download() as archive:
        supervisor.key("z")
    names = zipfile.ZipFile(archive.value.path()).namelist()
    say(f"  the archive holds {', '.join(names)}")
    assert len(names) >= 3, names
    page.goto(f"{address}/file")
    scene.looker.look(page, "en-casefile")
    page.goto("/notices")
    assert page.locator("tbody tr").count() >= 1, "nobody was told"
    scene.looker.look(page, "en-notices")
    page.goto(address)
    supervisor.key("k")
    page.keyboard.press("ArrowDown")
    tab_to(page, "form:has(input[value=close]) button", 1)
    page.keyboard.press("Enter")
    supervisor.wait_for("h1")
    page.locator("#close-reason").wait_for(state="detached")
    scene.looker.look(page, "en-alarm-closed")
    station.stage("ended")
    scene.looker.look(station.page, "en-station-ended")


ROLES = {
    "clerk": ["/counter", "/services", "/account", "/account/passkey"],
    "supervisor": ["/alarms", "/notices", "/offices", "/register", "/services", "/protection/figures"],
    "administrator": ["/offices", "/operators", "/services", "/system", "/account"],
    "auditor": ["/ledger", "/ledger/verify", "/services", "/protection/figures"],
    "protection": ["/protection", "/protection/access", "/protection/figures"],
}


def house(scene):
    """Every page of every role in three languages: axe-core, foreign words, and in one of them the weight and the first content."""
    for language in ("zh-Hant", "zh-Hans", "en"):
        page = scene.window(language)
        for path in ("/", "/demo", "/sign-in", "/invitation", "/receipt", "/station"):
            page.goto(path)
            scene.looker.look(page, f"{language}{path.replace('/', '-')}")
            if language == "zh-Hant":
                scene.looker.weigh(page, path)
        for login, paths in ROLES.items():
            staff = Staff(scene.window(language), login)
            menu = [link.get_attribute("href") for link in staff.page.locator("nav.menu a").all()]
            for path in dict.fromkeys(menu + paths):
                answer = staff.page.goto(path)
                assert answer.status == 200, f"{login} {path}: {answer.status}"
                scene.looker.look(staff.page, f"{language}-{login}{path.replace('/', '-')}")
                if language == "zh-Hant":
                    scene.looker.weigh(staff.page, path)


SCENARIOS = {
    f.__name__: f
    for f in (
        in_three_languages,
        refusal,
        withdrawal,
        marriage,
        lost_network,
        empty_chair,
        impostor,
        citizen.keyboard_alone,
        citizen.camera_trouble,
        citizen.small_windows,
        citizen.telephone,
        liveness.liveness,
        liveness.nobody_beside,
        account.passkeys,
        office.day,
        house,
    )
}


def main(program, chromium, folder, *wanted):
    os.makedirs(folder, exist_ok=True)
    looker, failed = Looker(folder), []
    with tempfile.TemporaryDirectory() as work, sync_playwright() as playwright:
        town = Town(program, work)
        film = camera(work, "counter-frame.jpg")
        browsers = {letters: launch(playwright, chromium, film, letters) for letters in (16, 32)}
        try:
            for name in wanted or SCENARIOS:
                scene, began = Scene(town, browsers, looker), time.monotonic()
                say(f"== {name}: {SCENARIOS[name].__doc__}")
                try:
                    SCENARIOS[name](scene)
                    faults = scene.faults()
                    assert not faults, f"the browser complains: {faults}"
                    say(f"== {name}: ok, {time.monotonic() - began:.0f} s")
                except Exception:
                    traceback.print_exc()
                    for number, page in enumerate(page for one in scene.pages for page in one.context.pages):
                        page.screenshot(path=os.path.join(folder, f"failed-{name}-{number}.png"))
                    failed.append(name)
                scene.close()
            say(f"memory of the server: {town.memory_mb()} MB")
        finally:
            for browser in browsers.values():
                browser.close()
            town.stop()
    fine = looker.report()
    say(f"{len(wanted or SCENARIOS) - len(failed)} scenarios passed, {len(failed)} failed {failed or ''}")
    sys.exit(0 if fine and not failed else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
