"""Taking down what the search index has."""

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.models import CatalogueState, IndexState, Material
from oer.catalogue.queries.indexing import REMOVED
from oer.core.clock import now


def note_signatures(session: Session, signatures: Mapping[int, str]) -> None:
    """Take down which state of each material the index has; '' for one that it may or may not have got."""
    known = set(session.scalars(sa.select(IndexState.material_id).where(IndexState.material_id.in_(signatures))))
    rows = [
        {"material_id": material_id, "signature": signature, "put_at": now()}
        for material_id, signature in signatures.items()
    ]
    if known:
        session.execute(sa.update(IndexState), [row for row in rows if row["material_id"] in known])
    if len(known) < len(rows):
        session.execute(sa.insert(IndexState), [row for row in rows if row["material_id"] not in known])


def note_removed(session: Session, public_ids: Iterable[str]) -> None:
    """Take down that the index has these withdrawn materials no more; they stay masked, for readers follow later."""
    removed = sa.select(Material.id).where(Material.public_id.in_(list(public_ids)))
    session.execute(sa.update(IndexState).where(IndexState.material_id.in_(removed)).values(signature=REMOVED))


def take_down_contents(session: Session, contents: Mapping[str, str]) -> list[str]:
    """Forget what was noted and note what the index really has (public id -> signature).

    Returns the ids in it that no published or withdrawn material goes by, to be removed from it.
    """
    query = sa.select(Material.public_id, Material.id, Material.withdrawn_at)
    rows = session.execute(query.where(Material.current_version_id.is_not(None))).all()
    states = {number: contents[public_id] for public_id, number, _ in rows if public_id in contents}
    gone = {number: REMOVED for public_id, number, withdrawn in rows if withdrawn and public_id not in contents}
    session.execute(sa.delete(IndexState))
    note_signatures(session, states | gone)
    return sorted(contents.keys() - {public_id for public_id, _, _ in rows})


def note_generation(session: Session, generation: str) -> None:
    """Take down which generation of the index these notes are about."""
    noted = sa.update(CatalogueState).values(index_generation=generation)
    if not session.execute(noted).rowcount:  # type: ignore[attr-defined]
        session.add(CatalogueState(id=1, index_generation=generation))
        session.flush()
