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
    hangs. A value that `keeps` refuses is not given again.
    """

    def __init__(
        self,
        compute: Callable[[Installation], Value],
        seconds: float,
        keeps: Callable[[Value], bool] = lambda _value: True,
    ) -> None:
        self._compute, self._seconds, self._keeps = compute, seconds, keeps
        self._by_engine: WeakKeyDictionary[sa.Engine, _Kept[Value]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def forget(self, installation: Installation) -> None:
        """The next call computes the value, however fresh the last one is."""
        with self._lock:
            self._by_engine.pop(installation.database.engine, None)

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
            if kept.found is not None and kept.found is not before:
                return kept.found[0]  # another thread has computed it meanwhile
            value = self._compute(installation)
            kept.found = (value, time.monotonic()) if self._keeps(value) else None
            return value
        finally:
            kept.lock.release()
