"""Texts in cells: what a spreadsheet would run as a formula gets an apostrophe before it."""

_BEGINS_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_GUARD = "'"


def escape_formula(text: str) -> str:
    """Return `text` so that no spreadsheet takes it for a formula, whatever letters (full-width ones too) begin it.

    Different texts stay different: one that looks guarded already gets another apostrophe.
    """
    return f"{_GUARD}{text}" if text.lstrip(_GUARD).startswith(_BEGINS_FORMULA) else text
