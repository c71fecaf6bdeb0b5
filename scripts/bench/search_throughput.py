"""How many search pages a second the service gives, its worker running beside it.

    .venv/bin/python scripts/bench/search_speed.py --documents 10000 --keep FOLDER
    .venv/bin/python scripts/bench/search_throughput.py FOLDER

Asks with `wrk`, 16 connections, for pages of results (10 results with snippets, facets with counts) of 300 queries
in turn; beside it, in turns, a page without search. Prints the medians of several rounds.
"""

import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
from scripts.bench.search_materials import Words
from tests.serving import Service

ROUNDS, SECONDS = 5, 4
LUA = """
local paths = {%s}
local next = 0
request = function()
  next = next %% #paths + 1
  return wrk.format("GET", paths[next])
end
"""


def asked() -> list[str]:
    """Return the addresses of searches for one to four words, in the frequencies of texts."""
    words, chance = Words(), random.Random(3)
    queries = [words.some(chance, chance.choice([1, 2, 3, 3, 4])) for _ in range(300)]
    return ["/search?" + urllib.parse.urlencode({"q": query}) for query in queries]


def rate(service: Service, paths: list[str]) -> float:
    """Return the requests a second for these paths in turn."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(LUA % ", ".join(f'"{path}"' for path in paths))
        script.flush()
        command = ["wrk", "-t1", "-c16", f"-d{SECONDS}s", "-s", script.name, service.url]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in said, said
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert found is not None, said
    return float(found[1])


def main() -> None:
    if len(sys.argv) != 2 or shutil.which("wrk") is None:
        sys.exit(f"{__doc__}\nwrk is needed (apt install wrk)")
    folder = Path(sys.argv[1]).absolute()
    pages = {"search": asked(), "a page without search (control)": ["/help"]}
    rates: dict[str, list[float]] = {name: [] for name in pages}
    service = Service(folder, {"OER_DATABASE_URL": "", "OER_STORAGE_URL": f"file:{folder / 'files'}"})
    service.run("storage", "adopt", check=False)  # there is no file behind the rows that search_speed.py made
    with service:
        rate(service, pages["search"])  # every process opens the index and reads its postings
        for _ in range(ROUNDS):
            for name, paths in pages.items():
                rates[name].append(rate(service, paths))
    for name, each in rates.items():
        print(f"{name:34}{statistics.median(each):8.0f} requests/s")


if __name__ == "__main__":
    main()
