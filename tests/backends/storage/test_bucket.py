"""What is a bucket's own: addresses that let their holder in for a while."""

import io
import urllib.error
import urllib.request
from contextlib import closing

import pytest

from oer.backends.storage import StorageError, open_storage

pytestmark = pytest.mark.server


@pytest.fixture
def address(bucket):
    incoming = bucket.receive(io.BytesIO(b"0123456789" * 10), 1000)
    bucket.keep(incoming)
    return bucket.address(
        incoming.sha256, media_type="application/pdf", disposition='attachment; filename="a.pdf"', seconds=60
    )


def test_an_address_gives_the_bytes_with_our_headers_and_ranges(address):
    request = urllib.request.Request(address, headers={"Range": "bytes=5-9"})
    with urllib.request.urlopen(request) as answer:
        assert (answer.status, answer.read()) == (206, b"56789")
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="a.pdf"'


def test_a_forged_address_is_refused(address):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(address[:-4] + "0000")
    with refused.value as answer:
        assert answer.code == 403


def test_an_unreachable_store_is_a_storage_error(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    storage = open_storage(f"s3://nowhere?endpoint=http://127.0.0.1:9&spool={tmp_path}")
    with closing(storage._client), pytest.raises(StorageError):
        storage.size("a" * 64)
