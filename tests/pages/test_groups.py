"""The page of each group that the city names: courses that administrators chose, and what its people really use."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from oer.accounts.models import Account, Role
from oer.catalogue.home_models import GroupCourse
from oer.catalogue.queries.home import courses_for_group
from oer.catalogue.services.collections import hide_collection
from oer.catalogue.services.home import change_group_course, choose_for_group
from oer.catalogue.services.withdrawal import withdraw
from oer.core.clock import now, today
from oer.core.errors import Conflict, Forbidden, Invalid, NotFound
from oer.core.installation import Installation
from oer.usage.jobs import count_groups
from oer.usage.models import GroupUse, PersonMonth, UsageEvent, UserAgent
from oer.usage.queries.people import most_used_by
from oer.usage.services.people import unlink_people
from oer.vocabularies import vocabularies
from tests.accounts.factories import make_account
from tests.catalogue.factories import make_collection, make_educator, make_published, make_reviewer
from tests.indicators.visiting import visit

PAGE = "/en/audiences/workers"


@pytest.fixture
def admin(session: Session) -> Account:
    return make_account(session, Role.ADMIN)


def use(session: Session, item: str, people: range, group: str = "workers", kind: str = "read") -> None:
    """Let people of a group, known by their numbers, use a material twice each."""
    agent = session.scalar(sa.select(UserAgent)) or UserAgent(
        digest="f", text="Firefox", is_robot=False, list_version="1"
    )
    session.add(agent)
    session.flush()
    month = today().replace(day=1)
    for number in people:
        person = f"{group}-{number}"
        if session.get(PersonMonth, (month, person)) is None:
            session.add(PersonMonth(month=month, person=person, groups=[group], weeks=[]))
        for _ in range(2):
            event = UsageEvent(at=now(), day=today(), kind=kind, item=item, person=person, user_agent_id=agent.id)
            session.add(event)
    session.flush()


# Courses.


def test_administrators_choose_courses_for_a_group_and_order_them(session: Session, admin: Account) -> None:
    first, second, third = (make_collection(session, make_published(session, content=bytes([n]))) for n in range(3))
    for course in (first, second, third):
        choose_for_group(session, admin, "workers", course)
    change_group_course(session, admin, "workers", third.id, "up")
    change_group_course(session, admin, "workers", third.id, "up")
    change_group_course(session, admin, "workers", third.id, "up")  # it is the first already
    assert courses_for_group(session, "workers") == [third, first, second]
    change_group_course(session, admin, "workers", first.id, "remove")
    assert courses_for_group(session, "workers") == [third, second]
    assert courses_for_group(session, "homemakers") == []
    assert [each.position for each in session.scalars(sa.select(GroupCourse).order_by(GroupCourse.position))] == [1, 2]


def test_the_page_of_a_group_shows_them_and_forgets_what_is_hidden(
    app: Flask, session: Session, admin: Account
) -> None:
    course = make_collection(session, make_published(session), title={"vi": "Quyền của người lao động"})
    reader = visit(app, session, None)
    assert "Courses for you" not in reader.get(PAGE).text
    choose_for_group(session, admin, "workers", course)
    shown = reader.get(PAGE).text
    assert "Courses for you" in shown
    assert "Quyền của người lao động" in shown
    hide_collection(session, admin, course)
    assert "Quyền của người lao động" not in reader.get(PAGE).text


def test_what_cannot_be_chosen_is_refused(session: Session, admin: Account) -> None:
    course = make_collection(session, make_published(session))
    hidden = make_collection(session, public=False)
    with pytest.raises(Forbidden):
        choose_for_group(session, make_educator(session), "workers", course)
    with pytest.raises(Invalid):
        choose_for_group(session, admin, "workers", hidden)
    for audience in ("all", "kings", "students"):
        with pytest.raises(NotFound):
            choose_for_group(session, admin, audience, course)
    choose_for_group(session, admin, "workers", course)
    with pytest.raises(Conflict):
        choose_for_group(session, admin, "workers", course)
    with pytest.raises(NotFound):
        change_group_course(session, admin, "homemakers", course.id, "up")


def test_the_page_of_administrators_chooses_moves_and_removes(app: Flask, session: Session, admin: Account) -> None:
    material = make_published(session)
    one, two = (make_collection(session, material, title={"vi": f"Khóa {n}"}) for n in (1, 2))
    ids = [each.public_id for each in (one, two)]
    number, public_id = two.id, material.public_id
    visitor, page = visit(app, session, admin), "/en/admin/groups"
    for each in ids:
        assert visitor.send(page, page, {"audience": "job-seekers", "what": f"/collections/{each}"}).status_code == 303
    again = visitor.send(page, page, {"audience": "job-seekers", "what": ids[0]})
    assert again.status_code == 422
    assert "already" in again.text
    wrong = visitor.send(page, page, {"audience": "job-seekers", "what": public_id})
    assert "This is a material" in wrong.text
    visitor.send(f"{page}/job-seekers/{number}/up", page)
    shown = visitor.get(page).text
    assert shown.index("Khóa 2") < shown.index("Khóa 1")
    assert "chosen on" in shown
    visitor.send(f"{page}/job-seekers/{number}/remove", page)
    assert "Khóa 2" not in visitor.get(page).text


# What people of a group use.


def test_what_ten_people_of_a_group_used_is_shown_without_numbers_the_most_used_first(
    app: Flask, installation: Installation, session: Session
) -> None:
    titles = ("Ít", "Vừa đủ", "Nhiều")
    few, enough, many = (make_published(session, title={"vi": each}, content=each.encode()) for each in titles)
    for material, people in ((few, 9), (enough, 10), (many, 15)):
        use(session, material.public_id, range(people))
    use(session, few.public_id, range(40), group="homemakers")
    ids = [many.public_id, enough.public_id]
    session.commit()
    count_groups(installation)
    assert most_used_by(session, "workers", 9) == ids
    shown = visit(app, session, None).get(PAGE).text
    part = shown[shown.index("Used most by people of this group") : shown.index("only what at least 10")]
    assert part.index("Nhiều") < part.index("Vừa đủ")
    assert "Ít" not in part
    assert "15" not in part


def test_what_was_withdrawn_and_what_was_only_looked_at_is_not_shown(
    app: Flask, installation: Installation, session: Session
) -> None:
    gone, looked = (make_published(session, content=bytes([n])) for n in range(2))
    use(session, gone.public_id, range(12))
    use(session, looked.public_id, range(12), kind="view")
    withdraw(session, make_reviewer(session), gone, "outdated", "cũ")
    session.commit()
    count_groups(installation)
    assert "Used most" not in visit(app, session, None).get(PAGE).text


def test_who_takes_their_consent_back_counts_no_more(installation: Installation, session: Session) -> None:
    material = make_published(session)
    use(session, material.public_id, range(10))
    session.commit()
    count_groups(installation)
    assert most_used_by(session, "workers", 9) == [material.public_id]
    unlink_people(session, ["workers-3"])
    session.commit()
    count_groups(installation)
    assert session.scalars(sa.select(GroupUse)).all() == []


def test_sensitive_groups_are_never_counted_by_what_they_use(installation: Installation, session: Session) -> None:
    """Disability is no group that one declares, and what is declared of it is never shown by use."""
    sensitive = {term.code for term in vocabularies().audiences if term.facts.get("sensitive")}
    material = make_published(session)
    for group in sensitive:
        use(session, material.public_id, range(12), group=group)
    session.commit()
    count_groups(installation)
    assert session.scalars(sa.select(GroupUse)).all() == []


def test_use_of_long_ago_is_no_use_of_now(installation: Installation, session: Session) -> None:
    material = make_published(session)
    use(session, material.public_id, range(12))
    old = today() - timedelta(days=150)
    session.execute(sa.update(UsageEvent).values(day=old))
    session.execute(sa.update(PersonMonth).values(month=old.replace(day=1)))
    session.commit()
    count_groups(installation)
    assert session.scalars(sa.select(GroupUse)).all() == []
