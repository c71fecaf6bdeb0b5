"""Form fields of indicators: numbers and dates as they are written in the reader's language."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from wtforms import DateField, Field
from wtforms import Form as AnyForm
from wtforms.validators import StopValidation
from wtforms.widgets import TextInput

from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.indicators.quantities import read_quantity, show_quantity
from oer.web.context import language
from oer.web.errors import error_message
from oer.web.languages import gettext

REQUIRED = N_("This is needed.")
NOT_A_DAY = N_("“%(typed)s” is not a date. Write it like 31/12/2026.")
DAY_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"]


class Needed:
    """Validator of a field that must not be empty.

    `mark_input=False` is for groups of check boxes, where one is enough: none of the boxes is required by itself.
    """

    def __init__(self, message: str = REQUIRED, *, mark_input: bool = True) -> None:
        self.message = message
        self.field_flags = {"required": True} if mark_input else {}

    def __call__(self, _form: AnyForm, field: Field) -> None:
        """Raise StopValidation if nothing was sent."""
        if not field.raw_data or not field.raw_data[0]:
            raise StopValidation(gettext(self.message))


class QuantityField(Field):
    """A number typed with the separators of either language. Anything else stays in the field as typed."""

    widget = TextInput()
    data: Decimal | None

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read what was typed. Raises ValueError with a translated message if it is not a number."""
        self.data = None
        if valuelist:
            try:
                self.data = read_quantity(str(valuelist[0]), language())
            except Invalid as refused:
                raise ValueError(error_message(refused)) from None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return show_quantity(self.data, language())


class DayField(DateField):
    """A date, from the browser's date picker or typed as day/month/year."""

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(label, format=DAY_FORMATS, **options)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read a date; empty means none. Raises ValueError with a translated message if it is not a date."""
        typed = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if not typed:
            return
        try:
            super().process_formdata([typed])
        except ValueError:
            raise ValueError(gettext(NOT_A_DAY, typed=typed[:40])) from None
