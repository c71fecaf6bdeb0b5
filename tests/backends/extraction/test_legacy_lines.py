"""Lines of before Unicode among others, where no font says so."""

import pytest

from oer.backends.extraction import media_types as types
from oer.backends.extraction.legacy_lines import to_unicode
from oer.backends.extraction.private_use import from_private_use, is_unusable
from tests.backends.extraction import document_factories as made

ABC = "H\xadíng dÉn ng\xadêi d©n tiÕt kiÖm n\xadíc vµ ®iÖn trong mïa m\xada."
READ = "Hướng dẫn người dân tiết kiệm nước và điện trong mùa mưa."
VNI = "Höôùng daãn ngöôøi daân tieát kieäm nöôùc vaø ñieän trong muøa möa."


@pytest.mark.parametrize("line", [ABC, ABC.replace("\xad", "-"), VNI])
def test_a_line_is_read_by_itself(line):
    other = "Ngày xưa ở một làng nọ; là cô Tô.\nLe thé où l'été fut très élégant, à l'hôtel\n"
    assert to_unicode(other + line) == other + READ


def test_a_short_line_is_read_like_those_around_it():
    assert to_unicode(f"§Ò thi\n{ABC}\nnh-\n") == f"Đề thi\n{READ}\nnhư\n"
    assert to_unicode("§Ò thi") == "§Ò thi"


def test_a_line_that_lost_letters_is_read_as_far_as_it_goes_beside_whole_ones():
    assert to_unicode(f"{ABC}\nNíc ®îc phª, tr¸i c©y b¸n").split("\n")[1] == "Nớc đợc phê, trái cây bán"


@pytest.mark.parametrize("kept", ["© 2010", "§ 5", "-a", "e-mail", "ti-vi", "1-2", "- một", "Hà-Nội", "Wi-Fi"])
def test_what_is_no_letter_stays(kept):
    assert to_unicode(f"{ABC}\n{kept} abc").split("\n")[1] == f"{kept} abc"


def test_words_in_a_font_that_says_nothing_are_read_in_text_and_structure(read_here):
    body = made.paragraph(ABC.replace("\xad", "-")) + made.paragraph("§Ò thi")
    found = read_here(made.docx(body), types.DOCX)
    assert found.texts == [f"{READ}\nĐề thi"]
    assert found.html == f"<p>{READ}</p><p>Đề thi</p>"


def test_private_letters_are_read_where_they_make_a_word():
    assert (
        from_private_use("\uf038i v\uf03b\uf039n, x\uf03d5, \uf0b7 \uf03d ca\uf047")
        == "Đi vươn, x\uf03d5, \uf0b7 \uf03d ca\uf047"
    )


def test_a_page_of_letters_that_nobody_knows_is_unusable():
    assert is_unusable("H\uf0a1\uf0a2ng d\uf0a3n s\uf0a4 dụng")
    assert not is_unusable("\uf0b7 Một điểm\n\uf0b7 Hai điểm")
