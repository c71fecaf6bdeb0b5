"""Bytes to text: Unicode and older Vietnamese encodings (TCVN3, VNI, VISCII, Windows-1258); guessing the language."""

import codecs
import re
import unicodedata

from oer.backends.extraction.legacy_letters import from_tcvn3, from_viscii, from_vni
from oer.vietnamese.syllables import is_syllable

_WORD = re.compile(r"[^\W\d_]+")


def share_of_marked_syllables(text: str) -> float:
    """Return the share of Vietnamese syllables among the words with non-ASCII letters, 0 to 1; 0 without such words."""
    marked = [word for word in _WORD.findall(text) if not word.isascii()]
    return sum(is_syllable(word.lower()) for word in marked) / len(marked) if marked else 0.0


_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = "".join(map(chr, sorted(set(range(32)) - set(b"\t\n\r\f\x1b"))))
_MOST_CONTROLS = 0.01  # of all characters; in what is compressed or a program it is a tenth
_SAMPLE_CHARACTERS = 20_000
_DOS_END = "\x1a"
_RIGHT_FOR_EACH_WRONG = 4


def looks_like_text(head: bytes) -> bool:
    """Whether the beginning of a file looks like text: hardly any control characters and no NUL, or UTF-16.

    A few are left by word processors and by DOS, which ended texts with Ctrl-Z.
    """
    encoding = _unicode_encoding(head)
    is_utf16 = encoding is not None and encoding.startswith("utf-16")
    text = head[: len(head) // 2 * 2].decode(encoding or "", "replace") if is_utf16 else head.decode("latin-1")
    text = text.rstrip(_DOS_END)
    controls = sum(map(text.count, _CONTROLS))
    return "\0" not in text and controls <= 2 + _MOST_CONTROLS * len(text)


def decode_text(content: bytes) -> str:
    """Decode a text file of unknown encoding and return it in NFC; invalid bytes become U+FFFD."""
    encoding = _unicode_encoding(content)
    text = content.decode(encoding, "replace") if encoding else _utf8(content)
    if text is None:
        text = _decode_legacy(content)
    return unicodedata.normalize("NFC", text).rstrip(_DOS_END)


def _utf8(content: bytes) -> str | None:
    """Decode UTF-8 in which some bytes may be wrong; None if it is something else."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        text = content.decode("utf-8", "replace")
        # Cut off within its last character.
        if error.start >= len(content) - 3:
            return text
    wrong = text.count("\ufffd")
    right = sum(not letter.isascii() for letter in text) - wrong
    # In other encodings letters with marks hardly ever form valid UTF-8.
    return text if right >= _RIGHT_FOR_EACH_WRONG * wrong else None


def undo_double_encoding(text: str) -> str:
    """Return a text whose UTF-8 was taken for Windows-1252 or Latin-1, as in many ID3 tags, as it was."""
    if text.isascii():
        return text
    try:
        return b"".join(map(_western_byte, text)).decode("utf-8")
    except UnicodeError:
        return text


def _western_byte(letter: str) -> bytes:
    # Windows-1252 leaves five bytes undefined: they are read as control characters.
    return letter.encode("latin-1" if "\x7f" < letter < "\xa0" else "cp1252")


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
    """Decode a text older than Unicode: Vietnamese if it can be read as that, else Western."""
    return decode_vietnamese(content) or content.decode("cp1252", "replace")


def decode_vietnamese(content: bytes) -> str:
    """Try the Vietnamese encodings older than Unicode; "" unless most words with marks are syllables in one of them."""
    western = content.decode("cp1252", "replace")
    readings = [
        unicodedata.normalize("NFC", content.decode("cp1258", "replace")),
        from_tcvn3(content.decode("latin-1")),
        from_vni(western),
        from_viscii(content.decode("latin-1")),
    ]
    best = max(readings, key=lambda text: share_of_marked_syllables(text[:_SAMPLE_CHARACTERS]))
    return best if share_of_marked_syllables(best[:_SAMPLE_CHARACTERS]) > 0.5 else ""


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
