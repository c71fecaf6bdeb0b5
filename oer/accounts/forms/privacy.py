"""Consents, each apart and unticked, and what people may tell under them."""

from collections.abc import Mapping

from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, ListWidget

from oer.accounts.models import Consent, Dimension, Purpose
from oer.accounts.queries.choices import DISABILITY, GENDERS, groups
from oer.accounts.queries.privacy import PURPOSE_OF
from oer.core.errors import OerError
from oer.core.i18n import N_, in_language
from oer.core.vietnamese import collation_key
from oer.vocabularies import vocabularies
from oer.web.context import language
from oer.web.errors import message_of
from oer.web.forms import Form
from oer.web.languages import gettext

I_AGREE = N_("I agree")
FIELDS = {
    Dimension.WARD: "ward",
    Dimension.BIRTH_YEAR: "birth_year",
    Dimension.GENDER: "gender",
    Dimension.GROUP: "group",
    Dimension.DISABILITY: "disability_told",
}
Told = Mapping[Dimension, list[str]]


class PrivacyForm(Form):
    """One tick for each purpose, and the optional answers that stand on it."""

    history = BooleanField(I_AGREE)
    statistics = BooleanField(I_AGREE)
    groups = BooleanField(I_AGREE)
    disability = BooleanField(I_AGREE)
    messages = BooleanField(I_AGREE)
    ward = SelectField(N_("Where I live"), validate_choice=False)
    birth_year = StringField(
        N_("Year of birth"), render_kw={"inputmode": "numeric", "autocomplete": "bday-year", "maxlength": "4"}
    )
    gender = RadioField(N_("Gender"), validate_choice=False)
    group = SelectMultipleField(
        N_("Groups that I belong to"), validate_choice=False, widget=ListWidget(), option_widget=CheckboxInput()
    )
    disability_told = RadioField(N_("Do you have a disability?"), validate_choice=False)

    def offer(self) -> "PrivacyForm":
        """Set what can be chosen."""
        self.ward.choices = [("", gettext("I would rather not say")), *_wards()]
        self.gender.choices = _answers(GENDERS)
        self.group.choices = [(term.code, in_language(term.labels, language())) for term in groups()]
        self.disability_told.choices = _answers(DISABILITY)
        return self

    def show(self, consents: Mapping[Purpose, Consent], told: Told) -> "PrivacyForm":
        """Fill in what is in force."""
        for purpose in consents:
            if purpose is not Purpose.ACCOUNT:
                self[purpose.value].data = True
        for dimension, name in FIELDS.items():
            values = told.get(dimension, [])
            self[name].data = values if dimension is Dimension.GROUP else next(iter(values), "")
        return self

    @property
    def wanted(self) -> set[Purpose]:
        """The purposes that are ticked."""
        return {purpose for purpose in Purpose if purpose is not Purpose.ACCOUNT and self[purpose.value].data}

    def told(self, before: Told) -> dict[Dimension, list[str]]:
        """Return what is told now. What only stood there from before under a consent that is taken back is dropped."""
        told = {dimension: _values(self[name].data) for dimension, name in FIELDS.items()}
        return {
            dimension: values
            for dimension, values in told.items()
            if PURPOSE_OF[dimension] in self.wanted or values != before.get(dimension, [])
        }

    def tell(self, refused: OerError) -> None:
        """Put what a service refused beside the field that it is about."""
        field = self[FIELDS[Dimension(refused.field or "")]]
        field.errors = [*field.errors, message_of(refused)]


def _wards() -> list[tuple[str, str]]:
    named = [(place.code, in_language(place.labels, language())) for place in vocabularies().places]
    return sorted(named, key=lambda ward: collation_key(ward[1]))


def _answers(words: Mapping[str, str]) -> list[tuple[str, str]]:
    return [("", gettext("I would rather not say")), *((code, gettext(label)) for code, label in words.items())]


def _values(data: str | list[str] | None) -> list[str]:
    given = data if isinstance(data, list) else [data or ""]
    return [value for value in given if value.strip()]
