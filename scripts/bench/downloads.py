"""Downloads of 1 MB and 100 MB through the product, usage noted, beside a bare `send_file`; seconds, medians.

.venv/bin/python -m scripts.bench.downloads [--rounds 7]
"""

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from oer.catalogue.services.files import add_file
from oer.catalogue.services.review import publish, submit_for_review
from scripts.bench.serving import make_installation, started
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
    rounds = arguments.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        public_id = _make(folder)
        servers = {
            "control": (["control:app"], {"CONTROL_FOLDER": name}),
            "product": (["--factory", "oer.app:create_app"], {"OER_INSTANCE_DIR": str(folder / "instance")}),
        }
        times: dict[tuple[str, str], list[float]] = {}
        with started(servers, folder) as ports:
            for number in range(rounds + 1):
                for position, size in enumerate(SIZES, 1):
                    paths = {
                        "control": size.replace(" ", ""),
                        "product": f"materials/{public_id}/files/{position}/download",
                    }
                    for server, path in paths.items():
                        taken = _fetch(f"http://127.0.0.1:{ports[server]}/{path}", SIZES[size])
                        if number:  # the first fills the caches
                            times.setdefault((server, size), []).append(taken)
    for size in SIZES:
        bare, ours = (statistics.median(times[server, size]) for server in ("control", "product"))
        print(
            f"{size:7} bare send_file {bare * 1000:8.1f} ms   product {ours * 1000:8.1f} ms   speed {bare / ours:5.2f}x"
        )


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


def _fetch(url: str, size: int) -> float:
    begun = time.perf_counter()
    done = subprocess.run(
        ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code} %{size_download}", url], check=True, capture_output=True
    )
    taken = time.perf_counter() - begun
    assert done.stdout.split() == [b"200", str(size).encode()], done.stdout
    return taken


if __name__ == "__main__":
    main()
