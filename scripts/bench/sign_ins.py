"""Does signing in give away who has an account, and does the site go on while a hundred people sign in at once?

    .venv/bin/python scripts/bench/sign_ins.py

Prints the median time (ms) of a refused sign-in for a known and an unknown address, of asking for a new password for
both, and of registering both; then of /healthz alone (the control) and while 100 people sign in at once.
"""

import http.cookiejar
import re
import statistics
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
from tests.serving import Service

TIMES = 9  # twenty wrong passwords are the most that one address has in a quarter of an hour
CROWD = 100
PASSWORD = "con meo treo cay cau"
KNOWN, UNKNOWN = "known{0}@example.com", "unknown{0}@example.com"


class Visitor:
    """A browser with a cookie jar."""

    def __init__(self, url: str) -> None:
        self.url = url
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)

    def open_form(self, path: str) -> None:
        with self.opener.open(self.url + path, timeout=60) as page:
            self.token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.read().decode())[1]

    def send(self, path: str, **fields: str) -> tuple[int, float]:
        """Return the status and the time in ms."""
        body = urllib.parse.urlencode({"csrf_token": self.token, **fields}).encode()
        began = time.perf_counter()
        try:
            with self.opener.open(self.url + path, body, timeout=120) as answer:
                answer.read()
                status = answer.status
        except urllib.error.HTTPError as refused:
            refused.read()
            status = refused.code
        return status, (time.perf_counter() - began) * 1000


def alternate(url: str, path: str, **fields: str) -> tuple[float, float]:
    """Send a form for known and unknown addresses in turn; return both medians in ms."""
    times: dict[str, list[float]] = {KNOWN: [], UNKNOWN: []}
    visitor = Visitor(url)
    for number in range(TIMES):
        for pattern in (KNOWN, UNKNOWN):
            visitor.open_form(path)
            status, took = visitor.send(path, email=pattern.format(number), **fields)
            assert status in {200, 422}, status
            times[pattern].append(took)
    return statistics.median(times[KNOWN]), statistics.median(times[UNKNOWN])


def health(url: str, until: threading.Event, least: int = 30) -> list[float]:
    """Ask /healthz until told to stop, `least` times at least; return the times in ms."""
    times: list[float] = []
    while len(times) < least or not until.is_set():
        began = time.perf_counter()
        with urllib.request.urlopen(f"{url}/healthz", timeout=30) as answer:
            answer.read()
        times.append((time.perf_counter() - began) * 1000)
        time.sleep(0.02)
    return times


def crowd(url: str) -> tuple[list[float], list[tuple[int, float]]]:
    """Have 100 people sign in at once; return the times of /healthz meanwhile and each one's status and time."""
    visitors = [Visitor(url) for _ in range(CROWD)]
    for visitor in visitors:
        visitor.open_form("/sign-in")
    done: list[tuple[int, float]] = []
    over = threading.Event()

    def sign_in(visitor: Visitor, number: int) -> None:
        done.append(visitor.send("/sign-in", email=KNOWN.format(number % TIMES), password=PASSWORD))

    threads = [threading.Thread(target=sign_in, args=(each, number)) for number, each in enumerate(visitors)]
    for thread in threads:
        thread.start()
    threading.Thread(target=lambda: ([thread.join() for thread in threads], over.set())).start()
    return health(url, over), done


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        service = Service(Path(name) / "instance")
        with service:
            for number in range(TIMES):
                options = ["--email", KNOWN.format(number), "--password-stdin"]
                service.run("account", "create", *options, given=PASSWORD)
            print(f"{'':28}{'known ms':>10}{'unknown ms':>12}{'ratio':>8}")
            registering = {"name": "Lan", "password": PASSWORD, "old_enough": "y", "agreed": "y"}
            rows = {
                "a wrong password": ("/sign-in", {"password": "khong phai mat khau nay"}),
                "asking for a new password": ("/reset", {}),
                "registering": ("/register", registering),
            }
            for kind, (path, fields) in rows.items():
                known, unknown = alternate(service.url, path, **fields)
                print(f"{kind:28}{known:10.1f}{unknown:12.1f}{known / unknown:8.2f}")
            alone = health(service.url, _over())
            meanwhile, done = crowd(service.url)
            print(f"\n{'':28}{'median ms':>10}{'slowest ms':>12}")
            print(f"{'/healthz alone (control)':28}{statistics.median(alone):10.1f}{max(alone):12.1f}")
            print(f"{'/healthz, 100 signing in':28}{statistics.median(meanwhile):10.1f}{max(meanwhile):12.1f}")
            took = [each for _, each in done]
            print(f"{'the sign-ins themselves':28}{statistics.median(took):10.1f}{max(took):12.1f}")
            print("answers:", {code: sum(1 for each, _ in done if each == code) for code in {each for each, _ in done}})


def _over() -> threading.Event:
    over = threading.Event()
    over.set()
    return over


if __name__ == "__main__":
    main()
