"""Fails when a text that people see has no Vietnamese translation, or two, or one that lost a place for a value.

A text with a context (`NC_`, `pgettext`; msgctxt in the .po files) is another text than the same words without.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from oer.core import errors
from oer.core.i18n import NC_, TRANSLATIONS, catalogue_of

ROOT = Path(__file__).parent.parent
CONTEXT_AND_TEXT = ((1, "c"), 2)
KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "N_": None,
    "NC_": CONTEXT_AND_TEXT,
    "pgettext": CONTEXT_AND_TEXT,
}
TEMPLATES = [("**.html", "jinja2"), ("**.txt", "jinja2")]
METHODS = {str(ROOT / "oer"): [("**.py", "python")], str(ROOT / "templates"): TEMPLATES}
OPTIONS = {pattern: {"trimmed": "true", "silent": "false"} for pattern, _ in TEMPLATES}
PLACE = re.compile(r"%\((\w+)\)")
# Errors carry their English text as first argument: raise NotFound("..."), ValidationError("...").
ERRORS = [name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.OerError)]
RAISED = re.compile(r"\b(?:" + "|".join(ERRORS) + r")\(\s*(\"(?:[^\"\\]|\\.)*\")")


def texts() -> Iterator[tuple[str, str]]:
    """Give each text that people see, as the catalogue's key, and where it stands."""
    for folder, methods in METHODS.items():
        for name, line, message, _comments, context in extract_from_dir(folder, methods, OPTIONS, KEYWORDS):
            yield _key(context, message), f"{Path(folder).name}/{name}:{line}"
    for path in (ROOT / "oer").rglob("*.py"):
        for found in RAISED.finditer(path.read_text(encoding="utf-8")):
            yield eval(found[1]), str(path.relative_to(ROOT))


def _key(context: str | None, message: str | tuple[str, ...] | list[str]) -> str:
    english = message if isinstance(message, str) else message[0]
    return NC_(context, english) if context else english


def faults() -> Iterator[str]:
    """Say what is missing."""
    vietnamese = catalogue_of("vi")
    for text, place in dict(texts()).items():
        if text not in vietnamese:
            yield f"{place}: not translated: {text!r}"
        elif set(PLACE.findall(text)) != set(PLACE.findall(vietnamese[text])):
            yield f"{place}: other values in the translation of {text!r}"


def rivals() -> Iterator[str]:
    """Name texts that two features translate differently: all share one catalogue, so one of them is never shown."""
    said: dict[str, tuple[str, str]] = {}
    for path in sorted((TRANSLATIONS / "vi").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="vi"):
                key = _key(message.context, message.id)
                own = message.string if isinstance(message.string, str) else (message.string or [""])[0]
                other, text = said.setdefault(key, (path.name, own))
                if message.id and text != own:
                    yield f"{path.name}: {message.id!r} is translated in another way in {other}"


if __name__ == "__main__":
    found = sorted((*faults(), *rivals()))
    print("\n".join(found) or "every text is translated")
    sys.exit(1 if found else 0)
