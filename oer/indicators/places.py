"""The 168 wards and communes: found by code or name, and in the order in which they are shown."""

from collections.abc import Callable
from functools import cache

from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.vietnamese.keys import analyse, collation_key, tokens
from oer.vietnamese.marks import fold, has_marks
from oer.vocabularies import Term, vocabularies
from oer.vocabularies.places import FORMER_PROVINCES

UNKNOWN_PLACE = N_("“%(place)s” is not one of the 168 wards, communes and the special zone.")
TWO_PLACES = N_("“%(place)s” could be %(first)s (%(first_code)s) or %(second)s (%(second_code)s): write the code.")


def place_code(typed: str) -> str:
    """Return the 5-digit code of the place with this code or name; marks may be left out.

    Raises Invalid if there is none, and if a name without marks fits two places (Thanh An, Thạnh An).
    """
    text = " ".join(typed.split())
    if text in vocabularies().places:
        return text
    # "Thanh An" may be "Thạnh An" typed without marks: rather than guess, the error names both.
    spelling = _marked if has_marks(text) else _plain
    found = _names(spelling).get(spelling(text), ())
    if len(found) == 1:
        return found[0]
    if found:
        raise _two(text, found)
    raise Invalid(UNKNOWN_PLACE, code="unknown_place", place=text[:60])


def _two(text: str, found: tuple[str, ...]) -> Invalid:
    first, second = (vocabularies().places.terms[code] for code in found[:2])
    return Invalid(
        TWO_PLACES,
        code="two_places",
        place=text[:60],
        first=first.labels["vi"],
        first_code=first.code,
        second=second.labels["vi"],
        second_code=second.code,
    )


def place_order(place: Term) -> str:
    """Return the sort key of a place: its name without its kind, in the order of a Vietnamese dictionary."""
    return collation_key(str(place.facts["short_name_vi"]))


@cache
def places_by_province() -> dict[str, list[Term]]:
    """Return the places by former province, each in alphabetical order."""
    places = sorted(vocabularies().places, key=place_order)
    return {
        province: [place for place in places if place.facts["former_province"] == province]
        for province in FORMER_PROVINCES
    }


def _marked(text: str) -> str:
    # The exact keys of its syllables: Hoà and Hòa are the same spelling.
    return " ".join(analyse(text).exact)


def _plain(text: str) -> str:
    return fold(" ".join(tokens(text)))


@cache
def _names(spelling: Callable[[str], str]) -> dict[str, tuple[str, ...]]:
    """Return place codes by name, with and without the kind of place, in one of the two spellings."""
    found: dict[str, list[str]] = {}
    for place in vocabularies().places:
        for name in {spelling(place.labels["vi"]), spelling(str(place.facts["short_name_vi"]))}:
            found.setdefault(name, []).append(place.code)
    return {name: tuple(codes) for name, codes in found.items()}
