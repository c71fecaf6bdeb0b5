from decimal import Decimal

import pytest

from oer.indicators.plausibility import is_jump, quotient, scale_of, sum_warning, warnings_for


def codes(value: str, unit: str = "%", numerator: str = "", denominator: str = "", previous: str = "") -> list[str]:
    numbers = [Decimal(each) if each else None for each in (value, numerator, denominator)]
    return [each.code for each in warnings_for(*numbers, unit, Decimal(previous) if previous else None)]


def test_a_share_over_100_is_warned_of() -> None:
    assert codes("100.1") == ["over_100"]
    assert codes("100") == []
    assert codes("120", unit="per 100") == []


def test_a_value_that_is_not_its_quotient_is_warned_of() -> None:
    assert codes("71.28", numerator="1505684", denominator="2112350") == []
    assert codes("70", numerator="1505684", denominator="2112350") == ["not_the_quotient"]
    assert codes("5", unit="number", numerator="1", denominator="3") == []


@pytest.mark.parametrize(
    ("value", "previous", "unit", "jumps"),
    [
        ("50", "30", "%", True),
        ("49", "30", "%", False),
        ("3", "2", "number", True),
        ("2.9", "2", "number", False),
        ("2", "3", "number", True),
        ("0", "4", "number", True),
        ("0", "0", "number", False),
        ("-2", "2", "number", True),
    ],
)
def test_what_is_a_jump(value: str, previous: str, unit: str, jumps: bool) -> None:
    assert is_jump(Decimal(value), Decimal(previous), unit) is jumps


def test_a_jump_is_told_with_last_times_value() -> None:
    found = warnings_for(Decimal(90), None, None, "%", Decimal(60))
    assert [(each.code, each.values) for each in found] == [("jump", {"previous": Decimal(60)})]


def test_no_value_has_no_warnings() -> None:
    assert warnings_for(None, Decimal(1), Decimal(0), "%", Decimal(3)) == []


def test_quotients_come_in_the_unit() -> None:
    assert quotient(Decimal(5), Decimal(200_000), "per 100,000") == Decimal("2.5")
    assert quotient(Decimal(1), Decimal(3), "%") == Decimal("33.333333")
    assert quotient(Decimal(1), Decimal(0), "%") is None
    assert quotient(Decimal(1), Decimal(3), "number") is None
    assert scale_of("% of provinces") == 100


def test_places_that_do_not_add_up_are_warned_of() -> None:
    places = [Decimal(40), Decimal(50)]
    assert sum_warning(places, Decimal(90)) is None
    assert sum_warning(places, Decimal("90.5")) is None
    found = sum_warning(places, Decimal(100))
    assert found is not None
    assert found.values == {"sum": Decimal(90), "city": Decimal(100)}
    assert sum_warning([], Decimal(3)) is None
    assert sum_warning(places, None) is None
