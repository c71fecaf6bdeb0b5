"""Parts of an installation that may be away for a while: told in one line a change, and not asked again at once."""

import logging
import threading
import time

log = logging.getLogger(__name__)
PAUSE_SECONDS = 1.0  # how long nobody asks a part again that did not answer
REMIND_SECONDS = 300.0


class Part:
    """The database, the file store, the queue, the mail server or the scanner, as this process finds it.

    While it is away its failures are counted. The log gets a line when it goes, one every five minutes, and one when it
    is back; without this, every request and job would leave a traceback, 10 KB a second.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._since = self._told = self._failed_at = 0.0
        self._count = 0
        self._failure: tuple[type[Exception], tuple[object, ...]] | None = None

    @property
    def is_away(self) -> bool:
        """Whether the last that was heard of it is a failure."""
        return self._count > 0

    def failed(self, why: str, error: Exception | None = None) -> None:
        """Note that it did not do what was asked. `error` is what `refuse_while_away` raises for a moment."""
        with self._lock:
            now = time.monotonic()
            self._count += 1
            self._failed_at = now
            self._failure = (type(error), error.args) if error is not None else None
            if self._count == 1:
                self._since = self._told = now
                log.error("%s: %s (what else fails is counted until it is back)", self.name, why)
            elif now - self._told >= REMIND_SECONDS:
                self._told = now
                log.error("%s: away for %d s, %d failures: %s", self.name, now - self._since, self._count, why)

    def worked(self) -> None:
        """Note that it did what was asked."""
        if not self._count:  # without the lock: this is called with every statement that begins
            return
        with self._lock:
            if self._count:
                log.warning("%s: back after %d s, %d failures.", self.name, time.monotonic() - self._since, self._count)
            self._count, self._failure = 0, None

    def refuse_while_away(self) -> None:
        """Raise the last failure again if it was within this second: not every thread is to wait for it in vain."""
        failure = self._failure
        if failure is not None and time.monotonic() - self._failed_at < PAUSE_SECONDS:
            kind, args = failure
            raise kind(*args)
