"""Pictures of pages: made once, by few at a time, kept while there is room."""

import os
import threading
import time
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from oer.backends.extraction.extracting import NotRendered, render_page
from oer.backends.extraction.media_types import PPTX
from oer.backends.extraction.protocol import Limits, State
from oer.core.installation import Installation
from oer.reading.jobs import PAGE_IMAGE, forget_page_images, images_of, make_page_image
from oer.reading.page_images import LIMIT_SECONDS, REFUSED_SECONDS, SLOW_LIMITS, Busy, PageImages, Slow
from tests.backends.extraction.document_factories import HEIC, tiff
from tests.backends.extraction.pdf_factories import pdf_of
from tests.files.factories import keep_file
from tests.reading.factories import publish_files, sample

A, B, C = "a" * 64, "b" * 64, "c" * 64


class Store:
    """A store in which each file is there."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def as_file(self, sha256: str):
        import contextlib

        return contextlib.nullcontext(self._path)


class Renderer:
    """Renders when it is told to, and counts how many do so at once."""

    def __init__(self, size: int = 100) -> None:
        self.calls, self.now, self.most = 0, 0, 0
        self.tried: list[tuple[int, int, float]] = []
        self.needs: dict[int, float] = {}  # seconds, by the width
        self.size = size
        self.go = threading.Event()
        self.go.set()
        self._lock = threading.Lock()

    def __call__(self, path, page, width, limits) -> bytes:
        with self._lock:
            self.tried.append((page, width, limits.wall_seconds))
            self.calls += 1
            self.now += 1
            self.most = max(self.most, self.now)
        assert self.go.wait(60)
        with self._lock:
            self.now -= 1
        if page == 13:
            raise NotRendered(State.DAMAGED, "not a page")
        if self.needs.get(width, 0) > limits.wall_seconds:
            raise NotRendered(State.LIMIT, "stopped: wall")
        return webp(self.size)


def webp(size: int) -> bytes:
    """The shell of a picture of so many bytes."""
    return b"RIFF" + (size - 8).to_bytes(4, "little") + b"WEBP" + b"x" * (size - 12)


def until(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_picture_is_made_once_however_many_ask(tmp_path: Path) -> None:
    render = Renderer()
    render.go.clear()
    found: list[Path] = []

    def ask() -> None:
        found.append(PageImages(tmp_path, 10**6, render).make(Store(tmp_path), A, 1, 800, seconds=10))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    until(lambda: render.calls == 1)
    render.go.set()
    for thread in threads:
        thread.join()
    assert render.calls == 1
    assert len(set(found)) == 1
    assert found[0].read_bytes() == webp(100)


def test_two_are_made_at_once_and_the_others_wait_no_longer_than_they_can(tmp_path: Path) -> None:
    render = Renderer()
    render.go.clear()
    images = PageImages(tmp_path, 10**6, render)
    makers = [
        threading.Thread(target=images.make, args=(Store(tmp_path), sha256, 1, 800), kwargs={"seconds": 10})
        for sha256 in (A, B)
    ]
    for maker in makers:
        maker.start()
    until(lambda: render.now == 2)
    with pytest.raises(Busy):
        images.make(Store(tmp_path), C, 1, 800, seconds=0.05)
    render.go.set()
    for maker in makers:
        maker.join()
    assert images.make(Store(tmp_path), C, 1, 800, seconds=1).exists()
    assert render.most == 2


def test_a_page_that_cannot_be_rendered_is_not_tried_again_for_a_day(tmp_path: Path) -> None:
    render = Renderer()
    images = PageImages(tmp_path, 10**6, render)
    for _ in range(3):
        with pytest.raises(NotRendered):
            images.make(Store(tmp_path), A, 13, 800, seconds=1)
    assert render.calls == 1
    [refused] = tmp_path.glob("aa/*/13-800.webp")
    old = time.time() - REFUSED_SECONDS - 1
    os.utime(refused, (old, old))
    with pytest.raises(NotRendered):
        images.make(Store(tmp_path), A, 13, 800, seconds=1)
    assert render.calls == 2


def test_slides_whose_conversion_took_too_long_on_a_busy_machine_are_tried_again_after_ten_minutes(tmp_path) -> None:
    tried: list[str] = []

    def convert(_source: Path, media_type: str) -> bytes:
        tried.append(media_type)
        if len(tried) == 1:
            raise NotRendered(State.LIMIT, "out of time")
        return b"%PDF-1.7 slides"

    images = PageImages(tmp_path, 10**6, Renderer(), convert)
    for _ in range(2):
        with pytest.raises(NotRendered):
            images.make(Store(tmp_path), A, 1, 800, seconds=1, media_type=PPTX)
    assert len(tried) == 1
    for refused in tmp_path.glob("aa/*/*"):
        os.utime(refused, (refused.stat().st_mtime - LIMIT_SECONDS - 1,) * 2)
    assert images.make(Store(tmp_path), A, 1, 800, seconds=1, media_type=PPTX).exists()
    assert len(tried) == 2


def test_a_page_that_takes_long_is_drawn_at_half_the_width(tmp_path: Path) -> None:
    render = Renderer()
    render.needs = {1600: 60}
    path = PageImages(tmp_path, 10**6, render).make(Store(tmp_path), A, 1, 1600, seconds=2)
    assert path.name == "1-1600.webp"
    (_, first, wall), (_, second, rest) = render.tried
    assert (first, second) == (1600, 800)
    assert wall < 2
    assert rest <= 2


def test_a_page_that_takes_longer_still_is_left_to_the_worker_and_not_tried_by_each_request(tmp_path: Path) -> None:
    render = Renderer()
    render.needs = {800: 5, 400: 5}
    images = PageImages(tmp_path, 10**6, render)
    for _ in range(4):
        with pytest.raises(Slow):
            images.make(Store(tmp_path), A, 1, 800, seconds=2)
    assert [width for _, width, _ in render.tried] == [800, 400]
    assert list(images.slow.waiting()) == [(A, 1, 800)]
    path = images.make_slow(Store(tmp_path), A, 1, 800)
    assert images.make(Store(tmp_path), A, 1, 800, seconds=2) == path
    assert list(images.slow.waiting()) == []


def test_what_even_the_worker_cannot_draw_is_given_up_for_a_day(tmp_path: Path) -> None:
    render = Renderer()
    render.needs = {800: 99, 400: 99}
    images = PageImages(tmp_path, 10**6, render)
    with pytest.raises(Slow):
        images.make(Store(tmp_path), A, 1, 800, seconds=2)
    with pytest.raises(NotRendered):
        images.make_slow(Store(tmp_path), A, 1, 800)
    assert [wall for _, _, wall in render.tried[2:]] == [SLOW_LIMITS.wall_seconds] * 2
    for _ in range(3):
        with pytest.raises(NotRendered):
            images.make(Store(tmp_path), A, 1, 800, seconds=2)
    assert len(render.tried) == 4
    assert list(images.slow.waiting()) == []


def test_one_slow_file_keeps_nobody_from_the_others(tmp_path: Path) -> None:
    render = Renderer()
    render.needs = {800: 5, 400: 5}
    images = PageImages(tmp_path, 10**6, render)
    with pytest.raises(Slow):
        images.make(Store(tmp_path), A, 1, 800, seconds=2)
    render.go.clear()
    slow = threading.Thread(target=images.make_slow, args=(Store(tmp_path), A, 1, 800))
    slow.start()
    until(lambda: render.now == 1)
    with pytest.raises(Slow):
        images.make(Store(tmp_path), A, 2, 800, seconds=2)  # not even tried
    with pytest.raises(Busy):
        images.make_slow(Store(tmp_path), A, 2, 800)  # one at a time
    render.needs = {}
    makers = [
        threading.Thread(target=images.make, args=(Store(tmp_path), each, 1, 800), kwargs={"seconds": 10})
        for each in (B, C)
    ]
    for maker in makers:
        maker.start()
    until(lambda: render.now == 3)
    render.go.set()
    for each in (slow, *makers):
        each.join()


def test_there_are_never_more_bytes_than_the_limit_and_the_least_used_go(tmp_path: Path) -> None:
    images = PageImages(tmp_path, 1000, Renderer(size=100))
    hour = 3600
    for page in range(1, 25):
        path = images.make(Store(tmp_path), A, page + 100, 800, seconds=1)
        age = time.time() - (100 - page) * hour
        os.utime(path, (age, age))
        images.find(A, 101, 800)  # somebody reads the first page all the time
        assert images.total() <= 1000
    assert images.find(A, 101, 800) is not None
    assert images.find(A, 102, 800) is None
    assert images.find(A, 124, 800) is not None


def test_pictures_of_files_that_are_gone_go_too(session: Session, installation: Installation) -> None:
    sha256 = keep_file(session, installation.storage).sha256
    session.commit()
    images = images_of(installation)
    images.make(installation.storage, sha256, 1, 800, seconds=5)
    PageImages(installation.settings.instance_dir / "page-images", 10**6, Renderer()).make(
        installation.storage, sha256, 2, 800, seconds=5
    )
    gone = installation.settings.instance_dir / "page-images" / "aa" / A
    gone.mkdir(parents=True)
    (gone / "1-800.webp").write_bytes(b"x")
    forget_page_images(installation)
    assert not gone.exists()
    assert images.find(sha256, 1, 800) is not None


@pytest.fixture
def leaflet(session: Session, installation: Installation) -> str:
    material = publish_files(session, installation, sample("to-dan-canh-dien-thoai.pdf"))
    address = f"/materials/{material.public_id}/files/1"
    session.rollback()  # reading the id began a transaction, and the worker would wait for it
    return address


def test_a_page_of_a_pdf_is_shown_as_a_picture_with_its_text(client: FlaskClient, leaflet: str) -> None:
    page = client.get(f"{leaflet}/read").text
    assert f'<img src="{leaflet}/pages/1.webp?w=800' in page
    assert "Phần chữ của trang này" in page
    for width in (800, 1600):
        answer = client.get(f"{leaflet}/pages/1.webp?w={width}")
        assert answer.mimetype == "image/webp"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        with Image.open(__import__("io").BytesIO(answer.data)) as image:
            assert image.size[0] == width


def test_the_next_page_is_made_ahead_by_the_worker(
    client: FlaskClient, installation: Installation, session: Session, run_jobs
) -> None:
    material = publish_files(session, installation, ("hai trang.pdf", pdf_of(["một", "hai", "ba"])))
    run_jobs()
    sha256 = material.current_version.files[0].blob_sha256
    session.rollback()
    client.get(f"/materials/{material.public_id}/files/1/pages/1.webp")
    images = images_of(installation)
    assert images.find(sha256, 2, 800) is None
    run_jobs()
    assert images.find(sha256, 2, 800) is not None
    assert images.find(sha256, 3, 800) is None


def test_when_all_makers_are_busy_the_reader_is_told_to_ask_again(
    client: FlaskClient, leaflet: str, monkeypatch, run_jobs
) -> None:
    def busy(*_, **__):
        raise Busy

    monkeypatch.setattr(PageImages, "make", busy)
    answer = client.get(f"{leaflet}/pages/1.webp")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.headers["Cache-Control"] == "no-store"
    monkeypatch.undo()
    run_jobs()
    assert client.get(f"{leaflet}/pages/1.webp").status_code == 200


def slow_page() -> bytes:
    """A page that takes minutes to draw: a hundred thousand shapes that shine through each other."""
    shape = b"/G gs 0 0 m 500 700 100 700 500 0 c 0 500 500 200 300 800 c f "
    return pdf_of([b"q " + shape * 20_000 + b" Q", "hai"])


def test_a_real_page_that_takes_too_long_answers_in_time_and_says_so(
    client: FlaskClient, session: Session, installation: Installation, monkeypatch, run_jobs
) -> None:
    material = publish_files(session, installation, ("nang.pdf", slow_page()))
    run_jobs()
    address = f"/materials/{material.public_id}/files/1"
    session.rollback()
    monkeypatch.setattr("oer.reading.views.page_images.PATIENCE_SECONDS", 0.5)
    answer = client.get(f"/en{address}/pages/1.webp")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert "still being drawn" in answer.text
    assert list(images_of(installation).slow.waiting()) == [(material.current_version.files[0].blob_sha256, 1, 800)]
    session.rollback()
    monkeypatch.setattr("oer.reading.page_images.SLOW_LIMITS", Limits(wall_seconds=0.5))
    run_jobs()
    assert client.get(f"/en{address}/pages/1.webp").status_code == 404
    assert "it takes too long to draw" in client.get(f"/en{address}/read").text
    assert list(images_of(installation).slow.waiting()) == []


@pytest.mark.parametrize("asked", ["0.webp", "99.webp", "-1.webp", "x.webp", "1.webp?w=801", "1.webp?w=x", "1.png"])
def test_other_pages_and_widths_have_no_picture(client: FlaskClient, leaflet: str, asked: str) -> None:
    expected = 200 if asked == "1.webp?w=x" else 404
    assert client.get(f"{leaflet}/pages/{asked}").status_code == expected


def test_a_job_for_what_is_gone_does_no_harm(installation: Installation) -> None:
    make_page_image(installation, f"{A}:1:800")
    assert PAGE_IMAGE == "reading.page_image"


def test_slides_are_converted_once_and_their_pictures_come_from_that(tmp_path: Path) -> None:
    converted: list[str] = []

    def convert(path: Path, media_type: str) -> bytes:
        converted.append(media_type)
        return pdf_of(["một", "hai"])

    images = PageImages(tmp_path / "kept", 10**6, convert=convert)
    assert not images.is_converted(A)
    for page in (1, 2):
        path = images.make(Store(tmp_path), A, page, 800, seconds=5, media_type=PPTX)
        with Image.open(path) as image:
            assert image.format == "WEBP"
    assert images.is_converted(A)
    assert converted == [PPTX]
    assert images.total() > len(pdf_of(["một", "hai"]))


def test_slides_that_cannot_be_converted_are_not_tried_for_each_page(tmp_path: Path) -> None:
    converted: list[str] = []

    def convert(path: Path, media_type: str) -> bytes:
        converted.append(media_type)
        raise NotRendered(State.DAMAGED, "no slides")

    images = PageImages(tmp_path / "kept", 10**6, convert=convert)
    for page in (1, 2, 1):
        with pytest.raises(NotRendered):
            images.make(Store(tmp_path), A, page, 800, seconds=5, media_type=PPTX)
    assert converted == [PPTX]


def test_a_slide_has_its_picture_once_the_worker_has_converted_them(
    client: FlaskClient, session: Session, installation: Installation, monkeypatch, run_jobs
) -> None:
    """Where LibreOffice is installed; the conversion itself is tested with the extraction."""
    material = publish_files(session, installation, sample("an-toan-lao-dong-5-phut.pptx"))
    slides = f"/materials/{material.public_id}/files/1"
    session.rollback()  # reading the id began a transaction, and the worker would wait for it
    monkeypatch.setattr("oer.reading.page_images.can_convert_to_pdf", lambda media_type: media_type == PPTX)
    converted = pdf_of(["một"] * 12)
    monkeypatch.setattr(PageImages.__init__, "__defaults__", (render_page, lambda path, media_type: converted))
    assert f'<img src="{slides}/pages/1.webp?w=800' in client.get(f"{slides}/read").text
    answer = client.get(f"{slides}/pages/1.webp")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    run_jobs()
    assert client.get(f"{slides}/pages/1.webp").mimetype == "image/webp"
    assert client.get(f"{slides}/pages/2.webp").mimetype == "image/webp"


def test_without_libreoffice_slides_have_their_words_pictures_and_notes(
    client: FlaskClient, session: Session, installation: Installation, monkeypatch
) -> None:
    monkeypatch.setattr("oer.reading.page_images.can_convert_to_pdf", lambda media_type: False)
    material = publish_files(session, installation, sample("an-toan-lao-dong-5-phut.pptx"))
    slides = f"/materials/{material.public_id}/files/1"
    page = client.get(f"{slides}/read").text
    assert "pages/1.webp" not in page
    assert "Lời nói kèm trang chiếu này" in page
    assert client.get(f"{slides}/pages/1.webp").status_code == 404


@pytest.mark.parametrize("damage", [webp(100)[:60], b"\0" * 100, b"x"])
def test_a_damaged_picture_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    render = Renderer()
    images = PageImages(tmp_path, 10**6, render)
    path = images.make(Store(tmp_path), A, 1, 800, seconds=10)
    path.write_bytes(damage)
    assert images.find(A, 1, 800) is None
    assert images.make(Store(tmp_path), A, 1, 800, seconds=10).read_bytes() == webp(100)
    assert images.find(A, 1, 800) == path
    assert render.calls == 2


def test_damaged_notes_of_the_cache_stop_no_picture(tmp_path: Path) -> None:
    images = PageImages(tmp_path, 10**6, Renderer())
    images.make(Store(tmp_path), A, 1, 800, seconds=10)
    (tmp_path / ".locks" / "total.bytes").write_bytes(b"\xff\0")
    (tmp_path / "ab").write_bytes(b"no folder")
    images.make(Store(tmp_path), A, 2, 800, seconds=10)
    assert (tmp_path / ".locks" / "total.bytes").read_text() == "200"


def test_a_heic_photograph_and_the_pages_of_a_tiff_are_shown_as_pictures_made_of_them(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    material = publish_files(session, installation, ("anh.heic", HEIC), ("hai trang.tif", tiff()))
    address = f"/materials/{material.public_id}/files"
    session.rollback()
    photo = client.get(f"{address}/1/read").text
    assert f'<img src="{address}/1/pages/1.webp?w=800' in photo
    assert f", {address}/1/pages/1.webp?w=1600" in photo
    assert client.get(f"{address}/1/show").status_code == 404
    assert client.get(f"{address}/1/pages/1.webp?w=1600").mimetype == "image/webp"
    second = client.get(f"{address}/2/read?page=2").text
    assert f'<img src="{address}/2/pages/2.webp?w=800' in second
    with Image.open(__import__("io").BytesIO(client.get(f"{address}/2/pages/2.webp?w=800").data)) as image:
        assert image.convert("RGB").getpixel((5, 5))[2] > 150
    assert client.get(f"{address}/1/download").mimetype == "image/heic"
