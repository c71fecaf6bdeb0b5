"""A wrong OER_TRUSTED_PROXIES is noticed by the requests that arrive, and said."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from oer.accounts.models import Role
from oer.app import build_app
from oer.core import notices as kept_notices
from oer.core.installation import Installation
from oer.core.notices import give_notice, notices
from oer.operations.cli import doctor
from oer.web import proxies
from oer.web.proxies import ONE_ADDRESS, TOO_FEW, TOO_MANY, forget_old_notice
from tests.accounts.browsing import Browser
from tests.accounts.factories import make_account

PUBLIC = "198.51.100."
Request = tuple[str, str, str]  # the peer, X-Forwarded-For, the browser


@pytest.fixture
def noticed(installation: Installation) -> Callable[..., list[str]]:
    """Sends requests to a site with these settings; returns the messages that it then has for administrators."""

    def send(requests: list[Request], path: str = "/robots.txt", **settings: Any) -> list[str]:
        told = replace(installation.settings, base_url="https://hoclieu.example.vn", **settings)
        client = build_app(replace(installation, settings=told)).test_client()
        for peer, forwarded, browser in requests:
            headers = {"User-Agent": browser, "Host": "localhost"}
            if forwarded:
                headers["X-Forwarded-For"] = forwarded
            client.get(path, headers=headers, environ_overrides={"REMOTE_ADDR": peer})
        return [notice.message for notice in notices(told)]

    return send


def many(peer: str, forwarded: str, count: int = proxies.ENOUGH) -> list[Request]:
    return [(peer, forwarded.format(number), f"Browser {number}") for number in range(count)]


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "10.0.0.2", "172.17.0.1"])
def test_a_proxy_that_is_not_trusted_is_noticed(noticed, peer: str) -> None:
    assert noticed(many(peer, PUBLIC + "{}")) == [TOO_FEW]


def test_one_more_proxy_than_are_trusted_is_noticed(noticed) -> None:
    assert noticed(many("127.0.0.1", PUBLIC + "{}, 10.0.0.2"), trusted_proxies=1) == [TOO_FEW]


@pytest.mark.parametrize(("forwarded", "trusted"), [("", 1), (PUBLIC + "{}", 2)])
def test_more_trust_than_there_are_proxies_is_noticed(noticed, forwarded: str, trusted: int) -> None:
    assert noticed(many("127.0.0.1", forwarded), trusted_proxies=trusted) == [TOO_MANY]


def test_one_private_address_for_all_browsers_is_noticed(noticed) -> None:
    assert noticed(many("172.17.0.1", "", proxies.ENOUGH_BROWSERS)) == [ONE_ADDRESS]


@pytest.mark.parametrize(
    ("requests", "trusted"),
    [
        (many("203.0.113.9", PUBLIC + "{}", 30), 0),  # a stranger makes up addresses
        (many("127.0.0.1", PUBLIC + "{}", 4), 0),
        (many("127.0.0.1", PUBLIC + "1", 30)[:1] * 30, 0),  # one program of this machine
        (many("127.0.0.1", PUBLIC + "{}", 30), 1),
        (many("127.0.0.1", PUBLIC + "66, 10.1.{}.7", 4), 1),
        (many("127.0.0.1", "6.6.6.6, " + PUBLIC + "{}", 30), 1),  # made up before the proxy, which knows better
        ([(f"{PUBLIC}{number}", "", f"Browser {number}") for number in range(40)], 0),
        (many("127.0.0.1", "", proxies.ENOUGH_BROWSERS - 1), 0),
        (many("127.0.0.1", "nonsense", 30), 0),
    ],
)
def test_what_fits_or_proves_nothing_is_not_noticed(noticed, requests: list[Request], trusted: int) -> None:
    assert noticed(requests, trusted_proxies=trusted) == []


def test_probes_prove_nothing(noticed) -> None:
    assert noticed(many("127.0.0.1", "", 30), path="/healthz", trusted_proxies=1) == []


def test_it_is_logged_once(noticed, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger=kept_notices.__name__):
        noticed(many("127.0.0.1", PUBLIC + "{}", 50))
    assert len([each for each in caplog.records if "OER_TRUSTED_PROXIES is 0" in each.getMessage()]) == 1


def test_administrators_the_doctor_and_readiness_say_it_and_nobody_else(app: Flask, installation: Installation) -> None:
    with installation.database.transaction() as session:
        admin, reviewer = make_account(session, Role.ADMIN).email, make_account(session, Role.REVIEWER).email
    browsers = {email: Browser(app.test_client()) for email in (admin, reviewer)}
    for email, browser in browsers.items():
        assert browser.sign_in(email).status_code == 303
    give_notice(installation.settings, proxies.NAME, TOO_FEW, trusted=0)
    assert "OER_TRUSTED_PROXIES là 0" in browsers[admin].get("/admin").text
    assert "OER_TRUSTED_PROXIES is 0" in browsers[admin].get("/en/admin").text
    assert "OER_TRUSTED" not in browsers[reviewer].get("/admin").text
    assert browsers[reviewer].get("/readyz").json["notes"] == ["proxies"]
    assert "OER_TRUSTED_PROXIES is 0" in CliRunner().invoke(doctor, obj=lambda: installation).output
    forget_old_notice(installation.settings)
    assert browsers[admin].get("/readyz").json["notes"] == []


@pytest.mark.parametrize("text", ["", "[]", "{", '{"message": "%(x)s", "values": {}, "noticed_at": "2026-01-01"}'])
def test_a_damaged_notice_is_none(installation: Installation, text: str) -> None:
    give_notice(installation.settings, "other", "Something else.")
    (installation.settings.instance_dir / "notices" / "proxies.json").write_text(text)
    assert [notice.name for notice in notices(installation.settings)] == ["other"]
