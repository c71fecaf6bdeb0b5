"""What is told of a file that is refused for its type: what came, what is taken, and what to do."""

from typing import Any

from oer.backends.extraction.media_types import MEDIA_TYPES
from oer.backends.extraction.sniffing import TypeMismatch, TypeUnknown
from oer.core.errors import UnsupportedType
from oer.core.i18n import LANGUAGES, N_
from oer.vocabularies import vocabularies


def type_unknown(error: TypeUnknown) -> UnsupportedType:
    """Return the refusal of a file whose ending, or whose content without one, is not taken."""
    values: dict[str, Any] = {"ending": error.ending, "taken": _taken()}
    kind = vocabularies().kind_not_taken(error.ending)
    if kind is not None:
        message = N_("%(kind)s (.%(ending)s) is not taken. %(advice)s Taken are: %(taken)s.")
        values |= {"kind": kind.labels, "advice": {each: kind.facts[f"advice_{each}"] for each in LANGUAGES}}
    elif error.ending and error.found:
        message = N_(
            "Files whose names end in .%(ending)s are not taken; the content is %(found)s. If that is no ending but "
            "part of the name, let it end in .%(right)s. Taken are: %(taken)s."
        )
        values |= _of_content(error.found)
    elif error.ending:
        message = N_(
            "Files whose names end in .%(ending)s are not taken. Save it as PDF or as another kind that is taken, or "
            "put it into a ZIP. Taken are: %(taken)s."
        )
    else:
        message = N_(
            "The name of this file has no ending that says what it is, and its content is of no kind that is taken. "
            "Save it as PDF or as another kind that is taken, or put it into a ZIP. Taken are: %(taken)s."
        )
    return UnsupportedType(message, code="type_unknown", **values)


def type_mismatch(error: TypeMismatch) -> UnsupportedType:
    """Return the refusal of a file that is not what its name says."""
    named = MEDIA_TYPES[error.named].short_name
    if error.found is None:
        message = N_(
            "The name says %(named)s, but the content is something else. Open it in the program that made it, and save "
            "it as %(named)s. Taken are: %(taken)s."
        )
        return UnsupportedType(message, code="type_mismatch", named=named, taken=_taken())
    message = N_(
        "The name says %(named)s, but the content is %(found)s. Let the name end in .%(right)s, or save it as "
        "%(named)s."
    )
    return UnsupportedType(message, code="type_mismatch", named=named, **_of_content(error.found))


def _of_content(media_type: str) -> dict[str, str]:
    known = MEDIA_TYPES[media_type]
    return {"found": known.short_name, "right": known.endings[0]}


def _taken() -> dict[str, str]:
    taken = [term.labels for term in vocabularies().formats if term.facts["media_types"]]
    return {language: "; ".join(labels[language] for labels in taken) for language in LANGUAGES}
