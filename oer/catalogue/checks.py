"""Checks of the values of a record.

A check is called with a value and the name of its field. It returns the value in canonical form ('' or empty if there
is none) or raises Invalid with that field; objects raise InvalidRecord with everything that is wrong.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from oer.core.durations import Duration
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.core.ids import is_public_id
from oer.core.text import clean_line, clean_text
from oer.vocabularies import vocabularies


class InvalidRecord(Invalid):
    """A record with errors; `errors` are all that were found, each with its `field`."""

    code = "invalid_record"

    def __init__(self, errors: Sequence[Invalid]) -> None:
        first = errors[0]
        super().__init__(first.message, field=first.field, **first.values)
        self.errors = tuple(errors)

    def __str__(self) -> str:
        return "; ".join(f"{error.field}: {error}" if error.field else str(error) for error in self.errors)


Check = Callable[[Any, str], Any]

_UNKNOWN_FIELD = N_("There is no field “%(name)s” here.")
_NOT_AN_OBJECT = N_("This must be an object with named fields.")
_NEEDED = N_("This is needed.")
_NOT_TEXT = N_("This must be text.")
_TOO_LONG = N_("This is longer than %(most)s characters.")
_NOT_BY_LANGUAGE = N_('This must be an object with a text for each language, such as {"vi": "..."}.')
_UNKNOWN_LANGUAGE = N_("“%(value)s” is not a language code.")
_NOT_A_CODE = N_("“%(value)s” is not a code of the vocabulary “%(scheme)s”.")
_NEARLY_A_CODE = N_("“%(value)s” is not a code of the vocabulary “%(scheme)s”. Is it %(nearest)s?")
_NOT_A_LIST = N_("This must be a list.")
_TOO_MANY = N_("This has more than %(most)s entries.")


def text(most: int, *, lines: bool = False) -> Check:
    """Return a check of a text of at most `most` characters: on one line, or of several with `lines`."""

    def read(value: Any, field: str) -> str:
        if not isinstance(value, str):
            raise Invalid(_NOT_TEXT, field=field)
        cleaned = clean_text(value) if lines else clean_line(value)
        if len(cleaned) > most:
            raise Invalid(_TOO_LONG, field=field, most=most)
        return cleaned

    return read


def list_of(entry: Check, most: int) -> Check:
    """Return a check of a list; empty entries are left out, equal ones kept once. Every faulty entry is named."""

    def read(value: Any, field: str) -> list[Any]:
        if not isinstance(value, list):
            raise Invalid(_NOT_A_LIST, field=field)
        if len(value) > most:
            raise Invalid(_TOO_MANY, field=field, most=most)
        entries = _all_read((entry, each, f"{field}[{place}]") for place, each in enumerate(value))
        return [each for place, each in enumerate(entries) if each and each not in entries[:place]]

    return read


def _all_read(entries: Iterable[tuple[Check, Any, str]]) -> list[Any]:
    """Return values, each checked under its name. Raises InvalidRecord with what is wrong in any of them."""
    found: list[Any] = []
    errors: list[Invalid] = []
    for check, value, field in entries:
        try:
            found.append(check(value, field))
        except InvalidRecord as error:
            errors.extend(error.errors)
        except Invalid as error:
            errors.append(error)
    if errors:
        raise InvalidRecord(errors)
    return found


def by_language(entry: Check) -> Check:
    """Return a check of a language map, its values checked by `entry`; languages without a value are left out."""

    def read(value: Any, field: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Invalid(_NOT_BY_LANGUAGE, field=field)
        known = vocabularies().languages
        for code in value:
            if code not in known:
                raise Invalid(_UNKNOWN_LANGUAGE, field=field, value=str(code)[:50])
        codes = [code for code in known.terms if code in value]
        texts = _all_read((entry, value[code], f"{field}.{code}") for code in codes)
        return {code: each for code, each in zip(codes, texts, strict=True) if each}

    return read


def object_of(fields: Mapping[str, Check], needed: tuple[str, ...] = ()) -> Check:
    """Return a check of an object with these fields; empty ones are left out, an empty object is {}."""

    def read(value: Any, field: str) -> dict[str, Any]:
        found, errors = read_fields(value, fields, field)
        errors += [Invalid(_NEEDED, field=f"{field}.{name}") for name in needed if found and name not in found]
        if errors:
            raise InvalidRecord(errors)
        return found

    return read


def read_fields(value: Any, fields: Mapping[str, Check], within: str = "") -> tuple[dict[str, Any], list[Invalid]]:
    """Return an object's fields in canonical form, in the order of the checks, and all that is wrong with them."""
    if not isinstance(value, dict):
        return {}, [Invalid(_NOT_AN_OBJECT, field=within or None)]
    prefix = f"{within}." if within else ""
    unknown = _shown_names(value.keys() - fields)
    errors = [Invalid(_UNKNOWN_FIELD, field=prefix + name, name=name) for name in unknown]
    found: dict[str, Any] = {}
    for name, check in fields.items():
        try:
            read = check(value[name], prefix + name) if value.get(name) is not None else None
        except InvalidRecord as error:
            errors.extend(error.errors)
        except Invalid as error:
            errors.append(error)
        else:
            found |= {name: read} if read else {}
    return found, errors


def _shown_names(names: set[Any]) -> list[str]:
    return sorted(ascii(name)[1:-1][:50] if not str(name).isprintable() else str(name)[:50] for name in names)


_AGES = re.compile(r"(\d{1,3})?-(\d{1,3})?")
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
_DATE_DAY_FIRST = re.compile(r"(?:(\d{1,2})[/.-])?(\d{1,2})[/.-](\d{4})")
_ORCID = re.compile(r"(?:https?://(?:www\.)?orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])/?", re.IGNORECASE)
_HOST = re.compile(r"[^\s/?#@\\<>\"'`{}|^]+")
_MAX_URL = 2000


def code_of(name: str) -> Check:
    """Return a check of one code of a vocabulary, named as in `Vocabularies`."""

    def read(value: Any, field: str) -> str:
        code = str(text(200)(value, field))
        if code and code not in vocabularies().scheme(name):
            nearest = vocabularies().scheme(name).nearest(code)
            words = _NEARLY_A_CODE if nearest else _NOT_A_CODE
            raise Invalid(words, field=field, value=code, scheme=name, nearest=nearest)
        return code

    return read


def codes_of(name: str, most: int = 20) -> Check:
    """Return a check of a list of codes of a vocabulary."""
    return list_of(code_of(name), most)


def licence(value: Any, field: str) -> str:
    """Check the URI of a licence of the vocabulary; `http:` and a missing last slash are corrected."""
    uri = str(text(200)(value, field))
    mended = re.sub(r"^http:", "https:", uri).rstrip("/") + "/" if uri else ""
    return str(code_of("licences")(mended if mended in vocabularies().licences else uri, field))


def web_address(value: Any, field: str) -> str:
    """Check an address that a browser may be sent to: http or https, with a host, without a password."""
    address = str(text(_MAX_URL)(value, field))
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
    """Check an ORCID iD, bare or as an address; its last character is a check digit (ISO 7064 MOD 11-2)."""
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
    """Check an ISO 8601 duration above zero, such as PT3H or P6W."""
    written = str(text(40)(value, field)).upper()
    if not written:
        return ""
    if not Duration.parse(written):
        raise Invalid(N_("This must be a duration such as PT1H30M (1 hour 30 minutes) or P6W (6 weeks)."), field=field)
    return written


def age_range(value: Any, field: str) -> str:
    """Check a range of ages in years as schema.org writes it: 7-9, 18- or -5."""
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
    """Check a date and return it as YYYY-MM-DD, YYYY-MM or YYYY; 1/3/2026 and 3/2026, as people write, are read too."""
    written = str(text(20)(value, field)).replace(" ", "")
    if not written:
        return ""
    if day_first := _DATE_DAY_FIRST.fullmatch(written):
        day, month, year = day_first.groups()
        written = "-".join(part for part in (year, month.zfill(2), day and day.zfill(2)) if part)
    found = _DATE.fullmatch(written)
    try:
        date(*(int(part or 1) for part in found.groups())) if found else date(0, 0, 0)
    except ValueError:
        raise Invalid(
            N_("This must be a date, a month or a year, such as 15/03/2026, 03/2026 or 2026."), field=field
        ) from None
    return written


def relation_target(value: Any, field: str) -> str:
    """Check what a relation points to: the public id of a material here, or a web address."""
    written = str(text(_MAX_URL)(value, field))
    return written if is_public_id(written) else web_address(written, field)


FILE_TITLE = by_language(text(200))
FILE_DESCRIPTION = by_language(text(2000, lines=True))
