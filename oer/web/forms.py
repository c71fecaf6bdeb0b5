"""Forms: their token is checked with their fields, so that an expired one costs nobody the text that they typed."""

from typing import Any

from flask import Flask, g, request
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf, validate_csrf
from markupsafe import Markup
from wtforms import ValidationError

from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.web.context import SAFE_METHODS
from oer.web.languages import gettext

FORM_EXPIRED = N_(
    "This form was open for too long, or in another window. Your text is still here: please send it once more."
)
HOURS_12 = 12 * 3600

csrf = CSRFProtect()


class _Words:
    """WTForms' own messages go through our catalogues."""

    def gettext(self, text: str) -> str:
        return gettext(text)

    def ngettext(self, one: str, many: str, number: int) -> str:
        return gettext(one if number == 1 else many)


class Form(FlaskForm):  # type: ignore[misc]
    """A form with its token. Its handler must be marked `@form_checks_token`, and must ask `validate_on_submit`."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """Where its words come from."""

        def get_translations(self, _form: Any) -> _Words:
            """Return our own catalogue."""
            return _Words()

    def __init__(self, *given: Any, **values: Any) -> None:
        """Fill the form, its labels and descriptions in the language of this request."""
        super().__init__(*given, **values)
        for field in self:
            field.label.text = gettext(str(field.label.text))
            field.description = gettext(field.description) if field.description else ""

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the token and the fields."""
        valid = bool(super().validate(extra_validators))
        if "csrf_token" in self and self.csrf_token.errors:
            self.csrf_token.errors = [gettext(FORM_EXPIRED)]
            g.token_refused = True
        else:
            g.token_checked = True
        return valid

    @property
    def refusal_status(self) -> int:
        """The status of the page that shows the form again: 400 for its token, 422 for its fields."""
        return 400 if g.get("token_refused") else 422


def form_checks_token(view: Any) -> Any:
    """Mark a handler whose form checks the token itself, to show the typed text again if it expired."""
    view.form_checks_token = True
    return view


def require_token(given: str | None) -> None:
    """Raise Invalid unless `given` is a valid token: for handlers that read their body by themselves."""
    try:
        validate_csrf(given)
    except ValidationError:
        raise Invalid(FORM_EXPIRED, code="csrf") from None


def _csrf_field() -> Markup:
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def init_forms(app: Flask) -> None:
    """Refuse every unsafe request without a valid token, here or in its form; no handler is exempt."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["WTF_CSRF_TIME_LIMIT"] = HOURS_12
    app.config["WTF_CSRF_SSL_STRICT"] = False  # some privacy browsers send no Referer; the token is what counts
    csrf.init_app(app)
    app.jinja_env.globals["csrf_field"] = _csrf_field

    @app.before_request
    def _check_token() -> None:
        view = app.view_functions.get(request.endpoint or "")
        if request.method in SAFE_METHODS or view is None or getattr(view, "form_checks_token", False):
            return
        try:
            csrf.protect()
        except CSRFError:
            raise Invalid(FORM_EXPIRED, code="csrf") from None
