"""From item events to counts: double-clicks removed (CoP 7.2), then added up by item and format (CoP 3.3, 7.3)."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import chain, pairwise
from typing import Any, NamedTuple

from oer.core.clock import CITY_TIME_ZONE, city_date
from oer.usage.counter.event_kinds import FURTHER, INVESTIGATIONS, SEARCH, TDM, Excluded, ItemEvent, item_events

DOUBLE_CLICK = 30_000_000
"""Microseconds within which a user's second click on the same address replaces the first: exactly 30 s still does."""


def openings(events: Iterable[ItemEvent]) -> Iterator[ItemEvent]:
    """Yield the events without further pages of a reader, but for one by which its visitor opened that file that day.

    So a reader is one request however many pages are turned, whatever browsers say about where they come from.
    """
    opened: set[tuple[str, str, str, str, date]] = set()
    for event in sorted(events):
        kind = FURTHER.get(event.kind, event.kind)
        if kind in _OPENED:
            mark = (event.user, event.url, event.item, kind, _day_of(event.at))
            if kind != event.kind and mark in opened:
                continue
            opened.add(mark)
        yield event if kind == event.kind else event._replace(kind=kind)


_OPENED = frozenset(FURTHER.values())


def without_double_clicks(events: Iterable[ItemEvent]) -> Iterator[ItemEvent]:
    """Yield the events that remain when, of two clicks within 30 s, the first is dropped; chains count from the end.

    `events` may come in any order. An event is only ever replaced by a later one, so counting a day needs the events of
    the 30 seconds after it, and none before it. Searches are not clicks on an item: all of them remain.
    """
    in_order: list[ItemEvent | None] = sorted(events)  # type: ignore[assignment]  # None marks the end
    for event, following in pairwise(chain(in_order, [None])):
        if event and not (following and _is_double_click(event, following)):
            yield event


def _is_double_click(first: ItemEvent, second: ItemEvent) -> bool:
    # One event on several items has one address, so the item is compared too.
    return (
        second.at - first.at <= DOUBLE_CLICK
        and first.user == second.user
        and first.url == second.url
        and first.item == second.item
        and first.kind != SEARCH
    )


# The figures of a day: plain counts of what people did, and COUNTER's four metrics (CoP 5.1, 3.3 and 7.3).

ALL_FORMATS, NO_FORMAT, ALL_FILES = "all", "none", "zip"
"""Formats of rows besides the vocabulary's: all together, the page about an item, all files of an item in one."""


class UsageKey(NamedTuple):
    """What a row of totals is about."""

    item: str
    format: str
    """A code of the vocabulary of formats, `ALL_FORMATS`, `NO_FORMAT` or `ALL_FILES`."""
    method: str


@dataclass(slots=True)
class UsageCounts:
    """Counts after the double-click filter. Views, reads, plays and downloads are parts of `tii` and `tir`."""

    views: int = 0
    reads: int = 0
    plays: int = 0
    downloads: int = 0
    tii: int = 0
    tir: int = 0
    uii: int = 0
    uir: int = 0

    def add(self, other: "UsageCounts") -> None:
        """Add the counts of another day or item. Uniques add up too: they are counted per session, day and item."""
        for field in fields(other):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))


_OWN_MEASURE = {"view": "views", "read": "reads", "play": "plays", "download": "downloads"}


def count_by_item(events: Iterable[ItemEvent]) -> dict[UsageKey, UsageCounts]:
    """Return the counts of one day by item and access method, for each format and for all formats together.

    `events` are what `without_double_clicks` left. Uniques are counted after that filter, so that none exceeds its
    total (our rule).
    """
    figures: dict[UsageKey, UsageCounts] = {}
    sessions: set[tuple[UsageKey, str, bool]] = set()
    for event in events:
        if event.kind == SEARCH:
            continue
        for format_ in (ALL_FORMATS, event.format or NO_FORMAT):
            key = UsageKey(event.item, format_, event.method)
            _count_event(figures.setdefault(key, UsageCounts()), key, event, sessions)
    return figures


def _count_event(row: UsageCounts, key: UsageKey, event: ItemEvent, sessions: set[tuple[UsageKey, str, bool]]) -> None:
    own = _OWN_MEASURE.get(event.kind)
    if own:
        setattr(row, own, getattr(row, own) + 1)
    row.tii += 1
    row.uii += _is_new(sessions, (key, event.session, False))
    if event.kind not in INVESTIGATIONS:
        row.tir += 1
        row.uir += _is_new(sessions, (key, event.session, True))


def _is_new(seen: set[tuple[UsageKey, str, bool]], mark: tuple[UsageKey, str, bool]) -> bool:
    if mark in seen:
        return False
    seen.add(mark)
    return True


# Counting a stream of events in any order.

SEARCHES_PLATFORM = "__Searches_Platform"

Counts = dict[str, dict[str, Any]]


def count(events: Iterable[Mapping[str, Any]], is_robot: Callable[[str], bool]) -> Counts:
    """Return the monthly counts of `events`, in whatever order they come.

    Shape: `{"2026-03": {item: {"TII", "TIR", "UII", "UIR"}}}`; `item#TDM` for text mining, `__Searches_Platform` for
    the month's searches. Zero counts have no entry. Raises ValueError, KeyError or TypeError for a malformed event.
    """
    counter = EventCounter(is_robot)
    for event in events:
        counter.add(event)
    return counter.counts()


class EventCounter:
    """Takes events in any order, keeps only what counting needs, and adds up day by day at the end."""

    def __init__(self, is_robot: Callable[[str], bool]) -> None:
        self.excluded: Counter[Excluded] = Counter()
        self._is_robot = lru_cache(maxsize=65536)(is_robot)
        self._days: defaultdict[date, list[ItemEvent]] = defaultdict(list)
        self._texts: dict[str, str] = {}

    def add(self, event: Mapping[str, Any]) -> None:
        """Take one event. Raises ValueError, KeyError or TypeError if it is malformed."""
        found = item_events(event, self._is_robot)
        if isinstance(found, Excluded):
            self.excluded[found] += 1
            return
        for each in found:
            self._days[_day_of(each.at)].append(self._compact(each))

    def counts(self) -> Counts:
        """Return the counts of all events taken so far, shaped as `count` says."""
        months: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        for day in sorted(self._days):
            _add_day(months[f"{day:%Y-%m}"], list(self._retained_on(day)))
        return {month: _as_json(entries) for month, entries in months.items() if entries}

    def _compact(self, event: ItemEvent) -> ItemEvent:
        # A million events repeat the same texts: each text is kept once.
        user, url, item, session = (
            self._texts.setdefault(text, text) for text in (event.user, event.url, event.item, event.session)
        )
        return event._replace(user=user, url=url, item=item, session=session)

    def _retained_on(self, day: date) -> Iterator[ItemEvent]:
        end = _end_of(day)
        overlap = [event for event in self._days.get(day + timedelta(days=1), ()) if event.at <= end + DOUBLE_CLICK]
        opened = openings([*self._days[day], *overlap])
        return (event for event in without_double_clicks(opened) if event.at < end)


def _day_of(at: int) -> date:
    return _day_of_hour(at // 3_600_000_000)


@lru_cache(maxsize=65536)
def _day_of_hour(hour: int) -> date:
    # The city's UTC offset is a whole number of hours, so an hour never spans two days.
    return city_date(datetime.fromtimestamp(hour * 3600, UTC))


def _end_of(day: date) -> int:
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), CITY_TIME_ZONE)
    return int(midnight.timestamp()) * 1_000_000


def _add_day(entries: dict[str, Any], events: list[ItemEvent]) -> None:
    for key, figures in count_by_item(events).items():
        if key.format == ALL_FORMATS:
            name = f"{key.item}#TDM" if key.method == TDM else key.item
            entries.setdefault(name, UsageCounts()).add(figures)
    # One search sent to several engines is one (7.6): same visitor, same address, same time.
    searches = len({event for event in events if event.kind == SEARCH})
    if searches:
        entries[SEARCHES_PLATFORM] = entries.get(SEARCHES_PLATFORM, 0) + searches


def _as_json(entries: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {"TII": it.tii, "TIR": it.tir, "UII": it.uii, "UIR": it.uir} if isinstance(it, UsageCounts) else it
        for name, it in entries.items()
    }
