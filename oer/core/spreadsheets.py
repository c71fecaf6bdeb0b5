"""Texts in cells: what a spreadsheet would run as a formula gets an apostrophe, and loses it on the way back."""

_BEGINS_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_GUARD = "'"


def harmless(text: str) -> str:
    """Return `text` so that no spreadsheet takes it for a formula, whatever letters (full-width ones too) begin it."""
    return f"{_GUARD}{text}" if text.lstrip(_GUARD).startswith(_BEGINS_FORMULA) else text


def as_it_was(text: str) -> str:
    """Return the text that `harmless` was given."""
    guarded = text.startswith(_GUARD) and text.lstrip(_GUARD).startswith(_BEGINS_FORMULA)
    return text[1:] if guarded else text
