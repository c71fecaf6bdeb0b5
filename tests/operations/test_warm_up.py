"""What a web process does before the first request needs it."""

import gc

import pytest

from oer.catalogue.jobs import rebuild_index
from oer.operations.web import warm_up


@pytest.mark.parametrize(("indexed", "status"), [(True, 200), (False, 503)])
def test_a_process_gets_ready_with_an_index_and_without_one(app, installation, client, indexed, status):
    if indexed:
        rebuild_index(installation)
    warm_up(app)
    try:
        assert gc.get_freeze_count() > 10_000
        assert client.get("/search?q=lua").status_code == status
    finally:
        gc.unfreeze()
