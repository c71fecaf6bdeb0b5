"""How the installation is: `/readyz` for machines, the page for administrators, the line above every page of theirs."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request

from oer.accounts.models import Account
from oer.accounts.permissions import Action, may, require
from oer.core.clock import now
from oer.core.health import recent_readiness
from oer.core.i18n import in_language
from oer.core.notices import notices
from oer.core.watching import Level, glance, recent_glance
from oer.jobs.queries import job_states, worker_state
from oer.monitoring.queries import count_troubles
from oer.web.context import db, installation, language, settings
from oer.web.formatting import number
from oer.web.identity import require_account

blueprint = Blueprint("monitoring", __name__)


@blueprint.get("/readyz")
def readyz() -> tuple[dict[str, Any], int, dict[str, str]]:
    """Say whether pages can be served (the status), and what is wrong: degraded is still ready.

    A load balancer that took the site away because the worker is dead would make an outage of a delay. With `?strict`,
    for monitors that understand nothing but a status, degraded is 503 too.
    """
    reasons = recent_readiness(installation())
    troubles: dict[str, list[str]] = {}
    for part, each in recent_glance(installation()).troubles:
        if not each.detail:
            troubles.setdefault(part, []).append(each.sentence)
    ready = not any(reasons.values())
    answer = {
        "ready": ready,
        "degraded": bool(troubles),
        "parts": {part: reason or "ready" for part, reason in reasons.items()},
        "troubles": troubles,
        # By name alone: administrators read what they say.
        "notes": [notice.name for notice in notices(settings())],
    }
    is_well = ready and not (troubles and "strict" in request.args)
    return answer, 200 if is_well else 503, {"Cache-Control": "no-store"}


@blueprint.get("/admin/operations")
def operations() -> str:
    """Show administrators every part of the installation as it is now."""
    require(require_account(), Action.SYSTEM_WATCH)
    seen = glance(installation())
    workers = worker_state(db(), now(), settings().worker_silence_seconds)
    return render_template(
        "monitoring/operations.html",
        seen=seen,
        parts=seen.worst_first,
        jobs=job_states(db(), workers.alive),
        troubles=sum(not each.detail for _, each in seen.troubles),
        noticed=sum(any(each.level is Level.NOTICE for each in observed) for _, observed in seen.worst_first),
    )


@blueprint.app_template_global()
def observed_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of an observation as people read them."""
    return {name: _read_value(value) for name, value in values.items()}


def _read_value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return in_language(value, language())
    return number(value) if isinstance(value, int) else value


@blueprint.app_template_global()
def troubles_for(account: Account | None) -> int:
    """Return how much is wrong, for those who can do something about it; 0 for everybody else."""
    if not may(account, Action.SYSTEM_WATCH):
        return 0
    return count_troubles(db(), settings().worker_silence_seconds)
