"""What a guesser tries first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oer.accounts.services.password_strength import MAX_EXAMINED, common_words, fold_password, password_strength
from oer.accounts.services.passwords import MIN_STRENGTH


@pytest.mark.parametrize(
    "password",
    [
        "123456", "password", "qwerty", "iloveyou", "1234567890", "qwertyuiop", "1q2w3e4r5t", "password123",
        "P@ssw0rd2026!", "Admin@123456", "zaq12wsxcde3", "1qaz2wsx3edc", "q1w2e3r4t5y6", "basketball", "christopher1",
        "liverpool1", "strawberry", "manchesterunited", "aaaaaaaaaaaa", "1122334455", "1234554321", "abcdefghijkl",
        "hahahahahaha", "trustno1trustno1", "19901990", "01011990", "0912345678", "!!!!!!!!!!!!",
        "matkhau123456", "Mật khẩu 123456", "thanhphohochiminh", "Thành phố Hồ Chí Minh", "thanh-pho-ho-chi-minh",
        "anhyeuem1314", "ANHYEUEM@2026", "saigon2026", "S@ig0n2026", "vietnamvodich", "toiyeuvietnam", "maimaiyeuem",
        "nguyenvana1990", "khohoclieumo2026", "binhthanh12345", "đảng cộng sản", "phuongbenthanh",
    ],
)  # fmt: skip
def test_what_is_tried_first_is_soon_guessed(password):
    assert password_strength(password) < MIN_STRENGTH


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple", "x7Kq9mPz2w", "con mèo trèo cây cau", "ngày xuân long phụng sum vầy",
        "Chín con trâu đi chơi trăng", "tg4#Lw!8zV", "Пароль-из-букв", "密碼是一條長長的河流啊",
    ],
)  # fmt: skip
def test_what_nobody_else_would_say_is_not(password):
    assert password_strength(password) >= MIN_STRENGTH


def test_a_persons_own_name_and_address_count_as_known_words():
    assert password_strength("tranquocvinhlong") >= 2
    assert password_strength("zorpblatt1987") >= MIN_STRENGTH
    assert password_strength("zorpblatt1987", ["Zorp Blatt", "zorpblatt@example.com"]) < MIN_STRENGTH


def test_folding_knows_marks_and_the_letter_d():
    assert fold_password("Đường Nguyễn Huệ") == "duongnguyenhue"


def test_the_list_holds_folded_words_only():
    assert len(common_words()) > 1500
    assert all(word == fold_password(word) for word in common_words())


@given(st.text(max_size=200))
def test_every_text_has_a_number_of_guesses(text):
    assert 0 <= password_strength(text) <= MAX_EXAMINED


@given(st.text(alphabet="qxzjw7", min_size=4, max_size=20), st.integers(2, 6))
def test_saying_it_again_helps_little(text, times):
    assert password_strength(text * times) <= password_strength(text) + 1
