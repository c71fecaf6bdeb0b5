"""What an installation runs on: its settings, and the engines that these chose."""

from dataclasses import dataclass
from typing import Protocol

from oer.backends.scanning import Scanner, open_scanner
from oer.backends.search import SearchIndex, open_search_index
from oer.backends.storage import Storage, open_storage
from oer.config import Settings
from oer.core.db import Database, open_database


class Wakes(Protocol):
    """Where wake-ups of background work are sent."""

    def send(self, name: str, identifier: str) -> None:
        """Wake the job `name` for `identifier`; may be lost, for the rows are the truth."""


@dataclass(frozen=True)
class Engines:
    """The settings of an installation and the engines that it runs on."""

    settings: Settings
    database: Database
    storage: Storage
    search_index: SearchIndex
    scanner: Scanner


def open_engines(settings: Settings, wakes: Wakes | None = None) -> Engines:
    """Open every engine that the settings name; sessions send their wake-ups to `wakes`, if there is one."""
    return Engines(
        settings,
        open_database(settings.database, {"wakes_go_to": wakes}),
        open_storage(settings.storage),
        open_search_index(settings.search, cache_bytes=settings.posting_cache_bytes),
        open_scanner(settings.scanner_url),
    )
