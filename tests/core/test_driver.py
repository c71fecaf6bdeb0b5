"""Questions to the driver itself, with values and lists of values."""

import pytest

from oer.core.db import driver_rows
from tests.accounts.factories import make_unit

QUESTION = "SELECT code FROM unit WHERE code IN (:codes) AND kind = :kind ORDER BY code"


@pytest.mark.parametrize(("codes", "found"), [(["a"], ["a"]), (["b", "a", "x"], ["a", "b"]), (["x' OR 1=1 --"], [])])
def test_values_and_lists_reach_the_driver_as_values(session, codes, found):
    for code in "abc":
        make_unit(session, code=code, kind="school")
    make_unit(session, code="x", kind="library")
    assert driver_rows(session, QUESTION, {"codes": codes, "kind": "school"}) == [(code,) for code in found]


def test_a_question_without_values_is_asked_in_the_transaction_of_the_session(session):
    make_unit(session)
    assert driver_rows(session, "SELECT count(*) FROM unit") == [(1,)]
    session.rollback()
    assert driver_rows(session, "SELECT count(*) FROM unit") == [(0,)]
