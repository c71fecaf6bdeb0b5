from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.audit import AuditRecord
from oer.core.errors import Conflict, Invalid, NotFound
from oer.core.installation import Installation
from oer.indicators.computation import queries, services
from oer.indicators.computation.formulas import FigureState
from oer.indicators.computation.models import ComputedFigure
from oer.indicators.periods import read_period
from oer.usage.models import MonthlyUsage, MonthVersion
from tests.indicators.totals import MONTH, add_catalogue, add_people, add_use

MARCH = read_period("2026-03")


@pytest.fixture
def month(session: Session) -> Session:
    add_people(session)
    add_use(session)
    add_catalogue(session)
    return session


def close(session: Session) -> bool:
    return services.close_figures(session, services.compute_period(session, MARCH))


def test_an_open_period_is_worked_out_anew(session: Session) -> None:
    services.store_provisional(session, services.compute_period(session, MARCH))
    assert queries.figures_of_period(session, "2026-03")["LC-09"][0].state is FigureState.NO_DATA
    add_use(session)
    services.store_provisional(session, services.compute_period(session, MARCH))
    first = queries.figures_of_period(session, "2026-03")["LC-09"][0]
    assert (first.value, first.is_final) == (300, False)
    assert not services.close_figures(session, services.compute_period(session, read_period("2026-Q2")))


def test_a_closed_period_keeps_its_figures_when_the_totals_go(month: Session) -> None:
    assert close(month)
    assert not close(month)
    month.execute(sa.delete(MonthlyUsage))
    assert not services.store_provisional(month, services.compute_period(month, MARCH))
    found = queries.figures_of_period(month, "2026-03")["LC-09"]
    assert (found[0].measure, found[0].value) == ("", 300)
    assert found[0].is_final
    assert len(found[0].data_version) == 64
    assert found[0].row_count == 2


def test_a_correction_is_a_new_version_with_its_reason(month: Session) -> None:
    close(month)
    with pytest.raises(Invalid):
        services.correct_figures(month, 7, services.compute_period(month, MARCH), " ")
    with pytest.raises(Conflict):
        services.correct_figures(month, 7, services.compute_period(month, MARCH), "chẳng có gì khác")
    month.add(MonthVersion(month=MONTH, version=2, sums={}, reason="robot"))
    month.add(
        MonthlyUsage(month=MONTH, version=2, format="all", item="aaaaa-aaaaa", method="Regular", tir=290, uir=190)
    )
    month.flush()
    assert services.correct_figures(month, 7, services.compute_period(month, MARCH), "Loại bỏ robot mới") == 2
    cells = queries.figure_cells(month, "LC-09", "2026-03")
    assert (cells[0].value, cells[0].version, cells[0].correction) == (290, 2, "Loại bỏ robot mới")
    assert queries.figure_cells(month, "LC-09", "2026-03", 1)[0].value == 300
    deeds = month.scalars(sa.select(AuditRecord.action)).all()
    assert deeds == ["figures.closed", "figures.corrected"]
    with pytest.raises(Conflict):
        services.correct_figures(month, 7, services.compute_period(month, read_period("2026-04")), "chưa đóng")


def test_hidden_figures_have_no_number_left_in_them(month: Session) -> None:
    close(month)
    cells = queries.figure_cells(month, "LC-01", "2026-03")
    hidden = next(each for each in cells if each.member == "27676")
    assert (hidden.value, hidden.numerator, hidden.denominator, hidden.shown) == (None, None, None, "…")
    kept = month.scalars(
        sa.select(ComputedFigure).where(ComputedFigure.code == "LC-01", ComputedFigure.member == "27676")
    )
    assert kept.one().value == 12
    assert cells[0].member == ""


def test_figures_of_one_member_of_few_people_have_none_either(month: Session) -> None:
    close(month)
    for each in queries.figure_cells(month, "LC-11", "2026-03"):
        if each.state is not FigureState.OK:
            assert (each.value, each.numerator, each.denominator) == (None, None, None)


def test_the_nightly_work_closes_what_is_closed_and_refreshes_the_rest(
    installation: Installation, month: Session
) -> None:
    month.commit()
    assert services.keep_figures_current(installation.database, date(2026, 4, 15)) == ["2026-03", "2026-Q1"]
    assert services.keep_figures_current(installation.database, date(2026, 4, 16)) == []
    assert set(queries.known_periods(month)) == {"2026-03", "2026-04", "2026-Q1", "2026-Q2", "2026"}
    assert queries.figures_of_period(month, "2026-Q1")["LC-09"][0].is_final, "counting began in its last month"
    assert not queries.figures_of_period(month, "2026")["LC-09"][0].is_final


def test_a_quarter_closes_with_its_last_month(installation: Installation, month: Session) -> None:
    for first in (date(2026, 1, 1), date(2026, 2, 1)):
        month.add(MonthVersion(month=first, version=1, sums={}))
    month.commit()
    assert set(services.keep_figures_current(installation.database, date(2026, 4, 15))) == {
        "2026-01",
        "2026-02",
        "2026-03",
        "2026-Q1",
    }


def test_in_january_the_last_month_is_december() -> None:
    assert [each.name for each in services.periods_around(date(2025, 12, 1))] == ["2025-12", "2025-Q4", "2025"]


def test_figures_over_time_stand_in_order(installation: Installation, month: Session) -> None:
    month.commit()
    services.keep_figures_current(installation.database, date(2026, 4, 15))
    assert [(each.period, each.value) for each in queries.history(month, "LC-09")] == [
        ("2026-03", Decimal(300)),
        ("2026-04", None),
    ]
    assert [each.period for each in queries.history(month, "LC-09", "quarter")] == ["2026-Q1", "2026-Q2"]
    assert [each.period for each in queries.history(month, "LC-09", "year")] == ["2026"]
    assert queries.history(month, "LC-09", measure="unique")[0].value == 200


def test_what_was_never_worked_out_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        queries.figure_cells(session, "LC-01", "2020-01")
