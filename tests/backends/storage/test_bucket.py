"""What is a bucket's own: addresses that let their holder in for a while."""

import io
import os
import urllib.error
import urllib.request

import pytest

pytestmark = pytest.mark.server


@pytest.fixture
def kept(s3_endpoint, tmp_path):
    from tests.backends.storage.conftest import open_bucket

    storage = open_bucket(s3_endpoint, f"addresses-{os.urandom(4).hex()}", tmp_path)
    incoming = storage.receive(io.BytesIO(b"0123456789" * 10), 1000)
    storage.keep(incoming)
    address = storage.address(
        incoming.sha256, media_type="application/pdf", disposition='attachment; filename="a.pdf"', seconds=60
    )
    return storage, incoming.sha256, address


def test_an_address_gives_the_bytes_with_our_headers_and_ranges(kept):
    request = urllib.request.Request(kept[2], headers={"Range": "bytes=5-9"})
    with urllib.request.urlopen(request) as answer:
        assert (answer.status, answer.read()) == (206, b"56789")
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="a.pdf"'


def test_a_forged_address_is_refused(kept):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(kept[2][:-4] + "0000")
    assert refused.value.code == 403


def test_an_unreachable_store_is_a_storage_error(tmp_path, monkeypatch):
    from oer.backends.storage import StorageError, open_storage

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    storage = open_storage(f"s3://nowhere?endpoint=http://127.0.0.1:9&spool={tmp_path}")
    with pytest.raises(StorageError):
        storage.size("a" * 64)
