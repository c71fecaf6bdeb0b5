from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oer.core.errors import Invalid
from oer.indicators.quantities import read_quantity, show_quantity


@pytest.mark.parametrize(
    ("typed", "language", "meant"),
    [
        ("1.505.684", "vi", "1505684"),
        ("71,28", "vi", "71.28"),
        ("1.505.684,5", "vi", "1505684.5"),
        ("1.505", "vi", "1505"),
        ("1.505", "en", "1.505"),
        ("1,505", "en", "1505"),
        ("1,505", "vi", "1.505"),
        ("71.28", "vi", "71.28"),
        ("71,28", "en", "71.28"),
        ("1,505,684.25", "vi", "1505684.25"),
        ("1.505.684", "en", "1505684"),
        ("0.125", "vi", "0.125"),
        ("1 505 684", "vi", "1505684"),
        ("1\u00a0505", "vi", "1505"),
        ("71,28 %", "vi", "71.28"),
        ("-3,5", "vi", "-3.5"),
        ("\u22123,5", "vi", "-3.5"),
        ("007", "vi", "7"),
        ("1234567", "vi", "1234567"),
    ],
)
def test_a_number_means_what_its_writer_meant(typed: str, language: str, meant: str) -> None:
    assert read_quantity(typed, language) == Decimal(meant)


@pytest.mark.parametrize(
    "typed",
    [
        "abc",
        "12a",
        "1e5",
        "1.2.3",
        "1.50.000",
        "1,,5",
        ",5",
        "5,",
        "1.505,684,2",
        "--3",
        "1-2",
        "%",
        "NaN",
        "٣",
        "1.505,6.8",
    ],
)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_is_no_number_is_told(typed: str, language: str) -> None:
    with pytest.raises(Invalid, match="not a number") as refused:
        read_quantity(typed, language)
    assert refused.value.code == "not_a_number"


def test_a_number_beyond_all_sense_is_told() -> None:
    with pytest.raises(Invalid) as refused:
        read_quantity("9" * 19, "vi")
    assert refused.value.code == "number_too_long"
    with pytest.raises(Invalid):
        read_quantity("0,1234567", "vi")


@pytest.mark.parametrize("typed", ["", "   ", "\u00a0"])
def test_nothing_typed_is_no_number(typed: str) -> None:
    assert read_quantity(typed, "vi") is None


@given(
    st.decimals(min_value=-(10**15), max_value=10**15, places=6, allow_nan=False),
    st.sampled_from(["vi", "en"]),
)
def test_what_is_shown_can_be_typed_back(value: Decimal, language: str) -> None:
    assert read_quantity(show_quantity(value, language), language) == value


def test_places_are_rounded_as_in_school() -> None:
    assert show_quantity(Decimal("66.65"), "vi", 1) == "66,7"
    assert show_quantity(Decimal("1505684"), "vi") == "1.505.684"
    assert show_quantity(Decimal("1505684.50"), "en") == "1,505,684.5"
    assert show_quantity(Decimal("-0.0001"), "en", 2) == "0.00"
    assert show_quantity(None, "vi") == ""
