"""What a clerk, a citizen and a supervisor do at their screens. Nothing here knows a language: buttons are found by what they do."""

import contextlib

from town import say

# Longest time for what includes the engine on a slow machine, milliseconds.
ENGINE_MS = 90_000


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
        """Reports, with the mouse: it stands apart from the keys on purpose."""
        details = self.page.locator("#outcome details:has(input[value=suspect])")
        details.locator("summary").click()
        details.locator("button.danger").click()
        self.wait_for("#outcome .look")


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
        self.page.locator(selector).wait_for(timeout=ENGINE_MS)
        return self.page.locator("#stage").get_attribute("data-stage")

    def answer(self, agree):
        self.stage("notice")
        self.page.locator(f'button[name=act][value={"agree" if agree else "refuse"}]').click()

    def receipts(self):
        """The receipts on the screen, as a telephone reads them."""
        import io

        import zxingcpp
        from PIL import Image

        self.page.locator("#receipt-place img").first.wait_for()
        pictures = self.page.locator("#receipt-place img")
        found = []
        for place in range(pictures.count()):
            picture = Image.open(io.BytesIO(pictures.nth(place).screenshot()))
            found += [code.text for code in zxingcpp.read_barcodes(picture)]
        say(f"  the telephone read {len(found)} receipt(s)")
        return found
