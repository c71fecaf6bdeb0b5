"""The form that describes a draft: what a citizen needs to know of a material, typed by a person."""

from wtforms import FieldList, FormField, IntegerField, StringField, TextAreaField
from wtforms import Form as PlainForm
from wtforms.validators import NumberRange, Optional

from oer.catalogue.forms.fields import branches, chosen_from, picked_from, terms, terms_or_nothing, ticked_from
from oer.core.i18n import N_
from oer.web.forms import Form

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


class DescribeForm(Form):
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

    def offer_units(self, units: list[tuple[str, str]]) -> "DescribeForm":
        """Set the units that may be chosen, as (code, name)."""
        self.unit.choices = units
        return self

    def make_room(self) -> "DescribeForm":
        """Give the lists that grow an empty entry at their end."""
        if len(self.creators.entries) < MOST_CREATORS:
            self.creators.append_entry()
        return self

    @property
    def optional_is_wrong(self) -> bool:
        """Whether a field that the page folds away has an error."""
        return any(self[name].errors for name in OPTIONAL)
