"""A bucket as the second store of an installation."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from oer.core.clock import now
from oer.files.jobs import FIXITY_INTERVAL, check_fixity, replicate
from oer.files.models import Blob
from tests.files.factories import a_pdf, keep_file


@pytest.mark.server
def test_a_bucket_can_be_the_second_store(installation, bucket):
    replicated = replace(installation, replica=bucket)
    with replicated.database.transaction() as session:
        kept = keep_file(session, replicated.storage).sha256
    replicate(replicated)
    assert b"".join(bucket.read(kept)) == a_pdf()
    replicated.storage.delete(kept)
    with replicated.database.transaction() as session:
        session.execute(sa.update(Blob).values(last_checked_at=now() - FIXITY_INTERVAL - timedelta(hours=1)))
    check_fixity(replicated)
    assert b"".join(replicated.storage.read(kept)) == a_pdf()
