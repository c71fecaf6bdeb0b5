"""Rounds for tests: real sets, real units, real reporters."""

from collections.abc import Iterable
from datetime import date
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, Role, Unit
from oer.accounts.services.units import load_wards
from oer.indicators.models.rounds import Round, UnitReport
from oer.indicators.models.sets import Indicator, IndicatorSet
from oer.indicators.periods import Period, read_period
from oer.indicators.queries.rounds import find_report
from oer.indicators.services.rounds import open_round
from oer.indicators.services.sets import load_sets
from oer.indicators.set_files.documents import SetDocument
from oer.indicators.set_files.files import shipped_sets
from tests.accounts.factories import make_account

YEAR = read_period("2026")
WARDS = ("26506", "25807", "27676")


@cache
def _shipped() -> list[SetDocument]:
    return shipped_sets()


def load_all(session: Session) -> None:
    """Every set and every ward."""
    load_sets(session, _shipped())
    load_wards(session)


def ward(session: Session, code: str = WARDS[0]) -> Unit:
    return session.scalars(sa.select(Unit).where(Unit.code == code)).one()


def lines(session: Session, *codes: str, of: str = "") -> list[Indicator]:
    query = sa.select(Indicator).join(Indicator.of_set).order_by(Indicator.position)
    query = query.where(IndicatorSet.superseded_at.is_(None))
    query = query.where(IndicatorSet.code == of) if of else query.where(Indicator.code.in_(codes))
    return list(session.scalars(query))


def make_round(
    session: Session,
    *,
    units: Iterable[Unit] = (),
    indicators: Iterable[Indicator] = (),
    period: Period = YEAR,
    due_on: date = date(2027, 1, 15),
    title: str = "Đợt báo cáo năm 2026",
) -> Round:
    """An open round in which each of `indicators` is assigned to each of `units`."""
    asked = [each.id for each in indicators] or [each.id for each in lines(session, "387.1", "387.2", "1.1.1.a")]
    chosen = [each.id for each in units] or [ward(session, code).id for code in WARDS]
    names = {"vi": title, "en": f"Round {period.name}"}
    return open_round(
        session, None, title=names, period=period, due_on=due_on, assignments=dict.fromkeys(chosen, asked)
    )


def make_reporter(session: Session, unit: Unit, **fields) -> Account:
    return make_account(session, Role.REPORTER, unit=unit, **fields)


def report_of(session: Session, made: Round, code: str = WARDS[0]) -> UnitReport:
    return find_report(session, made.id, code)
