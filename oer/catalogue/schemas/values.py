"""Single values of a record, each checked by the rule of its standard. Readers raise Invalid."""

import re
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from oer.catalogue.schemas.texts import Reader, list_of, text
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.core.ids import is_public_id
from oer.vocabularies import vocabularies

# ISO 8601 durations, weeks alone or years to seconds; at least one part, and one after a T.
_DURATION = re.compile(
    r"P(?=[\dT])(?:(\d{1,4})W|(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})D)?"
    r"(?:T(?=\d)(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:(\d{1,4})S)?)?)"
)
_AGES = re.compile(r"(\d{1,3})?-(\d{1,3})?")
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
_ORCID = re.compile(r"(?:https?://(?:www\.)?orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])/?", re.IGNORECASE)
_HOST = re.compile(r"[^\s/?#@\\<>\"'`{}|^]+")
_LONGEST_URL = 2000


def code_of(name: str) -> Reader:
    """Return a reader of one code of the vocabulary that `Vocabularies` has under `name`."""

    def read(value: Any, field: str) -> str:
        code = text(200)(value, field)
        if code and code not in vocabularies().scheme(name):
            raise Invalid(
                N_("“%(value)s” is not a code of the vocabulary “%(scheme)s”."), field=field, value=code, scheme=name
            )
        return str(code)

    return read


def codes_of(name: str, most: int = 20) -> Reader:
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
    if found is None or not _agrees(found[1].upper()):
        raise Invalid(N_("This is not an ORCID iD, such as 0000-0002-1825-0097."), field=field)
    return found[1].upper()


def _agrees(written: str) -> bool:
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
    found = _DURATION.fullmatch(written)
    if found is None or not any(int(part) for part in found.groups() if part):
        raise Invalid(N_("This must be a duration such as PT1H30M (1 hour 30 minutes) or P6W (6 weeks)."), field=field)
    return written


def age_range(value: Any, field: str) -> str:
    """Read a range of ages in years as schema.org writes it: 7-9, 18- or -5."""
    written = str(text(20)(value, field)).replace("–", "-").replace(" ", "")
    if not written:
        return ""
    found = _AGES.fullmatch(written)
    if found is None or not any(found.groups()) or _turned_round(found[1], found[2]):
        raise Invalid(N_("This must be a range of ages such as 7-9, or 18- for 18 and older."), field=field)
    return written


def _turned_round(low: str | None, high: str | None) -> bool:
    return bool(low and high) and int(low or 0) > int(high or 0)


def day(value: Any, field: str) -> str:
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


def target(value: Any, field: str) -> str:
    """Read what a relation points to: the id of a material here, or a web address."""
    written = str(text(_LONGEST_URL)(value, field))
    return written if is_public_id(written) else web_address(written, field)
