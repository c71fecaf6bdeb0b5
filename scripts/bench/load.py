"""What becomes of the service under load: three times its capacity for seconds, or mixed use for half an hour.

`overload` finds how many searches a second are answered to 16 clients, then sends three times as many, whether or not
answers come. To reach: what is accepted is answered within 2 s, the rest gets a fast 503 with Retry-After.
`mixed` sends the pages, searches, reads, downloads, API calls and sign-ins of everyday use at an even rate, and uploads
beside them. To reach: no 5xx, memory within 5 % of where it was after the first tenth, p95 within twice that of the
same requests one at a time.

.venv/bin/python -m scripts.bench.load overload [--seconds 20]
.venv/bin/python -m scripts.bench.load mixed [--minutes 30] [--rate 10]
"""

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import psutil

from oer.catalogue.jobs import index_due
from oer.files.jobs import extract_due
from oer.samples.loading import load_samples
from scripts.bench.serving import make_installation
from tests.educator import Educator
from tests.serving import Service

WORDS = """
an toàn điện nước tiếng anh lừa đảo sức khỏe trẻ em máy tính nấu ăn vườn luật lao động học nghề
"""
CLIENTS = 16
PATIENCE_SECONDS = 30
NOTHING = 599  # no answer at all


class Measured:
    """Answers by kind of request: how long each took, in ms, by status."""

    def __init__(self) -> None:
        self.times: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
        self.without_retry = 0

    def add(self, kind: str, status: int, began: float, head: str) -> None:
        self.times[kind, status].append((time.perf_counter() - began) * 1000)
        self.without_retry += status == 503 and "retry-after:" not in head.lower()

    def of(self, *, good: bool) -> list[float]:
        return sorted(each for (_, status), some in self.times.items() if (status < 500) is good for each in some)

    def p95(self, kind: str) -> float:
        return at_share(sorted(each for (asked, _), some in self.times.items() if asked == kind for each in some), 0.95)

    def statuses(self) -> dict[int, int]:
        counted: Counter[int] = Counter()
        for (_, status), some in self.times.items():
            counted[status] += len(some)
        return dict(sorted(counted.items()))


def at_share(times: list[float], share: float) -> float:
    return times[min(len(times) - 1, int(len(times) * share))] if times else float("nan")


async def ask(port: int, kind: str, path: str, measured: Measured) -> None:
    """Ask for a path over a connection of its own, and note how it ended."""
    began, head, status = time.perf_counter(), "", NOTHING
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            while await reader.read(65536):
                continue
            status = int(head.split(" ", 2)[1])
            writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        pass
    measured.add(kind, status, began, head)


async def one_after_another(port: int, requests: Iterator[tuple[str, str]], seconds: float, measured: Measured) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        await ask(port, *next(requests), measured)


async def at_rate(port: int, requests: Iterator[tuple[str, str]], rate: float, seconds: float) -> Measured:
    """Send so many requests a second, whether or not answers come."""
    measured, running = Measured(), set[asyncio.Task[None]]()
    began, sent = time.monotonic(), 0
    while (passed := time.monotonic() - began) < seconds:
        while sent < passed * rate:
            running.add(asyncio.create_task(ask(port, *next(requests), measured)))
            sent += 1
        running = {each for each in running if not each.done()}
        await asyncio.sleep(0.005)
    await asyncio.gather(*running)
    return measured


def searches() -> Iterator[tuple[str, str]]:
    drawn = random.Random(1)
    while True:
        query = " ".join(drawn.sample(WORDS.split(), 3))
        yield "search", f"/search?{urllib.parse.urlencode({'q': query, 'n': drawn.randrange(10**6)})}"


def everyday(service: Service) -> Iterator[tuple[str, str]]:
    """Give what people ask for, in the proportions of a public library's site."""
    with urllib.request.urlopen(f"{service.url}/api/v1/materials?size=50") as answer:
        ids = [hit["id"] for hit in json.load(answer)["hits"]["hits"]]
    drawn, found = random.Random(2), searches()
    while True:
        one = drawn.choice(ids)
        yield drawn.choices(
            [
                ("home", "/"),
                next(found),
                ("material", f"/materials/{one}"),
                ("reader", f"/materials/{one}/files/1/read"),
                ("download", f"/materials/{one}/files/1/download"),
                ("subjects", "/subjects"),
                ("suggestions", f"/search/suggestions?q={urllib.parse.quote(drawn.choice(WORDS.split())[:3])}"),
                ("API", "/api/v1/materials?size=10"),
                ("sign-in", "/sign-in"),
            ],
            weights=[10, 25, 25, 15, 8, 5, 8, 2, 2],
        )[0]


def memory(service: Service) -> dict[str, float]:
    """Return the MB of each process of the service."""
    assert service.process is not None
    found = {}
    for each in psutil.Process(service.process.pid).children(recursive=True):
        try:
            found[f"{each.pid} {'worker' if 'worker' in each.cmdline() else 'web'}"] = each.memory_info().rss / 1e6
        except psutil.Error:  # it ended meanwhile
            continue
    return found


def overload(service: Service, seconds: float) -> None:
    control = Measured()

    async def closed_loop() -> None:
        await asyncio.gather(
            *(one_after_another(service.port, searches(), seconds / 2, control) for _ in range(CLIENTS))
        )

    asyncio.run(closed_loop())
    capacity = len(control.of(good=True)) / (seconds / 2)
    print(f"capacity {capacity:.0f} searches a second, {statistics.median(control.of(good=True)):.0f} ms", flush=True)
    measured = asyncio.run(at_rate(service.port, searches(), capacity * 3, seconds))
    good, refused = measured.of(good=True), measured.of(good=False)
    print(f"three times as many: {measured.statuses()}, 503 without Retry-After: {measured.without_retry}")
    for name, times in (("accepted", good), ("refused", refused)):
        if times:
            print(f"{name}: {len(times) / seconds:.0f} a second, median {statistics.median(times):.0f} ms, "
                  f"p95 {at_share(times, 0.95):.0f}, slowest {times[-1]:.0f}")  # fmt: skip


def mixed(service: Service, minutes: float, rate: float) -> None:
    idle = Measured()
    asyncio.run(one_after_another(service.port, everyday(service), 20, Measured()))
    asyncio.run(one_after_another(service.port, everyday(service), 40, idle))
    ended, uploads = threading.Event(), list[float]()
    uploading = threading.Thread(target=_upload, args=(service, ended, uploads), daemon=True)
    uploading.start()
    requests = everyday(service)
    asyncio.run(at_rate(service.port, requests, rate, minutes * 6))
    before = memory(service)
    measured = asyncio.run(at_rate(service.port, requests, rate, minutes * 54))
    ended.set()
    uploading.join(60)
    print(f"{measured.statuses()}; {len(uploads)} uploads, slowest {max(uploads, default=0):.1f} s")
    for kind in sorted({kind for kind, _ in measured.times}):
        print(f"{kind:12} p95 one at a time {idle.p95(kind):7.1f} ms, under load {measured.p95(kind):7.1f}")
    after = memory(service)
    for name in sorted(before):
        if name in after:
            print(f"{name:16} {before[name]:6.0f} -> {after[name]:6.0f} MB ({after[name] / before[name] - 1:+.1%})")


def _upload(service: Service, ended: threading.Event, took: list[float]) -> None:
    educator = Educator(service)
    educator.begin()
    while not ended.wait(10):
        took.append(educator.upload_raw(_Text()))


class _Text:
    """A text of 1 MB that nobody has sent before."""

    size = 1_000_000

    def __iter__(self) -> Iterator[bytes]:
        yield random.randbytes(self.size // 2).hex().encode()


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("what", choices=("overload", "mixed"))
    arguments.add_argument("--seconds", type=float, default=20)
    arguments.add_argument("--minutes", type=float, default=30)
    arguments.add_argument("--rate", type=float, default=10)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        installation = make_installation(Path(name))
        load_samples(installation)
        extract_due(installation)
        index_due(installation)
        installation.database.engine.dispose()
        with Service(Path(name) / "instance", upgraded=True) as service:
            asyncio.run(one_after_another(service.port, searches(), 5, Measured()))
            if given.what == "overload":
                overload(service, given.seconds)
            else:
                mixed(service, given.minutes, given.rate)


if __name__ == "__main__":
    main()
