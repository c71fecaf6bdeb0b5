"""Administrators' forms for sets, lines, targets, reference tables and events."""

from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from oer.core.i18n import N_
from oer.core.text import clean_text
from oer.indicators.computation.models import CONTRIBUTORS, LEARNING_POINTS, PATHS, POPULATION, RATINGS
from oer.indicators.forms.fields import DayField, Needed, QuantityField
from oer.indicators.models.sets import Indicator
from oer.web.forms import Form, RevisionField
from oer.web.languages import gettext

NO_FILE = N_("Choose a file first.")


class SetFileForm(Form):
    """A set file to import."""

    file = FileField(N_("YAML or XLSX file"), [Needed(NO_FILE)])


class LineForm(Form):
    """A line of a set, part by part."""

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
    revision = RevisionField()

    @classmethod
    def of(cls, indicator: Indicator) -> "LineForm":
        """Return the form of a line, with what was just typed if the form was sent."""
        names = ("unit", "source_type", "source", "level", "note", "valid_from", "valid_to", "revision")
        values: dict[str, Any] = {name: getattr(indicator, name) for name in names}
        for part in ("wording", "label"):
            values |= {f"{part}_{language}": getattr(indicator, part).get(language, "") for language in ("vi", "en")}
        return cls(data=values)

    def changes(self, verification: dict[str, str]) -> dict[str, Any]:
        """Return the parts of the line as they were typed."""
        names = ("unit", "source_type", "source", "level", "note")
        found: dict[str, Any] = {name: clean_text(self[name].data or "") for name in names}
        found |= {"valid_from": self.valid_from.data, "valid_to": self.valid_to.data, "verification": verification}
        for part in ("wording", "label"):
            texts = {language: clean_text(self[f"{part}_{language}"].data or "") for language in ("vi", "en")}
            found[part] = {language: text for language, text in texts.items() if text}
        return found


class SetEndForm(Form):
    """The last day on which a set is in force."""

    valid_to = DayField(N_("In force until"), validators=[Needed()])


class TargetForm(Form):
    """A target for a year."""

    year = IntegerField(N_("Year"), [Optional()], render_kw={"min": "2000", "max": "2100"})
    value = QuantityField(N_("Value"))
    source = StringField(N_("Decided in"), render_kw={"maxlength": "500"})
    unit = StringField(N_("Code of a ward or unit"), render_kw={"maxlength": "64"})
    at_most = BooleanField(N_("Not to be exceeded (unemployment, waste): less is better"))


class TableForm(Form):
    """A reference table to import: the file, its source, the date of its figures."""

    code = SelectField(N_("Kind of table"))
    source = StringField(N_("Source"), [Needed()], render_kw={"maxlength": "500"})
    as_of = DayField(N_("Date of the figures"), validators=[Needed()])
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


class EventForm(Form):
    """A learning event whose reach LC-18 measures."""

    name_vi = StringField(N_("Name in Vietnamese"), [Needed()], render_kw={"maxlength": "200"})
    name_en = StringField(N_("Name in English"), render_kw={"maxlength": "200"})
    starts_on = DayField(N_("First day"), validators=[Needed()])
    ends_on = DayField(N_("Last day"), validators=[Needed()])
