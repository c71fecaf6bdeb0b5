"""One line of a report as it is typed."""

from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, RadioField, StringField, TextAreaField

from oer.core.errors import OerError
from oer.core.i18n import N_
from oer.indicators.forms.fields import DayField, QuantityField
from oer.indicators.models.sets import Answer
from oer.indicators.queries.entry import ReportLine
from oer.indicators.services.entry import Entry
from oer.web.errors import error_message
from oer.web.forms import Form
from oer.web.languages import gettext

_NUMBER = {"inputmode": "decimal", "autocomplete": "off", "maxlength": "40"}


class EntryForm(Form):
    """The fields of a line. Its names carry the line's number, so that all lines can stand on one page."""

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
    revision = HiddenField()

    @classmethod
    def of(cls, cell: ReportLine, formdata: Any = None) -> "EntryForm":
        """Return the form of a line: as it was saved, or as it was just typed."""
        found = cell.observation
        values: dict[str, Any] = {"revision": str(found.revision if found else 0)}
        if found is not None:
            names = ("value", "numerator", "denominator", "text", "not_available", "reference_date", "source", "link")
            values |= {name: getattr(found, name) for name in names}
            values |= {"choice": found.text, "note_vi": found.note.get("vi", ""), "note_en": found.note.get("en", "")}
        form = cls(formdata=formdata, data=values, prefix=f"l{cell.indicator.id}-")
        form.choice.choices = [("yes", gettext("Yes")), ("no", gettext("No"))]
        return form

    def entry(self, answer: Answer) -> Entry:
        """Return what was typed, as far as an indicator of this kind of answer has it."""
        numeric = answer in {Answer.NUMBER, Answer.PERCENT}
        text = {Answer.YES_NO: self.choice.data, Answer.TEXT: self.text.data}.get(answer, "")
        notes = {"vi": self.note_vi.data or "", "en": self.note_en.data or ""}
        return Entry(
            value=self.value.data if numeric else None,
            numerator=self.numerator.data if numeric else None,
            denominator=self.denominator.data if numeric else None,
            text=" ".join((text or "").split())[:300],
            not_available=bool(self.not_available.data),
            reference_date=self.reference_date.data,
            source=(self.source.data or "").strip()[:300],
            link=(self.link.data or "").strip()[:500],
            note={language: text.strip() for language, text in notes.items() if text.strip()},
        )

    @property
    def read_revision(self) -> int:
        """The revision of the line that the page was made from."""
        text = str(self.revision.data or "0")
        return int(text) if text.isdecimal() else 0

    def tell(self, refused: OerError, answer: Answer) -> None:
        """Put what was refused beside the field that it is about, the answer where it names none."""
        answered_in = {Answer.YES_NO: "choice", Answer.TEXT: "text"}.get(answer, "value")
        named = refused.field if refused.field in self else answered_in
        name = answered_in if named in {"value", "text"} else str(named)
        self[name].errors = [*self[name].errors, error_message(refused)]

    def tell_file(self, refused: OerError) -> None:
        """Put what was refused beside the file."""
        self.evidence.errors = [*self.evidence.errors, error_message(refused)]
