"""Old office formats, made new by LibreOffice where it is installed; and slides made a PDF, to be drawn."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from oer.backends.extraction import media_types as types
from oer.backends.extraction.isolation import FOLDER_PREFIXES, run_reader
from oer.backends.extraction.programs import office
from oer.backends.extraction.protocol import MIB, Damaged, LimitReached, Limits, Unsupported

NEWER = {types.DOC: types.DOCX, types.PPT: types.PPTX, types.XLS: types.XLSX}
_DRAWN = {types.Family.DOCUMENT, types.Family.SLIDES}
# It reserves far more memory than it uses, and starts slowly.
_MEMORY_BYTES, _CPU, _WALL = 4096 * MIB, 60, 120.0


@contextmanager
def converted(path: Path, media_type: str, target: str, limits: Limits) -> Iterator[Path]:
    """Give the file as one of type `target`. Raises Unsupported without LibreOffice, LimitReached, Damaged."""
    if office() is None:
        raise Unsupported("LibreOffice is not installed")
    with TemporaryDirectory(prefix=FOLDER_PREFIXES[1]) as folder:
        # Its ending tells the program what it is.
        named = Path(folder) / f"file.{types.MEDIA_TYPES[media_type].endings[0]}"
        named.symlink_to(path.absolute())
        made = Path(folder) / "made" / f"file.{types.MEDIA_TYPES[target].endings[0]}"
        request = {"path": str(named), "target": made.suffix[1:], "folder": str(made.parent)}
        outcome = run_reader("convert", request, replace(limits, memory_bytes=_MEMORY_BYTES, cpu=_CPU), _WALL)
        if outcome.stopped or outcome.returncode < 0:
            raise LimitReached(f"conversion: {outcome.stopped or outcome.returncode}")
        if not made.is_file():
            raise Damaged(f"conversion: {outcome.log[:500]}")
        yield made


def is_drawn(media_type: str) -> bool:
    """Tell whether files of a type can be made a PDF here: texts and slides, where LibreOffice is installed."""
    known = types.MEDIA_TYPES.get(media_type)
    return known is not None and known.family in _DRAWN and office() is not None
