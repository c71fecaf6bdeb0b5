"""What is computed about an installation and kept for a moment, so that asking often costs no more."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from oer.core.installation import Installation

Value = TypeVar("Value")


class _Kept(Generic[Value]):
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.found: tuple[Value, float] | None = None


class Recent(Generic[Value]):
    """A function of an installation whose last value is given again for `seconds`, in each process.

    While one thread computes the next value the others get the one before, so that none of them waits for a part that
    hangs.
    """

    def __init__(self, compute: Callable[[Installation], Value], seconds: float) -> None:
        self._compute, self._seconds = compute, seconds
        self._by_engine: WeakKeyDictionary[sa.Engine, _Kept[Value]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def __call__(self, installation: Installation) -> Value:
        """Return a value that is not older than it may be, if nobody is computing one just now."""
        with self._lock:
            kept = self._by_engine.setdefault(installation.database.engine, _Kept())
        before = kept.found
        if before is not None and time.monotonic() - before[1] < self._seconds:
            return before[0]
        if not kept.lock.acquire(blocking=before is None):
            return before[0] if before else self._compute(installation)
        try:
            if kept.found is before or kept.found is None:
                kept.found = self._compute(installation), time.monotonic()
            return kept.found[0]
        finally:
            kept.lock.release()
