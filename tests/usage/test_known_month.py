"""A month of events whose totals are known because each was made to count in a known way."""

import random
from collections import Counter, defaultdict
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from oer.usage.services.months import close_months, correct_month
from oer.usage.services.nightly import count_due_days
from tests.usage.cases import CHROME
from tests.usage.factories import a_note, at, daily, spooled
from tests.usage.test_months import monthly

MARCH = date(2026, 3, 1)
FIRST = at("2026-03-01 00:00")
ROBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


class KnownMonth:
    """Makes events by scenes of one visitor each, and knows what each scene counts."""

    def __init__(self, events, items=400):
        self._chance = random.Random(2026)
        self._items = [f"{n:05}-known" for n in range(items)]
        self.notes = []
        self.expected = Counter()
        self.accounts = Counter()
        scenes = [self._reader, self._impatient, self._robot, self._all_day, self._searcher]
        while len(self.notes) < events:
            self._chance.choice(scenes)(f"visitor-{len(self.notes)}")
        self._chance.shuffle(self.notes)

    def _item(self):
        return self._items[min(int(self._chance.expovariate(0.02)), len(self._items) - 1)]

    def _begin(self):
        # Within the first half of an hour of a day, so that a scene of half an hour stays within both.
        day, hour, second = self._chance.randrange(31), self._chance.randrange(24), self._chance.randrange(1700)
        return FIRST + timedelta(days=day, hours=hour, seconds=second)

    def _add(self, begin, seconds, kind, item, visitor, **fields):
        self.notes.append(a_note(kind, item, moment=begin, seconds=seconds, visitor=visitor, **fields))

    def _expect(self, item, views=0, reads=0, downloads=0, *, unique=1, unique_requests=0):
        counts = {"views": views, "reads": reads, "downloads": downloads, "uii": unique, "uir": unique_requests}
        self.expected.update({(item, name): count for name, count in counts.items() if count})

    def _reader(self, visitor):
        """Opens a page, then reads the file, and downloads it twice, minutes apart."""
        item, begin = self._item(), self._begin()
        for seconds, kind in ((0, "view"), (20, "read"), (300, "download"), (700, "download")):
            self._add(begin, seconds, kind, item, visitor)
        self._expect(item, views=1, reads=1, downloads=2, unique_requests=1)

    def _impatient(self, visitor):
        """Clicks on a download five times within half a minute each: one download."""
        item, begin, pause = self._item(), self._begin(), self._chance.choice([5, 29, 30])
        for click in range(5):
            self._add(begin, click * pause, "download", item, visitor)
        self._expect(item, downloads=1, unique_requests=1)
        self.accounts["double_clicks"] += 4

    def _robot(self, visitor):
        """Fetches a page and a file, and is nobody."""
        item, begin = self._item(), self._begin()
        for kind in ("view", "download"):
            self._add(begin, 0, kind, item, visitor, user_agent=ROBOT)
        self.accounts["robots"] += 2

    def _all_day(self, visitor):
        """Signed in, opens a page each hour: one session; and the same without signing in: three."""
        item, begin = self._item(), self._begin().replace(hour=10)
        other = self._item()
        for hour in range(3):
            self._add(begin, hour * 3600, "view", item, visitor, session=visitor)
            self._add(begin, hour * 3600, "view", other, f"{visitor}-anonymous", user_agent=CHROME)
        self._expect(item, views=3, unique=1)
        self._expect(other, views=3, unique=3)

    def _searcher(self, visitor):
        """Searches, searches again, and opens a page: searches are no use of a material."""
        item, begin = self._item(), self._begin()
        for seconds in (0, 5):
            self._add(begin, seconds, "search", item, visitor, words="học liệu", hits=9)
        self._add(begin, 40, "view", item, visitor)
        self._expect(item, views=1)
        self.accounts["searches"] += 2


def check(installation, events):
    month = KnownMonth(events)
    spooled(installation, month.notes)
    count_due_days(installation.database, at("2026-04-10 02:00"))
    found = Counter()
    for (_, item), (views, reads, plays, downloads, tii, tir, uii, uir) in daily(installation).items():
        counts = {"views": views, "reads": reads, "downloads": downloads, "uii": uii, "uir": uir}
        found.update({(item, name): count for name, count in counts.items() if count})
        assert (tii, tir) == (views + reads + plays + downloads, reads + plays + downloads)
    assert found == month.expected
    _check_accounts(installation, month)
    _check_months(installation, found)


def _check_accounts(installation, month):
    with installation.database.reading() as session:
        rows = session.execute(sa.text("SELECT robots, double_clicks, searches, acts, events FROM usage_day")).all()
    sums = Counter()
    for robots, double_clicks, searches, acts, events in rows:
        sums.update(robots=robots, double_clicks=double_clicks, searches=searches, events=events)
        assert events == robots + double_clicks + searches + acts
    assert sums == month.accounts + Counter(events=len(month.notes))


def _check_months(installation, found):
    with installation.database.transaction() as session:
        assert close_months(session, date(2026, 4, 10)) == [MARCH]
    requests = defaultdict(int)
    for (item, name), count in found.items():
        requests[item] += count if name in {"reads", "downloads"} else 0
    frozen = monthly(installation, 1)
    assert {item: tir for item, (_, tir, _, _) in frozen.items()} == requests
    assert correct_month(installation.database, MARCH, "Counted again: the events are still kept.") == {}
    assert monthly(installation, 2) == frozen


def test_a_generated_month_is_counted_to_the_unit(installation):
    check(installation, 5_000)


@pytest.mark.long
def test_a_generated_month_of_200_000_events_is_counted_to_the_unit(installation):
    check(installation, 200_000)
