import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oer.usage.counter.counting import EventCounter, count
from oer.usage.counter.event_kinds import Excluded
from tests.usage.cases import CASES, NOON, event, figures, is_robot

MARCH = "2026-03"


def counted(events):
    return count(events, is_robot)


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: f"{case['id']} {case['title']}")
def test_every_given_case_is_counted_as_expected(case):
    assert counted(case["events"]) == case["expected"]


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["id"])
def test_the_order_of_a_cases_events_does_not_matter(case):
    shuffled = case["events"][:]
    random.Random(case["id"]).shuffle(shuffled)
    assert counted(reversed(case["events"])) == counted(shuffled) == case["expected"]


def test_a_thirtieth_of_a_second_too_late_is_two_actions():
    assert counted([event(0), event(30.033)])[MARCH]["A"] == figures(2, 2, 1, 1)


def test_the_address_is_compared_without_fragment_tracking_and_order_of_parameters():
    base = "https://hoclieu.example/i/A/f/1.pdf"
    addresses = [f"{base}?b=2&a=1", f"{base}?utm_source=zalo&a=1&b=2#page=3", f"{base}?a=1&b=2&fbclid=x&zarsrc=30"]
    events = [event(second, url=url) for second, url in enumerate(addresses)]
    assert counted(events)[MARCH]["A"] == figures(1, 1, 1, 1)


def test_other_parameters_make_another_address():
    assert counted([event(0, url="/x?page=1"), event(1, url="/x?page=2")])[MARCH]["A"] == figures(2, 2, 1, 1)


def test_the_page_and_the_file_within_seconds_are_two_actions_of_one_session():
    assert counted([event(0, kind="investigation"), event(3)])[MARCH]["A"] == figures(2, 1, 1, 1)


def test_the_user_ranks_above_the_cookie_and_the_cookie_above_the_session():
    assert counted([event(0, user="an", cookie="c1"), event(5, user="an", cookie="c2")])[MARCH]["A"]["TIR"] == 1
    assert counted([event(0, session="s1"), event(5, session="s2")])[MARCH]["A"]["TIR"] == 1
    assert counted([event(0, cookie=None, session="s1"), event(5, cookie=None, session="s2")])[MARCH]["A"]["TIR"] == 2


def test_a_logged_session_ranks_above_everything_where_uniques_are_counted():
    assert counted([event(0, session="s1"), event(60, session="s2")])[MARCH]["A"] == figures(2, 2, 2, 2)


def test_one_act_on_several_items_counts_for_each_of_them_once():
    several = event(0, items=["A", "B", "A"], url="https://hoclieu.example/download?ids=A,B")
    assert counted([several, several])[MARCH] == {"A": figures(1, 1, 1, 1), "B": figures(1, 1, 1, 1)}


def test_registered_text_mining_is_kept_apart_even_where_a_script_does_it():
    mining = event(0, method_attr="TDM", bulk_automated=True, ua="python-requests/2.32")
    assert counted([mining, event(60)])[MARCH] == {"A#TDM": figures(1, 1, 1, 1), "A": figures(1, 1, 1, 1)}


@pytest.mark.parametrize(
    ("byte_range", "times"),
    [
        ("bytes=0-", 1),
        ("bytes=0-499", 1),
        ("BYTES = 0-9, 50-", 1),
        ("bytes=-500", 0),
        ("bytes=1-", 0),
        ("bytes=05-", 0),
        ("pages=0-1", 0),
        (None, 0),
    ],
)
def test_a_part_of_a_file_counts_where_it_begins_at_the_first_byte(byte_range, times):
    requested = counted([event(0, status=206, range=byte_range)])
    assert requested == ({MARCH: {"A": figures(1, 1, 1, 1)}} if times else {})


def test_fifty_parts_of_one_download_are_one_request():
    parts = [event(part * 45, status=206, range=f"bytes={part * 1000}-") for part in range(50)]
    assert counted(parts)[MARCH]["A"] == figures(1, 1, 1, 1)


def test_a_search_twice_in_a_row_is_two_searches_for_double_clicks_are_about_items():
    searches = [event(second, kind="search", url="https://hoclieu.example/search?q=so") for second in (0, 5)]
    assert counted(searches) == {MARCH: {"__Searches_Platform": 2}}


def test_several_engines_asked_for_one_list_of_results_are_one_search():
    engines = [event(0, kind="search", url="https://hoclieu.example/search?q=so") for _ in range(3)]
    another = event(0, kind="search", url="https://hoclieu.example/search?q=so", cookie="c2")
    assert counted([*engines, another]) == {MARCH: {"__Searches_Platform": 2}}


def test_times_without_a_zone_are_the_citys_and_any_other_zone_is_converted():
    local, utc, tokyo = "2026-02-28T23:30:00", "2026-02-28T16:30:00Z", "2026-03-01T01:30:00+09:00"
    events = [event(0, item=name) | {"t": time} for name, time in {"A": local, "B": utc, "C": tokyo}.items()]
    assert {month: set(items) for month, items in counted(events).items()} == {"2026-02": {"A", "B", "C"}}


def test_what_was_left_out_is_told_with_its_reason():
    counter = EventCounter(is_robot)
    left_out = [
        event(0, kind="page"),
        event(1, method="HEAD"),
        event(2, status=206, range="bytes=5-"),
        event(3, prefetch=True),
        event(4, staff_preview=True),
        event(5, bulk_automated=True),
        event(6, ua=""),
    ]
    for each in left_out:
        counter.add(each)
    assert counter.counts() == {}
    assert counter.excluded == dict.fromkeys(Excluded, 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"t": "tomorrow"},
        {"t": None},
        {"t": "2026-02-30T00:00:00"},
        {"item": 7},
        {"items": [None]},
        {"url": 3},
        {"ua": {}},
    ],
    ids=str,
)
def test_what_cannot_be_understood_is_refused_and_nothing_of_it_is_counted(fields):
    counter = EventCounter(is_robot)
    with pytest.raises((ValueError, TypeError)):
        counter.add(event(0) | fields)
    assert counter.counts() == {}


moments = st.integers(0, 6 * 60).map(lambda step: step * 10)  # crowded, across an hour and midnight of a month's end
END_OF_MARCH = NOON.replace(day=31, hour=23, minute=30)


@st.composite
def use(draw):
    kind = draw(st.sampled_from(["request", "investigation", "search", "asset"]))
    fields = draw(
        st.fixed_dictionaries(
            {
                "cookie": st.sampled_from(["c1", "c2", None]),
                "session": st.sampled_from(["s1", None]),
                "user": st.sampled_from(["an", None]),
                "ip": st.sampled_from(["10.0.0.1", "10.0.0.2"]),
            }
        )
    )
    return event(draw(moments), item=draw(st.sampled_from("AB")), kind=kind, since=END_OF_MARCH, **fields)


uses = st.lists(use(), max_size=40)


def total(counts):
    """Add up monthly counts to one figure per item and metric."""
    added = {}
    for items in counts.values():
        for name, given_figures in items.items():
            if isinstance(given_figures, dict):
                for metric, value in given_figures.items():
                    added[name, metric] = added.get((name, metric), 0) + value
    return added


@given(uses, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(events, chance):
    shuffled = events[:]
    chance.shuffle(shuffled)
    assert counted(shuffled) == counted(events)


@given(uses)
def test_uniques_never_exceed_totals_nor_requests_investigations(events):
    for items in counted(events).values():
        for it in items.values():
            if isinstance(it, dict):
                assert it["UIR"] <= it["TIR"] <= it["TII"]
                assert it["UIR"] <= it["UII"] <= it["TII"]


@given(uses)
@settings(max_examples=60)
def test_two_cities_a_week_apart_count_the_sum_of_each(events):
    later = [it | {"t": (moment(it) + timedelta(days=7)).isoformat()} for it in events]
    both = total(counted(events + later))
    assert both == {key: 2 * value for key, value in total(counted(events)).items()}


def moment(given_event):
    return NOON.fromisoformat(given_event["t"])


@given(uses)
@settings(max_examples=60)
def test_an_event_told_twice_counts_as_a_double_click(events):
    clicks = [it for it in events if it["kind"] != "search"]
    assert counted(clicks * 2) == counted(clicks)
