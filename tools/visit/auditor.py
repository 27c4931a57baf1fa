"""The auditor: who looked at this person's portrait this month, on which ground, and was the log changed?"""

import os
import time

from office import WEI, say


def asks(site, office, receipt, refused):
    say("\nThe auditor asks: who looked at Wei Ming's portrait this month, on what ground, and was the log changed?")
    today = time.strftime("%Y-%m-%d", time.gmtime())
    question = ["ledger", "search", "--number", WEI, "--kind", "portrait.opened", "--from", f"{today[:8]}01", "--to", today]
    answer = site.run(*question)
    say(f"\n$ countenance {' '.join(question)}\n{answer}")
    # Jun and Hui looked at the impostor beside the portrait; Mei at the other visits.
    for word in ("mei", "jun", "hui", "household.identity-card", "household.marriage", today):
        assert word in answer, f"the answer does not say {word}"
    assert "A123456789" not in answer and "Wei" not in answer
    verified = proved(site)
    through_the_api(site, office, receipt, refused)
    say(site.run("db", "check").rstrip())
    return verified


def proved(site):
    """Exports, fetches the keys apart, verifies offline; then one byte of the export is another."""
    export, keys = os.path.join(site.folder, "ledger.jsonl"), os.path.join(site.folder, "keys.txt")
    root = os.path.join(site.folder, "site", "witness", "root.txt")
    with open(keys, "w", encoding="utf-8") as file:
        file.write(site.run("ledger", "keys"))
    until = time.monotonic() + 60
    while not os.path.exists(root) and time.monotonic() < until:
        time.sleep(0.2)
    site.run("ledger", "export", export, "--force")
    question = ["ledger", "verify", export, "--keys", keys, "--checkpoint", root]
    answer = site.run(*question, config=False)
    say(f"$ countenance ledger verify ledger.jsonl --keys keys.txt --checkpoint root.txt\n{answer}")
    with open(export, "rb") as file:
        lines = file.read().splitlines(keepends=True)
    at, line = next((at, line) for at, line in enumerate(lines) if b"portrait.opened" in line)
    changed = os.path.join(site.folder, "changed.jsonl")
    with open(changed, "wb") as file:
        file.write(b"".join(lines[:at] + [line.replace(b"portrait.opened", b"portrait.opener")] + lines[at + 1 :]))
    answer = site.run("ledger", "verify", changed, "--keys", keys, "--checkpoint", root, status=1, config=False)
    assert "entry" in answer, answer
    say(f"One letter of one entry is changed in the export:\n{answer}")


def through_the_api(site, office, receipt, refused):
    """The same from the auditor's own desk, and what Wei Ming sees with the receipt."""
    token = office.auditor.token
    refused("permission-missing", office.api.post, "/ledger/pseudonym", {"number": WEI}, office.clerk.token)
    refused("permission-missing", office.api.get, "/visits", token)
    who = office.api.post("/ledger/pseudonym", {"number": WEI}, token)["pseudonym"]
    page = office.api.post("/ledger/search", {"person": who, "kind": "portrait.opened", "proofs": True}, token)
    export = os.path.join(site.folder, "api.jsonl")
    with open(export, "wb") as file:
        file.write(office.api.send("GET", "/ledger/export", None, token).body)
    keys = os.path.join(site.folder, "keys.txt")
    site.run("ledger", "verify", export, "--keys", keys, config=False)
    known = office.api.post("/receipts/show", {"receipt": receipt})
    say(f"Through the API: {len(page['entries'])} entries, the same export verifies; with the receipt Wei Ming sees {len(known['entries'])} entries.")
