"""What the members of a dimension are called."""

from collections.abc import Mapping

from oer.core.i18n import N_
from oer.vocabularies import Scheme, vocabularies

UNKNOWN = N_("unknown")
WORDS = {
    "unknown": UNKNOWN,
    "yes": N_("Yes"),
    "no": N_("No"),
    "female": N_("female"),
    "male": N_("male"),
    "other": N_("other"),
    "public": N_("public"),
    "private": N_("private"),
    "association": N_("association"),
    "school": N_("school"),
}
CITY = {"vi": "Toàn thành phố", "en": "The whole city"}


def member_name(dimension: str, member: str) -> Mapping[str, str] | str:
    """Return a member's name: a language map, or an English text to be translated; a code stands for itself."""
    if member in WORDS:
        return WORDS[member]
    scheme = _scheme(dimension)
    return scheme.labels(member) if scheme is not None and member in scheme else {"vi": member, "en": member}


def _scheme(dimension: str) -> Scheme | None:
    known = vocabularies()
    return {
        "ward": known.places,
        "unit": known.places,
        "unit-kind": known.unit_kinds,
        "subject": known.subjects,
        "level": known.levels,
        "audience": known.audiences,
        "group": known.audiences,
        "licence": known.licences,
        "language": known.languages,
        "query-language": known.languages,
    }.get(dimension)
