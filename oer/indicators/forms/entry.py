"""The form of one line of a report."""

from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, RadioField, StringField, TextAreaField

from oer.core.errors import OerError
from oer.core.i18n import N_
from oer.core.text import clean_line, clean_text
from oer.indicators.forms.fields import DayField, QuantityField
from oer.indicators.models.sets import Answer
from oer.indicators.queries.entry import ReportLine
from oer.indicators.services.entry import Entry
from oer.web.forms import Form, RevisionField
from oer.web.languages import gettext

_NUMBER = {"inputmode": "decimal", "autocomplete": "off", "maxlength": "40"}


class EntryForm(Form):
    """The fields of a line. Their names contain the indicator's id, because all lines are on one page."""

    value = QuantityField(N_("Value"), render_kw=_NUMBER)
    numerator = QuantityField(N_("Numerator"), render_kw=_NUMBER)
    denominator = QuantityField(N_("Denominator"), render_kw=_NUMBER)
    text = StringField(N_("Answer"), render_kw={"maxlength": "300"})
    choice = RadioField(N_("Answer"), validate_choice=False)
    not_available = BooleanField(N_("There is no value for this period"))
    reference_date = DayField(N_("Reference date"))
    source = StringField(N_("Source"), render_kw={"maxlength": "300"})
    link = StringField(N_("Link to the evidence"), render_kw={"maxlength": "500", "inputmode": "url"})
    note_vi = TextAreaField(N_("Note in Vietnamese"), render_kw={"rows": "3"})
    note_en = TextAreaField(N_("Note in English"), render_kw={"rows": "3"})
    evidence = FileField(N_("Add a file of evidence"))
    revision = RevisionField()

    @classmethod
    def of(cls, line: ReportLine, formdata: Any = None) -> "EntryForm":
        """Return the form of a line, as saved or as just typed."""
        found = line.observation
        values: dict[str, Any] = {"revision": str(found.revision if found else 0)}
        if found is not None:
            names = ("value", "numerator", "denominator", "text", "not_available", "reference_date", "source", "link")
            values |= {name: getattr(found, name) for name in names}
            values |= {"choice": found.text, "note_vi": found.note.get("vi", ""), "note_en": found.note.get("en", "")}
        form = cls(formdata=formdata, data=values, prefix=f"l{line.indicator.id}-")
        form.choice.choices = [("yes", gettext("Yes")), ("no", gettext("No"))]
        return form

    def entry(self, answer: Answer) -> Entry:
        """Return what was typed, reduced to the fields that this kind of answer has."""
        numeric = answer in {Answer.NUMBER, Answer.PERCENT}
        text = {Answer.YES_NO: self.choice.data, Answer.TEXT: self.text.data}.get(answer, "")
        notes = {"vi": self.note_vi.data or "", "en": self.note_en.data or ""}
        return Entry(
            value=self.value.data if numeric else None,
            numerator=self.numerator.data if numeric else None,
            denominator=self.denominator.data if numeric else None,
            text=clean_line(text or "")[:300],
            not_available=bool(self.not_available.data),
            reference_date=self.reference_date.data,
            source=clean_line(self.source.data or "")[:300],
            link=clean_line(self.link.data or "")[:500],
            note={language: cleaned for language, text in notes.items() if (cleaned := clean_text(text))},
        )

    def show_error(self, refused: OerError, answer: Answer) -> None:
        """Show an error at the input of its field; one of the value, or of no field, at the input of the answer."""
        answered_in = {Answer.YES_NO: "choice", Answer.TEXT: "text"}.get(answer, "value")
        if refused.field in {"value", "text"}:
            refused.field = answered_in
        self.show_errors(refused, otherwise=answered_in)
