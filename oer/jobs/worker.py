"""The worker process: runs what was woken, and what comes round by itself."""

import logging
import threading
import time

from oer.core.installation import Installation
from oer.jobs.queue import Job, Queue, registered_jobs

log = logging.getLogger(__name__)
TICK_SECONDS = 0.5


class PeriodicJobs:
    """Runs every job that has a period when its time has come, each at most once at a time, in a thread of its own."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._due = {each.name: 0.0 for each in registered_jobs().values() if each.seconds}
        self._stopping = threading.Event()
        self._threads: dict[str, threading.Thread] = {}

    def start(self) -> None:
        """Begin to watch the time."""
        threading.Thread(target=self._watch, name="rounds", daemon=True).start()

    def stop(self) -> None:
        """Start nothing more, and give what runs a moment to end."""
        self._stopping.set()
        for thread in list(self._threads.values()):
            thread.join(timeout=5)

    def _watch(self) -> None:
        while not self._stopping.wait(TICK_SECONDS):
            for each in registered_jobs().values():
                if each.seconds and self._is_due(each):
                    self._due[each.name] = time.monotonic() + each.seconds
                    thread = threading.Thread(target=self._run, args=(each,), name=each.name, daemon=True)
                    self._threads[each.name] = thread
                    thread.start()

    def _is_due(self, each: Job) -> bool:
        running = self._threads.get(each.name)
        return time.monotonic() >= self._due.get(each.name, 0.0) and not (running and running.is_alive())

    def _run(self, each: Job) -> None:
        try:
            each.run(self._installation, "")
        except Exception:
            log.exception("round %s failed", each.name)


def run_worker(queue: Queue, installation: Installation, threads: int = 2) -> None:
    """Run jobs until SIGINT (end what is in hand) or SIGTERM (at once). Must be called in the main thread."""
    queue.serve(installation)
    rounds = PeriodicJobs(installation)
    rounds.start()
    try:
        queue.huey.create_consumer(workers=threads, periodic=False, max_delay=1.0).run()
    finally:
        rounds.stop()
