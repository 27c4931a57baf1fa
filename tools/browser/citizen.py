"""The citizen's side for those whom it is harder for: without a mouse, without seeing the screen, with a camera that fails, magnified, with a telephone
that runs no script."""

from screens import tab_to
from town import ONE, TWO, words

# A camera that can be pulled out, and that fails in the ways browsers know: before each page's own scripts.
CAMERA = """(() => {
  const real = MediaDevices.prototype.getUserMedia;
  const state = { fail: "", when: "", sent: 0 };
  window.cable = state;
  MediaDevices.prototype.getUserMedia = async function (wanted) {
    if (state.fail) throw new DOMException("", state.fail);
    const stream = await real.call(this, wanted);
    state.track = stream.getVideoTracks()[0];
    if (state.when === "opened") setTimeout(state.pull, 300);
    return stream;
  };
  state.pull = () => {
    state.when = "";
    state.fail = "NotFoundError";
    state.track.stop();
    state.track.dispatchEvent(new Event("ended"));
  };
  new MutationObserver(() => {
    if (state.when === "burst" && document.querySelector(".dots")?.textContent.startsWith("●●")) state.pull();
  }).observe(document, { subtree: true, childList: true, characterData: true });
})()"""


def says(page, language, key):
    """Waits until the line before the camera says this."""
    page.wait_for_function("text => document.querySelector('.coach')?.textContent === text", arg=words(language, key))


def keyboard_alone(scene):
    """A whole genuine visit, and a refusal, with keys alone and by what a screen reader hears; in another language than the screen's; the receipt as
    small and as large stations show it; with letters twice as large, high contrast, and without motion."""
    station = scene.station("zh-Hant", "09", letters=32, reduced_motion="reduce", contrast="more")
    clerk = scene.clerk("en", letters=32, reduced_motion="reduce")
    page = station.page
    assert page.locator(".lead").evaluate("one => getComputedStyle(one).fontSize") == "40px", "letters do not grow"
    station.announced("zh-Hant")
    clerk.open(ONE, station="09")
    clerk.page.keyboard.press("k")
    station.stage("notice")
    tab_to(page, 'button[name=language][value="zh-Hans"]')
    page.keyboard.press("Enter")
    page.locator('#stage[lang="zh-Hans"]').wait_for()
    station.announced("zh-Hans")
    scene.looker.look(page, "zh-Hans-station-notice-contrast")
    page.emulate_media(forced_colors="active")
    scene.looker.look(page, "zh-Hans-station-notice-forced-colours")
    page.emulate_media(forced_colors="none")
    station.answer(True, keyboard=True)
    station.stage("wait")
    station.announced("zh-Hans")
    clerk.wait_for('#live [data-key="k"]')
    clerk.key("k")
    station.stage("camera")
    station.announced("zh-Hans")
    scene.looker.look(page, "zh-Hans-station-camera-contrast")
    assert page.locator(".soon").is_hidden(), "the screen would change its colours for who wants no motion"
    station.unchecked(keyboard=True)
    calm(clerk)
    scene.looker.look(clerk.page, "en-visit-eye-large")
    clerk.judge("same")
    scene.looker.look(clerk.page, "en-visit-evidence-large")
    clerk.confirm()
    station.stage("done")
    station.announced("zh-Hans")
    assert page.evaluate("document.getAnimations().length") == 0, "something moves for who wants no motion"
    read = [station.receipts(size) for size in ((480, 640), (1080, 1920))]
    assert read[0] == read[1] and len(read[0]) == 1, read
    scene.looker.look(page, "zh-Hans-station-done-large")
    tab_to(page, "#receipt-place button")
    page.keyboard.press("Enter")
    assert page.locator("#receipt-place").is_hidden(), "the receipt stays for the next person"
    station.announced("zh-Hans")
    clerk.open(TWO, station="09")
    clerk.key("k")
    station.answer(False, keyboard=True)
    station.stage("other-path")
    station.announced("en")
    scene.looker.look(page, "en-station-other-path")


def calm(clerk):
    """Where motion is not wanted, F shows the other picture once for each press."""
    page = clerk.page
    clerk.wait_for("#compare canvas:visible")
    picture = "document.querySelector('#compare canvas').toDataURL()"
    before = page.evaluate(picture)
    clerk.key("f")
    swapped = page.evaluate(picture)
    assert swapped != before, "F shows nothing else"
    page.wait_for_timeout(1200)
    assert page.evaluate(picture) == swapped, "it flickers for who wants no motion"
    clerk.key("f")
    assert page.evaluate(picture) == before


def camera_trouble(scene):
    """The camera is not allowed, in use, not there, in three languages; it is pulled out while it looks and while it takes the pictures; the screen says
    so in plain words and goes on by itself."""
    for language, place in (("zh-Hans", "10"), ("en", "13"), ("zh-Hant", "14")):
        station, clerk = scene.station(language, place), scene.clerk(language)
        page, sent = station.page, []
        page.add_init_script(CAMERA)
        page.reload()
        page.on("request", lambda request, sent=sent: sent.append(request.url) if "/station/frames" in request.url else None)
        clerk.open(ONE, station=place)
        clerk.key("k")
        station.answer(True)
        page.evaluate("cable.fail = 'NotAllowedError'")
        clerk.wait_for('#live [data-key="k"]')
        clerk.key("k")
        for name, key in (("NotAllowedError", "refused"), ("NotReadableError", "busy"), ("NotFoundError", "missing")):
            page.evaluate("name => { cable.fail = name; }", name)
            says(page, language, f"camera-{key}")
            scene.looker.glance(page, f"{language}-station-camera-{key}")
        station.announced(language)
        if language == "zh-Hant":
            pulled_out(scene, station, clerk, sent)
        else:
            tab_to(page, "#stage > form button")
            page.keyboard.press("Enter")
            station.stage("other-path")
            station.announced(language)
        scene.close()


def pulled_out(scene, station, clerk, sent):
    """Nothing is sent in of a camera that is gone; once it is back, the visit goes on to its end."""
    page = station.page
    station.unchecked()
    for when in ("opened", "burst"):
        page.evaluate("when => { cable.when = when; cable.fail = ''; }", when)
        says(page, "zh-Hant", "camera-gone")
        # It still says so after the next tries to open it.
        page.wait_for_timeout(1600)
        says(page, "zh-Hant", "camera-gone")
        assert page.evaluate("document.querySelector('video').srcObject") is None and not page.locator(".frame.good").count()
    scene.looker.look(page, "zh-Hant-station-camera-gone")
    assert not sent, "pictures were sent in of a camera that was gone"
    page.evaluate("cable.fail = ''")
    clerk.judge("same")
    assert len(sent) == 1, sent
    clerk.confirm()
    station.stage("done")


def small_windows(scene):
    """Magnified to 200 % and 400 %: every stage of the station, and the counter."""
    station, clerk = scene.station("en", "11"), scene.clerk("en")
    squeeze, page = scene.looker.squeeze, station.page
    squeeze(page, "en-station-idle")
    squeeze(clerk.page, "en-counter")
    clerk.open(ONE, station="11")
    clerk.key("k")
    station.stage("notice")
    squeeze(page, "en-station-notice")
    station.answer(True)
    clerk.wait_for('#live [data-key="k"]')
    squeeze(page, "en-station-wait")
    page.add_init_script(CAMERA)
    page.reload()
    page.evaluate("cable.fail = 'NotReadableError'")
    clerk.key("k")
    says(page, "en", "camera-busy")
    squeeze(page, "en-station-camera")
    page.set_viewport_size({"width": 480, "height": 640})
    coach = page.locator(".coach").bounding_box()
    assert coach["y"] + coach["height"] <= 640, f"what to do is out of sight on a small station: {coach}"
    page.locator("[data-ways]").click()
    squeeze(page, "en-station-ways")
    page.locator('.ways [data-way="plain"]').click()
    page.evaluate("cable.fail = ''")
    clerk.wait_for("#compare canvas:visible")
    squeeze(clerk.page, "en-visit-eye")
    clerk.judge("same")
    squeeze(clerk.page, "en-visit-evidence")
    clerk.confirm()
    station.stage("done")
    squeeze(page, "en-station-done")
    receipt = station.receipts()[0]
    paper = scene.window("en", (480, 640))
    paper.goto(receipt)
    paper.wait_for_function("document.getElementById('receipt').value.length > 0")
    squeeze(paper, "en-receipt")
    paper.locator('form[action="/receipt"] button').click()
    paper.locator("dl.facts").wait_for()
    squeeze(paper, "en-receipt-known")


def telephone(scene):
    """The receipt's link on a telephone that runs no script: the whole link in the field does what the script would; withdrawn, with its certificate."""
    station, clerk = scene.station("zh-Hans", "12", "sample-one"), scene.clerk("zh-Hans")
    clerk.open(ONE, station="12")
    clerk.key("k")
    station.answer(True)
    receipt = station.receipts((480, 640))[0]
    for language in ("zh-Hans", "zh-Hant", "en"):
        page = scene.window(language, (360, 640), java_script_enabled=False)
        page.goto(receipt)
        assert page.locator("noscript .look").is_visible() and not page.locator("#receipt").input_value()
        scene.looker.glance(page, f"{language}-telephone-receipt")
        page.locator("#receipt").fill(receipt)
        page.locator('form[action="/receipt"] button').click()
        page.locator("dl.facts").wait_for()
        scene.looker.glance(page, f"{language}-telephone-known")
    page.locator('form[action="/receipt/withdraw"] button').click()
    page.locator(".good").first.wait_for()
    scene.looker.glance(page, "en-telephone-certificate")
    station.stage("other-path")
    station.announced("zh-Hans")
