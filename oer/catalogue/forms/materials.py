"""Forms of a material: begin with a link, edit its metadata, return it, withdraw it."""

import re
from typing import Any

from wtforms import FieldList, FormField, IntegerField, StringField, TextAreaField, URLField
from wtforms import Form as PlainForm
from wtforms.validators import NumberRange, Optional

from oer.catalogue.forms.fields import branches, chosen_from, picked_from, terms, terms_or_nothing, ticked_from
from oer.core.durations import Duration
from oer.core.i18n import LANGUAGES, N_
from oer.web.forms import Form


class LinkForm(Form):
    """The address of something that lies elsewhere. The server never goes there."""

    source_url = URLField(N_("Web address"), description=N_("It begins with https:// or http://."))


# The form that describes a draft: what a citizen needs to know of a material, typed by a person.

MOST_CREATORS = 30
# What the page folds away: it opens where something in it is wrong.
OPTIONAL = (
    *("levels", "hours", "minutes", "age_from", "age_to", "outcomes_vi", "outcomes_en", "prerequisites_vi"),
    *("prerequisites_en", "features", "hazards", "access_mode", "accessibility_vi", "accessibility_en"),
    *("source_url", "published_on", "place"),
)


class CreatorForm(PlainForm):
    """One person or body that took part."""

    name = StringField()
    role = chosen_from(lambda: terms("contributor_roles"), default="author")
    affiliation = StringField()
    orcid = StringField()


class MetadataForm(Form):
    """A record's fields as people fill them in. What it cannot show of a record is kept as it was."""

    title_vi = StringField(N_("Title in Vietnamese"))
    title_en = StringField(N_("Title in English"))
    summary_vi = TextAreaField(
        N_("Summary in Vietnamese"),
        description=N_("Two or three sentences: what it is about, and what one gets out of it."),
    )
    summary_en = TextAreaField(N_("Summary in English"))
    creators = FieldList(FormField(CreatorForm), min_entries=1, max_entries=MOST_CREATORS)
    unit = chosen_from(list, N_("Published by"))
    subjects = FieldList(chosen_from(lambda: branches("subjects")), min_entries=3)
    types = FieldList(chosen_from(lambda: terms_or_nothing("types")), min_entries=2)
    audiences = ticked_from(lambda: terms("audiences"), N_("For whom?"))
    levels = ticked_from(lambda: terms("levels"), N_("Education level"))
    language = FieldList(chosen_from(lambda: terms_or_nothing("languages")), min_entries=2)
    licence = picked_from(lambda: terms("licences"), N_("Licence"))
    keywords = StringField(N_("Keywords"), description=N_("Words that people would search for, separated by commas."))
    hours = IntegerField(N_("Hours"), [Optional(), NumberRange(0, 999)])
    minutes = IntegerField(N_("Minutes"), [Optional(), NumberRange(0, 59)])
    age_from = IntegerField(N_("From age"), [Optional(), NumberRange(0, 120)])
    age_to = IntegerField(N_("To age"), [Optional(), NumberRange(0, 120)])
    outcomes_vi = TextAreaField(N_("In Vietnamese"))
    outcomes_en = TextAreaField(N_("In English"))
    prerequisites_vi = TextAreaField(N_("In Vietnamese"))
    prerequisites_en = TextAreaField(N_("In English"))
    features = ticked_from(lambda: terms("accessibility_features"), N_("What makes it accessible?"))
    hazards = ticked_from(lambda: terms("accessibility_hazards"), N_("What could harm?"))
    access_mode = ticked_from(lambda: terms("access_modes"), N_("Which senses does it need?"))
    accessibility_vi = TextAreaField(N_("More about accessibility, in Vietnamese"))
    accessibility_en = TextAreaField(N_("More about accessibility, in English"))
    source_url = StringField(
        N_("Web address"), description=N_("Where the material lies or comes from, beginning with https://")
    )
    published_on = StringField(
        N_("First published on"), description=N_("A date, a month or a year: 2026-03-01, 2026-03 or 2026.")
    )
    place = chosen_from(lambda: terms_or_nothing("places"), N_("Place that it is about"))

    def offer_units(self, units: list[tuple[str, str]]) -> "MetadataForm":
        """Set the units that may be chosen, as (code, name)."""
        self.unit.choices = units
        return self

    def make_room(self) -> "MetadataForm":
        """Give the lists that grow an empty entry at their end."""
        if len(self.creators.entries) < MOST_CREATORS:
            self.creators.append_entry()
        return self

    @property
    def optional_is_wrong(self) -> bool:
        """Whether a field that the page folds away has an error."""
        return any(self[name].errors for name in OPTIONAL)


# Between a record and the form that describes it, both ways.

_PLAIN = ("unit", "licence", "source_url", "published_on", "place", "audiences", "levels")
_LISTS = ("subjects", "types", "language")
_TEXTS = ("title", "summary")
_POINTS = ("outcomes", "prerequisites")
_ACCESS = ("features", "hazards", "access_mode")


def form_values(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record as the form's fields hold it."""
    access = record.get("accessibility", {})
    values: dict[str, Any] = {name: record[name] for name in (*_PLAIN, "creators") if name in record}
    values |= {name: record.get(name, []) for name in _LISTS}
    values |= {name: access.get(name, []) for name in _ACCESS}
    for code in LANGUAGES:
        values |= {f"{name}_{code}": record.get(name, {}).get(code, "") for name in _TEXTS}
        values |= {f"{name}_{code}": "\n".join(record.get(name, {}).get(code, [])) for name in _POINTS}
        values[f"accessibility_{code}"] = access.get("summary", {}).get(code, "")
    values["keywords"] = ", ".join(record.get("keywords", []))
    values["hours"], values["minutes"] = _hours_and_minutes(record.get("time_required", ""))
    low, _, high = record.get("typical_age", "").partition("-")
    values |= {"age_from": int(low) if low else None, "age_to": int(high) if high else None}
    return values


def record_typed(form: MetadataForm, kept: dict[str, Any]) -> dict[str, Any]:
    """Return what was typed as a record, to be parsed; what the form cannot show of the record `kept` stays in it."""
    access = {**kept.get("accessibility", {}), **{name: form[name].data or [] for name in _ACCESS}}
    access["summary"] = _by_language(form, "accessibility", access.get("summary", {}))
    return {
        **kept,
        **{name: form[name].data or None for name in _PLAIN},
        **{name: [entry.data for entry in form[name].entries if entry.data] for name in _LISTS},
        **{name: _by_language(form, name, kept.get(name, {})) for name in _TEXTS},
        **{name: _points(form, name, kept.get(name, {})) for name in _POINTS},
        "creators": [_creator(entry.data) for entry in form.creators.entries],
        "keywords": [word for word in re.split(r"[,;\n]", form.keywords.data or "") if word.strip()],
        "time_required": _time_required(form, kept.get("time_required", "")),
        "typical_age": _typical_age(form),
        "accessibility": access,
    }


def _by_language(form: MetadataForm, name: str, kept: dict[str, Any]) -> dict[str, Any]:
    return {**kept, **{code: form[f"{name}_{code}"].data or "" for code in LANGUAGES}}


def _points(form: MetadataForm, name: str, kept: dict[str, Any]) -> dict[str, Any]:
    return {**kept, **{code: (form[f"{name}_{code}"].data or "").splitlines() for code in LANGUAGES}}


def _creator(typed: dict[str, Any]) -> dict[str, Any]:
    named = {name: value for name, value in typed.items() if name != "role" and value and value.strip()}
    # A row with nothing but the role that it came with is no person.
    return {**named, "role": typed.get("role") or "author"} if named else {}


def _hours_and_minutes(duration: str) -> tuple[int | None, int | None]:
    found = Duration.parse(duration)
    return (found.hours or None, found.minutes or None) if found and found.has_only_hours_and_minutes else (None, None)


def _time_required(form: MetadataForm, kept: str) -> str:
    typed = Duration(hours=form.hours.data or 0, minutes=form.minutes.data or 0)
    if typed:
        return str(typed)
    before = Duration.parse(kept)
    return "" if before and before.has_only_hours_and_minutes else kept


def _typical_age(form: MetadataForm) -> str:
    low, high = form.age_from.data, form.age_to.data
    return "" if low is None and high is None else f"{'' if low is None else low}-{'' if high is None else high}"


# Forms of those who decide on materials, and of those who ask them to.


class ReturnForm(Form):
    """Why a submitted version goes back to its educator."""

    reason = TextAreaField(
        N_("What should be changed?"),
        description=N_("The educator reads this. Say what to do, and where."),
        render_kw={"rows": "5"},
    )


class WithdrawForm(Form):
    """Why a material is taken out of service."""

    category = picked_from(lambda: terms("withdrawal_categories"), N_("What kind of reason is it?"))
    reason = TextAreaField(
        N_("The reason"),
        description=N_("Everybody who comes to the material's address reads this."),
        render_kw={"rows": "4"},
    )


class RequestWithdrawalForm(Form):
    """Why an owner wants a material out of service."""

    reason = TextAreaField(
        N_("Why should it be withdrawn?"), description=N_("A reviewer reads this and decides."), render_kw={"rows": "4"}
    )
