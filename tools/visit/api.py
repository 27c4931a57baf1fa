"""A client of the API: one act, one idempotency key, repeated until there is an answer. Standard library only."""

import base64
import hashlib
import hmac
import http.client
import json
import secrets
import struct
import time
import urllib.error
import urllib.request

# How long an act is repeated while the server does not answer, seconds.
PATIENCE_S = 90


class Refused(Exception):
    """A refusal, with its stable code (docs/ERRORS.md)."""

    def __init__(self, status, problem):
        self.status = status
        self.code = problem.get("code", "")
        self.detail = problem.get("detail", "")
        self.action = problem.get("action", "")
        super().__init__(f"{status} {self.code}: {self.detail}. {self.action}")


class Answer:
    """What the server answered."""

    def __init__(self, status, headers, body):
        self.status = status
        self.replayed = headers.get("Idempotency-Replayed") == "true"
        self.body = body

    def json(self):
        return json.loads(self.body) if self.body else None


class Api:
    """The API of one installation. Nothing here knows what an office does."""

    def __init__(self, url):
        self.url = url
        # Acts that had to be repeated because an answer did not come.
        self.repeated = 0

    def get(self, path, token=None):
        return self.send("GET", path, None, token).json()

    def post(self, path, body=None, token=None, key=None):
        return self.act("POST", path, body, token, key).json()

    def act(self, method, path, body=None, token=None, key=None):
        """An act with a key of its own, unless the caller keeps one."""
        content = None if body is None else ("application/json", json.dumps(body).encode())
        return self.send(method, path, content, token, key or secrets.token_urlsafe(16))

    def upload(self, path, kind, content, token=None, key=None):
        return self.send("POST", path, (kind, content), token, key or secrets.token_urlsafe(16)).json()

    def frames(self, nonce, pictures, token, key=None):
        """The form with which a station sends pictures in: the nonce first."""
        kind, form = multipart([("nonce", None, nonce.encode())] + [("frame", "image/jpeg", one) for one in pictures])
        return self.upload("/station/frames", kind, form, token, key)

    def send(self, method, path, content=None, token=None, key=None):
        """Sends until there is an answer. A repeated act has the same key, so it is carried out once however often it is sent."""
        until = time.monotonic() + PATIENCE_S
        tries = 0
        while True:
            try:
                return self.once(method, path, content, token, key)
            except Refused as refused:
                again = refused.code in ("too-many-requests", "idempotency-running", "too-slow", "database-busy", "database-unreachable", "too-busy")
                if not again or time.monotonic() > until:
                    raise
            except (urllib.error.URLError, ConnectionError, http.client.HTTPException, TimeoutError):
                if time.monotonic() > until:
                    raise
            self.repeated += tries == 0
            tries += 1
            time.sleep(min(0.1 * tries, 1))

    def once(self, method, path, content=None, token=None, key=None):
        """Sends once."""
        headers = {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if key:
            headers["Idempotency-Key"] = key
        if content:
            headers["Content-Type"] = content[0]
        data = content[1] if content else (b"" if method == "POST" else None)
        request = urllib.request.Request(f"{self.url}/api/v1{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            body = error.read()
            try:
                problem = json.loads(body)
            except ValueError:
                problem = {"detail": body.decode(errors="replace")[:200]}
            raise Refused(error.code, problem) from None


def multipart(parts):
    """A form: media type and bytes."""
    edge = secrets.token_hex(16)
    out = b""
    for name, kind, content in parts:
        out += f'--{edge}\r\nContent-Disposition: form-data; name="{name}"'.encode()
        out += f'; filename="{name}"\r\nContent-Type: {kind}\r\n\r\n'.encode() if kind else b"\r\n\r\n"
        out += content + b"\r\n"
    return f"multipart/form-data; boundary={edge}", out + f"--{edge}--\r\n".encode()


def one_time_code(secret, at=None):
    """RFC 6238."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    step = int(time.time() if at is None else at) // 30
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start:start + 4])[0] & 0x7FFFFFFF) % 1000000:06}"


class Login:
    """An operator with a password and an authenticator: somebody who can sign in again."""

    PASSWORD = "plum blossom in the first snow"

    def __init__(self, api, link, login):
        self.api = api
        self.login = login
        begin = {"token": link, "password": self.PASSWORD}
        offer = api.post("/invitations/begin", begin)
        self.secret, self.used = offer["secret"], 0
        opened = self.with_code("/invitations/finish", dict(begin, offer=offer["offer"]))
        self.token, self.id = opened["token"], opened["operator"]

    def sign_in(self):
        """Signs in again."""
        self.token = self.with_code("/sessions", {"login": self.login, "password": self.PASSWORD})["token"]

    def with_code(self, path, body):
        """Shows a code. It is good once, so it is the next one where needed: the server allows a clock to be half a minute ahead. One that grew
        old while the server was away was refused, and the act did not happen: a new one is shown."""
        while True:
            self.used = max(time.time(), self.used + 30)
            shown = time.monotonic()
            try:
                return self.api.post(path, dict(body, code=one_time_code(self.secret, self.used)))
            except Refused as refused:
                if refused.code != "code-wrong" or time.monotonic() < shown + 30:
                    raise
