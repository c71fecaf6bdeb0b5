"""What is a bucket's own: addresses that let their holder in for a while."""

import io
import urllib.error
import urllib.request
from contextlib import closing
from urllib.parse import quote

import pytest

from oer.backends.storage import StorageError, StoreUnavailable, open_storage

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


def _opened(endpoint, tmp_path, bucket="tests"):
    return open_storage(f"s3://{bucket}?endpoint={quote(endpoint)}&spool={tmp_path}")


def _why(storage):
    with closing(storage._client), pytest.raises(StoreUnavailable) as caught:
        storage.owner()
    return str(caught.value)


def test_a_store_that_does_not_answer_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    assert "at http://127.0.0.1:9 does not answer" in _why(_opened("http://127.0.0.1:9", tmp_path))


def test_a_bucket_that_there_is_not_is_named(s3_endpoint, bucket_name, tmp_path):
    assert "There is no bucket nowhere " in _why(_opened(s3_endpoint, tmp_path, "nowhere"))


@pytest.mark.parametrize("wrong", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_a_key_that_the_store_does_not_know_is_named(s3_endpoint, bucket_name, tmp_path, monkeypatch, wrong):
    monkeypatch.setenv(wrong, "another")
    why = _why(_opened(s3_endpoint, tmp_path))
    assert "The key for the bucket tests" in why
    assert "is refused" in why


def test_credentials_that_there_are_not_are_named(s3_endpoint, bucket_name, tmp_path, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    assert "There are no credentials for the bucket tests" in _why(_opened(s3_endpoint, tmp_path))


def test_an_upload_to_a_store_that_went_away_is_no_error_of_ours(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    storage = _opened("http://127.0.0.1:9", tmp_path)
    incoming = storage.receive(io.BytesIO(b"content"), 100)
    with closing(storage._client), pytest.raises(StoreUnavailable, match="does not answer"):
        storage.keep(incoming, replace=True)


def test_a_store_that_does_not_answer_is_not_asked_again_at_once_and_told_in_one_line(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    storage = _opened("http://127.0.0.1:9", tmp_path)
    with closing(storage._client):
        for _ in range(200):
            with pytest.raises(StoreUnavailable):
                storage.owner()
    assert len([each for each in caplog.records if each.name == "oer.backends.outages"]) == 1
