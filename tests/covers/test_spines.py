"""A course as a shelf of spines."""

import itertools
import re
from zlib import crc32

import pytest
from lxml import etree

from oer.covers.palettes import palette_of
from oer.covers.spines import ON_A_SHELF, Volume, draw_spines, shelf_with, thickness

COURSE = tuple(Volume(f"aaaa{number}-bbbbb", subject, number * 30.0) for number, subject in enumerate(
    ("bas.song", "dig", "hea.so-cuu", "", "unknown.code"), 1
))  # fmt: skip


def spines_of(svg: str) -> list[tuple[str, float, float, int]]:
    """Colour, left edge, thickness and height of each spine."""
    found = re.findall(r'fill="(#[0-9a-fA-F]{3,6})" d="M([\d.]+) \d+h([\d.]+)v(\d+)h-\3z"/>', svg)
    return [(colour, float(left), float(thick), int(high)) for colour, left, thick, high in found if int(high) >= 40]


def test_a_spine_has_the_colour_of_its_subject_and_is_as_thick_as_it_takes_time() -> None:
    spines = spines_of(draw_spines(COURSE))
    assert [colour for colour, *_ in spines] == [palette_of(each.subject.partition(".")[0]).ground for each in COURSE]
    assert [thick for *_, thick, _ in spines] == [round(thickness(each.minutes), 1) for each in COURSE]
    assert [high for *_, high in spines] == [40 + crc32(each.public_id.encode()) % 23 for each in COURSE]


@pytest.mark.parametrize(("less", "more"), [(5.0, 20.0), (30.0, 60.0), (60.0, 120.0)])
def test_four_times_the_time_is_twice_as_thick(less: float, more: float) -> None:
    assert thickness(less) < thickness(more) < more / less * thickness(less)


@pytest.mark.parametrize("minutes", [None, 0.0, 0.01, 1e9])
def test_no_spine_is_too_thin_to_be_seen_or_fills_the_shelf(minutes: float | None) -> None:
    assert 12 <= thickness(minutes) <= 60


def test_spines_stand_beside_each_other_and_an_arrow_says_which_one_is_here() -> None:
    spines = spines_of(draw_spines(COURSE, 2))
    for (_, left, thick, _), (_, after, _, _) in itertools.pairwise(spines):
        assert 1.8 < after - left - thick < 2.2
    arrow = etree.fromstring(draw_spines(COURSE, 2)).find(".//{*}path[@class='here']")
    tip = float(re.match(r"M([\d.]+)", arrow.get("d"))[1]) + 5
    assert abs(tip - spines[2][1] - spines[2][2] / 2) < 0.2
    assert "here" not in draw_spines(COURSE)


@pytest.mark.parametrize("count", [1, ON_A_SHELF, ON_A_SHELF + 1, 500])
def test_a_long_course_shows_the_spines_around_the_one_that_is_here(count: int) -> None:
    volumes = tuple(Volume(str(number), "", None) for number in range(count))
    for here in {0, count // 2, count - 1}:
        shown, place = shelf_with(volumes, here)
        assert shown[place] == volumes[here]
        assert len(shown) == min(count, ON_A_SHELF)
