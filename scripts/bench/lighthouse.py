"""Lighthouse over the service with its sample collection, as a middling phone sees it: home, search, material, readers.

(cd SOMEWHERE && npm install lighthouse)
CHROME_PATH=/usr/bin/chromium .venv/bin/python -m scripts.bench.lighthouse SOMEWHERE/node_modules/.bin/lighthouse

Targets: performance at least 95, accessibility and best practices 100. What is missed is named below the table, and
the command ends with 1.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.serving import free_port

TARGETS = {"performance": 95, "accessibility": 100, "best-practices": 100}
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic --no-first-run"
START_SECONDS = 240


def main() -> None:
    """Print the scores of each page, and what keeps them from being whole."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("lighthouse", help="the program")
    program = arguments.parse_args().lighthouse
    print(f"{'':14}" + "".join(f"{name:>16}" for name in TARGETS) + f"{'largest, s':>12}{'shift':>7}{'KB':>6}")
    with tempfile.TemporaryDirectory() as name, _served(Path(name)) as site:
        missed = [_measured(program, page, address) for page, address in _pages(site).items()]
    for line in filter(None, missed):
        print(line)
    sys.exit(any(missed))


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """Start the service in an empty installation, wait for its samples to be read and found; give its address."""
    port = free_port()
    site = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "OER_INSTANCE_DIR": str(folder / "instance"),
        "OER_STORAGE_URL": f"file:{folder / 'uploads'}",
        "OER_BASE_URL": site,
    }
    command = [sys.executable, "-m", "oer", "serve", "--with-samples", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            _wait(site)
            yield site
        finally:
            process.terminate()
            process.wait(30)


def _wait(site: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        # The worker reads the samples when the service already answers; until then a page of a file is not there.
        with suppress(OSError, IndexError):
            for address in _pages(site).values():
                _text(address)
            return
        time.sleep(1)
    raise SystemExit("the service does not show its samples")


def _text(address: str) -> str:
    with urllib.request.urlopen(address, timeout=20) as answer:
        return str(answer.read().decode())


def _pages(site: str) -> dict[str, str]:
    found = f"{site}/search?q=ky+nang+so"
    material = site + re.findall(r'class="name"><a href="([^"]+)"', _text(found))[0]
    readers = re.findall(r'href="([^"]+/read)"', _text(material))
    return {
        "home": f"{site}/",
        "search": found,
        "material": material,
        "reader, PDF": f"{site}{readers[0]}?page=5",
        "reader, EPUB": f"{site}{readers[-1]}?page=3",
    }


def _measured(program: str, page: str, address: str) -> str:
    """Measure a page twice, the second time with what it needs made, print its line; return what it misses in words."""
    for _ in range(2):
        report = _report(program, address)
    scores = {name: round(100 * (report["categories"][name]["score"] or 0)) for name in TARGETS}
    audits = report["audits"]
    largest, shift = (audits[name]["numericValue"] for name in ("largest-contentful-paint", "cumulative-layout-shift"))
    weight = audits["total-byte-weight"]["numericValue"] / 1000
    print(
        f"{page:14}"
        + "".join(f"{each:16}" for each in scores.values())
        + f"{largest / 1000:12.1f}{shift:7.2f}{weight:6.0f}"
    )
    if all(scores[name] >= target for name, target in TARGETS.items()):
        return ""
    return f"{page} misses: {', '.join(_short_of(report))}"


def _report(program: str, address: str) -> dict[str, Any]:
    command = [program, address, "--quiet", "--output=json", f"--chrome-flags={FLAGS}"]
    command.append(f"--only-categories={','.join(TARGETS)}")
    said = subprocess.run(command, check=True, capture_output=True).stdout
    report: dict[str, Any] = json.loads(said)
    return report


def _short_of(report: dict[str, Any]) -> list[str]:
    weighed = [each for name in TARGETS for each in report["categories"][name]["auditRefs"] if each["weight"]]
    audits = [report["audits"][each["id"]] for each in weighed]
    return [f"{each['id']} ({each.get('displayValue', '')})" for each in audits if (each["score"] or 0) < 0.9]


if __name__ == "__main__":
    main()
