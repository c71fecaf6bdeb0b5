"""Rendered pages that are kept: given again to anybody, for as long as their row stays the same."""

import gzip
import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import brotli
import pytest
from flask import Flask

from oer.core.installation import Installation
from oer.web import page_cache
from oer.web.forms import _csrf_field
from oer.web.page_cache import CachedPage, PageCache, cached_page, remember_for_hits

QUESTION = "SELECT revision, shown FROM test_page WHERE name = :name"


@pytest.fixture
def counting(app: Flask, installation: Installation) -> Iterator[list[str]]:
    """A page that says how often it was made; gives the list of usage that was noted for kept ones."""
    with installation.database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE test_page (name varchar(20), revision integer, shown varchar(5))")
        connection.exec_driver_sql("INSERT INTO test_page VALUES ('one', 1, 'yes')")
    made, noted = itertools.count(1), []

    def note(name: str, said: str) -> None:
        noted.append(name + said)

    @cached_page(QUESTION, on_hit=note)
    def page(name: str) -> tuple[str, int]:
        remember_for_hits(said="!")
        return f"<p>made {next(made)}</p>" + "thủy lợi " * 200, 200 if name == "one" else 404

    @cached_page(QUESTION)
    def form(name: str) -> str:
        return f"{next(made)} {_csrf_field()}"

    app.add_url_rule("/kept/<name>", "kept_page", page)
    app.add_url_rule("/kept-form/<name>", "kept_form", form)
    yield noted
    with installation.database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE test_page")


def change(installation: Installation, statement: str) -> None:
    with installation.database.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_a_page_is_made_once_and_its_use_noted_each_time(app: Flask, counting: list[str]) -> None:
    client = app.test_client()
    first, second = client.get("/kept/one"), client.get("/kept/one")
    assert first.data == second.data
    assert counting == ["one!"]


def test_a_page_that_many_ask_for_at_once_is_made_once(app: Flask, counting: list[str]) -> None:
    with ThreadPoolExecutor(8) as visitors:
        given = list(visitors.map(lambda _: app.test_client().get("/kept/one").data, range(24)))
    assert len(set(given)) == 1
    assert b"made 1<" in given[0]


def test_a_page_that_hangs_holds_up_nobody_for_long(app: Flask, counting: list[str], monkeypatch) -> None:
    monkeypatch.setattr(page_cache, "LONGEST_WAIT_SECONDS", 0.05)
    with page_cache._render_lock:
        assert app.test_client().get("/kept/one").status_code == 200


def test_a_changed_row_makes_the_page_anew(app: Flask, installation: Installation, counting: list[str]) -> None:
    client = app.test_client()
    first = client.get("/kept/one").data
    change(installation, "UPDATE test_page SET revision = 2")
    second = client.get("/kept/one").data
    change(installation, "UPDATE test_page SET shown = 'no'")
    assert len({first, second, client.get("/kept/one").data}) == 3


def test_a_page_without_its_row_is_never_kept(app: Flask, installation: Installation, counting: list[str]) -> None:
    client = app.test_client()
    client.get("/kept/one")
    change(installation, "DELETE FROM test_page")
    assert b"made 2<" in client.get("/kept/one").data
    assert b"made 3<" in client.get("/kept/one").data
    assert client.get("/kept/two").status_code == 404


def test_languages_and_displays_have_pages_of_their_own(app: Flask, counting: list[str]) -> None:
    client = app.test_client()
    shown = {client.get("/kept/one").data, client.get("/en/kept/one").data, client.get("/kept/one?q=a").data}
    for chosen in ("high.large", "normal.normal.dark", "normal.normal.device.xl"):
        client.set_cookie("oer_display", chosen)
        shown.add(client.get("/kept/one").data)
    assert len(shown) == 6


def test_whoever_has_a_session_gets_a_page_made_for_them(app: Flask, counting: list[str]) -> None:
    client = app.test_client()
    client.get("/kept/one")
    with client.session_transaction() as kept_session:
        kept_session["anything"] = 1
    assert b"made 2<" in client.get("/kept/one").data
    assert b"made 1<" in app.test_client().get("/kept/one").data


def test_a_page_with_a_token_is_not_kept(app: Flask, counting: list[str]) -> None:
    tokens = {app.test_client().get("/kept-form/one").data for _ in range(2)}
    assert len(tokens) == 2


def test_a_kept_page_travels_compressed_and_is_not_sent_twice(app: Flask, counting: list[str]) -> None:
    client = app.test_client()
    plain = client.get("/kept/one").data
    answer = client.get("/kept/one", headers={"Accept-Encoding": "gzip, br"})
    assert answer.headers["Content-Encoding"] == "br"
    assert brotli.decompress(answer.data) == plain
    assert len(answer.data) < len(plain) / 4
    etag = answer.headers["ETag"]
    again = client.get("/kept/one", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    assert counting == ["one!", "one!"]


def test_the_least_recently_used_pages_go_when_the_limit_is_reached() -> None:
    pages = PageCache(10_000)
    for number in range(20):
        pages.keep(number, CachedPage(b"x" * 500, "text/html", str(number)))
        pages.find(0)
    assert pages.weight <= 10_000
    assert pages.find(0) is not None
    assert pages.find(1) is None
    assert pages.find(19) is not None
    assert len(pages) == 6


def test_a_page_larger_than_everything_is_not_kept() -> None:
    pages = PageCache(10_000)
    pages.keep("small", CachedPage(b"x", "text/html", ""))
    pages.keep("large", CachedPage(b"x" * 10_000, "text/html", ""))
    assert pages.find("large") is None
    assert pages.find("small") is not None


def test_a_page_is_compressed_once_for_each_encoding_and_counted_with_what_was_compressed(
    app: Flask, counting: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()
    plain = client.get("/kept/one").data
    with app.app_context():
        before = page_cache.page_cache().weight
    answers = {name: client.get("/kept/one", headers={"Accept-Encoding": name}).data for name in ("gzip", "br")}
    monkeypatch.setattr(page_cache, "compress", lambda *_given: pytest.fail("compressed again"))
    for name, body in answers.items():
        assert client.get("/kept/one", headers={"Accept-Encoding": name}).data == body
    assert gzip.decompress(answers["gzip"]) == brotli.decompress(answers["br"]) == plain
    with app.app_context():
        assert page_cache.page_cache().weight == before + sum(map(len, answers.values()))


def test_a_page_that_outgrows_the_cache_when_it_is_compressed_is_still_sent() -> None:
    body = bytes(range(256)) * 4
    pages = PageCache(len(body) + 1010)
    page = CachedPage(body, "text/html", "")
    pages.keep("one", page)
    assert gzip.decompress(pages.encoded("one", page, "gzip")) == body
    assert pages.find("one") is None


def test_keeping_a_page_again_does_not_count_it_twice() -> None:
    pages = PageCache(10_000)
    for _ in range(50):
        pages.keep("one", CachedPage(b"x" * 900, "text/html", ""))
    assert pages.weight < 2000
