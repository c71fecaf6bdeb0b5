"""Forms of a material: begin with a link, edit its metadata, return it, withdraw it."""

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from wtforms import TextAreaField, URLField

from oer.catalogue.fields import FIELDS, Field
from oer.catalogue.forms.widgets import INPUTS, MAX_CREATORS, picked_from, terms
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.web.forms import Form


class LinkForm(Form):
    """The address of something that lies elsewhere. The server never goes there."""

    source_url = URLField(N_("Web address"), description=N_("It begins with https:// or http://."))


class MetadataForm(Form):
    """The fields of a record that have a widget, by the names that `widgets.INPUTS` gives them."""

    def offer_units(self, units: list[tuple[str, str]]) -> "MetadataForm":
        """Set the units that may be chosen, as (code, name)."""
        self.unit.choices = units
        return self

    def make_room(self) -> "MetadataForm":
        """Add an empty row for one more creator."""
        if len(self.creators.entries) < MAX_CREATORS:
            self.creators.append_entry()
        return self

    def show_missing(self, errors: Iterable[Invalid]) -> None:
        """Show what is missing, except where a fault is shown already."""
        for error in errors:
            found = self._input_of(error.field or "")
            if found is None or not found.errors:
                self.show_errors(error)

    def inputs_of(self, field: Field) -> list[Any]:
        """Return the inputs of a field."""
        return [self[name] for name, _ in INPUTS[field.widget].build(field)]

    def take_over(self, values: Mapping[str, Any]) -> None:
        """Show these values of fields in place of what was typed there."""
        for name, data in form_values(values).items():
            self[name].process(None, data)

    def folded(self) -> Iterator[tuple[Field, list[Any]]]:
        """Give the fields that the page folds away, each with its inputs."""
        for field in FIELDS:
            if field.folded and field.widget in INPUTS:
                yield field, self.inputs_of(field)

    @property
    def folded_has_errors(self) -> bool:
        """Whether a field that the page folds away has an error."""
        return any(each.errors for _, inputs in self.folded() for each in inputs)


def _add_inputs() -> Mapping[str, str]:
    """Give the form its inputs; return at which of them the errors of a field are shown."""
    places: dict[str, str] = {}
    for field in FIELDS:
        inputs = list(INPUTS[field.widget].build(field)) if field.widget in INPUTS else []
        for name, unbound in inputs:
            setattr(MetadataForm, name, unbound)
        if inputs:
            places[field.name] = inputs[0][0]
        if isinstance(field.label, Mapping):
            places |= {f"{field.name}.{code}": f"{field.in_form}_{code}" for code in field.label}
    return places


MetadataForm.error_inputs = _add_inputs()


def form_values(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record as the inputs of the form hold it."""
    values: dict[str, Any] = {}
    for field in FIELDS:
        if field.widget in INPUTS:
            values |= INPUTS[field.widget].fill(field, field.of(record))
    return values


def record_typed(form: MetadataForm, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed as a record, to be parsed.

    What the form cannot show of the record `kept` stays in it, and so does what inputs have that could not be read.
    """
    record: dict[str, Any] = copy.deepcopy(dict(kept))
    for field in FIELDS:
        if field.widget in INPUTS and not any(form[name].errors for name, _ in INPUTS[field.widget].build(field)):
            field.put(record, INPUTS[field.widget].read(field, form, field.of(kept)))
    return record


class ReturnForm(Form):
    """Why a submitted version is returned to its author."""

    reason = TextAreaField(
        N_("What should be changed?"),
        description=N_("The author reads this. Say what to do, and where."),
        render_kw={"rows": "5"},
    )


class WithdrawForm(Form):
    """Why a material is withdrawn."""

    category = picked_from(lambda: terms("withdrawal_categories"), N_("What kind of reason is it?"))
    reason = TextAreaField(
        N_("The reason"),
        description=N_("Everybody who visits the material's address can read this."),
        render_kw={"rows": "4"},
    )


class RequestWithdrawalForm(Form):
    """Why an owner wants a material withdrawn."""

    reason = TextAreaField(
        N_("Why should it be withdrawn?"), description=N_("A reviewer reads this and decides."), render_kw={"rows": "4"}
    )
