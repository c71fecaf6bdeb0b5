"""What points to a blob: asked of the tables themselves, so that a new one is never forgotten."""

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.db import Base
from oer.files.models import Blob, CollectionHold


def keeping_columns() -> Iterator[sa.Column[str]]:
    """Give every column whose rows keep a blob: all foreign keys to it but those of what was derived from it."""
    target = Blob.__table__.c.sha256
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if any(key.column is target and not key.info.get("derived") for key in column.foreign_keys):
                yield column


def unreferenced() -> sa.ColumnElement[bool]:
    """Return the condition that nothing points to `Blob`."""
    return sa.and_(*(~sa.exists().where(column == Blob.sha256) for column in keeping_columns()))


def is_held(session: Session, moment: datetime) -> bool:
    """Tell whether nothing may be thrown away at this moment."""
    return session.scalar(sa.select(CollectionHold.id).where(CollectionHold.until > moment).limit(1)) is not None
