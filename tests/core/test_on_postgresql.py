"""CI runs the suite once more on PostgreSQL, without what touches no database: nothing that does may be left out."""

from types import SimpleNamespace

from tests.core import test_log_privacy
from tests.on_postgresql import touches_the_database


def test_what_is_given_a_database_through_a_chain_of_fixtures_runs_on_postgresql(request, client):
    assert touches_the_database(request.node)


def test_what_needs_no_database_runs_on_one_engine_alone(request):
    assert not touches_the_database(request.node)


def test_a_file_that_asks_for_the_server_itself_runs_on_postgresql():
    item = SimpleNamespace(fixturenames=["tmp_path"], module=test_log_privacy)
    assert touches_the_database(item)
