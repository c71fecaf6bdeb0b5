"""What is suggested: names of what is in service, and queries that bore fruit for five visitors of one day."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from oer.catalogue.models import Material
from oer.catalogue.services.changes import material_changed
from oer.core.clock import now, today
from oer.search.queries.suggestions import PopularQueries, popular_queries, suggestions
from oer.usage.models import QueryFigure
from oer.usage.services.nightly import count_due_days
from tests.usage.factories import a_note, city_noon, spooled


@pytest.fixture
def searched(installation):
    def search(words, visitors, *, hits=3, days=1, first=0):
        moment = city_noon(days)
        notes = [
            a_note("search", words=words, hits=hits, visitor=f"v{n}", moment=moment, seconds=n)
            for n in range(first, first + visitors)
        ]
        spooled(installation, notes)
        count_due_days(installation.database, now() + timedelta(days=1))

    return search


def suggested(client, typed):
    given = client.get("/en/search/suggest", query_string={"q": typed}).get_json()
    return [(each["kind"], each["text"]) for each in given["suggestions"]]


def test_a_query_is_suggested_once_five_visitors_made_it_within_one_day_and_found_something(client, handbook, searched):
    searched("Thuỷ lợi nội đồng", 5)
    searched("thủy lực riêng tư", 4)
    searched("thủy lực riêng tư", 4, days=2, first=10)
    searched("thủy cung", 6, hits=0)
    found = suggested(client, "thuy")
    assert ("Others searched for", "Thuỷ lợi nội đồng") in found
    assert not [text for _, text in found if "riêng" in text or "cung" in text]


@pytest.mark.parametrize("typed", ["th", "THUỶ L", "thuy lo", "thủy lợi", "loi noi", "đo", "dong"])
def test_marks_case_and_the_place_of_the_word_do_not_matter(client, handbook, searched, typed):
    searched("thuỷ lợi nội đồng", 5)
    assert ("Others searched for", "thuỷ lợi nội đồng") in suggested(client, typed)


def test_nothing_is_suggested_for_one_letter(client, handbook, searched):
    searched("thuỷ lợi nội đồng", 5)
    assert suggested(client, "t") == suggested(client, "") == suggested(client, " đ ") == []


def test_a_suggested_query_leads_to_its_results(client, handbook, searched):
    searched("thuỷ lợi", 5)
    [address] = [
        each["url"]
        for each in client.get("/search/suggest?q=thuy").get_json()["suggestions"]
        if each["kind"] == "Nhiều người tìm"
    ]
    assert handbook in client.get(address).text


def test_queries_of_long_ago_are_forgotten_and_the_commonest_come_first(session):
    for folded, visitors, days in (("cu", 50, 400), ("hai", 6, 3), ("mot", 9, 100)):
        session.add(
            QueryFigure(
                day=today() - timedelta(days=days),
                folded=folded,
                words=folded,
                visitors=visitors,
                searches=visitors,
                without_result=0,
                abandoned=0,
            )
        )
    session.flush()
    assert [each.folded for each in popular_queries(session)] == ["mot", "hai"]


def test_fruitful_queries_are_suggested_while_the_index_does_not_answer(installation, session, searched):
    searched("thuỷ lợi", 5)
    found = suggestions(session, installation.search_index, PopularQueries(), "thuy")
    assert [(each.kind, each.text) for each in found] == [("query", "thuỷ lợi")]


def test_titles_subjects_people_and_keywords_are_suggested(client, publish, indexed):
    publish(
        "Thống kê vui",
        subjects=["sch.toan"],
        keywords=["tổ hợp"],
        creators=[{"name": "Kho học liệu mở", "role": "author"}],
    )
    indexed()
    assert ("Material", "Thống kê vui") in suggested(client, "thong")
    assert ("Subject", "Toán") in suggested(client, "toa")
    assert ("Person", "Kho học liệu mở") in suggested(client, "hoc li")
    assert ("Keyword", "tổ hợp") in suggested(client, "to h")


def test_an_english_word_is_suggested_at_each_of_its_letters(client, publish, indexed):
    publish("Cooking and planning")
    indexed()
    for word in ("cooking", "planning"):
        for end in range(2, len(word) + 1):
            assert ("Material", "Cooking and planning") in suggested(client, word[:end]), word[:end]
    assert suggested(client, "cookinx") == []


def test_a_title_is_no_longer_suggested_once_it_was_changed_though_the_index_still_has_it(
    client, session, publish, indexed
):
    made = publish("Thống kê vui")
    indexed()
    material = session.scalars(sa.select(Material).where(Material.public_id == made)).one()
    material.current_version.record = material.current_version.record | {"title": {"vi": "Tổ hợp"}}
    material_changed(session, material)
    session.commit()
    assert suggested(client, "thong ke") == []
    indexed()
    assert suggested(client, "to h") == [("Material", "Tổ hợp")]


@pytest.fixture
def frauds(publish, indexed):
    publish("Gọi điện lừa tiền", subjects=["law"])
    publish("Quyền và nghĩa vụ", subjects=["law"])
    publish("Luật chơi để không bị lừa", subjects=["law"])
    indexed()


@pytest.mark.parametrize("typed", ["lừa", "lừ", "lua", "luwaf", "LUWAF t"])
def test_a_word_that_is_typed_is_suggested_before_a_subject_that_has_its_beginning(client, frauds, typed):
    assert suggested(client, typed)[0][0] == "Material"


def test_names_spelled_otherwise_than_typed_are_not_suggested(client, frauds):
    assert suggested(client, "lừa") == suggested(client, "luwaf")
    assert [text for _, text in suggested(client, "lừa")] == ["Gọi điện lừa tiền", "Luật chơi để không bị lừa"]


def test_popular_queries_spelled_otherwise_than_typed_are_not_suggested(client, handbook, searched):
    searched("luật giao thông", 9)
    searched("thủ đoạn lừa đảo", 5)
    assert suggested(client, "lừa")[0] == ("Others searched for", "thủ đoạn lừa đảo")
    assert ("Others searched for", "luật giao thông") not in suggested(client, "luwaf")


def test_a_letter_is_suggested_however_it_is_written(client, publish, indexed):
    publish(
        "Hướng dẫn \u00d0iện lực \u00d0ồng Nai",
        keywords=["sus\u00adtain\u00adable zero\u200bwidth"],
        creators=[{"name": "\U0001d40b\U0001d41e \u00d0ức", "role": "author"}],
    )
    indexed()
    for typed in ("Đồng", "\u00d0ồng", "đồ\u200bng", "dong nai", "đ\u00adiện l"):
        assert ("Material", "Hướng dẫn \u00d0iện lực \u00d0ồng Nai") in suggested(client, typed), typed
    for typed in ("le đức", "\U0001d40b\U0001d41e \u00d0", "le duc"):
        assert [kind for kind, _ in suggested(client, typed)] == ["Person"], typed
    for typed in ("sustainable zerow", "sustain\u00adable", "\U0001d42c\U0001d42e\U0001d42c"):
        assert [kind for kind, _ in suggested(client, typed)] == ["Keyword"], typed
