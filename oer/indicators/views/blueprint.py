"""Where the pages of indicators hang, who may see them, and what their templates can ask for."""

from decimal import Decimal

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

from oer.accounts.models import Account
from oer.accounts.permissions import Action, may, require, units_for
from oer.core.errors import NotFound
from oer.indicators.labels import (
    FEED_LABELS,
    LEVEL_LABELS,
    PART_LABELS,
    SOURCE_TYPE_LABELS,
    STATE_LABELS,
    VERIFICATION_LABELS,
)
from oer.indicators.models.rounds import UnitReport
from oer.indicators.plausibility import ValueWarning
from oer.indicators.quantities import show_figure, show_quantity
from oer.indicators.queries.rounds import NO_REPORT, find_report
from oer.indicators.queries.sets import least_verified
from oer.web.context import db, language
from oer.web.identity import current_account, require_account
from oer.web.languages import gettext

blueprint = Blueprint("indicators", __name__)


def administrator() -> Account:
    """Return the signed-in account, which may administer indicators. Raises SignInNeeded, Forbidden."""
    account: Account = require_account()
    require(account, Action.INDICATOR_ADMINISTER)
    return account


def is_administrator() -> bool:
    """Whether whoever asks may administer indicators."""
    return may(current_account(), Action.INDICATOR_ADMINISTER)


def own_report(round_id: int, unit_code: str) -> UnitReport:
    """Return a report that the signed-in account may enter.

    Raises NotFound for any other: nobody learns what another unit owes.
    """
    account = require_account()
    require(account, Action.INDICATOR_REPORT)
    found = find_report(db(), round_id, unit_code)
    units = units_for(account, Action.INDICATOR_REPORT)
    if units is not None and found.unit_id not in units:
        raise NotFound(NO_REPORT)
    return found


@blueprint.app_template_filter("quantity")
def quantity(value: Decimal | None, places: int | None = None) -> str:
    """Write a number as the language of this request does."""
    return show_quantity(value, language(), places)


@blueprint.app_template_filter("figure")
def figure(value: Decimal | None) -> str:
    """Write a figure as it is read: two decimals at most, four for what is smaller than one."""
    return show_figure(value, language())


@blueprint.app_template_filter("file_words")
def file_words(text: str) -> str:
    """Write what a data file says of a unit of measurement or of a set; it may hold a per cent sign."""
    return gettext(text)


@blueprint.app_template_filter("warning_words")
def warning_words(warned: ValueWarning) -> str:
    """Write a warning in the language of this request."""
    return gettext(warned.message, **{name: show_quantity(value, language()) for name, value in warned.values.items()})


@blueprint.record_once
def _give_words(state: BlueprintSetupState) -> None:
    # Globals rather than a context: macros that are imported see no context.
    state.app.jinja_env.globals.update(
        verification_of=least_verified,
        VERIFICATION_WORDS=VERIFICATION_LABELS,
        FEED_WORDS=FEED_LABELS,
        STATE_WORDS=STATE_LABELS,
        SOURCE_TYPE_WORDS=SOURCE_TYPE_LABELS,
        PART_WORDS=PART_LABELS,
        LEVEL_WORDS=LEVEL_LABELS,
    )
