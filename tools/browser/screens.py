"""What a clerk, a citizen and a supervisor do at their screens. Nothing here knows a language: buttons are found by what they do."""

import contextlib
import io

import zxingcpp
from PIL import Image
from playwright.sync_api import TimeoutError

from town import say

# Longest time for what includes the engine on a slow machine, milliseconds.
ENGINE_MS = 90_000
# Where the focus is can be seen: a ring around it, in the window, and nothing over it.
FOCUS_SEEN = """() => { const at = document.activeElement;
  if (at === document.body) return "";
  const box = at.getBoundingClientRect(), ring = getComputedStyle(at);
  const over = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  const seen = ring.outlineStyle !== "none" && parseFloat(ring.outlineWidth) >= 2 && over && (at.contains(over) || over.contains(at));
  return seen ? "" : at.outerHTML.slice(0, 200); }"""
# What has to have a name for who hears the page.
NAMED = {"button", "link", "img", "image", "combobox", "textbox", "checkbox", "radio", "heading", "region"}


def tab_to(page, wanted, most=60):
    """Goes on with Tab until the focus is on what is wanted; it can be seen on all of the way."""
    for _ in range(most):
        page.keyboard.press("Tab")
        unseen = page.evaluate(FOCUS_SEEN)
        assert not unseen, f"the focus cannot be seen on {unseen}"
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(f"Tab does not lead to {wanted}")


def heard(page):
    """The page as a screen reader has it from the browser: role, name, properties and text of each node."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    known = {node["nodeId"]: node for node in nodes}

    def text(node):
        own = node.get("name", {}).get("value", "") if node.get("role", {}).get("value") == "StaticText" else ""
        return own + "".join(text(known[child]) for child in node.get("childIds", []) if child in known)

    return [
        {
            "role": node["role"]["value"],
            "name": node.get("name", {}).get("value", "").strip(),
            "text": text(node).strip(),
            **{one["name"]: one["value"].get("value") for one in node.get("properties", [])},
        }
        for node in nodes
        if not node.get("ignored")
    ]


class Staff:
    """Somebody who is signed in."""

    def __init__(self, page, login):
        self.page = page
        page.goto("/demo")
        page.locator(f'form[action="/demo/sign-in"]:has(input[value="{login}"]) button').click()
        page.wait_for_url(lambda url: "/demo" not in url)

    def key(self, name):
        """Presses the key that stands on a button; the mouse is never used. The button must be there, and the page may be about to change it."""
        target = self.page.locator(f'[data-key="{name}"]:visible')
        target.first.wait_for(timeout=ENGINE_MS)
        self.page.evaluate("document.activeElement?.blur()")
        self.page.keyboard.press(name)

    def grave(self, name, button):
        """What no single key does: the key leads there, Tab perhaps on to the button, and Enter presses it."""
        self.key(name)
        if not self.page.evaluate("button => document.activeElement.matches(button)", button):
            tab_to(self.page, button, 3)
        self.page.keyboard.press("Enter")

    def wait_for(self, selector, **more):
        self.page.locator(selector).first.wait_for(timeout=ENGINE_MS, **more)


class Clerk(Staff):
    """The clerk at the counter, with the keyboard alone."""

    def open(self, number, what="household.identity-card collect", station="01"):
        page = self.page
        page.goto("/counter")
        page.wait_for_function("document.activeElement.id === 'number'")
        page.keyboard.type(number)
        for field, wanted in (("what", what), ("station", station)):
            self.choose(field, wanted)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/counter/visits/*")

    def choose(self, field, wanted):
        """Goes on to a list with Tab and down it with the arrow keys."""
        page = self.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == field, field
        count = page.evaluate("document.activeElement.options.length")
        for _ in range(count):
            value, text = page.evaluate("(() => { const o = document.activeElement.selectedOptions[0]; return [o.value, o.textContent.trim()]; })()")
            if value == wanted or text.startswith(wanted):
                return
            page.keyboard.press("ArrowDown")
        raise AssertionError(f"{field} has no {wanted}")

    def claim(self, number):
        self.page.locator("#claim-number").wait_for()
        self.page.evaluate("document.activeElement?.blur()")
        self.page.keyboard.press("/")
        self.page.wait_for_function("document.activeElement.id === 'claim-number'")
        self.page.keyboard.type(number)
        self.page.keyboard.press("Enter")
        self.page.locator("#who .number").wait_for()

    def state(self):
        return self.page.locator("#consent .tag").first.inner_text()

    def judge(self, answer):
        """Looks at both pictures in turn, then says what the own eye says."""
        self.wait_for("#compare canvas:visible")
        for key in ("1", "2", "f", "b", "e", "n", "m", "c", "a"):
            self.page.keyboard.press(key)
        with contextlib.suppress(Exception):
            self.page.keyboard.press("f")
        self.key({"same": "s", "different": "d", "cannot-say": "u"}[answer])
        self.wait_for("#evidence svg")

    def confirm(self, factors=("x",)):
        self.wait_for('[data-key="g"]:visible')
        for factor in factors:
            if self.page.locator(f'[data-key="{factor}"]').count():
                self.page.keyboard.press(factor)
        self.key("g")
        self.wait_for("#outcome .good")

    def suspect(self):
        """Reports."""
        self.grave("i", "#outcome button.danger")
        self.wait_for("#outcome div.look")


class Station:
    """The citizen's side."""

    def __init__(self, page, name="01", recording=None):
        page.goto("/demo")
        option = page.locator("#station option", has_text=f"· {name}").first
        page.locator("#station").select_option(option.get_attribute("value"))
        with page.context.expect_page() as opened:
            page.locator('form[action="/demo/station"] button').click()
        self.page = opened.value
        self.page.faults = page.faults
        self.page.on("pageerror", lambda error: page.faults.append(str(error)))
        self.page.wait_for_url("**/station")
        page.close()
        if recording:
            self.record(recording)

    def record(self, recording):
        self.page.locator("#recording").select_option(recording)
        self.stage("idle", "welcome", "notice", "camera", "wait", "done", "not-enough", "ended", "other-path")

    def stage(self, *names):
        """Waits until the screen shows one of these, and says which."""
        selector = ", ".join(f'#stage[data-stage="{name}"]' for name in names)
        try:
            self.page.locator(selector).wait_for(timeout=ENGINE_MS)
        except TimeoutError as error:
            shown = self.page.evaluate("[document.getElementById('stage')?.dataset.stage, document.getElementById('offline')?.hidden, location.href]")
            raise AssertionError(f"the station does not show {names}: {shown}") from error
        return self.page.locator("#stage").get_attribute("data-stage")

    def answer(self, agree, keyboard=False):
        self.stage("notice")
        button = f'button[name=act][value={"agree" if agree else "refuse"}]'
        if keyboard:
            tab_to(self.page, button)
            return self.page.keyboard.press("Enter")
        self.page.locator(button).click()

    def unchecked(self, keyboard=False):
        """Goes on without the film: the camera of these scenarios is a photograph, which follows nothing that it is asked."""
        for button in ("[data-ways]", '.ways [data-way="plain"]'):
            if keyboard:
                tab_to(self.page, button)
                self.page.keyboard.press("Enter")
            else:
                self.page.locator(button).click()

    def announced(self, language):
        """What somebody who hears the screen is told: the heading of what is new has the focus, everything that can be pressed has a name, what
        changes by itself is read politely, and all of it in the language that was chosen."""
        page, nodes = self.page, heard(self.page)
        focus = [node for node in nodes if node.get("focused") and node["role"] != "RootWebArea"]
        heading = page.locator("#stage h1").inner_text()
        assert [(node["role"], node["name"]) for node in focus] == [("heading", heading)], f"the focus is on {focus}"
        nameless = [node for node in nodes if node["role"] in NAMED and not node["name"]]
        assert not nameless, f"without a name: {nameless}"
        assert page.evaluate("document.documentElement.lang") == language == page.locator("#stage").get_attribute("lang")
        if page.locator("#camera").count():
            spoken = [node["text"] for node in nodes if node["role"] == "status" and node.get("live") == "polite"]
            assert any(spoken), f"nobody hears what to do before the camera: {spoken}"
        assert not [node for node in nodes if node.get("live") == "assertive"], "a voice is interrupted"

    def receipts(self, size=None):
        """The receipts on the screen, as a telephone reads them."""
        if size:
            self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.page.locator("#receipt-place img").first.wait_for()
        pictures = self.page.locator("#receipt-place img")
        found = []
        for place in range(pictures.count()):
            pictures.nth(place).scroll_into_view_if_needed()
            screen = Image.open(io.BytesIO(self.page.screenshot()))
            found += [code.text for code in zxingcpp.read_barcodes(screen) if code.text not in found]
        say(f"  the telephone read {len(found)} receipt(s)")
        return found


def captured(clerk, station, agree_with=True):
    """From the question to the pictures."""
    clerk.key("k")
    station.answer(agree_with)
    clerk.wait_for('#live [data-key="k"]')
    clerk.key("k")
