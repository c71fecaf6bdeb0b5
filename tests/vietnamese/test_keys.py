"""Keys of words: one for all ways of typing, one that keeps the marks; and the order of titles."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oer.vietnamese.keys import analyse, collation_key, folded_text, keys_of, token_offsets, tokens, tokens_from


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hoà", "hòa"),
        ("thuỷ", "thủy"),
        ("khoẻ", "khỏe"),
        ("kỹ", "kĩ"),
        ("lý", "lí"),
        ("quý", "quí"),
        ("tỷ", "tỉ"),
        ("Đường", "đường"),
        ("tích", unicodedata.normalize("NFD", "tích")),
        ("ĐẠI", unicodedata.normalize("NFD", "đại")),
        ("Đồng", "\u00d0ồng"),
        ("Đồng", unicodedata.normalize("NFD", "\u00d0ồng")),
        ("Đồng", "\u0189ồng"),
        ("truyền thông", "truyền th\u00adông"),
        ("communication", "commu\u00adni\u200bca\u2060tion"),
        ("Toán", "\U0001d413\U0001d428\U0001d41a\u0301\U0001d427"),
        ("Lớp 7", "Ｌớp\u3000７"),
    ],
)
def test_two_spellings_of_one_word_have_the_same_keys(one, other):
    assert analyse(one) == analyse(other)


def test_tones_and_letters_differ_by_their_exact_keys_only():
    syllables = ["ma", "má", "mà", "mả", "mã", "mạ", "mâ", "mă"]
    assert {keys_of(each).folded for each in syllables} == {"ma"}
    assert len({keys_of(each).exact for each in syllables}) == len(syllables)


def test_y_stays_where_it_is_a_vowel_of_its_own():
    assert keys_of("thủy").folded == "thuy"
    assert keys_of("yêu").folded == "yeu"
    assert keys_of("tay").folded == "tay" != keys_of("tai").folded


@pytest.mark.parametrize(
    "words",
    [
        ("learn", "learns", "learned", "learning"),
        ("study", "studies", "studied", "studying"),
        ("tray", "trays"),
        ("add", "adds", "added", "adding"),
        ("make", "makes", "making"),
        ("program", "programs", "programming"),
        ("class", "classes"),
        ("box", "boxes"),
    ],
)
def test_english_words_are_found_by_their_stems(words):
    assert len({keys_of(word).folded for word in words}) == 1
    assert len({keys_of(word).exact for word in words}) == len(words)


def test_what_may_be_a_vietnamese_syllable_is_not_stemmed():
    for syllable in ("nghe", "khoe", "thue", "kinh", "xanh", "viec"):
        assert keys_of(syllable).folded == syllable


def test_tokens_are_words_and_numbers_with_their_separators():
    assert tokens("Học C++, C# và F#: 1.200 bài, 2,5 điểm (6½).") == [
        *("học", "c++", "c#", "và", "f#", "1.200", "bài", "2,5", "điểm", "6½"),
    ]
    assert tokens("thủy-lợi\u00a0nội_đồng\x00\ud800") == ["thủy", "lợi", "nội", "đồng"]
    assert tokens("...!? -- ") == []


def test_letters_and_the_number_that_follows_them_are_two_words():
    assert tokens("lop7, covid-19, GDPT2018") == ["lop", "7", "covid", "19", "gdpt", "2018"]
    assert tokens("toán8a, H2O, 7a, A4") == ["toán", "8a", "h2o", "7a", "a4"]


def test_a_ligature_of_a_pdf_is_read_as_its_letters():
    assert keys_of("ﬁle").folded == keys_of("file").folded


@given(st.text(alphabet=st.characters(codec="utf-8", max_codepoint=0x1EFF)))
def test_stripping_and_re_encoding_leave_the_folded_text(text):
    composed = unicodedata.normalize("NFC", text)
    assert folded_text(unicodedata.normalize("NFD", text)) == folded_text(composed)


@given(st.text())
def test_any_text_is_analysed(text):
    folded, exact = analyse(text)
    assert len(folded) == len(exact)
    assert all(folded)
    assert all(exact)


@given(st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạ 1", max_size=30))
def test_equal_exact_keys_have_equal_folded_keys(text):
    known = {}
    for folded, exact in zip(*analyse(text + " " + text.swapcase()), strict=True):
        assert known.setdefault(exact, folded) == folded


def test_titles_are_in_the_order_of_a_dictionary():
    expected = [
        *("Lớp 2", "Lớp 10", "Lớp học", "ma", "mà", "mả", "mã", "má", "mạ", "mai", "măng", "mâm", "na", "nê", "đa"),
    ]
    ordered = sorted(expected, key=collation_key)
    assert ordered == ["đa", *expected[:-1]]
    # Syllable by syllable: all of "ba ..." before "bà ...".
    assert sorted(["bà con", "ba gác", "ba"], key=collation_key) == ["ba", "ba gác", "bà con"]
    assert collation_key("Đại số") == collation_key("đại SỐ!")


TEXTS = st.lists(
    st.sampled_from(
        ["lúa ", "C++ ", "f#", "12,5 ", "_", "…", "\n\n", "a.b ", "lop7", "Covid19 ", "h2o ", "đất", " ", "1.200"]
    ),
    max_size=400,
).map("".join)


@given(TEXTS, st.integers(0, 300), st.sampled_from([3, 50]))
def test_words_are_counted_alike_from_the_beginning_and_from_a_known_start(text, first, every):
    words = [word[0].lower() for word in tokens_from(text, 0)]
    assert words == tokens(text)
    starts = token_offsets(text, every)
    assert len(starts) == -(-len(words) // every)
    for number, character in enumerate(starts):
        assert [word[0].lower() for word in tokens_from(text, first, (number * every, character))] == words[first:]
