"""Ratings, questions and answers under a material: who may say what, what is public, what reviewers decide."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from oer.accounts.models import Account, AccountState, Role
from oer.accounts.services.personal_data import erase_account
from oer.catalogue.models import Material
from oer.catalogue.services.withdrawal import withdraw
from oer.core import personal_data
from oer.core.clock import now
from oer.core.errors import Conflict, Forbidden, Invalid, NotFound
from oer.core.mail import OutgoingMail, render_mail
from oer.core.seen import ChangedMeanwhile, seen_of
from oer.learning.jobs import tidy
from oer.learning.queries.voices import (
    edits_of,
    public_voice,
    questions_for,
    rating_figures,
    said_under,
    voice_to_review,
    voices_to_review,
)
from oer.learning.services.voices import (
    answer,
    ask,
    change_voice,
    decide_on_voice,
    rate,
    reason_of,
    report_voice,
    take_back_rating,
    take_back_voice,
)
from oer.learning.voice_models import Rating, Rule, Speaker, Voice, VoiceEdit, VoiceKind, VoiceState
from tests.accounts.factories import make_account, make_unit
from tests.catalogue.factories import make_educator, make_published, make_reviewer
from tests.indicators.visiting import visit

LONG_AGO = timedelta(days=30)


@pytest.fixture
def material(session: Session) -> Material:
    unit = make_unit(session, name={"vi": "Phường Chợ Lớn", "en": "Cho Lon ward"})
    return make_published(session, make_educator(session, unit), unit=unit.code, title={"vi": "An toàn điện"})


def make_reader(session: Session, **fields) -> Account:
    """Somebody whose account was confirmed long ago, so that what they rate counts."""
    return make_account(session, confirmed_at=now() - LONG_AGO, created_at=now() - LONG_AGO, **fields)


def make_known(session: Session, material: Material) -> Account:
    """Somebody of whom a reviewer has let something through."""
    account = make_reader(session)
    asked = ask(session, account, material, words="Có bản in không?", shown_as="", language="vi")
    decide(session, asked, "shown")
    return account


def decide(session: Session, voice: Voice, decision: str, rule: str = "") -> None:
    reviewer = make_reviewer(session)
    seen = seen_of(voice.seen_parts)
    decide_on_voice(session, reviewer, voice, decision=decision, rule=rule, seen=seen)


def rated_by(session: Session, material: Material, count: int, stars: str = "4", audience: str = "") -> None:
    for _ in range(count):
        rate(session, make_reader(session), material, stars=stars, audience=audience)


def mails(session: Session, template: str) -> list[OutgoingMail]:
    return list(session.scalars(sa.select(OutgoingMail).where(OutgoingMail.template == template)))


# Ratings.


def test_an_account_has_one_rating_of_a_material_which_it_changes_and_takes_back(
    session: Session, material: Material
) -> None:
    reader = make_reader(session)
    rate(session, reader, material, stars="5", words="Dễ hiểu", audience="workers")
    rate(session, reader, material, stars="2", words="Hình mờ")
    [rating] = session.scalars(sa.select(Rating))
    assert (rating.stars, rating.audience) == (2, "")
    reason = reason_of(session, reader.id, material.id)
    assert reason is not None
    assert reason.words == "Hình mờ"
    assert [each.words for each in edits_of(session, reason)] == ["Dễ hiểu"]
    take_back_rating(session, reader, material)
    assert session.scalars(sa.select(Rating)).all() == []
    assert session.scalars(sa.select(VoiceEdit)).all() == []
    assert (reason.state, reason.words) == (VoiceState.TAKEN_BACK, "")


def test_nobody_rates_their_own_material(app: Flask, session: Session, material: Material) -> None:
    owner = session.get_one(Account, material.owner_id)
    with pytest.raises(Forbidden):
        rate(session, owner, material, stars="5")
    shown = visit(app, session, owner).get(f"/en/materials/{material.public_id}/rate", follow_redirects=True)
    assert "You made this material" in shown.text


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"stars": "6"}, "stars"),
        ({"stars": "0"}, "stars"),
        ({"stars": "٥"}, "stars"),
        ({"audience": "kings"}, "audience"),
        ({"audience": "people-with-disabilities"}, "audience"),
        ({"words": "x" * 601}, "words"),
        ({"shown_as": "x" * 41}, "shown_as"),
        ({"shown_as": "ban-hang.com"}, "shown_as"),
    ],
)
def test_a_rating_that_makes_no_sense_is_refused_at_its_field(
    session: Session, material: Material, values: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        rate(session, make_reader(session), material, **{"stars": "4", **values})
    assert refused.value.field == field
    assert session.scalars(sa.select(Rating)).all() == []


def test_below_ten_ratings_no_figure_is_shown(app: Flask, session: Session, material: Material) -> None:
    page = f"/en/materials/{material.public_id}"
    rated_by(session, material, 9)
    session.commit()
    few = visit(app, session, None).get(page).text
    assert "fewer than 10" in few
    assert "of 5 stars" not in few
    rated_by(session, material, 1, stars="5")
    session.commit()
    enough = visit(app, session, None).get(page).text  # also proves that the kept page was made anew
    assert "<b>4.1</b> of 5 stars" in enough
    assert "10 ratings" in enough


def test_counts_by_group_hide_the_small_ones_and_what_would_reveal_them(session: Session, material: Material) -> None:
    rated_by(session, material, 12, audience="workers")
    rated_by(session, material, 2, audience="homemakers")
    rated_by(session, material, 11)
    shown = {code: (number, why.value) for code, number, why in rating_figures(session, material.id).groups}
    assert shown["homemakers"] == (None, "small")
    assert shown["workers"][0] in {12, None}  # one of the two others is withheld beside the sum
    rest = rating_figures(session, material.id)
    assert rest.total == 25
    assert rest.stars[4] == 25


def test_ratings_of_accounts_that_are_new_or_closed_do_not_count(session: Session, material: Material) -> None:
    rated_by(session, material, 10)
    for _ in range(30):
        rate(session, make_account(session, confirmed_at=now()), material, stars="1")
    closed = make_reader(session)
    rate(session, closed, material, stars="1")
    closed.state = AccountState.DISABLED
    session.flush()
    figures = rating_figures(session, material.id)
    assert (figures.total, figures.mean) == (10, 4.0)


def test_one_address_cannot_rate_without_end(app: Flask, session: Session, material: Material) -> None:
    reader = make_reader(session)
    visitor = visit(app, session, reader)
    page = f"/en/materials/{material.public_id}/rate"
    answers = [visitor.send(page, page, {"stars": "5"}).status_code for _ in range(31)]
    assert answers == [303] * 30 + [429]


def test_who_has_just_rated_is_not_told_that_nobody_has(app: Flask, session: Session, material: Material) -> None:
    visitor, page = visit(app, session, make_reader(session)), f"/en/materials/{material.public_id}/voices"
    assert "Nobody has rated this yet." in visitor.get(page).text
    visitor.send(f"/en/materials/{material.public_id}/rate", f"/en/materials/{material.public_id}/rate", {"stars": "5"})
    mine = visitor.get(page).text
    assert "Change my rating" in mine
    assert "Nobody has rated this yet." not in mine
    assert "Change my rating" not in visit(app, session, make_reader(session)).get(page).text


# Questions and answers.


def test_the_words_of_somebody_new_wait_for_a_reviewer(app: Flask, session: Session, material: Material) -> None:
    public_id = material.public_id
    visitor = visit(app, session, make_reader(session))
    page = f"/en/materials/{public_id}/ask"
    answered = visitor.send(page, page, {"words": "Ổ điện <b>cũ</b> thì sao?", "shown_as": "Lan"})
    assert answered.headers["Location"].endswith("/account/voices")
    assert "Waiting for a reviewer" in visitor.get("/en/account/voices").text
    reader = visit(app, session, None)
    for each in (f"/en/materials/{public_id}", f"/en/materials/{public_id}/voices"):
        assert "Ổ điện" not in reader.get(each).text
    decide(session, session.scalars(sa.select(Voice)).one(), "shown")
    for each in (f"/en/materials/{public_id}", f"/en/materials/{public_id}/voices"):
        shown = reader.get(each).text
        assert "Ổ điện &lt;b&gt;cũ&lt;/b&gt; thì sao?" in shown
        assert "Lan" in shown


def test_what_somebody_known_writes_is_public_at_once_but_links_and_long_numbers_wait(
    session: Session, material: Material
) -> None:
    known = make_known(session, material)

    def state_of(words: str, name: str = "") -> VoiceState:
        return ask(session, known, material, words=words, shown_as=name, language="vi").state

    assert state_of("Còn điện ba pha?") is VoiceState.SHOWN
    for each in ("Xem ở http://x.example", "Xem ban-hang.vn nhé", "Gọi 0901 234 567", "Viết cho a@b"):
        assert state_of(each) is VoiceState.HELD, each
    assert state_of("Còn điện ba pha?", "Ban biên tập") is VoiceState.HELD  # nobody has looked at this name yet


def test_who_broke_a_rule_waits_again(session: Session, material: Material) -> None:
    known = make_known(session, material)
    bad = ask(session, known, material, words="Đồ ngốc", shown_as="", language="vi")
    assert bad.is_shown
    decide(session, bad, "hidden", "insult")
    take_back_voice(session, bad)  # does not make them new again
    after = ask(session, known, material, words="Còn điện ba pha?", shown_as="", language="vi")
    assert after.state is VoiceState.HELD


def test_the_educator_is_written_to_answers_and_is_marked(app: Flask, session: Session, material: Material) -> None:
    known, owner = make_known(session, material), session.get_one(Account, material.owner_id)
    [mail] = mails(session, "question_asked")  # of what a reviewer let through
    assert (mail.recipient, mail.values["words"]) == (owner.email, "Có bản in không?")
    ask(session, known, material, words="Còn điện ba pha?", shown_as="", language="vi")
    assert len(mails(session, "question_asked")) == 1  # once a day for each material
    [first, second] = questions_for(session, owner).items
    given = answer(session, owner, first, words="Có, ở thư viện phường.", shown_as="Cô Hoa", language="vi")
    assert (given.speaker, given.state) == (Speaker.EDUCATOR, VoiceState.SHOWN)
    assert questions_for(session, owner).items == [second]
    [told] = mails(session, "question_answered")
    assert told.recipient == known.email
    session.commit()
    page = visit(app, session, None).get(f"/en/materials/{material.public_id}/voices").text
    assert "Educator, Cho Lon ward" in page
    assert "Cô Hoa" in page


def test_nobody_is_marked_as_what_they_are_not(session: Session, material: Material) -> None:
    asked = ask(session, make_known(session, material), material, words="Còn điện ba pha?", shown_as="", language="vi")
    others = {
        Speaker.READER: make_educator(session),  # of another unit
        Speaker.REVIEWER: make_reviewer(session),
        Speaker.EDUCATOR: make_account(
            session, Role.EDUCATOR, unit=session.get_one(Account, material.owner_id).grants[0].unit
        ),
    }
    for speaker, account in others.items():
        assert answer(session, account, asked, words="Có.", shown_as="", language="vi").speaker is speaker


def test_mails_about_questions_say_what_was_asked_in_both_languages(
    session: Session, material: Material, settings
) -> None:
    known, owner = make_known(session, material), session.get_one(Account, material.owner_id)
    asked = session.scalars(sa.select(Voice).where(Voice.account_id == known.id)).one()
    answer(session, owner, asked, words="Có, ở thư viện.", shown_as="", language="vi")
    for template, words in (("question_asked", "Có bản in không?"), ("question_answered", "Có, ở thư viện.")):
        [mail] = mails(session, template)
        for language in ("vi", "en"):
            made = render_mail(settings, template, language, mail.values)
            assert words in made.body
            assert f"/materials/{material.public_id}/voices" in made.body
            assert "An toàn điện" in made.subject


def test_a_question_that_is_not_shown_cannot_be_answered(app: Flask, session: Session, material: Material) -> None:
    held = ask(session, make_reader(session), material, words="Sao?", shown_as="", language="vi")
    with pytest.raises(Conflict):
        answer(session, make_reader(session), held, words="Vậy đó", shown_as="", language="vi")
    assert visit(app, session, make_reader(session)).get(f"/voices/{held.id}/answer").status_code == 404


def test_a_question_that_is_taken_back_takes_its_answers_from_the_page(session: Session, material: Material) -> None:
    known = make_known(session, material)
    asked = session.scalars(sa.select(Voice).where(Voice.account_id == known.id)).one()
    given = answer(session, make_reviewer(session), asked, words="Có.", shown_as="", language="vi")
    take_back_voice(session, asked)
    assert said_under(session, material, VoiceKind.QUESTION).items == []
    with pytest.raises(NotFound):
        public_voice(session, given.id)


def test_nothing_is_public_of_a_withdrawn_material(app: Flask, session: Session, material: Material) -> None:
    known, public_id = make_known(session, material), material.public_id
    asked = session.scalars(sa.select(Voice).where(Voice.account_id == known.id)).one()
    reader = visit(app, session, known)
    assert "Có bản in không?" in reader.get(f"/materials/{public_id}/voices").text
    withdraw(session, make_reviewer(session), material, "outdated", "cũ")
    for path in (f"/materials/{public_id}/voices", f"/materials/{public_id}/rate", f"/materials/{public_id}/ask"):
        assert reader.get(path).status_code == 410
    assert reader.get(f"/voices/{asked.id}/answer").status_code == 404
    assert reader.get(f"/voices/{asked.id}/report").status_code == 404
    assert "Có bản in không?" not in reader.get(f"/materials/{public_id}").text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("gpj\u202eexe\u2066\u200b", "gpjexe"),
        ("Z\u0310\u0321\u0335\u0337\u0330\u0331a", "Z\u0310\u0321a"),
        ("Tiê\u0301ng Viê\u0323t", "Tiếng Việt"),
    ],
)
def test_words_are_harmless(app: Flask, session: Session, material: Material, typed: str, kept: str) -> None:
    asked = ask(session, make_reader(session), material, words=typed, shown_as=typed[:20], language="vi")
    assert len(asked.words) == len(kept)
    decide(session, asked, "shown")
    session.commit()
    page = visit(app, session, None).get(f"/materials/{material.public_id}/voices").text
    assert "<script>alert(1)" not in page
    assert "\u202e" not in page


# What reviewers do.


def test_a_reviewer_decides_on_what_they_saw(session: Session, material: Material) -> None:
    reader, reviewer = make_reader(session), make_reviewer(session)
    asked = ask(session, reader, material, words="Sao?", shown_as="", language="vi")
    seen = seen_of(asked.seen_parts)
    change_voice(session, reader, asked, words="Mua ở đâu?", shown_as="")
    with pytest.raises(ChangedMeanwhile):
        decide_on_voice(session, reviewer, asked, decision="shown", rule="", seen=seen)
    with pytest.raises(Invalid):
        decide_on_voice(session, reviewer, asked, decision="hidden", rule="", seen=None)
    decide_on_voice(session, reviewer, asked, decision="hidden", rule="advertising", seen=seen_of(asked.seen_parts))
    assert (asked.state, asked.rule, asked.decided_by_id) == (VoiceState.HIDDEN, Rule.ADVERTISING, reviewer.id)
    change_voice(session, reader, asked, words="Dùng ở đâu?", shown_as="")
    assert asked.state is VoiceState.HELD


def test_the_queue_of_a_unit_is_that_of_its_reviewers_alone(session: Session, material: Material) -> None:
    held = ask(session, make_reader(session), material, words="Sao?", shown_as="", language="vi")
    own = session.get_one(Account, material.owner_id).grants[0].unit
    local = make_account(session, Role.REVIEWER, unit=own)
    other = make_account(session, Role.REVIEWER, unit=make_unit(session))
    assert [each.id for each in voices_to_review(session, local, "waiting").items] == [held.id]
    assert voices_to_review(session, other, "waiting").items == []
    with pytest.raises(NotFound):
        voice_to_review(session, other, held.id)


def test_anybody_reports_what_is_public_and_a_reviewer_settles_it(
    app: Flask, session: Session, material: Material
) -> None:
    make_known(session, material)
    voice = session.scalars(sa.select(Voice)).one()
    page = f"/en/voices/{voice.id}/report"
    stranger = visit(app, session, None)
    assert "Choose which rule it breaks" in stranger.send(page, page, {"rule": "because"}).text
    assert stranger.send(page, page, {"rule": "insult"}).status_code == 303
    session.refresh(voice)
    assert (voice.reports, voice.reported_for, voice.state) == (1, Rule.INSULT, VoiceState.SHOWN)
    reviewer = visit(app, session, make_reviewer(session))
    assert "Có bản in không?" in reviewer.get("/review/voices?queue=reported").text
    path = f"/review/voices/{voice.id}"
    assert reviewer.send(path, path, {"decision": "shown"}).status_code == 303
    session.refresh(voice)
    assert (voice.reports, voice.state) == (0, VoiceState.SHOWN)
    assert reviewer.post_with_token(path, {"decision": "hidden", "rule": "insult"}).status_code == 409


def test_a_report_alone_hides_nothing(session: Session, material: Material) -> None:
    make_known(session, material)
    voice = session.scalars(sa.select(Voice)).one()
    for _ in range(50):
        report_voice(session, voice, "unlawful")
    assert public_voice(session, voice.id).reports == 50


def test_nobody_changes_or_takes_back_the_words_of_others(app: Flask, session: Session, material: Material) -> None:
    make_known(session, material)
    voice = session.scalars(sa.select(Voice)).one()
    other = visit(app, session, make_reader(session))
    assert other.get(f"/voices/{voice.id}/change").status_code == 404
    assert other.post_with_token(f"/voices/{voice.id}/take-back", {}).status_code == 404
    session.refresh(voice)
    assert voice.is_shown


def test_a_reader_changes_what_they_wrote_and_old_words_go_after_a_year(
    app: Flask, session: Session, material: Material, installation
) -> None:
    known = make_known(session, material)
    voice = session.scalars(sa.select(Voice)).one()
    visitor, path = visit(app, session, known), f"/voices/{voice.id}/change"
    assert visitor.send(path, path, {"words": "Có bản chữ lớn không?"}).status_code == 303
    session.refresh(voice)
    assert voice.words == "Có bản chữ lớn không?"
    [edit] = edits_of(session, voice)
    assert edit.words == "Có bản in không?"
    edit.replaced_at = now() - timedelta(days=366)
    session.commit()
    tidy(installation)
    assert edits_of(session, voice) == []


def test_a_person_takes_their_voices_along_and_leaves_no_name_behind(session: Session, material: Material) -> None:
    known = make_known(session, material)
    rate(session, known, material, stars="5", words="Dễ hiểu", shown_as="Lan")
    told = personal_data.export_person(session, known.id)["voices"]
    assert [each["stars"] for each in told["ratings"]] == [5]
    assert {each["words"] for each in told["words"]} == {"Có bản in không?", "Dễ hiểu"}
    before = material.page_revision
    erase_account(session, known.id, known.id)
    session.expire_all()
    [left] = session.scalars(sa.select(Voice))
    assert (left.words, left.account_id, left.shown_as) == ("Có bản in không?", None, "")
    assert session.scalars(sa.select(Rating)).all() == []
    assert material.page_revision > before


def test_a_wrong_form_keeps_what_was_typed(app: Flask, session: Session, material: Material) -> None:
    visitor, page = visit(app, session, make_reader(session)), f"/en/materials/{material.public_id}/rate"
    answered = visitor.send(page, page, {"words": "Hay lắm", "shown_as": "Lan"})
    assert answered.status_code == 422
    assert "Choose one to five stars" in answered.text
    assert re.search(r"<textarea[^>]*>\s*Hay lắm</textarea>", answered.text)
