"""Filters of a URL or a command line, read strictly: what is wrong is named, never guessed."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Unit
from oer.catalogue.models import Collection
from oer.core.clock import first_of_month, last_of_month, months_back, today
from oer.core.errors import Invalid
from oer.core.i18n import LANGUAGES, N_, translate
from oer.statistics.queries.overview import FILTERS, TERM_FILTERS, Filters
from oer.usage.counter.counting import ALL_FILES
from oer.vocabularies import Scheme, vocabularies

USUAL_DAYS = 30
MOST_DAYS = 3660
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

NOT_A_DAY = N_("“%(name)s”: “%(value)s” is not a day. Write it as 2026-03-31.")
TOO_FAR = N_("“%(name)s”: %(value)s is out of range. Figures begin in 2000 and end today.")
TURNED = N_("“from” comes after “to”: the first day must not be later than the last one.")
TOO_LONG = N_("“from” and “to” are more than ten years apart: please choose a shorter period.")
ALL_FILES_LABEL = N_("All files in one ZIP")
UNKNOWN_FILTER = N_("There is no filter called “%(name)s”.")
UNKNOWN_VALUE = N_("“%(name)s”: there is no value “%(value)s”.")


def read_filters(
    session: Session, given: Mapping[str, str], also: frozenset[str] = frozenset(), *, only_days: bool = False
) -> Filters:
    """Return the requested filters; by default the last 30 days of everything.

    `also` names parameters that the caller reads itself; with `only_days`, days are the only filters. Raises Invalid,
    naming the field, for invalid days, days in the wrong order, unknown filters and unknown values.
    """
    known = {"from", "to", *also, *(() if only_days else FILTERS)}
    for name in given:
        if name not in known:
            raise Invalid(UNKNOWN_FILTER, field=name[:40], name=name[:40])
    until = read_day(given, "to", today())
    since = read_day(given, "from", min(until, today()) - timedelta(days=USUAL_DAYS - 1))
    if since > until:
        raise Invalid(TURNED, field="from")
    if (until - since).days > MOST_DAYS:
        raise Invalid(TOO_LONG, field="from")
    chosen = {name: given[name].strip() for name in FILTERS if given.get(name, "").strip()}
    for name, value in chosen.items():
        if not _exists(session, name, value):
            raise Invalid(UNKNOWN_VALUE, field=name, name=name, value=value[:60])
    return replace(Filters(since=since, until=until), **chosen)  # type: ignore[arg-type]


def read_day(given: Mapping[str, str], name: str, usual: date) -> date:
    """Return a day from its ISO form. Raises Invalid, naming the field, if it is not a day from 2000 on."""
    text = given.get(name, "").strip()
    if not text:
        return usual
    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid(NOT_A_DAY, field=name, name=name, value=text[:40]) from None
    if not 2000 <= day.year <= today().year + 1:
        raise Invalid(TOO_FAR, field=name, name=name, value=text)
    return day


def scheme_of(name: str) -> Scheme:
    """Return the vocabulary of a filter's values."""
    words = vocabularies()
    return {
        "subject": words.subjects,
        "level": words.levels,
        "audience": words.audiences,
        "licence": words.licences,
        "language": words.languages,
        "format": words.formats,
    }[name]


def _exists(session: Session, name: str, value: str) -> bool:
    if name == "unit":
        return bool(session.scalar(sa.select(sa.exists().where(Unit.code == value))))
    if name == "collection":
        return bool(session.scalar(sa.select(sa.exists().where(Collection.public_id == value))))
    return (name == "format" and value == ALL_FILES) or value in scheme_of(name)


def label_of(session: Session, name: str, value: str) -> Mapping[str, str]:
    """Return the label, by language, of an existing value of a filter."""
    if name == "unit":
        return session.scalars(sa.select(Unit.name).where(Unit.code == value)).one()
    if name == "collection":
        return session.scalars(sa.select(Collection.title).where(Collection.public_id == value)).one()
    if name == "format":
        return format_label(value)
    if name not in TERM_FILTERS:
        raise ValueError(name)
    return scheme_of(name).labels(value)


def format_label(code: str) -> dict[str, str]:
    """Return the label, by language, of a format that usage is counted by."""
    if code == ALL_FILES:
        return {language: translate(language, ALL_FILES_LABEL) for language in LANGUAGES}
    return dict(scheme_of("format").labels(code))


def presets(day: date) -> list[tuple[str, date, date]]:
    """Return common periods: name (a message key), first and last day."""
    this_month = first_of_month(day)
    last_month = months_back(day, 1)
    return [
        (N_("7 days"), day - timedelta(days=6), day),
        (N_("30 days"), day - timedelta(days=29), day),
        (N_("This month"), this_month, day),
        (N_("Last month"), last_month, last_of_month(last_month)),
        (N_("This year"), day.replace(month=1, day=1), day),
        (N_("12 months"), months_back(this_month, 11), day),
        (N_("24 months"), months_back(this_month, 23), day),
    ]
