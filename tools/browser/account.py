"""An operator's own account: passkeys with the browser's virtual authenticator, and signing out everywhere."""

from screens import Staff, tab_to

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
SESSIONS = 'section[aria-labelledby="sessions"] tbody tr'
NAME = "<b>办公室</b> 笔电"


class Authenticator:
    """What keeps passkeys, unlocked with a finger that can be a wrong one."""

    def __init__(self, page):
        self.session = page.context.new_cdp_session(page)
        self.session.send("WebAuthn.enable")
        self.id = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})["authenticatorId"]

    def kept(self):
        return self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]

    def copy(self, other):
        """What is kept there is kept here too, as by who carries passkeys from one device to another."""
        for credential in other.kept():
            self.session.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": credential})

    def finger(self, right):
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": right})


def press(page, button):
    """Goes to a button and presses it, without the mouse."""
    tab_to(page, button)
    page.keyboard.press("Enter")


def sign_out(page):
    page.goto("/account")
    press(page, 'form[action="/sign-out"] button')
    page.wait_for_url(lambda url: "/account" not in url)
    out(page)


def out(page):
    """Nobody is signed in here any more."""
    page.goto("/account")
    page.wait_for_url(lambda url: "/sign-in" in url)


def sign_in(page):
    """Presses the button for passkeys."""
    page.goto("/sign-in?to=/account")
    press(page, '[data-passkey="sign-in"] button')


def refused(page):
    page.locator("[data-failed]:visible").wait_for()
    assert "/sign-in" in page.url


def passkeys(scene):
    """An operator adds a passkey, signs out, signs in with it, signs out everywhere, removes it; a wrong finger and a removed passkey open nothing."""
    page = Staff(scene.window("zh-Hans"), "auditor").page
    authenticator = Authenticator(page)
    page.goto("/account")
    press(page, 'a[href="/account/passkey"]')
    page.wait_for_url("**/account/passkey")
    name = page.locator("#name")
    name.fill(NAME)
    authenticator.finger(False)
    press(page, '[data-passkey="make"] button')
    page.locator("[data-failed]:visible").wait_for()
    scene.looker.look(page, "zh-Hans-passkey-failed")
    authenticator.finger(True)
    page.keyboard.press("Enter")
    page.wait_for_url("**/account")
    assert page.locator("td bdi", has_text=NAME).count() == 1 and len(authenticator.kept()) == 1
    scene.looker.look(page, "zh-Hans-account-passkey")
    sign_out(page)
    authenticator.finger(False)
    sign_in(page)
    refused(page)
    scene.looker.look(page, "zh-Hans-sign-in-refused")
    authenticator.finger(True)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    elsewhere = scene.window("zh-Hans")
    Authenticator(elsewhere).copy(authenticator)
    sign_in(elsewhere)
    elsewhere.wait_for_url(lambda url: "/sign-in" not in url)
    page.goto("/account")
    assert page.locator(SESSIONS).count() >= 2, "two windows are not two sessions"
    press(page, 'form[action="/account/sign-out-everywhere"] button')
    page.wait_for_url(lambda url: "/account" not in url)
    out(page)
    out(elsewhere)
    # The copy has counted on, so what the office saw last was that one.
    sign_in(elsewhere)
    elsewhere.wait_for_url(lambda url: "/sign-in" not in url)
    elsewhere.goto("/account")
    assert elsewhere.locator(SESSIONS).count() == 1
    press(elsewhere, 'form[action$="/revoke"] button')
    elsewhere.locator('form[action$="/revoke"]').wait_for(state="detached")
    sign_out(elsewhere)
    sign_in(elsewhere)
    refused(elsewhere)
