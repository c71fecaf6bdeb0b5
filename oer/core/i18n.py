"""Languages: which there are, how a text is translated outside a request, how a language map is read."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

LANGUAGES = ("vi", "en")
DEFAULT_LANGUAGE = "vi"
TRANSLATIONS = Path(__file__).parent.parent / "translations"


def N_(message: str) -> str:  # noqa: N802 (gettext's own name for a text that is translated later)
    """Mark a text for translation where it is shown."""
    return message


@cache
def catalogue_of(language: str) -> dict[str, str]:
    """Return the translations of a language, by English text; English is the source and needs none.

    The .po files are read as they are, one per feature: nothing has to be compiled, so nothing can be out of date.
    """
    texts: dict[str, str] = {}
    for path in sorted((TRANSLATIONS / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                # Where English has two forms Vietnamese has one, and it stands under the first.
                english = message.id if isinstance(message.id, str) else message.id[0]
                text = message.string if isinstance(message.string, str) else (message.string or [""])[0]
                if english and text:
                    texts[english] = text
    return texts


def translate(language: str, message: str, **values: Any) -> str:
    """Return `message` in a language, its `%(name)s` places filled with `values`, which may be language maps."""
    text = catalogue_of(language).get(message, message)
    if not values:
        return text
    return text % {name: _shown(value, language) for name, value in values.items()}


def _shown(value: Any, language: str) -> Any:
    return in_language(value, language) if isinstance(value, Mapping) else value


def translator(language: str) -> Callable[..., str]:
    """Return `translate` for one language: call it with a message and its values."""

    def translate_here(message: str, **values: Any) -> str:
        return translate(language, message, **values)

    return translate_here


def in_language(texts: Mapping[str, str] | None, language: str) -> str:
    """Return the text of a language map in a language, else in the first language that has one, else ''."""
    if not texts:
        return ""
    return texts.get(language) or texts.get(language_shown(texts, language), "")


def language_shown(texts: Mapping[str, str] | None, language: str) -> str:
    """Return the code of the language in which `in_language` answers, for a `lang` attribute."""
    if not texts or texts.get(language):
        return language
    return next((each for each in (*LANGUAGES, *texts) if texts.get(each)), language)
