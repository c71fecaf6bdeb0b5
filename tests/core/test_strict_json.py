"""What comes as JSON is JSON, or is refused with the reason."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oer.core.errors import Invalid
from oer.core.strict_json import read_json


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "Expecting property name"),
        ('{"a": 1, "b": {"a": 1, "a": 2}}', "'a' stands twice"),
        ("NaN", "NaN is not"),
        ("[-Infinity]", "-Infinity is not"),
        ("1e400", "out of range"),
        ("9" * 5000, "out of range"),
        ("[" * 100_000, "nested too deeply"),
        (b'{"a": "\xff"}', "not UTF-8"),
        ("", "Expecting value"),
        ('"\\u0000"', "cannot be part of a text"),
        ('{"a": [{"b": "half \\ud83c"}]}', "cannot be part of a text"),
        ('{"\\udf3e": 1}', "cannot be part of a text"),
    ],
)
def test_what_is_not_json_is_refused_with_its_reason(text, reason):
    with pytest.raises(Invalid, match=reason) as caught:
        read_json(text)
    assert caught.value.code == "not_json"


def test_a_name_that_stands_twice_is_found_in_a_moment_among_a_hundred_thousand():
    names = [*range(100_000), 99_999]
    began = time.process_time()
    with pytest.raises(Invalid, match="'99999' stands twice"):
        read_json("{" + ", ".join(f'"{name}": 1' for name in names) + "}")
    assert time.process_time() - began < 2  # each name compared with each would take minutes


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | TEXT,
        lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    )
)
def test_everything_that_we_write_can_be_read(value):
    assert read_json(json.dumps(value)) == value
    assert read_json(json.dumps(value).encode()) == value
