"""Pictures shown as WebP that is made of them: TIFF and HEIC, each picture of which is a page; large photographs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pi_heif
from PIL import Image, ImageOps

from oer.backends.extraction.formats.image import as_webp, cover_of
from oer.backends.extraction.protocol import Damaged, LimitReached, Limits, Unsupported
from oer.backends.extraction.result import ExtractionResult

pi_heif.register_heif_opener(decode_threads=1, thumbnails=False)

_DECODED = ("TIFF", "HEIF", "JPEG", "PNG", "WEBP")
_MOST_SIDE = 16_000  # WebP has 16,383
# A broken directory of a TIFF shows in many ways.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, RuntimeError, KeyError, TypeError, IndexError, ZeroDivisionError)


@contextmanager
def open_pages(path: Path, limits: Limits) -> Iterator["PicturePages"]:
    """Yield the pictures of a file; none is decoded before it is asked for. Raises LimitReached, Damaged."""
    Image.MAX_IMAGE_PIXELS = None  # Pillow would only warn; our own limit raises
    try:
        with path.open("rb") as file, Image.open(file, formats=_DECODED) as image:
            yield PicturePages(image, limits)
    except _BROKEN as error:
        raise Damaged(str(error)) from error


class PicturePages:
    """The pictures of an open file, counted from 0."""

    def __init__(self, image: Image.Image, limits: Limits) -> None:
        self._image, self._limits = image, limits

    @property
    def moves(self) -> bool:
        """Whether it is an animation: one picture would not show what it shows."""
        return self._image.format in ("PNG", "WEBP") and bool(getattr(self._image, "is_animated", False))

    def decode_no_larger_than(self, width: int) -> None:
        """Have a JPEG decoded at the smallest size that has this width at least, which takes a fraction of the time."""
        if self._image.width * self._image.height <= self._limits.image_pixels:
            self._image.draft("RGB", (width, width))

    def __len__(self) -> int:
        return min(int(getattr(self._image, "n_frames", 1)), self._limits.pages)

    def __getitem__(self, index: int) -> Image.Image:
        """Return a picture as it is to be seen: upright, in eight bits. Raises LimitReached, IndexError."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        self._image.seek(index)
        if self._image.width * self._image.height > self._limits.image_pixels:
            raise LimitReached(f"{self._image.width} x {self._image.height} pixels")
        self._image.load()
        shown: Image.Image = ImageOps.exif_transpose(self._image)
        return _in_eight_bits(shown)


def _in_eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):  # Pillow would cut off what is brighter than 255
        return image.convert("I").point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:  # pages show pictures on white
        clear = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")
    return image.convert("RGB")


def is_one(path: Path) -> bool:
    """Whether a stored file, which is a PDF or one of these, is one of these."""
    with path.open("rb") as file:
        head = file.read(12)
    is_webp = head.startswith(b"RIFF") and head[8:] == b"WEBP"
    return is_webp or head[4:8] == b"ftyp" or head.startswith((b"II*\0", b"MM\0*", b"\xff\xd8\xff", b"\x89PNG"))


def read(path: Path, result: ExtractionResult) -> None:
    """Add each picture as a page without text, for OCR to fill in."""
    with open_pages(path, result.limits) as pictures:
        first = pictures[0]
        result.facts.width, result.facts.height = first.size
        result.facts.pages = len(pictures)
        result.set_cover(cover_of(first))
        for number in range(1, len(pictures) + 1):
            result.add_page("")
            result.needs_ocr.append(number)


def render(path: Path, page: int, width: int, limits: Limits) -> bytes:
    """Return a page, counted from 1, as WebP of at most this width.

    Raises Damaged, LimitReached, Unsupported for one that moves.
    """
    with open_pages(path, limits) as pictures:
        if pictures.moves:
            raise Unsupported("a picture that moves")
        pictures.decode_no_larger_than(width)
        shown = pictures[page - 1]
        shown.thumbnail((width, _MOST_SIDE))
        return as_webp(shown)
