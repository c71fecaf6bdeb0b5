"""Which letters the bytes of a text file stand for."""

import codecs
import unicodedata

from oer.backends.extraction.vietnamese import from_tcvn3, from_vni, share_of_marked_syllables

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b")
_SAMPLE_LETTERS = 20_000


def looks_like_text(head: bytes) -> bool:
    """Tell whether the beginning of a file could be one of a text: no control characters, or UTF-16 that says so."""
    encoding = _unicode_encoding(head)
    if encoding is None or not encoding.startswith("utf-16"):
        return not _CONTROLS.intersection(head)
    text = head[: len(head) // 2 * 2].decode(encoding, "replace")
    return not any(ord(letter) in _CONTROLS for letter in text)


def decode(content: bytes) -> str:
    """Return the text that bytes stand for, composed (NFC); bytes that stand for nothing become U+FFFD."""
    encoding = _unicode_encoding(content)
    if encoding:
        return unicodedata.normalize("NFC", content.decode(encoding, "replace"))
    try:
        return unicodedata.normalize("NFC", content.decode("utf-8"))
    except UnicodeDecodeError as error:
        # A text that is cut off within its last letter is still UTF-8.
        if error.start >= len(content) - 3:
            return unicodedata.normalize("NFC", content.decode("utf-8", "replace"))
    return _decode_old(content)


def _unicode_encoding(content: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding
    # Without a mark: of a text in Latin letters every other byte is 0.
    sample = content[:200]
    if len(sample) >= 4 and sample.count(0) >= len(sample) // 3:
        return "utf-16-le" if sample[1::2].count(0) >= sample[::2].count(0) else "utf-16-be"
    return None


def _decode_old(content: bytes) -> str:
    """Read bytes in one of the encodings of before Unicode: the one in which the most words are Vietnamese."""
    western = content.decode("cp1252", "replace")
    readings = [
        unicodedata.normalize("NFC", content.decode("cp1258", "replace")),
        from_tcvn3(content.decode("latin-1")),
        from_vni(western),
    ]
    best = max(readings, key=lambda text: share_of_marked_syllables(text[:_SAMPLE_LETTERS]))
    return best if share_of_marked_syllables(best[:_SAMPLE_LETTERS]) > 0.5 else western
