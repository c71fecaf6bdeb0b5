"""The forms of indicators: a line of a report, rounds, sets, targets, reference tables, events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast

from flask_wtf.file import FileField
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms import Form as AnyForm
from wtforms.validators import Optional, StopValidation
from wtforms.widgets import TextInput

from oer.accounts.models import WARD, Unit
from oer.core.errors import Invalid, OerError
from oer.core.i18n import N_, in_language
from oer.core.text import clean_line, clean_text
from oer.indicators.computation.models import CONTRIBUTORS, LEARNING_POINTS, PATHS, POPULATION, RATINGS
from oer.indicators.models.sets import Answer, Indicator, IndicatorSet
from oer.indicators.periods import Period
from oer.indicators.quantities import read_quantity, show_quantity
from oer.indicators.queries.entry import ReportLine
from oer.indicators.services.entry import Entry
from oer.web.context import language
from oer.web.errors import error_message
from oer.web.forms import DayField, Form, MultiCheckboxField, RevisionField
from oer.web.languages import gettext

REQUIRED = N_("This is needed.")


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


# The form of one line of a report.

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
            note={language: note for language, text in notes.items() if (note := clean_text(text))},
        )

    def show_error(self, refused: OerError, answer: Answer) -> None:
        """Show an error at the input of its field; one of the value, or of no field, at the input of the answer."""
        answered_in = {Answer.YES_NO: "choice", Answer.TEXT: "text"}.get(answer, "value")
        if refused.field in {"value", "text"}:
            refused.field = answered_in
        self.show_errors(refused, otherwise=answered_in)


# Forms of rounds: what is asked, for which period, of which units; due dates; reasons.

ALL_WARDS = "wards"
NOBODY = ""
SAME = "same"


class RoundForm(Form):
    """What a round asks for. Which unit reports what is chosen on the next page, by `AssignmentChoices`."""

    title_vi = StringField(N_("Title in Vietnamese"), [Needed()], render_kw={"maxlength": "200"})
    title_en = StringField(N_("Title in English"), render_kw={"maxlength": "200"})
    period_start = DayField(N_("First day of the period"), validators=[Needed()])
    period_end = DayField(N_("Last day of the period"), validators=[Needed()])
    due_on = DayField(N_("Due date"), validators=[Needed()])
    sets = MultiCheckboxField(N_("Indicator sets"), [Needed(N_("Choose at least one set."), mark_input=False)])
    lead_unit = SelectField(N_("Who answers for the city by default"))
    note = TextAreaField(N_("Message to the reporters"), render_kw={"maxlength": "2000"})

    def offer(self, sets: Iterable[IndicatorSet], units: Iterable[Unit]) -> "RoundForm":
        """Set what can be chosen."""
        self.sets.choices = [(each.code, in_language(each.name, language())) for each in sets if each.indicators]
        self.lead_unit.choices = [(NOBODY, gettext("Nobody")), *_unit_choices(units)]
        return self

    @property
    def title(self) -> dict[str, str]:
        """The title as a language map."""
        texts = {"vi": self.title_vi.data or "", "en": self.title_en.data or ""}
        return {code: title for code, text in texts.items() if (title := clean_line(text))}

    @property
    def period(self) -> Period:
        """The period; the form must have been validated."""
        return Period(cast("date", self.period_start.data), cast("date", self.period_end.data))

    @property
    def due(self) -> date:
        """The due date; the form must have been validated."""
        return cast("date", self.due_on.data)


def _unit_choices(units: Iterable[Unit]) -> list[tuple[str, str]]:
    return [(each.code, in_language(each.name, language())) for each in units if each.kind != WARD]


@dataclass
class AssignmentGroup:
    """A group of lines and who reports them, except lines with a choice of their own."""

    code: str
    name: dict[str, str]
    lines: list[Indicator]
    owner: str
    owners: dict[int, str]

    @property
    def field(self) -> str:
        """The name of its input."""
        return f"owner-{self.code}"


def _usual_of(line: Indicator, of_group: str, lead: str) -> str:
    # Some sets for communes have lines that the province reports.
    return lead if of_group == ALL_WARDS and line.level == "province" else SAME


class AssignmentChoices:
    """Who reports what: a choice for each group, and for each line that differs from its group."""

    def __init__(
        self, lines: Sequence[Indicator], units: Sequence[Unit], lead: str, typed: MultiDict[str, Any]
    ) -> None:
        self.choices = [
            (NOBODY, gettext("Nobody")),
            (ALL_WARDS, gettext("All wards and communes")),
            *_unit_choices(units),
        ]
        self._units = units
        groups: dict[str, list[Indicator]] = {}
        for line in lines:
            groups.setdefault(line.group_code, []).append(line)
        self.groups = [self._group(code, found, lead, typed) for code, found in groups.items()]

    def _group(self, code: str, lines: list[Indicator], lead: str, typed: MultiDict[str, Any]) -> AssignmentGroup:
        usual = ALL_WARDS if "commune" in lines[0].of_set.level else lead
        owner = typed.get(f"owner-{code}", usual)
        own = {line.id: typed.get(f"line-{line.id}", _usual_of(line, usual, lead)) for line in lines}
        return AssignmentGroup(code, lines[0].group, lines, owner, own)

    def assignments(self) -> dict[int, list[int]]:
        """Return by unit id the ids of the indicators that the unit has to report on."""
        found: dict[int, list[int]] = {}
        for group in self.groups:
            for line in group.lines:
                own = group.owners[line.id]
                for unit in self._owners(group.owner if own == SAME else own):
                    found.setdefault(unit.id, []).append(line.id)
        return found

    def _owners(self, choice: str) -> list[Unit]:
        if choice == ALL_WARDS:
            return [each for each in self._units if each.kind == WARD]
        return [each for each in self._units if each.code == choice and choice]


class ReassignForm(Form):
    """A change of who reports or checks what in an open round."""

    deed = RadioField(N_("What changes"), validate_choice=True)
    what = SelectField(N_("Group or line"))
    unit = SelectField(N_("Department or other unit"))
    wards = TextAreaField(
        N_("Only these wards and communes"),
        render_kw={"rows": "4", "maxlength": "10000"},
        description=N_("One on each line, by name or code; empty: all 168. For a department leave this empty."),
    )

    def offer(self, lines: Iterable[Indicator], units: Iterable[Unit]) -> "ReassignForm":
        """Set what can be chosen."""
        self.deed.choices = [
            ("add", gettext("Report these lines, too")),
            ("remove", gettext("Report these lines no more (what is answered stays)")),
            ("check", gettext("Checked by this department before the city approves (nobody: by the city alone)")),
        ]
        self.deed.data = self.deed.data or "add"
        choices: dict[str, str] = {}
        for line in lines:
            choices.setdefault(f"group:{line.group_code}", f"{line.group_code} {in_language(line.group, language())}")
            choices[f"line:{line.id}"] = f"– {line.code} {in_language(line.wording, language())[:90]}"
        self.what.choices = list(choices.items())
        self.unit.choices = [(NOBODY, gettext("Wards and communes; nobody")), *_unit_choices(units)]
        return self


class ReasonForm(Form):
    """Why a report is returned."""

    reason = TextAreaField(N_("Reason"), render_kw={"maxlength": "2000"})


class ErratumForm(Form):
    """The right answer in place of a published one, and why."""

    value = QuantityField(N_("Value"), render_kw=_NUMBER)
    numerator = QuantityField(N_("Numerator"), render_kw=_NUMBER)
    denominator = QuantityField(N_("Denominator"), render_kw=_NUMBER)
    text = StringField(N_("Answer"), render_kw={"maxlength": "300"})
    reason = TextAreaField(N_("Reason"), render_kw={"maxlength": "1000"})

    def entry(self) -> Entry:
        """Return what was typed."""
        text = clean_line(self.text.data or "")[:300]
        return Entry(self.value.data, self.numerator.data, self.denominator.data, text)


class DueDateForm(Form):
    """A new due date."""

    due_on = DayField(N_("Due date"), validators=[Needed()])


# Administrators' forms for sets, lines, targets, reference tables and events.

NO_FILE = N_("Choose a file first.")


class SheetForm(Form):
    """A filled sheet of a report."""

    file = FileField(N_("The filled sheet (XLSX)"), [Needed(NO_FILE)])


class SetFileForm(Form):
    """A set file to import."""

    file = FileField(N_("YAML or XLSX file"), [Needed(NO_FILE)])


class SeriesForm(Form):
    """Values of earlier years."""

    name_vi = StringField(N_("Name of the series in Vietnamese"), render_kw={"maxlength": "200"})
    name_en = StringField(N_("Name of the series in English"), render_kw={"maxlength": "200"})
    source = StringField(N_("Source"), render_kw={"maxlength": "500"})
    file = FileField(N_("CSV or XLSX file"), [Needed(NO_FILE)])


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
