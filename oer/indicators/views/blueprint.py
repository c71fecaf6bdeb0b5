"""The blueprint of the indicator pages, who may see them, and the filters and globals of their templates."""

from decimal import Decimal

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

from oer.accounts.models import Account
from oer.accounts.permissions import Action, may, require, units_for
from oer.accounts.queries import account_names
from oer.core.errors import NotFound
from oer.indicators.labels import (
    FEED_LABELS,
    LEVEL_LABELS,
    PART_LABELS,
    SOURCE_TYPE_LABELS,
    STATE_LABELS,
    VERIFICATION_LABELS,
)
from oer.indicators.models.rounds import LineComment, UnitReport
from oer.indicators.plausibility import ValueWarning
from oer.indicators.quantities import show_figure, show_quantity
from oer.indicators.queries.entry import comments_of
from oer.indicators.queries.rounds import NO_REPORT, find_report, parts_of
from oer.indicators.services.entry import MOST_EVIDENCE_BYTES
from oer.web.context import db, language
from oer.web.identity import current_account, require_account
from oer.web.languages import gettext

blueprint = Blueprint("indicators", __name__)


def administrator() -> Account:
    """Return the signed-in account, which may administer indicators. Raises SignInNeeded, Forbidden."""
    account: Account = require_account()
    require(account, Action.INDICATOR_ADMINISTER)
    return account


def reader() -> Account:
    """Return the signed-in account, which may read all of the indicators. Raises SignInNeeded, Forbidden."""
    account: Account = require_account()
    require(account, Action.INDICATOR_READ)
    return account


def is_administrator() -> bool:
    """Whether the requester may administer indicators."""
    return may(current_account(), Action.INDICATOR_ADMINISTER)


def own_report(round_id: int, unit_code: str) -> UnitReport:
    """Return a report that the signed-in account may enter.

    Raises NotFound for any other, so that nobody learns what another unit has to report.
    """
    account = require_account()
    require(account, Action.INDICATOR_REPORT)
    found = find_report(db(), round_id, unit_code)
    units = units_for(account, Action.INDICATOR_REPORT)
    if units is not None and found.unit_id not in units:
        raise NotFound(NO_REPORT)
    return found


def checked_or_own_report(round_id: int, unit_code: str) -> UnitReport:
    """Return a report that the signed-in account may enter, or of which a unit of theirs checks lines. As above."""
    units = units_for(require_account(), Action.INDICATOR_REPORT)
    found = find_report(db(), round_id, unit_code) if units else None
    if found is not None and units and any(part.unit.id in units for part in parts_of(db(), found)):
        return found
    return own_report(round_id, unit_code)


def said_at(report: UnitReport) -> dict[int, list[tuple[LineComment, str]]]:
    """Return what was said at the lines of a report, each with who said it: a name, or what is left of one."""
    found = comments_of(db(), report.id)
    authors = {each.written_by_id for said in found.values() for each in said if each.written_by_id is not None}
    names = account_names(db(), authors) if authors else {}
    return {line: [(each, names.get(each.written_by_id or 0, "")) for each in said] for line, said in found.items()}


@blueprint.app_template_filter("quantity")
def quantity(value: Decimal | None, places: int | None = None) -> str:
    """Return a number written in the language of this request."""
    return show_quantity(value, language(), places)


@blueprint.app_template_filter("figure")
def figure(value: Decimal | None) -> str:
    """Return a figure with at most two decimals, four if it is smaller than one."""
    return show_figure(value, language())


@blueprint.app_template_filter("file_text")
def file_text(text: str) -> str:
    """Translate a text of a data file (a unit, a remark about a set); it may contain a per cent sign."""
    return gettext(text)


@blueprint.app_template_filter("unit_after")
def unit_after(unit: str) -> str:
    """Return the unit that stands after a value: none where it is only a number or a ratio."""
    return "" if unit in {"number", "ratio"} else gettext(unit)


@blueprint.app_template_filter("warning_text")
def warning_text(warned: ValueWarning) -> str:
    """Return a warning in the language of this request."""
    return gettext(warned.message, **{name: show_quantity(value, language()) for name, value in warned.values.items()})


@blueprint.record_once
def _add_labels(state: BlueprintSetupState) -> None:
    # Globals, because imported macros do not see the context of the page.
    state.app.jinja_env.globals.update(
        VERIFICATION_LABELS=VERIFICATION_LABELS,
        FEED_LABELS=FEED_LABELS,
        STATE_LABELS=STATE_LABELS,
        SOURCE_TYPE_LABELS=SOURCE_TYPE_LABELS,
        PART_LABELS=PART_LABELS,
        LEVEL_LABELS=LEVEL_LABELS,
        may_administer_indicators=is_administrator,
        MOST_EVIDENCE_BYTES=MOST_EVIDENCE_BYTES,
    )
