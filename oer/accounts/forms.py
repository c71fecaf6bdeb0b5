"""Forms for signing in, one's own account, privacy, and the administration of accounts and units."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar

from wtforms import (
    BooleanField,
    EmailField,
    Field,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import StopValidation

from oer.accounts.models import OPTIONAL_PURPOSES, AccountState, Consent, Dimension, Purpose, Role, RoleRequestState
from oer.accounts.queries import PURPOSE_OF
from oer.accounts.services.consents import DISABILITY_ANSWERS, GENDERS, selectable_groups
from oer.accounts.services.passwords import check_password
from oer.accounts.services.profile import read_email, read_name
from oer.core.errors import Invalid
from oer.core.i18n import N_, in_language
from oer.core.text import clean_text
from oer.vietnamese.keys import collation_key
from oer.vocabularies import vocabularies
from oer.web.context import language
from oer.web.errors import error_message
from oer.web.forms import Form, MultiCheckboxField
from oer.web.languages import gettext

Check = Callable[[Any, Field], None]


def parsed_by(rule: Callable[[str], str]) -> Check:
    """Return a validator that replaces the field's text by `rule(text)`, or shows the error that `rule` raises."""

    def check(_form: Any, field: Field) -> None:
        try:
            field.data = rule(field.data or "")
        except Invalid as refused:
            raise ValidationError(error_message(refused)) from None

    return check


def required(message: str) -> Check:
    """Return a validator that refuses an empty field with `message`."""

    def check(_form: Any, field: Field) -> None:
        if not field.data or (isinstance(field.data, str) and not field.data.strip()):
            raise StopValidation(gettext(message))

    return check


def max_length(count: int) -> Check:
    """Return a validator that refuses more than `count` characters."""

    def check(_form: Any, field: Field) -> None:
        if len(field.data or "") > count:
            raise ValidationError(gettext("Use at most %(count)s characters.", count=count))

    return check


def text_of(field: Field) -> str:
    """Return the text of a field, as its validators left it."""
    return field.data or ""


KNOWN_PASSWORD = {"autocomplete": "current-password"}
FRESH_PASSWORD = {"autocomplete": "new-password"}
EMAIL = {"autocomplete": "email", "spellcheck": "false", "autocapitalize": "none"}
ENTER_PASSWORD = N_("Enter your password.")
PASSWORD_HINT = N_("At least 10 characters. A few words that do not usually go together work best; spaces are allowed.")


class SignInForm(Form):
    """E-mail address and password; `next` is the page to go to afterwards."""

    next = HiddenField()
    email = EmailField(
        N_("E-mail address"),
        [required(N_("Enter your e-mail address."))],
        render_kw={**EMAIL, "autocomplete": "username"},
    )
    password = PasswordField(N_("Password"), [required(ENTER_PASSWORD)], render_kw=KNOWN_PASSWORD)


LONGEST_ANSWER = 16 * 1024  # what a browser says of a passkey is 1 to 5 KB
CODE = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}


class SecondStepForm(Form):
    """A code, or what a script has put into `answer`: a passkey's signature."""

    answer = HiddenField(validators=[max_length(LONGEST_ANSWER)])
    code = StringField(N_("Code"), [max_length(100)], render_kw=CODE)


class ConfirmAgainForm(SecondStepForm):
    """The password too, and the page to go to afterwards."""

    next = HiddenField()
    current = PasswordField(N_("Your password"), [required(ENTER_PASSWORD)], render_kw=KNOWN_PASSWORD)


class PasskeySignInForm(Form):
    """A passkey's signature, and the page to go to afterwards."""

    next = HiddenField()
    answer = HiddenField(validators=[max_length(LONGEST_ANSWER)])


class AuthenticatorAppForm(Form):
    """The secret that was shown, encrypted, and the code that the app makes of it."""

    sealed = HiddenField(validators=[max_length(1000)])
    code = StringField(
        N_("Code that the app shows"),
        [required(N_("Enter the six digits that the app shows."))],
        render_kw={**CODE, "inputmode": "numeric", "maxlength": "10"},
    )


class PasskeyForm(Form):
    """A name for a new passkey, and what a script has put into `answer`: its public key."""

    answer = HiddenField(validators=[max_length(LONGEST_ANSWER)])
    name = StringField(
        N_("Name of this passkey"),
        [
            required(N_("Enter a name, so that you can tell your passkeys apart.")),
            parsed_by(clean_text),
            max_length(60),
        ],
        description=N_("For example the name of the phone, the computer or the security key."),
        render_kw={"autocomplete": "off"},
    )

    def validate_answer(self, field: Field) -> None:
        """Say what is missing where no script has asked the browser for a passkey."""
        if not field.data:
            raise ValidationError(gettext("Your browser has not made a passkey. It needs JavaScript for that."))


class EmailForm(Form):
    """An e-mail address alone."""

    email = EmailField(N_("E-mail address"), [parsed_by(read_email)], render_kw=EMAIL)


class NewPasswordForm(Form):
    """A new password. `personal` holds the person's name and address, which it must not be made of."""

    password = PasswordField(N_("New password"), render_kw=FRESH_PASSWORD, description=PASSWORD_HINT)
    personal: tuple[str, ...] = ()

    def validate_password(self, field: Field) -> None:
        """Refuse a weak password, with the reason."""
        try:
            check_password(field.data or "", self.personal)
        except Invalid as refused:
            raise ValidationError(error_message(refused)) from None


TOO_YOUNG = N_("Accounts are for people aged 16 and over. You can read and download without one, at any age.")
NOT_AGREED = N_("Without your consent we cannot create an account.")


class RegisterForm(NewPasswordForm):
    """Name, e-mail address, password, and two separate unticked boxes for age and consent."""

    name = StringField(N_("Your name"), [parsed_by(read_name)], render_kw={"autocomplete": "name"})
    email = EmailField(N_("E-mail address"), [parsed_by(read_email)], render_kw=EMAIL)
    password = PasswordField(N_("Password"), render_kw=FRESH_PASSWORD, description=PASSWORD_HINT)
    old_enough = BooleanField(
        N_("I am 16 or older."),
        [required(TOO_YOUNG)],
    )
    agreed = BooleanField(
        N_("I agree that my account data are stored as described."),
        [required(NOT_AGREED)],
    )

    def validate_password(self, field: Field) -> None:
        """Refuse a password that is weak for somebody who knows the person's name and address."""
        self.personal = (self.name.data or "", self.email.data or "")
        super().validate_password(field)


class IdentityAccountForm(Form):
    """A new account for an identity whose address is verified: name, and the two boxes of registering."""

    name = StringField(N_("Your name"), [parsed_by(read_name)], render_kw={"autocomplete": "name"})
    old_enough = BooleanField(N_("I am 16 or older."), [required(TOO_YOUNG)])
    agreed = BooleanField(N_("I agree that my account data are stored as described."), [required(NOT_AGREED)])


class ProfileForm(Form):
    """Name and language."""

    name = StringField(N_("Your name"), [parsed_by(read_name)], render_kw={"autocomplete": "name"})
    language = RadioField(N_("Language of e-mails"))

    def offer(self) -> "ProfileForm":
        """Set what can be chosen."""
        self.language.choices = [("vi", "Tiếng Việt"), ("en", "English")]
        return self


class ChangeEmailForm(EmailForm):
    """A new e-mail address, and the password to prove that the owner asks."""

    email = EmailField(N_("New e-mail address"), [parsed_by(read_email)], render_kw=EMAIL)
    current = PasswordField(N_("Your password"), [required(ENTER_PASSWORD)], render_kw=KNOWN_PASSWORD)


class ChangePasswordForm(NewPasswordForm):
    """The old password and a new one."""

    current = PasswordField(N_("Current password"), [required(ENTER_PASSWORD)], render_kw=KNOWN_PASSWORD)


class DeleteForm(Form):
    """The password, and a box to confirm the deletion."""

    current = PasswordField(N_("Your password"), [required(ENTER_PASSWORD)], render_kw=KNOWN_PASSWORD)
    sure = BooleanField(
        N_("Yes, delete my account and my data. This cannot be undone."),
        [required(N_("Tick the box to confirm."))],
    )


class RoleRequestForm(Form):
    """The unit for which somebody wants to create materials, and why."""

    unit = SelectField(N_("Unit"), [required(N_("Choose the unit that you work for."))])
    reason = TextAreaField(
        N_("What do you do there?"),
        [required(N_("Write a sentence or two to help us decide.")), max_length(1000), parsed_by(clean_text)],
        render_kw={"rows": "4"},
    )


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
    """A box for each purpose, and the optional declarations that depend on it."""

    error_inputs: ClassVar = {dimension.value: field for dimension, field in DIMENSION_FIELDS.items()}
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
    group = MultiCheckboxField(N_("Groups that I belong to"), validate_choice=False)
    disability_told = RadioField(N_("Do you have a disability?"), validate_choice=False)

    def offer(self, purposes: Collection[Purpose]) -> "PrivacyForm":
        """Set what can be chosen, and leave out the purposes that are not offered."""
        for purpose in OPTIONAL_PURPOSES:
            if purpose not in purposes:
                del self[purpose.value]
        self.ward.choices = [("", gettext("Prefer not to say")), *_wards()]
        self.gender.choices = _answers(GENDERS)
        self.group.choices = [(term.code, in_language(term.labels, language())) for term in selectable_groups()]
        self.disability_told.choices = _answers(DISABILITY_ANSWERS)
        return self

    def show(self, consents: Mapping[Purpose, Consent], told: Told) -> "PrivacyForm":
        """Fill in the consents and declarations in force."""
        for purpose in self._offered:
            self[purpose.value].data = purpose in consents
        for dimension, name in DIMENSION_FIELDS.items():
            values = told.get(dimension, [])
            self[name].data = values if dimension is Dimension.GROUP else next(iter(values), "")
        return self

    @property
    def _offered(self) -> list[Purpose]:
        return [purpose for purpose in OPTIONAL_PURPOSES if purpose.value in self]

    @property
    def wanted(self) -> set[Purpose]:
        """The purposes that are ticked."""
        return {purpose for purpose in self._offered if self[purpose.value].data}

    def told(self, before: Told) -> dict[Dimension, list[str]]:
        """Return the declarations of the form, less unchanged ones whose consent is withdrawn by the same form."""
        told = {dimension: _values(self[name].data) for dimension, name in DIMENSION_FIELDS.items()}
        return {
            dimension: values
            for dimension, values in told.items()
            if PURPOSE_OF[dimension] in self.wanted or values != before.get(dimension, [])
        }


def _wards() -> list[tuple[str, str]]:
    named = [(place.code, in_language(place.labels, language())) for place in vocabularies().places]
    return sorted(named, key=lambda ward: collation_key(ward[1]))


def _answers(words: Mapping[str, str]) -> list[tuple[str, str]]:
    return [("", gettext("Prefer not to say")), *((code, gettext(label)) for code, label in words.items())]


def _values(data: str | list[str] | None) -> list[str]:
    given = data if isinstance(data, list) else [data or ""]
    return [value for value in given if value.strip()]


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
        description=N_(
            "Lower-case letters, digits and hyphens. The code appears in files and addresses and cannot be changed "
            "later."
        ),
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


ROLE_NAMES = {
    Role.LEARNER: N_("Learner"),
    Role.EDUCATOR: N_("Educator"),
    Role.REVIEWER: N_("Reviewer"),
    Role.REPORTER: N_("Reporter"),
    Role.LEADER: N_("Leader (reads all of the indicators)"),
    Role.ADMIN: N_("Administrator"),
}
STATE_NAMES = {
    AccountState.UNCONFIRMED: N_("Not confirmed yet"),
    AccountState.ACTIVE: N_("Active"),
    AccountState.DISABLED: N_("Closed"),
    AccountState.SYSTEM: N_("System account"),
}
REQUEST_STATE_NAMES = {
    RoleRequestState.OPEN: N_("Waiting"),
    RoleRequestState.GRANTED: N_("Granted"),
    RoleRequestState.REFUSED: N_("Refused"),
}
