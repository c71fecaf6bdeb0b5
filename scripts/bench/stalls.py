"""Does the home page still answer while others stall, and does an upload over a slow line go through meanwhile?

    .venv/bin/python scripts/bench/stalls.py [--addresses 40]

First each kind of stall by itself, then all of them together: 2,000 half bodies, 2,000 half headers, and 200 readers
who take nothing of a 200 MB file, from that many addresses (127.0.1.x). Prints the median and the slowest of 40 home
pages (which are kept) and of 40 forms (which are not), and the memory of the largest process. To beat: 50 ms, 400 MB.
"""

import argparse
import json
import os
import socket
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
from tests.educator import Educator
from tests.serving import Service

ASKED = 40
LINE_BYTES = 200_000  # a second
UPLOAD_BYTES = 4_000_000


@dataclass
class Stall:
    """So many connections that send something and then do nothing; with `reads`, after they took so much."""

    count: int
    sent: bytes
    reads: int = 0


def page_times(service: Service, path: str) -> list[float]:
    """Ask for a page and say how long each answer took, in ms."""
    times = []
    for _ in range(ASKED):
        began = time.perf_counter()
        try:
            with urllib.request.urlopen(f"{service.url}{path}", timeout=10) as answer:
                answer.read()
            times.append((time.perf_counter() - began) * 1000)
        except OSError:
            times.append(float("inf"))
        time.sleep(0.05)
    return times


@contextmanager
def stalled(service: Service, stall: Stall, addresses: int):
    """Hold connections from so many addresses, which are opened again when the server ends them."""
    ended, opened = threading.Event(), []

    def keep_up() -> None:
        while not ended.is_set():
            for number in range(stall.count):
                if ended.wait(0.0005):
                    return
                if number == len(opened):
                    opened.append(begun(service, stall, number % addresses))
                elif is_over(opened[number]):
                    opened[number].close()
                    opened[number] = begun(service, stall, number % addresses)
            held.set()
            ended.wait(0.5)

    held = threading.Event()
    thread = threading.Thread(target=keep_up, daemon=True)
    thread.start()
    held.wait(120)
    try:
        yield opened
    finally:
        ended.set()
        thread.join()
        for each in opened:
            each.close()


def begun(service: Service, stall: Stall, number: int) -> socket.socket:
    connection = socket.socket()
    connection.bind((f"127.0.1.{number + 1}", 0))
    connection.settimeout(20)
    if stall.reads:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    try:
        connection.connect(("127.0.0.1", service.port))
        connection.sendall(stall.sent)
        if stall.reads:
            connection.recv(stall.reads)
    except OSError:
        pass
    return connection


def is_over(connection: socket.socket) -> bool:
    """Tell whether the server closed it; what it said before that is read, except by those who take nothing."""
    try:
        connection.setblocking(False)
        return not connection.recv(1, socket.MSG_PEEK) or _answered(connection)
    except BlockingIOError:
        return False
    except OSError:
        return True


def _answered(connection: socket.socket) -> bool:
    return connection.recv(12, socket.MSG_PEEK)[:10] in {b"HTTP/1.1 4", b"HTTP/1.1 5"}


def big_material(service: Service, folder: Path) -> str:
    """Take in a material with a 200 MB file; return the path of its download."""
    with (folder / "big.txt").open("wb") as file:
        for _ in range(200):
            file.write(os.urandom(500_000).hex().encode())
    record = {"title": {"vi": "Tệp lớn"}, "language": ["vi"], "licence": "https://creativecommons.org/licenses/by/4.0/"}
    (folder / "one.jsonl").write_text(json.dumps({"identifier": "big", "metadata": record, "files": ["big.txt"]}))
    service.run("import", str(folder / "one.jsonl"), "--files", str(folder), "--publish")
    hits = []
    for _ in range(300):
        with urllib.request.urlopen(f"{service.url}/api/v1/materials") as answer:
            hits = json.load(answer)["hits"]["hits"]
        if hits:
            break
        time.sleep(0.2)
    return f"/materials/{hits[0]['id']}/files/1/download"


class SlowLine:
    """A text that comes over a line of 200 KB/s."""

    size = UPLOAD_BYTES

    def __iter__(self):
        first = os.urandom(10_000).hex().encode()
        for start in range(0, self.size, LINE_BYTES // 10):
            yield (first * 20)[: min(LINE_BYTES // 10, self.size - start)]
            time.sleep(0.1)


def memory(service: Service) -> float:
    """Return how many MB the largest web process has."""
    assert service.process is not None
    children = psutil.Process(service.process.pid).children(recursive=True)
    web = [each for each in children if "worker" not in each.cmdline()]
    return max(each.memory_info().rss for each in web) / 1_000_000


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--addresses", type=int, default=40)
    addresses = arguments.parse_args().addresses
    with tempfile.TemporaryDirectory() as name, Service(Path(name) / "instance") as service:
        path = big_material(service, Path(name))
        educator = Educator(service)
        educator.begin()
        host = f"Host: 127.0.0.1:{service.port}\r\n"
        half_headers = Stall(2000, f"GET / HTTP/1.1\r\n{host}X-Half: ".encode())
        half_bodies = Stall(2000, f"POST /sign-in HTTP/1.1\r\n{host}Content-Length: 1000\r\n\r\nhalf".encode())
        readers = Stall(200, f"GET {path} HTTP/1.1\r\n{host}\r\n".encode(), 1000)
        kinds = {
            "no stalls (control)": [],
            "2,000 half headers": [half_headers],
            "2,000 half bodies": [half_bodies],
            "200 readers": [readers],
            "all of them": [half_headers, half_bodies, readers],
        }
        print(f"{'':24}{'home, median ms':>16}{'slowest':>9}{'sign-in, median ms':>20}{'slowest':>9}{'MB':>6}")
        for kind, stalls in kinds.items():
            with ExitStack() as stack:
                for stall in stalls:
                    stack.enter_context(stalled(service, stall, addresses))
                home, form = page_times(service, "/"), page_times(service, "/sign-in")
                print(
                    f"{kind:24}{statistics.median(home):16.1f}{max(home):9.1f}"
                    f"{statistics.median(form):20.1f}{max(form):9.1f}{memory(service):6.0f}",
                    flush=True,
                )
                if len(stalls) > 1:
                    took = educator.upload_raw(SlowLine())
                    line = UPLOAD_BYTES / LINE_BYTES
                    print(
                        f"meanwhile an upload over a line of 200 KB/s took {took:.1f} s (the line alone {line:.1f} s)"
                    )


if __name__ == "__main__":
    main()
