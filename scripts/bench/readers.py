"""Requests a second of a reader's page and of a page's picture once made, beside the page of the material.

The material's page is the control: turning pages should be as fast. One worker of granian, medians of rounds of `wrk`.

.venv/bin/python -m scripts.bench.readers [--rounds 5] [--seconds 2]
"""

import argparse
import statistics
import tempfile
from pathlib import Path

import sqlalchemy as sa

from oer.catalogue.models import Material, VersionFile
from oer.files.jobs import extract_due
from oer.samples.loading import load_samples
from scripts.bench.serving import make_installation, requests_a_second, started

FILES = {"reader, PDF": "ky-nang-so-cho-moi-nguoi.pdf", "reader, EPUB": "ky-nang-so-cho-moi-nguoi.epub"}


def main() -> None:
    """Print a line for each page."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--seconds", type=int, default=2)
    given = arguments.parse_args()
    speeds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pages = _make(folder)
        environment = {"OER_INSTANCE_DIR": str(folder / "instance"), "OER_BASE_URL": "http://127.0.0.1"}
        with started({"product": (["--factory", "oer.app:create_app"], environment)}, folder) as ports:
            for _ in range(given.rounds):
                for page, path in pages.items():
                    speeds.setdefault(page, []).append(requests_a_second(ports["product"], path, given.seconds))
    control = statistics.median(speeds["material"])
    for page, each in speeds.items():
        print(f"{page:14} {statistics.median(each):7.0f} requests/s  {statistics.median(each) / control:5.2f}")


def _make(folder: Path) -> dict[str, str]:
    """Fill an installation with the sample collection; return the paths that are measured."""
    installation = make_installation(folder)
    load_samples(installation)
    extract_due(installation)
    query = (
        sa.select(VersionFile.name, Material.public_id, VersionFile.position)
        .join(Material, Material.current_version_id == VersionFile.version_id)
        .where(VersionFile.name.in_(FILES.values()))
    )
    with installation.database.reading() as session:
        rows = session.execute(query).all()
    installation.database.engine.dispose()
    found = {name: f"/materials/{public_id}/files/{position}" for name, public_id, position in rows}
    readers = {page: f"{found[name]}/read?page=5" for page, name in FILES.items()}
    pdf = found[FILES["reader, PDF"]]
    return {"material": pdf.partition("/files")[0], **readers, "page's picture": f"{pdf}/pages/5.webp?w=800"}


if __name__ == "__main__":
    main()
