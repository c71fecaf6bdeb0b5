"""Pictures of pages: rendered when first asked for, by two processes at most, and kept within a size limit.

A page that is not drawn while a reader waits is drawn at half the width, else by the worker: one such page at a time,
beside the two. All of a machine's processes share the folder: who makes a picture holds a lock that the others wait
for. The folder may be thrown away at any time.
"""

import hashlib
import logging
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from oer.backends.extraction.extracting import NotRendered, can_convert_to_pdf, convert_to_pdf, render_page
from oer.backends.extraction.media_types import MADE_SMALLER, MEDIA_TYPES, PDF, SHOWN_FROM_PICTURES, Family
from oer.backends.extraction.protocol import Limits, State
from oer.backends.storage import Storage
from oer.reading.slow_pages import SlowPages

log = logging.getLogger(__name__)
WIDTHS = (800, 1600)
MAKERS = 2
SLOW_LIMITS = Limits(cpu_seconds=10, wall_seconds=15.0)
"""Of a page that takes long, for each of the two widths that the worker tries."""
REFUSED_SECONDS = 24 * 3600
LIMIT_SECONDS = 600
"""A file that reached a limit is tried again after this: perhaps only the machine was busy."""
_LOCKS = 64
_POLL_SECONDS = 0.02
_LEFT_AFTER_TRIM = 0.9
_USED_AGAIN_SECONDS = 3600
_FIRST_TRY = 0.6  # of the time that is left; the rest is for half the width
_LEAST_SECONDS = 0.2  # with less left, it is not worth beginning

Render = Callable[[Path, int, int, Limits], bytes]
Convert = Callable[[Path, str], bytes]


def has_pictures(media_type: str) -> bool:
    """Whether pages of a type have pictures: PDF, pictures themselves, and slides if LibreOffice is installed."""
    known = MEDIA_TYPES.get(media_type)
    return is_drawn_at_once(media_type) or (
        known is not None and known.family is Family.SLIDES and can_convert_to_pdf(media_type)
    )


def is_drawn_at_once(media_type: str) -> bool:
    """Whether pages are drawn from the file itself, without LibreOffice, which takes longer than a reader waits."""
    return media_type == PDF or media_type in SHOWN_FROM_PICTURES | MADE_SMALLER


class Busy(Exception):
    """The picture was not ready within the caller's time; it may be in a moment."""


class Slow(Exception):
    """The page takes longer to draw than a reader waits: the worker has to make it."""


class PageImages:
    """Cache of page pictures on disk, at most `limit` bytes; the least recently used go first."""

    def __init__(
        self, folder: Path, limit: int, render: Render = render_page, convert: Convert = convert_to_pdf
    ) -> None:
        self._folder = folder
        self._limit = limit
        self._render = render
        self._convert = convert
        self.slow = SlowPages(folder / ".slow")

    def find(self, sha256: str, page: int, width: int) -> Path | None:
        """Return the path of a page's picture, None if there is none yet. Raises NotRendered if there can be none."""
        return self._kept(self._path(sha256, page, width))

    def is_converted(self, sha256: str) -> bool:
        """Whether slides have been converted to PDF, as rendering needs. Raises NotRendered if they cannot be."""
        return self._kept(self._converted_path(sha256)) is not None

    def _kept(self, path: Path) -> Path | None:
        try:
            status = path.stat()
        except FileNotFoundError:
            return None
        age = time.time() - status.st_mtime
        if not status.st_size:
            if age > REFUSED_SECONDS:
                return None
            raise NotRendered(State.FAILED, "it was tried before")
        if not _is_whole(path, status.st_size):
            log.warning("%s is damaged and is made anew", path.name)
            path.unlink(missing_ok=True)
            return None
        if age > _USED_AGAIN_SECONDS:
            os.utime(path)
        return path

    def make(
        self, storage: Storage, sha256: str, page: int, width: int, *, seconds: float, media_type: str = PDF
    ) -> Path:
        """Return the picture of a page, rendered now if need be; slides are converted to PDF first.

        Raises Busy if nobody could begin with it within `seconds`, Slow if it is not done within them or other pages of
        its file were not, NotRendered if there can be none, Missing.
        """
        deadline, path = time.monotonic() + seconds, self._path(sha256, page, width)
        with self._locked(f"image-{self._lock_number(sha256, page, width)}", deadline):
            found = self._kept(path)
            if found:
                return found
            if self.slow.has_file(sha256):
                self.slow.mark(sha256, page, width)
                raise Slow
            with self._slot(deadline), self._source(storage, sha256, media_type, deadline) as source:
                return self._keep(path, lambda: self._rendered_soon(source, sha256, page, width, deadline))

    def _rendered_soon(self, source: Path, sha256: str, page: int, width: int, deadline: float) -> bytes:
        for tried, share in ((width, _FIRST_TRY), (width // 2, 1.0)):
            left = deadline - time.monotonic()
            if left < _LEAST_SECONDS and tried == width:
                raise Busy
            if left < _LEAST_SECONDS:
                break
            try:
                return self._render(source, page, tried, replace(SLOW_LIMITS, wall_seconds=left * share))
            except NotRendered as error:
                if error.state is not State.LIMIT:
                    raise
        self.slow.mark(sha256, page, width)
        raise Slow

    def make_slow(self, storage: Storage, sha256: str, page: int, width: int, *, media_type: str = PDF) -> Path:
        """Return the picture of a page that takes long, however long that is within `SLOW_LIMITS`.

        Raises Busy if another one is being made, NotRendered if there can be none, Missing.
        """
        path = self._path(sha256, page, width)
        with self._locked("slow", time.monotonic()):
            try:
                found = self._kept(path)
                if found:
                    return found
                with self._source(storage, sha256, media_type, time.monotonic() + SLOW_LIMITS.wall_seconds) as source:
                    return self._keep(path, lambda: self._rendered_slowly(source, page, width))
            finally:
                self.slow.clear(sha256, page, width)

    def _rendered_slowly(self, source: Path, page: int, width: int) -> bytes:
        try:
            return self._render(source, page, width, SLOW_LIMITS)
        except NotRendered as error:
            if error.state is not State.LIMIT:
                raise
        return self._render(source, page, width // 2, SLOW_LIMITS)

    @contextmanager
    def _source(self, storage: Storage, sha256: str, media_type: str, deadline: float) -> Iterator[Path]:
        """Yield what a picture is rendered from: the file, or the PDF made of it."""
        if is_drawn_at_once(media_type):
            with storage.as_file(sha256) as path:
                yield path
            return
        converted = self._converted_path(sha256)
        with self._locked(f"converted-{self._lock_number(sha256, 0, 0)}", deadline):
            if not self._kept(converted):
                with storage.as_file(sha256) as slides:
                    self._keep(converted, lambda: self._convert(slides, media_type))
        yield converted

    def _keep(self, path: Path, make: Callable[[], bytes]) -> Path:
        try:
            content = make()
        except NotRendered as error:
            self._refuse(path, LIMIT_SECONDS if error.state is State.LIMIT else REFUSED_SECONDS)
            raise
        self._write(path, content)
        self._count(len(content))
        return path

    def _refuse(self, path: Path, seconds: int) -> None:
        # An empty file says "not again for a day", for what crashed a reader once will do so again. Its time is set
        # back where it is to be tried sooner.
        self._write(path, b"")
        made = time.time() - REFUSED_SECONDS + seconds
        os.utime(path, (made, made))

    def forget(self, is_known: Callable[[str], bool]) -> int:
        """Delete the pictures of files that no longer exist; return the number of files."""
        gone = [each for each in self._file_folders() if not is_known(each.name)]
        for each in gone:
            shutil.rmtree(each, ignore_errors=True)
        return len(gone)

    def total(self) -> int:
        """Return the size of all pictures in bytes, by looking at each."""
        return sum(size for _, size, _ in self._pictures())

    def _path(self, sha256: str, page: int, width: int) -> Path:
        return self._folder / sha256[:2] / sha256 / f"{page}-{width}.webp"

    def _converted_path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256 / "drawn.pdf"

    def _lock_number(self, sha256: str, page: int, width: int) -> int:
        return hashlib.sha256(f"{sha256}:{page}:{width}".encode()).digest()[0] % _LOCKS

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{secrets.token_hex(8)}")
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # else a power cut could leave it empty, which means "cannot be rendered"
        beside.replace(path)

    @contextmanager
    def _locked(self, name: str, deadline: float) -> Iterator[None]:
        lock = self._lock(name)
        try:
            lock.acquire(timeout=max(0.0, deadline - time.monotonic()))
        except Timeout:
            raise Busy from None
        try:
            yield
        finally:
            lock.release()

    def _lock(self, name: str) -> FileLock:
        folder = self._folder / ".locks"
        folder.mkdir(parents=True, exist_ok=True)
        return FileLock(folder / name, poll_interval=_POLL_SECONDS)

    @contextmanager
    def _slot(self, deadline: float) -> Iterator[None]:
        """Hold one of the `MAKERS` locks, whichever is free first."""
        slots = [self._lock(f"maker-{number}") for number in range(MAKERS)]
        while not (held := next((slot for slot in slots if _try_lock(slot)), None)):
            if time.monotonic() > deadline:
                raise Busy
            time.sleep(_POLL_SECONDS)
        try:
            yield
        finally:
            held.release()

    def _count(self, added: int) -> None:
        """Keep the total in a file, so that a new picture does not need a look at all others."""
        with self._locked("total", time.monotonic() + 60):
            known = self._folder / ".locks" / "total.bytes"
            before = _number_in(known)
            total = self.total() if before is None else before + added
            if total > self._limit:
                total = self._trim()
            known.write_text(str(total))

    def _trim(self) -> int:
        pictures = sorted(self._pictures())
        total = sum(size for _, size, _ in pictures)
        for _, size, path in pictures:
            if total <= self._limit * _LEFT_AFTER_TRIM:
                break
            path.unlink(missing_ok=True)
            total -= size
        return total

    def _pictures(self) -> Iterator[tuple[float, int, Path]]:
        for folder in self._file_folders():
            for path in (*folder.glob("*.webp"), *folder.glob("*.pdf")):
                try:
                    status = path.stat()
                except FileNotFoundError:
                    continue
                yield status.st_mtime, status.st_size, path

    def _file_folders(self) -> Iterator[Path]:
        if self._folder.is_dir():
            yield from (each for each in self._folder.glob("[0-9a-f][0-9a-f]/*") if each.is_dir())


def _is_whole(path: Path, size: int) -> bool:
    """Tell whether a picture or PDF was written to its end: the first says its length, the second has an end mark."""
    with path.open("rb") as file:
        begin = file.read(12)
        if path.suffix == ".webp":
            is_webp = begin[:4] == b"RIFF" and begin[8:] == b"WEBP"
            return is_webp and int.from_bytes(begin[4:8], "little") + 8 == size
        file.seek(max(0, size - 1024))
        return begin.startswith(b"%PDF-") and b"%%EOF" in file.read()


def _number_in(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (FileNotFoundError, ValueError):
        return None


def _try_lock(lock: FileLock) -> bool:
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return False
    return True
