"""Form fields that choose from vocabularies, and errors found after validation."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from wtforms import Field, FieldList, RadioField, SelectField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from oer.core.errors import Invalid
from oer.core.i18n import N_, in_language
from oer.vocabularies import vocabularies
from oer.web.context import language
from oer.web.errors import error_message
from oer.web.forms import Form
from oer.web.languages import gettext

Choices = list[tuple[str, str]]
NOTHING = N_("Choose")


class MultiCheckboxField(SelectMultipleField):
    """Several of a few: a checkbox for each."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def terms(name: str) -> Choices:
    """Return the terms of a vocabulary as (code, label)."""
    return [(term.code, in_language(term.labels, language())) for term in vocabularies().scheme(name)]


def terms_or_nothing(name: str) -> Choices:
    """Return the terms of a vocabulary behind the choice of none."""
    return [("", gettext(NOTHING)), *terms(name)]


def branches(name: str) -> dict[str, Choices]:
    """Return the terms of a vocabulary of two levels: those below, by the label of what they are below."""
    scheme = vocabularies().scheme(name)
    groups: dict[str, Choices] = {"": [("", gettext(NOTHING))]}
    for top in scheme.tops():
        label = in_language(top.labels, language())
        below = [(term.code, in_language(term.labels, language())) for term in scheme.children(top.code)]
        groups[label] = [(top.code, label), *below]
    return groups


def chosen_from(choices: Callable[[], Any], label: str = "", **options: Any) -> SelectField:
    """Return a field of one choice; what is not among them is judged with the record, in our own words."""
    return SelectField(label, choices=choices, validate_choice=False, **options)


def ticked_from(choices: Callable[[], Any], label: str = "", **options: Any) -> MultiCheckboxField:
    """Return a field of several choices."""
    return MultiCheckboxField(label, choices=choices, validate_choice=False, **options)


def picked_from(choices: Callable[[], Any], label: str = "", **options: Any) -> RadioField:
    """Return a field of one choice of a few, each shown."""
    return RadioField(label, choices=choices, validate_choice=False, **options)


# Where on a form a fault belongs that was found after the form itself had nothing to object.

# Fields of a record that go by another name on its form.
_PLACES = {
    "title": "title_vi",
    "summary": "summary_vi",
    "outcomes": "outcomes_vi",
    "prerequisites": "prerequisites_vi",
    "accessibility": "accessibility_vi",
    "time_required": "hours",
    "typical_age": "age_from",
}


def show_errors(form: Form, faults: Iterable[Invalid]) -> None:
    """Put each fault beside the field that it is about, or above the form if there is none."""
    for fault in faults:
        field = _field_of(form, fault.field or "")
        if field is None:
            form.form_errors.append(error_message(fault))
        else:
            field.errors = [*field.errors, error_message(fault)]


def _field_of(form: Form, place: str) -> Field | None:
    """Return the field that shows a place in a record, such as `creators[1].orcid`, `title.vi` or `subjects[0]`."""
    inside = re.fullmatch(r"(\w+)\[(\d+)\]\.(\w+)", place)
    if inside and isinstance(form._fields.get(inside[1]), FieldList):
        rows: FieldList[Any] = form[inside[1]]
        field: Field = rows.entries[int(inside[2])].form[inside[3]] if int(inside[2]) < len(rows.entries) else rows
        return field
    plain = re.sub(r"\[\d+\]", "", place).replace("accessibility.summary", "accessibility")
    names = (plain, plain.replace(".", "_"), _PLACES.get(plain, ""), plain.rpartition(".")[2])
    return next((form[name] for name in names if name in form), None)
