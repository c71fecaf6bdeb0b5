"""What programs of others find, where they are installed: ffmpeg, tesseract, LibreOffice."""

import base64
import io
import shutil
import socket
import subprocess
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from oer.backends.extraction import media_types as types
from oer.backends.extraction.extracting import (
    NotRendered,
    can_convert_to_pdf,
    convert_to_pdf,
    converted,
    extract,
    render_page,
)
from oer.backends.extraction.formats.image import COVER_HEIGHT, MOST_COVER_BYTES, cover_of
from oer.backends.extraction.isolation import Outcome
from oer.backends.extraction.ocr import _text_of_table
from oer.backends.extraction.programs import find_libreoffice, has_ocr
from oer.backends.extraction.protocol import Damaged, Facts, Limits, State
from tests.backends.extraction import document_factories as made
from tests.backends.extraction.pdf_factories import pdf_of, picture_of_text, scanned_pdf

needs_ffmpeg = pytest.mark.skipif(not (shutil.which("ffmpeg") and shutil.which("ffprobe")), reason="no ffmpeg")
needs_tesseract = pytest.mark.skipif(not has_ocr(), reason="no tesseract with Vietnamese")
needs_office = pytest.mark.skipif(find_libreoffice() is None, reason="no LibreOffice")
FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
LINES = ["Kỹ năng số cho người cao tuổi", "Ngắt cầu dao trước khi sửa điện"]


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    """Makes two seconds of sound or film, by its ending."""
    folder = tmp_path_factory.mktemp("media")

    def make(ending, *options):
        path = folder / f"file.{ending}"
        source = ["-f", "lavfi", "-i", "sine=frequency=440:duration=2"]
        if ending in {"mp4", "webm", "mov", "ogv"}:
            source = ["-f", "lavfi", "-i", "testsrc=size=320x240:rate=5:duration=2", *source]
        command = ["ffmpeg", "-v", "error", "-y", *source, "-metadata", "title=Bài nghe", *options, str(path)]
        subprocess.run(command, check=True, timeout=60)
        return path

    return make


@needs_ffmpeg
@pytest.mark.parametrize(("ending", "media_type"), [("mp3", types.MP3), ("wav", types.WAV), ("ogg", types.OGA)])
def test_sound_has_a_duration_and_a_title(media, ending, media_type):
    found = extract(media(ending), media_type)
    assert found.state is State.OK
    assert found.facts.duration == pytest.approx(2, abs=0.2)
    assert found.facts.title == "Bài nghe"
    assert found.cover is None


@needs_ffmpeg
def test_film_has_a_size_and_a_cover(media):
    found = extract(media("mp4", "-pix_fmt", "yuv420p"), types.MP4)
    assert (found.state, found.facts.width, found.facts.height) == (State.OK, 320, 240)
    assert found.facts.duration == pytest.approx(2, abs=0.3)
    with Image.open(io.BytesIO(found.cover)) as cover:
        assert cover.format == "WEBP"


@needs_ffmpeg
def test_a_film_that_is_cut_off_is_damaged(media, extracted):
    content = media("mp4", "-pix_fmt", "yuv420p").read_bytes()
    assert extracted(content[: len(content) // 3], types.MP4).state is State.DAMAGED


HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n"
PLAY_LISTS = {
    "list of files": "ffconcat version 1.0\nfile '{}'\n",
    "HLS": HLS,
    "HLS of joined files": HLS.format("concat:{}|{}"),
    "session description": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 {}\nm=video 1 RTP/AVP 96\n",
    "DASH": '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet mimeType="video/mp4">'
    '<Representation id="1"><BaseURL>{}</BaseURL></Representation></AdaptationSet></Period></MPD>',
}


@pytest.fixture
def canary(media):
    """A listener that counts who came, and a film whose title must appear nowhere: each as an address."""
    came: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)

        def visitors():
            with suppress(TimeoutError):
                while True:
                    came.append(server.accept()[0].close())
            return len(came)

        film = media("mp4", "-pix_fmt", "yuv420p", "-metadata", "title=Canary")
        addresses = [str(film), film.as_uri(), f"http://127.0.0.1:{server.getsockname()[1]}/x.ts"]
        yield addresses, visitors


@needs_ffmpeg
@pytest.mark.parametrize("media_type", [types.MP4, types.MP3])
@pytest.mark.parametrize("name", PLAY_LISTS)
def test_a_play_list_in_disguise_opens_nothing_else(extracted, canary, name, media_type):
    addresses, visitors = canary
    for address in addresses:
        found = extracted(PLAY_LISTS[name].replace("{}", address), media_type)
        assert (found.state, found.cover, found.facts) == (State.DAMAGED, None, Facts())
    assert visitors() == 0


@needs_ffmpeg
@pytest.mark.parametrize("name", ["list of files", "HLS"])
def test_ffmpeg_itself_would_not_even_look_for_what_a_play_list_names(tmp_path, monkeypatch, canary, name):
    """Without any confinement around it: what it is told must be enough."""
    from oer.backends.extraction.formats import audio_video

    addresses, visitors = canary
    for address in addresses:
        path = tmp_path / "list"
        path.write_text(PLAY_LISTS[name].format(address))
        monkeypatch.setattr(audio_video, "run_program", run_here)
        with pytest.raises(Damaged):
            audio_video._probe(path)
    assert visitors() == 0


def run_here(command, timeout_seconds, reading=None):
    return subprocess.run(command, check=False, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)


@needs_ffmpeg
def test_a_title_of_unicode_that_is_said_to_be_latin_is_mended(media, tmp_path):
    def frame(name, text):
        content = b"\0" + text.encode()  # 0: Latin-1 (ID3v2.3, 3.3)
        return name + len(content).to_bytes(4, "big") + b"\0\0" + content

    frames = frame(b"TIT2", "Bài 3: Đường về") + frame(b"TPE1", "Tổ Ngữ văn")
    size = bytes(len(frames) >> shift & 0x7F for shift in (21, 14, 7, 0))
    sound = media("mp3", "-map_metadata", "-1", "-id3v2_version", "0").read_bytes()
    path = tmp_path / "tagged.mp3"
    path.write_bytes(b"ID3\x03\0\0" + size + frames + sound)
    facts = extract(path, types.MP3).facts
    assert (facts.title, facts.creator) == ("Bài 3: Đường về", "Tổ Ngữ văn")


def test_without_ffmpeg_sound_is_taken_as_it_is(read_here, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert read_here(b"ID3", types.MP3).facts.duration is None


@needs_tesseract
@pytest.mark.skipif(not FONT.exists(), reason="no font to print with")
class TestRecognition:
    def test_a_scanned_page_becomes_text(self, extracted):
        found = extracted(scanned_pdf([picture_of_text(LINES), picture_of_text(["Trang thứ hai"])]), types.PDF)
        assert (found.state, found.facts.recognised, found.facts.language) == (State.OK, True, "vi")
        assert [page.text.split() for page in found.pages] == [" ".join(LINES).split(), ["Trang", "thứ", "hai"]]

    def test_pages_with_text_are_left_as_they_are(self, extracted):
        found = extracted(pdf_of(["một", "hai"]), types.PDF)
        assert not found.facts.recognised

    def test_an_empty_scan_stays_without_text(self, extracted):
        found = extracted(scanned_pdf([picture_of_text([])]), types.PDF)
        assert (found.state, found.facts.recognised) == (State.NO_TEXT, False)

    def test_words_in_a_picture_are_found(self, extracted):
        target = io.BytesIO()
        picture_of_text(LINES).save(target, "PNG")
        found = extracted(target.getvalue(), types.PNG)
        assert (found.state, found.pages[0].text.split()) == (State.OK, " ".join(LINES).split())

    def test_past_the_most_pages_it_ends_as_a_limit_with_what_there_is(self, extracted):
        scans = scanned_pdf([picture_of_text(["Trang một"]), picture_of_text(["Trang hai"])])
        found = extracted(scans, types.PDF, ocr_pages=1)
        assert (found.state, [page.text for page in found.pages]) == (State.LIMIT, ["Trang một", ""])


def test_unsure_words_are_left_out_and_lines_are_kept():
    head = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
    words = [(1, 1, 1, 96, "Kỹ"), (1, 1, 1, 91, "năng"), (1, 1, 2, 12, "~~"), (1, 1, 2, 90, "số"), (2, 1, 1, 95, "mới")]
    rows = "".join(f"5\t1\t{b}\t{p}\t{line}\t1\t0\t0\t0\t0\t{sure}\t{word}\n" for b, p, line, sure, word in words)
    assert _text_of_table(head + rows) == "Kỹ năng\nsố\n\nmới"


def old_office_file(content, media_type, target, tmp_path):
    """Return a file in an old format, which only LibreOffice still writes."""
    path = tmp_path / "new"
    path.write_bytes(content)
    with converted(path, media_type, target, Limits()) as made_old:
        return made_old.read_bytes()


@needs_office
@pytest.mark.parametrize(
    ("content", "new", "old", "words"),
    [
        pytest.param(
            made.docx(made.paragraph("Kỹ năng số")), types.DOCX, types.DOC, "Kỹ năng số", marks=pytest.mark.long
        ),
        (made.xlsx('<row><c t="inlineStr"><is><t>Điểm thi</t></is></c></row>'), types.XLSX, types.XLS, "Điểm thi"),
    ],
    ids=["doc", "xls"],
)
def test_old_office_formats_are_read_through_libreoffice(extracted, tmp_path, content, new, old, words):
    found = extracted(old_office_file(content, new, old, tmp_path), old)
    assert found.state is State.OK
    assert words in found.pages[0].text
    assert "member:" not in found.pages[0].html


SLIDE = (
    "<draw:page><draw:frame svg:width='9cm' svg:height='2cm'><draw:text-box><text:p>{}</text:p></draw:text-box>"
    "</draw:frame></draw:page>"
)


@needs_office
@pytest.mark.long
def test_slides_are_drawn_by_the_same_numbers(tmp_path):
    (tmp_path / "a.odp").write_bytes(made.odf("presentation", SLIDE.format("Mot") + SLIDE.format("Hai")))
    (tmp_path / "a.pdf").write_bytes(convert_to_pdf(tmp_path / "a.odp", types.ODP))
    texts = [page.text for page in extract(tmp_path / "a.pdf", types.PDF).pages]
    assert texts == [page.text for page in extract(tmp_path / "a.odp", types.ODP).pages] == ["Mot", "Hai"]
    assert render_page(tmp_path / "a.pdf", 2, 800)


@needs_office
def test_a_document_without_a_picture_of_itself_gets_a_cover(extracted):
    found = extracted(made.docx(made.paragraph("Kỹ năng số")), types.DOCX)
    assert found.cover
    assert found.facts.pages == 1


@pytest.mark.parametrize("media_type", [types.XLSX, types.PNG, "application/x-unknown"])
def test_what_cannot_be_drawn_says_so(tmp_path, media_type):
    assert not can_convert_to_pdf(media_type)
    with pytest.raises(NotRendered) as caught:
        convert_to_pdf(tmp_path / "x", media_type)
    assert caught.value.state is State.UNSUPPORTED


@needs_office
def test_what_libreoffice_cannot_open_is_damaged(extracted):
    assert extracted(made.compound_file("PowerPoint Document"), types.PPT).state is State.DAMAGED


def test_the_cover_of_a_book_is_small(read_here):
    extra = '<item id="c" href="i.png" properties="cover-image"/>'
    book = made.epub(["<p>x</p>"], extra=extra, parts={"OEBPS/i.png": made.png((2000, 3000))})
    assert zipfile.is_zipfile(io.BytesIO(book))
    with Image.open(io.BytesIO(base64.b64decode(read_here(book, types.EPUB).cover))) as cover:
        assert (cover.format, cover.size) == ("WEBP", (267, 400))


def test_libreoffice_gets_a_second_try_unless_the_file_is_damaged(tmp_path, monkeypatch):
    monkeypatch.setattr("oer.backends.extraction.extracting.find_libreoffice", lambda: "soffice")
    (tmp_path / "a.docx").write_bytes(b"x")
    tries = []

    def start_badly_once(task, path, limits, *, wall, folder, ending, target):
        tries.append((task, ending))
        if len(tries) == 2:
            (folder / "made").mkdir()
            (folder / "made" / f"file.{target}").write_bytes(b"made")
        return Outcome(b"", "", 1 if len(tries) == 1 else 0)

    monkeypatch.setattr("oer.backends.extraction.extracting.readers.run", start_badly_once)
    with converted(tmp_path / "a.docx", types.DOCX, types.PDF, Limits()) as pdf:
        assert pdf.read_bytes() == b"made"
    assert tries == [("convert", "docx")] * 2
    tries.clear()

    def find_it_damaged(task, path, limits, **request):
        tries.append(task)
        return Outcome(b"", "Error: source file could not be loaded", 1)

    monkeypatch.setattr("oer.backends.extraction.extracting.readers.run", find_it_damaged)
    with pytest.raises(Damaged), converted(tmp_path / "a.docx", types.DOCX, types.PDF, Limits()):
        pass
    assert tries == ["convert"]


def test_a_cover_is_never_heavier_than_a_search_page_can_bear():
    noise = Image.effect_noise((1200, 1600), 120).convert("RGB")
    webp = cover_of(noise)
    assert len(webp) <= MOST_COVER_BYTES
    with Image.open(io.BytesIO(webp)) as cover:
        assert cover.height > 100


@needs_office
def test_a_cover_made_by_libreoffice_is_as_small_as_any_other(extracted):
    text = "".join(made.paragraph("Kỹ năng số cho mọi người, từng bước một. " * 12) for _ in range(12))
    found = extracted(made.docx(text), types.DOCX)
    assert 0 < len(found.cover) <= MOST_COVER_BYTES
    with Image.open(io.BytesIO(found.cover)) as cover:
        assert cover.height <= COVER_HEIGHT


@needs_office
def test_a_document_in_an_old_font_that_is_not_installed_has_no_cover_of_other_letters(tmp_path):
    line = "H\xadíng dÉn ng\xadêi d©n tiÕt kiÖm n\xadíc vµ ®iÖn"
    font = '<w:rPr><w:rFonts w:ascii=".VnTime" w:hAnsi=".VnTime"/></w:rPr>'
    covers = []
    for run, text in ((font, line), ("", "Hướng dẫn người dân tiết kiệm nước và điện")):
        path = tmp_path / "document.docx"
        path.write_bytes(made.docx(made.paragraph(text, run=run)))
        found = extract(path, types.DOCX)
        assert found.pages[0].text == "Hướng dẫn người dân tiết kiệm nước và điện"
        covers.append(found.cover is not None)
    assert covers == [False, True]
