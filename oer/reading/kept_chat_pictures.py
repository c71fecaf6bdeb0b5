"""The pictures of materials for chats, each drawn once and kept in a folder of the instance.

Which there can be depends on the published materials alone, never on what somebody asks for, so the folder grows no
larger than the catalogue. What nobody asked for in a month, such as that of an earlier version, is deleted.
"""

import os
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from oer.core.errors import Unavailable
from oer.core.i18n import N_

KEPT_SECONDS = 30 * 24 * 3600
_USED_AGAIN_SECONDS = 24 * 3600
_END = b"IEND\xaeB`\x82"
_drawing = threading.Lock()
MOST_AT_ONCE = 4
_places = threading.BoundedSemaphore(MOST_AT_ONCE)
_BUSY = N_("This part of the service is not available right now.")


class KeptChatPictures:
    """PNG by the key of what it is drawn from. Processes share the folder: a file is whole or is not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, key: str) -> bytes | None:
        """Return the picture with a key, None if there is none, or if the disk has spoilt it."""
        path = self._path(key)
        try:
            content = path.read_bytes()
            age = time.time() - path.stat().st_mtime
        except FileNotFoundError:
            return None
        if not content.endswith(_END):
            return None
        if age > _USED_AGAIN_SECONDS:
            with suppress(OSError):
                os.utime(path)
        return content

    def find_or_draw(self, key: str, draw: Callable[[], bytes]) -> bytes:
        """Return the picture with a key, drawn now if need be: one at a time in a process, for it takes 0.2 s of it.

        Raises Unavailable where some wait already: who asks for the pictures of all materials would otherwise hold
        every thread that pages are made in.
        """
        found = self.find(key)
        if found is not None:
            return found
        if not _places.acquire(blocking=False):
            raise Unavailable(_BUSY)
        try:
            return self._drawn(key, draw)
        finally:
            _places.release()

    def _drawn(self, key: str, draw: Callable[[], bytes]) -> bytes:
        with _drawing:
            found = self.find(key)  # another thread may have drawn it meanwhile
            if found is None:
                found = draw()
                with suppress(OSError):  # a full disk: it is drawn again, but shown all the same
                    self._keep(self._path(key), found)
        return found

    def forget(self, moment: float) -> int:
        """Delete what was not asked for in a month before `moment`; return how many."""
        old = [path for path in self._folder.glob("*/*") if moment - path.stat().st_mtime > KEPT_SECONDS]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.png"

    def _keep(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{secrets.token_hex(8)}")
        try:
            with beside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
