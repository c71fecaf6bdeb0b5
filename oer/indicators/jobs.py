"""Background jobs of indicators: building reports, computing figures, reminding reporters."""

import logging

from oer.core.clock import city_date, today
from oer.core.health import readiness_check
from oer.core.i18n import LANGUAGES
from oer.core.installation import Installation
from oer.core.leases import Lease, LeaseLost
from oer.core.responsible import responsible
from oer.files.services.ingest import receive_derived, save_derived_blob
from oer.indicators.computation.services import keep_figures_current
from oer.indicators.queries.overview import latest_period
from oer.indicators.queries.rounds import reports_to_remind
from oer.indicators.reports.assembly import assemble
from oer.indicators.reports.document import ReportDocument
from oer.indicators.reports.form import FormDetails
from oer.indicators.reports.models import FORM, ReportBuild
from oer.indicators.reports.services import add_report_file, claim_build, due_builds, finish_build
from oer.indicators.reports.writers import MEDIA_TYPES, WRITERS
from oer.indicators.services.notifications import remind
from oer.jobs.queue import SOMEBODY_WAITS, every, job

log = logging.getLogger(__name__)
HOUR = 3600
# Reminders go out a week and a day before the due date, and a day after it.
REMIND_DAYS = (7, 1, -1)


@job("indicators.build", priority=SOMEBODY_WAITS)
def build(installation: Installation, identifier: str) -> None:
    """Build a report that was requested, unless another worker has it."""
    build_id = int(identifier)
    with installation.database.transaction() as session:
        lease = claim_build(session, build_id)
    if lease is None:
        return
    try:
        _build(installation, lease)
    except LeaseLost:
        log.warning("report %s was taken over by another worker: what this one made is dropped", build_id)


def _build(installation: Installation, lease: Lease) -> None:
    problem = ""
    try:
        _write_all(installation, lease)
    except LeaseLost:
        raise
    except Exception as error:  # shown on the report's page, tried again, and given up in the end
        log.exception("report %s could not be built", lease.row_id)
        problem = f"{type(error).__name__}: {error}"
    with installation.database.transaction() as session:
        finish_build(session, lease, problem)


def _write_all(installation: Installation, lease: Lease) -> None:
    with installation.database.reading() as session:
        found = session.get_one(ReportBuild, lease.row_id)
        details = FormDetails.read(found.facts.get(FORM, {}))
        agency = responsible(installation.settings).agency
        write = assemble(session, found.round, found.unit, found.kind, details, agency)
        stem = f"{found.kind}-{found.unit.code if found.unit else 'city'}-{found.round.period.name.replace('/', '--')}"
        documents = {language: write(language) for language in LANGUAGES}
    for language, document in documents.items():
        for format_ in WRITERS:
            _write(installation, lease, document, format_, f"{stem}-{language}.{format_}")


def _write(installation: Installation, lease: Lease, document: ReportDocument, format_: str, name: str) -> None:
    content = WRITERS[format_](document)
    with (
        receive_derived(installation.storage, content, MEDIA_TYPES[format_]) as received,
        installation.database.transaction() as session,
    ):
        blob = save_derived_blob(session, installation.storage, received)
        add_report_file(session, lease, document.language, format_, name, blob)


@every(60, "indicators.builds")
def sweep_builds(installation: Installation) -> None:
    """Build what is due: its wake-up may have been lost, or its worker may have died."""
    with installation.database.reading() as session:
        due = due_builds(session)
    for build_id in due:
        build(installation, str(build_id))


@every(6 * HOUR, "indicators.figures")
def refresh_figures(installation: Installation) -> None:
    """Recompute the computed indicators, and close periods whose months are closed."""
    closed = keep_figures_current(installation.database, today())
    if closed:
        log.info("computed indicators are closed for %s", ", ".join(closed))


@readiness_check("indicators")
def figures_are_there(installation: Installation) -> str:
    """Tell whether there are figures to show: `refresh_figures` makes the first ones when a worker starts."""
    with installation.database.reading() as session:
        return "" if latest_period(session) else "the figures are not computed yet"


@every(HOUR, "indicators.reminders")
def send_reminders(installation: Installation) -> None:
    """Remind units once a day of reports that are due soon, or were due yesterday."""
    with installation.database.transaction() as session:
        due = [
            report
            for report in reports_to_remind(session, today(), REMIND_DAYS)
            if report.reminded_at is None or city_date(report.reminded_at) != today()
        ]
        if due:
            log.info("%s reminders of reports are on their way", remind(session, due))
