"""Sets: a file that is taken in, a line that is corrected, a target that is set."""

from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from oer.core.errors import OerError
from oer.core.i18n import N_
from oer.indicators.computation.models import CONTRIBUTORS, LEARNING_POINTS, PATHS, POPULATION, RATINGS
from oer.indicators.forms.fields import DayField, Needed, QuantityField
from oer.indicators.models.sets import Indicator
from oer.web.errors import error_message
from oer.web.forms import Form
from oer.web.languages import gettext

NO_FILE = N_("Choose a file first.")


class _RefusableForm(Form):
    """A form that takes a service's refusal; `fallback` is the field for what names none."""

    fallback = ""

    def tell(self, refused: OerError) -> None:
        """Put what was refused beside the field that it is about."""
        name = refused.field if refused.field in self else self.fallback
        self[name].errors = [*self[name].errors, error_message(refused)]


class SetFileForm(_RefusableForm):
    """A set as a file."""

    fallback = "file"
    file = FileField(N_("YAML or XLSX file"), [Needed(NO_FILE)])


class LineForm(_RefusableForm):
    """A line of a set, part by part, and how far each part's wording is verified."""

    fallback = "wording_vi"
    wording_vi = TextAreaField(N_("Wording in Vietnamese"))
    wording_en = TextAreaField(N_("Wording in English"))
    label_vi = StringField(N_("Short name in Vietnamese"))
    label_en = StringField(N_("Short name in English"))
    unit = StringField(N_("Unit of measurement"), render_kw={"maxlength": "60"})
    source_type = StringField(N_("Kind of source"), render_kw={"maxlength": "40"})
    source = StringField(N_("Source of the wording"))
    level = StringField(N_("Applies to"), render_kw={"maxlength": "60"})
    note = TextAreaField(N_("Note"))
    valid_from = DayField(N_("In force from"))
    valid_to = DayField(N_("In force until"))
    revision = HiddenField()

    @classmethod
    def of(cls, indicator: Indicator) -> "LineForm":
        """Return the form of a line as it stands, or as it was just typed."""
        names = ("unit", "source_type", "source", "level", "note", "valid_from", "valid_to", "revision")
        values: dict[str, Any] = {name: getattr(indicator, name) for name in names}
        for part in ("wording", "label"):
            values |= {f"{part}_{language}": getattr(indicator, part).get(language, "") for language in ("vi", "en")}
        return cls(data=values)

    def changes(self, verification: dict[str, str]) -> dict[str, Any]:
        """Return the parts of the line as they were typed."""
        names = ("unit", "source_type", "source", "level", "note")
        found: dict[str, Any] = {name: (self[name].data or "").strip() for name in names}
        found |= {"valid_from": self.valid_from.data, "valid_to": self.valid_to.data, "verification": verification}
        for part in ("wording", "label"):
            texts = {language: (self[f"{part}_{language}"].data or "").strip() for language in ("vi", "en")}
            found[part] = {language: text for language, text in texts.items() if text}
        return found

    @property
    def read_revision(self) -> int:
        """The revision of the line that the page was made from."""
        text = str(self.revision.data or "")
        return int(text) if text.isdecimal() else 0


class SetEndForm(_RefusableForm):
    """The last day on which a set is in force."""

    fallback = "valid_to"
    valid_to = DayField(N_("In force until"), validators=[Needed()])


class TargetForm(_RefusableForm):
    """What is aimed at by a year."""

    fallback = "value"
    year = IntegerField(N_("Year"), [Optional()], render_kw={"min": "2000", "max": "2100"})
    value = QuantityField(N_("Value"))
    source = StringField(N_("Decided in"), render_kw={"maxlength": "500"})
    unit = StringField(N_("Code of a ward or unit"), render_kw={"maxlength": "64"})
    at_most = BooleanField(N_("Not to be exceeded (unemployment, waste): less is better"))


class TableForm(_RefusableForm):
    """A reference table: the file, where it comes from, the day that it speaks of."""

    fallback = "file"
    code = SelectField(N_("Kind of table"))
    source = StringField(N_("Source"), [Needed()], render_kw={"maxlength": "500"})
    as_of = DayField(N_("The figures are those of"), validators=[Needed()])
    note = StringField(N_("Note"), render_kw={"maxlength": "1000"})
    file = FileField(N_("CSV or XLSX file"), [Needed(NO_FILE)])

    def offer(self) -> "TableForm":
        """Set what can be chosen."""
        self.code.choices = [
            (POPULATION, gettext("Population")),
            (LEARNING_POINTS, gettext("Learning points")),
            (PATHS, gettext("Completions of learning paths")),
            (RATINGS, gettext("Ratings")),
            (CONTRIBUTORS, gettext("Volunteer contributors")),
        ]
        return self


class EventForm(_RefusableForm):
    """A learning event whose reach is measured."""

    fallback = "name_vi"
    name_vi = StringField(N_("Name in Vietnamese"), [Needed()], render_kw={"maxlength": "200"})
    name_en = StringField(N_("Name in English"), render_kw={"maxlength": "200"})
    starts_on = DayField(N_("First day"), validators=[Needed()])
    ends_on = DayField(N_("Last day"), validators=[Needed()])
