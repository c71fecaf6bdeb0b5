"""From requests as browsers send them to the number that is printed: nothing between is left out or stands in."""

import html
import re

import pytest

from oer.catalogue.jobs.indexing import index_due
from oer.core.clock import now
from oer.usage.queries.processing import sums_that_differ
from oer.usage.robots import robot_policy
from oer.usage.services.ingestion import ingest
from oer.usage.services.nightly import count_due_days
from tests.reading.factories import publish_files, sample
from tests.statistics.test_views import rows_of
from tests.usage.cases import CHROME
from tests.usage.factories import city_noon


class Traffic:
    """Visitors of one material, each with a browser of their own, and what administrators see of them."""

    def __init__(self, client, installation, monkeypatch, public_id):
        self.client, self.installation, self.page = client, installation, f"/materials/{public_id}"
        self.seconds, self._visitors = city_noon(1).timestamp(), 0
        self.headers = {}
        monkeypatch.setattr("oer.usage.noting.time.time_ns", lambda: int(self.seconds * 1e9))
        self.visitor()

    def visitor(self, **headers):
        """Somebody else comes, whose browser sends these headers."""
        self._visitors += 1
        self.headers = {"User-Agent": f"{CHROME} Version/{self._visitors}"} | headers

    def ask(self, path="", after=0, **headers):
        self.seconds += after
        given = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.client.get(path if path.startswith(("/api", "/search")) else self.page + path, headers=given)
        assert answer.status_code in {200, 206}, answer.status
        return answer

    def count(self):
        ingest(self.installation.database, self.installation.settings.spool_dir, robot_policy())
        count_due_days(self.installation.database, now())
        with self.installation.database.reading() as session:
            assert list(sums_that_differ(session)) == []

    def printed(self, admin):
        """What the administrators' export says of the material: views, reads, plays, downloads, and all uses."""
        self.count()
        day = city_noon(1).date().isoformat()
        _, rows = rows_of(admin.get(f"/en/admin/statistics/materials.csv?from={day}&to={day}"))
        names = ("Page views", "Reads", "Plays", "Downloads", "Uses")
        return tuple(int(row[name]) for row in rows for name in names) or (0, 0, 0, 0, 0)

    def searched(self, admin):
        """What the administrators' export says of the searches of the day: how many, and how many abandoned."""
        self.count()
        day = city_noon(1).date().isoformat()
        _, rows = rows_of(admin.get(f"/en/admin/statistics/demand/searches.csv?from={day}&to={day}"))
        return [(int(row["Searches"]), int(row["Abandoned"])) for row in rows]


@pytest.fixture
def traffic(client, session, installation, monkeypatch):
    files = sample("bep-nha-gon-gang.epub"), sample("cuoc-goi-la.mp3")
    public_id = publish_files(session, installation, *files, title={"vi": "Bếp nhà"}).public_id
    session.close()
    index_due(installation)
    return Traffic(client.application.test_client(), installation, monkeypatch, public_id)


def test_a_page_and_everything_downloaded_within_30_seconds_are_a_view_and_a_download(traffic, admin):
    for first, then in (("", "/download"), ("/download", "")):
        traffic.visitor()
        traffic.ask(first)
        traffic.ask(then, after=3)
    assert traffic.printed(admin) == (2, 0, 0, 2, 2)


def test_reading_and_downloading_one_file_within_30_seconds_are_one_use(traffic, admin):
    traffic.ask("/files/1/read")
    traffic.ask("/files/1/download", after=20)
    traffic.ask("/files/1/read", after=31)
    assert traffic.printed(admin) == (0, 1, 0, 1, 2)


def test_a_players_page_is_no_page_view_and_takes_no_play_away(traffic, admin):
    traffic.ask("/files/2/read")
    assert traffic.printed(admin) == (0, 0, 0, 0, 0)
    traffic.visitor()
    traffic.ask("/files/2/read")
    traffic.ask("/files/2/play", after=5, Range="bytes=0-")
    traffic.ask("/files/2/read", after=5)  # back, or again
    traffic.ask("/files/2/read?t=20", after=40)
    assert traffic.printed(admin) == (0, 0, 1, 0, 1)


@pytest.mark.parametrize("says_where_from", [True, False])
def test_a_reader_is_one_use_however_many_pages_are_turned(traffic, admin, says_where_from):
    read = "/files/1/read"
    address = traffic.page + read
    for _ in range(2):  # the second visitor's pages come from the cache
        traffic.visitor(**{"Accept-Language": "vi"})
        page, at = traffic.ask(read), address
        for link in ("next", "next", "prev", "prev"):
            found = html.unescape(re.search(rf'<a class="[^"]*" rel="{link}" href="([^"]+)"', page.text)[1])
            referrer = {"Referer": f"http://localhost{at}"} if says_where_from else {}
            page, at = traffic.ask(found.removeprefix(traffic.page), after=40, **referrer), found
    assert traffic.printed(admin) == (0, 2, 0, 0, 2)


def test_a_link_into_the_middle_of_a_book_opens_it(traffic, admin):
    traffic.ask("/files/1/read?page=3&q=b%E1%BA%BFp", Referer="http://localhost/search?q=b%E1%BA%BFp")
    traffic.ask("/files/1/read?page=4", after=60)
    traffic.visitor()
    traffic.ask("/files/1/read?page=2")
    assert traffic.printed(admin) == (0, 2, 0, 0, 2)


@pytest.mark.parametrize("name", ["Purpose", "Sec-Purpose", "X-Purpose", "X-Moz"])
@pytest.mark.parametrize("purpose", ["preview", "prefetch;prerender", "Prefetch"])
def test_what_a_browser_asks_for_ahead_of_its_user_is_no_use(traffic, admin, name, purpose):
    for path in ("", "/files/1/read", "/download"):
        traffic.ask(path, after=60, **{name: purpose})
    assert traffic.printed(admin) == (0, 0, 0, 0, 0)


def test_a_list_without_a_query_is_no_search_and_answers_for_programs_are_not_abandoned(traffic, admin):
    for path in ("/api/v1/materials", "/search", "/api/v1/materials?page=1&size=5"):
        traffic.ask(path)
    assert traffic.searched(admin) == [(0, 0)]
    traffic.ask("/api/v1/materials?q=b%E1%BA%BFp")
    traffic.visitor()
    traffic.ask("/search?q=b%E1%BA%BFp")
    assert traffic.searched(admin) == [(2, 1)]


def test_a_found_recording_whose_page_is_opened_is_no_abandoned_search(traffic, admin):
    traffic.ask("/search?q=cu%E1%BB%99c+g%E1%BB%8Di")
    traffic.ask("/files/2/read?q=cu%E1%BB%99c&t=20", after=20, Referer="http://localhost/search?q=cu")
    assert traffic.searched(admin) == [(1, 0)]
