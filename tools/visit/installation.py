"""An installation in a folder of its own: made, served, killed, served again, and asked by its own commands."""

import os
import random
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request


class Installation:
    """The program and its folder."""

    def __init__(self, program, folder, database=None):
        self.program = os.path.abspath(program)
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = os.path.join(folder, "site", "countenance.toml")
        self.server = None
        self.kills = 0
        self.lock = threading.Lock()
        site = os.path.join(folder, "site")
        asked = ["init", site, "--listen", f"127.0.0.1:{self.port}", "--public-url", f"http://localhost:{self.port}"]
        self.run(*asked, *(["--database", database] if database else []), config=False)

    def run(self, *arguments, status=0, config=True):
        """One command of the program; what it printed."""
        whole = [self.program, *arguments] + (["--config", self.config] if config else [])
        done = subprocess.run(whole, capture_output=True, text=True, encoding="utf-8", check=False)
        if done.returncode != status:
            raise SystemExit(f"{' '.join(whole)} ended with {done.returncode}, not {status}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def serve(self):
        """Begins to serve and waits until it does."""
        with self.lock:
            self.begin()
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"{self.url}/api/v1/health/ready", timeout=5):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)
        raise SystemExit("the server does not begin:\n" + self.log()[-2000:])

    def begin(self):
        with open(os.path.join(self.folder, "server.log"), "ab") as log:
            self.server = subprocess.Popen([self.program, "serve", "--config", self.config], stdout=log, stderr=log)

    def status(self, path):
        """How the server answers to a page's address."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def first_link(self):
        """The secret part of the one-time link for the first administrator, which `serve` prints."""
        return self.log().split("/invitation#")[1].split()[0]

    def log(self):
        with open(os.path.join(self.folder, "server.log"), encoding="utf-8", errors="replace") as log:
            return log.read()

    def kill(self):
        """SIGKILL: what a power cut does to a process."""
        with self.lock:
            self.server.send_signal(signal.SIGKILL)
            self.server.wait()
            self.kills += 1
            self.begin()

    def serve_again(self):
        """Stops politely if it runs, and serves."""
        self.stop()
        self.serve()

    def stop(self):
        """The polite way: SIGTERM, and the last checkpoint."""
        with self.lock:
            if self.server and self.server.poll() is None:
                self.server.terminate()
                self.server.wait(timeout=60)


class Killer:
    """Kills the server at random moments and starts it again, until it is told to stop."""

    def __init__(self, site, seed, pause_s):
        self.site, self.chance, self.pause_s = site, random.Random(seed), pause_s
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.go, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def go(self):
        while not self.ended.wait(self.chance.uniform(0.05, self.pause_s)):
            self.site.kill()
            # A server that is killed before it serves does no work; the moments that matter come after.
            while not self.ended.is_set() and not answers(self.site.port):
                time.sleep(0.02)


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
