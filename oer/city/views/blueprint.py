"""The blueprint of the city's pages, who may edit what, and what their templates ask."""

from datetime import datetime

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

from oer.accounts.models import Unit
from oer.accounts.permissions import Action, require, units_for
from oer.accounts.queries import all_units
from oer.city.forms import KIND_LABELS
from oer.city.models import CityEvent, LearningPoint
from oer.city.queries import NO_EVENT, NO_POINT, find_event, find_point, wards_of
from oer.city.schemas import ward_name, where_of
from oer.core.clock import city_time
from oer.core.errors import NotFound
from oer.web.context import db, language
from oer.web.identity import require_account

blueprint = Blueprint("city", __name__)


def own_unit_ids() -> frozenset[int] | None:
    """Return the units for which the requester edits points and events; None: all. Raises SignInNeeded, Forbidden."""
    account = require_account()
    require(account, Action.CITY_EDIT)
    return units_for(account, Action.CITY_EDIT)


def own_units() -> list[Unit]:
    """Return the units in whose name the requester may hold events."""
    mine = own_unit_ids()
    return [each for each in all_units(db()) if mine is None or each.id in mine]


def own_wards() -> frozenset[str] | None:
    """Return the wards whose learning points the requester edits; None means all."""
    return wards_of(db(), own_unit_ids())


def own_point(public_id: str) -> LearningPoint:
    """Return a point that the requester may edit. Raises NotFound for any other."""
    wards = own_wards()
    found = find_point(db(), public_id)
    if wards is not None and found.ward_code not in wards:
        raise NotFound(NO_POINT)
    return found


def own_event(public_id: str) -> CityEvent:
    """Return an event that the requester may edit. Raises NotFound for any other."""
    mine = own_unit_ids()
    found = find_event(db(), public_id, public=False)
    if mine is not None and found.unit_id not in mine:
        raise NotFound(NO_EVENT)
    return found


@blueprint.app_template_filter("city_hour")
def city_hour(moment: datetime) -> str:
    """Return the hour of a moment in the city: 18:30."""
    return f"{city_time(moment):%H:%M}"


def _place(event: CityEvent) -> str:
    return where_of(event, language())


def _ward(code: str) -> str:
    return ward_name(code, language())


@blueprint.record_once
def _add_globals(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals.update(POINT_KINDS=KIND_LABELS, place_of_event=_place, ward_name=_ward)
