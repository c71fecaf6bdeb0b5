"""Requests that no browser sends, byte by byte, to the real server: one answer at most, and never a second request.

Where two servers read the same bytes as different requests, the second one is smuggled past whatever the first one
checks (misuse 82 and 85; advisory 34).
"""

import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import Service

HOST = b"Host: localhost\r\n"
# Its answer is the last one on its connection, so that nobody has to wait whether another one comes.
SMUGGLED = b"GET /healthz?smuggled HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
# What stands between the first line and the end of a request whose end two servers would see at different places.
UNCLEAR = {
    "length_and_chunks": (HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", b"0\r\n\r\n"),
    "chunks_and_length": (HOST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", b"0\r\n\r\n"),
    "two_lengths": (HOST + b"Content-Length: 0\r\nContent-Length: 5\r\n\r\n", b""),
    "a_list_of_lengths": (HOST + b"Content-Length: 0, 5\r\n\r\n", b""),
    "a_signed_length": (HOST + b"Content-Length: +0\r\n\r\n", b""),
    "a_negative_length": (HOST + b"Content-Length: -1\r\n\r\n", b""),
    "a_length_in_hex": (HOST + b"Content-Length: 0x0\r\n\r\n", b""),
    "chunked_before_another": (HOST + b"Transfer-Encoding: chunked, identity\r\n\r\n", b"0\r\n\r\n"),
    "chunked_with_a_tail": (HOST + b"Transfer-Encoding: xchunked\r\n\r\n", b"0\r\n\r\n"),
    "a_space_before_the_colon": (HOST + b"Transfer-Encoding : chunked\r\n\r\n", b"0\r\n\r\n"),
    "a_folded_header": (HOST + b"X-A: 1\r\n Transfer-Encoding: chunked\r\n\r\n", b"0\r\n\r\n"),
    "a_line_without_a_colon": (HOST + b"Transfer-Encoding chunked\r\n\r\n", b""),
    "nul_in_a_header": (HOST + b"X-A: a\0b\r\n\r\n", b""),
    "cr_alone_in_a_header": (HOST + b"X-A: a\rTransfer-Encoding: chunked\r\n\r\n", b""),
}
REFUSED = {
    "two_hosts": b"Host: localhost\r\nHost: evil.example\r\n\r\n",
    "another_host": b"Host: evil.example\r\n\r\n",
    "no_host": b"X-A: b\r\n\r\n",
    "a_header_of_300_kb": HOST + b"X-A: " + b"a" * 300_000 + b"\r\n\r\n",
    "ten_thousand_headers": HOST + b"".join(b"X-%d: a\r\n" % n for n in range(10_000)) + b"\r\n",
}
CHUNKS = {
    "no_number": b"x\r\nabc\r\n0\r\n\r\n",
    "a_sign": b"+3\r\nabc\r\n0\r\n\r\n",
    "a_prefix": b"0x3\r\nabc\r\n0\r\n\r\n",
    "too_large": b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n",
    "no_end_of_line": b"3\r\nabcd\r\n0\r\n\r\n",
}


@pytest.fixture(scope="module")
def port(upgraded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a service that runs for all of these tests."""
    place = tmp_path_factory.mktemp("raw")
    shutil.copytree(upgraded, place / "instance")
    with Service(place / "instance", {"OER_DATABASE_URL": ""}, upgraded=True) as service:
        yield service.port


def statuses(port: int, sent: bytes, wait: float = 20.0) -> list[int]:
    """Send bytes on a connection of its own, and give the statuses of all answers until it is closed."""
    got = b""
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as connection:
        try:
            connection.sendall(sent)
            while block := connection.recv(65_536):
                got += block
        except (ConnectionResetError, BrokenPipeError):
            pass  # refused before all of it was read
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3})", got)]


def test_a_whole_request_and_another_behind_it_are_two_answers(port: int) -> None:
    assert statuses(port, b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED) == [200, 200]


@pytest.mark.parametrize("name", UNCLEAR)
def test_a_request_with_an_unclear_end_has_no_second_one_behind_it(port: int, name: str) -> None:
    head, body = UNCLEAR[name]
    for line in (b"POST /sign-in HTTP/1.1\r\n", b"GET /healthz HTTP/1.1\r\n"):
        found = statuses(port, line + head + body + SMUGGLED)
        assert len(found) <= 1, f"{line!r}: {found}"  # and then the connection is closed
        assert all(status < 500 for status in found), f"{line!r}: {found}"


@pytest.mark.parametrize("name", REFUSED)
def test_a_head_without_one_good_host_or_without_measure_is_refused(port: int, name: str) -> None:
    for line in (b"POST /sign-in HTTP/1.1\r\n", b"GET /en/ HTTP/1.1\r\n"):
        found = statuses(port, line + b"Connection: close\r\n" + REFUSED[name])
        assert found in ([400], [431], []), f"{line!r}: {found}"


@pytest.mark.parametrize("name", CHUNKS)
def test_a_body_of_broken_chunks_has_no_request_behind_it(port: int, name: str) -> None:
    head = b"POST /sign-in HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
    found = statuses(port, head + CHUNKS[name] + SMUGGLED)
    assert len(found) <= 1, found
    assert all(400 <= status < 500 for status in found), found


@pytest.mark.parametrize(
    "line",
    [
        b"GET / HTTP/9.9",
        b"GET  / HTTP/1.1",
        b"GET / HTTP/1.1 x",
        b"/",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET /\0 HTTP/1.1",
    ],
)
def test_what_is_no_request_is_refused(port: int, line: bytes) -> None:
    found = statuses(port, line + b"\r\n" + HOST + b"\r\n" + SMUGGLED)
    assert len(found) <= 1, found
    assert all(400 <= status < 600 for status in found), found


@pytest.mark.parametrize(
    "path",
    [
        b"/%2e%2e/%2e%2e/etc/passwd", b"/static/..%2f..%2f..%2fetc/passwd", b"/static/%2e%2e/%2e%2e/pyproject.toml",
        b"/../../etc/passwd", b"//etc/passwd", b"//evil.example/", b"/\\evil.example", b"/%5c%5cevil.example",
        b"/static/look.css%00.html", b"/%00", b"/static//etc/passwd", b"/en/..%5c..%5cetc", b"/materials/%2e%2e",
        b"/%c0%ae%c0%ae/etc/passwd", b"/%ff%fe", b"/.git/config", b"/instance/secret", b"/static/../../instance/secret",
    ],
)  # fmt: skip
def test_an_address_that_leads_elsewhere_is_none(port: int, path: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
        got = b"".join(iter(lambda: connection.recv(65_536), b""))
    status = int(got.split(b" ", 2)[1])
    assert status in {400, 404} or (status in {301, 302, 308} and _is_local(got)), got[:300]
    assert b"root:" not in got
    assert b"evil.example" not in re.findall(rb"(?im)^location: (.*)$", got)


def _is_local(answer: bytes) -> bool:
    where = re.findall(rb"(?im)^location: ([^\r\n]*)", answer)[0]
    return bool(re.fullmatch(rb"/(?![/\\])[^\\]*", where))
