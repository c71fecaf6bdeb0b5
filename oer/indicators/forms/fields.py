"""Form fields of this feature: numbers and dates as they are written in the reader's language."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from wtforms import DateField, Field
from wtforms.widgets import TextInput

from oer.core.errors import Invalid
from oer.indicators.quantities import read_quantity, show_quantity
from oer.web.context import language
from oer.web.errors import message_of

DAY_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"]


class QuantityField(Field):
    """A number typed with the separators of either language. What is no number stays in the field as it was typed."""

    widget = TextInput()
    data: Decimal | None

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read what was typed; ValueError, with words for the reader, where it is no number."""
        self.data = None
        if valuelist:
            try:
                self.data = read_quantity(str(valuelist[0]), language())
            except Invalid as refused:
                raise ValueError(message_of(refused)) from None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return show_quantity(self.data, language())


class DayField(DateField):
    """A day, from a browser's date picker or typed as day/month/year."""

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(label, format=DAY_FORMATS, **options)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read a day; an empty field is none."""
        if valuelist and str(valuelist[0]).strip():
            super().process_formdata([str(valuelist[0]).strip()])
        else:
            self.data = None
