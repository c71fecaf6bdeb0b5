"""Downloads of 1 MB and 100 MB through the product, usage noted, beside a bare `send_file`, over 8 connections.

    .venv/bin/python -m scripts.bench.downloads [--rounds 7] [--seconds 4]

Where `wrk` has to share the processors with the server, files a second depend on both and on whatever else runs. So the
server's own CPU for a GB is printed, too, and `wrk`'s.
"""

import argparse
import os
import statistics
import tempfile
from pathlib import Path

from oer.catalogue.services.files import add_file
from oer.catalogue.services.review import publish, submit_for_review
from scripts.bench.serving import FRONT, cpu_seconds, make_installation, requests_a_second, started
from tests.catalogue.factories import make_educator, make_material, make_reviewer
from tests.files.factories import keep_file

CONTROL = """
import os
from flask import Flask, send_file
app = Flask(__name__)

@app.get("/")
def ready():
    return "ok"

@app.get("/<name>")
def file(name):
    return send_file(os.path.join(os.environ["CONTROL_FOLDER"], name), mimetype="application/octet-stream")
"""
SIZES = {"1 MB": 1_000_000, "100 MB": 100_000_000}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--seconds", type=int, default=4)
    given = arguments.parse_args()
    rounds, seconds = given.rounds, given.seconds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        public_id = _make(folder)
        servers = {
            "control": (["control:app"], {"CONTROL_FOLDER": name}),
            "product": (FRONT, {"OER_INSTANCE_DIR": str(folder / "instance")}),
        }
        measured: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
        with started(servers, folder) as ports:
            for _ in range(rounds):
                for position, size in enumerate(SIZES, 1):
                    paths = {
                        "control": f"/{size.replace(' ', '')}",
                        "product": f"/materials/{public_id}/files/{position}/download",
                    }
                    for server, path in paths.items():
                        measured.setdefault((server, size), []).append(_measure(ports[server], path, seconds, size))
    for size in SIZES:
        bare, ours = (
            [statistics.median(each) for each in zip(*measured[server, size], strict=True)]
            for server in ("control", "product")
        )
        for what, one, other in zip(("files a second", "server's CPU s/GB", "wrk's CPU s/GB"), bare, ours, strict=True):
            print(f"{size:7}{what:18} bare send_file {one:8.2f}   product {other:8.2f}   {other / one:5.2f}x")


def _measure(port: int, path: str, seconds: int, size: str) -> tuple[float, float, float]:
    """Return files a second, and the seconds of CPU that a GB takes the server and `wrk`."""
    before, client = cpu_seconds(port), os.times()
    speed = requests_a_second(port, path, seconds)
    after, later = cpu_seconds(port), os.times()
    sent = max(speed, 1 / seconds) * seconds * SIZES[size] / 1e9
    used = later.children_user + later.children_system - client.children_user - client.children_system
    return speed, (after - before) / sent, used / sent


def _make(folder: Path) -> str:
    (folder / "control.py").write_text(CONTROL)
    installation = make_installation(folder)
    with installation.database.transaction() as session:
        owner = make_educator(session)
        material = make_material(session, owner, content=None)
        for name, size in SIZES.items():
            content = b"M" * (size // 2) + os.urandom(1024) + b"\n" * (size - size // 2 - 1024)
            content = content.hex().encode()[:size]
            (folder / name.replace(" ", "")).write_bytes(content)
            blob = keep_file(session, installation.storage, content, f"{name}.txt")
            add_file(session, material, blob.sha256, f"{name}.txt")
        submit_for_review(session, owner, material)
        publish(session, make_reviewer(session), material)
        public_id = material.public_id
    installation.database.engine.dispose()
    return public_id


if __name__ == "__main__":
    main()
