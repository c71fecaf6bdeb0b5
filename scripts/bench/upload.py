"""How long until an upload of 100 MB is acknowledged, raw and as a form; and does memory stay flat at 2 GB?

The control hashes, writes and fsyncs the same bytes in one program. To beat: 1.6 times that raw, 3 times as a form;
less than 64 MB more memory.

    .venv/bin/python scripts/bench/upload.py [MB of the large one]
"""

import hashlib
import http.client
import json
import os
import re
import secrets
import statistics
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
from tests.serving import Service

ROUNDS = 9
MB = 1024 * 1024
BLOCK = 256 * 1024
EMAIL, PASSWORD = "educator@example.com", "con meo treo cay cau"


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


class Educator:
    """Somebody who is signed in and has a draft."""

    def __init__(self, service: Service) -> None:
        self.port, self.cookie = service.port, ""
        self._ask("GET", "/sign-in")
        self._ask("POST", "/sign-in", urllib.parse.urlencode({"email": EMAIL, "password": PASSWORD, **self._token()}))
        self._ask("GET", "/my/materials/new")
        status, answer = self._ask("POST", "/api/v1/materials", json.dumps({"metadata": {"title": {"vi": "Thử"}}}))
        assert status == 201, answer
        self.draft = json.loads(answer)["id"]

    def _token(self) -> dict[str, str]:
        return {"csrf_token": self.token}

    def _ask(self, method: str, path: str, body: str = "") -> tuple[int, str]:
        kind = "application/json" if path.startswith("/api") else "application/x-www-form-urlencoded"
        status, answer, headers = self._send(method, path, [body.encode()], len(body.encode()), kind)
        for line in headers.get_all("Set-Cookie") or ():
            name = line.split("=", 1)[0]
            kept = [each for each in self.cookie.split("; ") if each and not each.startswith(f"{name}=")]
            self.cookie = "; ".join([*kept, line.split(";", 1)[0]])
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer)
        if found:
            self.token = found[1]
        return status, answer

    def _send(self, method: str, path: str, blocks, size: int, kind: str):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        connection.putrequest(method, path)
        headers = {"Content-Type": kind, "Content-Length": str(size), "Cookie": self.cookie}
        if path.startswith("/api"):
            headers["X-CSRFToken"] = self.token
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        with suppress(BrokenPipeError, ConnectionResetError):  # the answer may come before the end of the body
            for block in blocks:
                connection.send(block)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        connection.close()
        return answer.status, text, answer.headers

    def upload_raw(self, content: Content) -> float:
        """Send a file as the page's script and programs do; return the seconds until it is acknowledged."""
        path = f"/api/v1/materials/{self.draft}/files?name=bai.txt&key={secrets.token_hex(8)}"
        begun = time.perf_counter()
        status, answer, _ = self._send("POST", path, content, content.size, "application/octet-stream")
        assert status == 201, answer[:500]
        return time.perf_counter() - begun

    def upload_form(self, content: Content) -> float:
        """Send a file as a form without a script does; return the seconds until it is acknowledged."""
        mark = "----bench"
        fields = {**self._token(), "key": secrets.token_hex(8)}
        head = "".join(
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        )
        head += f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="bai.txt"\r\n'
        head += "Content-Type: text/plain\r\n\r\n"
        tail = f"\r\n--{mark}--\r\n"

        def blocks() -> Iterator[bytes]:
            yield head.encode()
            yield from content
            yield tail.encode()

        begun = time.perf_counter()
        size = content.size + len(head) + len(tail)
        path = f"/my/materials/{self.draft}/files"
        status, answer, headers = self._send("POST", path, blocks(), size, f"multipart/form-data; boundary={mark}")
        took = time.perf_counter() - begun
        assert status == 303, (status, re.sub(r"<[^>]+>|\s+", " ", answer)[:800], headers)
        return took


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
    return [each for each in processes if not {"worker", "oer.backends.extraction.worker"} & set(each.cmdline())]


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
            service.run("account", "create", "--email", EMAIL, "--role", "educator", "--password-stdin", given=PASSWORD)
            educator = Educator(service)
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
