#!/usr/bin/env python3
# ruff: noqa: N999 (it is run, and never imported)
"""`oer import` of lines without files, side by side with inserting as many bare rows. To beat: 300 lines a second.

.venv/bin/python scripts/bench/import.py [lines]
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from oer.accounts.services.administration import system_account
from oer.catalogue.jobs.importing import ImportRun, import_lines
from oer.config import Settings
from oer.core.installation import Installation, open_backends
from oer.core.schema import upgrade_schema

ROUNDS = 3
SUBJECTS = ["bas.song", "bas.tinh", "sch.ngu-van"]


def lines(count: int, edition: int) -> list[str]:
    """Records as a library would bring them, about 1 kB each."""
    return [
        json.dumps(
            {
                "identifier": f"thu-vien-{number}",
                "metadata": {
                    "title": {"vi": f"Giáo trình số {number}, bản {edition}", "en": f"Textbook {number}"},
                    "summary": {"vi": "Tài liệu học tập cho người lớn tại các trung tâm cộng đồng. " * 6},
                    "creators": [{"name": f"Nhóm biên soạn {number % 97}"}, {"name": "Thư viện", "role": "publisher"}],
                    "subjects": [SUBJECTS[number % 3]],
                    "levels": ["moi-trinh-do"],
                    "types": ["textbook"],
                    "audiences": ["all", "workers"],
                    "language": ["vi"],
                    "keywords": ["học liệu", f"chủ đề {number % 50}"],
                    "licence": "https://creativecommons.org/licenses/by/4.0/",
                    "source_url": f"https://example.org/{number}",
                },
            },
            ensure_ascii=False,
        )
        for number in range(count)
    ]


def make_installation(folder: Path) -> Installation:
    settings = Settings(instance_dir=folder, storage_url=f"file:{folder / 'files'}", secret_key="bench")
    upgrade_schema(settings.database)
    return open_backends(settings)


def imported(installation: Installation, owner_id: int, written: list[str]) -> float:
    begin = time.perf_counter()
    outcomes = import_lines(ImportRun(installation, owner_id, publish=True), written)
    assert sum(outcomes.values()) == len(written)
    return len(written) / (time.perf_counter() - begin)


def bare_rows(installation: Installation, written: list[str]) -> float:
    """The control: the same text into one column of one table, 500 rows a commit."""
    with installation.database.transaction() as session:
        session.execute(sa.text("CREATE TABLE bare (id INTEGER PRIMARY KEY, record TEXT)"))
    begin = time.perf_counter()
    for at in range(0, len(written), 500):
        with installation.database.transaction() as session:
            for line in written[at : at + 500]:
                session.execute(sa.text("INSERT INTO bare (record) VALUES (:record)"), {"record": line})
    return len(written) / (time.perf_counter() - begin)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rates: dict[str, list[float]] = {name: [] for name in ("new", "unchanged", "changed", "bare rows (control)")}
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as name:
            installation = make_installation(Path(name))
            with installation.database.transaction() as session:
                owner_id = system_account(session).id
            rates["new"].append(imported(installation, owner_id, lines(count, 1)))
            rates["unchanged"].append(imported(installation, owner_id, lines(count, 1)))
            rates["changed"].append(imported(installation, owner_id, lines(count // 5, 2)))
            rates["bare rows (control)"].append(bare_rows(installation, lines(count, 1)))
            installation.database.engine.dispose()
    print(f"{count} lines, medians of {ROUNDS} rounds")
    for name, found in rates.items():
        print(f"{name:22}{statistics.median(found):10.0f} lines/s")


if __name__ == "__main__":
    main()
