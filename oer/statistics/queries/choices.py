"""What the filters of units and courses can be set to: those that have materials."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Unit
from oer.catalogue.models import Collection, Material
from oer.core.i18n import in_language
from oer.core.vietnamese import collation_key

MOST = 500


def units_with_materials(session: Session, language: str) -> list[tuple[str, str]]:
    """Return code and name of the units that have a published material, in the order of a dictionary."""
    used = sa.select(Material.unit_id).where(Material.current_version_id.is_not(None)).distinct()
    rows = session.execute(sa.select(Unit.code, Unit.name).where(Unit.id.in_(used)).limit(MOST))
    return _sorted([(code, in_language(name, language)) for code, name in rows])


def courses(session: Session, language: str) -> list[tuple[str, str]]:
    """Return public id and title of the published collections, in the order of a dictionary."""
    query = sa.select(Collection.public_id, Collection.title).where(Collection.published_at.is_not(None)).limit(MOST)
    return _sorted([(public_id, in_language(title, language)) for public_id, title in session.execute(query)])


def _sorted(choices: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(choices, key=lambda each: collation_key(each[1]))
