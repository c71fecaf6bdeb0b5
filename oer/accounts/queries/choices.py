"""What people may choose from when they tell about themselves."""

from oer.accounts.models import Dimension
from oer.core.clock import today
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.vocabularies import Term, vocabularies

# Below this age a representative would have to consent, so the site does not ask (privacy: no account under 16).
YOUNGEST = 16
OLDEST = 120
GENDERS = {"female": N_("Female"), "male": N_("Male"), "other": N_("Another gender")}
DISABILITY = {"yes": N_("Yes"), "no": N_("No")}
BAD_CHOICE = N_("Choose from the list.")
BAD_YEAR = N_("Enter a year from %(first)s to %(last)s, or leave this empty.")


def groups() -> list[Term]:
    """Return the city's groups that people may say they belong to; disability is asked for apart."""
    offered = [term for term in vocabularies().audiences if term.facts.get("account_choice")]
    return [term for term in offered if not term.facts.get("sensitive") and term.code != "all"]


def checked_values(dimension: Dimension, values: list[str]) -> list[str]:
    """Return the values of a dimension, each once. Raises Invalid, naming the field, for one that cannot be."""
    given = list(dict.fromkeys(value.strip() for value in values if value.strip()))
    if dimension is Dimension.BIRTH_YEAR:
        return [_checked_year(value) for value in given[:1]]
    if any(value not in _allowed(dimension) for value in given):
        raise Invalid(BAD_CHOICE, code="choice", field=dimension.value)
    return given if dimension is Dimension.GROUP else given[:1]


def _allowed(dimension: Dimension) -> set[str]:
    match dimension:
        case Dimension.WARD:
            return set(vocabularies().places.terms)
        case Dimension.GENDER:
            return set(GENDERS)
        case Dimension.GROUP:
            return {term.code for term in groups()}
        case _:
            return set(DISABILITY)


def _checked_year(text: str) -> str:
    this_year = today().year
    first, last = this_year - OLDEST, this_year - YOUNGEST
    if not (text.isascii() and text.isdecimal() and len(text) == 4 and first <= int(text) <= last):
        raise Invalid(BAD_YEAR, code="birth_year", field="birth-year", first=first, last=last)
    return text
