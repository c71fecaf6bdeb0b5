"""No page asks the database more often because there is more to show."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from oer.accounts.models import TokenPurpose
from oer.app import build_app
from oer.catalogue.jobs import index_due
from oer.catalogue.queries.indexing import forget_freshness
from oer.core.clock import now
from oer.core.health import recent_readiness
from oer.core.installation import Installation
from oer.core.watching import recent_glance
from oer.indicators.computation.services import keep_figures_current
from oer.jobs.models import JobRun, Worker
from oer.search.queries.other_names import forget_names
from oer.statistics.services import usage_providers
from oer.usage.services.nightly import count_due_days
from tests.indicators.factories import load_all
from tests.indicators.totals import add_catalogue, add_people, add_use
from tests.indicators.visiting import Visitor, visit
from tests.usage.factories import spooled
from tests.web.rows import Rows, make_rows

FEW, MANY = 3, 30
STATEMENT = ("badge", "own_statement", "statement", "statement_pdf", "take_back")
# What is asked of the search index is completed by rows that a process keeps: those that it lacks take two statements.
SEARCHES = {"search_api.export", "search.results", "search.suggested", "search_api.materials", "exchange.search_feed"}
SEARCHES |= {"exchange.search_rss", "exchange.opds_search"}
# Not shown to anybody here: redirects, what is not set, a second step that has not begun, what needs a worker.
NOT_SHOWN = {
    *("accounts.kept_form", "accounts.second_step", "indicators.overview"),
    *("accounts.identity", "accounts.identity_account", "accounts.identity_back"),
    *("pages.emblem", "reading.file", "reading.timestamp", "monitoring.readyz", "learning.resume"),
}

Asked = tuple[int, list[str]]
"""The status of an answer, and the statements that were made for it."""


def values_of(rule: Rule, rows: Rows) -> dict[str, Any]:
    """What to put into the places of an endpoint's address, and behind its question mark."""
    room = rule.endpoint.partition(".")[0]
    by_room = {
        "catalogue": {"public_id": rows.draft.public_id},
        "catalogue_api": {"public_id": rows.read.public_id},
        "indicators": {
            "round_id": rows.published_round.id,
            "unit_code": "26506",
            "period": rows.period,
            "checker": rows.checker.code,
            "indicator_id": rows.line.id,
        },
        "city": {"public_id": rows.event.public_id},
        "indicators_api": {"round_id": rows.published_round.id, "code": "LC-09", "period": rows.period},
        "learning": {"public_id": rows.published.public_id, "token": "a"},
        "reading": {"public_id": rows.read.public_id, "number": 3},
        "statistics": {"name": "materials", "extension": "csv"},
    }
    counter = {"customer_id": "0" * 16, "requestor_id": f"{rows.unit.code}-key", "api_key": rows.counter_key}
    months = {"begin_date": "2026-03", "end_date": "2026-03"}
    line = {"code": rows.line.of_set.code, "line_code": rows.line.code}
    by_endpoint: dict[str, dict[str, Any]] = {
        "accounts.confirm": {"token": rows.tokens[TokenPurpose.CONFIRM]},
        "accounts.new_email": {"token": rows.tokens[TokenPurpose.NEW_EMAIL]},
        "accounts.reset": {"token": rows.tokens[TokenPurpose.RESET]},
        "accounts_admin.account": {"account_id": rows.people["educator"].id},
        "accounts_admin.unit": {"code": rows.unit.code},
        "city.change_registration": {"token": rows.registration_token},
        "city.check": {"public_id": rows.point.public_id},
        "city.edit_point": {"public_id": rows.point.public_id},
        "city.point": {"public_id": rows.point.public_id},
        "city.registration": {"token": rows.registration_token},
        "city.remove": {"public_id": rows.point.public_id},
        "catalogue_api.draft": {"public_id": rows.draft.public_id},
        "catalogue.ask_withdrawal": {"public_id": rows.published.public_id},
        "catalogue.begin_remix": {"public_id": rows.published.public_id},
        "catalogue.describe_collection": {"public_id": rows.collection.public_id},
        "catalogue.edit_collection": {"public_id": rows.collection.public_id},
        "catalogue.rename_part": {"public_id": rows.collection.public_id, "part_id": rows.collection.parts[0].id},
        "catalogue.courses_for": {"public_id": rows.published.public_id},
        "catalogue.edit_note": {"public_id": rows.collection.public_id, "number": rows.note},
        "catalogue.new_note": {"public_id": rows.collection.public_id},
        "catalogue.place_item": {"public_id": rows.collection.public_id, "material_id": rows.published.public_id},
        "catalogue.edit_in_review": {"public_id": rows.submitted.public_id},
        "catalogue.return_version": {"public_id": rows.submitted.public_id},
        "catalogue.review": {"public_id": rows.submitted.public_id},
        "catalogue.withdraw": {"public_id": rows.withdrawing.public_id},
        **{
            f"catalogue.{name}": {"number": rows.batch.id}
            for name in ("batch", "check_batch", "discard_batch", "run_batch")
        },
        "catalogue.batch_faults": {"number": rows.batch.id, "ending": "csv"},
        "catalogue.sheet_template": {"ending": "csv"},
        "catalogue.new_batch": {"kind": "files"},
        "catalogue_uploads.state": {"upload_id": rows.upload.id},
        "counter_api.members": counter,
        "counter_api.report": {"name": "ir", **counter, **months},
        "counter_api.reports": counter,
        "exchange.described": {"public_id": rows.published.public_id, "ending": "jsonld"},
        "exchange.oai": {"verb": "ListRecords", "metadataPrefix": "oai_lom"},
        "exchange.changes": {"ending": "rss"},
        "exchange.collection_feed": {"public_id": rows.collection.public_id, "ending": "rss"},
        "exchange.search_feed": {"q": "an toàn"},
        **{f"exchange.opds{name}": {"face": "opds"} for name in ("", "_collections", "_new", "_search")},
        "exchange.opds_collection": {"face": "opds2", "public_id": rows.collection.public_id},
        "exchange.opds_term": {"face": "opds2", "kind": "subjects", "code": "bas.song"},
        "exchange.opds_terms": {"face": "opds2", "kind": "levels"},
        "exchange.embed": {"public_id": rows.published.public_id},
        "exchange.oembed": {"url": f"http://localhost/materials/{rows.published.public_id}"},
        "exchange.search_rss": {"q": "an toàn"},
        "exchange.sitemap_part": {"number": 2},
        "indicators.assignments": {"round_id": rows.open_round.id},
        "indicators.check": {"round_id": rows.open_round.id},
        "exchange.term_feed": {"kind": "subjects", "code": "bas.song", "ending": "rss"},
        "exchange.unit_feed": {"code": rows.unit.code, "ending": "atom"},
        "indicators.built_file": {"build_id": rows.build.id, "language": "vi", "extension": "pdf"},
        "indicators.built_page": {"build_id": rows.build.id, "language": "vi"},
        "indicators.erratum": {"round_id": rows.open_round.id, "indicator_id": rows.line.id},
        "indicators.fetch_file": {"round_id": rows.open_round.id, "evidence_id": rows.evidence.id},
        "indicators.figure": {"code": "LC-09"},
        "indicators.indicator": line,
        "indicators.line": line,
        "indicators.public_set": line,
        "indicators.report": {"round_id": rows.open_round.id},
        "indicators.review": {"round_id": rows.open_round.id},
        "indicators.rows_csv": {"code": "LC-09", "period": "2026-03"},
        "indicators.sheet": {"round_id": rows.open_round.id},
        "indicators.sheet_file": {"round_id": rows.open_round.id},
        "indicators.set_file": {**line, "extension": "xlsx"},
        "indicators.set_page": line,
        "indicators.years": line,
        "indicators.years_file": line,
        "indicators.table": {"table_id": rows.table.id},
        "indicators.texts": {"kind": "areas"},
        "learning.edit_practice": {"public_id": rows.draft.public_id},
        "learning.export_gift": {"public_id": rows.draft.public_id},
        "learning.export_qti": {"public_id": rows.draft.public_id, "version": "3.0"},
        "learning.keep_search": {"q": "an toàn"},
        "learning.problem": {"report_id": rows.problem.id},
        "learning.ticket": {"secret": rows.ticket},
        **{f"learning.{name}": {"voice_id": rows.question} for name in ("answer", "report_voice", "review_voice")},
        "learning.change_voice": {"voice_id": rows.question},
        "learning.take_back_voice": {"voice_id": rows.question},
        "learning.ask_for_statement": {"public_id": rows.collection.public_id},
        **{f"learning.{name}": {"code": rows.statement} for name in STATEMENT},
        "learning.statement_key": {"kid": rows.statement_key},
        "learning.shared": {"token": rows.share_token},
        "learning.show_list": {"number": rows.own_list},
        "pages.audience": {"code": "workers"},
        "pages.collection": {"public_id": rows.collection.public_id},
        "pages.collection_picture": {"public_id": rows.collection.public_id},
        "pages.level": {"code": "thpt"},
        "pages.person": {"name": "kho học liệu mở thành phố hồ chí minh"},
        "pages.subject": {"code": "bas.song"},
        "pages.unit": {"code": rows.unit.code},
        "reading.captions": {"number": 6},
        "reading.course_chat_picture": {"public_id": rows.collection.public_id},
        "reading.download_course": {"public_id": rows.collection.public_id},
        "reading.member": {"number": 1, "place": 1},
        "reading.page_image": {"number": 2, "page": 1},
        "reading.picture": {"number": 5, "name": "book/images/dia-an.png"},
        "reading.read": {"number": 2},
        "reading.course_to_keep": {"public_id": rows.collection.public_id},
        "reading.show": {"number": 4},
        "search.pick_materials": {"public_id": rows.collection.public_id, "q": "an toàn"},
        "reading.whole": {"number": 5},
        "search.results": {"q": "an toàn"},
        "search.suggested": {"q": "an"},
        "search_api.export": {"q": "an toàn"},
        "search_api.materials": {"q": "an toàn"},
        "static": {"filename": "look.css"},
        "statistics.counter_file": {"name": "ir", "extension": "tsv", **months},
        "statistics.demand_export": {"name": "queries"},
        "statistics.people_export": {"name": "people", "by": "ward", "period": "2026-03"},
    }
    given = by_endpoint.get(rule.endpoint, {})
    usual = {name: value for name, value in by_room.get(room, {}).items() if name in rule.arguments or name == "period"}
    return {**usual, **given}


def get_rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]


@contextmanager
def statements(installation: Installation) -> Iterator[list[str]]:
    """Gives the statements made meanwhile: on SQLite those by the driver itself too, which SQLAlchemy does not see."""
    made: list[str] = []
    traced: list[Any] = []
    engine = installation.database.engine

    def trace(connection: Any, *_more: Any) -> None:
        connection.set_trace_callback(made.append)
        traced.append(connection)

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        made.append(statement)

    listening = ("checkout", trace) if engine.dialect.name == "sqlite" else ("before_cursor_execute", note)
    event.listen(engine, *listening)
    try:
        yield made
    finally:
        event.remove(engine, *listening)
        for connection in traced:  # else what the test itself asks next would count
            connection.set_trace_callback(None)


def visit_all(installation: Installation, session: Session, count: int) -> dict[tuple[str, str], Asked]:
    """Make so many rows, and visit every page as everybody; give what was asked by endpoint and visitor."""
    rows = make_rows(installation, session, count)
    session.commit()
    spooled(installation, rows.events)
    count_due_days(installation.database, now() + timedelta(days=1))
    index_due(installation)
    app = build_app(installation)
    visitors = {name: visit(app, session, account) for name, account in {"nobody": None, **rows.people}.items()}
    found: dict[tuple[str, str], Asked] = {}
    for rule in get_rules(app):
        with app.test_request_context():
            address = app.url_for(rule.endpoint, **values_of(rule, rows))
        session.commit()
        for name, visitor in visitors.items():
            found[rule.endpoint, name] = _visited(installation, visitor, address)
    return found


def forget_recent(installation: Installation) -> None:
    """Let a page ask anew what is kept for seconds: else its statements depend on when the page before was asked."""
    usage_providers._keys.clear()  # kept for a minute, which a busy machine may need for a round
    recent_readiness.forget(installation)
    recent_glance.forget(installation)
    forget_freshness(installation.database.engine)
    forget_names(installation.database.engine)


def _visited(installation: Installation, visitor: Visitor, address: str) -> Asked:
    for pause in (0.0, 2.0, 5.0):  # on a busy machine the picture of a page comes later
        time.sleep(pause)
        forget_recent(installation)
        with statements(installation) as made, visitor.client.get(address) as answer:
            _ = answer.data
        if answer.status_code != 503 or address.endswith("/readyz"):
            break
    return answer.status_code, made


@pytest.fixture
def uncached(installation: Installation) -> Installation:
    """The installation, with a figure of every kind and without rendered pages from before."""
    with installation.database.transaction() as session:
        load_all(session)
        add_people(session)
        add_use(session)
        add_catalogue(session)
        # The indexer is at work: else what search asks about it depends on the second in which a page is visited.
        session.add(Worker(id="a", host="a", beat_at=now()))
        session.flush()
        session.add(JobRun(worker_id="a", name="catalogue.index", finished_at=now() + timedelta(hours=1)))
    keep_figures_current(installation.database, date(2026, 4, 15))
    return replace(installation, settings=replace(installation.settings, page_cache_bytes=0))


def test_no_page_asks_the_database_more_often_because_there_is_more_to_show(
    uncached: Installation, session: Session
) -> None:
    few, many = (visit_all(uncached, session, count) for count in (FEW, MANY))
    shown_to_nobody = {endpoint for endpoint, _ in many} - {
        each[0] for each, (status, _) in many.items() if status == 200
    }
    assert shown_to_nobody == NOT_SHOWN
    for each in many:
        assert few[each][0] == many[each][0], f"{each}: {few[each][0]} with few rows, {many[each][0]} with many"
    assert not [
        f"{endpoint} for {visitor}: {len(before)} -> {len(after)}, among them {growth(before, after)}"
        for (endpoint, visitor), (_, after) in many.items()
        for before in [few[endpoint, visitor][1]]
        if len(after) > len(before) + (2 if endpoint in SEARCHES else 0)
    ]


def growth(before: list[str], after: list[str]) -> str:
    """The statement that was added most often."""
    without_values = [
        Counter(re.sub(r"'[^']*'|\b\d+\b", "?", " ".join(each.split())) for each in made) for made in (after, before)
    ]
    (statement, times), *_ = (without_values[0] - without_values[1]).most_common(1)
    return f"{times} times {statement[:60]} … {statement[-120:]}"
