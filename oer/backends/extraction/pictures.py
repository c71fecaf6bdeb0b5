"""Pictures as the readers get them: WebP, small, and never decoded beyond what is allowed."""

import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from PIL import Image

from oer.backends.extraction.findings import Findings
from oer.backends.extraction.protocol import Damaged, LimitReached, Limits, Stop

# A leaf stands at most 144 px wide on a page, and twice as sharp on a phone; a film's cover also fills its player.
COVER_WIDTH, COVER_HEIGHT = 480, 400
_FLAT_COLOURS = 1024
_MIXED_COLOURS = 64
_QUALITY = 75
# Above so many pixels packing is done with less effort: it is half as long for a third more bytes.
_LARGE = 1_500_000
# Only what is taken; Pillow knows dozens of formats, some with decoders that were bombs.
_DECODED = ("PNG", "JPEG", "GIF", "WEBP")


def as_webp(image: Image.Image) -> bytes:
    """Return a picture as WebP, packed by what it shows.

    Measured on pages of 800 and 1600 px: text is smallest without loss (45 against 128 KB); text with figures
    quantised to 64 colours first; photographs and scans, which have no even ground, with loss.
    """
    image = image.convert("RGB")
    if image.getcolors(_FLAT_COLOURS):
        return _packed(image, lossless=True)
    if _has_even_ground(image):
        return _packed(image.quantize(_MIXED_COLOURS, Image.Quantize.FASTOCTREE), lossless=True)
    return _packed(image, lossless=False)


def _has_even_ground(image: Image.Image) -> bool:
    """Tell whether one colour fills a third of the picture."""
    small = image.resize((96, 128), Image.Resampling.NEAREST)
    counts = sorted((count for count, _ in small.getcolors(96 * 128) or ()), reverse=True)
    return bool(counts) and counts[0] > 96 * 128 / 3


def _packed(image: Image.Image, *, lossless: bool) -> bytes:
    is_large, target = image.width * image.height > _LARGE, io.BytesIO()
    # Without loss `quality` is effort, and `method` makes no difference that could be measured.
    quality = (20 if is_large else 60) if lossless else _QUALITY
    image.save(target, "WEBP", lossless=lossless, quality=quality, method=2 if lossless or is_large else 4)
    return target.getvalue()


def cover_of(image: Image.Image) -> bytes:
    """Return a picture small enough for a cover, as WebP."""
    image = image.convert("RGB")
    image.thumbnail((COVER_WIDTH, COVER_HEIGHT))
    return as_webp(image)


@contextmanager
def open_picture(file: BinaryIO, limits: Limits) -> Iterator[Image.Image]:
    """Give a picture whose size is within the limits before anything is decoded. Raises LimitReached, Damaged."""
    Image.MAX_IMAGE_PIXELS = None  # our own limit raises where Pillow's would only warn
    try:
        with Image.open(file, formats=_DECODED) as image:
            if image.width * image.height > limits.image_pixels:
                raise LimitReached(f"{image.width} x {image.height} pixels")
            image.load()
            yield image
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise Damaged(str(error)) from error


def cover_from_bytes(content: bytes, findings: Findings) -> None:
    """Note a picture out of a file as its cover; one that cannot be shown is none."""
    with suppress(Stop), open_picture(io.BytesIO(content), findings.limits) as image:
        findings.cover(cover_of(image))
