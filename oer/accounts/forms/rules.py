"""Checks of fields: the services' own rules, told in the reader's language."""

from collections.abc import Callable
from typing import Any

from wtforms import Field, ValidationError
from wtforms.validators import StopValidation

from oer.core.errors import Invalid
from oer.web.errors import message_of
from oer.web.languages import gettext

Check = Callable[[Any, Field], None]


def reads(rule: Callable[[str], str]) -> Check:
    """Return a check that replaces what was typed by what `rule` makes of it, or tells why it was refused."""

    def check(_form: Any, field: Field) -> None:
        try:
            field.data = rule(field.data or "")
        except Invalid as refused:
            raise ValidationError(message_of(refused)) from None

    return check


def needed(message: str) -> Check:
    """Return a check that something was typed or ticked."""

    def check(_form: Any, field: Field) -> None:
        if not field.data or (isinstance(field.data, str) and not field.data.strip()):
            raise StopValidation(gettext(message))

    return check


def at_most(count: int) -> Check:
    """Return a check that no more than so many characters were typed."""

    def check(_form: Any, field: Field) -> None:
        if len(field.data or "") > count:
            raise ValidationError(gettext("Use at most %(count)s characters.", count=count))

    return check


def typed(field: Field) -> str:
    """Return the text of a field, as its checks left it."""
    return field.data or ""
