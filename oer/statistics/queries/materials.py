"""What statistics ask of the catalogue: of which subjects and levels materials are, and a material's own figures."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.models import Material, VersionTerm
from oer.core.db import plain_rows
from oer.usage.counter.counting import ALL_FORMATS
from oer.usage.counter.event_kinds import REGULAR
from oer.usage.models import DailyUsage

DIMENSIONS = ("subject", "level")
SHOWN = ("views", "reads", "plays", "downloads")


def subjects_and_levels(session: Session, items: Collection[str]) -> dict[str, dict[str, list[str]]]:
    """Return the subjects (with those above them) and levels of materials, by public id."""
    found: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
    asked = list(items)
    for first in range(0, len(asked), 500):
        query = (
            sa.select(Material.public_id, VersionTerm.scheme, VersionTerm.code)
            .join(VersionTerm, VersionTerm.version_id == Material.current_version_id)
            .where(VersionTerm.scheme.in_(DIMENSIONS), Material.public_id.in_(asked[first : first + 500]))
        )
        for public_id, scheme, code in session.execute(query):
            found[public_id].setdefault(scheme, []).append(code)
    return dict(found)


@dataclass(frozen=True)
class MaterialFigures:
    """What everybody may know of a material's use: how often, and since which day it was counted."""

    views: int
    reads: int
    plays: int
    downloads: int
    since: date | None

    @property
    def uses(self) -> int:
        """How often it was opened: read, played or downloaded."""
        return self.reads + self.plays + self.downloads


_DAY = DailyUsage
# Built once: it is asked for every material's page.
_FIGURES = sa.select(
    *[sa.func.coalesce(sa.func.sum(getattr(_DAY, name)), 0) for name in SHOWN], sa.func.min(_DAY.day)
).where(_DAY.item == sa.bindparam("item"), _DAY.format == ALL_FORMATS, _DAY.method == REGULAR)


def material_figures(session: Session, public_id: str) -> MaterialFigures:
    """Return the figures of one material from its first counted day on; they are as old as the last count."""
    (row,) = plain_rows(session, _FIGURES, {"item": public_id})
    return MaterialFigures(int(row[0]), int(row[1]), int(row[2]), int(row[3]), row[4])
