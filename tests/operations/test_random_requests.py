"""A few hundred requests at random to a real server; `scripts/bench/hostile_requests.py` sends as many as one likes."""

from pathlib import Path

from tests.operations.full_catalogue import open_full_catalogue, take_out_made_up
from tests.serving import Service
from tests.web.hostile_sending import requests_for, send_all

COUNT = 400


def test_no_request_at_random_is_an_error_or_stops_the_service(sample_instance: Path, tmp_path: Path) -> None:
    installation = open_full_catalogue(sample_instance, tmp_path / "instance")
    with installation.database.transaction() as session:
        take_out_made_up(session, installation.settings.secret_key)
    hostile = requests_for(installation)
    installation.database.engine.dispose()
    with Service(tmp_path / "instance", {"OER_DATABASE_URL": ""}, upgraded=True) as service:
        found = send_all(service.port, hostile, seed=13, numbers=range(COUNT))
        assert found.faults == [], service.said()[-3000:]
    assert sum(found.statuses.values()) == COUNT
    assert {200, 303, 400, 404} <= set(found.statuses), found.statuses  # not all was turned away at the door
