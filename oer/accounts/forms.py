"""Forms for signing in, one's own account, privacy, and the administration of accounts and units."""

from collections.abc import Callable, Mapping
from typing import Any

from wtforms import (
    BooleanField,
    EmailField,
    Field,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from oer.accounts.models import AccountState, Consent, Dimension, Purpose, Role, RoleRequestState
from oer.accounts.queries import PURPOSE_OF
from oer.accounts.services.consents import DISABILITY_ANSWERS, GENDERS, selectable_groups
from oer.accounts.services.passwords import check_password
from oer.accounts.services.profile import read_email, read_name, read_text
from oer.core.errors import Invalid, OerError
from oer.core.i18n import N_, in_language
from oer.vietnamese.keys import collation_key
from oer.vocabularies import vocabularies
from oer.web.context import language
from oer.web.errors import error_message
from oer.web.forms import Form
from oer.web.languages import gettext

# Checks of fields: the services' own rules, told in the reader's language.

Check = Callable[[Any, Field], None]


def parsed_by(rule: Callable[[str], str]) -> Check:
    """Return a check that replaces what was typed by what `rule` makes of it, or tells why it was refused."""

    def check(_form: Any, field: Field) -> None:
        try:
            field.data = rule(field.data or "")
        except Invalid as refused:
            raise ValidationError(error_message(refused)) from None

    return check


def required(message: str) -> Check:
    """Return a check that something was typed or ticked."""

    def check(_form: Any, field: Field) -> None:
        if not field.data or (isinstance(field.data, str) and not field.data.strip()):
            raise StopValidation(gettext(message))

    return check


def max_length(count: int) -> Check:
    """Return a check that no more than so many characters were typed."""

    def check(_form: Any, field: Field) -> None:
        if len(field.data or "") > count:
            raise ValidationError(gettext("Use at most %(count)s characters.", count=count))

    return check


def text_of(field: Field) -> str:
    """Return the text of a field, as its checks left it."""
    return field.data or ""


# Signing in, registering, recovering.

KNOWN_PASSWORD = {"autocomplete": "current-password"}
FRESH_PASSWORD = {"autocomplete": "new-password"}
EMAIL = {"autocomplete": "email", "spellcheck": "false", "autocapitalize": "none"}
ENTER_PASSWORD = N_("Enter your password.")
PASSWORD_HINT = N_("At least 10 characters. A few words that do not usually go together are best; spaces are fine.")


class SignInForm(Form):
    """E-mail address and password; `next` is where to go on."""

    next = HiddenField()
    email = EmailField(
        N_("E-mail address"),
        [required(N_("Enter your e-mail address."))],
        render_kw={**EMAIL, "autocomplete": "username"},
    )
    password = PasswordField(N_("Password"), [required(ENTER_PASSWORD)], render_kw=KNOWN_PASSWORD)


class EmailForm(Form):
    """An e-mail address alone."""

    email = EmailField(N_("E-mail address"), [parsed_by(read_email)], render_kw=EMAIL)


class NewPasswordForm(Form):
    """A new password; `personal` are the texts about the person that it must not be made of."""

    password = PasswordField(N_("New password"), render_kw=FRESH_PASSWORD, description=PASSWORD_HINT)
    personal: tuple[str, ...] = ()

    def validate_password(self, field: Field) -> None:
        """Refuse what is guessed soon, with the reason."""
        try:
            check_password(field.data or "", self.personal)
        except Invalid as refused:
            raise ValidationError(error_message(refused)) from None


class RegisterForm(NewPasswordForm):
    """Name, e-mail address, password, age and consent, each apart and unticked."""

    name = StringField(N_("Your name"), [parsed_by(read_name)], render_kw={"autocomplete": "name"})
    email = EmailField(N_("E-mail address"), [parsed_by(read_email)], render_kw=EMAIL)
    password = PasswordField(N_("Password"), render_kw=FRESH_PASSWORD, description=PASSWORD_HINT)
    old_enough = BooleanField(
        N_("I am 16 years old or older."),
        [required(N_("An account is for people of 16 or older. Reading and downloading need none, at any age."))],
    )
    agreed = BooleanField(
        N_("I agree that my account is kept as described."),
        [required(N_("Without your consent we cannot keep an account."))],
    )

    def validate_password(self, field: Field) -> None:
        """Refuse what is guessed soon by somebody who knows the person's name and address."""
        self.personal = (self.name.data or "", self.email.data or "")
        super().validate_password(field)


# What people change about their own account.


class ProfileForm(Form):
    """Name and language."""

    name = StringField(N_("Your name"), [parsed_by(read_name)], render_kw={"autocomplete": "name"})
    language = RadioField(N_("Language of our mails"))

    def offer(self) -> "ProfileForm":
        """Set what can be chosen."""
        self.language.choices = [("vi", "Tiếng Việt"), ("en", "English")]
        return self


class ChangeEmailForm(EmailForm):
    """A new e-mail address, and the password to show that it is the account's owner who asks."""

    email = EmailField(N_("New e-mail address"), [parsed_by(read_email)], render_kw=EMAIL)
    current = PasswordField(N_("Your password"), [required(ENTER_PASSWORD)], render_kw=KNOWN_PASSWORD)


class ChangePasswordForm(NewPasswordForm):
    """The old password and a new one."""

    current = PasswordField(N_("Your password until now"), [required(ENTER_PASSWORD)], render_kw=KNOWN_PASSWORD)


class DeleteForm(Form):
    """The password, and a tick that it is meant."""

    current = PasswordField(N_("Your password"), [required(ENTER_PASSWORD)], render_kw=KNOWN_PASSWORD)
    sure = BooleanField(
        N_("Yes, delete my account and what is kept about me. This cannot be undone."),
        [required(N_("Tick the box if you are sure."))],
    )


class RoleRequestForm(Form):
    """For which unit somebody wants to make materials, and why."""

    unit = SelectField(N_("Unit"), [required(N_("Choose the unit that you work for."))])
    reason = TextAreaField(
        N_("What do you do there?"),
        [required(N_("Write a sentence or two, so that we can decide.")), max_length(1000), parsed_by(read_text)],
        render_kw={"rows": "4"},
    )


# Consents, each apart and unticked, and what people may tell under them.

I_AGREE = N_("I agree")
DIMENSION_FIELDS = {
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
        self.group.choices = [(term.code, in_language(term.labels, language())) for term in selectable_groups()]
        self.disability_told.choices = _answers(DISABILITY_ANSWERS)
        return self

    def show(self, consents: Mapping[Purpose, Consent], told: Told) -> "PrivacyForm":
        """Fill in what is in force."""
        for purpose in consents:
            if purpose is not Purpose.ACCOUNT:
                self[purpose.value].data = True
        for dimension, name in DIMENSION_FIELDS.items():
            values = told.get(dimension, [])
            self[name].data = values if dimension is Dimension.GROUP else next(iter(values), "")
        return self

    @property
    def wanted(self) -> set[Purpose]:
        """The purposes that are ticked."""
        return {purpose for purpose in Purpose if purpose is not Purpose.ACCOUNT and self[purpose.value].data}

    def told(self, before: Told) -> dict[Dimension, list[str]]:
        """Return what is told now. What only stood there from before under a consent that is taken back is dropped."""
        told = {dimension: _values(self[name].data) for dimension, name in DIMENSION_FIELDS.items()}
        return {
            dimension: values
            for dimension, values in told.items()
            if PURPOSE_OF[dimension] in self.wanted or values != before.get(dimension, [])
        }

    def tell(self, refused: OerError) -> None:
        """Put what a service refused beside the field that it is about."""
        field = self[DIMENSION_FIELDS[Dimension(refused.field or "")]]
        field.errors = [*field.errors, error_message(refused)]


def _wards() -> list[tuple[str, str]]:
    named = [(place.code, in_language(place.labels, language())) for place in vocabularies().places]
    return sorted(named, key=lambda ward: collation_key(ward[1]))


def _answers(words: Mapping[str, str]) -> list[tuple[str, str]]:
    return [("", gettext("I would rather not say")), *((code, gettext(label)) for code, label in words.items())]


def _values(data: str | list[str] | None) -> list[str]:
    given = data if isinstance(data, list) else [data or ""]
    return [value for value in given if value.strip()]


# What administrators decide about accounts and units.


class GrantForm(Form):
    """A role and a unit that it is for."""

    role = SelectField(N_("Role"))
    unit = SelectField(N_("Unit"))

    def offer(self, roles: list[tuple[str, str]], units: list[tuple[str, str]]) -> "GrantForm":
        """Set what can be chosen."""
        self.role.choices, self.unit.choices = roles, [("", gettext("No unit (for the whole site)")), *units]
        return self


class UnitForm(Form):
    """A unit: code, name in each language, kind, ward."""

    code = StringField(
        N_("Code"),
        render_kw={"autocapitalize": "none", "spellcheck": "false"},
        description=N_("Small letters, digits and hyphens. It stands in files and addresses and stays as it is."),
    )
    name_vi = StringField(N_("Name in Vietnamese"))
    name_en = StringField(N_("Name in English"))
    kind = SelectField(N_("Kind"))
    ward_code = SelectField(N_("Ward, commune or special zone"))

    def offer(self) -> "UnitForm":
        """Set what can be chosen."""
        kinds, places = vocabularies().unit_kinds, vocabularies().places
        self.kind.choices = [(kind.code, in_language(kind.labels, language())) for kind in kinds]
        named = [(place.code, in_language(place.labels, language())) for place in places]
        self.ward_code.choices = [
            ("", gettext("None: for the whole city")),
            *sorted(named, key=lambda ward: collation_key(ward[1])),
        ]
        return self

    @property
    def name(self) -> dict[str, str]:
        """The name as a language map."""
        return {"vi": self.name_vi.data or "", "en": self.name_en.data or ""}

    def tell(self, refused: OerError) -> None:
        """Put what a service refused beside the field that it is about."""
        field = {"name": "name_vi"}.get(refused.field or "", refused.field or "code")
        self[field].errors = [*self[field].errors, error_message(refused)]


ROLE_NAMES = {
    Role.LEARNER: N_("Learner"),
    Role.EDUCATOR: N_("Educator"),
    Role.REVIEWER: N_("Reviewer"),
    Role.REPORTER: N_("Reporter"),
    Role.ADMIN: N_("Administrator"),
}
STATE_NAMES = {
    AccountState.UNCONFIRMED: N_("Not confirmed yet"),
    AccountState.ACTIVE: N_("Active"),
    AccountState.DISABLED: N_("Closed"),
    AccountState.SYSTEM: N_("The system itself"),
}
REQUEST_STATE_NAMES = {
    RoleRequestState.OPEN: N_("Waiting"),
    RoleRequestState.GRANTED: N_("Granted"),
    RoleRequestState.REFUSED: N_("Refused"),
}
