"""Bytes to text: Unicode and the older Vietnamese encodings (TCVN3, VNI, Windows-1258), and guessing the language."""

import codecs
import re
import unicodedata

from oer.vietnamese.syllables import is_syllable

# TCVN 5712:1993 VN3 ("ABC"): one byte per letter. Capitals are set in a separate font, so the table has few.
_TCVN3 = str.maketrans(
    "¡¢£¤¥¦§¨©ª«¬\xad®µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ",
    "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
)

_GRAVE, _ACUTE, _TILDE, _HOOK, _DOT, _HAT, _BREVE = (
    "\u0300",
    "\u0301",
    "\u0303",
    "\u0309",
    "\u0323",
    "\u0302",
    "\u0306",
)
# VNI-Windows: a vowel is followed by a letter that stands for its diacritics.
_VNI_MARKS = {
    "ù": _ACUTE,
    "ø": _GRAVE,
    "û": _HOOK,
    "õ": _TILDE,
    "ï": _DOT,
    "â": _HAT,
    "á": _HAT + _ACUTE,
    "à": _HAT + _GRAVE,
    "å": _HAT + _HOOK,
    "ã": _HAT + _TILDE,
    "ä": _HAT + _DOT,
    "ê": _BREVE,
    "é": _BREVE + _ACUTE,
    "è": _BREVE + _GRAVE,
    "ú": _BREVE + _HOOK,
    "ü": _BREVE + _TILDE,
    "ë": _BREVE + _DOT,
}
_VNI_ALONE = {"ñ": "đ", "ô": "ơ", "ö": "ư", "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
_VNI = re.compile(
    rf"([aeouyôöAEOUYÔÖ])([{''.join(_VNI_MARKS)}{''.join(_VNI_MARKS).upper()}])"
    rf"|([{''.join(_VNI_ALONE)}{''.join(_VNI_ALONE).upper()}])"
)

_ONLY_UNICODE = re.compile("[\u1ea0-\u1ef9\u01a0\u01a1\u01af\u01b0\u0110\u0111\u0102\u0103]")
_LEGACY_LETTERS = re.compile("[\xa1-\xff]")
_FEWEST_LEGACY_LETTERS = 15
_WORD = re.compile(r"[^\W\d_]+")


def from_tcvn3(text: str) -> str:
    """Convert TCVN3 that was decoded as Latin-1."""
    return text.translate(_TCVN3)


def from_vni(text: str) -> str:
    """Convert VNI that was decoded as Windows-1252."""
    return unicodedata.normalize("NFC", _VNI.sub(_vni_letter, text))


def _vni_letter(found: "re.Match[str]") -> str:
    vowel, mark, alone = found.groups()
    if alone:
        letter = _VNI_ALONE[alone.lower()]
        return letter.upper() if alone.isupper() else letter
    base = _VNI_ALONE.get(vowel.lower(), vowel)
    return (base.upper() if vowel.isupper() else base) + _VNI_MARKS[mark.lower()]


def share_of_marked_syllables(text: str) -> float:
    """Return the share of Vietnamese syllables among the words with non-ASCII letters, 0 to 1; 0 without such words."""
    marked = [word for word in _WORD.findall(text) if not word.isascii()]
    return sum(is_syllable(word.lower()) for word in marked) / len(marked) if marked else 0.0


def from_font(text: str, font: str) -> str:
    """Convert a text by the name of its font: `.Vn...` means TCVN3, `VNI-...` VNI, anything else Unicode."""
    if font.startswith(".Vn"):
        plain = from_tcvn3(text)
        return plain.upper() if font.endswith("H") else plain
    return from_vni(text) if font.upper().startswith("VNI") else text


def to_unicode(text: str) -> str:
    """Convert a text that may be TCVN3 or VNI when its fonts are unknown.

    It is left alone if it has letters that only Unicode Vietnamese has, or if the conversion is not Vietnamese either.
    """
    if _ONLY_UNICODE.search(text) or len(_LEGACY_LETTERS.findall(text)) < _FEWEST_LEGACY_LETTERS:
        return text
    best = max((from_tcvn3(text), from_vni(text)), key=share_of_marked_syllables)
    return best if share_of_marked_syllables(best) > 0.8 else text


_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b")
_SAMPLE_CHARACTERS = 20_000


def looks_like_text(head: bytes) -> bool:
    """Whether the beginning of a file looks like text: no control characters, or UTF-16."""
    encoding = _unicode_encoding(head)
    if encoding is None or not encoding.startswith("utf-16"):
        return not _CONTROLS.intersection(head)
    text = head[: len(head) // 2 * 2].decode(encoding, "replace")
    return not any(ord(letter) in _CONTROLS for letter in text)


def decode_text(content: bytes) -> str:
    """Decode a text file of unknown encoding and return it in NFC; invalid bytes become U+FFFD."""
    encoding = _unicode_encoding(content)
    if encoding:
        return unicodedata.normalize("NFC", content.decode(encoding, "replace"))
    try:
        return unicodedata.normalize("NFC", content.decode("utf-8"))
    except UnicodeDecodeError as error:
        # Still UTF-8, cut off within its last character.
        if error.start >= len(content) - 3:
            return unicodedata.normalize("NFC", content.decode("utf-8", "replace"))
    return _decode_legacy(content)


def _unicode_encoding(content: bytes) -> str | None:
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return encoding
    # UTF-16 without a byte order mark: in Latin text every other byte is 0.
    sample = content[:200]
    if len(sample) >= 4 and sample.count(0) >= len(sample) // 3:
        return "utf-16-le" if sample[1::2].count(0) >= sample[::2].count(0) else "utf-16-be"
    return None


def _decode_legacy(content: bytes) -> str:
    """Try the encodings older than Unicode and take the one in which most words are Vietnamese syllables."""
    western = content.decode("cp1252", "replace")
    readings = [
        unicodedata.normalize("NFC", content.decode("cp1258", "replace")),
        from_tcvn3(content.decode("latin-1")),
        from_vni(western),
    ]
    best = max(readings, key=lambda text: share_of_marked_syllables(text[:_SAMPLE_CHARACTERS]))
    return best if share_of_marked_syllables(best[:_SAMPLE_CHARACTERS]) > 0.5 else western


_ENGLISH_WORDS = """
the of and to in a is that for it as with was on are this be by an or from at which you we not have can
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_FEWEST_WORDS = 5


def guess_language(text: str) -> str:
    """Return "vi" or "en", "" if the text is neither."""
    words = _WORD.findall(text.lower())
    if len(words) < _FEWEST_WORDS:
        return ""
    marked = sum(not word.isascii() and is_syllable(word) for word in words)
    if marked > 0.2 * len(words):
        return "vi"
    return "en" if sum(word in _ENGLISH for word in words) > 0.12 * len(words) else ""
