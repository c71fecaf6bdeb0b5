"""Links to where people work, by their roles."""

from sqlalchemy.orm import Session

from oer.accounts.models import Role
from oer.pages.workplaces import workplaces
from tests.accounts.factories import make_account, make_unit


def labels(session: Session, role: Role, **more) -> list[str]:
    return [place.label for place in workplaces(make_account(session, role, **more))]


def test_a_learner_has_no_workplace(session: Session) -> None:
    assert workplaces(None) == []
    assert workplaces(make_account(session)) == []


def test_each_role_has_its_own(session: Session) -> None:
    assert labels(session, Role.EDUCATOR, unit=make_unit(session)) == ["My materials", "Collections", "My figures"]
    assert labels(session, Role.REVIEWER) == ["Review", "Reported problems"]
    assert labels(session, Role.REPORTER, unit=make_unit(session)) == ["Indicators"]
    assert {"Accounts", "Units", "Statistics", "Review", "Indicators"} <= set(labels(session, Role.ADMIN))
