"""Writing rows that may be there already."""

from typing import Any

from sqlalchemy.orm import Session

from oer.core.db import Base, insert_into


def insert_missing(session: Session, table: type[Base], rows: list[dict[str, Any]]) -> None:
    """Insert the rows whose key is not there yet and leave the others as they are."""
    if not rows:
        return
    session.execute(insert_into(session, table).on_conflict_do_nothing(), rows)
