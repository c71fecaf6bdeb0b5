"""Pictures written into a web page itself (`data:` addresses, RFC 2397): named by where in the file they lie.

So named, one of them is read out of a file of any length without reading the rest of it, and nothing but a picture
of a kind that cannot run anything can be asked for.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import BinaryIO

MOST_BYTES = 8 * 1024**2
_PICTURE = re.compile(rb"data:(image/(?:png|jpeg|gif|webp));base64,([A-Za-z0-9+/]{4,}={0,2})")
_NAME = re.compile(r"data-(\d{1,12})-(\d{1,9})\.(?:png|jpeg|gif|webp)")


def find_data_pictures(content: bytes) -> Iterator[tuple[str, str]]:
    """Give the `data:` address of each raster picture in a file, and the name by which `read_data_picture` has it."""
    for found in _PICTURE.finditer(content):
        if found.end() - found.start() <= MOST_BYTES:
            kind = found[1].decode().partition("/")[2]
            yield found[0].decode(), f"data-{found.start()}-{found.end() - found.start()}.{kind}"


def decode_data_picture(address: bytes) -> tuple[str, bytes] | None:
    """Return the media type and the bytes of the picture that an address holds; None if it holds none."""
    found = _PICTURE.fullmatch(address)
    if found is None:
        return None
    try:
        return found[1].decode(), base64.b64decode(found[2], validate=True)
    except binascii.Error:
        return None


def read_data_picture(file: BinaryIO, name: str) -> tuple[str, bytes] | None:
    """Return the media type and the bytes of the picture that `find_data_pictures` named; None if there is none."""
    place = _NAME.fullmatch(name)
    if place is None or int(place[2]) > MOST_BYTES:
        return None
    file.seek(int(place[1]))
    return decode_data_picture(file.read(int(place[2])))
