"""What makes two names those of one person."""

import pytest

from oer.vietnamese.names import name_key


@pytest.mark.parametrize(
    "names",
    [
        ("Nguyễn Thị Hòa", "Nguyễn Thị Hoà", "NGUYỄN THỊ HOÀ", "Nguyễn  Thị Hòa.", "Nguyễn Thị Hoa\u0300"),
        ("Trần Thủy", "Trần Thuỷ", "Tr\u00adần Thuỷ"),
        ("Đỗ Khỏe", "\u00d0ỗ Khoẻ"),
        ("Anne-Marie", "Anne\u2010Marie", "anne\u2013marie"),
        ("J. R. O'Neill", "J R O\u2019Neill"),
        ("Lê", "\U0001d40bê"),
    ],
)
def test_these_are_one(names):
    assert len({name_key(name) for name in names}) == 1
    assert name_key(name_key(names[0])) == name_key(names[0])


@pytest.mark.parametrize(
    "names",
    [
        ("Nguyễn Thị Hoa", "Nguyễn Thị Hòa", "Nguyễn Thị Hóa", "Nguyễn Thị Hoá Xuân"),
        ("Anne-Marie", "Ann Mari", "Anne Marie"),
        ("Lý", "Lí"),
        ("Quý", "Qúy khách"),
        ("Dân", "Đan", "Dan"),
        ("Nhóm C", "Nhóm C++", "Nhóm C#"),
        ("Planning", "Plan"),
    ],
)
def test_these_are_several(names):
    assert len({name_key(name) for name in names}) == len(names)


@pytest.mark.parametrize("name", ["..", ".", "-", "— ’ —", "/", "???", "\u200b"])
def test_signs_are_nobody(name):
    assert name_key(name) == ""


@pytest.mark.parametrize("name", ["a/b", "../x", "50% ?", "a\\b", "Vũ; Hà:"])
def test_a_key_is_one_step_of_an_address(name):
    assert not set("/\\?%;:.") & set(name_key(name))
