"""A page that films: a key of its own, and what it signs (ECDSA with P-256 and SHA-256, FIPS 186-5). For tests: not in constant time, and the key is
the same everywhere."""
import base64
import hashlib
import json

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296, 0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)
SECRET = 3


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P) if a == b else (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def times(k, point):
    sum_ = None
    while k:
        if k & 1:
            sum_ = add(sum_, point)
        point, k = add(point, point), k >> 1
    return sum_


def key():
    x, y = times(SECRET, G)
    return text(b"\4" + x.to_bytes(32, "big") + y.to_bytes(32, "big"))


def signature(*parts):
    message = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    digest = hashlib.sha256(message).digest()
    k = int.from_bytes(hashlib.sha256(b"once" + digest).digest(), "big") % (N - 1) + 1
    r = times(k, G)[0] % N
    s = pow(k, -1, N) * (int.from_bytes(digest, "big") + r * SECRET) % N
    return text(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def first(nonce, picture):
    """Head and signature of a film's first picture."""
    camera = {"label": "Integrated Camera", "width": 1280, "height": 720}
    pictures = [{"at_ms": 40, "sha256": text(hashlib.sha256(picture).digest())}]
    head = json.dumps({"before": text(bytes(32)), "camera": camera, "pictures": pictures})
    return {"nonce": nonce, "head": head, "signature": signature(nonce.encode(), head.encode())}
