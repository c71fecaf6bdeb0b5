"""Which pages were not drawn in the time that a reader waits, until the worker has drawn them or given them up.

A mark is an empty file. While a file has one, its other pages are left to the worker, too: one slow file must not keep
the makers from the others.
"""

import re
from collections.abc import Iterator
from pathlib import Path

_NAME = re.compile(r"([0-9a-f]{64})-([0-9]+)-([0-9]+)")


class SlowPages:
    """The marks, in a folder that all of a machine's processes share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def mark(self, sha256: str, page: int, width: int) -> None:
        """Note that a page takes long."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._path(sha256, page, width).touch()

    def clear(self, sha256: str, page: int, width: int) -> None:
        """Forget a page, because it was drawn or given up."""
        self._path(sha256, page, width).unlink(missing_ok=True)

    def has_file(self, sha256: str) -> bool:
        """Whether pages of a file wait for the worker."""
        return any(self._folder.glob(f"{sha256}-*"))

    def waiting(self) -> Iterator[tuple[str, int, int]]:
        """Yield file, page and width of all that wait."""
        if not self._folder.is_dir():
            return
        for path in sorted(self._folder.iterdir()):
            found = _NAME.fullmatch(path.name)
            if found:
                yield found[1], int(found[2]), int(found[3])

    def _path(self, sha256: str, page: int, width: int) -> Path:
        return self._folder / f"{sha256}-{page}-{width}"
