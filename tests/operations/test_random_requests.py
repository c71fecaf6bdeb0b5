"""A few hundred requests at random to a real server; `scripts/bench/hostile_requests.py` sends as many as one likes."""

from pathlib import Path

import sqlalchemy as sa

from oer.core.db import Base
from oer.learning.models import StatementKey
from oer.usage.models import UsagePack
from tests.operations.full_catalogue import open_full_catalogue
from tests.serving import Service
from tests.web.hostile_sending import requests_for, send_all

COUNT = 400


def test_no_request_at_random_is_an_error_or_stops_the_service(sample_instance: Path, tmp_path: Path) -> None:
    installation = open_full_catalogue(sample_instance, tmp_path / "instance")
    with installation.database.transaction() as session:
        session.execute(sa.delete(UsagePack))  # made-up bytes, which no figure can be read from
        session.execute(sa.delete(StatementKey))  # made up, and no key
        session.execute(sa.update(Base.metadata.tables["report_build"]).values(kind="areas"))  # made up, too
    hostile = requests_for(installation)
    installation.database.engine.dispose()
    with Service(tmp_path / "instance", {"OER_DATABASE_URL": ""}, upgraded=True) as service:
        found = send_all(service.port, hostile, seed=13, numbers=range(COUNT))
        assert found.faults == [], service.said()[-3000:]
    assert sum(found.statuses.values()) == COUNT
    assert {200, 303, 400, 404} <= set(found.statuses), found.statuses  # not all was turned away at the door
