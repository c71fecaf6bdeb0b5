"""How long until an upload of 100 MB is acknowledged, raw and as a form; and does memory stay flat at 2 GB?

The control hashes, writes and fsyncs the same bytes in one program. To beat: 1.6 times that raw, 3 times as a form;
less than 64 MB more memory.

    .venv/bin/python scripts/bench/upload.py [MB of the large one]
"""

import hashlib
import os
import secrets
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
from tests.educator import Educator
from tests.serving import Service

ROUNDS = 9
MB = 1024 * 1024
BLOCK = 256 * 1024


class Content:
    """A text of so many MB that is new each time, made while it is sent."""

    def __init__(self, megabytes: int) -> None:
        self.size = megabytes * MB
        self._first = secrets.token_hex(16).encode()

    def __iter__(self) -> Iterator[bytes]:
        block = (b"Tai lieu hoc tap cho nguoi lon. " * (BLOCK // 32))[:BLOCK]
        yield self._first + block[32:]
        for _ in range(self.size // BLOCK - 1):
            yield block


def control(folder: Path, content: Content) -> float:
    """Hash, write and fsync the bytes in one go; return the seconds."""
    begun, digest = time.perf_counter(), hashlib.sha256()
    with (folder / "control").open("wb") as file:
        for block in content:
            digest.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    took = time.perf_counter() - begun
    (folder / "control").unlink()
    return took


def servers(service: Service) -> list[psutil.Process]:
    """Return the server's processes, its worker left out."""
    assert service.process is not None
    processes = [psutil.Process(service.process.pid), *psutil.Process(service.process.pid).children(recursive=True)]
    return [each for each in processes if not {"worker", "oer.backends.extraction.fork_server"} & set(each.cmdline())]


def memory_of(service: Service) -> int:
    """Return how many bytes of their own the server's processes have together."""
    return sum(each.memory_info().rss for each in servers(service))


def cpu_of(service: Service) -> float:
    """Return how many seconds of processor time the server's processes have had."""
    return sum(each.cpu_times().user + each.cpu_times().system for each in servers(service))


def memory_grown(service: Service, educator: Educator, megabytes: int) -> tuple[int, float]:
    """Return by how many bytes the server grew while a large file came, and the seconds that it took."""
    before, most, over = memory_of(service), [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            most[0] = max(most[0], memory_of(service))

    watcher = threading.Thread(target=watch)
    watcher.start()
    took = educator.upload_raw(Content(megabytes))
    over.set()
    watcher.join()
    return most[0] - before, took


def main() -> None:
    large = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        with Service(folder / "instance", {"OER_ACCOUNT_QUOTA_BYTES": str(100 * 1024 * MB)}) as service:
            educator = Educator(service)
            educator.begin()
            ways = {
                "control": lambda content: control(folder, content),
                "raw": educator.upload_raw,
                "form": educator.upload_form,
            }
            times: dict[str, list[float]] = {way: [] for way in ways}
            spent: dict[str, list[float]] = {way: [] for way in ways}
            for _ in range(ROUNDS):  # in turn, so that a busy moment meets them all
                for way, upload in ways.items():
                    before = cpu_of(service) if way != "control" else time.process_time()
                    times[way].append(upload(Content(100)))
                    spent[way].append((cpu_of(service) if way != "control" else time.process_time()) - before)
            print(f"100 MB, medians of {ROUNDS}\n{'':12}{'seconds':>10}{'x control':>12}{'CPU s':>10}")
            for way, took in times.items():
                ratio = statistics.median(mine / base for mine, base in zip(took, times["control"], strict=True))
                print(f"{way:12}{statistics.median(took):10.2f}{ratio:12.2f}{statistics.median(spent[way]):10.2f}")
            grown, took = memory_grown(service, educator, large)
            print(f"{large} MB raw: {took:.1f} s, the server grew by {grown / MB:.0f} MB")


if __name__ == "__main__":
    main()
