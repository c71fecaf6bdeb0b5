"""One line saved: its values and, in the same form, a file of evidence, so that neither costs a reporter the other."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request
from werkzeug.datastructures import CombinedMultiDict, FileStorage, MultiDict
from werkzeug.wrappers import Response

from oer.config import MIB
from oer.core.errors import OerError
from oer.files.services import Received, keep, receive
from oer.indicators.forms.entry import EntryForm
from oer.indicators.models import UnitReport
from oer.indicators.queries.entry import Cell, cell_of
from oer.indicators.services.entry import ChangedMeanwhile, save_entry
from oer.indicators.services.evidence import add_evidence, require_evidence
from oer.indicators.views.blueprint import blueprint, own_report
from oer.indicators.views.lines import LineView
from oer.indicators.views.reporting import report_address, report_page, targets_beside
from oer.web.context import db, engines, keep_nothing, release
from oer.web.forms import form_checks_token
from oer.web.identity import signed_in
from oer.web.languages import gettext

MOST_BYTES = 50 * MIB
Answered = Response | tuple[str, int]


@blueprint.post("/my/reports/<int:round_id>/<unit_code>/<int:indicator_id>")
@form_checks_token
def save_line(round_id: int, unit_code: str, indicator_id: int) -> Answered:
    """Save one line. Whatever is wrong is told at its field, on the page with everything that was typed."""
    cell_of(db(), own_report(round_id, unit_code), indicator_id)
    release()  # nobody waits for the database while a file comes over a slow line, and is looked through
    request.max_content_length = 2 * MOST_BYTES  # a file that is too large is told at its field, up to this
    sent: list[MultiDict[str, Any]] = [request.files, request.form]
    with ExitStack() as held:
        received, refused = None, None
        try:
            received = held.enter_context(_received(request.files.get(f"l{indicator_id}-evidence")))
        except OerError as error:
            refused = error
        found = own_report(round_id, unit_code)
        cell = cell_of(db(), found, indicator_id)
        form = EntryForm.of(cell, CombinedMultiDict(sent))
        return _save(found, cell, form, received, refused)


@contextmanager
def _received(file: FileStorage | None) -> Iterator[Received | None]:
    if file is None or not file.filename:
        yield None
        return
    opened = engines()
    with receive(opened.storage, opened.scanner, file.stream, file.filename, limit=MOST_BYTES) as received:
        require_evidence(received.media_type)
        yield received


def _save(
    found: UnitReport, cell: Cell, form: EntryForm, received: Received | None, refused: OerError | None
) -> Answered:
    valid = form.validate()
    if refused is not None:
        form.tell_file(refused)
    if not valid or refused is not None:
        return _again(found, cell, form, refused.status if valid and refused else form.refusal_status)
    try:
        _write(found, cell, form, received)
    except ChangedMeanwhile as changed:
        return _conflict(found, cell, form, changed)
    except OerError as error:
        form.tell(error, cell.indicator.answer)
        return _again(found, cell, form, error.status)
    return _saved(found, cell.indicator.id)


def _write(found: UnitReport, cell: Cell, form: EntryForm, received: Received | None) -> None:
    actor_id, line = signed_in().id, cell.indicator
    save_entry(db(), found, line, form.entry(line.answer), revision=form.read_revision, actor_id=actor_id)
    if received is not None:
        add_evidence(db(), found, line, keep(db(), engines().storage, received), received.name, actor_id)


def _conflict(found: UnitReport, cell: Cell, form: EntryForm, changed: ChangedMeanwhile) -> Answered:
    # Sent once more, it is meant: what the other saved was seen.
    form.revision.raw_data, form.revision.data = None, str(changed.observation.revision)
    view = LineView(cell, form, theirs=changed.observation, differing=changed.differing)
    return _again(found, cell, form, changed.status, view)


def _again(found: UnitReport, cell: Cell, form: EntryForm, status: int, view: LineView | None = None) -> Answered:
    shown = replace(view or LineView(cell, form), is_open=True)
    page = _line(found, shown) if "X-Line-Only" in request.headers else report_page(found, instead=shown)
    keep_nothing()
    return page, status


def _line(found: UnitReport, view: LineView) -> str:
    targets = targets_beside(found, [view.cell.indicator.set_id])
    return render_template("indicators/_line.html", report=found, line=view, targets=targets)


def _saved(found: UnitReport, indicator_id: int) -> Answered:
    if "X-Line-Only" in request.headers:
        db().expire_all()  # the line's evidence may have grown
        cell = cell_of(db(), found, indicator_id)
        view = LineView(cell, EntryForm.of(cell), is_open=True, just_saved=True)
        return _line(found, view), 200
    flash(gettext("Saved."))
    return redirect(report_address(found, line=indicator_id, _anchor=f"line-{indicator_id}"), 303)
