"""Which jobs there are. Each feature's `jobs.py` registers its own by name when it is imported."""

from collections.abc import Callable
from dataclasses import dataclass

from oer.core.engines import Engines

Run = Callable[[Engines, str], None]
Sweep = Callable[[Engines], None]


@dataclass(frozen=True)
class Job:
    """Work that can be woken by name, or that comes round by itself every so many seconds."""

    name: str
    run: Run
    seconds: float | None = None


_jobs: dict[str, Job] = {}


def job(name: str) -> Callable[[Run], Run]:
    """Register a function of (engines, identifier) as the work that `wake(session, name, identifier)` asks for."""

    def register(run: Run) -> Run:
        _jobs[name] = Job(name, run)
        return run

    return register


def every(seconds: float, name: str) -> Callable[[Sweep], Sweep]:
    """Register a function of (engines) that the worker runs every so many seconds; it can be woken too."""

    def register(sweep: Sweep) -> Sweep:
        def run(engines: Engines, _identifier: str) -> None:
            sweep(engines)

        _jobs[name] = Job(name, run, seconds)
        return sweep

    return register


def registered_jobs() -> dict[str, Job]:
    """Return all jobs by name."""
    return dict(_jobs)
