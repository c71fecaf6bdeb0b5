"""Making the picture of a page, the start of its process included, beside starting that process for nothing.

.venv/bin/python -m scripts.bench.page_image [--rounds 5]

Milliseconds, medians over the pages, as the reader waits for them; the target is under 400.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from oer.backends.extraction.extracting import render_page
from oer.reading.page_images import WIDTHS

BOOK = Path(__file__).parents[2] / "oer" / "samples" / "files" / "ky-nang-so-cho-moi-nguoi.pdf"
PAGES = (1, 5, 12, 20, 30)


def main() -> None:
    """Print one line for the control and one for each width."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    rounds = arguments.parse_args().rounds
    timed: dict[str, list[tuple[float, float, int]]] = {}
    for _ in range(rounds):
        for page in PAGES:
            timed.setdefault("a process that does nothing", []).append(_timed(_nothing))
            for width in WIDTHS:
                timed.setdefault(f"a page {width} px wide", []).append(_timed(partial(render_page, BOOK, page, width)))
    print(f"{'':30}{'wall ms':>9}{'longest':>9}{'CPU ms':>9}{'KB':>7}")
    for name, taken in timed.items():
        walls, processors, sizes = zip(*taken, strict=True)
        middle = [statistics.median(each) for each in (walls, processors, sizes)]
        print(f"{name:30}{middle[0]:9.0f}{max(walls):9.0f}{middle[1]:9.0f}{middle[2] / 1000:7.0f}")


def _nothing() -> bytes:
    return subprocess.run([sys.executable, "-I", "-c", ""], check=True, capture_output=True).stdout


def _timed(work: Callable[[], bytes]) -> tuple[float, float, int]:
    """Return milliseconds by the clock and of the processor, and how many bytes came out."""
    before, begin = _processor_seconds(), time.perf_counter()
    size = len(work())
    return (time.perf_counter() - begin) * 1000, (_processor_seconds() - before) * 1000, size


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
