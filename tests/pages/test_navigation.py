"""Links to where people work, by their roles."""

import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.accounts.models import Role
from oer.pages.navigation import MENU, menu_entries
from tests.accounts.browsing import Browser
from tests.accounts.factories import make_account, make_unit
from tests.catalogue.factories import make_submitted


def labels(session: Session, role: Role, **more) -> list[str]:
    return [place.label for place in menu_entries(make_account(session, role, **more))]


def test_a_learner_has_no_workplace(session: Session) -> None:
    assert menu_entries(None) == []
    assert menu_entries(make_account(session)) == []


def test_each_role_has_its_own(session: Session) -> None:
    assert labels(session, Role.EDUCATOR, unit=make_unit(session)) == [
        "My materials",
        "Collections",
        "My figures",
        "Materials wanted",
    ]
    assert labels(session, Role.REVIEWER) == ["Review", "Reported problems", "Ratings and questions"]
    assert labels(session, Role.REPORTER, unit=make_unit(session)) == ["Reporting", "Points and events"]
    assert labels(session, Role.LEADER) == ["Indicators"]
    assert {"Accounts", "Units", "Statistics", "Review", "Indicators"} <= set(labels(session, Role.ADMIN))


def test_every_workplace_is_a_page(app: Flask) -> None:
    assert [place.endpoint for place in MENU if place.endpoint not in app.view_functions] == []


def test_administrators_see_what_waits_for_people_and_how_every_part_is(client: FlaskClient, session: Session) -> None:
    make_submitted(session)
    email = make_account(session, Role.ADMIN).email
    session.commit()
    browser = Browser(client)
    browser.sign_in(email)
    page = browser.get("/en/admin").text
    table = page.partition("Waiting for people")[2].partition("</table>")[0]
    regions = re.findall(r'<(?:section|div)\b[^>]* aria-label(?:ledby)?="([^"]+)"', page)
    assert len(regions) == len(set(regions)), "two landmarks with one name cannot be told apart by ear"
    counts = dict(re.findall(r'<a href="[^"]+">([^<]+)</a></th><td [^>]*>(\d+)<', table))
    assert counts["Materials to review"] == "1"
    assert counts["Requests to become an educator"] == "0"
    house = page.partition("The house at a glance")[2].partition("</section>")[0]
    assert {"Search index", "Storage", "Mails"} <= set(re.findall(r"<h3>([^<]+?) <span", house))


def test_a_reviewer_sees_what_waits_and_nothing_of_the_installation(client: FlaskClient, session: Session) -> None:
    email = make_account(session, Role.REVIEWER).email
    session.commit()
    browser = Browser(client)
    browser.sign_in(email)
    page = browser.get("/en/admin").text
    assert "Materials to review" in page
    assert "The house at a glance" not in page
    assert "Requests to become an educator" not in page


def test_the_start_page_is_for_those_who_work_here(client: FlaskClient) -> None:
    assert client.get("/admin").status_code == 302
