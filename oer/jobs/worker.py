"""The worker process: runs the jobs that were enqueued, and those that are due by the clock."""

import threading
import time

from oer.core.installation import Installation
from oer.jobs.failures import JobFailures
from oer.jobs.pulse import Pulse
from oer.jobs.queue import Job, Queue, job, registered_jobs

TICK_SECONDS = 0.5
PROBE_SECONDS = 60
PROBE = "jobs.probe"


@job(PROBE)
def answer_probe(_installation: Installation, _identifier: str) -> None:
    """Do nothing: that it is done shows that jobs come through the queue."""


class PeriodicJobs:
    """Runs every periodic job when it is due, each in a thread of its own and never twice at a time."""

    def __init__(self, installation: Installation, queue: Queue) -> None:
        self._installation = installation
        self._queue = queue
        self._failures = JobFailures(installation.database)
        self._next_probe = 0.0
        self.pulse = Pulse(installation)
        self._due = {each.name: 0.0 for each in registered_jobs().values() if each.seconds}
        self._stopping = threading.Event()
        self._threads: dict[str, threading.Thread] = {}

    def start(self) -> None:
        """Start the thread that looks every half second which jobs are due."""
        threading.Thread(target=self._watch, name="periodic-jobs", daemon=True).start()

    def stop(self) -> None:
        """Start no more jobs, and wait up to five seconds for each that runs."""
        self._stopping.set()
        for thread in list(self._threads.values()):
            thread.join(timeout=5)
        self.pulse.stop()

    def _watch(self) -> None:
        while not self._stopping.wait(TICK_SECONDS):
            self.pulse.beat_if_due()
            self._probe_queue()
            for each in registered_jobs().values():
                if each.seconds and self._is_due(each):
                    self._due[each.name] = time.monotonic() + each.seconds
                    thread = threading.Thread(target=self._run, args=(each,), name=each.name, daemon=True)
                    self._threads[each.name] = thread
                    thread.start()

    def _probe_queue(self) -> None:
        if time.monotonic() < self._next_probe:
            return
        self._next_probe = time.monotonic() + PROBE_SECONDS
        self._queue.send(PROBE, "")

    def _is_due(self, each: Job) -> bool:
        running = self._threads.get(each.name)
        return time.monotonic() >= self._due.get(each.name, 0.0) and not (running and running.is_alive())

    def _run(self, each: Job) -> None:
        try:
            with self.pulse.running(each.name):
                each.run(self._installation, "")
        except Exception as error:
            self._failures.failed(each.name, f"periodic job {each.name}", error)
            self._due[each.name] = max(self._due[each.name], time.monotonic() + self._failures.pause(each.name))
        else:
            self._failures.worked(each.name)


def run_worker(queue: Queue, installation: Installation, threads: int = 2) -> None:
    """Run jobs until SIGINT (finish the current ones) or SIGTERM (stop at once). Only in the main thread."""
    periodic = PeriodicJobs(installation, queue)
    queue.serve(installation, periodic.pulse)
    queue.read_patiently()
    periodic.start()
    try:
        queue.huey.create_consumer(workers=threads, periodic=False, max_delay=1.0).run()
    finally:
        periodic.stop()
