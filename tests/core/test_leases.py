from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from oer.core import leases
from oer.core.clock import now
from oer.core.db import Database, UtcDateTime, open_database
from oer.core.leases import Leased, LeaseLost, claim, is_leased, leased_row, release, renew

TEN_MINUTES = timedelta(minutes=10)


class OwnBase(DeclarativeBase):
    type_annotation_map = {leases.datetime: UtcDateTime()}  # noqa: RUF012


class Piece(Leased, OwnBase):
    __tablename__ = "piece"

    id: Mapped[int] = mapped_column(primary_key=True)
    made_by: Mapped[str] = mapped_column(default="")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'pieces.sqlite3'}")
    OwnBase.metadata.create_all(opened.engine)
    with opened.transaction() as session:
        session.add(Piece(id=1))
    yield opened
    opened.engine.dispose()


def take(database: Database) -> leases.Lease | None:
    with database.transaction() as session:
        claimed = claim(session, Piece, 1, TEN_MINUTES)
        return claimed and claimed[1]


def run_out(database: Database) -> None:
    with database.transaction() as session:
        session.get_one(Piece, 1).leased_until = now() - timedelta(seconds=1)


def finish(database: Database, lease: leases.Lease, name: str) -> None:
    with database.transaction() as session:
        row = leased_row(session, Piece, lease)
        row.made_by = name
        release(row)


def made_by(database: Database) -> str:
    with database.reading() as session:
        return session.get_one(Piece, 1).made_by


def test_only_one_worker_has_a_row(database: Database) -> None:
    assert take(database) is not None
    assert take(database) is None


def test_what_is_not_there_cannot_be_leased(database: Database) -> None:
    with database.transaction() as session:
        assert claim(session, Piece, 2, TEN_MINUTES) is None


def test_the_slow_workers_finish_is_refused_while_another_one_works(database: Database) -> None:
    slow = take(database)
    run_out(database)
    quick = take(database)
    assert slow is not None
    assert quick is not None
    with pytest.raises(LeaseLost):
        finish(database, slow, "slow")
    finish(database, quick, "quick")
    assert made_by(database) == "quick"


def test_the_slow_workers_finish_is_refused_after_another_one_has_finished(database: Database) -> None:
    slow = take(database)
    run_out(database)
    quick = take(database)
    assert slow is not None
    assert quick is not None
    finish(database, quick, "quick")
    with pytest.raises(LeaseLost):
        finish(database, slow, "slow")
    assert made_by(database) == "quick"


def test_nobody_finishes_twice_with_one_lease(database: Database) -> None:
    lease = take(database)
    assert lease is not None
    finish(database, lease, "first")
    with pytest.raises(LeaseLost):
        finish(database, lease, "second")


def test_a_worker_that_is_late_but_alone_may_finish(database: Database) -> None:
    lease = take(database)
    run_out(database)
    assert lease is not None
    finish(database, lease, "late")
    assert made_by(database) == "late"


def test_a_renewed_lease_lasts_and_a_lost_one_cannot_be_renewed(database: Database) -> None:
    lease = take(database)
    assert lease is not None
    run_out(database)
    with database.transaction() as session:
        assert is_leased(renew(session, Piece, lease, TEN_MINUTES))
    assert take(database) is None
    run_out(database)
    assert take(database) is not None
    with database.transaction() as session, pytest.raises(LeaseLost):
        renew(session, Piece, lease, TEN_MINUTES)
