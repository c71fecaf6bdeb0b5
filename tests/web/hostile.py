"""Requests that nobody should send, made at random from a seed: the same seed and number give the same request.

Used by tests/operations/test_random_requests.py (a few hundred) and scripts/bench/hostile_requests.py (10,000).
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from urllib.parse import quote, quote_from_bytes

from werkzeug.routing import AnyConverter, IntegerConverter, Rule

from tests.web.hostile_texts import HEADERS, NAMES, TEXTS

# What would end the sign-ins that the others need; and the one address that says 503 where there is no worker.
LEFT_OUT = {"accounts.sign_out", "accounts.delete", "accounts.end_all_sign_ins", "accounts.end_one_sign_in", "static"}
LEFT_OUT |= {"accounts.password", "accounts_admin.disable", "accounts_admin.revoke"}
NOT_READY = "/readyz"


@dataclass(frozen=True)
class HostileRequest:
    """A request as bytes, but for what says who sends it."""

    method: str
    target: bytes
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""

    def sent(self, cookie: str, token: str) -> bytes:
        """Return the bytes of the request of somebody with a cookie and a form token."""
        own = {name.lower() for name, _ in self.headers}
        lines = [("Host", "localhost"), ("Connection", "close"), *self.headers]
        if cookie and "cookie" not in own:
            lines.append(("Cookie", cookie))
        body = self.body.replace(b"GOOD-TOKEN", token.encode())
        if self.method not in {"GET", "HEAD", "OPTIONS"}:
            lines += [("X-CSRFToken", token), ("Content-Length", str(len(body)))]
        head = "".join(f"{name}: {value}\r\n" for name, value in lines).encode("latin-1", "replace")
        return self.method.encode() + b" " + self.target + b" HTTP/1.1\r\n" + head + b"\r\n" + body


@dataclass
class Hostile:
    """Makes requests to the routes of an application. `known` are ids that are there, by the name of an argument."""

    rules: Sequence[Rule]
    known: Mapping[str, Sequence[str]]
    names: Sequence[str] = NAMES
    bodies: Sequence[Callable[["Hostile", Random], tuple[str, bytes]]] = field(init=False)

    def __post_init__(self) -> None:
        """Leave out the routes that would sign everybody out."""
        self.rules = [rule for rule in self.rules if rule.endpoint not in LEFT_OUT and rule.rule != NOT_READY]
        self.bodies = (Hostile.form, Hostile.form, Hostile.parts, Hostile.document, Hostile.document, Hostile.noise)

    def request(self, seed: int, number: int) -> HostileRequest:
        """Return the request with a number."""
        chance = Random(f"{seed}:{number}")
        rule = chance.choice(self.rules)
        usual = sorted(rule.methods or {"GET"})
        method = (
            chance.choice(usual) if chance.random() < 0.95 else chance.choice(["PUT", "DELETE", "PATCH", "TRACE", "X"])
        )
        target = self._path(rule, chance) + self._query(chance)
        headers = [(name, chance.choice(values)) for name, values in HEADERS if chance.random() < 0.07]
        body = b""
        if method not in {"GET", "HEAD", "OPTIONS"}:
            kind, body = chance.choice(self.bodies)(self, chance)
            if not any(name == "Content-Type" for name, _ in headers):
                headers.append(("Content-Type", kind))
        return HostileRequest(method, target, headers, body)

    def _path(self, rule: Rule, chance: Random) -> bytes:
        parts = [b"/en"] if chance.random() < 0.3 else []
        for is_argument, text in rule._trace:
            parts.append(self._argument(rule, text, chance) if is_argument else text.replace("|", "").encode())
        return b"".join(parts) or b"/"

    def _argument(self, rule: Rule, name: str, chance: Random) -> bytes:
        converter = rule._converters.get(name)
        if isinstance(converter, AnyConverter) and chance.random() < 0.9:
            return str(chance.choice(sorted(converter.items))).encode()
        good = self.known.get(name) or (["1", "2"] if isinstance(converter, IntegerConverter) else ["x"])
        if chance.random() < 0.7:
            return quote(str(chance.choice(good)), safe="").encode()
        return quote_from_bytes(chance.choice(TEXTS)[:3000], safe="").encode() or b"0"

    def _query(self, chance: Random) -> bytes:
        if chance.random() < 0.35:
            return b""
        pairs = [self._name(chance) + b"=" + self._text(chance) for _ in range(chance.choice((1, 1, 2, 3, 30)))]
        return b"?" + b"&".join(pairs)[:20_000]

    def _name(self, chance: Random) -> bytes:
        name = chance.choice(self.names)
        return quote(name + chance.choice(("", "", "", "[]", "-0", ".vi")), safe="[]").encode()

    @staticmethod
    def _text(chance: Random) -> bytes:
        text = chance.choice(TEXTS)
        return (
            quote_from_bytes(text, safe="").encode()
            if chance.random() < 0.9
            else re.sub(rb"[\x00-\x20\x7f-\xff]", b"%", text)
        )

    def form(self, chance: Random) -> tuple[str, bytes]:
        """Return a form of fields that there are, each with some text."""
        pairs = [self._name(chance) + b"=" + self._text(chance) for _ in range(chance.choice((0, 1, 5, 20)))]
        return "application/x-www-form-urlencoded", b"&".join([*pairs, b"csrf_token=GOOD-TOKEN"])

    def parts(self, chance: Random) -> tuple[str, bytes]:
        """Return a form with files, some of it broken."""
        lines = [b'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\nGOOD-TOKEN\r\n']
        for _ in range(chance.choice((0, 1, 3))):
            name, text = chance.choice(self.names).encode(), chance.choice(TEXTS)
            given = re.sub(rb"[\r\n\"]", b"", chance.choice(TEXTS)[:200])
            file = b'; filename="%s%s"' % (given, chance.choice((b".pdf", b".zip", b".txt", b"", b".csv")))
            lines.append(
                b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n' % (name, chance.choice((b"", file)))
            )
            lines.append(text + b"\r\n")
        lines.append(chance.choice((b"--b--\r\n", b"--b--", b"", b"--c--\r\n", b"--b\r\n")))
        return "multipart/form-data; boundary=b", b"".join(lines)

    def document(self, chance: Random) -> tuple[str, bytes]:
        """Return JSON, most of it well-formed."""
        value: object = chance.choice(TEXTS).decode("utf-8", "replace")
        for _ in range(chance.choice((0, 1, 2, 5))):
            value = chance.choice(
                ([value], {chance.choice(self.names): value}, {"vi": value}, [value, None, 1e308, -(10**30)])
            )
        body = json.dumps({"metadata": {chance.choice(("title", "creators", "subjects", "languages", "x")): value}})
        broken = chance.choice(
            (body, body, body, body[:-3], "[" * 50_000, f"[{'9' * 5000}]", '{"a":1,"a":2}', "NaN", "\\ud800")
        )
        return chance.choice(
            ("application/json", "application/json", "application/problem+json", "text/plain")
        ), broken.encode()

    def noise(self, chance: Random) -> tuple[str, bytes]:
        """Return bytes of no meaning."""
        return chance.choice(("", "text/plain", "application/xml", "application/octet-stream")), chance.randbytes(300)
