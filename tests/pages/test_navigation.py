"""Links to where people work, by their roles."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.accounts.models import Role
from oer.pages.navigation import MENU, menu_entries
from tests.accounts.factories import make_account, make_unit


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
    assert labels(session, Role.REVIEWER) == ["Review", "Reported problems"]
    assert labels(session, Role.REPORTER, unit=make_unit(session)) == ["Reporting"]
    assert {"Accounts", "Units", "Statistics", "Review", "Indicators"} <= set(labels(session, Role.ADMIN))


def test_every_workplace_is_a_page(app: Flask) -> None:
    assert [place.endpoint for place in MENU if place.endpoint not in app.view_functions] == []


def test_the_start_page_is_for_those_who_work_here(client: FlaskClient) -> None:
    assert client.get("/admin").status_code == 302
