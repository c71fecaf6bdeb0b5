"""What is watched while an installation runs: each room registers what it sees of its part, and which work waits.

`glance` asks all of them. `/readyz`, the page for administrators, `oer doctor`, `/metrics` and the alarms show it.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.clock import now
from oer.core.i18n import N_, translate
from oer.core.installation import Installation
from oer.core.recent import Recent

log = logging.getLogger(__name__)


class Level(StrEnum):
    """How bad something is."""

    FINE = "fine"
    NOTICE = "notice"
    """Somebody should know, and nothing is broken: a setting that is missing."""
    TROUBLE = "trouble"
    """An alarm: the installation is degraded until somebody acts."""


@dataclass(frozen=True)
class Observation:
    """One sentence about a part: an English message key with its values, which may be language maps.

    `since` is when it has been so. Trouble with the same `key` is one alarm, which is told once. `path` is a page of
    the site that it is about. A `detail` belongs to the observation before it, and is for administrators alone.
    """

    message: str
    values: Mapping[str, Any] = field(default_factory=dict)
    level: Level = Level.FINE
    since: datetime | None = None
    key: str = ""
    path: str = ""
    detail: bool = False

    @property
    def sentence(self) -> str:
        """The sentence in English, for programs and the console."""
        words = translate("en", self.message, **self.values)
        return f"{words} (since {self.since:%Y-%m-%d %H:%M:%S} UTC)" if self.since else words


@dataclass(frozen=True)
class Waiting:
    """How much work waits, and since when the oldest of it; None if none does, or nobody knows."""

    count: int
    since: datetime | None = None


Watch = Callable[[Session, Installation], Sequence[Observation]]
LookForWork = Callable[[Session, Installation, datetime], Waiting]


@dataclass(frozen=True)
class Part:
    """A part that is watched."""

    name: str
    label: str
    watch: Watch


@dataclass(frozen=True)
class Work:
    """A kind of work for the worker, and for how long it may wait before that is trouble."""

    name: str
    label: str
    patience: timedelta
    look: LookForWork


_parts: dict[str, Part] = {}
_work: dict[str, Work] = {}


def watch(name: str, label: str) -> Callable[[Watch], Watch]:
    """Register a function of (session, installation) that returns what it observes of a part."""

    def register(function: Watch) -> Watch:
        _parts[name] = Part(name, label, function)
        return function

    return register


def due_work(name: str, label: str, patience: timedelta) -> Callable[[LookForWork], LookForWork]:
    """Register a function of (session, installation, moment) that returns how much of a kind of work is due."""

    def register(function: LookForWork) -> LookForWork:
        _work[name] = Work(name, label, patience, function)
        return function

    return register


@dataclass(frozen=True)
class WorkSeen:
    """A kind of work as it was at a glance."""

    work: Work
    waiting: Waiting
    is_overdue: bool


@dataclass(frozen=True)
class Glance:
    """What all parts said at a moment, and what work waited."""

    at: datetime
    parts: Mapping[str, Sequence[Observation]]
    work: Sequence[WorkSeen]

    @property
    def troubles(self) -> list[tuple[str, Observation]]:
        """(part, observation) of all that is wrong."""
        return [(part, each) for part, seen in self.parts.items() for each in seen if each.level is Level.TROUBLE]

    @property
    def worst_first(self) -> "list[tuple[Part, Sequence[Observation]]]":
        """Each part with what was observed of it: first those in trouble, then those with a notice."""
        levels = [Level.TROUBLE, Level.NOTICE, Level.FINE]
        found = [(part, self.parts[name]) for name, part in parts().items() if self.parts.get(name)]
        return sorted(found, key=lambda each: min(levels.index(one.level) for one in each[1]))


def parts() -> dict[str, Part]:
    """Return all parts that are watched, by name."""
    return dict(sorted(_parts.items()))


WORK = "work"
_SILENT = N_("This part does not answer.")


def glance(installation: Installation) -> Glance:
    """Ask every part now. One that fails says so, and does not keep the others from answering."""
    moment = now()
    work = [seen for each in sorted(_work.values(), key=lambda each: each.name) if (seen := _seen(each, installation))]
    observed = {each.name: _observed(each, installation) for each in parts().values()}
    overdue = [
        Observation(
            N_("Work of the kind “%(work)s” has waited for too long: %(count)s."),
            {"work": each.work.name, "count": each.waiting.count},
            Level.TROUBLE,
            each.waiting.since,
            key=f"work:{each.work.name}",
        )
        for each in work
        if each.is_overdue
    ]
    return Glance(moment, observed | {WORK: overdue}, work)


def _observed(part: Part, installation: Installation) -> Sequence[Observation]:
    try:
        with installation.database.reading() as session:
            return part.watch(session, installation)
    except Exception as error:  # whatever a backend raises; what it says may name paths and hosts
        log.warning("the part %s cannot be watched: %s", part.name, type(error).__name__)
        return [Observation(_SILENT, level=Level.TROUBLE, key=f"silent:{part.name}")]


def _seen(work: Work, installation: Installation) -> WorkSeen | None:
    moment = now()
    try:
        with installation.database.reading() as session:
            waiting = work.look(session, installation, moment)
    except (sa.exc.SQLAlchemyError, OSError) as error:
        log.warning("nobody knows how much %s waits: %s", work.name, type(error).__name__)
        return None
    is_overdue = waiting.since is not None and waiting.since < moment - work.patience
    return WorkSeen(work, waiting, is_overdue)


FRESH_SECONDS = 5.0
recent_glance = Recent(glance, FRESH_SECONDS)
