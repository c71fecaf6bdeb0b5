"""Counting events that come one after the other, in any order: a file, a list, a generator."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from oer.core.clock import CITY_TIME_ZONE, city_date
from oer.usage.counter.acts import SEARCH, TDM, Act, Excluded, acts_of
from oer.usage.counter.clicks import DOUBLE_CLICK, retained
from oer.usage.counter.measures import ALL_FORMATS, Measures, measure

SEARCHES_PLATFORM = "__Searches_Platform"

Counts = dict[str, dict[str, Any]]


def count(events: Iterable[Mapping[str, Any]], is_robot: Callable[[str], bool]) -> Counts:
    """Return the monthly counts of `events`, in whatever order they come.

    Shape: `{"2026-03": {item: {"TII", "TIR", "UII", "UIR"}}}`; `item#TDM` for text mining, `__Searches_Platform` for
    the month's searches. Where nothing counted there is no entry. Raises ValueError, KeyError or TypeError for an event
    that cannot be understood.
    """
    counter = EventCounter(is_robot)
    for event in events:
        counter.add(event)
    return counter.counts()


class EventCounter:
    """Takes events in any order, keeps of each the little that counting needs, and adds up day by day at the end."""

    def __init__(self, is_robot: Callable[[str], bool]) -> None:
        self.excluded: Counter[Excluded] = Counter()
        self._is_robot = lru_cache(maxsize=65536)(is_robot)
        self._days: defaultdict[date, list[Act]] = defaultdict(list)
        self._texts: dict[str, str] = {}

    def add(self, event: Mapping[str, Any]) -> None:
        """Take one event. Raises ValueError, KeyError or TypeError where it cannot be understood."""
        acts = acts_of(event, self._is_robot)
        if isinstance(acts, Excluded):
            self.excluded[acts] += 1
            return
        for act in acts:
            self._days[_day_of(act.at)].append(self._compact(act))

    def counts(self) -> Counts:
        """Return the counts of all events taken so far, shaped as `count` says."""
        months: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        for day in sorted(self._days):
            _add_day(months[f"{day:%Y-%m}"], list(self._retained_on(day)))
        return {month: _shown(entries) for month, entries in months.items() if entries}

    def _compact(self, act: Act) -> Act:
        # A million events repeat the same few texts: each is kept once.
        user, url, item, session = (
            self._texts.setdefault(text, text) for text in (act.user, act.url, act.item, act.session)
        )
        return act._replace(user=user, url=url, item=item, session=session)

    def _retained_on(self, day: date) -> Iterator[Act]:
        end = _end_of(day)
        overlap = [act for act in self._days.get(day + timedelta(days=1), ()) if act.at <= end + DOUBLE_CLICK]
        return (act for act in retained([*self._days[day], *overlap]) if act.at < end)


def _day_of(at: int) -> date:
    return _day_of_hour(at // 3_600_000_000)


@lru_cache(maxsize=65536)
def _day_of_hour(hour: int) -> date:
    # The city's offset is a whole number of hours, so all moments of an hour share their day.
    return city_date(datetime.fromtimestamp(hour * 3600, UTC))


def _end_of(day: date) -> int:
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), CITY_TIME_ZONE)
    return int(midnight.timestamp()) * 1_000_000


def _add_day(entries: dict[str, Any], acts: list[Act]) -> None:
    for key, figures in measure(acts).items():
        if key.format == ALL_FORMATS:
            name = f"{key.item}#TDM" if key.method == TDM else key.item
            entries.setdefault(name, Measures()).add(figures)
    # Several engines asked for one list of results are one search (7.6): same visitor, same address, same moment.
    searches = len({act for act in acts if act.kind == SEARCH})
    if searches:
        entries[SEARCHES_PLATFORM] = entries.get(SEARCHES_PLATFORM, 0) + searches


def _shown(entries: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {"TII": it.tii, "TIR": it.tir, "UII": it.uii, "UIR": it.uir} if isinstance(it, Measures) else it
        for name, it in entries.items()
    }
