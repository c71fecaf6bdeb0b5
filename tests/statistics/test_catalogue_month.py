from datetime import date

import pytest
import sqlalchemy as sa

from oer.core.clock import first_of_month, now, today
from oer.statistics.jobs import record_what_is_in_service
from oer.statistics.services.catalogue_month import is_accessible, record_catalogue
from oer.usage.models import CatalogueMonth
from tests.catalogue.factories import make_material, make_published

MARCH = date(2026, 3, 1)


def recorded(session, month=MARCH):
    record_catalogue(session, month)
    rows = session.scalars(sa.select(CatalogueMonth).where(CatalogueMonth.month == month))
    return {(row.dimension, row.value): (row.materials, row.accessible) for row in rows}


def test_what_is_in_service_is_counted_by_each_dimension_and_drafts_are_not(session):
    make_published(session, subjects=["bas.song", "dig.thiet-bi"], audiences=["workers", "women"])
    make_published(session, subjects=["bas.song"], accessibility={"features": ["taggedPDF"]})
    make_material(session)
    found = recorded(session)
    assert found["total", ""] == (2, 1)
    assert found["subject", "bas.song"] == found["subject", "bas"] == (2, 1)
    assert found["main-subject", "bas.song"] == (2, 1)
    assert ("main-subject", "dig.thiet-bi") not in found
    assert found["audience", "women"] == (1, 0)
    assert found["format", "pdf"] == (2, 1)


def test_what_is_withdrawn_and_links_that_are_broken_are_not_in_service(session):
    withdrawn = make_published(session)
    link, working = (make_published(session, content=None, source_url="https://example.org/bai") for _ in range(2))
    withdrawn.withdrawn_at = link.link_broken_at = now()
    session.flush()
    assert recorded(session)["total", ""] == (1, 0)
    assert working.is_public


def test_recording_again_replaces_the_month_and_leaves_the_others_alone(session):
    make_published(session)
    recorded(session, date(2026, 2, 1))
    make_published(session)
    recorded(session)
    totals = dict(
        session.execute(sa.select(CatalogueMonth.month, CatalogueMonth.materials).filter_by(dimension="total")).all()
    )
    assert totals == {date(2026, 2, 1): 1, MARCH: 2}


@pytest.mark.parametrize(
    ("formats", "features", "accessible"),
    [
        (["video"], ["captions"], True),
        (["video"], ["transcript"], False),
        (["video", "pdf"], ["captions"], False),
        (["audio"], ["transcript", "captions"], True),
        (["image"], ["alternativeText"], True),
        (["document"], ["tableOfContents"], True),
        (["document"], [], False),
    ],
)
def test_a_material_is_accessible_if_it_says_that_it_has_what_its_formats_need(formats, features, accessible):
    assert is_accessible({"accessibility": {"features": features}}, formats) is accessible
    assert not is_accessible({}, formats)


def test_the_worker_records_the_running_month(installation):
    with installation.database.transaction() as session:
        make_published(session)
    record_what_is_in_service(installation)
    with installation.database.reading() as session:
        (month,) = set(session.scalars(sa.select(CatalogueMonth.month)))
        assert month == first_of_month(today())
