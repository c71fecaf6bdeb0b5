"""Questions come back before they are forgotten: over days, on two devices, for nobody else, and never by force."""

import json
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from fsrs import Card, Rating, Scheduler

from oer.accounts.models import Consent, Purpose
from oer.accounts.services.consents import give_consent, withdraw_consent
from oer.catalogue.models import Material
from oer.catalogue.services.drafts import new_version
from oer.catalogue.services.review import publish, submit_for_review
from oer.catalogue.services.withdrawal import restore, withdraw
from oer.core.clock import city_date, today
from oer.core.errors import Invalid
from oer.core.personal_data import erase_person, export_person
from oer.learning.jobs import follow_published
from oer.learning.marking import Given
from oer.learning.models import PractisedQuestion
from oer.learning.queries.practice import (
    _DUE,
    _NEW_DUE,
    MyWeek,
    missed_today,
    my_week,
    next_due_at,
    next_question,
    practice_today,
)
from oer.learning.recall import A_DAY, NEW_A_DAY, Judgement, Memory, day_begins, digest_of, judgements_of, remembered
from oer.learning.self_checks import EXAMPLE, parse
from oer.learning.services.practice import answer_question, judge_answer, keep_practised, set_goal, set_self_check
from tests.accounts.browsing import Browser
from tests.accounts.factories import make_account
from tests.catalogue.factories import make_educator, make_material, make_reviewer

EVIL = '<script>alert(1)</script>"onload="x'
TWO = "? Một cộng một?\n= hai\n\n? Hai cộng hai?\n= bốn\n"
MORNING = datetime(2026, 12, 1, 1, tzinfo=UTC)  # eight o'clock in the city


@pytest.fixture
def clock(monkeypatch):
    """Sets the clock of this process to so many days (and hours) after the morning of the first day."""
    real = time.time()

    def to(days=0, hours=0):
        shift = (MORNING + timedelta(days=days, hours=hours)).timestamp() - real
        begun = time.monotonic()
        monkeypatch.setattr(time, "time", lambda: real + shift + time.monotonic() - begun)

    to()
    return to


@pytest.fixture
def educator(session):
    return make_educator(session)


@pytest.fixture
def learner(session):
    account = make_account(session)
    give_consent(session, account, Purpose.HISTORY, "test")
    return account


def published(session, text, owner=None):
    owner = owner or make_educator(session)
    material = make_material(session, owner)
    set_self_check(session, material, text)
    submit_for_review(session, owner, material)
    publish(session, make_reviewer(session), material)
    return material


def replaced(session, material, owner, text):
    new_version(session, owner, material)
    set_self_check(session, material, text)
    submit_for_review(session, owner, material)
    publish(session, make_reviewer(session), material)


def practised(session, account, material, *, right=True):
    for question in parse(material.current_version.self_check):
        keep_practised(session, account.id, material.current_version, question, right=right)


def due_words(session, account):
    of = practice_today(session, account.id)
    found = next_question(session, account.id, of)
    return found.question.text if found else None


def items(session):
    session.rollback()
    found = list(session.scalars(sa.select(PractisedQuestion).order_by(PractisedQuestion.id)))
    session.expunge_all()
    session.rollback()  # else this session holds the write lock that the next request needs
    return found


# When a question comes back


def test_intervals_are_those_of_fsrs_in_whole_days_of_the_city():
    scheduler, card = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False), Card(card_id=1)
    moment, memory = MORNING, None
    said = ((Judgement.GOOD, Rating.Good), (Judgement.HARD, Rating.Hard), (Judgement.EASY, Rating.Easy))
    for judgement, rating in said:
        card, _log = scheduler.review_card(card, rating, moment)
        memory, due = remembered(memory, judgement, moment)
        assert (memory.stability, memory.difficulty) == (card.stability, card.difficulty)
        assert city_date(due) == city_date(card.due)
        assert due == day_begins(city_date(due))
        moment = card.due


def test_the_better_somebody_knew_it_the_later_it_comes_back():
    before = Memory(10.0, 5.0, MORNING)
    moment = MORNING + timedelta(days=10)
    due = {each: remembered(before, each, moment)[1] for each in Judgement}
    assert moment < due[Judgement.AGAIN] < due[Judgement.HARD] < due[Judgement.GOOD] < due[Judgement.EASY]


def test_a_question_comes_back_within_a_year_at_least_and_a_day_at_most_early():
    memory, moment = None, MORNING
    for _ in range(30):
        memory, due = remembered(memory, Judgement.EASY, moment)
        assert timedelta(hours=1) < due - moment <= timedelta(days=365)
        moment = due


def test_the_morning_after_an_evening_is_a_day_later():
    before = Memory(3.0, 5.0, MORNING + timedelta(hours=14))  # ten in the evening
    soon, late = (remembered(before, Judgement.GOOD, MORNING + timedelta(hours=hours))[0] for hours in (22, 38))
    assert (soon.stability, soon.difficulty) == (late.stability, late.difficulty)
    assert soon.stability > before.stability


def test_a_clock_that_was_set_back_breaks_nothing():
    memory, due = remembered(Memory(5.0, 5.0, MORNING + timedelta(days=400)), Judgement.GOOD, MORNING)
    assert memory.at == MORNING
    assert due > MORNING


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("? A\n(x) a\n( ) b", "? A\n( ) b\n(x) a\n! Vì\n@ Trang 2", True),
        ("? A\n= a\n= b", "? A\n= b\n= a", True),
        ("? A\na -> 1\nb -> 2", "? A\nb -> 2\na -> 1", True),
        ("? A\n# 2,50 kg", "? A\n# 2.5 kg", True),
        ("? Hoà\n= a", "? Hoà\n= a".replace("à", "a\u0300"), True),
        ("? A\n(x) a\n( ) b", "? A\n( ) a\n(x) b", False),
        ("? A\n(x) a\n( ) b", "? A\n[x] a\n[ ] b", False),
        ("? A\n1. a\n2. b", "? A\n1. b\n2. a", False),
        ("? A\na -> 1\nb -> 2", "? A\na -> 2\nb -> 1", False),
        ("? A\n# 2 kg", "? A\n# 2 g", False),
        ("? A\n# 2", "? A\n# 2 ± 1", False),
        ("? A\n= a", "? B\n= a", False),
    ],
)
def test_a_question_is_the_same_if_what_is_asked_and_what_is_right_is_the_same(one, other, is_same):
    assert (digest_of(parse(one)[0]) == digest_of(parse(other)[0])) is is_same


# A learner's days


def test_a_question_practised_with_its_material_comes_back_on_its_day_and_later_each_time(session, learner, clock):
    material = published(session, "? Một cộng một?\n= hai\n")
    practised(session, learner, material)
    assert due_words(session, learner) is None
    waited = []
    for _ in range(4):
        due = next_due_at(session, learner.id)
        waited.append((city_date(due) - today()).days)
        clock((city_date(due) - city_date(MORNING)).days)
        found = next_question(session, learner.id, practice_today(session, learner.id))
        assert answer_question(session, learner, found.item.id, found.item.revision, Given("hai")).right
        assert due_words(session, learner) is None
    assert waited == sorted(set(waited))
    assert waited[0] >= 1


def test_a_wrong_answer_comes_back_the_next_day_and_is_named_among_the_missed(session, learner, clock):
    practised(session, learner, published(session, "? Một cộng một?\n= hai\n"))
    clock(3)
    found = next_question(session, learner.id, practice_today(session, learner.id))
    answered = answer_question(session, learner, found.item.id, 0, Given("ba"))
    assert not answered.right
    assert (city_date(answered.due_at) - today()).days == 1
    assert [each.question.text for each in missed_today(session, learner.id)] == ["Một cộng một?"]
    clock(4)
    assert missed_today(session, learner.id) == []
    assert due_words(session, learner) == "Một cộng một?"


def test_a_day_asks_twenty_at_most_and_ten_of_them_for_the_first_time(session, learner, clock):
    for name in "ab":
        practised(session, learner, published(session, "".join(f"? {name}{n}\n= {n}\n\n" for n in range(25))))
    clock(5)
    asked = []
    for day in (5, 6, 7):
        clock(day)
        asked.append(0)
        while found := next_question(session, learner.id, practice_today(session, learner.id)):
            assert not answer_question(session, learner, found.item.id, found.item.revision, Given("sai")).right
            asked[-1] += 1
            assert asked[-1] <= A_DAY
    assert asked == [NEW_A_DAY, A_DAY, A_DAY]  # ten new; ten wrong ones again and ten new; twenty wrong ones
    assert practice_today(session, learner.id).is_full


def test_what_is_due_in_the_morning_is_due_the_whole_day_whenever_it_was_answered(session, learner, clock):
    clock(0, hours=12)  # in the evening
    practised(session, learner, published(session, "? A\n= a\n"), right=False)
    clock(1, hours=-7)  # one o'clock in the night after
    assert due_words(session, learner) == "A"


# New versions, withdrawal


def test_a_question_outlives_a_new_version_that_asks_it_still(session, installation, learner, educator, clock):
    material = published(session, TWO, educator)
    practised(session, learner, material)
    replaced(session, material, educator, "? Mới\n= a\n\n? Hai cộng hai?\n= bốn\n! Vì thế.\n")
    session.commit()
    clock(10)
    assert due_words(session, learner) == "Hai cộng hai?"
    session.commit()
    follow_published(installation)
    kept = session.scalars(sa.select(PractisedQuestion.version_id)).all()
    assert kept == [session.scalar(sa.select(Material.current_version_id))]
    assert due_words(session, learner) == "Hai cộng hai?"


def test_questions_of_a_withdrawn_material_wait_for_its_return(session, installation, learner, clock):
    material = published(session, TWO)
    practised(session, learner, material)
    clock(10)
    reviewer = make_reviewer(session)
    withdraw(session, reviewer, material, "wrong", "Sai")
    session.commit()
    follow_published(installation)
    assert due_words(session, learner) is None
    assert practice_today(session, learner.id).left == 0
    assert next_due_at(session, learner.id) is None
    restore(session, reviewer, material)
    assert due_words(session, learner) is not None


# What it asks of the database


@pytest.fixture
def selects(session):
    """The questions that are put to the database, as they are made."""
    made = []

    def note(_connection, _cursor, statement, *_more):
        made.extend([statement] if statement.startswith("SELECT") else [])

    sa.event.listen(session.get_bind(), "before_cursor_execute", note)
    yield made
    sa.event.remove(session.get_bind(), "before_cursor_execute", note)


def test_a_large_deck_takes_as_many_statements_as_a_small_one(session, learner, clock, selects):
    for size in (3, 45):
        practised(session, learner, published(session, "".join(f"? {size} {n}\n= {n}\n\n" for n in range(size))))
        clock(5)
        selects.clear()
        assert due_words(session, learner)
        assert len(selects) == 3  # how much is due, what comes back for the first time, the text of its material
        clock(0)


def test_what_is_due_is_found_in_the_order_of_an_index(session, learner):
    if session.get_bind().dialect.name != "sqlite":
        pytest.skip("PostgreSQL reads a small table whole")
    asked = {"account_id": 1, "moment": MORNING}
    for query in (_DUE, _NEW_DUE):
        text = str(query.compile(session.get_bind(), compile_kwargs={"render_postcompile": True}))
        values = query.compile(session.get_bind()).construct_params(asked)
        plan = (
            session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", tuple(map(str, values.values()))).all()
        )
        told = " ".join(row[3] for row in plan)
        assert "ix_practised_question_due (account_id=? AND is_new=? AND due_at<?)" in told
        assert "TEMP B-TREE" not in told


def test_what_was_answered_by_a_clock_a_year_ahead_does_not_wait_a_year(session, installation, learner, clock):
    practised(session, learner, published(session, TWO))
    clock(370)
    found = next_question(session, learner.id, practice_today(session, learner.id))
    answer_question(session, learner, found.item.id, 0, Given("hai"))
    session.commit()
    clock(5)
    assert practice_today(session, learner.id).left == 1
    session.commit()
    follow_published(installation)
    assert practice_today(session, learner.id).left == 2
    again = next_question(session, learner.id, practice_today(session, learner.id))
    assert answer_question(session, learner, again.item.id, again.item.revision, Given("hai")) is not None


# Consent, data, other people


def test_nothing_is_kept_without_the_consent_or_by_the_wording_before(session):
    material = published(session, TWO)
    nobody, older = make_account(session), make_account(session)
    session.add(Consent(account_id=older.id, purpose=Purpose.HISTORY, text_version="2026-11", method="test"))
    session.flush()
    for account in (nobody, older):
        practised(session, account, material)
    assert session.scalars(sa.select(PractisedQuestion)).all() == []
    give_consent(session, older, Purpose.HISTORY, "test")
    practised(session, older, material)
    assert len(session.scalars(sa.select(PractisedQuestion)).all()) == 2


def test_withdrawing_and_erasing_delete_what_is_practised_and_the_export_has_it(session, learner, clock):
    material = published(session, TWO)
    practised(session, learner, material)
    exported = export_person(session, learner.id)["history"]["practised"]
    assert [each["question"] for each in exported] == ["Một cộng một?", "Hai cộng hai?"]
    assert exported[0]["material"] == material.public_id
    json.dumps(exported)
    withdraw_consent(session, learner, Purpose.HISTORY)
    assert session.scalars(sa.select(PractisedQuestion)).all() == []
    give_consent(session, learner, Purpose.HISTORY, "test")
    practised(session, learner, material)
    erase_person(session, learner.id)
    assert session.scalars(sa.select(PractisedQuestion)).all() == []


def test_the_same_question_answered_on_two_devices_counts_once(session, learner, clock):
    practised(session, learner, published(session, "? A\n= a\n"))
    clock(5)
    number = session.scalar(sa.select(PractisedQuestion.id))
    first = answer_question(session, learner, number, 0, Given("a"))
    assert answer_question(session, learner, number, 0, Given("b")) is None
    assert judge_answer(session, learner, number, 1, "easy") == first.choices[Judgement.EASY]
    assert judge_answer(session, learner, number, 1, "again") is None
    assert session.get(PractisedQuestion, number).due_at == first.choices[Judgement.EASY]


# The goal of a week


def test_a_goal_is_of_this_week_alone_and_practising_counts_as_a_day(session, learner, clock):
    material = published(session, TWO)
    practised(session, learner, material, right=False)
    assert set_goal(session, learner, 3)
    assert my_week(session, learner.id) == MyWeek(0, 3)
    for day in (1, 2):  # Wednesday, Thursday
        clock(day)
        while found := next_question(session, learner.id, practice_today(session, learner.id)):
            answer_question(session, learner, found.item.id, found.item.revision, Given("sai"))
    assert my_week(session, learner.id) == MyWeek(2, 3)
    clock(5)  # Sunday
    assert my_week(session, learner.id).days == 2
    clock(6)  # Monday
    assert my_week(session, learner.id) == MyWeek(0, 3)


def test_a_goal_is_set_again_removed_and_goes_with_the_consent(session, learner):
    for days in (2, 5):
        assert set_goal(session, learner, days)
    assert my_week(session, learner.id).goal == 5
    assert export_person(session, learner.id)["history"]["weekly_goal"]["days"] == 5
    for nonsense in (-1, 8, 10**9):
        with pytest.raises(Invalid):
            set_goal(session, learner, nonsense)
    set_goal(session, learner, 0)
    assert my_week(session, learner.id).goal is None
    set_goal(session, learner, 4)
    withdraw_consent(session, learner, Purpose.HISTORY)
    assert my_week(session, learner.id).goal is None
    assert not set_goal(session, learner, 4)
    assert my_week(session, learner.id).goal is None


# In the browser


class Walk:
    """A signed-in learner on a phone without scripts."""

    def __init__(self, client, email):
        self.browser = Browser(client)
        self.browser.sign_in(email)
        self.page = ""

    def open(self, path="/practice"):
        answer = self.browser.get(path, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        self.page = answer.text
        return self.page

    def send(self, path="/practice", status=200, **fields):
        kept = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', self.page))
        kept["csrf_token"] = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.page)[1]
        answer = self.browser.client.post(
            path, data={**kept, **fields}, environ_overrides=self.browser.address, follow_redirects=True
        )
        assert answer.status_code == status, answer.text
        self.page = answer.text
        return self.page


@pytest.fixture
def walk(session, client, learner, clock):
    email = learner.email
    session.commit()
    return Walk(client, email)


def test_a_learner_practises_over_several_days(session, walk, clock, learner):
    material = published(session, TWO)
    path = f"/materials/{material.public_id}/practice"
    session.commit()
    assert "Chưa có gì để ôn" in walk.open()
    walk.open(path)
    assert "trở lại trước khi bạn quên" in walk.page
    walk.send(path, answer="1", a="hai")
    walk.send(path)
    walk.send(path, skip="1")
    end = walk.send(path)
    assert "Ôn hôm nay" in end
    assert "không được lưu" not in end
    assert len(items(session)) == 2
    assert "Hôm nay không có câu nào cần ôn. Câu tiếp theo trở lại vào ngày mai." in walk.open()
    clock(1)
    assert "Ôn 1 câu hôm nay" in walk.open("/")
    assert "Ôn 1 câu hôm nay" in walk.open("/shelf")
    assert "Hai cộng hai?" in walk.open()
    assert "Chưa có câu trả lời" in walk.send(answer="1", status=422)
    marked = walk.send(answer="1", a="bon")
    assert ">Đúng rồi<" in marked
    assert "Trở lại sau" in marked
    assert [each in marked for each in ("Nhớ được", "Dễ quá", "Khó nhớ", "Đoán thôi")] == [True] * 4
    end = walk.send("/practice/judgement", judgement="easy")
    assert "Xong 1 câu" in end
    assert "Bạn nhớ hết" in end
    assert "câu hôm nay" not in walk.open("/")
    clock(2)
    assert "Một cộng một?" in walk.open()
    wrong = walk.send(answer="1", a="ba")
    assert ">Chưa đúng<" in wrong
    assert "Trở lại vào ngày mai" in wrong
    assert "Đọc lại" in walk.send("/practice/judgement", judgement="again")
    clock(3)
    assert "Một cộng một?" in walk.open()


def test_reading_a_page_again_or_sending_it_twice_counts_once(session, walk, clock, learner):
    practised(session, learner, published(session, "? A\n= a\n"))
    session.commit()
    clock(5)
    walk.open()
    shown = walk.page
    walk.send(answer="1", a="a")
    [once] = items(session)
    walk.page = shown
    assert "đã được trả lời" in walk.send(answer="1", a="b")
    [again] = items(session)
    assert (again.revision, again.due_at, again.was_right) == (once.revision, once.due_at, True)


def test_a_foreign_question_a_forged_judgement_and_nonsense_change_nothing(session, walk, clock, learner):
    other = make_account(session)
    give_consent(session, other, Purpose.HISTORY, "test")
    material = published(session, "? A\n= a\n")
    practised(session, other, material)
    practised(session, learner, material)
    session.commit()
    clock(5)
    theirs, mine = items(session)
    before = walk.open()
    for number in (theirs.id, 999_999, "x", "-1", "9" * 30):
        for path, told in (("/practice", {"answer": "1", "a": "a"}), ("/practice/judgement", {"judgement": "easy"})):
            walk.page = before
            walk.send(path, question=number, status=404, **told)
    for revision in ("7", "x", "-1"):
        walk.page = before
        walk.send(answer="1", a="a", revision=revision)
    assert [(each.revision, each.due_at) for each in items(session)] == [(0, theirs.due_at), (0, mine.due_at)]
    walk.open()
    walk.send(answer="1", a="sai")
    marked = walk.page
    for judgement in ("easy", "good", "best", ""):
        walk.page = marked
        walk.send("/practice/judgement", judgement=judgement, status=400)
    assert items(session)[1].revision == 1


def test_questions_are_text_on_every_page_of_practice(session, walk, clock, learner):
    text = f"? {EVIL}\n(x) {EVIL}\n( ) b {EVIL}\n! {EVIL}\n@ {EVIL}\n"
    practised(session, learner, published(session, text))
    session.commit()
    clock(5)
    pages = [walk.open(), walk.send(answer="1", a="1"), walk.send("/practice/judgement", judgement="again")]
    for page in pages:
        assert "<script>alert" not in page
        assert '"onload="' not in page
        assert "&lt;script&gt;alert" in page


def test_without_the_consent_practice_asks_for_it_and_goes_on_with_it(session, client, clock):
    account = make_account(session)
    email, public_id = account.email, published(session, TWO).public_id
    session.commit()
    assert client.get("/practice").status_code == 302
    walk = Walk(client, email)
    assert "Tôi đồng ý" in walk.open()
    assert "Chưa có gì để ôn" in walk.send("/shelf/history", agree="yes")
    path = f"/materials/{public_id}/practice"
    walk.open(path)
    walk.send(path, answer="1", a="hai")
    assert len(items(session)) == 1


def test_the_end_of_a_round_says_what_an_account_would_add(session, client):
    public_id = published(session, "? A\n= a\n").public_id
    session.commit()
    path = f"/materials/{public_id}/practice"
    walk = Walk.__new__(Walk)
    walk.browser, walk.page = Browser(client), client.get(path).text
    walk.send(path, answer="1", a="a")
    end = walk.send(path)
    assert "Có tài khoản" in end
    assert "không được lưu" in end
    assert items(session) == []


def test_after_six_there_is_an_end_from_which_one_may_go_on(session, walk, clock, learner):
    practised(session, learner, published(session, "".join(f"? Câu {n}\n= {n}\n\n" for n in range(8))))
    session.commit()
    clock(5)
    walk.open()
    for number in range(1, 7):
        assert f"Câu {number} trên 6" in walk.page
        walk.send(skip="1")
        walk.send("/practice/judgement", judgement="again")
    assert "Xong 6 câu" in walk.page
    assert "Còn 2 câu" in walk.page
    assert "Câu 1 trên 2" in walk.open()


def test_the_other_language_asks_the_same_question(session, walk, clock, learner):
    practised(session, learner, published(session, EXAMPLE["vi"]))
    session.commit()
    clock(5)
    walk.open()
    assert "Question 1 of 6" in walk.send("/en/practice", in_language="en")
    assert items(session)[0].revision == 0


def test_a_goal_is_set_and_removed_on_the_shelf_with_one_press(session, walk):
    walk.open("/shelf")
    shown = walk.send("/shelf/goal", days="3")
    assert "Bạn muốn học 3 ngày mỗi tuần." in shown
    assert "Tuần này còn ở phía trước." in shown
    walk.send("/shelf/goal", days="0")
    assert "Bạn muốn học mấy ngày mỗi tuần?" in walk.page
    for forged in ("8", "-1", "x", ""):
        walk.open("/shelf")
        walk.send("/shelf/goal", days=forged, status=400)


def test_of_a_wrong_answer_nobody_may_say_that_it_was_easy():
    assert judgements_of(right=False) == (Judgement.AGAIN, Judgement.HARD)
    assert set(judgements_of(right=True)) == set(Judgement)
