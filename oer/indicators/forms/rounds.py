"""Forms of rounds: what is asked, for which period, of which units; due dates; reasons."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from werkzeug.datastructures import MultiDict
from wtforms import SelectField, StringField, TextAreaField

from oer.accounts.models import WARD, Unit
from oer.core.i18n import N_, in_language
from oer.core.text import clean_line
from oer.indicators.forms.fields import DayField, Needed
from oer.indicators.models.sets import Indicator, IndicatorSet
from oer.indicators.periods import Period
from oer.web.context import language
from oer.web.forms import Form, MultiCheckboxField
from oer.web.languages import gettext

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
        texts = {"vi": clean_line(self.title_vi.data or ""), "en": clean_line(self.title_en.data or "")}
        return {code: text for code, text in texts.items() if text}

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


class ReasonForm(Form):
    """Why a report is returned."""

    reason = TextAreaField(N_("Reason"), render_kw={"maxlength": "2000"})


class DueDateForm(Form):
    """A new due date."""

    due_on = DayField(N_("Due date"), validators=[Needed()])
