"""A client for clamd's INSTREAM command (clamd(8), "COMMANDS"): the file is sent in blocks with their lengths."""

import socket
import struct
from contextlib import suppress
from pathlib import Path

from oer.backends.outages import Part
from oer.backends.scanning.protocol import Verdict, VerdictState

BLOCK_BYTES = 256 * 1024
PROBE_SECONDS = 10
SECONDS = 120  # clamd itself gives up on a file after MaxScanTime, two minutes by default


class ClamdScanner:
    """A clamd at (host, port) or at the path of a Unix socket."""

    def __init__(self, place: tuple[str, int] | str, seconds: float = SECONDS) -> None:
        self._place = place
        self._seconds = seconds
        self._part = Part("virus scanner")

    def scan(self, path: Path) -> Verdict:
        """See `Scanner.scan`."""
        try:
            with self._connect() as connection, path.open("rb") as file:
                # Above its size limit clamd answers and closes the connection early.
                with suppress(BrokenPipeError, ConnectionResetError):
                    connection.sendall(b"zINSTREAM\0")
                    while block := file.read(BLOCK_BYTES):
                        connection.sendall(struct.pack("!I", len(block)) + block)
                    connection.sendall(struct.pack("!I", 0))
                answer = _read_answer(connection)
        except OSError as error:
            self._part.failed(f"clamd does not answer: {error}")
            return Verdict(VerdictState.UNAVAILABLE, str(error)[:200])
        self._part.worked()
        return _verdict(answer)

    def probe(self) -> str:
        """See `Scanner.probe`."""
        try:
            with self._connect() as connection:
                connection.settimeout(PROBE_SECONDS)
                connection.sendall(b"zPING\0")
                answer = _read_answer(connection)
        except OSError as error:
            return str(error)[:200]
        return "" if answer == "PONG" else answer[:200] or "no answer"

    def _connect(self) -> socket.socket:
        if isinstance(self._place, tuple):
            return socket.create_connection(self._place, timeout=self._seconds)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(self._seconds)
            connection.connect(self._place)
        except OSError:
            connection.close()
            raise
        return connection


def _read_answer(connection: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < 4096:
        block = connection.recv(4096)
        if not block:
            break
        answer += block
    return answer.rstrip(b"\0").decode("utf-8", "replace").strip()


def _verdict(answer: str) -> Verdict:
    text = answer.removeprefix("stream: ")
    if text == "OK":
        return Verdict(VerdictState.CLEAN)
    if text.endswith(" FOUND"):
        return Verdict(VerdictState.INFECTED, text.removesuffix(" FOUND")[:200])
    if "size limit exceeded" in text:
        return Verdict(VerdictState.UNSCANNED, "larger than the scanner takes")
    return Verdict(VerdictState.UNAVAILABLE, text[:200] or "no answer")
