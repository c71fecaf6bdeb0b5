"""Background work on what is on its way: uploads that go on after a cut, batches of files and sheets."""

import json
import logging
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from oer.accounts.models import Account
from oer.accounts.permissions import Action, may_in
from oer.catalogue.jobs.importing import ImportRun, LineError, fault_facts, import_rows
from oer.catalogue.models import Material
from oer.catalogue.schemas.sheets import read_sheet
from oer.catalogue.services import batches
from oer.catalogue.services.drafts import make_draft
from oer.catalogue.services.files import save_upload
from oer.catalogue.services.idempotency import earlier_result, run_once
from oer.catalogue.services.importing import Outcome
from oer.catalogue.services.uploads import Locked, expire_uploads, sweep_bytes, take_upload
from oer.catalogue.upload_models import Batch, BatchKind, BatchState, Upload, UploadState
from oer.core import leases
from oer.core.clock import now
from oer.core.errors import OerError
from oer.core.i18n import N_
from oer.core.installation import Installation
from oer.core.leases import Lease, LeaseLost
from oer.failpoints import fail_point
from oer.files.queries import garbage_collection_is_held
from oer.files.services.ingest import receive
from oer.jobs.queue import SOMEBODY_WAITS, every, job

log = logging.getLogger(__name__)
_ORPHANED = timedelta(hours=1)
_LEASE = timedelta(minutes=5)
_TELL_SECONDS = 1.0
_MOST_TRIES = 3
_FAILED = N_("Something went wrong on our side. What was shown to you as saved is not lost.")


@every(30, "catalogue.take_uploads")
def take_whole_uploads(installation: Installation) -> None:
    """Take the files of uploads that were whole when their server died, or its store was away.

    Each on its own: one that cannot be taken, whatever the reason, holds up no other.
    """
    fault: Exception | None = None
    with installation.database.reading() as session:
        query = sa.select(Upload.id).where(Upload.state == UploadState.OPEN, Upload.received == Upload.size)
        whole = session.scalars(query.order_by(Upload.created_at)).all()
    for upload_id in whole:
        try:
            take_upload(installation, upload_id)
        except Locked:
            continue  # it is just being taken
        except OerError:
            log.warning("an upload that is whole was not taken", exc_info=True)
        except Exception as error:
            fault = error
    if fault is not None:
        raise fault


@every(600, "catalogue.expire_uploads")
def expire_unfinished(installation: Installation) -> None:
    """Discard uploads and batches that were not finished in time, unless the clock has jumped."""
    with installation.database.transaction() as session:
        if not garbage_collection_is_held(session, now()):
            expire_uploads(session, installation.settings)
            batches.expire_batches(session, installation.settings)
        sweep_bytes(session, installation.settings, _ORPHANED)


@every(60, "catalogue.batches")
def run_waiting_batches(installation: Installation) -> None:
    """Go on with batches whose job got lost, or whose worker died."""
    with installation.database.reading() as session:
        free = sa.or_(Batch.leased_until.is_(None), leases.has_run_out(Batch, now()))
        query = sa.select(Batch.id).where(Batch.state.in_([BatchState.CHECKING, BatchState.RUNNING]), free)
        waiting = session.scalars(query.order_by(Batch.id)).all()
    for batch_id in waiting:
        run_batch(installation, str(batch_id))


@job(batches.JOB, priority=SOMEBODY_WAITS)
def run_batch(installation: Installation, identifier: str) -> None:
    """Look through a batch, or make materials of it, unless another worker is at it or it was done."""
    with installation.database.transaction() as session:
        claimed = leases.claim(session, Batch, int(identifier), _LEASE)
        if claimed is None:
            return
        batch, lease = claimed
        if not batch.is_at_work:
            leases.release(batch)
            return
        batch.report = {**batch.report, "tries": batch.report.get("tries", 0) + 1}
        session.flush()
        session.expunge(batch)
    try:
        report, state = _Work(installation, batch, lease).run()
    except LeaseLost:
        log.warning("batch %s was taken over by another worker", identifier)
        return
    except OerError as error:
        report, state = {"problem": error.message, "values": error.values}, BatchState.FAILED
    except Exception:
        log.exception("batch %s could not be worked on", identifier)
        if batch.report["tries"] < _MOST_TRIES:
            return  # its lease runs out, and a sweep begins again
        report, state = {"problem": _FAILED, "values": {}}, BatchState.FAILED
    with installation.database.transaction() as session:
        row = leases.leased_row(session, Batch, lease)
        row.report, row.state = report, state
        leases.release(row)


class _Work:
    """What a worker does with one batch. Everything in it can be done again from its beginning."""

    def __init__(self, installation: Installation, batch: Batch, lease: Lease) -> None:
        self._installation, self._batch, self._lease = installation, batch, lease
        self._folder = batches.folder_of(installation.settings, batch.id)
        self._told_at = 0.0

    def run(self) -> tuple[dict[str, Any], BatchState]:
        """Return what was found, and the state that the batch is in now."""
        is_sheet = self._batch.kind is BatchKind.SHEET
        if self._batch.state is BatchState.CHECKING:
            self._unpack()
            return self._try_sheet() if is_sheet else self._look_at_files()
        return self._import_sheet() if is_sheet else self._make_drafts()

    def _progress(self, _what: str, done: int, total: int | None) -> None:
        if time.monotonic() - self._told_at < _TELL_SECONDS:
            return
        self._told_at = time.monotonic()
        with self._installation.database.transaction() as session:
            row = leases.renew(session, Batch, self._lease, _LEASE)
            row.done, row.total = done, total or 0

    def _unpack(self) -> None:
        archives = sorted((self._folder / "archives").glob("*"))
        with self._installation.database.reading() as session:
            filling = batches.Filling(session, self._installation.settings, self._batch)
        for archive in archives:
            entries = batches.members_of(archive)
            for number, _ in enumerate(filling.unpack(archive, entries)):
                self._progress("files", number, len(entries))
        known = batches.read_found(self._folder)
        kept = [each for each in known if each.problem and not (self._folder / "files" / each.path).exists()]
        batches.write_found(self._folder, [*kept, *filling.refused])
        for archive in archives:
            archive.unlink(missing_ok=True)

    def _look_at_files(self) -> tuple[dict[str, Any], BatchState]:
        below = self._folder / "files"
        paths = [path for path in below.rglob("*") if path.is_file() and not path.is_symlink()]
        if len(paths) > batches.MOST_IN_BATCH:
            raise batches.too_many_files()
        names = {str(path.relative_to(below)): path for path in paths}
        found = [each for each in batches.read_found(self._folder) if each.path not in names]
        limit = self._installation.settings.max_upload_bytes
        for number, name in enumerate(sorted(names, key=batches.in_order)):
            self._progress("files", number, len(names))
            found.append(batches.look_at(names[name], name, limit))
        batches.write_found(self._folder, found)
        refused = sum(bool(each.problem) for each in found)
        return {"good": len(found) - refused, "refused": refused}, BatchState.CHECKED

    def _make_drafts(self) -> tuple[dict[str, Any], BatchState]:
        found = batches.read_found(self._folder)
        good = [each for each in found if not each.problem]
        together = self._batch.choices.get("as") == batches.TOGETHER
        for number, each in enumerate(good):
            self._progress("files", number, len(good))
            try:
                each.material = self._make_draft(each, number, 0 if together else number)
            except OerError as error:
                values = {name: value for name, value in error.values.items() if isinstance(value, str | int | dict)}
                each.problem, each.values = error.message, values
            fail_point("batches.made")
        batches.write_found(self._folder, found)
        made = {each.material for each in good if each.material}
        refused = sum(bool(each.problem) for each in found)
        return {"materials": len(made), "good": len(good), "refused": refused}, BatchState.DONE

    def _make_draft(self, found: batches.Found, number: int, of: int) -> str:
        """Return the id of the draft that a file went into: that of the file number `of`. Done once, whoever dies."""
        installation, settings = self._installation, self._installation.settings
        key = f"{self._batch.key}-file-{number}"
        with installation.database.reading() as reading:
            before = earlier_result(reading, self._batch.account_id, key)
        if before is not None:
            return str(before["id"])
        path = self._folder / "files" / found.path
        name, limit = found.path.rpartition("/")[2], settings.max_upload_bytes
        with (
            path.open("rb") as stream,
            receive(installation.storage, installation.scanner, stream, name, limit=limit) as received,
            installation.database.transaction() as session,
        ):
            account = session.get_one(Account, self._batch.account_id)

            def begin() -> dict[str, Any]:
                return {"id": make_draft(session, account).public_id}

            def add() -> dict[str, Any]:
                begun = run_once(session, account.id, f"{self._batch.key}-draft-{of}", begin)["id"]
                material = session.scalars(sa.select(Material).where(Material.public_id == begun)).one()
                most, of_unit = settings.account_quota_bytes, settings.unit_quota_bytes
                save_upload(session, installation.storage, material, received, most_bytes=most, unit_bytes=of_unit)
                return {"id": material.public_id}

            return str(run_once(session, account.id, key, add)["id"])

    def _try_sheet(self) -> tuple[dict[str, Any], BatchState]:
        return self._read_rows(dry=True), BatchState.CHECKED

    def _import_sheet(self) -> tuple[dict[str, Any], BatchState]:
        if self._batch.choices.get("whole"):
            report = self._read_rows(dry=True)
            if report["faulty"]:
                return report, BatchState.CHECKED
        return self._read_rows(dry=False), BatchState.DONE

    def _read_rows(self, *, dry: bool) -> dict[str, Any]:
        faults: list[LineError] = []
        with self._installation.database.reading() as session:
            account = session.get_one(Account, self._batch.account_id)
            is_administrator = may_in(account, Action.MATERIAL_ADMINISTER, None)
        order = ImportRun(
            self._installation,
            self._batch.account_id,
            self._folder / "files",
            publish=is_administrator and bool(self._batch.choices.get("publish")),
            report=faults.append,
            dry=dry,
            restricted=not is_administrator,
        )
        name = str(self._batch.choices.get("name", ""))
        total = _count(self._folder / "sheet", name)
        with (self._folder / "sheet").open("rb") as file:
            outcomes: Counter[Outcome] = import_rows(order, read_sheet(file, name), total, self._progress)
        facts = fault_facts(faults)
        (self._folder / "faults.json").write_text(json.dumps(facts, ensure_ascii=False), "utf-8")
        counts = {str(outcome): outcomes[outcome] for outcome in Outcome}
        return {**counts, "faulty": len({fact[0] for fact in facts}), "faults": len(facts)}


def _count(path: Path, name: str) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in read_sheet(file, name))
