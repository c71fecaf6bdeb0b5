"""The scanner client, asked of a real clamd where one is installed."""

import io
import shutil
import socket
import subprocess
import threading
import time
import zipfile
from contextlib import suppress

import pytest

from oer.backends.scanning import VerdictState, open_scanner

# The harmless file that every scanner agrees to find (eicar.org); in two halves, so that none finds this module.
EICAR = (r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD" + "-ANTIVIRUS-TEST-FILE!$H+H*").encode()
STREAM_LIMIT = 1_000_000


def zipped(content):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bài/virus.com", content)
    return target.getvalue()


def is_up(place):
    with suppress(OSError), socket.create_connection(place, timeout=1) as connection:
        connection.sendall(b"zPING\0")
        return connection.recv(100) == b"PONG\0"
    return False


@pytest.fixture(scope="module")
def clamd(tmp_path_factory):
    """A clamd that knows EICAR alone: its TCP place and its socket."""
    program = shutil.which("clamd", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        pytest.skip("clamd is not installed")
    folder = tmp_path_factory.mktemp("clamd")
    folder.chmod(0o755)
    (folder / "known").mkdir()
    (folder / "known" / "test.ndb").write_text(f"Eicar-Test:0:*:{EICAR.hex()}\n")
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    options = {
        "DatabaseDirectory": folder / "known",
        "TCPSocket": port,
        "TCPAddr": "127.0.0.1",
        "LocalSocket": folder / "socket",
        "Foreground": "yes",
        "LogFile": folder / "log",
        "StreamMaxLength": STREAM_LIMIT,
    }
    (folder / "conf").write_text("".join(f"{name} {value}\n" for name, value in options.items()))
    with (folder / "output").open("w") as output:
        process = subprocess.Popen([program, f"--config-file={folder / 'conf'}"], stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + 60
        while not is_up(("127.0.0.1", port)):
            assert process.poll() is None, (folder / "output").read_text()[-2000:]
            assert time.monotonic() < deadline, "clamd did not start"
            time.sleep(0.1)
        yield f"clamd://127.0.0.1:{port}", f"clamd:{folder / 'socket'}"
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def scan(tmp_path):
    def scan_bytes(url, content):
        (tmp_path / "file").write_bytes(content)
        return open_scanner(url).scan(tmp_path / "file")

    return scan_bytes


@pytest.mark.server
@pytest.mark.parametrize("way", [0, 1], ids=["tcp", "socket"])
class TestClamd:
    def test_a_harmless_file_is_clean(self, clamd, scan, way):
        assert scan(clamd[way], "bài học ".encode() * 80_000).state == VerdictState.CLEAN

    def test_an_empty_file_is_clean(self, clamd, scan, way):
        assert scan(clamd[way], b"").state == VerdictState.CLEAN

    @pytest.mark.parametrize("wrap", [bytes, zipped], ids=["bare", "zipped"])
    def test_malware_is_found_and_named(self, clamd, scan, way, wrap):
        verdict = scan(clamd[way], wrap(EICAR))
        assert verdict.state == VerdictState.INFECTED
        assert "Eicar" in verdict.finding

    def test_a_file_that_the_scanner_does_not_take_is_unscanned(self, clamd, scan, way):
        assert scan(clamd[way], bytes(STREAM_LIMIT * 20)).state == VerdictState.UNSCANNED


def test_without_a_scanner_everything_is_unscanned(scan):
    assert scan("", EICAR).state == VerdictState.UNSCANNED


@pytest.mark.parametrize("url", ["clamd://127.0.0.1:9", "clamd:/nowhere/at/all.socket"])
def test_a_scanner_that_is_down_is_a_verdict(scan, url):
    verdict = scan(url, b"x")
    assert verdict.state == VerdictState.UNAVAILABLE
    assert verdict.finding


@pytest.mark.parametrize("answer", [b"", b"UNKNOWN COMMAND\0", b"stream: Can't allocate memory ERROR\0"])
def test_an_answer_that_is_none_asks_for_another_try(scan, answer):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def reply():
            connection, _ = server.accept()
            with connection:
                received = b""
                while not received.endswith(bytes(4)):
                    received += connection.recv(4096)
                connection.sendall(answer)

        thread = threading.Thread(target=reply)
        thread.start()
        verdict = scan(f"clamd://127.0.0.1:{server.getsockname()[1]}", b"x")
        thread.join()
    assert verdict.state == VerdictState.UNAVAILABLE


@pytest.mark.parametrize("url", ["virus:/x", "clamd", "clamd:", "clamd://host", "clamd://host:port", "clamd:relative"])
def test_an_unknown_scanner_is_refused_at_the_start(url):
    with pytest.raises(ValueError):
        open_scanner(url)
