"""Requests at random to a real server with something in every table: all routes, methods, headers, queries and bodies.

    .venv/bin/python scripts/bench/hostile_requests.py [--count 10000] [--seed 1] [--from 0]

Prints how often each status came, and every answer that is an error of ours, with the server's log. The same seed
and number give the same request: `--from 1234 --count 1` sends that one alone.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
from oer.config import Settings
from oer.operations.upgrade import upgrade_installation
from tests.operations.full_catalogue import open_full_catalogue, take_out_made_up
from tests.sample_instance import made_once
from tests.serving import Service
from tests.web.hostile_sending import requests_for, send_all


def main() -> int:
    """Send them; 1 if there was any fault."""
    reads = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reads.add_argument("--count", type=int, default=10_000)
    reads.add_argument("--seed", type=int, default=1)
    reads.add_argument("--from", type=int, default=0, dest="first")
    reads.add_argument("--samples", type=Path, help="a folder that keeps the sample instance for the next time")
    asked = reads.parse_args()
    for name in [each for each in os.environ if each.startswith("OER_")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "instance"
        samples = asked.samples or Path(folder) / "shared"
        samples.mkdir(parents=True, exist_ok=True)
        sample = made_once(samples)
        upgrade_installation(Settings(instance_dir=sample))  # it may be of an earlier run
        installation = open_full_catalogue(sample, place)
        with installation.database.transaction() as session:
            take_out_made_up(session, installation.settings.secret_key)
        hostile = requests_for(installation)
        installation.database.engine.dispose()
        with Service(place, {"OER_DATABASE_URL": ""}, upgraded=True) as service:
            began = time.perf_counter()
            found = send_all(service.port, hostile, asked.seed, range(asked.first, asked.first + asked.count))
            took = time.perf_counter() - began
            log = service.said()
        print(f"{asked.count} requests in {took:.0f} s; by status: {dict(sorted(found.statuses.items()))}")
        print("\n".join(found.faults) or "no error of ours")
        if found.faults:
            print(log[-20_000:])
        return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
