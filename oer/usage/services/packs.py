"""Packs are written with the rows that they repeat."""

from collections.abc import Iterable, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.usage.counter import ALL_FORMATS, REGULAR, TDM
from oer.usage.models import UsageItem, UsagePack
from oer.usage.packing import FIRST_MEASURE, pack
from oer.usage.services.rows import insert_missing

METHODS = (REGULAR, TDM)
_AT_A_TIME = 500
Row = tuple[str, str, str, Sequence[int]]
"""Item, format, access method, measures."""


def write_pack(session: Session, begins: date, version: int, rows: Iterable[Row]) -> None:
    """Put the rows of a day (version 0) or of a closed month into one pack, in the place of an older one."""
    given = list(rows)
    ids = item_ids(session, {item for item, _, _, _ in given})
    formats = sorted({format_ for _, format_, _, _ in given} - {ALL_FORMATS})
    numbers = {name: number for number, name in enumerate(formats)}
    width = FIRST_MEASURE + (len(given[0][3]) if given else 0)
    matrix = [
        (ids[item], METHODS.index(method), numbers.get(format_, -1), *measures)
        for item, format_, method, measures in given
    ]
    session.execute(sa.delete(UsagePack).where(UsagePack.begins == begins, UsagePack.version == version))
    if not given:
        return
    session.add(
        UsagePack(
            begins=begins,
            version=version,
            formats=formats,
            together=pack((row for row in matrix if row[2] < 0), width),
            by_format=pack((row for row in matrix if row[2] >= 0), width),
        )
    )
    session.flush()


def item_ids(session: Session, keys: Iterable[str]) -> dict[str, int]:
    """Return the numbers of items; those that have none get one."""
    asked, found = sorted(keys), {}
    for first in range(0, len(asked), _AT_A_TIME):
        some = asked[first : first + _AT_A_TIME]
        known = _known(session, some)
        missing = [key for key in some if key not in known]
        if missing:
            insert_missing(session, UsageItem, [{"key": key} for key in missing])
            known |= _known(session, missing)
        found.update(known)
    return found


def _known(session: Session, keys: list[str]) -> dict[str, int]:
    rows = session.execute(sa.select(UsageItem.key, UsageItem.id).where(UsageItem.key.in_(keys)))
    return dict(rows.all())
