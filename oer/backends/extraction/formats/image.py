"""Images: decoded within limits, scaled to covers, and read from `data:` URIs (RFC 2397)."""

import base64
import binascii
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageOps

from oer.backends.extraction.protocol import Damaged, ExtractionError, LimitReached, Limits
from oer.backends.extraction.result import ExtractionResult

# Covers are shown up to 144 px wide, on phones at twice the density; that of a video also fills its player.
COVER_WIDTH, COVER_HEIGHT = 480, 400
MOST_COVER_BYTES = 8_000
"""A search page shows ten covers and stays below 100 KB with them."""
_FLAT_COLOURS = 1024
_MIXED_COLOURS = 64
_QUALITY = 75
_LOWEST_COVER_QUALITY = 30
# From this many pixels on we encode with less effort: half the time for a third more bytes.
_LARGE = 1_500_000
# Only the types that uploads may have: Pillow knows dozens more, some with unsafe decoders.
_DECODED = ("PNG", "JPEG", "GIF", "WEBP")


def as_webp(image: Image.Image) -> bytes:
    """Return a picture as WebP, encoded by what it shows.

    Measured on pages of 800 and 1600 px: text is smallest lossless (45 instead of 128 KB), text with figures lossless
    after quantising to 64 colours, photographs and scans, which have no even background, lossy.
    """
    image = image.convert("RGB")
    if image.getcolors(_FLAT_COLOURS):
        return _encoded(image, lossless=True)
    if _has_even_background(image):
        return _encoded(image.quantize(_MIXED_COLOURS, Image.Quantize.FASTOCTREE), lossless=True)
    return _encoded(image, lossless=False)


def _has_even_background(image: Image.Image) -> bool:
    """Whether one colour fills a third of the picture."""
    small = image.resize((96, 128), Image.Resampling.NEAREST)
    counts = sorted((count for count, _ in small.getcolors(96 * 128) or ()), reverse=True)
    return bool(counts) and counts[0] > 96 * 128 / 3


def _encoded(image: Image.Image, *, lossless: bool, quality: int = _QUALITY) -> bytes:
    is_large, target = image.width * image.height > _LARGE, io.BytesIO()
    # For lossless files `quality` is effort, and `method` makes no measurable difference.
    quality = (20 if is_large else 60) if lossless else quality
    image.save(target, "WEBP", lossless=lossless, quality=quality, method=2 if lossless or is_large else 4)
    return target.getvalue()


def cover_of(image: Image.Image) -> bytes:
    """Return a picture as a cover: WebP of at most `MOST_COVER_BYTES`, whatever it shows."""
    image = image.convert("RGB")
    image.thumbnail((COVER_WIDTH, COVER_HEIGHT))
    webp, quality = as_webp(image), _QUALITY
    while len(webp) > MOST_COVER_BYTES:
        if quality > _LOWEST_COVER_QUALITY:
            quality -= 15
        else:
            image = image.resize((max(1, image.width * 3 // 4), max(1, image.height * 3 // 4)))
        webp = _encoded(image, lossless=False, quality=quality)
    return webp


@contextmanager
def open_picture(file: BinaryIO, limits: Limits) -> Iterator[Image.Image]:
    """Yield a picture after checking its size, before anything is decoded. Raises LimitReached, Damaged."""
    Image.MAX_IMAGE_PIXELS = None  # Pillow would only warn; our own limit raises
    try:
        with Image.open(file, formats=_DECODED) as image:
            if image.width * image.height > limits.image_pixels:
                raise LimitReached(f"{image.width} x {image.height} pixels")
            image.load()
            yield image
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise Damaged(str(error)) from error


def cover_from_bytes(content: bytes, result: ExtractionResult) -> None:
    """Set a picture as the cover; one that cannot be decoded is ignored."""
    with suppress(ExtractionError), open_picture(io.BytesIO(content), result.limits) as image:
        result.set_cover(cover_of(image))


MOST_DATA_URI_BYTES = 8 * 1024**2
_DATA_URI = re.compile(rb"data:(image/(?:png|jpeg|gif|webp));base64,([A-Za-z0-9+/]{4,}={0,2})")
_DATA_URI_NAME = re.compile(r"(data|json)-(\d{1,12})-(\d{1,9})\.(png|jpeg|gif|webp)")
# Pictures in Jupyter notebooks: base64 in a string, or in a list of lines.
_BASE64_LINE = rb'"(?:[A-Za-z0-9+/=]|\\[nr])*"'
_JSON_PICTURE = re.compile(
    rb'"image/(png|jpeg|gif|webp)"\s*:\s*('
    + _BASE64_LINE
    + rb"|\[\s*"
    + _BASE64_LINE
    + rb"(?:\s*,\s*"
    + _BASE64_LINE
    + rb")*\s*\])"
)
_NOT_BASE64 = re.compile(rb"\\[nr]|[^A-Za-z0-9+/=]")


def find_data_uris(content: bytes) -> Iterator[tuple[str, str]]:
    """Yield each `data:` URI of a raster picture in a file, with a name for `read_data_uri`: its place in the file.

    Pictures that a notebook has as JSON count as such URIs, too.
    """
    for found in _JSON_PICTURE.finditer(content):
        if found.end(2) - found.start(2) <= MOST_DATA_URI_BYTES:
            kind, picture = found[1].decode(), _from_json(found[2])
            uri = f"data:image/{kind};base64,{picture.decode('latin-1')}"
            yield uri, f"json-{found.start(2)}-{found.end(2) - found.start(2)}.{kind}"
    for found in _DATA_URI.finditer(content):
        if found.end() - found.start() <= MOST_DATA_URI_BYTES:
            kind = found[1].decode().partition("/")[2]
            yield found[0].decode(), f"data-{found.start()}-{found.end() - found.start()}.{kind}"


def decode_data_uri(uri: bytes) -> tuple[str, bytes] | None:
    """Return media type and bytes of the picture in a `data:` URI, None if it is no such URI."""
    found = _DATA_URI.fullmatch(uri)
    if found is None:
        return None
    try:
        return found[1].decode(), base64.b64decode(found[2], validate=True)
    except binascii.Error:
        return None


def read_data_uri(file: BinaryIO, name: str) -> tuple[str, bytes] | None:
    """Return media type and bytes of the picture that `find_data_uris` named, None if there is none."""
    place = _DATA_URI_NAME.fullmatch(name)
    if place is None or int(place[3]) > MOST_DATA_URI_BYTES:
        return None
    file.seek(int(place[2]))
    content = file.read(int(place[3]))
    if place[1] == "json":
        content = b"data:image/" + place[4].encode() + b";base64," + _from_json(content)
    return decode_data_uri(content)


def _from_json(value: bytes) -> bytes:
    return _NOT_BASE64.sub(b"", value)


def read(path: Path, result: ExtractionResult) -> None:
    """Add a picture as a page without text, for OCR to fill in."""
    with path.open("rb") as file, open_picture(file, result.limits) as image:
        shown: Image.Image = ImageOps.exif_transpose(image)
        result.facts.width, result.facts.height = shown.size
        result.add_page("")
        result.needs_ocr.append(1)
        result.set_cover(cover_of(shown))
