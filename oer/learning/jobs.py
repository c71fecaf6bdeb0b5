"""The weekly mail with what is new in what people follow; practised questions follow new versions; old words go."""

import sqlalchemy as sa

from oer.core.clock import latest, now
from oer.core.installation import Installation, with_secret
from oer.jobs.queue import every
from oer.learning.models import PractisedQuestion, WeeklyDigest
from oer.learning.queries.practice import behind_published
from oer.learning.services.following import is_due, send_digest
from oer.learning.services.practice import ask_what_was_answered_in_future, follow_new_version
from oer.learning.services.statements import make_key, usable_key
from oer.learning.services.voices import forget_old_edits

MOST_AT_ONCE = 200


@every(600, "learning.digest")
def send_digests(installation: Installation) -> None:
    """Send every digest that is due, each in a transaction of its own."""
    with installation.database.reading() as session:
        due = session.scalars(sa.select(WeeklyDigest.account_id).where(is_due(now())).limit(MOST_AT_ONCE)).all()
    for account_id in due:
        with installation.database.transaction() as session:
            send_digest(session, installation.search_index, account_id)


@every(300, "learning.practice")
def follow_published(installation: Installation) -> None:
    """Have practised questions follow the versions that were published since, each material in its own transaction.

    What was answered by a clock that was ahead is asked again.
    """
    with installation.database.reading() as session:
        behind = behind_published(session, MOST_AT_ONCE)
        is_ahead = session.scalar(sa.select(sa.exists().where(PractisedQuestion.reviewed_at > latest())))
    if is_ahead:
        with installation.database.transaction() as session:
            ask_what_was_answered_in_future(session)
    for material_id in behind:
        with installation.database.transaction() as session:
            follow_new_version(session, material_id)


@every(86_400, "learning.tidy")
def tidy(installation: Installation) -> None:
    """Delete what was said under materials as it was before a change, after a year."""
    with installation.database.transaction() as session:
        forget_old_edits(session)


@every(3600, "learning.statement_key")
def make_statement_key(installation: Installation) -> None:
    """Make the key that signs statements where this secret has none: who only reads cannot make it."""
    secret_key = with_secret(installation.settings).secret_key
    with installation.database.reading() as session:
        if usable_key(session, secret_key) is not None:
            return
    with installation.database.transaction() as session:
        if usable_key(session, secret_key) is None:
            make_key(session, secret_key)
