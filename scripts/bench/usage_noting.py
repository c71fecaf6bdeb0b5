"""What does noting an event cost a request, also while the worker reads and the disk is busy?

    .venv/bin/python scripts/bench/usage_noting.py

Prints CPU and wall time per event (medians of 7 rounds of 20,000): a bare `os.write` of the same line (the control),
recording with the visitor's key and JSON, and the same through `record_event(...)` in a view, alone and while a worker
reads the spool. The aim: 40 µs of CPU at most.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
from flask import Flask

from oer.config import Settings
from oer.core.installation import open_backends
from oer.core.schema import upgrade_schema
from oer.usage.events import Event, to_line
from oer.usage.spool import Spool
from oer.usage.views import record_event
from oer.usage.visitors import DaySalts
from oer.web.context import init_context
from oer.web.identity import init_identity

ROUNDS, EVENTS = 7, 20_000
AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)


def measured(act: Callable[[], object]) -> tuple[float, float]:
    """Return the medians of CPU and wall time per call, in µs."""
    cpu, wall = [], []
    for _ in range(ROUNDS):
        began_cpu, began = time.process_time(), time.perf_counter()
        for _ in range(EVENTS):
            act()
        cpu.append((time.process_time() - began_cpu) / EVENTS * 1e6)
        wall.append((time.perf_counter() - began) / EVENTS * 1e6)
    return statistics.median(cpu), statistics.median(wall)


def record_plainly(spool: Spool, salts: DaySalts) -> None:
    """Do what `note` does, without a request around it."""
    at = time.time_ns() // 1000
    visitor, before = salts.keys(at / 1e6, f"v|203.0.113.7|{AGENT}")
    spool.append(
        to_line(
            Event(
                at=at,
                kind="view",
                item="abcde-fghij",
                url="/materials/abcde-fghij",
                visitor=visitor,
                visitor_before=before,
                user_agent=AGENT,
                via="search",
                language="vi",
            )
        )
    )


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(instance_dir=Path(folder), secret_key="a secret of this bench")
        upgrade_schema(settings.database)
        app = Flask("bench")
        app.config["SECRET_KEY"] = settings.secret_key
        init_context(app, open_backends(settings))
        init_identity(app, lambda _session, _token: None)
        spool, salts = Spool(settings.spool_dir), DaySalts(settings.salt_dir)
        line = b"x" * 260 + b"\n"
        control = os.open(Path(folder) / "control", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        rows = [("one os.write of 260 bytes (control)", measured(lambda: os.write(control, line)))]
        rows.append(("recorded, without a request", measured(lambda: record_plainly(spool, salts))))
        headers = {"User-Agent": AGENT, "Referer": "http://localhost/search?q=so"}
        with app.test_request_context("/materials/abcde-fghij", headers=headers):
            rows.append(("record_event() in a view", measured(lambda: record_event("view", "abcde-fghij"))))
            worker = start_worker(folder)
            try:
                rows.append(
                    ("record_event() while the worker writes", measured(lambda: record_event("view", "abcde-fghij")))
                )
            finally:
                worker.kill()
                worker.wait()
    print(f"{'':40}{'CPU µs':>10}{'wall µs':>10}")
    for name, (cpu, wall) in rows:
        print(f"{name:40}{cpu:10.1f}{wall:10.1f}")


def start_worker(folder: str) -> subprocess.Popen[bytes]:
    """Start a process that takes the spool in, again and again."""
    code = (
        "import sys; from pathlib import Path; from oer.core.db import open_database\n"
        "from oer.usage.robots import robot_policy; from oer.usage.services.ingestion import ingest\n"
        "folder = Path(sys.argv[1]); database = open_database(f'sqlite:///{folder}/oer.sqlite3')\n"
        "while True: ingest(database, folder / 'spool', robot_policy())"
    )
    process = subprocess.Popen([sys.executable, "-c", code, folder])
    time.sleep(3)
    return process


if __name__ == "__main__":
    main()
