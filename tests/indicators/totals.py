"""A month of totals whose figures are known by construction."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from oer.usage.models import (
    CatalogueMonth,
    DailyUsage,
    MonthlyUsage,
    MonthVersion,
    PeopleFigure,
    PersonMonth,
    SearchFigure,
    SessionFigure,
    UsageEvent,
    UserAgent,
)

MONTH = date(2026, 3, 1)
WEEKS = ["2026-W10", "2026-W11", "2026-W12"]


def add_people(session: Session, period: str = "2026-03", month: date = MONTH) -> None:
    """240 people: 180 in ward 26506, 40 in 25807, 12 in 27676, 8 unknown; 60 regular; 100 answered, 40 of priority."""
    cells = {
        ("total", ""): (240, 60),
        ("ward", "26506"): (180, 50),
        ("ward", "25807"): (40, 10),
        ("ward", "27676"): (12, 0),
        ("ward", "unknown"): (8, 0),
        ("age-band", "25-34"): (200, 60),
        ("age-band", "65+"): (40, 0),
        ("gender", "female"): (235, 60),
        ("gender", "unknown"): (5, 0),
        ("group", "workers"): (40, 0),
        ("group", "unknown"): (140, 0),
    }
    # Every ward's people are of one age band, so that both dimensions agree with their table.
    for ward, band, people in [
        ("26506", "25-34", 180),
        ("25807", "65+", 40),
        ("27676", "25-34", 12),
        ("unknown", "25-34", 8),
    ]:
        values = {"dimension": "ward+age-band", "value": ward, "second_value": band, "people": people}
        session.add(PeopleFigure(period=period, version=1, **values))
    for (dimension, value), (people, regular) in cells.items():
        session.add(
            PeopleFigure(period=period, version=1, dimension=dimension, value=value, people=people, regular=regular)
        )
    for number in range(240):
        groups = ["workers"] if number < 40 else ["students"] if number < 100 else []
        weeks = WEEKS if number < 60 else WEEKS[:2]
        session.add(PersonMonth(month=month, person=f"p{number}", groups=groups, weeks=weeks))
    session.flush()


def add_use(session: Session, month: date = MONTH) -> None:
    """A closed month: 300 requests, 200 of them unique; sessions 50 a day on 10 days; 2,000 searches, 80 in vain."""
    session.add(MonthVersion(month=month, version=1, sums={}))
    for item, tir, uir in (("aaaaa-aaaaa", 250, 160), ("bbbbb-bbbbb", 50, 40)):
        for form, number in (("all", tir), ("pdf", tir - 10), ("video", 10)):
            values = {"format": form, "item": item, "method": "Regular", "tir": number, "uir": uir}
            session.add(MonthlyUsage(month=month, version=1, **values))
            session.add(DailyUsage(day=month, **values))
    for number in range(10):
        day = month + timedelta(days=number)
        session.add(SessionFigure(day=day, dimension="total", value="", sessions=50))
        session.add(SessionFigure(day=day, dimension="signed-in", value="yes", sessions=20))
        session.add(SearchFigure(day=day, language="vi", searches=150, without_result=4, abandoned=0))
        session.add(SearchFigure(day=day, language="en", searches=50, without_result=4, abandoned=0))
    session.flush()


def add_catalogue(session: Session, month: date = MONTH) -> None:
    """1,200 materials in service, 540 accessible."""
    rows = {
        ("total", ""): (1200, 540),
        ("subject", "env.khi-hau"): (100, 0),
        ("main-subject", "env.khi-hau"): (100, 0),
        ("main-subject", "cul.di-san"): (50, 0),
        ("main-subject", "dig.co-ban"): (1050, 0),
        ("audience", "homemakers"): (86, 0),
        ("licence", "https://creativecommons.org/licenses/by/4.0/"): (700, 0),
        ("licence", "https://creativecommons.org/publicdomain/zero/1.0/"): (20, 0),
        ("licence", "https://creativecommons.org/licenses/by-nc-nd/4.0/"): (480, 0),
        ("format", "pdf"): (1000, 500),
    }
    levels = [
        "nha-tre",
        "mau-giao",
        "tieu-hoc",
        "thcs",
        "thpt",
        "xmc",
        "gdtx-thcs",
        "gdtx-thpt",
        "so-cap",
        "trung-cap",
        "cao-dang",
        "dai-hoc",
    ]
    rows |= {("level", code): (20, 0) for code in levels}
    rows |= {("level", "thac-si"): (19, 0), ("level", "moi-trinh-do"): (900, 0)}
    for (dimension, value), (materials, accessible) in rows.items():
        session.add(
            CatalogueMonth(month=month, dimension=dimension, value=value, materials=materials, accessible=accessible)
        )
    session.flush()


def add_event(session: Session, person: str | None, kind: str, item: str, day: date = MONTH) -> None:
    """One usage event at noon of a day."""
    agent = session.get(UserAgent, 1) or UserAgent(id=1, digest="d", text="Firefox", is_robot=False, list_version="1")
    session.add(agent)
    session.flush()
    at = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
    session.add(UsageEvent(at=at, day=day, kind=kind, item=item, person=person, user_agent_id=agent.id, visitor="v"))
    session.flush()
