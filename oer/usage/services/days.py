"""The figures of a day: computed from its events outside any transaction, replaced in a short one.

The same events always give the same figures, so a day is counted again whenever new events came for it.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import date, datetime
from itertools import permutations
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.clock import now
from oer.core.db import Base, Database, in_portions
from oer.usage.counter.counting import (
    ALL_FORMATS,
    UsageCounts,
    UsageKey,
    count_by_item,
    openings,
    without_double_clicks,
)
from oer.usage.counter.event_kinds import LOGGED_SESSION, REGULAR, REQUESTS, TDM, ItemEvent
from oer.usage.models import (
    DailyUsage,
    QueryFigure,
    ReadTogether,
    SearchFigure,
    SessionFigure,
    UsageDay,
    UsageItem,
    UsagePack,
)
from oer.usage.providers import Facts, facts_about
from oer.usage.queries.processing import DayEvents, Search, day_events, is_frozen, microseconds
from oer.usage.queries.totals import FIRST_MEASURE, pack
from oer.usage.services.ingestion import insert_missing, new_day
from oer.vietnamese.keys import folded_text

METHODS = (REGULAR, TDM)
Row = tuple[str, str, str, Sequence[int]]
"""Item, format, access method, measures."""


def write_pack(session: Session, begins: date, version: int, rows: Iterable[Row]) -> None:
    """Write the rows of a day (version 0) or of a closed month as one pack, replacing an older one."""
    given = list(rows)
    ids = item_ids(session, {item for item, _, _, _ in given})
    formats = sorted({format_ for _, format_, _, _ in given} - {ALL_FORMATS})
    numbers = {name: number for number, name in enumerate(formats)}
    width = FIRST_MEASURE + (len(given[0][3]) if given else 0)
    matrix = [
        (ids[item], METHODS.index(method), numbers.get(format_, -1), *measures)
        for item, format_, method, measures in given
    ]
    session.execute(sa.delete(UsagePack).where(UsagePack.begins == begins, UsagePack.version == version))
    if not given:
        return
    session.add(
        UsagePack(
            begins=begins,
            version=version,
            formats=formats,
            together=pack((row for row in matrix if row[2] < 0), width),
            by_format=pack((row for row in matrix if row[2] >= 0), width),
        )
    )
    session.flush()


def item_ids(session: Session, keys: Iterable[str]) -> dict[str, int]:
    """Return the numbers of items, assigning new ones where needed."""
    found: dict[str, int] = {}
    for some in in_portions(sorted(keys)):
        known = _known_items(session, some)
        missing = [key for key in some if key not in known]
        if missing:
            insert_missing(session, UsageItem, [{"key": key} for key in missing])
            known |= _known_items(session, missing)
        found.update(known)
    return found


def _known_items(session: Session, keys: Sequence[str]) -> dict[str, int]:
    rows = session.execute(sa.select(UsageItem.key, UsageItem.id).where(UsageItem.key.in_(keys)))
    return dict(rows.all())


# Which items the visitors of a day read together.

LEAST_VISITORS = 5
"""With fewer, it could be told who they were. Visitors are told apart for one day only."""
MOST_ITEMS = 30
"""Visitors with more items in a day are ignored: nobody reads that many."""


def read_together(events: Iterable[ItemEvent]) -> list[dict[str, Any]]:
    """Return the pairs of items that at least five visitors of one day requested, each pair both ways."""
    by_visitor: defaultdict[str, set[str]] = defaultdict(set)
    for event in events:
        if event.kind in REQUESTS and event.method == REGULAR:
            by_visitor[event.user].add(event.item)
    choices = [items for items in by_visitor.values() if 1 < len(items) <= MOST_ITEMS]
    often = _often(choices)
    pairs = Counter(pair for items in choices for pair in permutations(sorted(items & often), 2))
    return [
        {"item": item, "other": other, "visitors": visitors}
        for (item, other), visitors in pairs.items()
        if visitors >= LEAST_VISITORS
    ]


def _often(choices: Collection[set[str]]) -> set[str]:
    counts = Counter(item for items in choices for item in items)
    return {item for item, visitors in counts.items() if visitors >= LEAST_VISITORS}


# Searches of a day: how many, how many without a result or abandoned, and for which words.

PATIENCE = 30 * 60 * 1_000_000
"""Microseconds within which a result must be opened; otherwise the search counts as abandoned."""
LONGEST_QUERY = 200


def search_figures(events: DayEvents, now: int) -> list[dict[str, Any]]:
    """Return the searches of a day by language of the pages."""
    openings = _openings(events)
    rows: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for search in events.searches:
        rows[search.language].update(_outcome(search, openings, now))
    return [{"language": language, **_search_counts(row)} for language, row in rows.items()]


def query_figures(events: DayEvents, now: int) -> list[dict[str, Any]]:
    """Return the queries of a day; spellings that differ in tone marks, case or typing order are one query."""
    openings = _openings(events)
    rows: defaultdict[str, Counter[str]] = defaultdict(Counter)
    spellings: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for search in events.searches:
        folded = folded_text(search.words)[:LONGEST_QUERY]
        if folded:
            rows[folded].update(_outcome(search, openings, now))
            spellings[folded][search.visitor] = " ".join(search.words.split())
    return [
        {
            "folded": folded,
            "words": _commonest(spellings[folded]),
            "visitors": len(spellings[folded]),
            **_search_counts(row),
        }
        for folded, row in rows.items()
    ]


def _commonest(by_visitor: Mapping[str, str]) -> str:
    counts = Counter(by_visitor.values())
    return min(counts, key=lambda words: (-counts[words], words))


def _outcome(search: Search, openings: Mapping[str, Sequence[int]], now: int) -> list[str]:
    if search.hits == 0:
        return ["searches", "without_result"]
    if not search.is_page or search.at + PATIENCE > now:
        return ["searches"]  # a result may still be opened, or is opened where nobody can tell
    opened = openings.get(search.visitor, ())
    following = bisect_right(opened, search.at)
    found = following < len(opened) and opened[following] <= search.at + PATIENCE
    return ["searches"] if found else ["searches", "abandoned"]


def _search_counts(row: Counter[str]) -> dict[str, int]:
    return {name: row[name] for name in ("searches", "without_result", "abandoned")}


def _openings(events: DayEvents) -> dict[str, list[int]]:
    # Browsers that send no referrer get the benefit of the doubt: they may come from a list of results.
    opened: defaultdict[str, list[int]] = defaultdict(list)
    for opening in events.openings:
        if not opening.from_elsewhere:
            opened[opening.visitor].append(opening.at)
    return {visitor: sorted(moments) for visitor, moments in opened.items()}


SESSION_DIMENSIONS = ("subject", "level")


@dataclass
class DayFigures:
    """All figures of a day, computed from its events."""

    day: date
    usage: dict[UsageKey, UsageCounts]
    sessions: dict[tuple[str, str], int]
    searches: list[dict[str, Any]]
    queries: list[dict[str, Any]]
    together: list[dict[str, Any]]
    account: dict[str, Any]


def count_day(database: Database, day: date) -> bool:
    """Count a day again from its events; return False, changing nothing, if its month is closed."""
    with database.reading() as session:
        figures = compute_day(session, day)
    with database.transaction() as session:
        if is_frozen(session, day):
            return False
        store_day(session, figures)
    return True


def compute_day(session: Session, day: date, moment: datetime | None = None) -> DayFigures:
    """Return the figures of a day from its events, as of `moment` (by default now)."""
    events = day_events(session, day)
    clicks = list(openings(events.item_events))
    before = [each for each in clicks if each.at < events.ends]
    left = [each for each in without_double_clicks(clicks) if each.at < events.ends]
    facts = facts_about(session, {each.item for each in left})
    return DayFigures(
        day,
        count_by_item(left),
        session_figures(left, facts),
        search_figures(events, microseconds(moment or now())),
        query_figures(events, microseconds(moment or now())),
        read_together(left),
        _day_account(
            events, len([each for each in events.item_events if each.at < events.ends]), len(before), len(left)
        ),
    )


def _day_account(events: DayEvents, noted: int, before: int, after: int) -> dict[str, Any]:
    return {
        "counted": events.touched,
        "counted_at": now(),
        "events": events.events - (noted - before),  # without the pages that were turned
        "robots": events.robots,
        "double_clicks": before - after,
        "searches": len(events.searches),
        "investigations": after,
    }


def session_figures(events: Collection[ItemEvent], facts: Facts) -> dict[tuple[str, str], int]:
    """Return how many sessions used any material, and any of each subject and level, signed in or not."""
    sessions: set[tuple[str, str, str]] = set()
    for event in events:
        sessions.add(("total", "", event.session))
        sessions.add(("signed-in", "yes" if event.session.startswith(LOGGED_SESSION) else "no", event.session))
        for dimension in SESSION_DIMENSIONS:
            for value in facts.get(event.item, {}).get(dimension, ()):
                sessions.add((dimension, value, event.session))
    return Counter((dimension, value) for dimension, value, _ in sessions)


def store_day(session: Session, figures: DayFigures) -> None:
    """Replace the stored figures of a day."""
    day = figures.day
    _replace(session, DailyUsage, day, [key._asdict() | asdict(it) for key, it in figures.usage.items()])
    write_pack(session, day, 0, [(*key, astuple(it)) for key, it in figures.usage.items()])
    _replace(
        session,
        SessionFigure,
        day,
        [{"dimension": name, "value": value, "sessions": n} for (name, value), n in figures.sessions.items()],
    )
    _replace(session, SearchFigure, day, figures.searches)
    _replace(session, QueryFigure, day, figures.queries)
    _replace(session, ReadTogether, day, figures.together)
    insert_missing(session, UsageDay, [new_day(day)])
    session.execute(sa.update(UsageDay).where(UsageDay.day == day).values(**figures.account))


def _replace(session: Session, table: type[Base], day: date, rows: list[dict[str, Any]]) -> None:
    column = table.__table__.c.day
    session.execute(sa.delete(table).where(column == day))
    if rows:
        session.execute(sa.insert(table), [row | {"day": day} for row in rows])
