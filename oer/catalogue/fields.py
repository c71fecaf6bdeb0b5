"""The fields of a material's metadata, each declared once.

Everything else follows from this table: the record's check and canonical order (`schemas.record`), the metadata form
(`forms.metadata`), what a draft lacks (`services.publishing`), the rows that the database is asked for
(`services.drafts`), facets (`oer.search`), crosswalk and JSON-LD (`oer.exchange`), facts on the material's page
(`oer.reading`). How to add a field is shown in CONTRIBUTING.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from oer.catalogue.checks import (
    Check,
    age_range,
    by_language,
    code_of,
    codes_of,
    duration,
    licence,
    list_of,
    object_of,
    orcid,
    partial_date,
    relation_target,
    text,
    web_address,
)
from oer.core.i18n import N_


class Widget(StrEnum):
    """How a field is filled in. `none`: the form does not show it, and keeps what the record has."""

    NONE = "none"
    LINE = "line"
    PARAGRAPHS = "paragraphs"
    LIST = "list"  # an entry on each line
    WORDS = "words"  # separated by commas
    SELECT = "select"
    SELECTS = "selects"  # several, each chosen from a list of its own
    TREE_SELECTS = "tree_selects"  # the same, for a vocabulary of two levels
    RADIO = "radio"
    CHECKBOXES = "checkboxes"
    UNIT = "unit"
    CREATORS = "creators"
    HOURS = "hours"
    AGES = "ages"
    DATE = "date"


@dataclass(frozen=True)
class Shown:
    """Where a field is shown in a list (facts of a page, facets of a search): its heading, and its rank there."""

    heading: str
    rank: int


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a record. `name` is its path in it: `title`, or `accessibility.features`.

    `label` is its label in the form; one that differs by language has a label for each, under a `legend`.
    """

    name: str
    check: Check
    label: str | Mapping[str, str] = ""
    legend: str = ""
    hint: str = ""
    widget: Widget = Widget.NONE
    entries: int = 2  # how many the form offers, for widgets of several
    form_name: str = ""
    folded: bool = True  # in the form's part that is folded away
    vocabulary: str = ""
    term_scheme: str = ""
    """Scheme of its rows in `VersionTerm`: browsing, figures and filters ask by it."""
    codes_are_standard: bool = False
    """Its codes are those of a standard (BCP 47, schema.org, licence URIs): exports give them instead of labels."""
    needed_to_publish: bool = False
    missing: str = ""
    """What to say to whoever submits a draft without it; empty where it is not needed."""
    schema_org: str = ""
    dublin_core: str | None = None
    lom: str | None = None
    fact: Shown | None = None
    facet: tuple[str, Shown] | None = None
    """The name of its facet (the parameter in addresses of searches), and where it stands."""

    @property
    def heading(self) -> str:
        """What messages call it; empty where it has neither label nor facts."""
        of_facts = (shown.heading for shown in (self.facet and self.facet[1], self.fact) if shown)
        label = self.label if isinstance(self.label, str) else ""
        return self.legend or label or next(of_facts, "")

    @property
    def in_form(self) -> str:
        """The name of its fields in the form; those of a field by language end in the language."""
        return self.form_name or self.name.rpartition(".")[2]

    def of(self, record: Mapping[str, Any]) -> Any:
        """Return its value in a record, None where the record has none."""
        first, _, part = self.name.partition(".")
        value = record.get(first)
        return value.get(part) if part and value else value

    def put(self, record: dict[str, Any], value: Any) -> None:
        """Set its value in a record."""
        *parts, last = self.name.split(".")
        for part in parts:
            record = record.setdefault(part, {})
        record[last] = value


_CREATOR = object_of(
    {"name": text(200), "role": code_of("contributor_roles"), "affiliation": text(300), "orcid": orcid}, ("name",)
)


def _creator(value: Any, field: str) -> dict[str, Any]:
    creator: dict[str, Any] = _CREATOR(value, field)
    return {"name": creator["name"], "role": "author", **creator} if creator else {}


# Title, author and licence are for what lies elsewhere: of a material here its own record says them.
_RELATION = object_of(
    {
        "type": code_of("relations"),
        "target": relation_target,
        "title": text(300),
        "author": text(300),
        "licence": licence,
    },
    ("type", "target"),
)
_IN_EACH_LANGUAGE = {"vi": N_("In Vietnamese"), "en": N_("In English")}
_POINTS = by_language(list_of(text(1000), 50))

FIELDS: tuple[Field, ...] = (
    Field(
        name="title",
        label={"vi": N_("Title in Vietnamese"), "en": N_("Title in English")},
        check=by_language(text(300)),
        widget=Widget.LINE,
        folded=False,
        needed_to_publish=True,
        missing=N_("Write a title."),
        schema_org="name",
        dublin_core="title",
        lom="general.title",
    ),
    Field(
        name="summary",
        label={"vi": N_("Summary in Vietnamese"), "en": N_("Summary in English")},
        hint=N_("Two or three sentences: what it is about, and what one gets out of it."),
        check=by_language(text(10_000, lines=True)),
        widget=Widget.PARAGRAPHS,
        folded=False,
        missing=N_("Write a short summary."),
        schema_org="description",
        dublin_core="description",
        lom="general.description",
    ),
    Field(
        name="creators",
        check=list_of(_creator, 100),
        widget=Widget.CREATORS,
        folded=False,
        schema_org="creator",
        dublin_core="creator",
        lom="lifeCycle.contribute",
    ),
    Field(
        name="unit",
        label=N_("Published by"),
        check=text(64),
        widget=Widget.UNIT,
        folded=False,
        schema_org="publisher",
        dublin_core="publisher",
        lom="lifeCycle.contribute",
    ),
    Field(
        name="subjects",
        check=codes_of("subjects", 10),
        vocabulary="subjects",
        term_scheme="subject",
        widget=Widget.TREE_SELECTS,
        entries=3,
        folded=False,
        missing=N_("Choose a subject."),
        schema_org="about",
        dublin_core="subject",
        lom="classification.taxonPath",
        fact=Shown(N_("Subject"), 30),
        facet=("subject", Shown(N_("Subject"), 10)),
    ),
    Field(
        name="levels",
        label=N_("Education level"),
        check=codes_of("levels"),
        vocabulary="levels",
        term_scheme="level",
        widget=Widget.CHECKBOXES,
        schema_org="educationalLevel",
        dublin_core="educationLevel",
        lom="educational.context",
        fact=Shown(N_("Level"), 20),
        facet=("level", Shown(N_("Level"), 40)),
    ),
    Field(
        name="grades",
        label=N_("Grade"),
        check=codes_of("grades"),
        vocabulary="grades",
        term_scheme="grade",
        widget=Widget.CHECKBOXES,
        schema_org="educationalLevel",
        dublin_core="educationLevel",
        lom="educational.context",
        fact=Shown(N_("Grade"), 22),
        facet=("grade", Shown(N_("Grade"), 42)),
    ),
    Field(
        name="school_subjects",
        label=N_("School subject (curriculum of 2018)"),
        check=codes_of("school_subjects", 5),
        vocabulary="school_subjects",
        term_scheme="school_subject",
        widget=Widget.SELECTS,
        schema_org="about",
        dublin_core="subject",
        lom="classification.taxonPath",
        fact=Shown(N_("School subject"), 32),
        facet=("school_subject", Shown(N_("School subject"), 44)),
    ),
    Field(
        name="types",
        check=codes_of("types", 10),
        vocabulary="types",
        term_scheme="type",
        widget=Widget.SELECTS,
        folded=False,
        missing=N_("Choose what kind of material it is."),
        schema_org="learningResourceType",
        dublin_core="type",
        lom="educational.learningResourceType",
        facet=("type", Shown(N_("Kind of material"), 50)),
    ),
    Field(
        name="audiences",
        label=N_("For whom?"),
        check=codes_of("audiences"),
        vocabulary="audiences",
        term_scheme="audience",
        widget=Widget.CHECKBOXES,
        folded=False,
        missing=N_("Say for whom it is."),
        schema_org="audience",
        dublin_core="audience",
        lom="educational.intendedEndUserRole",
        fact=Shown(N_("For whom"), 10),
        facet=("audience", Shown(N_("For whom"), 30)),
    ),
    Field(
        name="language",
        check=codes_of("languages", 10),
        vocabulary="languages",
        term_scheme="language",
        codes_are_standard=True,
        widget=Widget.SELECTS,
        folded=False,
        needed_to_publish=True,
        missing=N_("Choose the language of the material."),
        schema_org="inLanguage",
        dublin_core="language",
        lom="general.language",
        fact=Shown(N_("Language"), 40),
        facet=("language", Shown(N_("Language"), 70)),
    ),
    Field(
        name="keywords",
        label=N_("Keywords"),
        hint=N_("Words that people would search for, separated by commas."),
        check=list_of(text(100), 50),
        widget=Widget.WORDS,
        folded=False,
        schema_org="keywords",
        dublin_core="subject",
        lom="general.keyword",
        fact=Shown(N_("Keywords"), 70),
    ),
    Field(
        name="licence",
        label=N_("Licence"),
        check=licence,
        vocabulary="licences",
        term_scheme="licence",
        codes_are_standard=True,
        widget=Widget.RADIO,
        folded=False,
        needed_to_publish=True,
        missing=N_("Choose a licence."),
        schema_org="license",
        dublin_core="license",
        lom="rights.description",
        facet=("licence", Shown(N_("Licence"), 80)),
    ),
    Field(
        name="time_required",
        legend=N_("Time required"),
        check=duration,
        widget=Widget.HOURS,
        schema_org="timeRequired",
        dublin_core="extent",
        lom="educational.typicalLearningTime",
    ),
    Field(
        name="typical_age",
        legend=N_("Age"),
        check=age_range,
        widget=Widget.AGES,
        schema_org="typicalAgeRange",
        lom="educational.typicalAgeRange",
        fact=Shown(N_("Age"), 50),
    ),
    Field(
        name="outcomes",
        label=_IN_EACH_LANGUAGE,
        legend=N_("What one can do afterwards"),
        hint=N_("One a line."),
        check=_POINTS,
        widget=Widget.LIST,
        schema_org="teaches",
        lom="educational.description",
    ),
    Field(
        name="prerequisites",
        label=_IN_EACH_LANGUAGE,
        legend=N_("What one should know beforehand"),
        hint=N_("One a line."),
        check=_POINTS,
        widget=Widget.LIST,
        schema_org="competencyRequired",
        dublin_core="requires",
        lom="educational.description",
    ),
    Field(
        name="accessibility.features",
        label=N_("What makes it accessible?"),
        check=codes_of("accessibility_features"),
        vocabulary="accessibility_features",
        codes_are_standard=True,
        widget=Widget.CHECKBOXES,
        schema_org="accessibilityFeature",
        facet=("accessibility", Shown(N_("Accessible features"), 90)),
    ),
    Field(
        name="accessibility.hazards",
        label=N_("What could harm?"),
        check=codes_of("accessibility_hazards"),
        vocabulary="accessibility_hazards",
        codes_are_standard=True,
        widget=Widget.CHECKBOXES,
        schema_org="accessibilityHazard",
    ),
    Field(
        name="accessibility.access_mode",
        label=N_("Which senses does it need?"),
        check=codes_of("access_modes"),
        vocabulary="access_modes",
        codes_are_standard=True,
        widget=Widget.CHECKBOXES,
        schema_org="accessMode",
    ),
    Field(
        name="accessibility.summary",
        form_name="accessibility",
        label={
            "vi": N_("More about accessibility, in Vietnamese"),
            "en": N_("More about accessibility, in English"),
        },
        check=by_language(text(2000, lines=True)),
        widget=Widget.PARAGRAPHS,
        schema_org="accessibilitySummary",
    ),
    Field(
        name="source_url",
        label=N_("Web address"),
        hint=N_("Where the material lies or comes from, beginning with https://"),
        check=web_address,
        widget=Widget.LINE,
        schema_org="sameAs",
        dublin_core="source",
        lom="technical.location",
    ),
    Field(
        name="published_on",
        label=N_("First published on"),
        hint=N_("A day, a month or a year: 15/03/2026, 03/2026 or 2026."),
        check=partial_date,
        widget=Widget.DATE,
        schema_org="datePublished",
        dublin_core="issued",
        lom="lifeCycle.contribute.date",
        fact=Shown(N_("First published on"), 75),
    ),
    Field(
        name="place",
        label=N_("Place it is about"),
        check=code_of("places"),
        vocabulary="places",
        term_scheme="place",
        widget=Widget.SELECT,
        schema_org="spatialCoverage",
        dublin_core="spatial",
        lom="general.coverage",
        fact=Shown(N_("Place"), 60),
        facet=("place", Shown(N_("Place"), 190)),
    ),
    Field(
        name="relations",
        check=list_of(_RELATION, 100),
    ),
)


def field_named(name: str) -> Field:
    """Return the field that goes by a name. Raises KeyError."""
    return _BY_NAME[name]


_BY_NAME = {field.name: field for field in FIELDS}
