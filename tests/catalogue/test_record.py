"""The metadata record: what is taken, in which form it is kept, how a error is named."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oer.catalogue.checks import InvalidRecord
from oer.catalogue.schemas.record import CHECKS, parse_record

WHOLE = {
    "title": {"vi": "An toàn điện trong nhà", "en": "Electrical safety at home"},
    "summary": {"vi": "Dòng một.\n\nDòng hai."},
    "creators": [
        {
            "name": "Kho học liệu mở",
            "role": "author",
            "affiliation": "Thành phố Hồ Chí Minh",
            "orcid": "0000-0002-1825-0097",
        }
    ],
    "unit": "kho-hoc-lieu",
    "subjects": ["bas.song"],
    "levels": ["moi-trinh-do"],
    "grades": ["lop-6"],
    "school_subjects": ["toan"],
    "types": ["handbook"],
    "audiences": ["all"],
    "language": ["vi"],
    "keywords": ["điện", "an toàn"],
    "licence": "https://creativecommons.org/licenses/by/4.0/",
    "time_required": "PT3H",
    "typical_age": "18-",
    "outcomes": {"vi": ["Biết ngắt cầu dao"]},
    "prerequisites": {"vi": ["Biết đọc"]},
    "accessibility": {
        "access_mode": ["textual"],
        "features": ["tableOfContents"],
        "hazards": ["none"],
        "summary": {"vi": "Có mục lục."},
    },
    "source_url": "https://example.org/tai-lieu?a=1#b",
    "published_on": "2026-03-01",
    "place": "26506",
    "relations": [{"type": "isBasedOn", "target": "https://example.org/goc"}],
}


def faults_of(record):
    with pytest.raises(InvalidRecord) as caught:
        parse_record(record)
    return {error.field: str(error) for error in caught.value.errors}


def test_a_whole_record_is_kept_as_it_is():
    assert parse_record(WHOLE) == WHOLE


def test_every_field_of_the_schema_is_in_the_example():
    assert list(WHOLE) == list(CHECKS)


def test_fields_come_out_in_one_order_and_empty_ones_not_at_all():
    turned = dict(reversed(WHOLE.items())) | {"keywords": ["", "  "], "place": None, "summary": {"vi": " "}}
    assert list(parse_record(turned)) == [name for name in CHECKS if name not in {"keywords", "place", "summary"}]


def test_an_unknown_field_is_named():
    assert faults_of({**WHOLE, "titel": "x"}) == {"titel": "There is no field “titel” here."}


@pytest.mark.parametrize("name", ["id", "owner", "status", "role", "state"])
def test_nobody_sets_what_is_not_metadata(name):
    assert name in faults_of({**WHOLE, name: "admin"})


def test_an_unknown_field_inside_is_named_with_its_place():
    assert list(faults_of({"creators": [{"name": "A"}, {"name": "B", "mail": "b@example.org"}]})) == [
        "creators[1].mail"
    ]


def test_all_faults_are_told_at_once():
    found = faults_of({"title": "An toàn", "licence": "free", "subjects": ["x"], "time_required": "3 giờ"})
    assert list(found) == ["title", "subjects[0]", "licence", "time_required"]


def test_the_words_of_an_invalid_record_name_every_field():
    with pytest.raises(InvalidRecord, match=r"title: .*; place: .*26000"):
        parse_record({"title": 3, "place": "26000"})


def test_marks_are_composed_and_what_nobody_sees_is_left_out():
    record = parse_record({"title": {"vi": "Đề\u0300\x00 \u202ethi\r\n\ud800  cuối"}, "summary": {"vi": "a \r\nb\x0b"}})
    assert record == {"title": {"vi": "Đề\u0300 thi cuối"}, "summary": {"vi": "a\nb"}}
    assert parse_record({"title": {"vi": "De\u0302\u0300"}}) == {"title": {"vi": "Dề"}}


def test_a_creator_who_says_nothing_else_is_an_author():
    assert parse_record({"creators": [{"name": "A"}, {}]}) == {"creators": [{"name": "A", "role": "author"}]}


def test_a_creator_needs_a_name():
    assert list(faults_of({"creators": [{"role": "editor"}]})) == ["creators[0].name"]


def test_a_relation_points_to_a_material_or_an_address():
    relations = [{"type": "isPartOf", "target": "00000-00000"}, {"type": "requires", "target": "ftp://example.org"}]
    assert list(faults_of({"relations": relations})) == ["relations[1].target"]


@pytest.mark.parametrize("value", [None, [], "text", 3])
def test_a_record_is_an_object(value):
    assert list(faults_of(value)) == [None]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", {"vi": "x" * 301}),
        ("title", {"xx": "x"}),
        ("title", {"vi": 1}),
        ("language", "vi"),
        ("language", ["vn"]),
        ("keywords", ["x"] * 51),
        ("outcomes", {"vi": "one"}),
        ("accessibility", {"features": ["all"]}),
        ("creators", [{"name": "A", "orcid": "0000-0002-1825-0098"}]),
        ("published_on", "2026-02-30"),
    ],
)
def test_a_wrong_value_is_refused(field, value):
    assert [name for name in faults_of({field: value}) if name.startswith(field)]


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.just("vi"), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from([*CHECKS, "other"]), JSON, max_size=5) | JSON)
def test_whatever_comes_is_taken_or_refused_with_a_reason(value):
    try:
        record = parse_record(value)
    except InvalidRecord as error:
        assert error.errors
    else:
        assert parse_record(record) == record
        json.dumps(record, ensure_ascii=False).encode()


@settings(max_examples=100)
@given(st.text(max_size=40), st.text(max_size=40))
def test_parsing_twice_is_parsing_once(title, summary):
    once = parse_record({"title": {"vi": title}, "summary": {"vi": summary}, "outcomes": {"vi": [title, summary]}})
    assert parse_record(once) == once
