"""What people change about their own account."""

from wtforms import BooleanField, EmailField, PasswordField, RadioField, SelectField, StringField, TextAreaField

from oer.accounts.forms.rules import at_most, needed, reads
from oer.accounts.forms.signing_in import EMAIL, ENTER_PASSWORD, KNOWN_PASSWORD, EmailForm, NewPasswordForm
from oer.accounts.services import read_email, read_name, read_text
from oer.core.i18n import N_
from oer.web.forms import Form


class ProfileForm(Form):
    """Name and language."""

    name = StringField(N_("Your name"), [reads(read_name)], render_kw={"autocomplete": "name"})
    language = RadioField(N_("Language of our mails"))

    def offer(self) -> "ProfileForm":
        """Set what can be chosen."""
        self.language.choices = [("vi", "Tiếng Việt"), ("en", "English")]
        return self


class ChangeEmailForm(EmailForm):
    """A new e-mail address, and the password to show that it is the account's owner who asks."""

    email = EmailField(N_("New e-mail address"), [reads(read_email)], render_kw=EMAIL)
    current = PasswordField(N_("Your password"), [needed(ENTER_PASSWORD)], render_kw=KNOWN_PASSWORD)


class ChangePasswordForm(NewPasswordForm):
    """The old password and a new one."""

    current = PasswordField(N_("Your password until now"), [needed(ENTER_PASSWORD)], render_kw=KNOWN_PASSWORD)


class DeleteForm(Form):
    """The password, and a tick that it is meant."""

    current = PasswordField(N_("Your password"), [needed(ENTER_PASSWORD)], render_kw=KNOWN_PASSWORD)
    sure = BooleanField(
        N_("Yes, delete my account and what is kept about me. This cannot be undone."),
        [needed(N_("Tick the box if you are sure."))],
    )


class RoleRequestForm(Form):
    """For which unit somebody wants to make materials, and why."""

    unit = SelectField(N_("Unit"), [needed(N_("Choose the unit that you work for."))])
    reason = TextAreaField(
        N_("What do you do there?"),
        [needed(N_("Write a sentence or two, so that we can decide.")), at_most(1000), reads(read_text)],
        render_kw={"rows": "4"},
    )
