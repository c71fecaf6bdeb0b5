"""An installation: its settings, its secret, and the backends that the settings choose."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from oer.backends.scanning import Scanner, open_scanner
from oer.backends.search import SearchIndex, open_search_index
from oer.backends.storage import Storage, open_storage
from oer.config import Settings
from oer.core.db import Database, open_database


class SecretMissing(RuntimeError):
    """There is no secret yet; the message names the command that makes one."""


class SecretWeak(SecretMissing):
    """There is one that others could guess."""


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


MIN_SECRET_LENGTH, MIN_DIFFERENT = 32, 10
_WELL_KNOWN = ("changeme", "changethis", "secretkey", "yoursecret", "insecure", "example", "password", "default")


def require_strong_secret(settings: Settings) -> None:
    """Raise SecretWeak if the secret, which `with_secret` filled in, can be guessed: for a site that others reach."""
    secret = settings.secret_key
    plain = "".join(letter for letter in secret.lower() if letter.isalnum())
    if len(secret) < MIN_SECRET_LENGTH:
        why = f"has {len(secret)} characters, and needs at least {MIN_SECRET_LENGTH}"
    elif len(set(secret)) < MIN_DIFFERENT:
        why = f"has only {len(set(secret))} different characters"
    elif any(words in plain for words in _WELL_KNOWN):
        why = "looks like one from an example that everybody can read"
    else:
        return
    raise SecretWeak(
        f"The secret (OER_SECRET_KEY, or {_secret_file(settings)} without it) {why}, which is not enough for a site "
        "that others reach: remove it and run `oer db upgrade`, which makes a good one."
    )


class JobQueue(Protocol):
    """Where jobs are sent once the transaction that asked for them is committed."""

    def send(self, name: str, identifier: str) -> None:
        """Ask for the job `name` to be run for `identifier`. May be lost: every job also has a sweep over the rows."""


@dataclass(frozen=True)
class Installation:
    """The settings of an installation and the backends that they choose; `replica` is the second store, if any."""

    settings: Settings
    database: Database
    storage: Storage
    search_index: SearchIndex
    scanner: Scanner
    replica: Storage | None = None

    @contextmanager
    def exclusive(self, name: str, *, wait: bool = True) -> Iterator[bool]:
        """Let one thread of one process of this installation in at a time; without `wait`, give False to others.

        The lock is on a file in the instance folder, and the system frees it when its holder dies.
        """
        folder = self.settings.instance_dir
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f"{name}.lock", mode=0o600)
        try:
            lock.acquire(blocking=wait)
        except Timeout:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()


def open_backends(settings: Settings, jobs: JobQueue | None = None) -> Installation:
    """Open every backend that the settings name; sessions send their jobs to `jobs`, if it is given.

    Nothing is checked: see `oer.app.open_installation` for an installation that may serve.
    """
    return Installation(
        settings,
        open_database(settings.database, {"job_queue": jobs}),
        open_storage(settings.storage),
        open_search_index(settings.search, cache_bytes=settings.posting_cache_bytes),
        open_scanner(settings.scanner_url),
        open_storage(settings.storage_replica_url) if settings.storage_replica_url else None,
    )
