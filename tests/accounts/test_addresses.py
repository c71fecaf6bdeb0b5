"""E-mail addresses and names as typed."""

import time

import pytest

from oer.accounts.services.profile import read_email, read_name
from oer.core.errors import Invalid


@pytest.mark.parametrize("text", ["a@b.vn", "  lan.nguyen+hoc@mail.example.com ", "o'brien@x-y.org", "1@2.co"])
def test_ordinary_addresses_are_taken(text):
    assert read_email(text) == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "a@b", "@b.vn", "a@.vn", "a@b.vn.", "a b@c.vn", "a@b.vn\nBcc: x@y.vn", "a@b\r.vn", "a\0@b.vn",
        "a..b@c.vn", ".a@b.vn", "a@-b.vn", "a@b_c.vn", "<a@b.vn>", '"a b"@c.vn', "ａ@b.vn", "a@bạn.vn", "аdmin@b.vn",
        "a" * 65 + "@b.vn", "a@" + "b" * 250 + ".vn", "a@b.vn,c@d.vn", "a@[127.0.0.1]", "a" * 100_000,
    ],
)  # fmt: skip
def test_what_cannot_be_an_address_is_refused(text):
    with pytest.raises(Invalid) as refused:
        read_email(text)
    assert refused.value.field == "email"


def test_no_text_keeps_the_address_rule_busy():
    started = time.process_time()
    for text in ("a." * 50_000, "a@" + "a-" * 50_000, "a" * 100_000 + "@", "@" * 100_000):
        with pytest.raises(Invalid):
            read_email(text)
    assert time.process_time() - started < 1


def test_a_name_is_one_line_without_invisible_characters():
    assert read_name("  Nguyễn\t Thị\r\nLan ") == "Nguyễn Thị Lan"
    assert read_name("La\u0300\u202enh\u200b\0") == "Lành"


@pytest.mark.parametrize("text", ["", "  ", "\u200b\u202e", "x" * 121])
def test_a_name_is_needed_and_not_endless(text):
    with pytest.raises(Invalid):
        read_name(text)
