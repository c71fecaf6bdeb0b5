"""Titles that programs write by themselves: names of files, and what a new document is called."""

import re

from oer.backends.extraction.media_types import MEDIA_TYPES

_PROGRAM_PREFIX = re.compile(r"^Microsoft (?:Office )?(?:Word|PowerPoint|Excel|Publisher) - ", re.IGNORECASE)
_OTHER_ENDINGS = (
    "rtf dot dotx dotm pps ppsx ppsm pot potx pub vsd indd ai cdr psd qxd tex dvi ps tif tiff jfif heic rar 7z"
)
_ENDINGS = {*(ending for each in MEDIA_TYPES.values() for ending in each.endings), *_OTHER_ENDINGS.split()}
_FILE_NAME = re.compile(rf"\S\.(?:{'|'.join(sorted(_ENDINGS))})(?: \(\d+\))?$", re.IGNORECASE)
_NEW_DOCUMENT = re.compile(
    r"(?:new )?(?:(?:microsoft )?(?:office )?(?:word|powerpoint|excel|publisher) )?"
    r"(?:untitled|no title|none|title|document|presentation|book|workbook|worksheet|sheet|slide|doc|scan|page|"
    r"tài liệu|bản trình bày|bản trình chiếu|trang chiếu|trang tính|sổ làm việc|không (?:có )?tiêu đề|chưa đặt tên)"
    r"(?:[ _-]?(?:document|presentation|powerpoint|word|excel))?[ _-]?\d{0,4}",
    re.IGNORECASE,
)
_PROGRAM = re.compile(
    r"(?:microsoft )?(?:word|powerpoint|excel)|camscanner.*|scanned (?:document|by .*)", re.IGNORECASE
)


def without_program(title: str) -> str:
    """Return a title without what a program put before it, "" if a program or a file name is all that is left."""
    title = _PROGRAM_PREFIX.sub("", title).strip()
    is_made = _FILE_NAME.search(title) or _NEW_DOCUMENT.fullmatch(title) or _PROGRAM.fullmatch(title)
    return "" if is_made else title
