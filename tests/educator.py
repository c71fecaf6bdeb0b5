"""An educator who talks to a running service over HTTP, as the page's script and as a form without one do."""

import http.client
import json
import re
import secrets
import time
import urllib.parse
from collections.abc import Iterable, Iterator
from contextlib import suppress
from email.message import Message
from typing import Protocol

from tests.serving import Service

EMAIL, PASSWORD = "educator@example.com", "con meo treo cay cau"


class Content(Protocol):
    """Bytes to upload, made while they are sent."""

    size: int

    def __iter__(self) -> Iterator[bytes]: ...


class Refused(AssertionError):
    """The service did not acknowledge what was sent."""

    def __init__(self, status: int, answer: str) -> None:
        super().__init__(f"{status}: {answer[:500]}")
        self.status = status


class Educator:
    """Somebody who has an account; after `begin`, also a sign-in and a draft."""

    def __init__(self, service: Service) -> None:
        service.run("account", "create", "--email", EMAIL, "--role", "educator", "--password-stdin", given=PASSWORD)
        self.port, self.cookie, self.token = service.port, "", ""

    def begin(self) -> None:
        """Sign in and make a draft."""
        self._ask("GET", "/sign-in")
        self._ask("POST", "/sign-in", urllib.parse.urlencode({"email": EMAIL, "password": PASSWORD, **self._token()}))
        self._ask("GET", "/my/materials/new")
        status, answer = self._ask("POST", "/api/v1/materials", json.dumps({"metadata": {"title": {"vi": "Thử"}}}))
        assert status == 201, answer
        self.draft = json.loads(answer)["id"]

    def _token(self) -> dict[str, str]:
        return {"csrf_token": self.token}

    def _ask(self, method: str, path: str, body: str = "") -> tuple[int, str]:
        kind = "application/json" if path.startswith("/api") else "application/x-www-form-urlencoded"
        status, answer, headers = self._send(method, path, [body.encode()], len(body.encode()), kind)
        for line in headers.get_all("Set-Cookie") or ():
            name = line.split("=", 1)[0]
            kept = [each for each in self.cookie.split("; ") if each and not each.startswith(f"{name}=")]
            self.cookie = "; ".join([*kept, line.split(";", 1)[0]])
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer)
        if found:
            self.token = found[1]
        return status, answer

    def _send(self, method: str, path: str, blocks: Iterable[bytes], size: int, kind: str) -> tuple[int, str, Message]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        connection.putrequest(method, path)
        headers = {"Content-Type": kind, "Content-Length": str(size), "Cookie": self.cookie}
        if path.startswith("/api"):
            headers["X-CSRFToken"] = self.token
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        with suppress(BrokenPipeError, ConnectionResetError):  # the answer may come before the end of the body
            for block in blocks:
                connection.send(block)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        connection.close()
        return answer.status, text, answer.headers

    def upload_raw(self, content: Content, name: str = "bai.txt") -> float:
        """Send a file as the page's script and programs do; return the seconds until it is acknowledged."""
        path = f"/api/v1/materials/{self.draft}/files?name={name}&key={secrets.token_hex(8)}"
        begun = time.perf_counter()
        status, answer, _ = self._send("POST", path, content, content.size, "application/octet-stream")
        if status != 201:
            raise Refused(status, answer)
        return time.perf_counter() - begun

    def upload_form(self, content: Content) -> float:
        """Send a file as a form without a script does; return the seconds until it is acknowledged."""
        mark = "----bench"
        fields = {**self._token(), "key": secrets.token_hex(8)}
        head = "".join(
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        )
        head += f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="bai.txt"\r\n'
        head += "Content-Type: text/plain\r\n\r\n"
        tail = f"\r\n--{mark}--\r\n"

        def blocks() -> Iterator[bytes]:
            yield head.encode()
            yield from content
            yield tail.encode()

        begun = time.perf_counter()
        size = content.size + len(head) + len(tail)
        path = f"/my/materials/{self.draft}/files"
        status, answer, headers = self._send("POST", path, blocks(), size, f"multipart/form-data; boundary={mark}")
        took = time.perf_counter() - begun
        assert status == 303, (status, re.sub(r"<[^>]+>|\s+", " ", answer)[:800], headers)
        return took
