"""What the catalogue keeps about a person goes with them, and what they published stays."""

from contextlib import contextmanager

import sqlalchemy as sa

from oer.accounts.services.personal_data import erase_account, export_personal_data
from oer.catalogue.models import Collection, Material, Version
from oer.catalogue.queries.materials import find_public, review_queue
from oer.catalogue.services.collections import create_collection
from oer.catalogue.services.drafts import new_version
from oer.catalogue.services.idempotency import run_once
from tests.catalogue.factories import make_educator, make_material, make_published, make_reviewer, make_submitted


def test_an_educator_takes_their_materials_along(session):
    educator = make_educator(session)
    make_published(session)
    material = make_material(session, educator, title={"vi": "Nấu ăn"})
    told = export_personal_data(session, educator)["catalogue"]
    [own] = told["materials"]
    assert (own["id"], own["versions"][0]["metadata"]["title"]) == (material.public_id, {"vi": "Nấu ăn"})
    assert own["versions"][0]["files"] == ["bai.pdf"]


def test_who_leaves_takes_their_drafts_and_leaves_what_is_published(session):
    educator, other = make_educator(session), make_educator(session)
    published, draft = make_published(session, educator), make_material(session, educator)
    make_submitted(session, educator)
    new_version(session, educator, published)
    theirs = make_published(session, other)
    create_collection(session, educator, educator.grants[0].unit, {"vi": "Khóa học"})
    run_once(session, educator.id, "key", dict)
    educator_id, draft_id = educator.id, draft.id
    erase_account(session, None, educator_id)
    session.expire_all()
    assert find_public(session, published.public_id).owner_id is None
    assert [version.number for version in published.versions] == [1]
    assert session.scalar(sa.select(sa.func.count()).where(Material.id == draft_id)) == 0
    assert session.scalars(sa.select(Material.id).order_by(Material.id)).all() == [published.id, theirs.id]
    assert educator_id not in set(session.scalars(sa.select(Version.created_by_id)))
    assert session.scalars(sa.select(Collection.owner_id)).all() == [None]
    assert session.scalars(sa.text("SELECT count(*) FROM submitted_form")).one() == 0
    assert review_queue(session, make_reviewer(session)).total == 0


def test_who_leaves_with_many_drafts_keeps_nobody_waiting(session):
    counts = []
    for drafts in (2, 12):
        educator = make_educator(session)
        for _ in range(drafts):
            make_material(session, educator)
        session.flush()
        statements: list[str] = []
        with noted_statements(session, statements):
            erase_account(session, None, educator.id)
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert session.scalar(sa.select(sa.func.count(Material.id))) == 0


@contextmanager
def noted_statements(session, statements):
    def note(_connection, _cursor, statement, *_):
        statements.append(statement)

    engine = session.get_bind()
    sa.event.listen(engine, "before_cursor_execute", note)
    yield
    sa.event.remove(engine, "before_cursor_execute", note)
