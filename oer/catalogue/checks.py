"""Checks of single values of a record. Each returns the value in canonical form, or raises Invalid with its field."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from oer.core.durations import Duration
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.core.ids import is_public_id
from oer.vocabularies import vocabularies


class InvalidRecord(Invalid):
    """A record that cannot be taken as it stands; `faults` are all that was found, each with its `field`."""

    code = "invalid_record"

    def __init__(self, faults: Sequence[Invalid]) -> None:
        first = faults[0]
        super().__init__(first.message, field=first.field, **first.values)
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "; ".join(f"{fault.field}: {fault}" if fault.field else str(fault) for fault in self.faults)


# Texts of a record: cleaned of what nobody can see, kept in one spelling, by language. Readers raise Invalid.

Check = Callable[[Any, str], Any]

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


def text(most: int, *, lines: bool = False) -> Check:
    """Return a reader of one text of `most` characters; an empty one is ''. It raises Invalid."""

    def read(value: Any, field: str) -> str:
        if not isinstance(value, str):
            raise Invalid(_NOT_TEXT, field=field)
        cleaned = clean_text(value, lines=lines)
        if len(cleaned) > most:
            raise Invalid(_TOO_LONG, field=field, most=most)
        return cleaned

    return read


def list_of(entry: Check, most: int) -> Check:
    """Return a reader of a list; empty entries are left out, equal ones kept once."""

    def read(value: Any, field: str) -> list[Any]:
        if not isinstance(value, list):
            raise Invalid(_NOT_A_LIST, field=field)
        if len(value) > most:
            raise Invalid(_TOO_MANY, field=field, most=most)
        entries = [entry(each, f"{field}[{place}]") for place, each in enumerate(value)]
        return [each for place, each in enumerate(entries) if each and each not in entries[:place]]

    return read


def by_language(entry: Check) -> Check:
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


# Single values of a record, each checked by the rule of its standard. Readers raise Invalid.

_AGES = re.compile(r"(\d{1,3})?-(\d{1,3})?")
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
_ORCID = re.compile(r"(?:https?://(?:www\.)?orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])/?", re.IGNORECASE)
_HOST = re.compile(r"[^\s/?#@\\<>\"'`{}|^]+")
_LONGEST_URL = 2000


def code_of(name: str) -> Check:
    """Return a reader of one code of the vocabulary that `Vocabularies` has under `name`."""

    def read(value: Any, field: str) -> str:
        code = text(200)(value, field)
        if code and code not in vocabularies().scheme(name):
            raise Invalid(
                N_("“%(value)s” is not a code of the vocabulary “%(scheme)s”."), field=field, value=code, scheme=name
            )
        return str(code)

    return read


def codes_of(name: str, most: int = 20) -> Check:
    """Return a reader of a list of codes of a vocabulary."""
    return list_of(code_of(name), most)


def licence(value: Any, field: str) -> str:
    """Read the URI of a licence of the vocabulary; http for https and a missing last slash are mended."""
    uri = str(text(200)(value, field))
    mended = re.sub(r"^http:", "https:", uri).rstrip("/") + "/" if uri else ""
    return str(code_of("licences")(mended, field))


def web_address(value: Any, field: str) -> str:
    """Read an address that a browser may be sent to: http or https, with a host, without a password."""
    address = str(text(_LONGEST_URL)(value, field))
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    plain = parts.scheme in {"http", "https"} and _HOST.fullmatch(parts.netloc) and " " not in address
    if not plain:
        raise Invalid(N_("This must be a web address that begins with https:// or http://."), field=field)
    return address


def orcid(value: Any, field: str) -> str:
    """Read an ORCID iD, bare or as an address; its last character must agree (ISO 7064 MOD 11-2)."""
    written = str(text(100)(value, field))
    if not written:
        return ""
    found = _ORCID.fullmatch(written)
    if found is None or not _has_valid_check_digit(found[1].upper()):
        raise Invalid(N_("This is not an ORCID iD, such as 0000-0002-1825-0097."), field=field)
    return found[1].upper()


def _has_valid_check_digit(written: str) -> bool:
    digits = written.replace("-", "")
    total = 0
    for digit in digits[:-1]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return digits[-1] == ("X" if check == 10 else str(check))


def duration(value: Any, field: str) -> str:
    """Read an ISO 8601 duration that is longer than nothing, such as PT3H or P6W."""
    written = str(text(40)(value, field)).upper()
    if not written:
        return ""
    if not Duration.parse(written):
        raise Invalid(N_("This must be a duration such as PT1H30M (1 hour 30 minutes) or P6W (6 weeks)."), field=field)
    return written


def age_range(value: Any, field: str) -> str:
    """Read a range of ages in years as schema.org writes it: 7-9, 18- or -5."""
    written = str(text(20)(value, field)).replace("–", "-").replace(" ", "")
    if not written:
        return ""
    found = _AGES.fullmatch(written)
    if found is None or not any(found.groups()) or _is_reversed(found[1], found[2]):
        raise Invalid(N_("This must be a range of ages such as 7-9, or 18- for 18 and older."), field=field)
    return written


def _is_reversed(low: str | None, high: str | None) -> bool:
    return bool(low and high) and int(low or 0) > int(high or 0)


def partial_date(value: Any, field: str) -> str:
    """Read a date as YYYY-MM-DD, or only its year, or its year and month."""
    written = str(text(20)(value, field))
    if not written:
        return ""
    found = _DATE.fullmatch(written)
    try:
        date(*(int(part or 1) for part in found.groups())) if found else date(0, 0, 0)
    except ValueError:
        raise Invalid(N_("This must be a date such as 2026-03-01."), field=field) from None
    return written


def relation_target(value: Any, field: str) -> str:
    """Read what a relation points to: the id of a material here, or a web address."""
    written = str(text(_LONGEST_URL)(value, field))
    return written if is_public_id(written) else web_address(written, field)
