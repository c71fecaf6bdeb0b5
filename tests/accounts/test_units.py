"""Organisations."""

import pytest
import sqlalchemy as sa

from oer.accounts import queries
from oer.accounts.models import Unit
from oer.accounts.services.units import change_unit, create_unit, load_wards
from oer.core.errors import Conflict, Invalid, NotFound

NAME = {"vi": "Trường THPT Lê Hồng Phong", "en": "Lê Hồng Phong High School"}


def create(session, **fields):
    values = {"code": "thpt-lhp", "name": NAME, "kind": "school", "ward_code": "26740"}
    return create_unit(session, None, **{**values, **fields})


def test_the_168_wards_are_units_and_loading_again_changes_nothing(session):
    assert load_wards(session) == 168
    assert load_wards(session) == 0
    ward = queries.find_unit_by_code(session, "26740")
    assert (ward.kind, ward.ward_code) == ("ward", "26740")
    assert ward.name["vi"].startswith(("Phường", "Xã", "Đặc khu"))
    assert ward.name["en"]


def test_a_ward_that_was_renamed_in_the_vocabulary_is_renamed_and_its_revision_rises(session):
    load_wards(session)
    ward = queries.find_unit_by_code(session, "26740")
    right, ward.name = ward.name, {"vi": "Tên cũ"}
    assert load_wards(session) == 1
    assert (ward.name, ward.revision) == (right, 2)


def test_a_unit_is_made_and_recorded(session, audited):
    unit = create(session)
    assert queries.find_unit_by_code(session, "thpt-lhp") is unit
    assert (unit.revision, unit.name) == (1, NAME)
    assert audited() == ["unit.created"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"code": ""}, "code"),
        ({"code": "../x"}, "code"),
        ({"code": "Trường"}, "code"),
        ({"code": "a" * 65}, "code"),
        ({"name": {"en": "only English"}}, "name"),
        ({"name": {"vi": "  "}}, "name"),
        ({"name": {"vi": "x" * 201}}, "name"),
        ({"kind": "pub"}, "kind"),
        ({"ward_code": "99999"}, "ward_code"),
    ],
)
def test_a_faulty_unit_is_refused_naming_the_field(session, fields, field):
    with pytest.raises(Invalid) as refused:
        create(session, **fields)
    assert refused.value.field == field
    assert session.scalars(sa.select(Unit)).all() == []


def test_a_code_is_taken_once(session):
    create(session)
    with pytest.raises(Conflict) as refused:
        create(session, name={"vi": "Trường khác"})
    assert refused.value.field == "code"


def test_a_change_raises_the_revision_and_saving_the_same_does_not(session):
    unit = create(session)
    change_unit(session, None, unit, name=NAME, kind="school", ward_code="26740")
    assert unit.revision == 1
    change_unit(session, None, unit, name={"vi": "Tên mới"}, kind="school", ward_code=None)
    assert (unit.revision, unit.name, unit.ward_code) == (2, {"vi": "Tên mới"}, None)


def test_units_are_found_with_and_without_marks_and_by_code(session):
    unit = create(session)
    create(session, code="other", name={"vi": "Thư viện"}, kind="library")
    for words in ("le hong phong", "LÊ HỒNG", "thpt-lhp", "high school"):
        assert queries.list_units(session, words=words).items == [unit]
    assert [each.code for each in queries.list_units(session, kind="library").items] == ["other"]
    assert queries.list_units(session, words="%").items == []


def test_units_come_in_the_order_of_a_dictionary_wards_last(session):
    load_wards(session)
    create(session, code="bbb", name={"vi": "Đại học"})
    create(session, code="aaa", name={"vi": "Ấp Văn hóa"})
    create(session, code="ccc", name={"vi": "Dạy nghề"})
    assert [unit.code for unit in queries.all_units(session)[:3]] == ["aaa", "ccc", "bbb"]


def test_an_unknown_unit_is_not_found(session):
    with pytest.raises(NotFound) as refused:
        queries.find_unit_by_code(session, "nowhere")
    assert "nowhere" in str(refused.value)
