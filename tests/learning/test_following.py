"""Following subjects, courses, organisations, searches: a list on the shelf, and a weekly mail that one can end."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from oer.catalogue.jobs import index_due
from oer.core.clock import now
from oer.core.errors import Invalid, NotFound
from oer.core.mail import OutgoingMail, render_mail
from oer.learning.jobs import send_digests
from oer.learning.models import FollowedKind, Following, WeeklyDigest
from oer.learning.queries import followed
from oer.learning.services.following import (
    MOST_FOLLOWED,
    ask_for_digest,
    end_digest,
    follow,
    send_digest,
    unfollow,
    unsubscribe,
)
from oer.learning.services.searches import save_search
from tests.accounts.browsing import Browser
from tests.accounts.factories import make_account, make_unit
from tests.catalogue.factories import make_collection, make_educator, make_published

LONG_AGO = timedelta(days=60)


@pytest.fixture
def learner(session):
    return make_account(session)


def made_due(session, account, *, told=timedelta(days=7)):
    """A digest that is due, and told everything until so long ago."""
    ask_for_digest(session, account)
    session.flush()
    digest = session.get(WeeklyDigest, account.id)
    digest.told_until, digest.next_at = now() - told, now() - timedelta(minutes=1)
    session.flush()
    return digest


def mails(session):
    return session.scalars(sa.select(OutgoingMail).where(OutgoingMail.template == "weekly_digest")).all()


def test_what_is_new_in_a_subject_a_course_and_a_unit_is_listed(session, learner):
    unit = make_unit(session)
    in_unit = make_published(session, make_educator(session, unit), unit=unit.code)
    in_subject = make_published(session, subjects=["bas.song"], content=b"1")
    in_course = make_published(session, content=b"2")
    course = make_collection(session, in_course)
    for kind, target in (("unit", unit.code), ("subject", "bas"), ("course", course.public_id)):
        follow(session, learner, kind, target)
        follow(session, learner, kind, target)
    news = {each.kind: {new.public_id for new in each.news} for each in followed(session, learner.id, now() - LONG_AGO)}
    assert news[FollowedKind.UNIT] == {in_unit.public_id}
    assert news[FollowedKind.COURSE] == {in_course.public_id}
    assert in_subject.public_id in news[FollowedKind.SUBJECT]
    assert all(not each.news for each in followed(session, learner.id, now() + timedelta(minutes=1)))
    unfollow(session, learner, "unit", unit.code)
    assert [each.kind for each in followed(session, learner.id, now())] == [FollowedKind.COURSE, FollowedKind.SUBJECT]


@pytest.mark.parametrize(("kind", "target"), [("subject", "nothing"), ("unit", ""), ("course", "abc"), ("day", "bas")])
def test_what_is_not_there_cannot_be_followed(session, learner, kind, target):
    with pytest.raises(NotFound):
        follow(session, learner, kind, target)


def test_a_course_that_is_no_longer_public_is_not_shown(session, learner):
    course = make_collection(session, make_published(session))
    follow(session, learner, "course", course.public_id)
    course.published_at = None
    session.flush()
    assert followed(session, learner.id, now() - LONG_AGO) == []


def test_nobody_follows_more_than_can_be_read(session, learner):
    moment = now()
    for number in range(MOST_FOLLOWED):
        session.add(Following(account_id=learner.id, kind=FollowedKind.UNIT, target=str(number), followed_at=moment))
    session.flush()
    with pytest.raises(Invalid):
        follow(session, learner, "subject", "bas")


def test_a_digest_tells_each_material_once_and_none_twice(session, installation, learner):
    unit = make_unit(session)
    made = make_published(session, make_educator(session, unit), unit=unit.code, title={"vi": "Thủy lợi nội đồng"})
    course = make_collection(session, made)
    follow(session, learner, "unit", unit.code)
    follow(session, learner, "course", course.public_id)
    save_search(session, learner, {"q": ["thủy lợi"]}, "Thủy lợi")
    made_due(session, learner)
    session.commit()
    index_due(installation)
    send_digests(installation)
    send_digests(installation)
    [mail] = mails(session)
    [part] = mail.values["parts"]
    assert [each["title"] for each in part["materials"]] == ["Thủy lợi nội đồng"]
    digest = session.get(WeeklyDigest, learner.id)
    assert digest.next_at > now() + timedelta(days=6)


def test_a_saved_search_tells_what_is_new_by_itself(session, installation, learner):
    made_due(session, learner)
    save_search(session, learner, {"q": ["thủy lợi"]}, "Thủy lợi")
    save_search(session, learner, {"subject": ["no-more"]}, "Chủ đề đã bỏ")
    make_published(session, title={"vi": "Thủy lợi nội đồng"})
    session.commit()
    index_due(installation)
    assert send_digest(session, installation.search_index, learner.id)
    [mail] = mails(session)
    assert [part["name"] for part in mail.values["parts"]] == ["Thủy lợi"]


def test_no_mail_comes_where_nothing_is_new_nobody_asked_or_the_account_is_closed(session, installation, learner):
    index = installation.search_index
    follow(session, learner, "subject", "bas")
    assert not send_digest(session, index, learner.id)
    digest = made_due(session, learner)
    assert not send_digest(session, index, learner.id)
    assert digest.next_at > now()
    end_digest(session, learner)
    make_published(session, subjects=["bas.song"])
    assert not send_digest(session, index, learner.id)
    assert mails(session) == []


def test_a_digest_put_off_by_a_clock_that_was_ahead_comes_all_the_same(session, installation, learner):
    digest = made_due(session, learner)
    digest.next_at = now() + timedelta(days=400)
    session.flush()
    send_digest(session, installation.search_index, learner.id)
    assert digest.next_at < now() + timedelta(days=8)


def test_the_mail_says_to_mail_programs_how_it_is_ended_and_one_press_without_signing_in_ends_it(
    session, app, settings, learner
):
    account_id, token = learner.id, made_due(session, learner).token
    session.commit()
    values = {"name": "Lan", "unsubscribe_path": f"/unsubscribe/{token}"}
    parts = [{"name": "Sống", "materials": [{"title": "Bếp", "path": "/materials/x"}]}]
    mail = render_mail(settings, "weekly_digest", "vi", {**values, "parts": parts})
    assert mail.unsubscribe.endswith(f"/unsubscribe/{token}")
    assert mail.unsubscribe in mail.body
    assert "/materials/x" in mail.html
    program = app.test_client()
    assert program.get(f"/unsubscribe/{token}").status_code == 200
    session.rollback()
    assert session.get(WeeklyDigest, account_id) is not None
    session.rollback()
    for status in (200, 410):
        answer = program.post(f"/unsubscribe/{token}", data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == status
        assert "không nhận thư này nữa" in answer.text
    session.expire_all()
    assert session.get(WeeklyDigest, account_id) is None


def test_a_secret_of_another_ends_nothing(session, learner):
    made_due(session, learner)
    unsubscribe(session, "another")
    session.expire_all()
    assert session.get(WeeklyDigest, learner.id) is not None


def test_a_subject_is_followed_from_its_page_and_the_mail_asked_for_on_the_shelf(session, client, learner):
    account_id, email = learner.id, learner.email
    make_published(session, subjects=["bas.song"], title={"vi": "Sống xanh"})
    session.commit()
    assert "/sign-in?next=" in client.get("/subjects/bas").text
    browser = Browser(client)
    browser.sign_in(email)
    led = browser.send("/shelf/follow", page="/subjects/bas", kind="subject", target="bas", next="/subjects/bas")
    assert led.headers["Location"] == "/subjects/bas"
    assert "Thôi theo dõi" in browser.get("/subjects/bas").text
    assert "Sống xanh" in browser.get("/shelf/following").text
    browser.send("/shelf/digest", page="/shelf/following", wanted="yes")
    assert "Thôi nhận thư này" in browser.get("/shelf/following").text
    browser.send("/shelf/digest", page="/shelf/following", wanted="no")
    session.expire_all()
    assert session.get(WeeklyDigest, account_id) is None
