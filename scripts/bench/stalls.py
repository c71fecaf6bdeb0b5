"""Does the home page still answer while others stall? 300 half headers, 300 half bodies, 40 slow readers of 200 MB.

    .venv/bin/python scripts/bench/stalls.py

Prints the median and the slowest of 20 home pages (ms) without stalls (the control) and with each kind of them.
"""

import json
import os
import socket
import statistics
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
from tests.serving import Service

ASKED = 20


def home_times(service: Service) -> list[float]:
    """Ask for the home page and say how long each answer took, in ms."""
    times = []
    for _ in range(ASKED):
        began = time.perf_counter()
        try:
            with urllib.request.urlopen(f"{service.url}/", timeout=10) as answer:
                answer.read()
            times.append((time.perf_counter() - began) * 1000)
        except OSError:
            times.append(float("inf"))
    return times


@contextmanager
def stalled(service: Service, count: int, sent: bytes, read: int = 0):
    """Hold `count` connections that sent something and then do nothing (or read a little, and no more)."""
    held = []
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", service.port))
        if read:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        connection.sendall(sent)
        if read:
            connection.recv(read)
        held.append(connection)
    time.sleep(2)
    try:
        yield
    finally:
        for connection in held:
            connection.close()


def big_material(service: Service, folder: Path) -> str:
    """Take in a material with a 200 MB file; return the path of its download."""
    with (folder / "big.txt").open("wb") as file:
        for _ in range(200):
            file.write(os.urandom(500_000).hex().encode())
    record = {"title": {"vi": "Tệp lớn"}, "language": ["vi"], "licence": "https://creativecommons.org/licenses/by/4.0/"}
    (folder / "one.jsonl").write_text(json.dumps({"identifier": "big", "metadata": record, "files": ["big.txt"]}))
    service.run("import", str(folder / "one.jsonl"), "--files", str(folder), "--publish")
    with urllib.request.urlopen(f"{service.url}/api/v1/materials?q=tệp".replace("ệ", "%E1%BB%87")) as answer:
        hits = json.load(answer)["hits"]["hits"]
    for _ in range(100):
        if hits:
            break
        time.sleep(0.2)
        with urllib.request.urlopen(f"{service.url}/api/v1/materials") as answer:
            hits = json.load(answer)["hits"]["hits"]
    return f"/materials/{hits[0]['id']}/files/1/download"


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name, Service(Path(name) / "instance") as service:
        path = big_material(service, Path(name))
        host = f"Host: 127.0.0.1:{service.port}\r\n"
        kinds = {
            "no stalls (control)": (0, b"", 0),
            "300 half headers": (300, f"GET / HTTP/1.1\r\n{host}X-Half: ".encode(), 0),
            "300 half bodies": (300, f"POST /sign-in HTTP/1.1\r\n{host}Content-Length: 1000\r\n\r\nhalf".encode(), 0),
            "40 slow readers": (40, f"GET {path} HTTP/1.1\r\n{host}\r\n".encode(), 1000),
        }
        print(f"{'':24}{'median ms':>12}{'slowest ms':>12}")
        for kind, (count, sent, read) in kinds.items():
            with stalled(service, count, sent, read):
                times = home_times(service)
            print(f"{kind:24}{statistics.median(times):12.1f}{max(times):12.1f}")


if __name__ == "__main__":
    main()
