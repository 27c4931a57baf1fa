"""Signs in somebody of each role and pairs a station; prints a name and a token on each line. Standard library only."""

import base64
import hashlib
import hmac
import json
import struct
import sys
import time
import urllib.error
import urllib.request

URL, WORK = sys.argv[1], sys.argv[2]
PASSWORD = "plum blossom in the first snow"


def call(path, body, token=None):
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    request = urllib.request.Request(f"{URL}/api/v1{path}", json.dumps(body).encode(), headers, method="POST")
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def code(secret):
    """RFC 6238."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1000000:06}"


def accept(link):
    offer = call("/invitations/begin", {"token": link, "password": PASSWORD})
    body = {"token": link, "password": PASSWORD, "offer": offer["offer"], "code": code(offer["secret"])}
    return call("/invitations/finish", body)["token"]


def first_link():
    for _ in range(300):
        text = open(f"{WORK}/serve.txt").read() + open(f"{WORK}/log.txt").read()
        if "/invitation#" in text:
            try:
                urllib.request.urlopen(f"{URL}/api/v1/health/ready")
                return text.split("/invitation#")[1].split()[0].strip('"')
            except (urllib.error.URLError, ConnectionError):
                pass
        time.sleep(0.2)
    sys.exit("the server does not begin")


admin = accept(first_link())
office = call("/offices", {"code": "first", "name": "First"}, admin)["id"]
today = time.strftime("%Y-%m-%d", time.gmtime())
print("administrator", admin)
for role in ["clerk", "supervisor", "auditor", "protection-officer"]:
    standing = {"office": office, "roles": [role], "trained_on": today}
    link = call("/operators", {"login": role, "name": role, "standing": standing}, admin)["token"]
    print(role, accept(link))
pairing = call("/stations", {"office": office, "name": "Counter 1", "kind": "counter"}, admin)
print("station", call("/station/pair", {"code": pairing["code"]})["token"])
