"""Diacritics of Vietnamese letters: removing them, separating the tone, adding those that were left out."""

import itertools
import re
import unicodedata

# Combining marks of the five written tones, as Unicode decomposes them: huyền, sắc, hỏi, ngã, nặng.
TONES = {"\u0300": "1", "\u0301": "2", "\u0309": "3", "\u0303": "4", "\u0323": "5"}
_TONE_MARK = re.compile("[" + "".join(TONES) + "]")
# A lone final y and i are one vowel after these letters (Quyết định 240/QĐ, 1984: kỹ/kĩ, lý/lí, quý/quí).
_FINAL_Y = frozenset("bdhklmnstv")
LETTER_CHOICES = {
    "a": "aăâ",
    "d": "dđ",
    "e": "eê",
    "i": "i",
    "o": "oôơ",
    "u": "uư",
}
_MOST_SPELLINGS = 256
# Capital eth (U+00D0) and African D (U+0189) look like Đ, and some keyboards type them; small, they do not.
_LIKE_D = str.maketrans({"\u00d0": "Đ", "\u0189": "Đ", "\u00f0": "đ", "\u0256": "đ"})
# What stands between the letters of a word without being seen, and letters that are only another look of plain ones
# (mathematical, full width). A zero-width space ends words in Khmer and Thai: it goes between Latin letters only.
_INVISIBLE = re.compile("[\u00ad\u2060\ufeff]|(?<=[a-zA-ZÀ-ɏḀ-ỿ])[\u200b-\u200d]+(?=[a-zA-ZÀ-ɏḀ-ỿ])")
_ANOTHER_LOOK = re.compile("[\uff01-\uff5e\U0001d400-\U0001d7ff]+")


def usual_letters(text: str) -> str:
    """Return a text in NFC, each word without invisible characters, each letter in its usual look."""
    if text.isascii():
        return text
    text = _ANOTHER_LOOK.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", text))


def with_usual_d(token: str) -> str:
    """Return a token in which what looks like đ is đ. Not for texts that are shown: IPA writes ð for a sound."""
    return token if token.isascii() else token.translate(_LIKE_D)


def _plain_letter(code: int) -> str:
    letter = chr(code).translate(_LIKE_D)
    if letter in "đĐ":
        return "d"
    base = unicodedata.normalize("NFD", letter)[0].lower()
    return base if len(base) == 1 else letter


# Precomposed Latin letters, and the lower case of the other alphabets below: one letter in, one letter out.
_FOLDING: dict[int, str | None] = {code: _plain_letter(code) for code in range(0x41, 0x2000)}
_FOLDING |= dict.fromkeys(range(0x300, 0x370))


def fold(text: str) -> str:
    """Return NFC `text` in lower case without diacritics, letter by letter, `d` for `đ`.

    A precomposed (NFC) Vietnamese text keeps its length, so a position in the folded text is the same position in the
    text; combining marks that stand alone are dropped.
    """
    return text.translate(_FOLDING)


def unify_final_y(plain: str, spelled: str) -> str:
    """Return `spelled` with a lone final y written as i; `plain` is the same syllable without diacritics."""
    if len(plain) > 3 or plain[-1:] != "y" or len(plain) < 2:
        return spelled
    if plain[-2] in _FINAL_Y or plain[:-1] == "qu":
        return spelled[:-1] + "i"
    return spelled


def exact_spelling(token: str) -> str:
    """Return the exact key of a lower-case token: letters composed, the first tone as a trailing digit."""
    apart = unicodedata.normalize("NFD", token)
    if apart == token:
        return unify_final_y(token, token)
    found = _TONE_MARK.search(apart)
    if found is None:
        return unify_final_y(fold(token), token)
    toneless = unicodedata.normalize("NFC", apart[: found.start()] + apart[found.end() :])
    return unify_final_y(fold(toneless), toneless) + TONES[found[0]]


def has_marks(token: str) -> bool:
    """Whether a token was typed with any diacritic (a tone, â ă ê ô ơ ư, đ)."""
    return not token.isascii() and fold(token) != token


def compatible_spellings(exact: str) -> tuple[str, ...]:
    """Return the exact keys that a half-marked syllable may have meant: its typed marks and any others added.

    `exact` is an exact key, and one of those returned. A key with nothing to add (tone and all letters marked), or
    with more readings than a syllable can have, is returned alone.
    """
    tone = exact[-1:] if exact[-1:].isdigit() and not exact.isdigit() else ""
    letters = exact[:-1] if tone else exact
    if not letters.isalpha():
        return (exact,)
    choices = [LETTER_CHOICES.get(letter, letter) for letter in letters]
    tones = (tone,) if tone else ("", *TONES.values())
    count = len(tones)
    for choice in choices:
        count *= len(choice)
    if count > _MOST_SPELLINGS:
        return (exact,)
    return tuple("".join(spelled) + tone for spelled in itertools.product(*choices) for tone in tones)
