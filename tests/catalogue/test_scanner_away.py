"""A virus scanner that is down: what is sent is saved, and said not to be publishable until it is back."""

import io
import socket
from dataclasses import replace

import pytest
import sqlalchemy as sa

from oer.accounts.services.sign_ins import start_sign_in
from oer.app import build_app
from oer.backends.scanning import open_scanner
from oer.catalogue.models import Material
from oer.catalogue.services.drafts import set_metadata
from oer.files import jobs
from oer.files.models import Blob, ScanState
from tests.accounts.browsing import Browser
from tests.catalogue.conftest import TEXT
from tests.catalogue.factories import make_educator, make_reviewer, record
from tests.files.factories import FixedScanner


@pytest.fixture
def without_scanner(installation):
    """The installation whose scanner is a clamd at a port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return replace(installation, scanner=open_scanner(f"clamd://127.0.0.1:{port}"))


@pytest.fixture
def browser_of(without_scanner, session):
    app = build_app(without_scanner)

    def signed_in(account):
        token = start_sign_in(session, account, user_agent="", days=1)
        session.commit()
        browser = Browser(app.test_client())
        with browser.client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        return browser

    return signed_in


def scan_state(session):
    session.rollback()
    state = session.scalars(sa.select(Blob.scan_state)).one()
    session.rollback()
    return state


def test_while_the_scanner_is_down_a_file_is_saved_and_not_published_and_both_are_said(
    session, installation, without_scanner, browser_of
):
    educator, reviewer = make_educator(session), make_reviewer(session)
    mine, theirs = browser_of(educator), browser_of(reviewer)
    sent = mine.send("/my/materials/new/files", page="/my/materials/new", files=[(io.BytesIO(TEXT), "bai.txt")])
    assert sent.status_code == 303
    assert scan_state(session) is ScanState.WAITING
    assert "cannot be published yet" in mine.get(f"/en{sent.headers['Location']}").text
    material = session.scalars(sa.select(Material)).one()
    public_id = material.public_id
    set_metadata(session, session.merge(educator), material, record())
    session.commit()
    assert mine.send(f"/my/materials/{public_id}/submit", page=f"/my/materials/{public_id}").status_code == 303

    refused = theirs.send(f"/en/review/{public_id}/publish", page=f"/en/review/{public_id}")
    said = refused.text if refused.status_code != 303 else theirs.get(refused.headers["Location"]).text
    assert "still being scanned for malware" in said
    assert theirs.get(f"/materials/{public_id}").status_code == 200, "the reviewer reads it"
    assert browser_of(make_educator(session)).get(f"/materials/{public_id}").status_code == 404

    jobs.scan_waiting(without_scanner)
    assert scan_state(session) is ScanState.WAITING
    jobs.scan_waiting(replace(installation, scanner=FixedScanner("clean")))
    theirs.send(f"/review/{public_id}/publish", page=f"/review/{public_id}")
    session.rollback()
    assert session.scalars(sa.select(Material)).one().is_public
