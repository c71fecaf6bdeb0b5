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

from oer.backends.extraction.markup import local_name, parse_xml
from oer.backends.extraction.protocol import Damaged, ExtractionError, LimitReached, Limits
from oer.backends.extraction.result import ExtractionResult, read_bytes

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
    """Return a picture as WebP, compressed_size by what it shows.

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


def cover_from_bytes(content: bytes, result: ExtractionResult) -> None:
    """Note a picture out of a file as its cover; one that cannot be shown is none."""
    with suppress(ExtractionError), open_picture(io.BytesIO(content), result.limits) as image:
        result.set_cover(cover_of(image))


# Pictures written into a web page itself (`data:` addresses, RFC 2397): named by where in the file they lie.

MOST_DATA_URI_BYTES = 8 * 1024**2
_DATA_URI = re.compile(rb"data:(image/(?:png|jpeg|gif|webp));base64,([A-Za-z0-9+/]{4,}={0,2})")
_DATA_URI_NAME = re.compile(r"data-(\d{1,12})-(\d{1,9})\.(?:png|jpeg|gif|webp)")


def find_data_uris(content: bytes) -> Iterator[tuple[str, str]]:
    """Give the `data:` address of each raster picture in a file, and the name by which `read_data_picture` has it."""
    for found in _DATA_URI.finditer(content):
        if found.end() - found.start() <= MOST_DATA_URI_BYTES:
            kind = found[1].decode().partition("/")[2]
            yield found[0].decode(), f"data-{found.start()}-{found.end() - found.start()}.{kind}"


def decode_data_uri(address: bytes) -> tuple[str, bytes] | None:
    """Return the media type and the bytes of the picture that an address holds; None if it holds none."""
    found = _DATA_URI.fullmatch(address)
    if found is None:
        return None
    try:
        return found[1].decode(), base64.b64decode(found[2], validate=True)
    except binascii.Error:
        return None


def read_data_uri(file: BinaryIO, name: str) -> tuple[str, bytes] | None:
    """Return the media type and the bytes of the picture that `find_data_pictures` named; None if there is none."""
    place = _DATA_URI_NAME.fullmatch(name)
    if place is None or int(place[2]) > MOST_DATA_URI_BYTES:
        return None
    file.seek(int(place[1]))
    return decode_data_uri(file.read(int(place[2])))


# Pictures: their size, a small one for the cover; drawings: the words in them.

_WORDS = frozenset({"title", "desc", "text"})


def read(path: Path, result: ExtractionResult) -> None:
    """Note a picture; whether there are words in it is for recognition to find."""
    with path.open("rb") as file, open_picture(file, result.limits) as image:
        shown: Image.Image = ImageOps.exif_transpose(image)
        result.facts.width, result.facts.height = shown.size
        result.add_page("")
        result.needs_ocr.append(1)
        result.set_cover(cover_of(shown))


def read_svg(path: Path, result: ExtractionResult) -> None:
    """Note the words of an SVG."""
    root = parse_xml(read_bytes(path, result.limits))
    result.set_title(next((each.text for each in root if local_name(each) == "title"), None))
    lines = [" ".join("".join(map(str, each.itertext())).split()) for each in root.iter() if local_name(each) in _WORDS]
    result.add_page("\n".join(line for line in lines if line))
