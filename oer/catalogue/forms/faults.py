"""Where on a form a fault belongs that was found after the form itself had nothing to object."""

import re
from collections.abc import Iterable
from typing import Any

from wtforms import Field, FieldList

from oer.core.errors import Invalid
from oer.web.errors import message_of
from oer.web.forms import Form

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


def show_faults(form: Form, faults: Iterable[Invalid]) -> None:
    """Put each fault beside the field that it is about, or above the form if there is none."""
    for fault in faults:
        field = _field_of(form, fault.field or "")
        if field is None:
            form.form_errors.append(message_of(fault))
        else:
            field.errors = [*field.errors, message_of(fault)]


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
