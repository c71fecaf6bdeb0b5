"""The searches that a person keeps."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.learning.models import SavedSearch


def saved_searches(session: Session, account_id: int) -> list[SavedSearch]:
    """Return a person's searches, the newest first."""
    query = sa.select(SavedSearch).where(SavedSearch.account_id == account_id)
    return list(session.scalars(query.order_by(SavedSearch.saved_at.desc(), SavedSearch.id.desc())))
