"""Languages: which there are, how texts are translated, how numbers are written, how a language map is read."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

LANGUAGES = ("vi", "en")
DEFAULT_LANGUAGE = "vi"
TRANSLATIONS = Path(__file__).parent.parent / "translations"
# What gettext itself puts between a context (msgctxt) and its message in a compiled catalogue.
_CONTEXT_END = "\x04"
_SEPARATORS = {"en": str.maketrans({}), "vi": str.maketrans(",.", ".,")}


def N_(message: str) -> str:  # noqa: N802 (gettext's own name for a text that is translated later)
    """Mark a text for translation where it is shown."""
    return message


def NC_(context: str, message: str) -> str:  # noqa: N802 (the name that GLib gave it)
    """Mark a text for translation where English has one word for two Vietnamese ones; `context` tells them apart.

    What is returned is a key for `translate`, `gettext` and `_`, as a message is; it is not fit to be shown.
    """
    return f"{context}{_CONTEXT_END}{message}"


@cache
def catalogue_of(language: str) -> dict[str, str]:
    """Return the translations of a language, by English text (`NC_` where there is a context); English needs none.

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
                    texts[NC_(message.context, english) if message.context else english] = text
    return texts


def translate(language: str, message: str, **values: Any) -> str:
    """Return `message` in a language, its `%(name)s` places filled with `values`, which may be language maps.

    A message with a context (`NC_`) that is not translated is shown without it.
    """
    text = catalogue_of(language).get(message) or message.rpartition(_CONTEXT_END)[2]
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


def format_number(value: float, language: str, places: int = 0) -> str:
    """Return a number with the separators of a language: 1.204,5 in Vietnamese, 1,204.5 in English."""
    return f"{value:,.{places}f}".translate(_SEPARATORS[language])


def format_size(count: int, language: str) -> str:
    """Return a number of bytes as people read it, with one decimal below 10: "2 GB", "1,5 MB", "350 KB".

    A KB is 1024 bytes, as in the settings and in what file managers show.
    """
    size, unit = float(count), "B"
    for unit in ("B", "KB", "MB", "GB"):
        if round(size) < 1024 or unit == "GB":
            break
        size /= 1024
    places = 1 if unit != "B" and size < 9.95 and round(size, 1) != round(size) else 0
    return f"{format_number(size, language, places)} {unit}"


def size_texts(count: int) -> dict[str, str]:
    """Return a number of bytes as a language map, for a message whose language is known only when it is shown."""
    return {language: format_size(count, language) for language in LANGUAGES}
