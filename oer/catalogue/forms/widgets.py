"""Form fields that choose from vocabularies, and the inputs of each widget of `oer.catalogue.fields`."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from wtforms import FieldList, FormField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms import Form as PlainForm
from wtforms.validators import NumberRange, Optional, StopValidation

from oer.catalogue.fields import Field, Widget
from oer.core.durations import Duration
from oer.core.i18n import N_, in_language
from oer.vocabularies import vocabularies
from oer.web.context import language
from oer.web.forms import Form, MultiCheckboxField
from oer.web.languages import gettext

MAX_CREATORS = 30
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


class CreatorForm(PlainForm):
    """One person or body that took part."""

    name = StringField(N_("Name of the person or body"))
    role = chosen_from(lambda: terms("contributor_roles"), N_("Role"), default="author")
    affiliation = StringField(N_("School, office or organisation"))
    orcid = StringField(N_("ORCID iD"))


class Inputs(Protocol):
    """The form fields of a widget."""

    def build(self, field: Field) -> Iterator[tuple[str, Any]]:
        """Give the name and the unbound form field of each input."""

    def fill(self, field: Field, value: Any) -> dict[str, Any]:
        """Return what the inputs hold for a value of the record."""

    def read(self, field: Field, form: Form, kept: Any) -> Any:
        """Return the value that was typed, to be checked; what the inputs cannot show of the value `kept` stays."""


@dataclass(frozen=True)
class OneInput:
    """One input, or one for each language where the field's label has one for each."""

    make: Callable[[Field, str, str], Any]
    to_input: Callable[[Any], Any] = lambda value: value
    from_input: Callable[[Any], Any] = lambda typed: typed or ""

    def build(self, field: Field) -> Iterator[tuple[str, Any]]:
        """See `Inputs.build`."""
        hint = "" if field.legend else field.hint
        for name, label in inputs_of(field):
            yield name, self.make(field, label, hint)
            hint = ""  # beside the first language alone

    def fill(self, field: Field, value: Any) -> dict[str, Any]:
        """See `Inputs.fill`."""
        if isinstance(field.label, Mapping):
            texts = value or {}
            return {f"{field.in_form}_{code}": self.to_input(texts[code]) for code in field.label if code in texts}
        return {} if value is None else {field.in_form: self.to_input(value)}

    def read(self, field: Field, form: Form, kept: Any) -> Any:
        """See `Inputs.read`."""
        if isinstance(field.label, Mapping):
            typed = {code: self.from_input(form[f"{field.in_form}_{code}"].data) for code in field.label}
            return {**(kept or {}), **typed}
        return self.from_input(form[field.in_form].data)


def _only_if_read(_form: Any, typed: Any) -> None:
    """Stop after what could not be read: that it is in no range either is no second fault."""
    if typed.process_errors:
        raise StopValidation


def _whole_number(label: str, least: int, most: int) -> IntegerField:
    return IntegerField(label, [Optional(), _only_if_read, NumberRange(least, most)])


class HoursInputs:
    """A duration in hours and minutes; one that is written otherwise, such as six weeks, is kept."""

    def build(self, field: Field) -> Iterator[tuple[str, Any]]:  # noqa: ARG002
        """See `Inputs.build`."""
        yield "hours", _whole_number(N_("Hours"), 0, 999)
        yield "minutes", _whole_number(N_("Minutes"), 0, 59)

    def fill(self, field: Field, value: Any) -> dict[str, Any]:  # noqa: ARG002
        """See `Inputs.fill`."""
        found = Duration.parse(value)
        if found is None or not found.has_only_hours_and_minutes:
            return {}
        return {"hours": found.hours or None, "minutes": found.minutes or None}

    def read(self, field: Field, form: Form, kept: Any) -> Any:  # noqa: ARG002
        """See `Inputs.read`."""
        typed = Duration(hours=form["hours"].data or 0, minutes=form["minutes"].data or 0)
        before = Duration.parse(kept)
        if typed or before is None or before.has_only_hours_and_minutes:
            return str(typed) if typed else None
        return kept


class AgesInputs:
    """A range of ages; either end may be open."""

    def build(self, field: Field) -> Iterator[tuple[str, Any]]:  # noqa: ARG002
        """See `Inputs.build`."""
        yield "age_from", _whole_number(N_("From age"), 0, 120)
        yield "age_to", _whole_number(N_("To age"), 0, 120)

    def fill(self, field: Field, value: Any) -> dict[str, Any]:  # noqa: ARG002
        """See `Inputs.fill`."""
        low, _, high = (value or "").partition("-")
        return {"age_from": int(low) if low else None, "age_to": int(high) if high else None}

    def read(self, field: Field, form: Form, kept: Any) -> Any:  # noqa: ARG002
        """See `Inputs.read`."""
        low, high = form["age_from"].data, form["age_to"].data
        return None if low is None and high is None else f"{_written(low)}-{_written(high)}"


def _written(age: int | None) -> str:
    return "" if age is None else str(age)


def inputs_of(field: Field) -> list[tuple[str, str]]:
    """Return the name and label of each input of a field that has one, or one for each language."""
    if isinstance(field.label, Mapping):
        return [(f"{field.in_form}_{code}", label) for code, label in field.label.items()]
    return [(field.in_form, field.label)]


def _line(_field: Field, label: str, hint: str) -> Any:
    return StringField(label, description=hint)


def _paragraphs(_field: Field, label: str, hint: str) -> Any:
    return TextAreaField(label, description=hint, render_kw={"rows": "4"})


def _selects(entry: Callable[[str], Any]) -> Callable[[Field, str, str], Any]:
    def make(field: Field, label: str, _hint: str) -> Any:
        return FieldList(
            chosen_from(lambda: entry(field.vocabulary)), label or field.heading, min_entries=field.entries
        )

    return make


def _creators(_field: Field, _label: str, _hint: str) -> Any:
    return FieldList(FormField(CreatorForm), N_("Author or contributor"), min_entries=1, max_entries=MAX_CREATORS)


def _creator(typed: dict[str, Any]) -> dict[str, Any]:
    named = {name: value for name, value in typed.items() if name != "role" and value and value.strip()}
    # The role is chosen beforehand, so a row with nothing else was left empty.
    return {**named, "role": typed.get("role") or "author"} if named else {}


def _lines(typed: str | None) -> list[str]:
    return (typed or "").splitlines()


def _words(typed: str | None) -> list[str]:
    return [word for word in re.split(r"[,;\n]", typed or "") if word.strip()]


def _chosen(typed: list[str] | None) -> list[str]:
    return [code for code in typed or () if code]


INPUTS: Mapping[Widget, Inputs] = {
    Widget.LINE: OneInput(_line),
    Widget.PARAGRAPHS: OneInput(_paragraphs),
    Widget.LIST: OneInput(_paragraphs, "\n".join, _lines),
    Widget.WORDS: OneInput(_line, ", ".join, _words),
    Widget.SELECT: OneInput(
        lambda field, label, hint: chosen_from(lambda: terms_or_nothing(field.vocabulary), label, description=hint)
    ),
    Widget.SELECTS: OneInput(_selects(terms_or_nothing), from_input=_chosen),
    Widget.TREE_SELECTS: OneInput(_selects(branches), from_input=_chosen),
    Widget.RADIO: OneInput(
        lambda field, label, hint: picked_from(lambda: terms(field.vocabulary), label, description=hint)
    ),
    Widget.CHECKBOXES: OneInput(
        lambda field, label, hint: ticked_from(lambda: terms(field.vocabulary), label, description=hint),
        from_input=_chosen,
    ),
    Widget.UNIT: OneInput(lambda _field, label, hint: chosen_from(list, label, description=hint)),
    Widget.CREATORS: OneInput(_creators, from_input=lambda typed: [_creator(each) for each in typed]),
    Widget.DATE: OneInput(_line, lambda value: "/".join(reversed(value.split("-")))),
    Widget.HOURS: HoursInputs(),
    Widget.AGES: AgesInputs(),
}
