"""Bytes of before Unicode, and what is Vietnamese."""

import unicodedata

import pytest

from oer.backends.extraction.encodings import decode_text, guess_language, looks_like_text, undo_double_encoding
from oer.backends.extraction.legacy_letters import _TCVN3, _VISCII, from_font, from_tcvn3
from oer.backends.extraction.legacy_lines import to_unicode

TEXT = "Tài liệu học tập về kỹ năng số cho người cao tuổi ở thành phố, đường phố, quyền lợi, nghiêng, khuỷu, giữa, quý"
_TONES = "\u0300\u0301\u0303\u0309\u0323"


def in_tcvn3(text):
    back = {ord(chr(letter)): chr(code) for code, letter in _TCVN3.items()}
    return text.translate(back).encode("latin-1")


def in_cp1258(text):
    out = b""
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        base = unicodedata.normalize("NFC", "".join(part for part in parts if part not in _TONES))
        out += (base + "".join(part for part in parts if part in _TONES)).encode("cp1258")
    return out


def in_viscii(text):
    return text.translate({ord(letter): chr(code) for code, letter in _VISCII.items()}).encode("latin-1")


@pytest.mark.parametrize(
    "encode", [str.encode, in_tcvn3, in_cp1258, in_viscii], ids=["utf-8", "tcvn3", "cp1258", "viscii"]
)
def test_vietnamese_is_read_in_each_of_its_encodings(encode):
    assert decode_text(encode(TEXT)) == TEXT


def test_vni_is_read():
    assert decode_text("Taøi lieäu hoïc taäp cho ngöôøi cao tuoåi ôû thaønh phoá Ñaø Naüng".encode("cp1252")) == (
        "Tài liệu học tập cho người cao tuổi ở thành phố Đà Nẵng"
    )


def test_french_is_not_taken_for_vietnamese():
    assert decode_text("Café déjà vu, naïve, façade, garçon, œuvre, hôtel".encode("cp1252")).startswith("Café déjà vu")


def test_a_text_is_composed_whatever_it_was():
    assert decode_text(unicodedata.normalize("NFD", TEXT).encode()) == TEXT


def test_a_text_that_is_cut_within_a_letter_is_still_unicode():
    assert decode_text("Tiếng Việt ế".encode()[:-1]) == "Tiếng Việt �"


def test_one_wrong_byte_spoils_nothing_but_itself():
    content = TEXT.encode()
    middle = content.index(b" ", len(content) // 2)
    assert decode_text(content[:middle] + b"\xff" + content[middle:]).replace("\ufffd", "") == TEXT


def test_a_dos_text_ends_at_its_ctrl_z():
    assert decode_text("Tài liệu cũ.\r\n\x1a\x1a".encode()) == "Tài liệu cũ.\r\n"


def test_every_viscii_letter_is_mapped_once():
    assert len(set(_VISCII.values())) == len(_VISCII) == 134
    assert b"Vi\xaet Nam".decode("latin-1").translate(_VISCII) == "Việt Nam"


@pytest.mark.parametrize("western", ["cp1252", "latin-1"])
def test_unicode_that_was_taken_for_western_letters_is_mended(western):
    assert undo_double_encoding("Bài 3: điện nước".encode().decode(western)) == "Bài 3: điện nước"
    assert undo_double_encoding("Café où, Việt") == "Café où, Việt"


def test_every_tcvn3_letter_is_mapped_once():
    assert len(set(_TCVN3.values())) == len(_TCVN3) == 74
    assert from_tcvn3("µ¶·¸¹") == "àảãáạ"


def test_the_font_says_how_to_read_and_which_are_capitals():
    assert from_font("tiÕng viÖt", ".VnTimeH") == "TIẾNG VIỆT"
    assert from_font("TiÕng", "Arial") == "TiÕng"
    assert from_font("ÑÖÔØNG", "VNI-Times") == "ĐƯỜNG"


def test_a_text_whose_fonts_are_not_known_is_read_if_it_is_vietnamese_then():
    assert to_unicode(in_tcvn3(TEXT).decode("latin-1")) == TEXT
    vni = "Taøi lieäu hoïc taäp cho ngöôøi cao tuoåi ôû thaønh phoá, veà kyõ naêng soá"
    assert to_unicode(vni) == "Tài liệu học tập cho người cao tuổi ở thành phố, về kỹ năng số"


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "Le café français du théâtre où l'été fut très élégant, hélas; là-bas, à l'hôtel, le garçon déçu a mangé",
        "Über die Straße möchte er später größere Häuser für schöne Mädchen hören, müßte er Öl für Bären kaufen",
        "El niño pequeño soñó mañana con la señora española y el otoño, además comió piñas, jamón, café, limón, melón",
        "µ¸¶ ¹",
    ],
)
def test_a_text_that_is_right_already_or_of_another_language_is_left_alone(text):
    assert to_unicode(text) == text


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (TEXT, "vi"),
        ("This is a guide to the use of the public library for older people in the city.", "en"),
        ("", ""),
        ("12 34 56 78 90 12 34", ""),
        ("Der schnelle braune Fuchs springt auf den faulen Hund", ""),
    ],
)
def test_the_language_of_a_text_is_guessed(text, language):
    assert guess_language(text) == language


@pytest.mark.parametrize(
    ("head", "is_text"),
    [
        (b"plain", True),
        ("đề".encode("utf-16"), True),
        ("đề thi học kỳ".encode("utf-16-le"), True),
        ("The exam of the term".encode("utf-16-le"), True),
        (b"MZ\x90\x00\x03\x00\x00\x00\x04", False),
        (bytes(range(256)), False),
        (b"\x1b[31mred", True),
        (b"an old text\r\n\x1a", True),
        (b"a line\x0bthe next, a mark\x03 of a note", True),
        (b"\x01\x02\x03\x04", False),
        (b"text with a \0", False),
    ],
)
def test_a_text_is_told_from_a_program(head, is_text):
    assert looks_like_text(head) is is_text
