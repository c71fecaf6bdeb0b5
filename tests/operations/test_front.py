"""The front with real sockets: slow clients, kept answers, files, refusals."""

import hashlib
import http.client
import io
import random
import re
import secrets
import shutil
import socket
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from oer.app import build_app, open_installation
from oer.catalogue.services.files import add_file
from oer.catalogue.services.review import publish, submit_for_review
from oer.config import Settings
from oer.core.installation import Installation
from tests.catalogue.factories import make_educator, make_material, make_published, make_reviewer
from tests.files.factories import keep_file
from tests.serving import Service

pytestmark = pytest.mark.server
TEXT = random.Random(1).randbytes(350_000).hex().encode()
PATIENCE = 60
METRICS_TOKEN = "of the figures alone, for this test"
SERVER_ONLY = {"date", "server", "connection", "transfer-encoding", "vary", "x-request-id"}


@dataclass
class Site:
    """A running service with one published material of two files, and the same installation in this process."""

    service: Service
    installation: Installation
    public_id: str
    sha256: str

    @property
    def file(self) -> str:
        return f"/materials/{self.public_id}/files/1/download"

    def ask(self, path: str, method: str = "GET", address: str = "192.0.2.1", **headers: str) -> "Said":
        connection = self.connection()
        try:
            return asked(connection, path, method, address, **headers)
        finally:
            connection.close()

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=PATIENCE)

    def begin(self, stack: ExitStack, head: str, address: str) -> socket.socket:
        """Send the head of a request, and nothing more."""
        opened = stack.enter_context(socket.create_connection(("127.0.0.1", self.service.port), timeout=PATIENCE))
        opened.sendall(f"{head}\r\nHost: localhost\r\nX-Forwarded-For: {address}\r\n".encode())
        return opened


@dataclass
class Said:
    status: int
    headers: dict[str, str]
    body: bytes


def asked(
    connection: http.client.HTTPConnection, path: str, method: str = "GET", address: str = "192.0.2.1", **headers: str
) -> Said:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, headers={"X-Forwarded-For": address, **named})
    answer = connection.getresponse()
    return Said(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())


@pytest.fixture(scope="module")
def site(upgraded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("front")
    shutil.copytree(upgraded, folder / "instance")
    given = {
        "OER_DATABASE_URL": "",
        "OER_TRUSTED_PROXIES": "1",
        "OER_METRICS_TOKEN": METRICS_TOKEN,
        "OER_SMTP_URL": "none:",  # with a proxy it is for the public
        "OER_BODY_PAUSE_SECONDS": "3",
        "OER_BODIES_PER_ADDRESS": "10",
        "OER_FILES_PER_ADDRESS": "10",
    }
    service = Service(folder / "instance", given, upgraded=True)
    settings = Settings(
        instance_dir=folder / "aside",  # a spool of its own, which no worker takes away
        secret_key=secrets.token_urlsafe(32),
        database_url=f"sqlite:///{folder / 'instance' / 'oer.sqlite3'}",
        search_url=f"whoosh:{folder / 'instance' / 'index'}",
        jobs_url=f"sqlite:{folder / 'instance' / 'jobs.sqlite3'}",
        storage_url=service.environment["OER_STORAGE_URL"],
        trusted_proxies=1,
        base_url=service.url,
        page_cache_bytes=0,
    )
    installation = open_installation(settings)
    with installation.database.transaction() as session:
        owner = make_educator(session)
        material = make_material(session, owner, content=None)
        for name, content in (("bài.txt", TEXT), ("hai.txt", b"Bai hai")):
            blob = keep_file(session, installation.storage, content, name)
            add_file(session, material, blob.sha256, name)
        submit_for_review(session, owner, material)
        publish(session, make_reviewer(session), material)
        public_id = material.public_id
    with service:
        yield Site(service, installation, public_id, hashlib.sha256(TEXT).hexdigest())
    installation.database.engine.dispose()


HALF = "POST /sign-in HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000"


def _status(opened: socket.socket) -> int:
    return int(opened.makefile("rb").readline().split()[1])


def test_half_sent_forms_hold_up_nobody_and_end(site: Site) -> None:
    with ExitStack() as stack:
        halves = [site.begin(stack, HALF, f"192.0.2.{number % 20}") for number in range(120)]
        for opened in halves:
            opened.sendall(b"\r\nhalf")
        assert site.ask("/").status == 200
        assert site.ask("/sign-in").status == 200
        assert {_status(opened) for opened in halves} == {408}


def test_one_address_may_send_only_so_much_at_once(site: Site) -> None:
    with ExitStack() as stack:
        halves = [site.begin(stack, HALF, "198.51.100.7") for _ in range(60)]
        for opened in halves:
            opened.sendall(b"\r\nhalf")
        statuses = Counter(_status(opened) for opened in halves)
        assert set(statuses) == {408, 503}
        assert statuses[408] <= 2 * 10  # of each web process
        with ExitStack() as others:
            assert _status(_whole_form(site, others, "198.51.100.8")) != 503


def _whole_form(site: Site, stack: ExitStack, address: str) -> socket.socket:
    opened = site.begin(stack, HALF, address)
    opened.sendall(b"\r\n" + b"email=a%40example.org&x=" + b"x" * 976)
    return opened


def test_a_form_over_a_slow_line_arrives(site: Site) -> None:
    with ExitStack() as stack:
        opened = site.begin(stack, HALF, "192.0.2.50")
        opened.sendall(b"\r\nemail=a%40example.org&x=")
        for _ in range(8):
            time.sleep(0.7)
            opened.sendall(b"x" * 122)
        assert _status(opened) not in {408, 503}


def test_what_is_refused_leaves_the_connection_usable(site: Site) -> None:
    connection = site.connection()
    for size in (10, 50_000):
        connection.request("POST", "/my/materials/new", body=b"x" * size, headers={"X-Forwarded-For": "192.0.2.60"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status in {400, 401, 403}
        assert asked(connection, "/").status == 200
    connection.close()


def test_a_large_upload_is_refused_before_it_is_sent(site: Site) -> None:
    with ExitStack() as stack:
        head = "POST /api/v1/materials/none/files?name=a.txt HTTP/1.1\r\nContent-Length: 1000000000"
        opened = site.begin(stack, f"{head}\r\nExpect: 100-continue", "192.0.2.61")
        opened.sendall(b"\r\n")
        said = opened.makefile("rb")
        assert int(said.readline().split()[1]) in {400, 401, 403}
        assert b"connection: close\r\n" in [line.lower() for line in iter(said.readline, b"\r\n")]


def test_a_body_that_broke_off_is_not_taken_for_the_whole(site: Site) -> None:
    with ExitStack() as stack:
        head = "POST /sign-in HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked"
        opened = site.begin(stack, head, "192.0.2.62")
        opened.sendall(b"\r\n5\r\nemail\r\n")
        opened.shutdown(socket.SHUT_WR)
        said = opened.makefile("rb").readline()
        assert not said or int(said.split()[1]) == 400


ENCODINGS = ("", "gzip", "br, gzip, zstd")


def _by_application(site: Site, path: str, method: str = "GET", **headers: str) -> Said:
    """What the WSGI application answers by itself."""
    asking = {name.replace("_", "-"): value for name, value in headers.items()}
    with build_app(site.installation).test_client() as client:
        answer = client.open(path, method=method, headers={"X-Forwarded-For": "192.0.2.1", **asking})
        return Said(answer.status_code, {name.lower(): value for name, value in answer.headers}, answer.data)


def _without_server(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in SERVER_ONLY}


def _asked_until(is_right: Callable[[Said], bool], site: Site, path: str, **headers: str) -> Said:
    """Ask until an answer is right: on a busy machine a page may be made for one reader alone, and not be kept."""
    deadline = time.monotonic() + PATIENCE
    while not is_right(answer := site.ask(path, **headers)):
        assert time.monotonic() < deadline, (answer.status, answer.headers)
    return answer


@pytest.mark.parametrize("path", ["/", "/en/", "/subjects", "MATERIAL", "/en/MATERIAL"])
def test_kept_pages_are_those_of_the_application(site: Site, path: str) -> None:
    path = path.replace("MATERIAL", f"materials/{site.public_id}").replace("//", "/")
    path = path if path.startswith("/") else f"/{path}"
    for encoding in ENCODINGS:
        answers = [site.ask(path, Accept_Encoding=encoding) for _ in range(6)]
        assert {answer.status for answer in answers} == {200}
        kept = _asked_until(lambda answer: "etag" in answer.headers, site, path, Accept_Encoding=encoding)
        assert len({answer.body for answer in answers if "etag" in answer.headers}) == 1
        head = site.ask(path, "HEAD", Accept_Encoding=encoding)
        assert (head.status, head.body) == (200, b"")
        asking = {"Accept_Encoding": encoding, "If_None_Match": kept.headers["etag"]}
        same = _asked_until(lambda answer: answer.status == 304, site, path, **asking)
        assert same.body == b""
        assert "content-type" not in same.headers
        assert same.headers["etag"] == kept.headers["etag"]
        plain = _by_application(site, path)
        ours = {"content-length", "content-encoding", "etag", "vary"}
        assert {name: value for name, value in _without_server(kept.headers).items() if name not in ours} == {
            name: value for name, value in _without_server(plain.headers).items() if name not in ours
        }
        assert kept.headers.get("content-encoding", "") == {"": "", "gzip": "gzip"}.get(encoding, "br")
        assert ('<html lang="en"' in plain.body.decode()) == path.startswith("/en/")
        if not encoding:
            assert kept.body == plain.body


def test_a_page_of_somebody_who_signed_in_is_nobody_elses(site: Site) -> None:
    assert site.ask("/", Cookie="oer=not-a-session").status == 200
    large = site.ask("/", Cookie="oer_display=high.large")
    for _ in range(4):
        assert site.ask("/", Cookie="oer_display=high.large").body == large.body
    assert site.ask("/").body != large.body


def test_a_kept_page_changes_with_the_database(site: Site) -> None:
    path = f"/materials/{site.public_id}"
    for _ in range(6):
        assert "Tựa mới".encode() not in site.ask(path).body
    with site.installation.database.transaction() as session:
        other = make_published(session, title={"vi": "Tựa mới"}).public_id
    deadline = time.monotonic() + PATIENCE
    while "Tựa mới".encode() not in site.ask("/").body:
        assert time.monotonic() < deadline
    assert site.ask(f"/materials/{other}").status == 200


def test_the_use_of_kept_pages_and_files_is_noted(site: Site) -> None:
    path = f"/materials/{site.public_id}"
    before = _noted(site)
    for _ in range(10):
        assert site.ask(path).status == 200
        site.ask(site.file)
        site.ask(site.file, Range="bytes=0-9")
        site.ask(site.file, Range="bytes=10-19")  # a later part is no use of its own
        site.ask(path, "HEAD")
        site.ask(path, Sec_Purpose="prefetch")
        site.ask(path, X_Purpose="preview")
    assert _noted(site) - before == Counter(view=10, download=20)


def _noted(site: Site) -> Counter[str]:
    """Count the events of this material by kind: in the spool, and what the worker has taken from it."""
    lines = b"".join(path.read_bytes() for path in (site.service.instance / "spool").glob("*.jsonl"))
    found = re.findall(rb'"k":"(\w+)"[^}]*?"i":"' + site.public_id.encode(), lines)
    assert found or b"view" not in lines, lines[:500]
    return Counter(kind.decode() for kind in found)


ASKED = [
    {},
    {"Range": "bytes=0-99"},
    {"Range": "bytes=100-"},
    {"Range": "bytes=-7"},
    {"Range": "bytes=999999999-"},
    {"Range": "bytes=5-1"},
    {"Range": "bytes=0-1,3-4"},
    {"Range": "bytes=0-9", "If_Range": '"another"'},
    {"Range": "bytes=0-9", "If_Range": "ETAG"},
    {"Range": "bytes=0-9", "If_Range": "Sat, 29 Oct 2044 19:43:31 GMT"},
    {"If_None_Match": "ETAG"},
    {"If_None_Match": "*"},
    {"If_None_Match": 'W/"other"'},
]


@pytest.mark.parametrize("headers", ASKED)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_files_are_sent_as_the_application_sends_them(site: Site, method: str, headers: dict[str, str]) -> None:
    named = {name: value.replace("ETAG", f'"{site.sha256}"') for name, value in headers.items()}
    expected = _by_application(site, site.file, method, **named)
    for _ in range(5):
        site.ask(site.file)  # so that it is kept
        ours = site.ask(site.file, method, **named)
        assert ours.status == expected.status
        assert ours.body == expected.body
        assert _without_server(ours.headers) == _without_server(expected.headers)


def test_a_zip_made_while_it_is_sent_is_whole(site: Site) -> None:
    whole = site.ask(f"/materials/{site.public_id}/download", address="192.0.2.80")
    with zipfile.ZipFile(io.BytesIO(whole.body)) as archive:
        assert archive.testzip() is None
        assert TEXT in [archive.read(name) for name in archive.namelist()]


def test_readers_that_take_nothing_are_limited(site: Site) -> None:
    with ExitStack() as stack:
        readers = []
        for _ in range(60):
            opened = stack.enter_context(socket.socket())
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            opened.settimeout(PATIENCE)
            opened.connect(("127.0.0.1", site.service.port))
            opened.sendall(
                f"GET {site.file} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 203.0.113.5\r\n\r\n".encode()
            )
            readers.append(opened)
        statuses = Counter(int(opened.recv(12).split()[1]) for opened in readers)
        assert set(statuses) == {200, 503}
        assert site.ask(site.file).body == TEXT
    deadline = time.monotonic() + PATIENCE
    while site.ask(site.file, address="203.0.113.5").status != 200:  # the connections are gone
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.parametrize("harm", ["short", "gone"])
def test_a_file_that_came_to_harm_is_not_served(site: Site, harm: str) -> None:
    path = site.installation.storage.local_path(site.sha256)
    assert path is not None
    assert site.ask(site.file).status == 200
    aside = path.with_name("aside")
    path.rename(aside)
    try:
        if harm == "short":
            path.write_bytes(TEXT[:1000])
        for headers in ({}, {"Range": "bytes=0-9"}):
            assert site.ask(site.file, **headers).status not in {200, 206}
    finally:
        aside.replace(path)
        with site.installation.database.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE blob SET condition = 'whole'")


def test_a_probe_may_name_any_host(site: Site) -> None:
    for host in ("10.0.0.7:8000", "anything", "a b"):
        assert site.ask("/healthz", Host=host).body == b"ok\n"
        assert _by_application(site, "/healthz", Host=host).body == b"ok\n"
    assert site.ask("/", Host="anything").status == 400


def test_a_port_that_is_taken_is_one_sentence(site: Site) -> None:
    done = site.service.run("serve", "--no-worker", check=False)
    assert done.returncode != 0
    assert re.fullmatch(r"Error: Port \d+ of 127.0.0.1 is taken[^\n]*\n", done.stderr)


def test_kept_answers_are_among_the_figures(site: Site) -> None:
    for _ in range(6):
        site.ask("/subjects")
    figures = site.ask("/metrics", Authorization=f"Bearer {METRICS_TOKEN}").body.decode()
    assert 'endpoint="front.kept"' in figures
