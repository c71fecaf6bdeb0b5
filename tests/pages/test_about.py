"""Who stands behind the site: what the settings say is shown in both languages, and nothing stands for the rest."""

import json
import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.accounts.models import Role
from oer.app import build_app
from oer.config import PACKAGE
from oer.core.installation import Installation
from oer.core.responsible import NEEDED, missing_variables
from tests.accounts.browsing import Browser
from tests.accounts.factories import make_account

AGENCY = {
    "responsible_agency": "Cơ quan thử",
    "responsible_agency_en": "Agency on trial",
    "contact_address": "Số 0, đường Thử",
    "contact_phone": "028 0000 0000",
    "contact_email": "hoi@example.org",
    "data_controller": "Bên kiểm soát thử",
    "emblem": str(PACKAGE / "static" / "icon.svg"),
}


@pytest.fixture
def behind(installation: Installation) -> FlaskClient:
    """A browser at an installation that says who stands behind it."""
    return build_app(replace(installation, settings=replace(installation.settings, **AGENCY))).test_client()


def published_facts(page: str) -> dict:
    return json.loads(page.partition('<script type="application/ld+json">')[2].partition("</script>")[0])


@pytest.mark.parametrize("path", ["/about", "/"])
def test_what_is_set_is_shown(behind: FlaskClient, path: str) -> None:
    page = behind.get(path).text
    for text in ("Cơ quan thử", "Số 0, đường Thử", "tel:02800000000", "mailto:hoi@example.org", "Bên kiểm soát thử"):
        assert text in page
    assert 'src="/emblem"' in page


def test_english_pages_name_it_in_english_and_say_what_is_vietnamese(behind: FlaskClient) -> None:
    page = behind.get("/en/about").text
    assert "Agency on trial" in page
    assert '<dd lang="vi">Bên kiểm soát thử</dd>' in page
    assert "About this site" in page


def test_every_page_names_the_agency_at_its_foot_and_links_to_the_page_about_it(behind: FlaskClient) -> None:
    foot = behind.get("/help").text.partition("<footer>")[2]
    assert "Cơ quan thử" in foot
    assert 'href="/about"' in foot


def test_nothing_stands_where_nothing_is_set(client: FlaskClient) -> None:
    for path in ("/", "/about", "/en/about", "/privacy"):
        page = client.get(path).text
        assert "Cơ quan chủ quản" not in page
        assert "Responsible agency" not in page
        assert "<dl" not in page
        assert "[" not in re.sub(r"<(script|style).*?</\1>", "", page, flags=re.S).partition("<main")[2]
    assert client.get("/emblem").status_code == 404


def test_the_privacy_notice_names_the_data_controller(behind: FlaskClient) -> None:
    assert "Bên kiểm soát thử" in behind.get("/privacy").text


def test_search_engines_learn_who_publishes(behind: FlaskClient, client: FlaskClient) -> None:
    assert published_facts(behind.get("/about").text)["publisher"] == {
        "@type": "Organization",
        "name": "Cơ quan thử",
        "address": "Số 0, đường Thử",
        "telephone": "028 0000 0000",
        "email": "hoi@example.org",
        "logo": "http://localhost/emblem",
    }
    assert published_facts(client.get("/en/about").text)["publisher"] == {
        "@type": "Organization",
        "name": "Ho Chi Minh City Open Learning Repository",
    }


def test_the_emblem_is_a_picture_that_runs_nothing(behind: FlaskClient) -> None:
    answer = behind.get("/emblem")
    assert answer.content_type == "image/svg+xml"
    assert answer.data == (PACKAGE / "static" / "icon.svg").read_bytes()
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_administrator_alone_is_told_what_is_missing(client: FlaskClient, session: Session) -> None:
    for role in (Role.ADMIN, Role.EDUCATOR):
        make_account(session, role, email=f"{role.value}@example.org")
    session.commit()
    seen = {}
    for role in (Role.ADMIN, Role.EDUCATOR):
        browser = Browser(client.application.test_client())
        browser.sign_in(f"{role.value}@example.org")
        seen[role] = browser.get("/admin").text
    assert all(f"OER_{name.upper()}" in seen[Role.ADMIN] for name in NEEDED)
    assert "OER_EMBLEM" not in seen[Role.EDUCATOR]


def test_nothing_is_missing_where_everything_is_set(installation: Installation) -> None:
    assert missing_variables(replace(installation.settings, **AGENCY)) == []
    assert missing_variables(replace(installation.settings, **{**AGENCY, "contact_phone": ""})) == ["OER_CONTACT_PHONE"]
