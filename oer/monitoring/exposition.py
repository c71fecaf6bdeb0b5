"""The figures of `/metrics`: what web processes count in files that they share, and what the database knows.

Imported by `init_metrics` when an application is made, not before: the library decides at its import whether processes
share their figures, by PROMETHEUS_MULTIPROC_DIR. The worker's are in the database: it may be on another machine.
"""

from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest, values
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from oer import __version__
from oer.core.clock import now
from oer.core.health import recent_readiness
from oer.core.installation import Installation
from oer.core.watching import Level, recent_glance
from oer.jobs.queries import JobState, job_states, worker_state

disable_created_metrics()  # type: ignore[no-untyped-call]
# Not the library's own registry, which would add figures of one process among many.
_declared = CollectorRegistry()

REQUESTS = Counter(
    "oer_http_requests", "Answers by method, endpoint and status.", ["method", "endpoint", "status"], registry=_declared
)
SECONDS = Histogram(
    "oer_http_request_seconds",
    "Time until an answer's headers are ready, by room.",
    ["room"],
    registry=_declared,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def count_answer(method: str, endpoint: str, status: int, seconds: float) -> None:
    """Count an answer. The endpoint is a name of ours, never an address that somebody asked for."""
    REQUESTS.labels(method if method in METHODS else "other", endpoint, str(status)).inc()
    SECONDS.labels(endpoint.partition(".")[0]).observe(seconds)


class InstallationCollector:
    """What the database, the disks and the parts say, as of the last seconds."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def collect(self) -> Iterator[Metric]:
        """Give every figure, each declared once."""
        yield _gauge("oer_info", "The version that runs.", ["version"], [((__version__,), 1)])
        yield from self._parts()
        yield from self._workers()

    def _parts(self) -> Iterator[Metric]:
        ready = [((part,), float(not reason)) for part, reason in recent_readiness(self._installation).items()]
        yield _gauge("oer_ready", "1 for a part that pages need and that answers.", ["part"], ready)
        seen = recent_glance(self._installation)
        troubles = [
            ((part,), sum(each.level is Level.TROUBLE and not each.detail for each in observed))
            for part, observed in seen.parts.items()
        ]
        yield _gauge("oer_troubles", "How much is wrong with a part; see /admin/operations.", ["part"], troubles)
        harmed = sum(each.detail for each in seen.parts.get("integrity", ()))
        yield _gauge("oer_damaged_files", "Files that are damaged or missing, 50 at most.", [], [((), harmed)])
        waiting = [((each.work.name,), each.waiting.count) for each in seen.work]
        yield _gauge("oer_work_waiting", "How much work of a kind is due.", ["work"], waiting)
        ages = [
            ((each.work.name,), max(0.0, (seen.at - each.waiting.since).total_seconds()) if each.waiting.since else 0.0)
            for each in seen.work
        ]
        yield _gauge("oer_work_age_seconds", "For how long the oldest work of a kind has been due.", ["work"], ages)

    def _workers(self) -> Iterator[Metric]:
        moment, silence = now(), self._installation.settings.worker_silence_seconds
        with self._installation.database.reading() as session:
            state = worker_state(session, moment, silence)
            jobs = job_states(session, state.alive)
        age = (moment - state.last.beat_at).total_seconds() if state.last else float("inf")
        yield _gauge("oer_workers", "Workers that are alive.", [], [((), len(state.alive))])
        yield _gauge("oer_worker_beat_age_seconds", "Seconds since the last sign of any worker.", [], [((), age)])
        yield from _of_jobs(jobs)


def _of_jobs(jobs: list[JobState]) -> Iterator[Metric]:
    runs = CounterMetricFamily("oer_job_runs", "Runs of a job in workers of the last two days.", labels=["job"])
    failures = CounterMetricFamily("oer_job_failures", "Runs of it that failed.", labels=["job"])
    seconds = CounterMetricFamily("oer_job_seconds", "Seconds that they took.", labels=["job"])
    for each in jobs:
        runs.add_metric([each.name], each.runs)
        failures.add_metric([each.name], each.failures)
        seconds.add_metric([each.name], each.seconds)
    done = [((each.name,), each.finished_at.timestamp()) for each in jobs if each.finished_at]
    yield from (runs, failures, seconds)
    yield _gauge("oer_job_done_timestamp_seconds", "When a job was last done, in seconds since 1970.", ["job"], done)


def _gauge(
    name: str, meaning: str, labels: list[str], values: Sequence[tuple[tuple[str, ...], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for names, value in values:
        family.add_metric(list(names), value)
    return family


def exposition(installation: Installation) -> bytes:
    """Return all figures in Prometheus' text format."""
    registry = _declared
    if values.ValueClass is not values.MutexValue:  # whoever imported the library first decided it
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    of_installation = CollectorRegistry()
    of_installation.register(InstallationCollector(installation))
    return generate_latest(registry) + generate_latest(of_installation)
