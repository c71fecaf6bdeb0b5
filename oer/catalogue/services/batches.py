"""Batches: many files, or a sheet with its files, that lie in a folder of the instance until they become materials."""

import json
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.backends.extraction import sniffing
from oer.backends.extraction.archives import check_archive, is_left_by_system, is_safe_name, open_member
from oer.backends.extraction.zip_directory import ZipEntry
from oer.backends.storage import Readable
from oer.backends.storage.spool import full_disk_is_no_space
from oer.catalogue.models import MAX_FILES
from oer.catalogue.queries.files import quota_of
from oer.catalogue.upload_models import Batch, BatchKind, BatchState
from oer.config import Settings
from oer.core.clock import now
from oer.core.errors import Conflict, Invalid, NotFound, OerError, TooLarge, Unprocessable
from oer.core.i18n import N_, size_texts
from oer.core.text import clean_file_name
from oer.files.services.ingest import content_errors, store_errors
from oer.jobs.queue import enqueue

MOST_BATCHES = 10
MOST_IN_BATCH = 5000
BLOCK_BYTES = 256 * 1024
JOB = "catalogue.batch"
_NO_BATCH = N_("There is no such batch.")
_TOO_MANY_BATCHES = N_("%(most)s of your batches are not done. Finish or discard some of them first.")
_NOT_NOW = N_("This cannot be done now: the batch is in another state than this page showed.")
_TOO_LARGE = N_("This file is larger than the limit of %(limit)s.")
_NO_ROOM = N_("This is more than the %(left)s that you may still keep.")
_TOO_MANY = N_("A batch has %(most)s files at most.")
_ENCRYPTED = N_("This file is protected by a password. Remove the protection and bring it again.")
_UNSAFE = N_("The name of this file leads outside of its folder.")
_NO_FILES = N_("There is no file in it that can be taken.")
_PART = N_("A material has %(most)s files at most, so these cannot be one.")
ONE_EACH, TOGETHER = "each", "together"
FILES, ARCHIVE, SHEET = "files", "archive", "sheet"
"""What a file is in its batch: one of its files, a ZIP that is unpacked, the sheet."""


@dataclass
class Found:
    """A file of a batch: its path in its folder, its size, what is wrong with it (an error's message and values)."""

    path: str
    size: int
    problem: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    material: str = ""

    @property
    def title(self) -> str:
        """What the material would be called until somebody says otherwise."""
        name = self.path.rpartition("/")[2]
        return (name.rpartition(".")[0] or name).replace("_", " ").strip()


def folder_of(settings: Settings, batch_id: int) -> Path:
    """Return the folder of a batch."""
    return settings.instance_dir / "batches" / str(batch_id)


def begin_batch(session: Session, settings: Settings, account: Account, kind: BatchKind) -> Batch:
    """Begin a batch, with an empty folder. Raises Conflict if too many of the account's are not done."""
    session.execute(sa.select(Account.id).where(Account.id == account.id).with_for_update())
    waiting = Batch.state.not_in([BatchState.DONE, BatchState.FAILED])
    count = session.scalar(sa.select(sa.func.count()).where(Batch.account_id == account.id, waiting))
    if (count or 0) >= MOST_BATCHES:
        raise Conflict(_TOO_MANY_BATCHES, code="too_many_batches", most=MOST_BATCHES)
    batch = Batch(account_id=account.id, kind=kind, choices={}, report={}, expires_at=_end(settings), lease_token=0)
    session.add(batch)
    session.flush()
    folder = folder_of(settings, batch.id)
    shutil.rmtree(folder, ignore_errors=True)  # of a number that a rolled-back transaction had
    with full_disk_is_no_space():
        (folder / "files").mkdir(parents=True, mode=0o700)
    return batch


def _end(settings: Settings) -> Any:
    return now() + timedelta(hours=settings.unfinished_upload_hours)


def own_batch(session: Session, account_id: int, batch_id: int, *, lock: bool = False) -> Batch:
    """Return an account's batch. Raises NotFound, also for somebody else's."""
    batch = session.get(Batch, batch_id, with_for_update=lock, populate_existing=True)
    if batch is None or batch.account_id != account_id:
        raise NotFound(_NO_BATCH)
    return batch


def batches_of(session: Session, account_id: int) -> Sequence[Batch]:
    """Return an account's batches, the newest first."""
    return session.scalars(sa.select(Batch).where(Batch.account_id == account_id).order_by(Batch.id.desc())).all()


def require_state(batch: Batch, *states: BatchState) -> None:
    """Raise Conflict unless a batch is in one of these states."""
    if batch.state not in states:
        raise Conflict(_NOT_NOW, code="batch_state")


def go_on(session: Session, settings: Settings, batch: Batch, state: BatchState) -> None:
    """Have the worker look through a batch (CHECKING), or make materials of it (RUNNING)."""
    batch.state, batch.done, batch.total, batch.expires_at = state, 0, 0, _end(settings)
    session.flush()
    enqueue(session, JOB, batch.id)


def discard_batch(session: Session, settings: Settings, batch: Batch) -> None:
    """Delete a batch with its folder; what became of it stays. Raises Conflict while the worker is at it."""
    require_state(batch, *(state for state in BatchState if state not in {BatchState.CHECKING, BatchState.RUNNING}))
    session.delete(batch)
    session.flush()
    shutil.rmtree(folder_of(settings, batch.id), ignore_errors=True)


def expire_batches(session: Session, settings: Settings) -> None:
    """Delete batches that nobody came back to in time, and folders that no batch has."""
    late = Batch.state.not_in([BatchState.CHECKING, BatchState.RUNNING])
    for batch in session.scalars(sa.select(Batch).where(Batch.expires_at <= now(), late)):
        discard_batch(session, settings, batch)
    known = {str(each) for each in session.scalars(sa.select(Batch.id))}
    for path in (settings.instance_dir / "batches").glob("*"):
        if path.name not in known and now().timestamp() - path.stat().st_mtime > 3600:
            shutil.rmtree(path, ignore_errors=True)


def clean_path(name: str) -> str:
    """Return the path of a file in its folder, as it is kept: no name leads anywhere else. Raises Invalid."""
    if not is_safe_name(name):
        raise Invalid(_UNSAFE)
    parts = [clean_file_name(part) for part in name.replace("\\", "/").split("/") if part not in {"", "."}]
    if not parts or len(parts) > 20:
        raise Invalid(_UNSAFE)
    return "/".join(parts)


def put_into_batch(settings: Settings, batch_id: int, role: str, name: str, source: Path) -> None:
    """Have a file that is in the instance folder in a batch, too, by a link. `name` is one that `clean_path` gave."""
    folder = folder_of(settings, batch_id)
    if role == FILES and is_left_by_system(name):
        return
    target = {SHEET: folder / "sheet", ARCHIVE: folder / "archives" / source.name}.get(role, folder / "files" / name)
    beside = folder / f"{source.name[:40]}.new"
    try:
        with full_disk_is_no_space():
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            beside.unlink(missing_ok=True)
            os.link(source, beside)
            beside.replace(target)
    except (NotADirectoryError, FileExistsError, IsADirectoryError):  # one name for a file and a folder
        raise Invalid(_UNSAFE) from None


def open_batch(session: Session, account_id: int, kind: BatchKind) -> Batch | None:
    """Return the newest batch of an account to which files may still be added."""
    query = sa.select(Batch).where(Batch.account_id == account_id, Batch.kind == kind, Batch.state == BatchState.OPEN)
    return session.scalars(query.order_by(Batch.id.desc()).limit(1)).first()


def check_batch(session: Session, settings: Settings, batch: Batch) -> None:
    """Have a batch looked through once all is there. Raises Invalid if there is nothing."""
    require_state(batch, BatchState.OPEN)
    folder = folder_of(settings, batch.id)
    wanted = "sheet" if batch.kind is BatchKind.SHEET else "*/**/*"
    if not any(path.is_file() for path in folder.glob(wanted)):
        raise Invalid(_NO_FILES)
    go_on(session, settings, batch, BatchState.CHECKING)


def too_many_files() -> TooLarge:
    """Return the refusal of a batch with more files than it may have."""
    return TooLarge(_TOO_MANY, most=MOST_IN_BATCH)


class Filling:
    """Puts files into the folder of a batch, as many and as large as they may be; what was not taken is remembered."""

    def __init__(self, session: Session, settings: Settings, batch: Batch) -> None:
        self.left = quota_of(session, batch.account_id, settings.account_quota_bytes).left
        self.most = settings.max_upload_bytes
        self.folder = folder_of(settings, batch.id)
        self.refused: list[Found] = []
        self.count = 0

    def put(self, name: str, stream: Readable, below: str = "files") -> Path | None:
        """Write a file; None if it is not taken. Raises TooLarge when there is no room left at all."""
        if is_left_by_system(name):
            return None
        try:
            path = self.folder / below / clean_path(name)
        except Invalid as error:
            self.refused.append(_refused(clean_file_name(name), 0, error))
            return None
        self.count += 1
        if self.count > MOST_IN_BATCH:
            raise too_many_files()
        try:
            with full_disk_is_no_space():
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._write(path, stream)
        except (TooLarge, Unprocessable) as error:
            path.unlink(missing_ok=True)
            self.refused.append(_refused(name, 0, error))
            return None
        except (NotADirectoryError, FileExistsError, IsADirectoryError):  # one name for a file and a folder
            self.refused.append(_refused(name, 0, Invalid(_UNSAFE)))
            return None
        return path

    def _write(self, path: Path, stream: Readable) -> None:
        size = 0
        with path.open("wb") as file:
            while block := stream.read(BLOCK_BYTES):
                size += len(block)
                if size > self.most:
                    raise TooLarge(_TOO_LARGE, limit=size_texts(self.most))
                if size > self.left:
                    raise TooLarge(_NO_ROOM, left=size_texts(self.left))
                file.write(block)
        self.left -= size

    def unpack(self, archive: Path, entries: Sequence[ZipEntry]) -> Iterator[None]:
        """Put the members of a ZIP that was checked into the folder, one at each step."""
        with archive.open("rb") as file:
            for entry in entries:
                yield
                if entry.is_folder or is_left_by_system(entry.name):
                    continue
                if entry.encrypted:
                    self.refused.append(_refused(entry.name, entry.size, Unprocessable(_ENCRYPTED)))
                    continue
                try:
                    with content_errors(), open_member(file, entry) as stream:
                        self.put(entry.name, stream)
                except Unprocessable as error:
                    self.refused.append(_refused(entry.name, entry.size, error))


def members_of(archive: Path) -> list[ZipEntry]:
    """Return the members of a ZIP by the rules of this house. Raises Unprocessable: slips, bombs, nesting, damage."""
    with content_errors(), archive.open("rb") as file:
        return check_archive(file)


def _refused(path: str, size: int, error: OerError) -> Found:
    values = {name: value for name, value in error.values.items() if isinstance(value, str | int | float | dict)}
    return Found(path[:300], size, error.message, values)


def look_at(path: Path, shown: str, limit: int) -> Found:
    """Return what a file of a batch is, and why it would be refused."""
    size = path.stat().st_size
    try:
        with store_errors(limit), content_errors():
            sniffed = sniffing.sniff(path, path.name)
            if sniffed.encrypted:
                return _refused(shown, size, Unprocessable(_ENCRYPTED))
    except (Unprocessable, Invalid) as error:
        return _refused(shown, size, error)
    return Found(shown, size)


_DIGITS = re.compile(r"(\d+)")


def in_order(path: str) -> list[Any]:
    """Return a key by which files stand as in their folder: 2 before 10, files of a folder together."""
    return [
        [(int(p), "") if p.isdecimal() else (-1, p.casefold()) for p in _DIGITS.split(part)] for part in path.split("/")
    ]


def write_found(folder: Path, found: Sequence[Found]) -> None:
    """Keep what was found in a batch."""
    beside = folder / "found.new"
    beside.write_text(json.dumps([asdict(each) for each in found], ensure_ascii=False), "utf-8")
    beside.replace(folder / "found.json")


def read_found(folder: Path) -> list[Found]:
    """Return what was found in a batch, nothing if it was not looked through."""
    try:
        return [Found(**each) for each in json.loads((folder / "found.json").read_text("utf-8"))]
    except FileNotFoundError:
        return []


def choose(batch: Batch, how: str, good: int) -> None:
    """Note whether files become a material each, or one together. Raises Invalid."""
    if how not in {ONE_EACH, TOGETHER}:
        raise Invalid(_NOT_NOW, field="as")
    if not good:
        raise Invalid(_NO_FILES)
    if how == TOGETHER and good > MAX_FILES:
        raise Invalid(_PART, most=MAX_FILES)
    batch.choices = {**batch.choices, "as": how}
