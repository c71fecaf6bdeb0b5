"""Numbers as people type and read them: 1.505.684 and 71,28 in Vietnamese, 1,505,684 and 71.28 in English."""

import re
from decimal import ROUND_HALF_UP, Decimal

from oer.core.errors import Invalid
from oer.core.i18n import N_

NOT_A_NUMBER = N_("“%(typed)s” is not a number. Write it like %(example)s.")
TOO_LONG = N_("A number has at most 18 digits before the decimal sign and 6 after it.")
EXAMPLES = {"vi": "1.505.684 hoặc 71,28", "en": "1,505,684 or 71.28"}
_THOUSANDS = {"vi": ".", "en": ","}
_SPACES = re.compile(r"[\s\u00a0\u202f]")
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:[.,]\d{3})+")
_MOST_WHOLE, _MOST_PLACES = 18, 6


def read_quantity(typed: str, language: str) -> Decimal | None:
    """Return the number that `typed` means in `language`; None if nothing was typed.

    A separator that can only have one meaning has it in both languages (`71.28`, `1.505.684`, `1,234.5`); an ambiguous
    one (`1.505`) is read as in `language`. A trailing per cent sign is ignored. Raises Invalid for anything else.
    """
    bare = _SPACES.sub("", typed)
    if not bare:
        return None
    text = bare.replace("\u2212", "-").removesuffix("%") or bare
    sign, digits = ("-", text[1:]) if text[0] == "-" else ("", text.removeprefix("+"))
    plain = _plain(digits, _THOUSANDS.get(language, ","))
    if plain is None:
        raise Invalid(NOT_A_NUMBER, code="not_a_number", typed=typed[:40], example=EXAMPLES.get(language, "71.28"))
    whole, _, places = plain.partition(".")
    if len(whole) > _MOST_WHOLE or len(places) > _MOST_PLACES:
        raise Invalid(TOO_LONG, code="number_too_long")
    return Decimal(sign + plain)


def _plain(text: str, thousands: str) -> str | None:
    """Return the digits with a decimal point, or None if `text` is not a number."""
    if not re.fullmatch(r"[0-9]+(?:[.,][0-9]+)*", text):
        return None
    marks = [letter for letter in text if letter in ".,"]
    decimal_sign = _decimal_sign(text, marks, thousands)
    whole, _, places = text.partition(decimal_sign) if decimal_sign else (text, "", "")
    if any(mark in places for mark in ".,"):
        return None
    if any(mark in whole for mark in ".,") and not _is_grouped(whole):
        return None
    return re.sub(r"[.,]", "", whole) + (f".{places}" if places else "")


def _decimal_sign(text: str, marks: list[str], thousands: str) -> str:
    if not marks:
        return ""
    if len(set(marks)) == 2:
        return marks[-1]
    if len(marks) > 1:
        return ""
    return "" if marks[0] == thousands and _is_grouped(text) else marks[0]


def _is_grouped(text: str) -> bool:
    return _GROUPED.fullmatch(text) is not None and len(set(re.findall(r"[.,]", text))) == 1


def show_quantity(value: Decimal | int | float | None, language: str, places: int | None = None) -> str:
    """Return `value` written in `language`, with `places` decimals, or with as many as it has."""
    if value is None:
        return ""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    if places is not None:
        exact = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    text = f"{exact:,f}"
    if places is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    if text.strip("-0.,") == "":
        text = text.removeprefix("-")
    return text if language == "en" else text.translate(str.maketrans(",.", ".,"))


def meaningful(value: Decimal) -> Decimal:
    """Return `value` with the digits that mean something: at most two decimals, four if it is smaller than one."""
    rounded = value.quantize(Decimal("0.01") if abs(value) >= 1 else Decimal("0.0001"), ROUND_HALF_UP)
    whole = rounded.to_integral_value()
    return whole if rounded == whole else rounded.normalize()


def show_figure(value: Decimal | int | None, language: str) -> str:
    """Return `value` as pages show it (see `meaningful`)."""
    return "" if value is None else show_quantity(meaningful(Decimal(value)), language)
