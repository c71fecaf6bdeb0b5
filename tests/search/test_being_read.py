"""What search cannot find yet is said: how many materials are still being read, and since when."""

from datetime import timedelta

import pytest

from oer.catalogue.queries import indexing
from oer.catalogue.watching import watch_index
from oer.core.clock import now
from oer.files.models import Rendition, RenditionState
from tests.catalogue.factories import make_blob, make_educator, make_material, make_published, make_rendition


@pytest.fixture(autouse=True)
def asked_each_time(monkeypatch):
    monkeypatch.setattr(indexing, "_BEHIND_FRESH_SECONDS", -1.0)


@pytest.fixture
def unread(session, publish, indexed) -> Rendition:
    """Of a published material, in an index that is up to date."""
    content = b"b\xc3\xa0i"
    waiting = make_rendition(session, make_blob(session, content))
    waiting.state = RenditionState.WAITING
    make_published(session, make_educator(session), content=content)
    publish("Đã đọc", "xong")
    indexed()
    return waiting


def test_search_says_how_many_materials_are_being_read_and_since_when(client, unread):
    given = client.get("/api/v1/materials").get_json()
    assert given["being_read"] == {"count": 1, "since": unread.created_at.isoformat()}
    assert given["incomplete"] is False, "it has only just come"
    assert "Nội dung của 1 học liệu còn đang được đọc" in client.get("/search").text


def test_search_is_incomplete_once_a_material_waits_for_long_to_be_read(client, session, unread):
    unread.created_at = now() - timedelta(minutes=2)
    session.commit()
    assert client.get("/api/v1/materials").get_json()["incomplete"] is True
    assert "còn thiếu một số kết quả" in client.get("/search").text


def test_nothing_is_said_once_all_is_read(client, session, unread):
    unread.state = RenditionState.OK
    session.commit()
    assert client.get("/api/v1/materials").get_json()["being_read"] == {"count": 0, "since": None}
    assert "còn đang được đọc" not in client.get("/search").text


def test_a_file_that_is_read_anew_is_found_by_its_old_text(client, session, unread):
    blob = unread.blob_sha256
    session.add(Rendition(blob_sha256=blob, extractor_version=unread.extractor_version - 1, state=RenditionState.OK))
    session.commit()
    assert client.get("/api/v1/materials").get_json()["being_read"]["count"] == 0


def test_what_is_not_public_is_not_counted(client, session, indexed):
    waiting = make_rendition(session, make_blob(session, b"draft"))
    waiting.state = RenditionState.WAITING
    make_material(session, content=b"draft")
    indexed()
    assert client.get("/api/v1/materials").get_json()["being_read"]["count"] == 0


def test_administrators_are_told_too(session, installation, unread):

    sentences = [each.sentence for each in watch_index(session, installation)]
    assert any(each.startswith("Materials whose text is still being read: 1. (since ") for each in sentences)
