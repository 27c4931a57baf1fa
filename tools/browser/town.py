"""A demonstration that runs, and browsers in it: Debian's Chromium with a recorded camera."""

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
FIXTURES = os.path.join(ROOT, "fixtures")
# What a person whose language this is has as the browser's.
LOCALES = {"zh-Hant": "zh-TW", "zh-Hans": "zh-CN", "en": "en-US"}
ONE, TWO, THREE, CHILD, LOCKED = "A123456789", "B223456784", "C123456787", "D223456781", "E123456783"
FRAMES = 60
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


def say(text):
    print(text, flush=True)


def words(language, key):
    """A text of the pages, as `locales/` has it."""
    for name in sorted(os.listdir(os.path.join(ROOT, "locales", language))):
        with open(os.path.join(ROOT, "locales", language, name), encoding="utf-8") as texts:
            for line in texts:
                if line.startswith(f"{key} = "):
                    return line.removeprefix(f"{key} = ").strip()
    raise KeyError(key)


def camera(folder, fixture):
    """A camera for Chromium: the same photograph again and again, as Motion JPEG."""
    file = os.path.join(folder, "camera.mjpeg")
    with open(os.path.join(FIXTURES, fixture), "rb") as picture, open(file, "wb") as film:
        film.write(picture.read() * FRAMES)
    return file


class Town:
    """`countenance demo` in a folder of its own, with the services of a folder if one is named."""

    def __init__(self, binary, folder, services=None):
        self.program = binary
        self.log = open(os.path.join(folder, "demo.log"), "w")
        data = os.path.join(folder, "town")
        began = time.monotonic()
        own = ["--services", services] if services else []
        self.process = subprocess.Popen([binary, "demo", "--json", "--data", data, *own], stdout=subprocess.PIPE, stderr=self.log, text=True)
        text = ""
        for line in self.process.stdout:
            text += line
            with contextlib.suppress(ValueError):
                told = json.loads(text)
                break
        else:
            sys.exit(f"the demonstration ended: {open(self.log.name).read()}")
        self.url = told["address"].removesuffix("/demo")
        self.cast = {player["login"]: player for player in told["cast"]}
        while not self.ready():
            time.sleep(0.1)
        say(f"the town stands after {time.monotonic() - began:.0f} s at {self.url}")

    def ready(self):
        try:
            return urllib.request.urlopen(self.url + "/api/v1/health/ready").status == 200
        except OSError:
            return False

    def memory_mb(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmRSS"))

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


def launch(playwright, chromium, film, letters=16):
    """A browser whose camera shows a film, and whose owner wants letters of this size, CSS pixels."""
    camera_of = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
    return playwright.chromium.launch(executable_path=chromium, args=[*QUIET, *camera_of, f"--blink-settings=defaultFontSize={letters}"])


def window(browser, town, language, size=(1280, 800), **more):
    """A window of its own, with cookies of its own."""
    context = browser.new_context(
        base_url=town.url, locale=LOCALES[language], viewport={"width": size[0], "height": size[1]}, permissions=["camera"], **more
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda line: page.faults.append(line.text) if line.type == "error" else None)
    return page
