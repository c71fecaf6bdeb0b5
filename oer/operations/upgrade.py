"""Upgrading an installation to this version: the secret, the schema, and the data that come with the product."""

from collections.abc import Callable

from oer.accounts.services.units import load_wards
from oer.config import Settings
from oer.core.console import Progress, no_progress
from oer.core.db import open_database
from oer.core.installation import make_secret
from oer.core.private_files import keep_private
from oer.core.schema import upgrade_lock, upgrade_schema
from oer.indicators.services.sets import load_series, load_sets
from oer.indicators.set_files.files import shipped_sets


def upgrade_installation(
    settings: Settings, progress: Progress = no_progress, told: Callable[[], None] = lambda: None
) -> None:
    """Make what is missing, migrate the schema, and load the places, indicator sets and series that are shipped.

    While another process does so, this one waits, after it has called `told`.
    """
    with upgrade_lock(settings.database, told):
        _upgrade(settings, progress)


def _upgrade(settings: Settings, progress: Progress) -> None:
    keep_private(settings)
    make_secret(settings)
    upgrade_schema(settings.database, progress=progress)
    database = open_database(settings.database)
    with database.transaction() as session:
        load_wards(session)
        load_sets(session, shipped_sets())
        load_series(session)
    database.engine.dispose()
