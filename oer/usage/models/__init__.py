"""The tables of usage: events, totals, people, and what was read of the spool."""

from oer.usage.models.events import SetAsideLine, SpoolProgress, UsageEvent, UserAgent
from oer.usage.models.neighbours import ReadTogether
from oer.usage.models.packs import UsageItem, UsagePack
from oer.usage.models.people import PeopleFigure, PersonMonth
from oer.usage.models.searches import QueryFigure, SearchFigure
from oer.usage.models.totals import (
    CatalogueMonth,
    DailyUsage,
    MonthlyUsage,
    MonthVersion,
    SessionFigure,
    UsageDay,
    WorkerClock,
)

__all__ = [
    "CatalogueMonth",
    "DailyUsage",
    "MonthVersion",
    "MonthlyUsage",
    "PeopleFigure",
    "PersonMonth",
    "QueryFigure",
    "ReadTogether",
    "SearchFigure",
    "SessionFigure",
    "SetAsideLine",
    "SpoolProgress",
    "UsageDay",
    "UsageEvent",
    "UsageItem",
    "UsagePack",
    "UserAgent",
    "WorkerClock",
]
