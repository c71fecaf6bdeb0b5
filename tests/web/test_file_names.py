"""Names of files in headers."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oer.web.file_responses import ascii_name, content_disposition, safe_file_name


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("Đề thi.pdf", "Đề thi.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\tep\\a.doc", "C:_tep_a.doc"),
        ("a\r\nSet-Cookie: x=1.pdf", "a Set-Cookie: x=1.pdf"),
        ("hoa\u202efdp.exe", "hoafdp.exe"),
        ("\x00\x01", "tep"),
        ("", "tep"),
        ("...", "tep"),
        ("De\u0302\u0300 thi.pdf", "Đề thi.pdf".replace("Đ", "D")),
        ("\ud800ab.txt", "ab.txt"),
    ],
)
def test_a_name_is_shown_without_what_breaks_headers_or_eyes(given_name: str, shown: str) -> None:
    assert safe_file_name(given_name) == shown


def test_a_name_for_old_programs_keeps_its_letters() -> None:
    assert ascii_name('Đề "thi" số 1%.pdf') == "De _thi_ so 1_.pdf"


def test_a_long_name_keeps_its_ending() -> None:
    assert safe_file_name("ă" * 300 + ".pdf").endswith("ă.pdf")
    assert len(safe_file_name("ă" * 300 + ".pdf")) <= 180


@given(st.text(max_size=400))
def test_no_name_breaks_out_of_its_header(name: str) -> None:
    header = content_disposition("attachment", name)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    assert unquote(header.rpartition("''")[2]) == safe_file_name(name)
