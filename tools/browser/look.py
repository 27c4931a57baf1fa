"""What is looked at on every page: WCAG 2.2 AA by axe-core, on citizens' pages the contrast of AAA and the size of buttons, weight, time to the
first content, words of another language; and what is left of a page in a small window."""

import os
import re

from axe_playwright_python.sync_playwright import Axe

from town import say

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WEIGHT_MAX = 150_000
FIRST_CONTENT_MAX_MS = 200
# Words of Latin letters that Chinese pages may hold.
LATIN = re.compile(r"[A-Za-z]{3,}")
KNOWN = {"lfw", "fgnet", "eastasian", "casia", "yunet", "mesh", "minifas", "sface", "mobilefacenet", "dlib", "PIN", "CSV", "ZIP", "JPEG", "PNG", "JSON", "English", "PostgreSQL", "SQLite", "FMR", "FNMR", "ISO", "IEC", "NIST", "PDF", "Esc", "Enter", "Ctrl", "Taipei", "CTS", "News", "http", "https"}
# What is left when code, keys, what people typed, and other languages are taken away.
VISIBLE = """() => { const copy = document.body.cloneNode(true);
  for (const one of copy.querySelectorAll('code, pre, kbd, bdi, .languages, textarea, select, script, noscript, [hidden], [lang=en], table.raw')) one.remove();
  return copy.textContent; }"""

# What a finger has to hit on citizens' pages, CSS pixels; the demonstration's own list is none of theirs.
FINGER = 48
SMALL_TARGETS = """least => [...document.querySelectorAll("button, a.button, summary, select, textarea")]
  .filter((one) => one.checkVisibility() && !one.closest(".demo-camera") && one.getBoundingClientRect().height < least)
  .map((one) => `${one.tagName} ${one.textContent.trim().slice(0, 30)} ${one.getBoundingClientRect().height}`)"""
# Half of a window of 1280 x 720 at 200 %, and 1280 x 1024 at 400 % (WCAG 1.4.10).
SMALL_WINDOWS = {"zoom-200": (640, 360), "reflow": (320, 256)}
# Text beyond the sides of the window or of a box that hides it; what may be scrolled is not cut off.
CUT_OFF = """() => [...document.querySelectorAll("body *")].filter((one) => {
  const owns = [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  if (!owns || !one.checkVisibility() || one.closest(".unseen, .skip, .scroll, pre, svg, option, noscript")) return false;
  const box = one.getBoundingClientRect();
  const hidden = getComputedStyle(one).overflowX !== "visible" && one.scrollWidth > one.clientWidth + 1 && !one.matches("select, textarea");
  return hidden || box.left < -1 || box.right > innerWidth + 1;
}).map((one) => `${one.tagName} ${one.textContent.trim().slice(0, 40)}`)"""
# Words of headings, labels and buttons that are broken in the middle.
BROKEN = """() => [...document.querySelectorAll("th, button, .button, h1, h2, h3, label, legend, summary, dt, nav a, kbd, .tag")].flatMap((one) => {
  const words = document.createTreeWalker(one, NodeFilter.SHOW_TEXT), broken = [];
  for (let node = words.nextNode(); node; node = words.nextNode()) {
    for (const word of node.data.matchAll(/[A-Za-z]{2,}/g)) {
      const range = new Range();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map((box) => box.top)).size > 1) broken.push(word[0]);
    }
  }
  return broken;
})"""
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# How much of the window something covers that stays in place when the page is scrolled.
COVERED = """() => Math.max(0, ...[...document.querySelectorAll("body *")]
  .filter((one) => ["sticky", "fixed"].includes(getComputedStyle(one).position) && one.checkVisibility())
  .map((one) => one.getBoundingClientRect().height / innerHeight))"""
COVERED_MAX = 0.4


class Looker:
    """Collects what is wrong with pages, and keeps a picture of each."""

    def __init__(self, folder):
        self.folder, self.wrong, self.slowest, self.heaviest, self.seen, self.checks = folder, [], 0, 0, set(), 0
        self.axe = Axe()

    def look(self, page, name):
        """Looks at a page as it stands."""
        self.glance(page, name)
        citizen = page.evaluate("document.body.classList.contains('room-citizen')")
        rules = {"color-contrast-enhanced": {"enabled": citizen}}
        found = self.axe.run(page, options={"runOnly": {"type": "tag", "values": RULES}, "rules": rules})
        ran = {one["id"] for kind in ("passes", "violations", "incomplete") for one in found.response[kind]}
        if citizen and "color-contrast-enhanced" not in ran:
            self.wrong.append(f"{name}: nobody looked at the contrast")
        if citizen and (small := page.evaluate(SMALL_TARGETS, FINGER)):
            self.wrong.append(f"{name}: too small for a finger: {small}")
        for one in found.response["violations"]:
            self.wrong.append(f"{name}: {one['id']} ({one['impact']}): {one['help']}: {[node['target'] for node in one['nodes']][:3]}")
        self.checks += len(found.response["passes"])

    def glance(self, page, name):
        """What can be looked at where no script runs: nothing is cut off, nothing has to be scrolled sideways, nothing stands in the way, and no word
        is of another language."""
        page.screenshot(path=os.path.join(self.folder, f"{name}.png"), full_page=True)
        wide, cut, covered = page.evaluate(WIDER), page.evaluate(CUT_OFF), page.evaluate(COVERED)
        if wide > 0:
            self.wrong.append(f"{name}: {wide} pixels wider than the window")
        if cut:
            self.wrong.append(f"{name}: cut off: {cut[:5]}")
        if broken := page.evaluate(BROKEN):
            self.wrong.append(f"{name}: broken words: {broken[:8]}")
        if covered > COVERED_MAX:
            self.wrong.append(f"{name}: {covered:.0%} of the window is covered")
        if page.evaluate("document.documentElement.lang").startswith("zh"):
            foreign = {word for word in LATIN.findall(page.evaluate(VISIBLE)) if word not in KNOWN}
            if foreign:
                self.wrong.append(f"{name}: English words {sorted(foreign)[:12]}")
        self.seen.add(name)

    def squeeze(self, page, name):
        """Looks at a page in small windows, which is what is left of one that is magnified."""
        size = page.viewport_size
        for kind, (width, height) in SMALL_WINDOWS.items():
            page.set_viewport_size({"width": width, "height": height})
            self.glance(page, f"{name}-{kind}")
        page.set_viewport_size(size)

    def weigh(self, page, path):
        """Opens a page with nothing in the cache, and weighs all that comes but pictures. A machine that does something else just then makes
        any page slow: the best of three counts."""
        total, first = self.once(page, path)
        for _ in range(2):
            if first <= FIRST_CONTENT_MAX_MS:
                break
            first = min(first, self.once(page, path)[1])
        self.heaviest, self.slowest = max(self.heaviest, total), max(self.slowest, first)
        if total > WEIGHT_MAX:
            self.wrong.append(f"{path}: weighs {total} bytes")
        if first > FIRST_CONTENT_MAX_MS:
            self.wrong.append(f"{path}: first content after {first:.0f} ms")
        say(f"  {path}: {total / 1000:.0f} kB, first content after {first:.0f} ms")

    def once(self, page, path):
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        kinds, weight = {}, []
        session.on("Network.responseReceived", lambda told: kinds.update({told["requestId"]: told["type"]}))
        session.on("Network.loadingFinished", lambda told: weight.append((told["requestId"], told["encodedDataLength"])))
        page.goto(path, wait_until="load")
        page.wait_for_timeout(150)
        first = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0")
        total = sum(size for request, size in weight if kinds.get(request) not in ("Image", "EventSource"))
        session.detach()
        return total, first

    def report(self):
        if self.seen and not self.checks:
            self.wrong.append("axe-core checked nothing")
        say(f"{len(self.seen)} screens looked at, {self.checks} checks of axe-core passed; heaviest {self.heaviest / 1000:.0f} kB, slowest first content {self.slowest:.0f} ms")
        for line in self.wrong:
            say(f"  WRONG {line}")
        return not self.wrong
