from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from oer.app import build_app
from oer.core.installation import Installation


def test_every_page_allows_no_foreign_host_and_no_framing(client: FlaskClient) -> None:
    for address in ("/", "/nothing", "/healthz"):
        headers = client.get(address).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_reading_sets_no_cookie(client: FlaskClient) -> None:
    assert "Set-Cookie" not in client.get("/").headers
    assert "Set-Cookie" not in client.get("/nothing").headers


def test_static_files_are_kept_for_a_year_and_change_address_with_content(client: FlaskClient) -> None:
    page = client.get("/en/nothing").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    assert address.startswith("/static/look.css?v=")
    with client.get(address) as answer:
        assert "max-age=31536000" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("given", "asked", "header"),
    [
        ({}, {"X-Forwarded-Proto": "https"}, "max-age=31536000"),
        ({"hsts_seconds": 300}, {"X-Forwarded-Proto": "https"}, "max-age=300"),
        ({"hsts_seconds": 0}, {"X-Forwarded-Proto": "https"}, None),
        ({}, {"X-Forwarded-Proto": "http"}, None),
        ({"trusted_proxies": 0}, {"X-Forwarded-Proto": "https"}, None),
        ({"base_url": "http://hoclieu.test"}, {"X-Forwarded-Proto": "https"}, None),
    ],
)
def test_browsers_are_told_to_stay_with_https_where_the_site_is_reached_by_it(
    installation: Installation, given: dict[str, Any], asked: dict[str, str], header: str | None
) -> None:
    settings = replace(installation.settings, **({"base_url": "https://hoclieu.test", "trusted_proxies": 1} | given))
    client = build_app(replace(installation, settings=settings)).test_client()
    for page in ("/", "/nothing", "/static/look.css"):
        with client.get(page, headers={"Host": "hoclieu.test", "X-Forwarded-For": "10.0.0.1", **asked}) as answer:
            assert answer.headers.get("Strict-Transport-Security") == header
