"""An installation: its settings, its secret, and the backends that the settings choose."""

import os
import secrets
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from oer.backends.scanning import Scanner, open_scanner
from oer.backends.search import SearchIndex, open_search_index
from oer.backends.storage import Storage, open_storage
from oer.config import Settings
from oer.core.db import Database, open_database


class SecretMissing(RuntimeError):
    """There is no secret yet. The message names the command that makes one."""


def _secret_file(settings: Settings) -> Path:
    return settings.instance_dir / "secret"


def make_secret(settings: Settings) -> None:
    """Make instance/secret (mode 600) unless the settings hold a secret or the file is there."""
    path = _secret_file(settings)
    if settings.secret_key or path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)  # mkstemp gives mode 600 from the first moment
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)  # fails if another process was first: its secret stands
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()


def with_secret(settings: Settings) -> Settings:
    """Return the settings with their secret filled in. Raises SecretMissing where there is none."""
    if settings.secret_key:
        return settings
    try:
        return replace(settings, secret_key=_secret_file(settings).read_text().strip())
    except FileNotFoundError:
        raise SecretMissing(
            f"There is no secret at {_secret_file(settings)}. Run `oer db upgrade`, or set OER_SECRET_KEY."
        ) from None


# What an installation runs on: its settings, and the engines that these chose.


class JobQueue(Protocol):
    """Where wake-ups of background work are sent."""

    def send(self, name: str, identifier: str) -> None:
        """Wake the job `name` for `identifier`; may be lost, for the rows are the truth."""


@dataclass(frozen=True)
class Installation:
    """The settings of an installation and the engines that it runs on."""

    settings: Settings
    database: Database
    storage: Storage
    search_index: SearchIndex
    scanner: Scanner


def open_backends(settings: Settings, wakes: JobQueue | None = None) -> Installation:
    """Open every engine that the settings name; sessions send their wake-ups to `wakes`, if there is one."""
    return Installation(
        settings,
        open_database(settings.database, {"wakes_go_to": wakes}),
        open_storage(settings.storage),
        open_search_index(settings.search, cache_bytes=settings.posting_cache_bytes),
        open_scanner(settings.scanner_url),
    )
