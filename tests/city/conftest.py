from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from oer.accounts.models import Unit
from oer.accounts.services.units import load_wards
from tests.indicators.factories import ward


@pytest.fixture
def wards(session: Session) -> Iterator[Unit]:
    """A ward, among the 168."""
    load_wards(session)
    session.commit()
    yield ward(session)
