import threading
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from oer.catalogue.models import Version, VersionState
from oer.core.audit import AuditRecord, record
from oer.core.db import driver_rows, plain_rows
from oer.core.engine import WriteLockIsOurs
from oer.core.installation import Installation
from tests.accounts.factories import make_unit
from tests.catalogue.factories import make_material, make_published


def test_a_moment_comes_back_aware_and_in_utc(session: Session) -> None:
    hanoi = timezone(timedelta(hours=7))
    session.add(AuditRecord(action="a", subject_type="t", subject_id="1", at=datetime(2026, 3, 1, 6, 30, tzinfo=hanoi)))
    session.commit()
    assert session.scalar(sa.select(AuditRecord.at)) == datetime(2026, 2, 28, 23, 30, tzinfo=UTC)


def test_a_naive_moment_is_refused(session: Session) -> None:
    session.add(AuditRecord(action="a", subject_type="t", subject_id="1", at=datetime(2026, 3, 1)))
    with pytest.raises(StatementError):
        session.flush()


def test_a_transaction_that_fails_leaves_no_trace(installation: Installation) -> None:
    with pytest.raises(RuntimeError), installation.database.transaction() as session:
        record(session, None, "a", "t", 1)
        session.flush()
        raise RuntimeError
    with installation.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AuditRecord)) == 0


def test_two_writers_that_read_first_wait_for_one_another(installation: Installation) -> None:
    def add_one_more() -> None:
        for _ in range(20):
            with installation.database.transaction() as session:
                if installation.database.engine.dialect.name == "postgresql":
                    session.execute(sa.text("LOCK TABLE audit_record IN EXCLUSIVE MODE"))
                count = session.scalar(sa.select(sa.func.count()).select_from(AuditRecord))
                record(session, None, "count", "t", count)

    threads = [threading.Thread(target=add_one_more) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with installation.database.reading() as session:
        assert sorted(int(each) for each in session.scalars(sa.select(AuditRecord.subject_id))) == list(range(60))


def test_readers_go_on_while_somebody_writes(installation: Installation) -> None:
    with installation.database.writing() as writer, installation.database.reading() as reader:
        record(writer, None, "a", "t", 1)
        writer.flush()
        assert reader.scalar(sa.select(sa.func.count()).select_from(AuditRecord)) == 0


def test_the_turn_of_a_writer_whose_connection_is_lost_goes_to_the_next(installation: Installation) -> None:
    with installation.database.writing() as lost:
        record(lost, None, "lost", "t", 1)
        lost.flush()
        lost.invalidate()
    with installation.database.transaction() as session:
        record(session, None, "next", "t", 1)
    with installation.database.reading() as session:
        assert session.scalars(sa.select(AuditRecord.action)).all() == ["next"]


def test_of_many_writers_at_once_none_waits_in_vain(installation: Installation) -> None:
    failed: list[Exception] = []

    def write(number: int) -> None:
        try:
            with installation.database.transaction() as session:
                record(session, None, "many", "t", number)
                session.flush()
                time.sleep(0.005)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_session_that_is_touched_after_its_commit_is_named_at_once(installation: Installation) -> None:
    if installation.database.engine.dialect.name != "sqlite":
        pytest.skip("only SQLite has one writer at a time")
    with installation.database.writing() as session:
        deed = AuditRecord(action="a", subject_type="t", subject_id="1")
        session.add(deed)
        session.commit()
        assert deed.action == "a"  # the trap: this begins a new transaction, and nothing ends it
        began = time.monotonic()
        with (
            pytest.raises(WriteLockIsOurs, match="touched after its commit"),
            installation.database.transaction() as other,
        ):
            record(other, None, "b", "t", 1)
            other.flush()
        assert time.monotonic() - began < 1
    with installation.database.transaction() as session:
        record(session, None, "c", "t", 1)


QUESTION = "SELECT code FROM unit WHERE code IN (:codes) AND kind = :kind ORDER BY code"


@pytest.mark.parametrize(("codes", "found"), [(["a"], ["a"]), (["b", "a", "x"], ["a", "b"]), (["x' OR 1=1 --"], [])])
def test_values_and_lists_reach_the_driver_as_values(session, codes, found):
    for code in "abc":
        make_unit(session, code=code, kind="school")
    make_unit(session, code="x", kind="library")
    assert driver_rows(session, QUESTION, {"codes": codes, "kind": "school"}) == [(code,) for code in found]


def test_a_question_without_values_is_asked_in_the_transaction_of_the_session(session):
    make_unit(session)
    assert driver_rows(session, "SELECT count(*) FROM unit") == [(1,)]
    session.rollback()
    assert driver_rows(session, "SELECT count(*) FROM unit") == [(0,)]


_VERSIONS = (
    sa.select(Version.record, Version.state, Version.created_at, Version.submitted_at, Version.number)
    .where(
        Version.id.in_(sa.bindparam("ids", expanding=True)),
        Version.state.in_((VersionState.DRAFT, VersionState.PUBLISHED)),
        Version.created_at < sa.bindparam("before"),
    )
    .order_by(Version.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
)


@pytest.mark.parametrize("count", [1, 2, 1])
def test_plain_rows_are_what_a_session_returns(session: Session, count: int) -> None:
    versions = [make_published(session).current_version, make_material(session).versions[0], make_material(session)]
    ids = [each.id for each in versions[:count] if each is not None]
    values = {"ids": ids, "before": datetime(2100, 1, 1, 7, tzinfo=timezone(timedelta(hours=7))), "most": 5}
    rows = plain_rows(session, _VERSIONS, values)
    assert rows == [tuple(row) for row in session.execute(_VERSIONS, values)]
    assert len(rows) == count
    assert rows[0][1] is VersionState.PUBLISHED
    assert plain_rows(session, _VERSIONS, {**values, "most": 0}) == []
    assert plain_rows(session, _VERSIONS, {**values, "before": datetime(2000, 1, 1, tzinfo=UTC)}) == []


def test_plain_rows_of_an_empty_list_are_none(session: Session) -> None:
    make_published(session)
    assert plain_rows(session, _VERSIONS, {"ids": [], "before": datetime(2100, 1, 1, tzinfo=UTC), "most": 5}) == []


_RECENT = sa.select(
    Version.id, Version.record["title"]["vi"].as_string(), Version.record[("subjects", 0)].as_string()
).where(Version.created_at <= sa.bindparam("moment"), Version.state == VersionState.PUBLISHED)


def test_plain_rows_take_moments_and_paths_into_json_as_a_session_does(session: Session) -> None:
    version = make_published(session, title={"vi": "Điện"}, subjects=["bas.song"]).current_version
    assert version is not None
    for moment, rows in (
        (version.created_at, [(version.id, "Điện", "bas.song")]),
        (datetime(2000, 1, 1, tzinfo=UTC), []),
    ):
        hanoi = moment.astimezone(timezone(timedelta(hours=7)))
        assert plain_rows(session, _RECENT, {"moment": hanoi}) == rows
        assert [tuple(row) for row in session.execute(_RECENT, {"moment": hanoi})] == rows
