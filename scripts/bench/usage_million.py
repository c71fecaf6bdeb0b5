"""A million events, in no order, counted by COUNTER's rules: how long, how much memory, and how far from a plain count?

    .venv/bin/python scripts/bench/usage_million.py [EVENTS]

The control reads the same events and counts one for each. The aim: under 60 s and under 500 MB for a million.
"""

import random
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
from oer.usage.counter.counting import EventCounter
from oer.usage.robots import robot_policy

AGENTS = [
    f"Mozilla/5.0 (Linux; Android {n % 8 + 7}; SM-A{n}F) AppleWebKit/537.36 Chrome/{n % 30 + 100}.0 Mobile Safari/{n}"
    for n in range(400)
] + [f"GPTBot/1.{n}" for n in range(20)]


def events(number: int) -> Iterator[dict[str, str]]:
    """Give events of a month as a log would have them: visits of a page, a file, a double-click now and then."""
    chance = random.Random(7)
    first = datetime(2026, 3, 1, tzinfo=UTC)
    made = 0
    while made < number:
        moment = first + timedelta(seconds=chance.randrange(31 * 86_400))
        item = f"item{min(int(chance.expovariate(1 / 900)), 9_999):05}"
        visitor = {"ip": f"10.{chance.randrange(60)}.{chance.randrange(250)}.7", "ua": chance.choice(AGENTS)}
        for seconds, kind in ((0, "investigation"), (20, "request"), (28, "request"), (400, "request")):
            path = f"https://hoclieu.example/i/{item}" + ("/f/1.pdf" if kind == "request" else "?utm_source=zalo")
            time_of = (moment + timedelta(seconds=seconds)).isoformat()
            yield {"t": time_of, "kind": kind, "url": path, "item": item, **visitor}
            made += 1


def main() -> None:
    """Count and print."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    began = time.process_time()
    plain = sum(1 for _ in events(number))
    control = time.process_time() - began
    began, began_wall = time.process_time(), time.perf_counter()
    counter = EventCounter(robot_policy().is_robot)
    for event in events(number):
        counter.add(event)
    counts = counter.counts()
    took, wall = time.process_time() - began, time.perf_counter() - began_wall
    investigations = sum(it["TII"] for items in counts.values() for it in items.values())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{plain:,} events made and counted plainly (control): {control:.1f} s of CPU")
    print(f"made and counted by COUNTER's rules: {took:.1f} s of CPU, {wall:.1f} s in all, {memory:.0f} MB at most")
    print(f"investigations: {investigations:,}; counting every line gives {plain / investigations:.2f} times as many")


if __name__ == "__main__":
    main()
