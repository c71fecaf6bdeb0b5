"""Sends hostile requests to a real server, as several kinds of people, and judges the answers."""

import re
import socket
import urllib.parse
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from oer.accounts.models import Account, Unit
from oer.app import build_app
from oer.catalogue.models import Collection, Material
from oer.core.installation import Installation
from oer.indicators.models.rounds import Evidence, Round
from oer.indicators.models.sets import Indicator, IndicatorSet
from oer.indicators.reports.models import ReportBuild
from oer.samples.demo import PASSPHRASE
from tests.web.hostile import Hostile, HostileRequest

PEOPLE = ("", "learner@example.org", "educator@example.org", "admin@example.org")
SECONDS = 120  # a busy machine is no fault of a request's


@dataclass
class Found:
    """What came of many requests: how often each status, and what must not be."""

    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


class Sender:
    """Somebody with a browser."""

    def __init__(self, port: int, email: str) -> None:
        self.port, self.email, self.cookie, self.token = port, email, "", ""
        self._take(self._exchange(HostileRequest("GET", b"/sign-in")))
        if email:
            fields = {"email": email, "password": PASSPHRASE, "csrf_token": self.token}
            form = (("Content-Type", "application/x-www-form-urlencoded"),)
            signed_in = self._exchange(
                HostileRequest("POST", b"/sign-in", form, urllib.parse.urlencode(fields).encode())
            )
            assert b" 303 " in signed_in[:20], signed_in[:500]
            self._take(signed_in)
            self._take(self._exchange(HostileRequest("GET", b"/account/profile")))

    def _exchange(self, asked: HostileRequest) -> bytes:
        got = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS) as connection:
            try:
                connection.sendall(asked.sent(self.cookie, self.token))
                while block := connection.recv(65_536):
                    got += block
                    if len(got) > 2_000_000:
                        break
            except (ConnectionResetError, BrokenPipeError):
                pass  # answered before all was read
        return got

    def _take(self, answer: bytes) -> None:
        for cookie in re.findall(rb"(?im)^set-cookie: (oer=[^;\r]*)", answer):
            self.cookie = cookie.decode()
        for token in re.findall(rb'name="csrf_token"[^>]*value="([^"]+)"', answer)[:1]:
            self.token = token.decode()

    def judge(self, asked: HostileRequest) -> tuple[int, str]:
        """Send a request. Return the status of its answer, 0 if there was none, and what is wrong with it."""
        answer = self._exchange(asked)
        head, _, _body = answer.partition(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1]) if head.startswith(b"HTTP/") else 0
        faults = []
        if status >= 500 and not (status == 503 and b"retry-after" in head.lower()):
            faults.append(f"status {status}")
        if status == 0 and not answer:
            faults.append("no answer")
        if b"Traceback (most recent" in answer or re.search(rb"(?im)^x-injected:", head):
            faults.append("says too much")
        where = re.search(rb"(?im)^location: *([^\r\n]*)", head)
        if where and urllib.parse.urlsplit(where[1].decode("latin-1").replace("\\", "/")).netloc not in {
            "",
            "localhost",
        }:
            faults.append(f"leads to {where[1]!r}")
        return status, ", ".join(faults)


def send_all(port: int, hostile: Hostile, seed: int, numbers: Iterable[int], threads: int = 4) -> Found:
    """Send the requests with these numbers, each by the next of PEOPLE."""
    senders = [Sender(port, email) for email in PEOPLE]
    found = Found()

    def send(number: int) -> None:
        asked, sender = hostile.request(seed, number), senders[number % len(senders)]
        status, fault = sender.judge(asked)
        found.statuses[status] += 1
        if fault:
            who = sender.email or "nobody"
            found.faults.append(
                f"{number} by {who}: {fault}: {asked.method} {asked.target[:300]!r} {asked.body[:200]!r}"
            )

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(send, numbers))
    return found


def requests_for(installation: Installation) -> Hostile:
    """Return requests for the routes of the application, with ids of what the installation has."""
    app = build_app(installation)
    columns: dict[str, list[sa.InstrumentedAttribute[Any]]] = {
        "public_id": [Material.public_id, Collection.public_id],
        "account_id": [Account.id],
        "round_id": [Round.id],
        "unit_code": [Unit.code],
        "indicator_id": [Indicator.id],
        "line_code": [Indicator.code],
        "evidence_id": [Evidence.id],
        "build_id": [ReportBuild.id],
        "code": [Unit.code, IndicatorSet.code],
    }
    with installation.database.reading() as session:
        known = {
            name: [str(value) for each in asked for value in session.scalars(sa.select(each).limit(20))]
            for name, asked in columns.items()
        }
    known["code"] += ["LC-09", "bas.song", "thpt", "all"]
    known |= {"period": ["2026-03", "2026", "2026-Q1"], "extension": ["csv", "xlsx", "pdf", "json"], "language": ["vi"]}
    known |= {"name": ["materials", "people", "queries"], "kind": ["areas"]}
    return Hostile(list(app.url_map.iter_rules()), {name: values for name, values in known.items() if values})
