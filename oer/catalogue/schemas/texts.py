"""Texts of a record: cleaned of what nobody can see, kept in one spelling, by language. Readers raise Invalid."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.vocabularies import vocabularies

Reader = Callable[[Any, str], Any]

# Controls (C0, C1), marks that turn the direction of what follows, lone surrogates, non-characters: none can be seen,
# and most cannot be written in XML 1.0, which exports need.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff\ufffe\uffff]"
)
_NOT_TEXT = N_("This must be text.")
_TOO_LONG = N_("This is longer than %(most)s characters.")
_NOT_BY_LANGUAGE = N_('This must be an object with a text for each language, such as {"vi": "..."}.')
_UNKNOWN_LANGUAGE = N_("“%(value)s” is not a language code.")
_NOT_A_LIST = N_("This must be a list.")
_TOO_MANY = N_("This has more than %(most)s entries.")


def clean_text(text: str, *, lines: bool = False) -> str:
    """Return a text in NFC without invisible controls; white space is one blank, or kept by line with `lines`."""
    seen = _UNSEEN.sub("", unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")))
    if not lines:
        return " ".join(seen.split())
    return "\n".join(line.rstrip() for line in seen.split("\n")).strip()


def text(most: int, *, lines: bool = False) -> Reader:
    """Return a reader of one text of `most` characters; an empty one is ''. It raises Invalid."""

    def read(value: Any, field: str) -> str:
        if not isinstance(value, str):
            raise Invalid(_NOT_TEXT, field=field)
        cleaned = clean_text(value, lines=lines)
        if len(cleaned) > most:
            raise Invalid(_TOO_LONG, field=field, most=most)
        return cleaned

    return read


def list_of(entry: Reader, most: int) -> Reader:
    """Return a reader of a list; empty entries are left out, equal ones kept once."""

    def read(value: Any, field: str) -> list[Any]:
        if not isinstance(value, list):
            raise Invalid(_NOT_A_LIST, field=field)
        if len(value) > most:
            raise Invalid(_TOO_MANY, field=field, most=most)
        entries = [entry(each, f"{field}[{place}]") for place, each in enumerate(value)]
        return [each for place, each in enumerate(entries) if each and each not in entries[:place]]

    return read


def by_language(entry: Reader) -> Reader:
    """Return a reader of a language map of what `entry` reads; languages without anything are left out."""

    def read(value: Any, field: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Invalid(_NOT_BY_LANGUAGE, field=field)
        known = vocabularies().languages
        for code in value:
            if code not in known:
                raise Invalid(_UNKNOWN_LANGUAGE, field=field, value=str(code)[:50])
        texts = {code: entry(value[code], f"{field}.{code}") for code in known.terms if code in value}
        return {code: each for code, each in texts.items() if each}

    return read
