"""Forms. Their token is checked with their fields, so that nobody loses what they typed to an expired one."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from flask import Flask, g, request
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf, validate_csrf
from flask_wtf.csrf import _FlaskFormCSRF as FormToken
from flask_wtf.form import _Auto
from markupsafe import Markup
from werkzeug.datastructures import CombinedMultiDict
from wtforms import DateField, Field, FieldList, FormField, HiddenField, SelectMultipleField, ValidationError
from wtforms.csrf.core import CSRFTokenField
from wtforms.widgets import CheckboxInput, ListWidget

from oer.core.clock import DAY_FORMATS, NOT_A_DAY, read_day
from oer.core.errors import Invalid, OerError
from oer.core.i18n import LANGUAGES, N_
from oer.web.context import SAFE_METHODS
from oer.web.errors import error_message
from oer.web.languages import gettext
from oer.web.signatures import form_token_is_recent

FORM_EXPIRED = N_("This form has expired or was used in another window. Your text is still here: please send it again.")
TOKEN_SECONDS = 12 * 3600
IN_LANGUAGE = "in_language"

csrf = CSRFProtect()


class _Translations:
    """Translates WTForms' own messages by our catalogues."""

    def gettext(self, text: str) -> str:
        return gettext(text)

    def ngettext(self, one: str, many: str, number: int) -> str:
        return gettext(one if number == 1 else many)


class _RecentToken(FormToken):  # type: ignore[misc]
    """The token of a form: of this browser's session, and not older than TOKEN_SECONDS."""

    def validate_csrf_token(self, form: Any, field: Any) -> None:
        """Raise ValidationError for any other."""
        super().validate_csrf_token(form, field)
        if not form_token_is_recent(field.data or "", TOKEN_SECONDS) and not g.get("csrf_valid"):
            raise ValidationError("The CSRF token has expired.")


class Form(FlaskForm):  # type: ignore[misc]
    """A form with a CSRF token. Its view must be marked `@form_checks_token` and call `validate_on_submit`."""

    error_inputs: ClassVar[Mapping[str, str]] = {}
    """Inputs at which errors of other fields are shown, where the names differ: {"time_required": "hours"}."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """Where its translations come from, and how its token is checked."""

        csrf_class = _RecentToken

        def get_translations(self, _form: Any) -> _Translations:
            """Return our own catalogue."""
            return _Translations()

        def wrap_formdata(self, _form: Any, formdata: Any) -> Any:
            """Return the fields and files of a form: a JSON body is none, whatever Flask-WTF makes of it."""
            if formdata is not _Auto:
                return formdata
            if request.method in SAFE_METHODS:
                return None
            return CombinedMultiDict((request.files, request.form))

    def __init__(self, *given: Any, **values: Any) -> None:
        """Fill the form, and translate its labels and descriptions into the language of this request."""
        super().__init__(*given, **values)
        for field in self:
            field.label.text = gettext(str(field.label.text))
            field.description = gettext(field.description) if field.description else ""

    @property
    def is_only_shown(self) -> bool:
        """Whether it was sent to be shown in another language, with what was typed: nothing is checked or done."""
        return IN_LANGUAGE in request.form

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the token and the fields."""
        if self.is_only_shown:
            return False
        valid = bool(super().validate(extra_validators))
        if "csrf_token" in self and self.csrf_token.errors:
            self.csrf_token.errors = [gettext(FORM_EXPIRED)]
            g.token_refused = True
        else:
            g.token_checked = True
        return valid

    @property
    def page_status(self) -> int:
        """The status of the page that shows the form: 200, or `refusal_status` where it shows errors."""
        return self.refusal_status if self.errors else 200

    @property
    def is_token_refused(self) -> bool:
        """Whether its token was found wrong or old."""
        return bool(g.get("token_refused"))

    @property
    def refusal_status(self) -> int:
        """The status of the page that shows the form again: 400 for its token, 422 for its fields."""
        return 400 if self.is_token_refused else 422

    def faults(self) -> Iterator[tuple[str, str]]:
        """Give each error with the id of its input, as the summary names it: "Author 2, ORCID iD: ..."."""
        for each in self:
            yield from _faults_of(each, "" if isinstance(each, CSRFTokenField) else _name_of(each))

    def show_errors(self, *errors: OerError, otherwise: str = "") -> None:
        """Put each error beside the input of its field, else beside the input `otherwise`, else above the form.

        A field may be a path, such as `creators[1].orcid`, `title.vi` (the input `title_vi`) or `subjects[0]`.
        """
        for error in errors:
            found = self._input_of(error.field or "") or self._fields.get(otherwise)
            if found is None:
                self.form_errors.append(error_message(error))
            else:
                found.errors = [*found.errors, error_message(error)]
        for rows in self:
            if isinstance(rows, FieldList):  # it noted the errors of its rows when it was validated
                own = [error for error in rows.errors if isinstance(error, str)]
                rows.errors = [*own, *(each.errors for each in rows.entries if each.errors)]

    def _input_of(self, path: str) -> Field | None:
        entry = re.fullmatch(r"(\w+)\[(\d+)\]\.(\w+)", path)
        rows = self._fields.get(entry[1]) if entry else None
        if entry and isinstance(rows, FieldList):
            place = int(entry[2])
            return rows.entries[place].form[entry[3]] if place < len(rows.entries) else rows
        plain = re.sub(r"\[\d+\]", "", path)
        first_language = f"{plain}_{LANGUAGES[0]}"
        names = (self.error_inputs.get(plain), plain, plain.replace(".", "_"), first_language, plain.rpartition(".")[2])
        return next((self._fields[name] for name in names if name in self._fields), None)


def _name_of(field: Field) -> str:
    return gettext(str(field.label.text)).rstrip("?: ")


def _faults_of(field: Field, name: str) -> Iterator[tuple[str, str]]:
    for error in field.errors if not isinstance(field, FormField) else ():
        if isinstance(error, str):
            yield (field.id, f"{name}: {error}") if name else ("", error)
    if isinstance(field, FieldList):
        for number, entry in enumerate(field.entries, 1):
            yield from _faults_of(entry, f"{name} {number}")
    if isinstance(field, FormField):
        for each in field.form:
            yield from _faults_of(each, f"{name}, {_name_of(each)}")


class MultiCheckboxField(SelectMultipleField):
    """Several choices, a checkbox for each."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class RevisionField(HiddenField):
    """The revision that the page was made from: what others have changed since then is not overwritten."""

    @property
    def number(self) -> int:
        """The revision, 0 where the form does not say it."""
        text = str(self.data or "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def form_checks_token(view: Any) -> Any:
    """Mark a view whose form checks the token itself, to show what was typed again if the token has expired."""
    view.form_checks_token = True
    return view


def require_token(given: str | None) -> None:
    """Raise Invalid unless `given` is a valid token: for views that read the request's body as a stream."""
    try:
        validate_csrf(given)
    except ValidationError:
        raise Invalid(FORM_EXPIRED, code="csrf") from None
    if not form_token_is_recent(given or "", TOKEN_SECONDS):
        raise Invalid(FORM_EXPIRED, code="csrf")


def _csrf_field() -> Markup:
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def init_forms(app: Flask) -> None:
    """Refuse every unsafe request without a valid token, here or in its form. No view is exempt."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # `form_token_is_recent` judges: the library knows no leeway
    app.config["WTF_CSRF_SSL_STRICT"] = False  # some privacy browsers send no Referer, and the token is enough
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
        if not form_token_is_recent(csrf._get_csrf_token() or "", TOKEN_SECONDS):
            raise Invalid(FORM_EXPIRED, code="csrf")


class DayField(DateField):
    """A date, from the browser's date picker or typed as day/month/year."""

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(label, format=DAY_FORMATS, **options)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read a date; empty means none. Raises ValueError with a translated message if it is not a date."""
        typed = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if not typed:
            return
        try:
            self.data = read_day(typed)
        except Invalid:
            raise ValueError(gettext(NOT_A_DAY, typed=typed[:40])) from None
