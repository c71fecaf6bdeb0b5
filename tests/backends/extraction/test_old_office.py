"""DOC, PPT, XLS and RTF without LibreOffice.

`old_office.zip` holds small files of our own, which LibreOffice wrote from DOCX, FODP and XLSX.
"""

import struct
import zipfile
from pathlib import Path

import pytest

from oer.backends.extraction import media_types as types
from oer.backends.extraction.formats.doc import _word_6_blocks
from oer.backends.extraction.formats.ppt import _Presentation
from oer.backends.extraction.legacy_lines import to_unicode
from oer.backends.extraction.protocol import Damaged, Encrypted, LimitReached, State
from tests.backends.extraction import document_factories as made

OLD = Path(__file__).with_name("old_office.zip")
READ_AS = {"doc": types.DOC, "ppt": types.PPT, "xls": types.XLS, "rtf": types.RTF}
CASES = {
    "de-kiem-tra.doc": "người thân của em; Tiếng Việt",
    "kieu-vntime.doc": "Học sinh đọc thầm và trả lời câu hỏi dưới đây.",
    "bai-giang.ppt": "Hơi nước ngưng tụ ở trên cao",
    "bang-diem.xls": "Trần Bình ở lớp bảy",
    "de-kiem-tra.rtf": "người thân của em; Tiếng Việt",
}


def old_file(name):
    with zipfile.ZipFile(OLD) as archive:
        return archive.read(name)


@pytest.fixture
def read_old(read_here):
    return lambda name: read_here(old_file(name), READ_AS[name.rpartition(".")[2]])


@pytest.fixture
def without_libreoffice(monkeypatch):
    monkeypatch.setattr("oer.backends.extraction.extracting.find_libreoffice", lambda: None)


@pytest.mark.usefixtures("without_libreoffice")
@pytest.mark.parametrize("name", CASES)
def test_old_files_are_read_in_the_confined_process_whatever_their_fonts(extracted, name):
    found = extracted(old_file(name), READ_AS[name.rpartition(".")[2]])
    assert found.state is State.OK
    assert CASES[name] in "\n".join(page.text for page in found.pages)
    assert found.facts.language == "vi"


@pytest.mark.usefixtures("without_libreoffice")
@pytest.mark.parametrize("name", CASES)
def test_an_old_file_that_is_cut_off_is_damaged_or_read_as_far_as_it_goes(extracted, name):
    content, media_type = old_file(name), READ_AS[name.rpartition(".")[2]]
    for part in (content[:600], content[: len(content) // 2]):
        assert extracted(part, media_type).state in {State.DAMAGED, State.NO_TEXT, State.OK}
    assert extracted(b"x" * 2000, media_type).state is State.DAMAGED


def test_what_libreoffice_cannot_convert_our_own_readers_read(extracted, monkeypatch):
    def fails(*_):
        raise Damaged("conversion")

    monkeypatch.setattr("oer.backends.extraction.extracting.find_libreoffice", lambda: "soffice")
    monkeypatch.setattr("oer.backends.extraction.extracting.converted", fails)
    assert extracted(old_file("de-kiem-tra.doc"), types.DOC).state is State.OK
    assert extracted(made.compound_file("PowerPoint Document"), types.PPT).state is State.DAMAGED


def test_a_doc_keeps_headings_lists_and_tables_and_leaves_out_fields_and_hidden_words(read_old):
    found = read_old("de-kiem-tra.doc")
    assert "<h1>Đề kiểm tra</h1>" in found.html
    assert "<h2>Hết</h2>" in found.html
    assert '<ol type="a"><li>Con mèo</li><li>Con chó</li></ol><ul><li>Gạch đầu dòng</li></ul>' in found.html
    assert "<td>Nguyễn An</td>" in found.html
    assert "<p>Xem trang của trường</p>" in found.html
    assert "ĐÁP ÁN" in found.texts[0]  # a font of capitals
    assert not any(each in found.texts[0] for each in ("HYPERLINK", "giấu"))
    assert (found.facts.title, found.facts.creator) == ("Đề kiểm tra", "Tổ chuyên môn")


def test_an_rtf_keeps_tables_and_leaves_out_hidden_words(read_old):
    found = read_old("de-kiem-tra.rtf")
    assert "<td>Nguyễn An</td>" in found.html
    assert "ĐÁP ÁN" in found.texts[0]
    assert not any(each in found.texts[0] for each in ("HYPERLINK", "giấu"))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (rb"{\rtf1\ansi\ansicpg1252 h\u7885 ?c \u273\'64\u7873 ? thi\par}", "học đề thi"),
        (rb"{\rtf1\uc0 h\u7885c}", "học"),
        (rb"{\rtf1{\fonttbl{\f0\fcharset163 Arial;}}\f0 b\'e0i}", "bài"),
        (rb"{\rtf1 a{\*\unknown b}{\pict 00ff}\{c\}\~d\_e}", "a{c} d-e"),
        (rb"{\rtf1 a{\v giau}b\v giau\v0 c}", "abc"),
    ],
)
def test_letters_of_an_rtf(read_here, content, text):
    assert read_here(content, types.RTF).texts == [text]


def test_a_heading_of_an_rtf_is_one_by_its_style_or_its_level(read_here):
    content = rb"{\rtf1{\stylesheet{\s3\outlinelevel1 Muc;}}\pard\s3 Hai\par\pard\outlinelevel0 Mot\par\pard x\par}"
    assert read_here(content, types.RTF).html == "<h2>Hai</h2><h1>Mot</h1><p>x</p>"


def test_an_rtf_of_endless_groups_ends(read_here):
    with pytest.raises(LimitReached):
        read_here(b"{\\rtf1" + b"{" * 100_000, types.RTF)


def test_slides_of_a_ppt_have_titles_and_hidden_ones_are_left_out(read_old):
    found = read_old("bai-giang.ppt")
    assert found.labels[0] == "Nước là gì"
    assert "<ul><li>Chất lỏng</li><li>Không màu</li></ul>" in found.html
    assert len(found.pages) == 2
    assert "bí mật" not in "".join(found.texts)


def test_cells_of_an_xls_are_shown_as_their_formats_say_and_hidden_sheets_not_at_all(read_old):
    (text,) = read_old("bang-diem.xls").texts
    assert "Nguyễn An 9,50 31/03/2026 12,5% 1.234.567 TRUE" in text


def test_word_6_is_read_as_plain_text():
    text = "Bµi häc mét\rC©u hái hai vµ ba, cña häc sinh líp n¨m tr­êng tiÓu häc lµm bµi kiÓm tra\r".encode("cp1252")
    main = bytes(0x18) + struct.pack("<II", 0x200, 0x200 + len(text)) + bytes(0x1E0) + text
    assert to_unicode("\n".join(each.text for each in _word_6_blocks(main, 0))).split("\n") == [
        "Bài học một",
        "Câu hỏi hai và ba, của học sinh lớp năm trường tiểu học làm bài kiểm tra",
    ]
    pieces = b"\x02" + struct.pack("<IIIHIH", 16, 0, len(text), 0, 0x200, 0)
    saved_fast = bytearray(main) + pieces
    struct.pack_into("<II", saved_fast, 0x160, len(main), len(pieces))
    assert next(iter(_word_6_blocks(bytes(saved_fast), 4))).text == "Bµi häc mét"


def record(kind, content=b"", *, instance=0, holds=None):
    content = b"".join(holds) if holds is not None else content
    return struct.pack("<HHI", instance << 4 | (0xF if holds is not None else 0), kind, len(content)) + content


def text_of(kind, text):
    return record(3999, struct.pack("<I", kind)) + record(4000, text.encode("utf-16-le"))


def shape(*records):
    return record(0xF004, holds=[record(0xF00D, b"".join(records))])


def presentation(objects):
    """Return a stream with these objects, numbered from 1, and the place of its last edit."""
    content, places = b"", []
    for each in objects:
        places.append(len(content))
        content += each
    directory = len(content)
    content += record(6002, struct.pack(f"<I{len(places)}I", 1 | len(places) << 20, *places))
    edit = len(content)
    return content + record(4085, struct.pack("<IIII", 0, 0, 0, directory) + bytes(12)), edit


def listed(number, identifier, *texts):
    return record(1011, struct.pack("<IIIII", number, 0, 0, identifier, 0)) + b"".join(texts)


def test_a_ppt_has_its_outline_texts_in_place_its_notes_and_no_footer():
    document = record(
        1000,
        holds=[
            record(4080, instance=0, holds=[listed(2, 256, text_of(0, "Tựa"), text_of(1, "ý một\rý hai"))]),
            record(4080, instance=2, holds=[listed(3, 7)]),
        ],
    )
    footer = record(0xF004, holds=[record(3011, struct.pack("<IBBH", 0, 9, 0, 0)), record(0xF00D, text_of(4, "chân"))])
    slide = record(
        1006,
        holds=[
            record(1007, bytes(16) + struct.pack("<I", 7) + bytes(4)),
            shape(text_of(4, "khung")),
            shape(record(3998, struct.pack("<I", 1))),
            footer,
        ],
    )
    notes = record(1008, holds=[shape(text_of(2, "lời giảng")), shape(text_of(4, "1"))])
    ((texts, spoken),) = list(_Presentation(*presentation([document, slide, notes])).slides())
    assert [each.text for each in texts] == ["khung", "ý một\rý hai", "Tựa"]
    assert spoken == ["lời giảng"]


def test_an_old_file_with_a_password_says_so(read_here):
    main = bytearray(old_file("de-kiem-tra.doc"))
    place = main.index(struct.pack("<H", 0xA5EC)) + 10
    main[place + 1] |= 1
    with pytest.raises(Encrypted):
        read_here(bytes(main), types.DOC)
