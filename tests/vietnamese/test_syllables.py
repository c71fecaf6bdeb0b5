"""The grammar of Vietnamese syllables, against 5,000 that people write."""

import unicodedata
from pathlib import Path

import pytest

from oer.vietnamese.marks import fold
from oer.vietnamese.syllables import is_plain_syllable, is_syllable, with_tone

SYLLABLES = (Path(__file__).parent / "syllables.txt").read_text(encoding="utf-8").split()
TONES = "\u0300\u0301\u0303\u0309\u0323"


def test_every_syllable_that_people_write_is_one():
    assert len(SYLLABLES) > 5000
    assert [each for each in SYLLABLES if not is_syllable(each)] == []
    assert [each for each in SYLLABLES if not is_syllable(unicodedata.normalize("NFD", each))] == []


def test_every_syllable_without_its_marks_may_be_one():
    assert [each for each in SYLLABLES if not is_plain_syllable(fold(each))] == []


@pytest.mark.parametrize("word", ["quỳnh", "quýt", "tuýp", "quốc", "giếng", "gì", "boong", "khuỷu", "ngoằn", "yểng"])
def test_rare_rimes_are_known(word):
    assert is_syllable(word)


@pytest.mark.parametrize("one", ["hoà", "thuỷ", "khoẻ", "quí", "kĩ", "hóa", "hoá"])
def test_where_the_tone_is_written_does_not_matter(one):
    assert is_syllable(one)


@pytest.mark.parametrize(
    "word",
    [
        # letters that do not go together
        *("aaa", "tíhc", "đợưc", "phâm2", "xbox", "quu", "nghap", "iêu", "yen1", "bă", "uou"),
        # onsets that are spelled otherwise before these letters
        *("ngiêng", "gế", "cê", "kả", "ghà", "qan"),
        # tones that a stopped syllable cannot have, two tones
        *("hòc", "mảt", "sãch", "cằp", "tíń"),
        # other languages
        *("naïve", "façade", "straße", "übung", "señor", "think", "school", ""),
    ],
)
def test_other_words_are_none(word):
    assert not is_syllable(word)


def test_the_tone_may_be_left_out():
    assert all(map(is_syllable, ("hoc", "đươc", "nghiêng")))


def test_a_tone_is_put_where_it_was_in_most_syllables():
    """By the older rule; what stands otherwise in the list is written by the newer one, or with two vowels as one."""
    changed = []
    for each in SYLLABLES:
        apart = unicodedata.normalize("NFD", each)
        (mark,) = [part for part in apart if part in TONES] or ("",)
        toneless = unicodedata.normalize("NFC", "".join(part for part in apart if part not in TONES))
        if mark and with_tone(toneless, mark) != each:
            changed.append(each)
    assert all(each[-1] in "àáảãạèéẻẽẹỳýỷỹỵ" for each in changed), changed
