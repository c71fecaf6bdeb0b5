"""Materials available at the end of a month, by one dimension: replaced during the month, unchanged afterwards."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Unit
from oer.catalogue.models import FileRole, Material, Version, VersionFile, VersionTerm
from oer.usage.models import CatalogueMonth

DIMENSIONS = ("subject", "level", "audience", "format", "licence", "language", "type")
NEEDED = {
    "video": {"captions"},
    "audio": {"transcript"},
    "pdf": {"taggedPDF"},
    "image": {"alternativeText"},
    "web": {"structuralNavigation"},
}
"""The accessibility features that a format needs; formats not listed need none of their own."""

Place = tuple[str, str]


def record_catalogue(session: Session, month: date) -> None:
    """Replace the record of a month by the materials available now."""
    materials: Counter[Place] = Counter()
    accessible: Counter[Place] = Counter()
    for places, is_accessible in _materials(session):
        for place in places:
            materials[place] += 1
            accessible[place] += is_accessible
    session.execute(sa.delete(CatalogueMonth).where(CatalogueMonth.month == month))
    rows = [
        {"month": month, "dimension": name, "value": value, "materials": number, "accessible": accessible[name, value]}
        for (name, value), number in materials.items()
    ]
    if rows:
        session.execute(sa.insert(CatalogueMonth), rows)


def _materials(session: Session) -> Iterator[tuple[list[Place], bool]]:
    """Yield for each available material the values it counts under, and whether it is accessible."""
    terms = _terms(session)
    for row in session.execute(_in_service()):
        by_scheme = terms[row.version_id]
        places: list[Place] = [("total", "")]
        places += [(scheme, code) for scheme in DIMENSIONS for code in by_scheme[scheme]]
        main = next(iter(row.record.get("subjects", [])), None)
        places += [("main-subject", main)] if main else []
        places += [("unit", row.code), ("unit-kind", row.kind)] if row.code else []
        yield places, is_accessible(row.record, by_scheme["format"])


def _in_service() -> Any:
    # A material that is only a link is available until the link is confirmed to be broken.
    content = sa.exists().where(VersionFile.version_id == Version.id, VersionFile.role == FileRole.CONTENT)
    return (
        sa.select(Version.id.label("version_id"), Version.record, Unit.code, Unit.kind)
        .join(Material, Material.current_version_id == Version.id)
        .outerjoin(Unit, Unit.id == Material.unit_id)
        .where(Material.withdrawn_at.is_(None), sa.or_(content, Material.link_broken_at.is_(None)))
    )


def _terms(session: Session) -> defaultdict[int, defaultdict[str, list[str]]]:
    found: defaultdict[int, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    query = sa.select(VersionTerm.version_id, VersionTerm.scheme, VersionTerm.code).join(
        Material, Material.current_version_id == VersionTerm.version_id
    )
    for version_id, scheme, code in session.execute(query):
        found[version_id][scheme].append(code)
    return found


def is_accessible(record: dict[str, Any], formats: list[str]) -> bool:
    """Tell whether a material declares all features that its formats need; without a declaration it does not."""
    features = set(record.get("accessibility", {}).get("features", []))
    return bool(features) and all(NEEDED.get(name, set()) <= features for name in formats)
