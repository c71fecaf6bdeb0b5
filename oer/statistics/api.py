"""COUNTER's API, Release 5.1 (Code of Practice, section 8): status without a key, everything else with one."""

import json
from typing import Any

from flask import Blueprint, Response, request

from oer.core.clock import today
from oer.core.i18n import in_language
from oer.core.links import Links
from oer.statistics.queries.counter import available_months
from oer.statistics.schemas.counter_reports import Host, make_report
from oer.statistics.schemas.counter_requests import RELEASE, REPORTS, WORLD_ID, WORLD_NAME, CounterError, read_request
from oer.statistics.services.counter_keys import is_requestor, key_of
from oer.web.context import db, settings

blueprint = Blueprint("counter_api", __name__, url_prefix="/r51")
DESCRIPTION = "COUNTER reports of {name}"


def host() -> Host:
    """Return the reporting platform, as named in the settings."""
    names = {"vi": settings().site_name, "en": settings().site_name_en}
    return Host(
        settings().platform_id, in_language(names, "vi"), Links(settings().base_url), settings().counter_registry_record
    )


def _json(value: Any, status: int = 200) -> Response:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Response(body, status, content_type="application/json; charset=utf-8")


@blueprint.errorhandler(CounterError)
def _refuse(error: CounterError) -> Response:
    return _json(error.exception, error.status)


def _require_key() -> None:
    """Check the request's key. Raises CounterError (1030, 2000, 2010 or 2020)."""
    given = request.args
    missing = [name for name in ("customer_id", "api_key") if not given.get(name)]
    if missing:
        raise CounterError(1030, ", ".join(missing))
    requestor = given.get("requestor_id")
    if requestor and not is_requestor(db(), requestor):
        raise CounterError(2000)
    key = key_of(db(), given["api_key"])
    if key is None or (requestor and key.requestor_id != requestor):
        raise CounterError(2020)
    if given["customer_id"] != WORLD_ID:
        raise CounterError(2010)
    if given.get("platform") and given["platform"] != settings().platform_id:
        raise CounterError(1030, "platform")


@blueprint.get("/status")
def status() -> Response:
    """Report that the service is up."""
    here = host()
    known = {"Registry_Record": here.registry_record} if here.registry_record else {}
    return _json([{"Description": DESCRIPTION.format(name=here.name), "Service_Active": True, **known}])


@blueprint.get("/members")
def members() -> Response:
    """List the institutions with reports: only "The World"."""
    _require_key()
    return _json([{"Institution_Name": WORLD_NAME, "Customer_ID": WORLD_ID}])


@blueprint.get("/reports")
def reports() -> Response:
    """List the reports and the months available."""
    _require_key()
    months = available_months(db())
    first, last = (f"{month:%Y-%m}" for month in ((months[0], months[-1]) if months else (today(), today())))
    return _json(
        [
            {
                "Report_Name": each.name,
                "Report_ID": each.identifier,
                "Release": RELEASE,
                "Report_Description": each.description,
                "Path": f"/r51/reports/{path}",
                "First_Month_Available": first,
                "Last_Month_Available": last,
            }
            for path, each in REPORTS.items()
        ]
    )


@blueprint.get("/reports/<any(pr, pr_p1, ir, ir_m1):name>")
def report(name: str) -> Response:
    """Send one report."""
    _require_key()
    asked = read_request(REPORTS[name], request.args, available_months(db()), today())
    return _json(make_report(db(), asked, host()))
