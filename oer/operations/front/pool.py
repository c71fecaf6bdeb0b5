"""The threads in which the application answers, and how many requests may wait for one."""

import threading
import time
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue

THREADS = 16
# Where the first in the row has waited for so long, more requests come than can be answered: the next are refused.
LONGEST_WAIT_SECONDS = 0.5
# A request that nevertheless waited for so long is refused too: whoever is answered, is answered within two seconds.
GIVE_UP_SECONDS = 1.2
MOST_WAITING = 2000

Job = Callable[[bool], None]
"""Called in a thread of the pool; with True if it waited for too long, so that it only says so."""


class Pool:
    """A fixed number of threads and a row of jobs."""

    def __init__(self, threads: int = THREADS) -> None:
        self._jobs: SimpleQueue[tuple[float, Job]] = SimpleQueue()
        self._since: deque[float] = deque()
        for number in range(threads):
            threading.Thread(target=self._work, name=f"answer-{number}", daemon=True).start()

    @property
    def is_full(self) -> bool:
        """Whether a request that comes now would wait for too long."""
        since = self._since
        try:
            return time.monotonic() - since[0] > LONGEST_WAIT_SECONDS or len(since) >= MOST_WAITING
        except IndexError:
            return False

    def put(self, job: Job) -> None:
        """Have a thread do a job. It must not raise."""
        now = time.monotonic()
        self._since.append(now)
        self._jobs.put((now, job))

    def _work(self) -> None:
        while True:
            since, job = self._jobs.get()
            self._since.popleft()
            job(time.monotonic() - since > GIVE_UP_SECONDS)
