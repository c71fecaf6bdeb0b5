"""Cleaning of names and texts that people type: one rule for what is invisible, one spelling (NFC), plain white space.

Dropped are control, format, surrogate, private and unassigned characters (Unicode category C). Among the format
characters are those that reverse the direction of writing, so that "gpj.exe" looks like "exe.jpg", and those of no
width, which make two names look the same.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

MAX_FILE_NAME_BYTES = 255
_MAX_ENDING_BYTES = 20
_UNNAMED_FILE = "tep"  # Vietnamese for "file", without marks
_DRIVE = re.compile("[A-Za-z]:")
_LINE_BREAK = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


def clean_line(text: str) -> str:
    """Return a text on one line: composed (NFC), without invisible characters, each run of white space one blank."""
    if not text.isprintable():
        text = "".join(letter if _is_visible(letter) else " " if letter.isspace() else "" for letter in text)
    return " ".join(unicodedata.normalize("NFC", text).split())


def clean_text(text: str) -> str:
    """Return a text of several lines: composed (NFC), without invisible characters, no blanks at the ends of lines."""
    lines = _LINE_BREAK.sub("\n", text).split("\n")
    return "\n".join(_visible(line, keep="\t").rstrip() for line in lines).strip()


def clean_file_name(given: str, ending: str = "") -> str:
    """Return the name under which a file is shown and downloaded: no path, no invisible characters, at most 255 bytes.

    Where nothing is left the name is "tep", with `ending` ("pdf") if there is one.
    """
    last = given.replace("\\", "/").split("/")[-1]
    name = _visible(last).strip()
    while _DRIVE.match(name):
        name = name[2:].strip()
    if not name.strip("."):
        return f"{_UNNAMED_FILE}.{ending}" if ending else _UNNAMED_FILE
    return shorten_file_name(name)


def _visible(text: str, keep: str = "") -> str:
    if not text.isprintable():
        text = "".join(letter for letter in text if _is_visible(letter) or letter in keep)
    return unicodedata.normalize("NFC", text)


def _is_visible(letter: str) -> bool:
    category = unicodedata.category(letter)
    return category[0] != "C" and category not in {"Zl", "Zp"}


def shorten_file_name(name: str, most_bytes: int = MAX_FILE_NAME_BYTES) -> str:
    """Return a file name of at most so many bytes; its ending stays, unless that is itself too long to be one."""
    if len(name.encode()) <= most_bytes:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode()) > _MAX_ENDING_BYTES:
        stem, dot, ending = name, "", ""
    room = most_bytes - len((dot + ending).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .") + dot + ending


def as_script(value: Mapping[str, Any]) -> str:
    """Return JSON that can stand inside a <script> element, whatever its texts hold."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("\u2028", "\\u2028")
