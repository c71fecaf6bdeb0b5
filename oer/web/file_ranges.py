"""Which part of a file a Range header asks for (RFC 9110, 14.1 and 14.2)."""

import re
from typing import NamedTuple

# 18 digits are more than any file; what is longer is no number that we read.
_ONE_RANGE = re.compile(r"\s*bytes\s*=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})\s*", re.IGNORECASE)


class Range(NamedTuple):
    """The bytes from `start` up to, not including, `stop`."""

    start: int
    stop: int


def read_range(header: str, size: int) -> Range | None:
    """Return the part of `size` bytes that a Range header asks for; None means all of them.

    A header that is malformed, in other units or asks for several parts is passed over, as 14.2 allows: many small
    parts cost the server more than the client. Raises ValueError where no byte of the part exists (416).
    """
    match = _ONE_RANGE.fullmatch(header)
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= size or start >= stop:
        raise ValueError("no byte of this part exists")
    return Range(start, stop)
