"""What comes as JSON is JSON, or is refused with the reason."""

import json

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
    ],
)
def test_what_is_not_json_is_refused_with_its_reason(text, reason):
    with pytest.raises(Invalid, match=reason) as caught:
        read_json(text)
    assert caught.value.code == "not_json"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_everything_that_we_write_can_be_read(value):
    assert read_json(json.dumps(value)) == value
    assert read_json(json.dumps(value).encode()) == value
