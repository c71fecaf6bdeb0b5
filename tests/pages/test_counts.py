"""Counts are kept for as long as the catalogue stays as it is, and no longer."""

from sqlalchemy import event
from sqlalchemy.orm import Session

from oer.catalogue.services.withdrawal import withdraw
from oer.core.installation import Installation
from oer.pages.queries import CachedHome
from tests.catalogue.factories import make_educator, make_published, make_reviewer


def test_counts_follow_what_is_published_and_withdrawn(session: Session) -> None:
    counts = CachedHome()
    assert counts.current(session).total == 0
    educator = make_educator(session)
    material = make_published(session, educator, audiences=["workers"])
    make_published(session, educator, audiences=["workers"])
    session.commit()
    found = counts.current(session)
    assert (found.total, found.audiences["workers"]) == (2, 2)
    withdraw(session, make_reviewer(session), material, "outdated", "Đã có bản mới")
    session.commit()
    found = counts.current(session)
    assert (found.total, found.audiences["workers"]) == (1, 1)


def test_a_catalogue_that_did_not_change_is_not_counted_again(session: Session, installation: Installation) -> None:
    make_published(session, make_educator(session))
    session.commit()
    counts, asked = CachedHome(), []

    def note(_connection, _cursor, statement: str, *_rest: object) -> None:
        asked.append(statement)

    first = counts.current(session)
    event.listen(installation.database.engine, "before_cursor_execute", note)
    with installation.database.reading() as other:
        assert counts.current(other) is first
    event.remove(installation.database.engine, "before_cursor_execute", note)
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 1
