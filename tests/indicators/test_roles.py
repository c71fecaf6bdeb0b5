"""Every page of indicators for every role: a page that is new must be put into one of the three lists."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from oer.accounts.models import Account, Role
from oer.core.installation import Installation
from oer.files.services.ingest import receive_derived, save_derived_blob
from oer.indicators import jobs
from oer.indicators.computation.services import keep_figures_current
from oer.indicators.models.rounds import Evidence, Observation, Round, UnitReport
from oer.indicators.reports import services
from oer.indicators.reports.models import ReportBuild
from oer.indicators.services.entry import Entry, add_evidence, save_entry
from tests.accounts.factories import make_account, make_unit
from tests.indicators.factories import lines, make_reporter, make_round, report_of, ward
from tests.indicators.totals import add_use
from tests.indicators.visiting import Visitor, visit

SECRETS = ("12.3456", "12,3456", "12.35", "12,35", "Bí mật của phường", "biên bản mật.csv")
PUBLIC = {
    "figure", "figures_csv", "figures_metadata", "indicator", "public", "public_set", "published", "rows_csv",
    "set_file", "values_csv", "values_metadata", "api.figures", "api.one", "api.values",
}  # fmt: skip
# Of one unit: its own reporters and the administrators.
OWN = {
    "built_file", "built_page", "fetch_file", "own_builds", "remove_file", "report", "save_line",
    "sheet", "sheet_file", "submit_report",
}  # fmt: skip
STARTS = {"checks", "my_rounds", "overview"}
# Of a unit that checks lines of others' reports: tests/indicators/test_checking.py.
CHECKS = {"approve_checked", "check", "comment", "return_checked"}
# What a leader reads, too.
READERS = {
    "builds", "dashboard", "figure_versions", "review", "round_page", "round_values", "rounds", "set_page", "sets",
    "table", "tables",
}  # fmt: skip
ADMINS = READERS | {
    "add_target", "approve_report", "ask", "ask_to_freeze", "assignments", "correct_period", "drop_event",
    "drop_target", "end", "erratum", "freeze", "import_set", "line", "new_event", "new_round", "publish",
    "own_set_file", "remind_round", "reopen", "return_to_unit", "set_due_date", "take_in_table", "texts", "years",
    "years_file",
}  # fmt: skip


@dataclass
class Scene:
    """A ward's draft with evidence, the city's report of the round, and what stands in the addresses."""

    made: Round
    build: ReportBuild
    values: dict[str, object]


@pytest.fixture
def scene(installation: Installation, city: Session) -> Scene:
    department = make_unit(city, code="so-gddt", kind="department", name={"vi": "Sở Giáo dục và Đào tạo"})
    asked = lines(city, "387.1", "1.1.1.a")
    units = [department, ward(city), ward(city, "25807")]
    made = make_round(city, indicators=asked, units=units)
    report, line = report_of(city, made), lines(city, "387.1")[0]
    entry = Entry(value=Decimal("12.3456"), source="Bí mật của phường")
    save_entry(city, report, line, entry, revision=0, actor_id=None)
    with receive_derived(installation.storage, b"a;b\n", "text/csv") as received:
        blob = save_derived_blob(city, installation.storage, received)
    proof = add_evidence(city, report, line, blob, "biên bản mật.csv", None)
    asked_for = services.request_build(city, None, made, ward(city), "areas")
    add_use(city)
    values = {
        "round_id": made.id, "unit_code": "26506", "indicator_id": line.id, "evidence_id": proof.id,
        "build_id": asked_for.id, "language": "vi", "extension": "pdf", "kind": "areas", "code": "QD387",
        "line_code": "387.1", "target_id": 1, "table_id": 1, "period": "2026-03",
    }  # fmt: skip
    city.commit()
    jobs.build(installation, str(values["build_id"]))
    keep_figures_current(installation.database, date(2026, 4, 15))
    return Scene(made, asked_for, values)


def rules(app: Flask, names: set[str]) -> list[Rule]:
    found = {rule.endpoint.removeprefix("indicators.").replace("indicators_api.", "api."): rule for rule in all_of(app)}
    return [found[name] for name in sorted(names)]


def all_of(app: Flask) -> list[Rule]:
    """The pages in the first language; the second has the same handlers."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith(("indicators.", "indicators_api."))]
    return [rule for rule in rules if not rule.rule.startswith("/en")]


def address(rule: Rule, scene: Scene) -> str:
    values = dict(scene.values)
    if "/figures/" in rule.rule or "/api/" in rule.rule:
        values["code"] = "LC-09"
    if "/sets/<code>." in rule.rule:
        values["extension"] = "yaml"
    path = rule.rule
    for name in rule.arguments:
        for converter in ("", "int:", "path:"):
            path = path.replace(f"<{converter}{name}>", str(values.get(name, "")))
    return path


def account_for(city: Session, role: str) -> Account | None:
    units = {"own": "26506", "other ward": "25807"}
    if role in units:
        return make_reporter(city, ward(city, units[role]))
    if role == "department":
        return make_reporter(city, report_unit(city, "so-gddt"))
    if role == "nowhere":
        return make_account(city, Role.REPORTER)
    return None if role == "nobody" else make_account(city, Role(role))


def report_unit(city: Session, code: str):
    return city.scalars(sa.select(UnitReport).where(UnitReport.unit.has(code=code))).one().unit


def state_of(city: Session) -> list[tuple]:
    city.rollback()
    queries = (
        sa.select(Observation.id, Observation.value, Observation.revision),
        sa.select(UnitReport.id, UnitReport.state),
        sa.select(Evidence.id, Evidence.name),
        sa.select(ReportBuild.id, ReportBuild.state),
        sa.select(Round.id, Round.frozen_at, Round.due_on),
    )
    return [tuple(row) for query in queries for row in city.execute(query).all()]


def refused(visitor: Visitor, rule: Rule, scene: Scene) -> None:
    """Neither read nor write, in neither language, and not a word of the draft."""
    for prefix in ("", "/en"):
        path = prefix + address(rule, scene)
        if "GET" in (rule.methods or ()):
            answer = visitor.get(path)
            assert answer.status_code in {302, 403, 404}, path
            assert not [words for words in SECRETS if words in answer.text], path
        if "POST" in (rule.methods or ()):
            line = scene.values["indicator_id"]
            data = {"value": "1", f"l{line}-value": "1", "reason": "Không", "due_on": "2030-01-01", "kind": "areas"}
            answer = visitor.post_with_token(path, data, f"l{line}-csrf_token")
            assert answer.status_code in {302, 303, 401, 403, 404}, path
            if answer.status_code in {302, 303}:
                assert "/sign-in" in answer.location, path


def test_every_page_is_in_one_list(app: Flask) -> None:
    names = {rule.endpoint.removeprefix("indicators.").replace("indicators_api.", "api.") for rule in all_of(app)}
    assert names == PUBLIC | OWN | STARTS | ADMINS | CHECKS
    assert len(names) == len(PUBLIC) + len(OWN) + len(STARTS) + len(ADMINS) + len(CHECKS)


@pytest.mark.parametrize("role", ["nobody", "learner", "educator", "reviewer", "other ward", "department", "nowhere"])
def test_nobody_else_sees_or_changes_a_units_draft(app: Flask, city: Session, scene: Scene, role: str) -> None:
    visitor = visit(app, city, account_for(city, role))
    before = state_of(city)
    for rule in rules(app, OWN | ADMINS):
        refused(visitor, rule, scene)
    for rule in rules(app, PUBLIC | STARTS):
        answer = visitor.get(address(rule, scene))
        assert answer.status_code in {200, 302, 403, 404}, rule
        assert not [words for words in SECRETS if words in answer.text], rule
    assert state_of(city) == before


def test_its_own_reporter_has_the_units_pages_and_no_others(app: Flask, city: Session, scene: Scene) -> None:
    visitor = visit(app, city, account_for(city, "own"))
    for rule in rules(app, OWN):
        if "GET" in (rule.methods or ()):
            assert visitor.get(address(rule, scene)).status_code == 200, rule
    before = state_of(city)
    for rule in rules(app, ADMINS):
        refused(visitor, rule, scene)
    assert state_of(city) == before
    # The same addresses with the codes of others.
    for code in ("25807", "so-gddt", "27676", "nirgends"):
        scene.values["unit_code"] = code
        for rule in rules(app, OWN - {"built_file", "built_page"}):
            refused(visitor, rule, scene)
    assert state_of(city) == before


def test_a_leader_reads_everything_and_changes_nothing(app: Flask, city: Session, scene: Scene) -> None:
    visitor = visit(app, city, make_account(city, Role.LEADER))
    for rule in rules(app, READERS | {"fetch_file", "built_page", "built_file"}):
        found = 404 if rule.endpoint.endswith(".table") else 200
        shown = visitor.get(address(rule, scene))
        assert shown.status_code == found, rule
        if shown.mimetype == "text/html":
            main = shown.text.partition("<main")[2].partition("</main>")[0]
            assert 'method="post"' not in main, rule
    assert "12,35" in visitor.get(f"/admin/indicators/rounds/{scene.made.id}/26506").text
    before = state_of(city)
    for rule in rules(app, (OWN | ADMINS | CHECKS) - READERS - {"fetch_file", "built_page", "built_file"}):
        scene.values["checker"] = "so-gddt"
        if "POST" in (rule.methods or ()):
            assert visitor.post_with_token(address(rule, scene), {}).status_code in {403, 404}, rule
        else:
            assert visitor.get(address(rule, scene)).status_code in {403, 404}, rule
    assert state_of(city) == before


def test_an_administrator_has_every_page(app: Flask, city: Session, scene: Scene) -> None:
    visitor = visit(app, city, account_for(city, "admin"))
    for rule in rules(app, OWN | ADMINS | PUBLIC):
        if "GET" in (rule.methods or ()):
            # No table was taken in, and the round is not published.
            absent = rule.endpoint.endswith(("table", "published", "values_csv", "values_metadata", "api.values"))
            assert visitor.get(address(rule, scene)).status_code == (404 if absent else 200), rule


def test_public_pages_are_everybodys(app: Flask, city: Session, scene: Scene) -> None:
    visitor = visit(app, city, None)
    shown = PUBLIC - {"published", "values_csv", "values_metadata", "api.values"}
    for rule in rules(app, shown):
        assert visitor.get(address(rule, scene)).status_code == 200, rule
