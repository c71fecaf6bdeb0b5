from datetime import date

import sqlalchemy as sa

from oer.usage.models import QueryFigure, SearchFigure
from oer.usage.services.days import compute_day, store_day
from oer.usage.services.nightly import count_due_days
from tests.usage.factories import a_note, at, spooled

DAY = date(2026, 3, 10)
LATER = at("2026-03-12 12:00")


def search(words, minute=0, *, visitor="v1", hits=3, language="vi", hour=12, **fields):
    moment = at(f"2026-03-10 {hour}:00")
    return a_note(
        "search",
        words=words,
        hits=hits,
        visitor=visitor,
        language=language,
        moment=moment,
        seconds=minute * 60,
        **fields,
    )


def opened(minute, visitor="v1", via="search", **fields):
    return a_note(visitor=visitor, moment=at("2026-03-10 12:00"), seconds=minute * 60, via=via, **fields)


def figures(installation, notes):
    spooled(installation, notes)
    count_due_days(installation.database, LATER)
    with installation.database.reading() as session:
        days = {
            row.language: (row.searches, row.without_result, row.abandoned)
            for row in session.scalars(sa.select(SearchFigure))
        }
        queries = {row.folded: row for row in session.scalars(sa.select(QueryFigure))}
    return days, queries


def test_searches_are_counted_by_language_with_those_without_a_result(installation):
    days, _ = figures(
        installation, [search("toán"), search("toán", 1, hits=0), search("maths", 2, language="en", hits=0)]
    )
    assert days == {"vi": (2, 1, 1), "en": (1, 1, 0)}


def test_a_search_is_abandoned_if_its_visitor_opens_no_result_within_half_an_hour(installation):
    notes = [search("a"), opened(29)]
    notes += [search("b", visitor="v2"), opened(31, "v2")]
    notes += [search("c", visitor="v3"), opened(5, "v3", via="other")]
    notes += [search("d", visitor="v4"), opened(5, "v4", via="")]
    notes += [search("e", visitor="v5"), opened(-1, "v5")]
    _, queries = figures(installation, notes)
    assert {folded: row.abandoned for folded, row in queries.items()} == {"a": 0, "b": 1, "c": 1, "d": 0, "e": 1}


def test_a_search_of_the_last_half_hour_is_not_abandoned_yet(installation, session):
    spooled(installation, [search("a")])
    for minutes, abandoned in ((29, 0), (31, 1)):
        now = at(f"2026-03-10 12:{minutes}")
        store_day(session, compute_day(session, DAY, now))
        assert session.scalars(sa.select(QueryFigure.abandoned)).one() == abandoned


def test_all_spellings_of_a_query_are_one_and_the_commonest_stands_for_them(installation):
    spellings = ["học liệu", "Học  Liệu", "hoc lieu", "học liệu"]
    _, queries = figures(installation, [search(words, n, visitor=f"v{n}") for n, words in enumerate(spellings)])
    (row,) = queries.values()
    assert (row.words, row.visitors, row.searches) == ("học liệu", 4, 4)


def test_a_visitor_who_asks_again_and_again_is_one_visitor(installation):
    _, queries = figures(installation, [search("toan", n) for n in range(6)])
    assert (queries["toan"].visitors, queries["toan"].searches) == (1, 6)


def test_robots_search_too_and_count_nowhere(installation):
    assert figures(installation, [search("toán", user_agent="GPTBot/1.2")]) == ({}, {})


def test_a_hostile_query_is_one_harmless_row(installation):
    _, queries = figures(
        installation, [search("=cmd|' /C calc'!A0\r\n\x1b[31m<script>", hits=0), search("\x00", 1), search("", 2)]
    )
    (row,) = queries.values()
    assert row.words.isprintable()
    assert row.without_result == 1
