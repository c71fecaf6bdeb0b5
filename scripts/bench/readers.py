"""Requests a second of a reader's page and of a page's picture once made, beside the page of the material.

The material's page is the control: turning pages should be as fast. One worker of granian, medians of rounds of `wrk`.

.venv/bin/python -m scripts.bench.readers [--rounds 5] [--seconds 2]

With `--deck 5000`: milliseconds of CPU in which somebody with so many questions, all due, is asked the next one:
finding it, and the whole page by WSGI (medians and the slowest of 60; asked: under 20).
"""

import argparse
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, Purpose
from oer.accounts.services.consents import give_consent
from oer.accounts.services.sign_ins import start_sign_in
from oer.app import build_app
from oer.catalogue.models import Material, Version, VersionFile
from oer.core.clock import now
from oer.files.jobs import extract_due
from oer.learning.models import PractisedQuestion
from oer.learning.queries.practice import next_question, practice_today, questions_by_digest
from oer.samples.loading import load_demo_accounts, load_samples
from scripts.bench.serving import make_installation, requests_a_second, started

FILES = {"reader, PDF": "ky-nang-so-cho-moi-nguoi.pdf", "reader, EPUB": "ky-nang-so-cho-moi-nguoi.epub"}


def main() -> None:
    """Print a line for each page."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--seconds", type=int, default=2)
    arguments.add_argument("--deck", type=int, help="measure practice with so many questions instead")
    given = arguments.parse_args()
    if given.deck:
        _measure_practice(given.deck)
        return
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


def _measure_practice(count: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        installation = make_installation(Path(name))
        load_samples(installation)
        load_demo_accounts(installation)
        with installation.database.transaction() as session:
            account = session.scalars(sa.select(Account).where(Account.email == "educator@example.org")).one()
            account_id, token = account.id, start_sign_in(session, account, user_agent="bench", days=1)
            give_consent(session, account, Purpose.HISTORY, "bench")
            _make_deck(session, account_id, count)
        client = build_app(installation).test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        found, pages = [], []
        for _ in range(60):
            begun = time.process_time()
            with installation.database.reading() as session:
                assert next_question(session, account_id, practice_today(session, account_id))
            found.append(1000 * (time.process_time() - begun))
            begun = time.process_time()
            answer = client.get("/practice")
            assert answer.status_code == 200 and b'name="revision"' in answer.data, answer.status_code
            pages.append(1000 * (time.process_time() - begun))
        installation.database.engine.dispose()
    for what, each in (("found", found), ("page", pages)):
        print(f"{what:6} {statistics.median(each):6.1f} ms, slowest {max(each[5:]):6.1f}, first {each[0]:6.1f}")


def _make_deck(session: Session, account_id: int, count: int) -> None:
    """Have `count` questions due, half of them for the first time: those of the samples, and others in their place."""
    query = sa.select(Version).join(Material, Material.current_version_id == Version.id).where(Version.self_check != "")
    versions = list(session.scalars(query))
    moment = now() - timedelta(days=30)
    known = [(version, digest) for version in versions for digest in questions_by_digest(version.self_check)]
    for number in range(count):
        version, digest = known[number] if number < len(known) else (versions[number % len(versions)], f"{number:032}")
        back = number % 2 == 0
        session.add(
            PractisedQuestion(
                account_id=account_id,
                material_id=version.material_id,
                version_id=version.id,
                digest=digest,
                stability=5.0,
                difficulty=5.0,
                reviewed_at=moment,
                due_at=moment + timedelta(seconds=number),
                is_new=not back,
                asked_at=moment if back else None,
                first_asked_at=moment if back else None,
            )
        )


if __name__ == "__main__":
    main()
