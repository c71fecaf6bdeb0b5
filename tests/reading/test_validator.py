"""The row by which a kept page of a material is found: it is another one after every change that the page shows."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from oer.catalogue.models import Material
from oer.catalogue.services.files import add_file
from oer.catalogue.services.review import publish, submit_for_review
from oer.core.db import driver_rows
from oer.files.models import Blob, Condition, Rendition, RenditionState, ScanState
from oer.reading.views.blueprint import MATERIAL_VALIDATOR
from oer.search.queries import rows as search_rows
from tests.catalogue.factories import make_blob, make_educator, make_material, make_rendition, make_reviewer

MOMENT = datetime(2026, 3, 1, 2, 3, 4, tzinfo=UTC)


@pytest.fixture
def material(session: Session) -> Material:
    """A published material with three files, two of them read."""
    owner = make_educator(session)
    made = make_material(session, owner)
    for number, content in enumerate((b"second", b"third")):
        add_file(session, made, make_blob(session, content).sha256, f"{number}.pdf")
    submit_for_review(session, owner, made)
    publish(session, make_reviewer(session), made)
    for content in (b"content", b"second"):
        make_rendition(session, make_blob(session, content), finished_at=MOMENT)
    return made


def rows_of(session: Session, material: Material) -> tuple[object, object]:
    session.flush()
    validator = driver_rows(session, MATERIAL_VALIDATOR, {"public_id": material.public_id})
    state = driver_rows(session, search_rows._ROW_STATES, {"public_ids": [material.public_id]})
    assert len(validator) == len(state) == 1
    return validator[0], state[0]


def test_it_stays_the_same_while_nothing_changes(session: Session, material: Material) -> None:
    assert rows_of(session, material) == rows_of(session, material)


def test_it_changes_when_attempts_only_change_places(session: Session, material: Material) -> None:
    """The sum of numbers and attempts would stay the same."""
    first, second = session.query(Rendition).order_by(Rendition.id)
    first.tries, second.tries = 1, 2
    before = rows_of(session, material)
    first.tries, second.tries = 2, 1
    first.finished_at = MOMENT + timedelta(seconds=1)
    after = rows_of(session, material)
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_it_changes_when_a_rendition_is_made_again(session: Session, material: Material) -> None:
    before = rows_of(session, material)
    first = session.query(Rendition).order_by(Rendition.id).first()
    assert first is not None
    first.state, first.finished_at = RenditionState.WAITING, None
    between = rows_of(session, material)
    first.state, first.finished_at = RenditionState.OK, MOMENT + timedelta(hours=1)
    after = rows_of(session, material)
    assert len({before[0], between[0], after[0]}) == 3
    assert len({before[1], between[1], after[1]}) == 3


def test_it_changes_when_another_file_is_the_damaged_one(session: Session, material: Material) -> None:
    first, second, third = session.query(Blob).order_by(Blob.sha256)
    seen = {rows_of(session, material)[0]}
    for damaged, infected in ((first, None), (second, None), (None, third), (second, third)):
        for blob in (first, second, third):
            blob.condition = Condition.DAMAGED if blob is damaged else Condition.WHOLE
            blob.scan_state = ScanState.INFECTED if blob is infected else ScanState.CLEAN
        seen.add(rows_of(session, material)[0])
    assert len(seen) == 5
