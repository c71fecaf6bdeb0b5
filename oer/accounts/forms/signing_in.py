"""Signing in, registering, recovering."""

from wtforms import BooleanField, EmailField, Field, HiddenField, PasswordField, StringField, ValidationError

from oer.accounts.forms.rules import needed, reads
from oer.accounts.services import check_password, read_email, read_name
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.web.errors import message_of
from oer.web.forms import Form

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
        [needed(N_("Enter your e-mail address."))],
        render_kw={**EMAIL, "autocomplete": "username"},
    )
    password = PasswordField(N_("Password"), [needed(ENTER_PASSWORD)], render_kw=KNOWN_PASSWORD)


class EmailForm(Form):
    """An e-mail address alone."""

    email = EmailField(N_("E-mail address"), [reads(read_email)], render_kw=EMAIL)


class NewPasswordForm(Form):
    """A new password; `personal` are the texts about the person that it must not be made of."""

    password = PasswordField(N_("New password"), render_kw=FRESH_PASSWORD, description=PASSWORD_HINT)
    personal: tuple[str, ...] = ()

    def validate_password(self, field: Field) -> None:
        """Refuse what is guessed soon, with the reason."""
        try:
            check_password(field.data or "", self.personal)
        except Invalid as refused:
            raise ValidationError(message_of(refused)) from None


class RegisterForm(NewPasswordForm):
    """Name, e-mail address, password, age and consent, each apart and unticked."""

    name = StringField(N_("Your name"), [reads(read_name)], render_kw={"autocomplete": "name"})
    email = EmailField(N_("E-mail address"), [reads(read_email)], render_kw=EMAIL)
    password = PasswordField(N_("Password"), render_kw=FRESH_PASSWORD, description=PASSWORD_HINT)
    old_enough = BooleanField(
        N_("I am 16 years old or older."),
        [needed(N_("An account is for people of 16 or older. Reading and downloading need none, at any age."))],
    )
    agreed = BooleanField(
        N_("I agree that my account is kept as described."),
        [needed(N_("Without your consent we cannot keep an account."))],
    )

    def validate_password(self, field: Field) -> None:
        """Refuse what is guessed soon by somebody who knows the person's name and address."""
        self.personal = (self.name.data or "", self.email.data or "")
        super().validate_password(field)
