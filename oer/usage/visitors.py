"""Visitors are told apart for one day by a keyed hash whose key is deleted afterwards; addresses are never stored."""

import hashlib
import logging
import os
import secrets
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from oer.core.clock import CITY_TIME_ZONE, city_date, city_time
from oer.core.replaceable import put_aside, replacing

log = logging.getLogger(__name__)
OVERLAP = timedelta(seconds=30)
"""How long after midnight visitors also have their key of the day before: a double-click can cross midnight."""

_SALT_BYTES = 32
_KEY_BYTES = 12


@dataclass(frozen=True, slots=True)
class _Day:
    """A day's salt, and from when to when (seconds since 1970) it applies."""

    begins: float
    ends: float
    salt: bytes
    salt_before: bytes | None


class DaySalts:
    """The salts of an installation: one file per day in `folder`, or derived from a secret shared by several hosts."""

    def __init__(self, folder: Path, shared_secret: str = "") -> None:
        self._folder = folder
        self._shared_secret = shared_secret
        self._day = _Day(0, 0, b"", None)

    def keys(self, seconds: float, identity: str) -> tuple[str, str | None]:
        """Return a visitor's key at that time and, right after midnight, also their key of the day before.

        Both are 96 bits of BLAKE2b under the day's salt, in hex. Without the salt they cannot be traced back.
        """
        day = self._day
        if not day.begins <= seconds < day.ends:
            day = self._day = self._read_day(seconds)
        value = identity.encode("utf-8", "surrogatepass")
        key = hashlib.blake2b(value, key=day.salt, digest_size=_KEY_BYTES).hexdigest()
        if day.salt_before is None:
            return key, None
        return key, hashlib.blake2b(value, key=day.salt_before, digest_size=_KEY_BYTES).hexdigest()

    def _read_day(self, seconds: float) -> _Day:
        local = city_time(datetime.fromtimestamp(seconds, UTC))
        midnight = datetime.combine(local.date(), datetime.min.time(), CITY_TIME_ZONE)
        salt = self._salt(local.date())
        if local - midnight <= OVERLAP:
            before = self._salt(local.date() - timedelta(days=1), only_if_known=True)
            return _Day(midnight.timestamp(), (midnight + OVERLAP).timestamp(), salt, before or None)
        return _Day(midnight.timestamp(), (midnight + timedelta(days=1)).timestamp(), salt, None)

    def _salt(self, day: date, *, only_if_known: bool = False) -> bytes:
        if self._shared_secret:
            return hashlib.blake2b(day.isoformat().encode(), key=self._shared_secret.encode()[:64]).digest()[:64]
        path = self._folder / day.isoformat()
        return _kept_salt(path) or (b"" if only_if_known else _made_salt(path))

    def forget_old(self, moment: datetime) -> None:
        """Delete every salt but today's and, right after midnight, yesterday's. The worker calls this all day."""
        kept = {city_date(moment).isoformat(), city_date(moment - 2 * OVERLAP).isoformat()}
        for path in self._folder.glob("????-??-??*"):  # with locks, and damaged ones that were put aside
            if path.name[:10] not in kept:
                path.unlink(missing_ok=True)


def _kept_salt(path: Path) -> bytes:
    """Return the salt of a file; nothing if there is none, or not a whole one: a short key could be guessed."""
    try:
        salt = path.read_bytes()
    except OSError:
        return b""
    return salt if len(salt) == _SALT_BYTES else b""


def _made_salt(path: Path) -> bytes:
    try:
        return _replace_salt(path) if os.path.lexists(path) else _make_salt(path)
    except OSError as error:
        # A full disk must not fail requests: until it restarts, this process uses a salt of its own.
        log.error("the day's salt cannot be kept, so this process tells visitors apart by itself: %s", error.strerror)
        return secrets.token_bytes(_SALT_BYTES)


def _replace_salt(path: Path) -> bytes:
    with replacing(path):
        salt = _kept_salt(path)
        if salt:
            return salt  # another process was first
        put_aside(path, "no whole salt")
        return _make_salt(path)


def _make_salt(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, unnamed = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(_SALT_BYTES))
            file.flush()
            os.fsync(file.fileno())
        os.link(unnamed, path)  # fails if another process was first; then its salt is used
    except FileExistsError:
        pass
    finally:
        Path(unnamed).unlink()
    return _kept_salt(path) or _replace_salt(path)
