"""Closing figures, from what visitors do to what auditors find: months first, then what is computed from them."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.core.installation import Installation
from oer.indicators.cli import commands
from oer.indicators.computation import queries, services
from oer.indicators.computation.models import ComputedFigure
from oer.indicators.periods import read_period
from oer.usage.models import PeopleFigure
from oer.usage.robots import robot_policy
from oer.usage.services.nightly import close_day
from tests.usage.factories import a_note, at, spooled


@pytest.fixture
def autumn(installation: Installation, city: Session) -> Session:
    """Twelve people who agreed to be counted read once a month from 14 September 2026 on."""
    city.commit()
    notes = []
    for month in ("09", "10", "11", "12"):
        moment = at(f"2026-{month}-14 10:00")
        notes += [a_note("read", moment=moment, visitor=f"v{n}", person=f"p{n}", seconds=n * 40) for n in range(12)]
    spooled(installation, notes)
    return city


@pytest.fixture
def rows(installation: Installation) -> Callable[..., Result]:
    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(commands, ["rows", *arguments], obj=lambda: installation)

    return invoke


def close_until(installation: Installation, day: str) -> None:
    """Have the worker's clock run steadily until the night of a day, and do that night's work."""
    moment = at(f"{day} 02:00")
    for hours in (44, 24, 0):
        close_day(installation.database, moment - timedelta(hours=hours), robot_policy())


def test_the_quarter_and_the_year_in_which_counting_began_close(
    installation: Installation, autumn: Session, client: FlaskClient
) -> None:
    close_until(installation, "2026-10-10")
    assert services.keep_figures_current(installation.database, date(2026, 10, 10)) == ["2026-09", "2026-Q3"]
    close_until(installation, "2027-01-10")
    closed = services.keep_figures_current(installation.database, date(2027, 1, 10))
    assert set(closed) == {"2026-10", "2026-11", "2026-12", "2026-Q4", "2026"}
    year = queries.figures_of_period(autumn, "2026")["LC-09"][0]
    assert (year.value, year.is_final) == (48, True)
    assert "Bắt đầu đếm từ 9/2026" in client.get("/indicators/figures/LC-09/2026").text
    assert "Bắt đầu đếm" not in client.get("/indicators/figures/LC-09/2026-10").text


def test_what_was_computed_before_its_month_closed_is_computed_again(
    installation: Installation, autumn: Session, rows: Callable[..., Result]
) -> None:
    september = read_period("2026-09")
    with installation.database.reading() as session:
        early = services.compute_period(session, september)
    close_until(installation, "2026-10-10")
    with installation.database.transaction() as session:
        assert not services.close_figures(session, early)
    assert services.keep_figures_current(installation.database, date(2026, 10, 10)) == ["2026-09", "2026-Q3"]
    for code in ("LC-01", "LC-09", "LC-11"):
        told = rows(code, "2026-09")
        assert told.exit_code == 0, told.output
        assert "They are the same" in told.output


def test_an_auditor_makes_the_file_and_its_sum_and_is_told_of_a_change(
    installation: Installation, autumn: Session, tmp_path: Path, rows: Callable[..., Result]
) -> None:
    close_until(installation, "2026-10-10")
    services.keep_figures_current(installation.database, date(2026, 10, 10))
    file = tmp_path / "rows.csv"
    told = rows("LC-01", "2026-09", "--output", str(file))
    assert told.exit_code == 0, told.output
    september = (ComputedFigure.code == "LC-01", ComputedFigure.period == "2026-09")
    kept = autumn.scalar(sa.select(ComputedFigure.data_version).where(*september).limit(1))
    autumn.rollback()
    assert told.output.startswith(f"{kept}  {file}\n{kept}  LC-01 2026-09, version 1\n")
    assert "people_figure,2026-09,total,,12,0" in file.read_text()
    # The number of the version in which rows stand is none of what was counted.
    with installation.database.transaction() as session:
        session.execute(sa.update(PeopleFigure).where(PeopleFigure.period == "2026-09").values(version=7))
    assert rows("LC-01", "2026-09").exit_code == 0
    with installation.database.transaction() as session:
        session.execute(sa.update(PeopleFigure).where(PeopleFigure.period == "2026-09").values(people=13))
    changed = rows("LC-01", "2026-09")
    assert changed.exit_code == 1
    assert "has changed" in changed.output
