"""Parts of materials that take 5, 10 or 15 minutes: how long they are, where they begin, which of them a day has."""

from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.backends.extraction.media_types import MP3, PPTX
from oer.catalogue.home_models import PartKind
from oer.catalogue.models import Material
from oer.catalogue.queries.home import parts_in_service, shown_parts
from oer.catalogue.services.files import add_file
from oer.catalogue.services.review import publish, submit_for_review
from oer.catalogue.services.withdrawal import withdraw
from oer.core.clock import today
from oer.core.installation import Installation
from oer.reading.jobs import choose_parts_of_day
from oer.reading.parts import Part, minutes_of_text, parts_for_day, parts_of, slot_of
from tests.catalogue.factories import (
    make_blob,
    make_educator,
    make_material,
    make_rendition,
    make_reviewer,
    replace_published,
)

MINUTE = "một " * 150


def entry(title: str, page: int = 1, level: int = 1) -> dict:
    return {"title": title, "page": page, "level": level}


def publish_text(
    session: Session, *pages: str, outline=(), media_type="application/pdf", name="bai.pdf", facts=None, **fields
) -> Material:
    """A published material with one file, of which an extractor made these pages."""
    owner = make_educator(session)
    material = make_material(session, owner, content=None, **fields)
    content = f"{material.public_id} {name}".encode()
    blob = make_blob(session, content, media_type)
    make_rendition(session, blob, *pages, facts={"outline": list(outline), **(facts or {})})
    add_file(session, material, blob.sha256, name)
    submit_for_review(session, owner, material)
    publish(session, make_reviewer(session), material)
    return material


def parts(session: Session, material: Material) -> list[Part]:
    assert material.current_version is not None
    return parts_of(session, material.current_version)


def test_150_syllables_are_a_minute() -> None:
    assert minutes_of_text(MINUTE * 4) == 4
    assert minutes_of_text("Xin chào, năm 2026!") == 4 / 150


@pytest.mark.parametrize(
    ("minutes", "slot"), [(0, None), (3.4, None), (5, 5), (7, None), (8, 10), (12, 10), (15, 15), (17.6, None)]
)
def test_a_slot_takes_what_is_about_as_long(minutes: float, slot: int | None) -> None:
    assert slot_of(minutes) == slot


def test_a_section_is_as_long_as_the_text_below_its_heading(session: Session) -> None:
    text = f"Mở đầu\n{MINUTE}\nChọn chỗ\n{MINUTE * 5}\nTưới cây\n{MINUTE * 20}"
    material = publish_text(session, text, outline=[entry("Mở đầu"), entry("Chọn chỗ"), entry("Tưới cây")])
    found = [(part.slot, part.title, part.last_title) for part in parts(session, material)]
    assert found == [(5, "Mở đầu", "Chọn chỗ"), (5, "Chọn chỗ", "")]


def test_a_section_has_what_is_below_it_and_goes_on_over_pages(session: Session) -> None:
    pages = (f"Bìa\nChương 1\n{MINUTE * 4}", f"{MINUTE * 2}\nMục nhỏ\n{MINUTE * 4}", f"Chương 2\n{MINUTE * 30}")
    outline = [entry("Chương 1"), entry("Mục nhỏ", 2, 2), entry("Chương 2", 3)]
    chapter, _small = parts(session, publish_text(session, *pages, outline=outline))
    assert (chapter.slot, chapter.page, chapter.last_page, chapter.title) == (10, 1, 2, "Chương 1")


def test_slides_are_counted_by_the_minute_at_least_and_never_begin_with_the_title(session: Session) -> None:
    material = publish_text(session, *["Trang\nít chữ"] * 6, media_type=PPTX, name="bai.pptx")
    found = parts(session, material)
    assert {part.kind for part in found} == {PartKind.SLIDES}
    assert [(part.page, part.last_page) for part in found] == [(2, 5), (2, 6), (3, 6)]


def test_a_recording_takes_as_long_as_it_plays(session: Session) -> None:
    material = publish_text(session, media_type=MP3, name="bai.mp3", facts={"duration": 310.0})
    assert parts(session, material) == [Part(5, PartKind.RECORDING, 1, anchor="player")]


def test_what_the_author_said_of_the_whole_goes_first(session: Session) -> None:
    material = publish_text(session, MINUTE, media_type=MP3, name="bai.mp3", time_required="PT15M")
    assert parts(session, material) == [Part(15, PartKind.WHOLE, 1, anchor="player")]


def publish_whole(session: Session, subject: str, minutes: int) -> Material:
    return publish_text(session, "Một trang", subjects=[subject], time_required=f"PT{minutes}M")


DAY = date(2026, 3, 2)


def test_a_day_has_a_part_for_each_slot_and_no_two_of_one_subject(session: Session) -> None:
    for subject in ("bas.song", "bas.tinh"):
        publish_whole(session, subject, 5)
    ten, fifteen = publish_whole(session, "fin.tai-chinh-ca-nhan", 10), publish_whole(session, "dig.an-toan", 15)
    publish_whole(session, "bas.tinh", 10)
    found = {each.part.slot: each for each in parts_for_day(session, DAY, ())}
    assert set(found) == {5, 10, 15}
    assert found[15].version_id == fifteen.current_version_id
    assert found[10].version_id == ten.current_version_id
    assert found[5].subjects == {"bas"}


def test_one_material_is_never_offered_twice_a_day(session: Session) -> None:
    publish_text(session, f"Một\n{MINUTE * 5}\nHai\n{MINUTE * 10}", outline=[entry("Một"), entry("Hai")])
    assert len(parts_for_day(session, DAY, ())) == 1


def test_the_same_day_has_the_same_parts_and_days_differ(session: Session) -> None:
    for subject in ("bas.song", "fin.tai-chinh-ca-nhan", "dig.an-toan", "env.rac-thai", "law.thu-tuc"):
        publish_whole(session, subject, 5)
    days = [DAY + timedelta(days=n) for n in range(12)]
    chosen = [parts_for_day(session, day, ())[0].version_id for day in days]
    assert chosen == [parts_for_day(session, day, ())[0].version_id for day in days]
    assert len(set(chosen)) >= 3


def test_what_was_shown_lately_comes_again_only_where_there_is_nothing_else(session: Session) -> None:
    first, other = publish_whole(session, "bas.song", 5), publish_whole(session, "dig.an-toan", 5)
    shown = {first.current_version_id or 0}
    assert parts_for_day(session, DAY, shown)[0].version_id == other.current_version_id
    withdraw(session, make_reviewer(session), other, "outdated", "Đã có bản mới")
    session.flush()
    assert parts_for_day(session, DAY, shown)[0].version_id == first.current_version_id


def shown_now(installation: Installation) -> dict[int, int]:
    """Have the worker choose, and give the versions that home has by slot."""
    choose_parts_of_day(installation)
    with installation.database.reading() as session:
        return {each.slot: each.version_id for each in parts_in_service(session, today())}


def test_the_job_keeps_what_it_chose_and_fills_what_is_withdrawn_or_replaced(
    session: Session, installation: Installation
) -> None:
    five, ten = publish_whole(session, "bas.song", 5), publish_whole(session, "dig.an-toan", 10)
    chosen = {5: five.current_version_id, 10: ten.current_version_id}
    session.commit()
    assert shown_now(installation) == chosen
    other, fifteen = publish_whole(session, "env.rac-thai", 5), publish_whole(session, "law.thu-tuc", 15)
    later = {5: other.current_version_id, 15: fifteen.current_version_id}
    session.commit()
    assert shown_now(installation) == {**chosen, 15: later[15]}  # what stands is not changed within the day
    withdraw(session, make_reviewer(session), five, "outdated", "Đã có bản mới")
    replace_published(session, ten, time_required="PT10H")
    session.commit()
    assert shown_now(installation) == later


def test_yesterdays_parts_stand_until_the_worker_has_chosen_those_of_today(
    session: Session, installation: Installation
) -> None:
    publish_whole(session, "bas.song", 5)
    session.commit()
    choose_parts_of_day(installation)
    assert len(shown_parts(session, today() + timedelta(days=1))) == 1
    assert shown_parts(session, today() + timedelta(days=8)) == []


def test_home_leads_to_the_very_part(client: FlaskClient, session: Session, installation: Installation) -> None:
    text = f"Mở đầu\n{MINUTE}\nChọn chỗ\n{MINUTE * 5}"
    outline = [entry("Mở đầu", 2), entry("Chọn chỗ", 2)]
    public_id = publish_text(session, "Bìa", text, outline=outline).public_id
    session.commit()
    assert "15 phút hôm nay" not in client.get("/").text
    choose_parts_of_day(installation)
    page = client.get("/").text
    assert "15 phút hôm nay" in page
    assert f'href="/materials/{public_id}/files/1/read?page=2' in page
    assert "15 minutes today" in client.get("/en/").text
