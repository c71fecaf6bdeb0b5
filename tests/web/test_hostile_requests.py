"""Whatever a stranger sends, to whichever address: an answer, never our error, never a way to another site."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter, IntegerConverter, Rule

from oer.app import build_app
from oer.catalogue.models import Collection, Material, Version, VersionState
from oer.core.db import Base
from oer.core.installation import Installation
from oer.samples.demo import PASSPHRASE
from tests.operations.full_catalogue import open_full_catalogue, take_out_made_up

READINESS = "/readyz"  # made-up rows are not ready for use, and it says so with a 503
# What `url_for`, a view or a template could take for something of its own.
NAMES = ("endpoint", "_external", "_method", "_scheme", "_anchor", "public_id", "number", "self", "values", "app")
BOUNDARY = "b0undary"
JSON, FORM, PARTS = "application/json", "application/x-www-form-urlencoded", f"multipart/form-data; boundary={BOUNDARY}"
BODIES = [
    *((JSON, body) for body in (b"[[[[", b"5", b"null", b"[1, 2]", b'"x"', b"\xff", b"", b"[" * 100_000)),
    *(
        (JSON, b'{"%s": %s}' % pair)
        for pair in product((b"email", b"\\ud800", b"\\u0000"), (b'"\\ud800"', b"[]", b"{}"))
    ),
    *((FORM, body) for body in (b"%00=1", b"email=%00", b"=&=&&", b"%ED%A0%80=%ED%A0%80", b"email", b"csrf_token=%FF")),
    *((PARTS, body) for body in (b"", b"--b0undary--\r\n", b"--b0undary\r\n\r\nx\r\n--b0undary--\r\n")),
    *(
        (PARTS, b"--b0undary\r\nContent-Disposition: form-data%s\r\n\r\n%s\r\n--b0undary--\r\n" % part)
        for part in (
            (b"", b"no name"),
            (b'; filename="a.txt"', b"a file without a name"),
            (b'; name="email"', b"\0"),
            (b'; name="csrf_token"; filename="t"', b"a file where a text is meant"),
            (b"; name*=UTF-8''%ED%A0%80%00; filename*=UTF-8''%ED%A0%80%00", b"x"),
        )
    ),
    ("text/plain", b"x"),
    *(
        (kind, b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>')
        for kind in ("application/xml", "text/xml", "application/soap+xml")
    ),
    ("", b"x"),
]


@pytest.fixture(scope="module")
def full(sample_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = open_full_catalogue(sample_instance, tmp_path_factory.mktemp("hostile") / "instance")
    with installation.database.transaction() as session:
        take_out_made_up(session, installation.settings.secret_key)
    yield installation
    installation.database.engine.dispose()


@pytest.fixture(scope="module")
def app(full: Installation) -> Flask:
    return build_app(full)


@pytest.fixture(params=["", "admin"])
def visitor(app: Flask, request: pytest.FixtureRequest) -> FlaskClient:
    """A browser of nobody in particular, and one of somebody who may do anything."""
    client = app.test_client()
    if request.param:
        given = {"email": f"{request.param}@example.org", "password": PASSPHRASE, "csrf_token": _token(client)}
        assert client.post("/sign-in", data=given).status_code == 303
    return client


def _token(client: FlaskClient) -> str:
    for page in ("/sign-in", "/account/profile"):
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(page).text)
        if found:
            return found[1]
    raise AssertionError("there is no form")


def _addresses(app: Flask, full: Installation, method: str) -> list[str]:
    """Every address of the site for a method, with things in it that are there."""
    with full.database.reading() as session:
        shown = sa.select(Material.public_id).join(Version, Version.id == Material.current_version_id)
        material = session.scalars(shown.where(Version.state == VersionState.PUBLISHED)).first()
        collection = session.scalars(sa.select(Collection.public_id)).first()
    adapter = app.url_map.bind("localhost")
    addresses = []
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or ()):
            values: dict[str, Any] = dict(rule.defaults or {})
            values |= {name: _value(rule, name) for name in rule.arguments - values.keys()}
            if "public_id" in values:
                values["public_id"] = collection if "/collections/" in rule.rule else material
            values |= {name: found for name, found in _there(rule).items() if name in rule.arguments}
            addresses.append(adapter.build(rule.endpoint, values, method=method, append_unknown=False))
    return addresses


def _there(rule: Rule) -> dict[str, str]:
    """What leads further than "there is no such thing"."""
    if rule.endpoint.startswith("indicators"):
        return {"period": "2026-03", "code": "UNESCO-KF" if "/sets/" in rule.rule else "LC-09"}
    return {"code": "bas.song"} if "/subjects/" in rule.rule else {}


def _value(rule: Rule, name: str) -> str | int:
    converter = rule._converters[name]
    if isinstance(converter, IntegerConverter):
        return 1
    return sorted(converter.items)[0] if isinstance(converter, AnyConverter) else "x"


def _leads_away(where: str | None) -> bool:
    host = urlsplit((where or "").replace("\\", "/")).netloc
    return host not in {"", "localhost"}


def test_no_argument_of_an_address_is_an_error_or_a_way_to_another_site(
    app: Flask, full: Installation, visitor: FlaskClient
) -> None:
    faults = []
    for address, name in product(_addresses(app, full, "GET"), NAMES):
        # As it is, and with a material's id as people misread it.
        for given in {address, re.sub("(?<=^/materials/)[^/]+", lambda found: found[0].upper(), address)}:
            answer = visitor.get(f"{given}?{name}=evil.example&{name}%5B%5D=1", buffered=False)
            if (answer.status_code >= 500 and address != READINESS) or _leads_away(answer.headers.get("Location")):
                faults.append((given, name, answer.status_code, answer.headers.get("Location")))
            answer.close()
    assert faults == []


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5000, "²", "-1"])
def test_no_number_of_an_address_is_an_error(app: Flask, full: Installation, visitor: FlaskClient, number: str) -> None:
    faults = []
    for address, name in product(_addresses(app, full, "GET"), ("version", "round_id", "page", "line")):
        answer = visitor.get(f"{address}?{name}={number}", buffered=False)
        if answer.status_code >= 500 and address != READINESS:
            faults.append((address, name, answer.status_code))
        answer.close()
    assert faults == []


def test_no_body_is_an_error(app: Flask, full: Installation, visitor: FlaskClient) -> None:
    token = _token(visitor)
    faults = []
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for address, (kind, body) in product(_addresses(app, full, method), BODIES):
            if address in {"/sign-out", "/account/delete"}:
                continue
            answer = visitor.open(
                address, method=method, data=body, content_type=kind, headers={"X-CSRFToken": token}, buffered=False
            )
            if answer.status_code >= 500:
                faults.append((method, address, kind, body[:80], answer.status_code))
            answer.close()
    assert faults == []


def _rows(full: Installation) -> dict[str, list[tuple[Any, ...]]]:
    with full.database.reading() as session:
        return {
            table.name: [tuple(row) for row in session.execute(sa.select(table).order_by(*table.primary_key))]
            for table in Base.metadata.sorted_tables
        }


def test_nothing_is_changed_by_being_looked_at(app: Flask, full: Installation, visitor: FlaskClient) -> None:
    before = _rows(full)
    for address in _addresses(app, full, "GET"):
        for method in ("GET", "HEAD", "OPTIONS"):
            visitor.open(address, method=method, buffered=False).close()
    assert _rows(full) == before
