from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import yaml

from oer.core.errors import Unprocessable
from oer.indicators.set_files.documents import LineDocument, SetDocument, TargetDocument
from oer.indicators.set_files.files import read_set_file, shipped_sets
from oer.indicators.set_files.workbooks import read_workbook, write_workbook
from oer.indicators.set_files.yaml_files import read_yaml, write_yaml

SETS = {each.code: each for each in shipped_sets()}


def test_unesco_has_3_areas_12_focus_areas_42_features_and_60_measures() -> None:
    lines = SETS["UNESCO-KF"].lines
    counts = [
        len({getattr(line, name) for line in lines}) for name in ("area_code", "group_code", "feature_code", "code")
    ]
    assert counts == [3, 12, 42, 60]
    assert len({line.area["en"] for line in lines}) == 3
    assert len({line.group["vi"] for line in lines}) == 12


def test_the_repository_feeds_20_measures_none_alone() -> None:
    feeds = [line.feed for line in SETS["UNESCO-KF"].lines]
    assert {feed: feeds.count(feed) for feed in set(feeds)} == {"none": 40, "partial": 6, "proxy": 6, "evidence": 8}


def test_every_set_of_the_files_is_there() -> None:
    counts = {code: len(each.lines) for code, each in SETS.items()}
    assert counts == {
        "UNESCO-KF": 60, "QD1373": 12, "QD387": 8, "QD677": 4, "CDHT": 7, "TT24-2023": 14, "TT25-2023": 12,
        "TT22-2020": 0, "QD1315": 0, "LC": 20,
    }  # fmt: skip


def test_the_learning_district_ends_with_the_districts() -> None:
    line = next(each for each in SETS["QD1373"].lines if each.code == "1373.11")
    assert line.valid_to == date(2025, 6, 30)
    assert line.targets == [TargetDocument(2030, value=Decimal(50))]


def test_targets_are_read_in_each_of_their_shapes() -> None:
    by_code = {line.code: line.targets for each in SETS.values() for line in each.lines}
    assert by_code["387.1"] == [TargetDocument(2025, value=Decimal(70)), TargetDocument(2030, value=Decimal(80))]
    assert by_code["24.3.1"] == [
        TargetDocument(grade="level1", value=Decimal(90)),
        TargetDocument(grade="level2", value=Decimal(95)),
    ]
    assert by_code["24.3.4"][1] == TargetDocument(grade="level2", text="đáp ứng tốt")
    assert by_code["24.1.1"] == [TargetDocument(text="yes/no")]
    assert by_code["cdht.1"] == []


def test_how_an_indicator_is_answered_follows_its_unit() -> None:
    answers = {line.code: line.answer for each in SETS.values() for line in each.lines}
    assert answers["1.1.1.a"] == "percent"
    assert answers["1373.1"] == "percent"
    assert answers["1.2.1.a"] == "number"
    assert answers["3.1.1.a"] == "text"
    assert answers["24.1.1"] == "yes_no"
    assert answers["24.3.4"] == "text"


def test_each_line_says_how_far_its_wording_is_verified() -> None:
    assert all(line.verification for each in SETS.values() for line in each.lines)


@pytest.mark.parametrize("code", list(SETS))
def test_a_set_comes_back_from_yaml_as_it_went(code: str) -> None:
    assert read_yaml(write_yaml(SETS[code])) == [SETS[code]]


@pytest.mark.parametrize("code", list(SETS))
def test_a_set_comes_back_from_a_workbook_as_it_went(code: str) -> None:
    found = read_workbook(write_workbook(SETS[code]))
    assert found == [SETS[code]]
    assert found[0].digest() == SETS[code].digest()


def test_another_wording_is_another_digest() -> None:
    document = SETS["QD677"]
    first = replace(document.lines[0], wording={"vi": "Khác"})
    assert replace(document, lines=[first, *document.lines[1:]]).digest() != document.digest()


def _plain(**more: object) -> dict[str, object]:
    return {"schema": "oer_indicator_set/1", "code": "X", "name": {"vi": "Bộ thử"}, **more}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (_plain(colour="red"), "colour"),
        (_plain(name=""), "name"),
        (_plain(kind="other"), "kind"),
        (_plain(valid_from="hôm qua"), "valid_from"),
        (_plain(lines=[{"code": "1"}]), r"X, 1 \(1\).*wording"),
        (_plain(lines=[{"code": "1", "wording": "chữ"}]), "wording"),
        (_plain(lines=[{"code": "1", "wording": {"vi": "a"}}, {"code": "1", "wording": {"vi": "b"}}]), "twice"),
        (_plain(lines=[{"code": "1", "wording": {"vi": "a"}, "answer": "maybe"}]), "answer"),
        (_plain(lines=[{"code": "1", "wording": {"vi": "a"}, "targets": [{"value": "nhiều"}]}]), "value"),
        (_plain(lines=["1"]), "lines"),
        ({"schema": "unesco_key_features/1", "meta": {}}, "features"),
        ({"schema": "other/1"}, "other/1"),
        ([1, 2], "mapping"),
    ],
)
def test_a_mistake_in_a_file_is_told_where_it_stands(values: object, told: str) -> None:
    with pytest.raises(Unprocessable, match=told):
        read_yaml(yaml.safe_dump(values))


@pytest.mark.parametrize("content", [b"\x00\xff", b"a: [", b"PK\x03\x04 broken", b""])
def test_a_file_that_is_no_set_is_refused(content: bytes) -> None:
    with pytest.raises(Unprocessable):
        read_set_file(content)


def test_formulas_in_a_text_stay_text() -> None:
    document = SetDocument("X", {"vi": "=1+1"}, lines=[LineDocument("=A1", {"vi": "=HYPERLINK(1)"})])
    assert read_workbook(write_workbook(document)) == [document]
