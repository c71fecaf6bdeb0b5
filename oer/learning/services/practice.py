"""The self-checks of a draft: read, checked, kept with the version."""

from sqlalchemy.orm import Session

from oer.catalogue.models import Material, Version
from oer.catalogue.seen import SELF_CHECK
from oer.catalogue.services.changes import lock_material
from oer.core.clock import now
from oer.core.seen import require_seen
from oer.learning.self_checks import Question, parse, write


def set_self_check(session: Session, material: Material, text: str, seen: str | None = None) -> list[Question]:
    """Keep the questions of a text with a material's draft, in place of those it had; an empty text takes them away.

    Raises FaultyText, Conflict where there is no draft, ChangedMeanwhile if they are not those that `seen` tells of.
    """
    lock_material(session, material)
    version = material.draft
    require_seen(seen, seen_parts(version))
    questions = parse(text)
    version.self_check, version.changed_at = write(questions), now()
    session.flush()
    return questions


def seen_parts(version: Version) -> dict[str, str]:
    """Return what the page shows on which questions are written, for `oer.core.seen`."""
    return {SELF_CHECK: version.self_check}
