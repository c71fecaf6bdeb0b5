"""Each formula with the worked example of its line in computed_indicators.yaml."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oer.indicators.computation import formulas
from oer.indicators.computation.formulas import FigureState, Result, per, share
from oer.indicators.set_files.files import shipped_sets

EXAMPLES = {
    line.code: line.facts["worked_example"] for each in shipped_sets() if each.code == "LC" for line in each.lines
}


def rounded(result: Result) -> Decimal:
    assert result.state is FigureState.OK
    assert result.value is not None
    return round(result.value, 2 if result.value < 2 else 1)


def test_lc03_is_per_thousand_residents() -> None:
    assert EXAMPLES["LC-03"].startswith("240 active people, 60,000 residents 15+: 4.0")
    result = formulas.active_per_thousand(240, 60_000, "Thống kê, 2026-01-01", "")
    assert rounded(result) == Decimal("4.0")
    assert result.denominator_source == "Thống kê, 2026-01-01"


def test_lc03_without_a_dated_denominator_is_no_rate() -> None:
    assert formulas.active_per_thousand(240, 60_000, "", "no table").why == "no table"
    assert formulas.active_per_thousand(240, None, "x", "no table").state is FigureState.NO_DATA


def test_lc04_coverage() -> None:
    assert EXAMPLES["LC-04"] == "93 second-level subjects, 62 with >=5: coverage 66.7%"
    counts = {f"s{n}": 5 if n < 62 else 4 for n in range(93)}
    assert rounded(formulas.subject_coverage(counts, list(counts))) == Decimal("66.7")


def test_lc05_level_coverage() -> None:
    assert EXAMPLES["LC-05"] == "12 of 15 = 80.0%"
    counts = {f"l{n}": 20 for n in range(12)} | {"l12": 19}
    assert rounded(formulas.level_coverage(counts, [f"l{n}" for n in range(15)])) == Decimal("80.0")


@pytest.mark.parametrize(
    ("code", "numerator", "denominator", "said", "expected"),
    [
        ("LC-06", 540, 1200, "45.0%", "45.0"),
        ("LC-07", 86, 1200, "7.2%", "7.2"),
        ("LC-08", 150, 1200, "12.5%", "12.5"),
        ("LC-19", 720, 1200, "60.0%", "60.0"),
    ],
)
def test_shares_of_what_is_in_service(code: str, numerator: int, denominator: int, said: str, expected: str) -> None:
    assert EXAMPLES[code].endswith(said)
    assert rounded(share(numerator, denominator)) == Decimal(expected)


def test_lc10_is_of_those_who_answered() -> None:
    assert EXAMPLES["LC-10"] == "300 answered, 120 in a priority group: 40.0%"
    answers = [["workers", "parents"]] * 120 + [["students"]] * 180 + [[]] * 700
    result = formulas.priority_share(answers, {"workers", "homemakers"})
    assert rounded(result) == Decimal("40.0")
    assert (result.numerator, result.denominator) == (120, 300)
    assert rounded(formulas.answer_rate(300, 1000)) == Decimal("30.0")


def test_lc11_regular_learners() -> None:
    assert EXAMPLES["LC-11"] == "of 1,000 active people 180 active in 3+ weeks: 18.0%"
    assert rounded(formulas.regular_share(180, 1000)) == Decimal("18.0")


def test_lc12_completions() -> None:
    assert EXAMPLES["LC-12"] == "40 completions of 160 started: 25.0%"
    assert rounded(formulas.completion_share(40, 160)) == Decimal("25.0")


def test_lc13_satisfaction() -> None:
    assert EXAMPLES["LC-13"] == "45 of 60 = 75.0%"
    good, mean = formulas.satisfaction({5: 30, 4: 15, 3: 10, 1: 5})
    assert rounded(good) == Decimal("75.0")
    assert rounded(mean) == Decimal("4.1")


def test_lc13_needs_thirty_ratings() -> None:
    assert [each.state for each in formulas.satisfaction({5: 29})] == [FigureState.TOO_FEW] * 2
    assert [each.state for each in formulas.satisfaction({})] == [FigureState.NO_DATA] * 2


def test_lc14_searches_without_result() -> None:
    assert EXAMPLES["LC-14"] == "80 of 2,000 = 4.0%"
    assert rounded(formulas.without_result(80, 2000)) == Decimal("4.0")


def test_lc15_contributing_organisations() -> None:
    assert EXAMPLES["LC-15"] == "14 wards + 9 departments + 6 companies = 29"
    kinds = ["ward"] * 14 + ["department"] * 9 + ["company"] * 6
    assert formulas.contributing_organisations(kinds).value == 29


def test_lc16_learning_points() -> None:
    assert EXAMPLES["LC-16"] == "132 of 165 registered points in use: 80.0%"
    assert rounded(formulas.points_in_use(132, 165)) == Decimal("80.0")


def test_lc18_uplift_of_an_event() -> None:
    assert EXAMPLES["LC-18"] == "9,000 / 6,000 = 1.50"
    assert rounded(formulas.event_uplift(9000, [5000, 6000, 6500, 6500])) == Decimal("1.50")
    assert formulas.event_uplift(9000, [4500]).value == 2, "of a younger repository"
    assert formulas.event_uplift(9000, [0, 0, 0, 0]).state is FigureState.NO_DATA
    with pytest.raises(ValueError, match="four"):
        formulas.event_uplift(9000, [6000] * 5)


def test_lc20_timeliness() -> None:
    assert EXAMPLES["LC-20"] == "150 of 168 wards on time and complete: 89.3%"
    assert rounded(formulas.timeliness(150, 168)) == Decimal("89.3")


def test_every_formula_with_an_example_is_tested_here() -> None:
    # LC-01, LC-02 and LC-09 are counted by usage, and LC-17 comes counted in a table: test_computed.py follows them to
    # the figure. LC-09's example is "see counter_cases.json", which usage's own tests count.
    elsewhere = {"LC-01", "LC-02", "LC-09", "LC-17"}
    here = {f"LC-{name[7:9]}" for name in globals() if name.startswith("test_lc")}
    assert here | {"LC-06", "LC-07", "LC-08", "LC-19"} | elsewhere == set(EXAMPLES)


@pytest.mark.parametrize(
    ("licence", "is_open"),
    [
        ("https://creativecommons.org/licenses/by/4.0/", True),
        ("https://creativecommons.org/licenses/by-sa/3.0/igo/", True),
        ("https://creativecommons.org/publicdomain/zero/1.0/", True),
        ("https://creativecommons.org/publicdomain/mark/1.0/", True),
        ("https://creativecommons.org/licenses/by-nc/4.0/", False),
        ("https://creativecommons.org/licenses/by-nc-sa/4.0/", False),
        ("https://creativecommons.org/licenses/by-nd/4.0/", False),
        ("all-rights-reserved", False),
        ("", False),
    ],
)
def test_which_licences_are_open(licence: str, is_open: bool) -> None:
    assert formulas.is_open_licence(licence) is is_open


@pytest.mark.parametrize(
    ("subject", "counts"),
    [("env.rac", True), ("env", True), ("cul.di-san", True), ("cul.le-hoi", False), ("environment.x", False)],
)
def test_which_subjects_are_local_or_sustainable(subject: str, counts: bool) -> None:
    assert formulas.is_local_or_sustainable(subject) is counts


def test_a_rate_of_fewer_than_thirty_people_is_not_made() -> None:
    result = formulas.regular_share(20, 29)
    assert (result.state, result.value, result.denominator) == (FigureState.TOO_FEW, None, 29)


def test_a_hidden_figure_keeps_its_numbers() -> None:
    assert share(5, 100).suppressed(FigureState.HIDDEN) == Result(
        FigureState.HIDDEN, Decimal(5), Decimal(5), Decimal(100)
    )
    assert Result.nothing("why").suppressed(FigureState.HIDDEN).state is FigureState.NO_DATA


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_rate_times_its_denominator_is_its_numerator(numerator: int, denominator: int) -> None:
    value = per(numerator, denominator, 1000).value
    assert value is not None
    assert abs(value * denominator / 1000 - numerator) < Decimal("0.0001")
