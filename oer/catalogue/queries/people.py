"""People who made public materials, told apart by the exact spelling of their names in one form."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.models import Contributor, Material
from oer.catalogue.queries.browsing import IS_PUBLIC, newest_first, public_materials
from oer.core.db import Page, page_of
from oer.vietnamese.keys import ALPHABET, order_of_letter

PEOPLE_ON_A_PAGE = 60
OTHER = "0"
"""Stands for all names that begin with no letter of the alphabet."""
_MOST_ALIKE = 50
# The order of a letter is one character, in UTF-8 two bytes.
_FIRST, _AFTER_LAST = order_of_letter("a").encode(), chr(ord(order_of_letter("z")) + 1).encode()


@dataclass(frozen=True)
class Person:
    """A contributor of public materials: the name, its key, its search key without marks, how many name them."""

    name: str
    key: str
    folded: str
    materials: int


def people(session: Session, letter: str = "", page: int = 1, size: int = PEOPLE_ON_A_PAGE) -> Page[Person]:
    """Return a page of the people in alphabetical order; with `letter`, those whose name begins with it (or OTHER)."""
    counted = _counted().where(*_beginning_with(letter))
    total = session.scalar(sa.select(sa.func.count()).select_from(counted.subquery())) or 0
    number = min(max(1, page), max(1, -(-total // size)))
    ordered = counted.order_by(Contributor.sort_key, Contributor.key).limit(size).offset((number - 1) * size)
    return Page(_people(session, ordered), number, size, total)


def letters_of_people(session: Session) -> list[str]:
    """Return the letters that people's names begin with, in alphabetical order; OTHER, if it is among them, first."""
    initial = sa.func.substr(Contributor.sort_key, 1, 2, type_=sa.LargeBinary)
    query = sa.select(initial).join(Material, Material.current_version_id == Contributor.version_id)
    found = {bytes(each) for each in session.scalars(query.where(*IS_PUBLIC, Contributor.key != "").distinct())}
    letters = {order_of_letter(letter).encode(): letter for letter in ALPHABET}
    other = [OTHER] if found - letters.keys() else []
    return [*other, *(letter for order, letter in letters.items() if order in found)]


def find_person(session: Session, key: str) -> Person | None:
    """Return the person with a key, None if no public material names them."""
    return next(iter(_people(session, _counted().where(Contributor.key == key))), None)


def people_alike(session: Session, folded: str) -> list[Person]:
    """Return the people whose names are the same without marks, in alphabetical order."""
    alike = _counted().where(Contributor.folded == folded).order_by(Contributor.sort_key, Contributor.key)
    return _people(session, alike.limit(_MOST_ALIKE))


def materials_of_person(session: Session, key: str, page: int = 1, size: int = 20) -> Page[Material]:
    """Return a page of the public materials that name a person, newest first."""
    naming = sa.select(Contributor.version_id).where(Contributor.key == key)
    query = public_materials().where(Material.current_version_id.in_(naming))
    return page_of(session, newest_first(query), page, size)


def _beginning_with(letter: str) -> list[sa.ColumnElement[bool]]:
    order = Contributor.sort_key
    if letter == OTHER:
        return [sa.or_(order < _FIRST, order >= _AFTER_LAST)]
    if letter in ALPHABET and letter:
        first = order_of_letter(letter)
        return [order >= first.encode(), order < chr(ord(first) + 1).encode()]
    return []


def _counted() -> sa.Select[str, str, str, int]:
    # The key determines the sort key, so grouping by both makes no more groups; not every database has min(bytes).
    return (
        sa.select(
            sa.func.max(Contributor.name).label("name"),
            Contributor.key.label("key"),
            sa.func.max(Contributor.folded).label("folded"),
            sa.func.count(sa.distinct(Contributor.version_id)).label("materials"),
        )
        .join(Material, Material.current_version_id == Contributor.version_id)
        .where(*IS_PUBLIC, Contributor.key != "")
        .group_by(Contributor.key, Contributor.sort_key)
    )


def _people(session: Session, query: sa.Select[str, str, str, int]) -> list[Person]:
    return [Person(row.name, row.key, row.folded, row.materials) for row in session.execute(query)]
