"""Form fields that choose from vocabularies."""

from collections.abc import Callable
from typing import Any

from wtforms import RadioField, SelectField

from oer.core.i18n import N_, in_language
from oer.vocabularies import vocabularies
from oer.web.context import language
from oer.web.forms import MultiCheckboxField
from oer.web.languages import gettext

Choices = list[tuple[str, str]]
NOTHING = N_("Choose")


def terms(name: str) -> Choices:
    """Return the terms of a vocabulary as (code, label)."""
    return [(term.code, in_language(term.labels, language())) for term in vocabularies().scheme(name)]


def terms_or_nothing(name: str) -> Choices:
    """Return the terms of a vocabulary, after a choice of none."""
    return [("", gettext(NOTHING)), *terms(name)]


def branches(name: str) -> dict[str, Choices]:
    """Return the terms of a vocabulary of two levels, grouped by the label of the upper term."""
    scheme = vocabularies().scheme(name)
    groups: dict[str, Choices] = {"": [("", gettext(NOTHING))]}
    for top in scheme.tops():
        label = in_language(top.labels, language())
        below = [(term.code, in_language(term.labels, language())) for term in scheme.children(top.code)]
        groups[label] = [(top.code, label), *below]
    return groups


def chosen_from(choices: Callable[[], Any], label: str = "", **options: Any) -> SelectField:
    """Return a drop-down list. Values that are not in it are refused by the check of the record."""
    return SelectField(label, choices=choices, validate_choice=False, **options)


def ticked_from(choices: Callable[[], Any], label: str = "", **options: Any) -> MultiCheckboxField:
    """Return a list of checkboxes."""
    return MultiCheckboxField(label, choices=choices, validate_choice=False, **options)


def picked_from(choices: Callable[[], Any], label: str = "", **options: Any) -> RadioField:
    """Return a list of radio buttons."""
    return RadioField(label, choices=choices, validate_choice=False, **options)
