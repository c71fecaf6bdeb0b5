"""An independent client of tus sends a file to the real service, which is killed, and whose connections are cut."""

import hashlib
import http.client
import json
import socket
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from tusclient.client import TusClient

from tests.backends.extraction.pdf_factories import pdf_of
from tests.educator import Educator
from tests.serving import Service
from tests.uploading import kill

PIECE = 512 * 1024


def told(educator: Educator, where: str) -> dict:
    with closing(http.client.HTTPConnection("127.0.0.1", educator.port, timeout=300)) as connection:
        connection.request("GET", where, headers={"Cookie": educator.cookie})
        return json.loads(connection.getresponse().read())


def stored(service: Service, sha256: str) -> bytes:
    return (service.instance / "uploads" / sha256[:2] / sha256[2:4] / sha256).read_bytes()


def send_half_and_hang_up(educator: Educator, where: str, offset: int, content: bytes, announced: int) -> None:
    head = (
        f"PATCH {where} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {educator.cookie}\r\nX-CSRFToken: {educator.token}\r\n"
        f"Tus-Resumable: 1.0.0\r\nUpload-Offset: {offset}\r\nContent-Type: application/offset+octet-stream\r\n"
        f"Content-Length: {announced}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", educator.port)) as line:
        line.sendall(head.encode() + content)
        time.sleep(0.5)


def until_received(educator: Educator, where: str, least: int) -> int:
    deadline = time.monotonic() + 240
    while (received := told(educator, where)["received"]) < least:
        assert time.monotonic() < deadline, received
        time.sleep(0.1)
    return received


def test_a_file_that_was_cut_off_goes_on_after_the_server_was_killed(service: Service, tmp_path: Path) -> None:
    content = pdf_of(["An toàn lao động"]) + b"\n%" + bytes(range(33, 127)) * 40_000
    path = tmp_path / "bai giang.pdf"
    path.write_bytes(content)
    with service, path.open("rb") as file, path.open("rb") as file_again:
        educator = Educator(service)
        educator.begin()
        headers = {"Cookie": educator.cookie, "X-CSRFToken": educator.token}
        client = TusClient(f"{service.url}/api/v1/uploads", headers=headers)
        about = {"filename": path.name, "material": educator.draft}
        first = client.uploader(file_stream=file, chunk_size=PIECE, metadata=about, upload_checksum=True)
        first.upload(stop_at=len(content) * 6 // 10)
        assert first.offset >= len(content) * 6 // 10
        where = first.url.removeprefix(service.url)

        kill(service, "both")
        service.log.close()
        service.start()
        assert told(educator, where)["received"] == first.offset, "what was acknowledged is there"

        piece = content[first.offset : first.offset + 700_000]
        send_half_and_hang_up(educator, where, first.offset, piece[:500_000], len(piece))
        assert until_received(educator, where, first.offset + 1) == first.offset + 500_000, (
            "and what came of a cut part"
        )

        second = client.uploader(
            file_stream=file_again, url=first.url, chunk_size=PIECE, upload_checksum=True, retries=3
        )
        assert second.offset == first.offset + 500_000
        second.upload()
        done = told(educator, where)
        assert (done["state"], done["material"]) == ("done", educator.draft)
        sha256 = hashlib.sha256(content).hexdigest()
        assert stored(service, sha256) == content
        with closing(sqlite3.connect(service.instance / "oer.sqlite3")) as database:
            assert database.execute("SELECT name, blob_sha256 FROM version_file").fetchall() == [
                ("bai giang.pdf", sha256)
            ]
        assert list((service.instance / "unfinished").iterdir()) == []
