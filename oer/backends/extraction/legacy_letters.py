"""The letters of encodings and fonts older than Unicode: TCVN3, VNI, VISCII."""

import re
import unicodedata

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


# VISCII (RFC 1456): the bytes from 128 on; six rare capitals take the place of control characters.
_VISCII_CONTROLS = {0x02: "Ẳ", 0x05: "Ẵ", 0x06: "Ẫ", 0x14: "Ỷ", 0x19: "Ỹ", 0x1E: "Ỵ"}
_VISCII_UPPER = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯ"
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ"
)
_VISCII = str.maketrans(
    dict(zip(map(chr, range(128, 256)), _VISCII_UPPER, strict=True))
    | {chr(code): letter for code, letter in _VISCII_CONTROLS.items()}
)


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


def from_viscii(text: str) -> str:
    """Convert VISCII that was decoded as Latin-1."""
    return text.translate(_VISCII)


def from_font(text: str, font: str) -> str:
    """Convert a text by the name of its font: `.Vn...` means TCVN3, `VNI-...` VNI, anything else Unicode."""
    if font.startswith(".Vn"):
        plain = from_tcvn3(text)
        return plain.upper() if font.endswith("H") else plain
    return from_vni(text) if font.upper().startswith("VNI") else text
