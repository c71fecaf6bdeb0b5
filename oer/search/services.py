"""Changing the other names of things."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.core import audit
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.core.text import clean_line
from oer.search.models import OtherNameLine
from oer.search.other_names import SEPARATOR, names_in, shipped_lines

LONGEST_LINE = 300
MOST_LINES = 200
TWO_NAMES = N_("“%(line)s” has to be at least two names, with “=” between them.")
LINE_TOO_LONG = N_("A line can have up to %(most)s characters.")
TOO_MANY_LINES = N_("Up to %(most)s lines can be added at once.")


def add_names(session: Session, actor: Account, text: str) -> int:
    """Add lines of names; return how many are new. Raises Invalid, adding none, if one is no line of names."""
    lines = [line for line in map(_tidy, text.splitlines()) if line]
    if len(lines) > MOST_LINES:
        raise Invalid(TOO_MANY_LINES, field="lines", most=MOST_LINES)
    for line in lines:
        if len(line) > LONGEST_LINE:
            raise Invalid(LINE_TOO_LONG, field="lines", most=LONGEST_LINE)
        if not names_in(line):
            raise Invalid(TWO_NAMES, field="lines", line=line[:80])
    if not lines:
        raise Invalid(TWO_NAMES, field="lines", line="")
    return sum(_set(session, actor, line, in_use=True) for line in dict.fromkeys(lines))


def remove_names(session: Session, actor: Account, lines: Iterable[str]) -> int:
    """Use lines no longer; return how many were in use."""
    return sum(_set(session, actor, line, in_use=False) for line in dict.fromkeys(lines))


def restore_names(session: Session, actor: Account, lines: Iterable[str]) -> int:
    """Use lines again that come with the software and were removed; return how many were."""
    chosen = [line for line in dict.fromkeys(lines) if line in shipped_lines()]
    return sum(_set(session, actor, line, in_use=True) for line in chosen)


def _tidy(line: str) -> str:
    return f" {SEPARATOR} ".join(filter(None, (name.strip() for name in clean_line(line).split(SEPARATOR))))


def _set(session: Session, actor: Account, line: str, *, in_use: bool) -> bool:
    """Use a line from now on, or no longer; tell whether that is another state than before."""
    row, is_shipped = session.get(OtherNameLine, line), line in shipped_lines()
    was_in_use = is_shipped if row is None else not row.is_removed
    if in_use == was_in_use:
        return False
    if row is not None:
        session.delete(row)
    else:
        session.add(OtherNameLine(line=line, is_removed=not in_use))
    session.flush()
    audit.record(session, actor.id, "other_names.added" if in_use else "other_names.removed", "other_names", line[:100])
    return True
