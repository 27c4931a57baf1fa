"""Just enough of PostgreSQL's protocol to make and drop a schema on a server that asks for no password: tests need no client library."""

import contextlib
import os
import socket
import struct
import urllib.parse


@contextlib.contextmanager
def schema(url):
    """The address of a fresh schema at `url`; dropped afterwards."""
    name = f"visit_{os.getpid()}_{os.urandom(4).hex()}"
    execute(url, f"CREATE SCHEMA {name}")
    try:
        yield f"{url}{'&' if '?' in url else '?'}options=-c%20search_path%3D{name}"
    finally:
        execute(url, f"DROP SCHEMA {name} CASCADE")


def execute(url, statement):
    """Carries out one statement."""
    at = urllib.parse.urlsplit(url)
    with socket.create_connection((at.hostname or "127.0.0.1", at.port or 5432), timeout=30) as link:
        words = ["user", at.username or "postgres", "database", at.path.strip("/") or "postgres"]
        hello = struct.pack(">i", 196608) + b"".join(word.encode() + b"\0" for word in words) + b"\0"
        link.sendall(struct.pack(">i", len(hello) + 4) + hello)
        until_ready(link)
        body = statement.encode() + b"\0"
        link.sendall(b"Q" + struct.pack(">i", len(body) + 4) + body)
        until_ready(link)


def until_ready(link):
    """Reads messages up to `ReadyForQuery`."""
    while True:
        kind, size = struct.unpack(">ci", exactly(link, 5))
        body = exactly(link, size - 4)
        if kind == b"E":
            raise SystemExit("PostgreSQL: " + body.replace(b"\0", b" ").decode(errors="replace"))
        if kind == b"R" and struct.unpack(">i", body[:4])[0] != 0:
            raise SystemExit("PostgreSQL asks for a password: name an empty database with --database instead")
        if kind == b"Z":
            return


def exactly(link, size):
    out = b""
    while len(out) < size:
        piece = link.recv(size - len(out))
        if not piece:
            raise SystemExit("PostgreSQL hung up")
        out += piece
    return out
