"""Stored files on their way to the browser."""

import hashlib
import io
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from oer.app import build_app
from oer.core.installation import Installation
from oer.web.file_responses import FileToSend, send_stored_file

CONTENT = bytes(range(256)) * 4096  # 1 MB: more than one block
SHA256 = hashlib.sha256(CONTENT).hexdigest()
FILE = FileToSend(SHA256, len(CONTENT), "application/pdf", "Đề thi.pdf")


@pytest.fixture
def stored(installation: Installation) -> None:
    incoming = installation.storage.receive(io.BytesIO(CONTENT), len(CONTENT))
    installation.storage.keep(incoming)
    installation.storage.discard(incoming)


def client_for(app: Flask, file: FileToSend) -> FlaskClient:
    app.add_url_rule("/test-file", "test_file", lambda: send_stored_file(file))
    return app.test_client()


@pytest.mark.usefixtures("stored")
def test_a_file_arrives_byte_for_byte(app: Flask) -> None:
    answer = client_for(app, FILE).get("/test-file")
    assert answer.status_code == 200
    assert answer.data == CONTENT
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Length"] == str(len(CONTENT))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="De thi.pdf"')
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.usefixtures("stored")
def test_head_says_the_same_without_the_bytes(app: Flask) -> None:
    client = client_for(app, FILE)
    whole, head = client.get("/test-file"), client.head("/test-file", headers={"Range": "bytes=0-9"})
    assert head.status_code == 200
    assert head.data == b""
    without_id = [{**answer.headers} for answer in (head, whole)]
    for headers in without_id:
        assert headers.pop("X-Request-ID")
    assert without_id[0] == without_id[1]


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("header", "status", "part"),
    [
        ("bytes=0-0", 206, slice(0, 1)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=300000-600000", 206, slice(300000, 600001)),
        ("bytes=0-1,5-6", 200, slice(None)),
        ("bytes=1e30-", 200, slice(None)),
    ],
)
def test_a_part_is_the_part_that_was_asked_for(app: Flask, header: str, status: int, part: slice) -> None:
    answer = client_for(app, FILE).get("/test-file", headers={"Range": header})
    assert answer.status_code == status
    assert answer.data == CONTENT[part]
    assert answer.content_length == len(CONTENT[part])


@pytest.mark.usefixtures("stored")
def test_a_part_behind_the_end_is_416_and_names_the_length(app: Flask) -> None:
    answer = client_for(app, FILE).get("/test-file", headers={"Range": f"bytes={len(CONTENT)}-"})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(CONTENT)}"


@pytest.mark.usefixtures("stored")
def test_if_range_gives_a_part_only_of_the_same_file(app: Flask) -> None:
    client = client_for(app, FILE)
    same = client.get("/test-file", headers={"Range": "bytes=0-9", "If-Range": f'"{SHA256}"'})
    stale = client.get("/test-file", headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    dated = client.get("/test-file", headers={"Range": "bytes=0-9", "If-Range": "Wed, 21 Oct 2015 07:28:00 GMT"})
    assert (same.status_code, len(same.data)) == (206, 10)
    assert (stale.status_code, len(stale.data)) == (200, len(CONTENT))
    assert (dated.status_code, len(dated.data)) == (200, len(CONTENT))


@pytest.mark.usefixtures("stored")
def test_what_the_browser_has_is_not_sent_again(app: Flask) -> None:
    answer = client_for(app, FILE).get("/test-file", headers={"If-None-Match": f'"{SHA256}"'})
    assert answer.status_code == 304
    assert answer.data == b""
    assert answer.get_etag() == (SHA256, False)


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", "application/javascript", "application/x-sh"])
def test_what_could_run_is_saved_as_plain_bytes(app: Flask, media_type: str) -> None:
    answer = client_for(app, replace(FILE, media_type=media_type)).get("/test-file")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.usefixtures("stored")
def test_what_is_shown_inline_has_no_origin_and_runs_nothing(app: Flask) -> None:
    answer = client_for(app, replace(FILE, media_type="image/svg+xml", inline=True)).get("/test-file")
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.usefixtures("stored")
def test_a_file_of_another_size_than_was_kept_is_not_sent(app: Flask, installation: Installation) -> None:
    path = installation.storage.local_path(SHA256)
    assert path is not None
    path.chmod(0o600)
    path.write_bytes(CONTENT[:-1])
    assert client_for(app, FILE).get("/test-file").status_code == 500


def test_a_file_that_is_not_there_is_not_sent(app: Flask) -> None:
    assert client_for(app, FILE).get("/test-file").status_code == 500


@pytest.mark.usefixtures("stored")
def test_nginx_is_told_where_the_file_lies(installation: Installation) -> None:
    told = replace(installation, settings=replace(installation.settings, file_sending="x-accel-redirect:/files/"))
    answer = client_for(build_app(told), FILE).get("/test-file")
    assert answer.headers["X-Accel-Redirect"] == f"/files/{SHA256[:2]}/{SHA256[2:4]}/{SHA256}"
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.data == b""


class StoreWithAddresses:
    """A folder store that also gives addresses, as an object store does."""

    def __init__(self, folder) -> None:
        self._folder = folder

    def __getattr__(self, name):
        return getattr(self._folder, name)

    def address(self, sha256: str, *, media_type: str, disposition: str, seconds: int) -> str:
        return f"https://store.example/{sha256}?for={seconds}"


@pytest.mark.usefixtures("stored")
def test_downloads_may_come_from_the_object_store_and_pages_show_nothing_from_there(installation: Installation) -> None:
    settings = replace(installation.settings, file_sending="presigned")
    told = replace(installation, settings=settings, storage=StoreWithAddresses(installation.storage))
    download = client_for(build_app(told), FILE).get("/test-file")
    assert download.status_code == 302
    assert download.headers["Location"].startswith(f"https://store.example/{SHA256}")
    assert download.headers["Cache-Control"] == "no-store"
    shown = client_for(build_app(told), replace(FILE, media_type="image/png", inline=True)).get("/test-file")
    assert shown.data == CONTENT
