"""A small catalogue that is indexed, for tests of asking."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from oer.catalogue.jobs import index_due
from oer.core.installation import Installation
from tests.catalogue.factories import make_blob, make_educator, make_published, make_rendition

HANDBOOK = [
    "Lời nói đầu. Sổ tay này dành cho nông hộ.",
    "Hộ dân đắp bờ bao quanh ruộng. Hệ thống thuỷ lợi nội đồng gồm cống, mương và trạm bơm.",
    "Phụ lục: lịch mở cống.",
]


@pytest.fixture
def indexed(session: Session, installation: Installation) -> Callable[[], None]:
    """Commits, and brings the index to the state of the database."""

    def commit_and_index() -> None:
        session.commit()
        index_due(installation)
        session.expire_all()

    return commit_and_index


@pytest.fixture
def publish(session: Session) -> Callable[..., str]:
    """Publishes a material with a PDF of these pages; returns its public id."""

    def make(title: str, *pages: str, **fields: object) -> str:
        content = f"{title} {pages}".encode()
        if pages:
            make_rendition(session, make_blob(session, content), *pages, facts={"pages": len(pages)})
        owner = fields.pop("owner", None) or make_educator(session)
        return make_published(session, owner, content=content, title={"vi": title}, **fields).public_id

    return make


@pytest.fixture
def handbook(publish: Callable[..., str], indexed: Callable[[], None]) -> str:
    found = publish("Sổ tay cho nông hộ", *HANDBOOK, subjects=["bas.song"])
    indexed()
    return found
