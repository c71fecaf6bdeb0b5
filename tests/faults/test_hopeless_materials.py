"""A material that cannot be indexed, or kills whoever tries, is tried three times and then said; others are found."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.jobs import index_due, rebuild_index
from oer.catalogue.models import Material, Version
from oer.catalogue.queries.indexing import due_for_index, given_up
from oer.core.installation import Installation
from oer.core.watching import Level, glance
from tests.catalogue.factories import make_published, record, replace_published
from tests.faults.conftest import KILLED, Work
from tests.faults.findings import index_issues, indexed

BROKEN = {"title": 7, "subjects": 7}


@pytest.fixture
def hopeless(session: Session) -> Material:
    """A published material whose record no document can be made of."""
    material = make_published(session)
    give_record(session, material, BROKEN)
    return material


def give_record(session: Session, material: Material, record: dict[str, Any]) -> None:
    """Change what a published version says, past every check, as a damaged row or a slip of ours would have it."""
    session.execute(sa.update(Version).where(Version.id == material.current_version_id).values(record=record))
    session.execute(sa.update(Material).where(Material.id == material.id).values(revision=Material.revision + 1))
    session.commit()


def troubles(installation: Installation) -> list[str]:
    return [each.key for each in glance(installation).parts["search"] if each.level is Level.TROUBLE]


def test_a_material_that_cannot_be_indexed_is_told_after_three_tries_and_tried_no_more(
    session: Session, installation: Installation, hopeless: Material, caplog: pytest.LogCaptureFixture
) -> None:
    good = make_published(session).public_id
    session.commit()
    rebuild_index(installation)
    caplog.clear()
    for _ in range(5):
        index_due(installation)
    assert len([each for each in caplog.records if each.exc_info]) == 3
    assert set(installation.search_index.contents()) == {good}
    session.rollback()
    assert due_for_index(session).put == []
    assert troubles(installation) == ["index:given-up", f"index:given-up:{hopeless.public_id}"]
    said = f"material {hopeless.public_id} could not be indexed 3 times; the log says why"
    assert index_issues(installation) == [said]


def test_it_is_tried_again_as_soon_as_it_has_changed(
    session: Session, installation: Installation, hopeless: Material
) -> None:
    for _ in range(4):
        index_due(installation)
    assert given_up(session)
    give_record(session, hopeless, record())
    index_due(installation)
    session.rollback()
    assert given_up(session) == []
    assert set(installation.search_index.contents()) == {hopeless.public_id}
    assert troubles(installation) == index_issues(installation) == []


def test_what_cannot_be_indexed_any_more_is_not_found_by_what_it_was(
    session: Session, installation: Installation
) -> None:
    material = make_published(session)
    session.commit()
    index_due(installation)
    assert set(installation.search_index.contents()) == {material.public_id}
    replace_published(session, material)
    session.flush()
    give_record(session, material, BROKEN)
    index_due(installation)
    assert set(installation.search_index.contents()) == set()


def test_a_material_that_kills_three_indexers_takes_no_other_with_it(
    session: Session, installation: Installation, work: Work
) -> None:
    assert work("catalogue.index") == 0
    poison, *others = [make_published(session).public_id for _ in range(3)]
    session.commit()
    for _ in range(3):
        assert work("catalogue.index", "index.marked") == KILLED
    assert index_issues(installation) == [f"material {poison} could not be indexed 3 times; the log says why"]
    assert work("catalogue.index") == 0
    indexed(installation, set(others))
    assert [public_id for public_id, _ in given_up(session)] == [poison]
    session.rollback()
    rebuild_index(installation)
    indexed(installation, {poison, *others})
    assert index_issues(installation) == []
