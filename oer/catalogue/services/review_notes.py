"""What a reviewer says at a field and mends there, and how the author of a version answers: it is handled."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.catalogue.fields import FIELDS, field_named
from oer.catalogue.models import Material, Version
from oer.catalogue.review_models import ReviewComment, ReviewEdit
from oer.catalogue.seen import FILES, SELF_CHECK, name_of_part
from oer.catalogue.services.drafts import in_order, set_record
from oer.catalogue.services.notifications import notify_owner
from oer.catalogue.services.review import forget_plan, to_decide
from oer.core import audit
from oer.core.clock import now
from oer.core.errors import Invalid, NotFound
from oer.core.i18n import DEFAULT_LANGUAGE, N_, translate
from oer.core.text import clean_text

MOST_COMMENTS, LONGEST_COMMENT = 100, 2000
# What a reviewer may mend without giving a version back: words, and how it is found. Never makers or licence.
EDITABLE = ("title", "summary", "keywords", "subjects", "levels", "types")
COMMENTED = (*(field.name for field in FIELDS if field.name != "relations"), FILES, SELF_CHECK)
_NOTHING = N_("Write the comment.")
_TOO_LONG = N_("A comment has at most %(most)s characters.")
_TOO_MANY = N_("A version has at most %(most)s comments.")
_NO_PART = N_("Choose what the comment is about.")
_NO_COMMENT = N_("There is no such comment.")
_NOT_EDITABLE = N_("A reviewer does not change this. Comment on it, and return the version.")
_EMPTIED = N_("A reviewer does not empty a field. Comment on it, and return the version.")


def comment(session: Session, reviewer: Account, material: Material, part: str, words: str) -> ReviewComment:
    """Keep a comment on a part of a submitted version. Raises Forbidden, Conflict, ReviewHeld or Invalid."""
    version = to_decide(session, reviewer, material, None)
    words = clean_text(words)
    if part not in COMMENTED:
        raise Invalid(_NO_PART, field="part")
    if not words:
        raise Invalid(_NOTHING, field="words")
    if len(words) > LONGEST_COMMENT:
        raise Invalid(_TOO_LONG, field="words", most=LONGEST_COMMENT)
    count = sa.select(sa.func.count()).select_from(ReviewComment).where(ReviewComment.version_id == version.id)
    if (session.scalar(count) or 0) >= MOST_COMMENTS:
        raise Invalid(_TOO_MANY, field="words", most=MOST_COMMENTS)
    made = ReviewComment(version_id=version.id, field=part, words=words)
    session.add(made)
    audit.record(session, reviewer.id, "material.commented", "material", material.public_id, version=version.number)
    session.flush()
    return made


def take_back_comment(session: Session, reviewer: Account, material: Material, comment_id: int) -> None:
    """Delete a comment on a submitted version. Raises Forbidden, Conflict, ReviewHeld, or NotFound for any other."""
    version = to_decide(session, reviewer, material, None)
    session.delete(_comment_on(session, version, comment_id))
    session.flush()


def handle_comment(session: Session, material: Material, comment_id: int) -> None:
    """Note that the author of a draft has handled a comment on it. Raises Conflict (no draft) or NotFound."""
    found = _comment_on(session, material.draft, comment_id)
    found.handled_at = found.handled_at or now()
    session.flush()


def _comment_on(session: Session, version: Version, comment_id: int) -> ReviewComment:
    query = sa.select(ReviewComment).where(ReviewComment.id == comment_id, ReviewComment.version_id == version.id)
    found = session.scalar(query)
    if found is None:
        raise NotFound(_NO_COMMENT)
    return found


def edit(
    session: Session, reviewer: Account, material: Material, values: Mapping[str, Any], seen: str | None
) -> list[str]:
    """Mend fields of a submitted version, to values in canonical form; return the names of those that changed.

    What each was before is kept, and the author is told. Raises Forbidden, Conflict, ReviewHeld, ChangedMeanwhile, or
    Invalid for what is not a reviewer's to change, or emptied.
    """
    version = to_decide(session, reviewer, material, seen)
    if any(name not in EDITABLE for name in values):
        raise Invalid(_NOT_EDITABLE)
    record = dict(version.record)
    for name, value in values.items():
        field_named(name).put(record, value)
    record = in_order(record)
    changed = [name for name in values if record.get(name) != version.record.get(name)]
    for name in changed:
        if not record.get(name):
            raise Invalid(_EMPTIED, field=name)
        session.add(
            ReviewEdit(version_id=version.id, field=name, before=version.record.get(name), after=record.get(name))
        )
    if changed:
        set_record(session, version, record)
        forget_plan(session, version)
        audit.record(session, reviewer.id, "material.edited", "material", material.public_id, version=version.number)
        owner = session.get(Account, material.owner_id) if material.owner_id else None
        language = owner.language if owner else DEFAULT_LANGUAGE
        names = ", ".join(translate(language, name_of_part(name)) for name in changed)
        notify_owner(session, material, version, "review_edited", names=names)
    return changed
