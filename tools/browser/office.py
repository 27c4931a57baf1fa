"""A day behind the counter: a station and an operator are added, a list is imported, the auditor asks, a citizen is answered."""

import base64
import hashlib
import hmac
import io
import os
import struct
import time
import zipfile

from screens import Staff
from town import FIXTURES, ONE, say

NEW = "G123456785"
LIST = f"""number,name,birth_date,photo,photo_date,photo_source
{NEW},<i>Lin</i> & Sons,1961-08-04,lin.jpg,2012-12-06,identity-card
H123456787,Wu Fang,1970-02-03,lamp.jpg,2015-01-01,identity-card
"""
PASSWORD = "three lanterns over the quiet bridge"


def one_time_code(secret):
    """RFC 6238."""
    key = base64.b32decode(secret)
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start:start + 4])[0] & 0x7FFFFFFF) % 1000000:06}"


def archive(folder):
    file = os.path.join(folder, "list.zip")
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("list.csv", LIST)
        for name, fixture in (("lin.jpg", "obama-1.jpg"), ("lamp.jpg", "no-face.jpg")):
            packed.write(os.path.join(FIXTURES, fixture), name)
    return file


def station(scene):
    """The administrator adds a station; somebody at its screen types the code."""
    page = Staff(scene.window("en"), "administrator").page
    page.goto("/offices")
    page.locator("tbody a").first.click()
    scene.looker.look(page, "en-office")
    page.locator("#station").fill("30")
    page.locator('form[action$="/stations"] button').click()
    code = page.locator(".once code").first.inner_text()
    scene.looker.look(page, "en-pairing")
    other = scene.window("en", (768, 1024))
    other.goto("/station")
    other.locator("#code").fill("wrong")
    other.keyboard.press("Enter")
    other.locator('[role="alert"]').wait_for()
    other.locator("#code").fill(code)
    other.keyboard.press("Enter")
    other.locator('#stage[data-stage="idle"]').wait_for()


def operator(scene):
    """The administrator invites an operator, who opens the link and signs in."""
    page = Staff(scene.window("en"), "administrator").page
    page.goto("/operators")
    page.locator("#name").fill("Wen <b>Hai</b>")
    page.locator("#login").fill("wen")
    page.locator('input[name="clerk"]').check()
    page.locator("#office").select_option(index=1)
    page.locator("#trained-on").fill(time.strftime("%Y-%m-%d", time.gmtime()))
    page.locator('form[action="/operators"] button').click()
    link = page.locator("#link").inner_text()
    scene.looker.look(page, "en-invited")
    new = scene.window("en")
    new.goto(link)
    new.wait_for_function("document.getElementById('token').value.length > 0")
    new.locator("#password").fill("password1234567")
    new.locator('form[action="/invitation"] button').click()
    new.locator('[role="alert"]').wait_for()
    new.locator("#password").fill(PASSWORD)
    new.locator('form[action="/invitation"] button').click()
    secret = new.locator("input[name=secret]").get_attribute("value")
    scene.looker.look(new, "en-invitation-code")
    new.locator("#password").fill(PASSWORD)
    new.locator("#code").fill(one_time_code(secret))
    new.locator('form[action="/invitation/code"] button').click()
    new.wait_for_url("**/counter*")
    say("  who was invited works at the counter")


def register(scene, folder):
    """The supervisor imports a list and finds the person; the row without a face is told."""
    page = Staff(scene.window("en"), "supervisor").page
    page.goto("/register")
    page.locator("#archive").set_input_files(archive(folder))
    page.locator('form[action="/register/imports"] button').click()
    page.locator("[data-rejected]", has_text="1").wait_for(timeout=90_000)
    page.locator("#rejected").wait_for(timeout=90_000)
    scene.looker.look(page, "en-import")
    page.goto("/register")
    page.locator("#number").fill(NEW)
    page.keyboard.press("Enter")
    page.locator("#portraits").wait_for()
    assert NEW not in page.url, "a number stands in an address"
    scene.looker.look(page, "en-person")


def auditor(scene):
    """The auditor asks who looked, follows one entry, verifies everything."""
    page = Staff(scene.window("zh-Hant"), "auditor").page
    page.goto("/ledger")
    page.locator("#number").fill(ONE)
    page.locator("form.search button").click()
    page.locator("#found").wait_for()
    assert page.locator("tbody tr").count() > 0 and ONE not in page.content()
    scene.looker.look(page, "zh-Hant-ledger-found")
    page.locator("tbody a").first.click()
    page.wait_for_url("**/ledger/*/*")
    scene.looker.look(page, "zh-Hant-ledger-entry")
    page.goto("/ledger/verify")
    page.locator('form[action="/ledger/verify"] button').click()
    for _ in range(100):
        if page.locator("#verified.good").count():
            break
        page.wait_for_timeout(300)
        page.goto("/ledger/verify")
    page.locator("#verified.good").wait_for()
    scene.looker.look(page, "zh-Hant-ledger-verified")
    with page.expect_download() as export:
        page.locator('form[action="/ledger/export"] button').click()
    assert os.path.getsize(export.value.path()) > 1000


def protection(scene):
    """A citizen asks what is held; the protection officer answers in the citizen's language."""
    page = Staff(scene.window("en"), "protection").page
    page.goto("/protection/access")
    page.locator("#number").fill(ONE)
    page.locator("#language").select_option("zh-Hans")
    page.locator('button[value="page"]').click()
    page.locator("h2").first.wait_for()
    assert page.evaluate("document.querySelector('[lang=\"zh-Hans\"]') !== null")
    scene.looker.look(page, "en-access-document")
    page.goto("/protection")
    page.locator("#number").fill(ONE)
    page.keyboard.press("Enter")
    page.locator("tbody tr").first.wait_for()
    scene.looker.look(page, "en-consents")
    page.locator("tbody a").first.click()
    page.wait_for_url("**/protection/consents/*")
    scene.looker.look(page, "en-consent")


def visit(scene):
    """One visit, so that there is something to ask about."""
    seat, clerk = scene.station("en", "08", "sample-one"), scene.clerk("en")
    clerk.open(ONE, station="08")
    clerk.key("k")
    seat.answer(True)
    clerk.wait_for('#live [data-key="k"]')
    clerk.key("k")
    clerk.judge("same")
    clerk.confirm()


def day(scene):
    """Behind the counter: a station and an operator are added, a list is imported, the auditor asks, a citizen is answered."""
    visit(scene)
    station(scene)
    operator(scene)
    register(scene, scene.looker.folder)
    # The signed checkpoint that covers the last entries comes within seconds.
    time.sleep(11)
    auditor(scene)
    protection(scene)
    os.remove(os.path.join(scene.looker.folder, "list.zip"))
