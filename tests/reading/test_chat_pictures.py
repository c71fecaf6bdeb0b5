"""The picture of a material in chats: 1200 by 630, its title readable, drawn once for each version."""

import io
import os
import re
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image, ImageChops
from sqlalchemy.orm import Session

from oer.catalogue.models import Material
from oer.catalogue.queries.files import covers_of
from oer.core.errors import Unavailable
from oer.core.installation import Installation
from oer.covers import chat_pictures
from oer.covers.chat_pictures import HEIGHT, WIDTH, ChatPicture, draw_chat_picture
from oer.covers.covers import Cover, cover_of
from oer.covers.lettering import _advances
from oer.reading import kept_chat_pictures
from oer.reading.jobs import chat_pictures_of
from oer.reading.kept_chat_pictures import KEPT_SECONDS, MOST_AT_ONCE, KeptChatPictures
from oer.reading.views import material as views
from scripts.font_widths import widths_of
from tests.catalogue.factories import make_published, replace_published
from tests.covers.test_covers import SAMPLES
from tests.reading.factories import publish_files

SITE = "Kho học liệu mở Thành phố Hồ Chí Minh"
TITLE = (520, 60, 1150, 500)
STAGE = (0, 0, 470, 560)
BOOK = Cover("75kq9-0a6nx", "book", "wrk", "An toàn lao động", "Sổ tay")


def drawn(cover: Cover = BOOK, own: bytes | None = None) -> Image.Image:
    picture = Image.open(io.BytesIO(draw_chat_picture(ChatPicture(cover, None, SITE), own)))
    assert (picture.format, picture.size) == ("PNG", (WIDTH, HEIGHT))
    return picture.convert("RGB")


def ink(picture: Image.Image, box: tuple[int, int, int, int]) -> tuple[int, int, int, int] | None:
    """The box of what is darker than paper within a box."""
    dark = picture.crop(box).convert("L").point(lambda value: 255 if value < 110 else 0)
    return dark.getbbox()


def test_the_font_of_pictures_is_that_of_headings() -> None:
    advances = {letter: int(width) / 1000 for width, letters in widths_of(
        str(next((Path(chat_pictures.__file__).parent / "fonts").glob("*.ttf")))
    ).items() for letter in letters}  # fmt: skip
    assert {letter: width for letter, width in _advances().items() if letter in advances} == advances
    assert set("ỖữếĐđƠớƯự") <= advances.keys()


@pytest.mark.parametrize("form", ["book", "poster", "slides"])
def test_kind_and_title_stand_beside_an_object_on_the_shelf(form: str) -> None:
    picture, bare = drawn(BOOK._replace(form=form)), drawn(BOOK._replace(form=form, title=""))
    shown = ImageChops.difference(picture, bare).crop(TITLE).convert("L").point(lambda value: 255 * (value > 60))
    left, top, right, bottom = shown.getbbox()
    assert right - left > 300
    assert bottom - top > 200, "two lines, and the kind above them"
    assert ink(picture, STAGE)


def test_titles_of_the_samples_are_large_enough_to_be_read_in_a_chat() -> None:
    # There the picture is about 290 px wide, so that 50 px are 12.
    for record in SAMPLES:
        words = chat_pictures._words(cover_of("75kq9-0a6nx", record, ["pdf"]))
        assert int(re.search(r'<g font-size="(\d+)"', words)[1]) >= 50, record["title"]


@pytest.mark.parametrize(
    "title",
    ["Âu", "Nước " * 60, "Ngắtcầudaotrướckhisửa" * 14, "AN TOÀN ĐIỆN " * 20, '<b>Điện</b> & "nhà" <image href="x"/>'],
)
def test_any_title_stays_in_its_place(title: str) -> None:
    picture = drawn(BOOK._replace(title=title.strip()[:300]))
    assert ink(picture, TITLE)
    for beside in ((1160, 0, 1200, 600), (471, 0, 515, 600), (520, 0, 1200, 50)):
        assert ink(picture, beside) is None


@pytest.mark.parametrize("title", ["សុវត្ថិភាពអគ្គិសនី", "用电安全手册", "السلامة الكهربائية"])
def test_a_title_in_letters_that_the_font_has_not_leaves_the_kind_alone_and_no_boxes(title: str) -> None:
    assert drawn(BOOK._replace(title=title)).tobytes() == drawn(BOOK._replace(title="")).tobytes()


def test_a_material_with_a_picture_has_it_in_a_frame_and_with_a_broken_one_the_cover_by_rule() -> None:
    picture = drawn(own=webp("#0c5a4a"))
    assert close(picture.getpixel((235, 400)), (12, 90, 74))
    assert close(picture.getpixel((235, 555)), (255, 255, 255)), "the frame"
    assert drawn(own=b"RIFF....WEBP").tobytes() == drawn().tobytes()


def webp(colour: str) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (300, 400), colour).save(target, "WEBP", lossless=True)
    return target.getvalue()


def close(colour: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return all(abs(one - other) < 12 for one, other in zip(colour, wanted, strict=True))


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of what was drawn."""
    made: list[str] = []

    def spied(wanted: ChatPicture, own: bytes | None) -> bytes:
        made.append(wanted.key)
        return draw_chat_picture(wanted, own)

    monkeypatch.setattr(views, "draw_chat_picture", spied)
    return made


@pytest.fixture
def material(session: Session) -> Material:
    made = make_published(session, title={"vi": "Sổ tay thủy lợi"})
    session.commit()
    return made


def address_in(client: FlaskClient, material: Material) -> str:
    page = client.get(f"/materials/{material.public_id}").text
    return re.search(r'property="og:image" content="http://localhost(/[^"]*)"', page)[1]


def test_a_page_names_its_picture_which_is_drawn_once_and_never_asked_for_again(
    client: FlaskClient, material: Material, draws: list[str]
) -> None:
    address = address_in(client, material)
    first, second = client.get(address), client.get(address)
    assert first.status_code == second.status_code == 200
    assert first.data == second.data
    assert Image.open(io.BytesIO(first.data)).size == (1200, 630)
    assert first.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    plain = address.partition("?")[0]
    again = client.get(plain, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data, again.headers["Cache-Control"]) == (304, b"", "no-cache")
    assert len(draws) == 1
    told = client.get(f"/api/v1/materials/{material.public_id}").json
    assert told["links"]["cover"] == f"http://localhost{plain}"


def test_another_version_has_another_picture(
    client: FlaskClient, session: Session, material: Material, draws: list[str]
) -> None:
    before = address_in(client, material)
    client.get(before)
    replace_published(session, material, title={"vi": "Sổ tay thủy lợi, in lần hai"})
    session.commit()
    after = address_in(client, material)
    assert after != before
    client.get(after)
    assert len(set(draws)) == len(draws) == 2


def test_a_picture_that_a_power_cut_left_in_part_is_drawn_anew(
    client: FlaskClient, installation: Installation, material: Material, draws: list[str]
) -> None:
    whole = client.get(address_in(client, material)).data
    [kept] = (installation.settings.instance_dir / "chat-pictures").glob("*/*.png")
    kept.write_bytes(whole[: len(whole) // 2])
    assert client.get(address_in(client, material)).data == whole
    assert kept.read_bytes() == whole
    assert len(draws) == 2


def test_what_nobody_asks_for_in_a_month_is_deleted(
    client: FlaskClient, installation: Installation, material: Material, draws: list[str]
) -> None:
    address, kept = address_in(client, material), chat_pictures_of(installation)
    client.get(address)
    [path] = (installation.settings.instance_dir / "chat-pictures").glob("*/*.png")
    used = time.time() - 2 * 24 * 3600
    os.utime(path, (used, used))
    client.get(address)
    assert kept.forget(used + KEPT_SECONDS + 60) == 0, "it was asked for since"
    assert kept.forget(time.time() + KEPT_SECONDS + 60) == 1
    client.get(address)
    assert len(draws) == 2


def test_a_cover_of_its_own_is_shown_and_when_it_is_lost_the_one_by_rule(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    target = io.BytesIO()
    Image.new("RGB", (600, 800), "#0c5a4a").save(target, "PNG")
    material = publish_files(session, installation, ("bia.png", target.getvalue()))
    address = address_in(client, material)
    shown = Image.open(io.BytesIO(client.get(address).data)).convert("RGB")
    assert close(shown.getpixel((235, 400)), (12, 90, 74))
    sha256 = covers_of(session, [material.current_version_id])[material.current_version_id]
    session.rollback()
    installation.storage.delete(sha256)
    shutil.rmtree(installation.settings.instance_dir / "chat-pictures")
    by_rule = Image.open(io.BytesIO(client.get(address).data)).convert("RGB")
    assert not close(by_rule.getpixel((235, 400)), (12, 90, 74))


def test_who_asks_for_all_pictures_at_once_holds_few_threads(tmp_path: Path) -> None:
    kept, go_on = KeptChatPictures(tmp_path), threading.Event()
    waiting = threading.Barrier(2)

    def slow() -> bytes:
        waiting.wait(20)
        go_on.wait(20)
        return _WHOLE

    with ThreadPoolExecutor(MOST_AT_ONCE) as threads:
        first = threads.submit(kept.find_or_draw, "a0", slow)
        waiting.wait(20)  # it is being drawn now
        others = [threads.submit(kept.find_or_draw, f"b{each}", lambda: _WHOLE) for each in range(MOST_AT_ONCE - 1)]
        deadline = time.monotonic() + 20
        while kept_chat_pictures._places._value and time.monotonic() < deadline:
            time.sleep(0.01)
        with pytest.raises(Unavailable):
            kept.find_or_draw("c0", lambda: _WHOLE)
        go_on.set()
        assert [each.result(20) for each in (first, *others)] == [_WHOLE] * MOST_AT_ONCE
    assert kept.find_or_draw("c0", lambda: _WHOLE) == _WHOLE, "whoever comes back finds a place"


_WHOLE = b"IEND\xaeB`\x82"


def test_too_many_at_once_are_told_to_come_back(
    client: FlaskClient, material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_chat_pictures, "_places", threading.BoundedSemaphore(1))
    address = address_in(client, material)
    with kept_chat_pictures._places:
        answer = client.get(address)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert client.get(address).status_code == 200
