"""The page on which educators write the self-check of a draft; readers practise at `oer.reading.views.practice`."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from flask import flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from oer.catalogue.models import Material
from oer.catalogue.queries.materials import material_to_edit
from oer.core.errors import Invalid, NotFound
from oer.core.i18n import N_
from oer.core.seen import FIELD as SEEN
from oer.core.seen import ChangedMeanwhile, seen_of
from oer.learning.forms import SelfCheckForm
from oer.learning.gift import read_gift, write_gift
from oer.learning.qti_reading import read_qti
from oer.learning.qti_writing import write_item, write_qti
from oer.learning.self_checks import (
    EXAMPLE,
    MOST_LETTERS,
    MOST_QUESTIONS,
    TOO_LONG,
    Fault,
    FaultyText,
    Question,
    parse,
    shown_number,
    write,
)
from oer.learning.services.practice import seen_parts, set_self_check
from oer.learning.views.blueprint import blueprint
from oer.web.context import db, language
from oer.web.forms import form_checks_token
from oer.web.identity import require_account
from oer.web.languages import gettext

LINE = N_("Line %(line)s: %(reason)s")
FILE_LINE = N_("%(file)s, line %(line)s: %(reason)s")
MOST_NAME = 120
NO_QUESTION = N_("There is no such question.")
MOST_GIFT = 5 * MOST_LETTERS


@blueprint.route("/my/materials/<public_id>/practice", methods=["GET", "POST"])
@form_checks_token
def edit_practice(public_id: str) -> Response | str | tuple[str, int]:
    """Show the questions of a draft, preview what was typed, take in GIFT or QTI, or save."""
    material = material_to_edit(db(), require_account(), public_id)
    form = SelfCheckForm() if request.method == "POST" else SelfCheckForm(text=material.draft.self_check)
    if not form.validate_on_submit():
        return _edit_page(form, material), form.page_status
    if request.form.get("do") in ("import", "import-qti"):
        return _imported(form, material, _read_gift if request.form["do"] == "import" else _read_qti)
    if request.form.get("do") == "preview":
        return _edit_page(form, material, _previewed(form)), form.page_status
    try:
        questions = set_self_check(db(), material, form.text.data or "", request.form.get(SEEN, ""))
    except FaultyText as error:
        _show_faults(form, error.faults)
        return _edit_page(form, material), form.refusal_status
    except ChangedMeanwhile as error:
        return _edit_page(form, material, theirs=material.draft.self_check), error.status
    flash(gettext("Saved: %(count)s questions.", count=len(questions)), "good")
    return redirect(url_for("catalogue.edit", public_id=public_id), 303)


def _previewed(form: SelfCheckForm) -> list[Question]:
    try:
        return parse(form.text.data or "")
    except FaultyText as error:
        _show_faults(form, error.faults)
        return []


_Told = tuple[list[Question], list[str]]


def _read_gift(form: SelfCheckForm) -> _Told:
    text = form.gift.data or ""
    if len(text) > MOST_GIFT:
        raise Invalid(TOO_LONG, field="gift", most=MOST_GIFT)
    read, left_out = read_gift(text, (gettext("True"), gettext("False")))
    if not read and not left_out:
        raise Invalid(N_("There is no question in it."), field="gift")
    form.gift.data = ""
    return read, [gettext(LINE, line=fault.line, reason=_reason(fault)) for fault in left_out]


def _read_qti(form: SelfCheckForm) -> _Told:
    content = form.qti.data.read() if form.qti.data else b""
    if not content:
        raise Invalid(N_("Choose a file first."), field="qti")
    read = read_qti(content, form.qti.data.filename or "")
    if not read.questions and not read.left_out:
        raise Invalid(N_("There is no question in it."), field="qti")
    told = ((file[:MOST_NAME], fault) for file, fault in read.left_out)
    return read.questions, [
        gettext(FILE_LINE, file=file, line=fault.line, reason=_reason(fault)) for file, fault in told
    ]


def _imported(form: SelfCheckForm, material: Material, read: Callable[[SelfCheckForm], _Told]) -> tuple[str, int]:
    try:
        questions, left_out = read(form)
    except Invalid as error:
        form.show_errors(error)
        return _edit_page(form, material), form.refusal_status
    before = (form.text.data or "").strip()
    form.text.data = f"{before}\n\n{write(questions)}" if before and questions else before or write(questions)
    return _edit_page(form, material, _previewed(form), left_out=left_out, taken=len(questions)), form.page_status


def _show_faults(form: SelfCheckForm, faults: Sequence[Fault]) -> None:
    form.show_errors(*(Invalid(LINE, field="text", line=fault.line, reason=_reason(fault)) for fault in faults))


def _reason(fault: Fault) -> str:
    return gettext(fault.reason, **fault.values)


def _edit_page(
    form: SelfCheckForm,
    material: Material,
    previewed: Sequence[Question] = (),
    *,
    left_out: Sequence[str] = (),
    taken: int | None = None,
    theirs: str | None = None,
) -> str:
    fresh = request.method == "GET" or theirs is not None
    return render_template(
        "learning/edit_practice.html",
        form=form,
        material=material,
        version=material.draft,
        seen=seen_of(seen_parts(material.draft)) if fresh else request.form.get(SEEN, ""),
        previewed=previewed,
        left_out=left_out,
        taken=taken,
        theirs=theirs,
        example=EXAMPLE[language()],
        most=(MOST_QUESTIONS, MOST_LETTERS),
    )


@blueprint.get("/my/materials/<public_id>/practice.gift")
def export_gift(public_id: str) -> Response:
    """Send the questions of the newest version as a GIFT file."""
    material = material_to_edit(db(), require_account(), public_id)
    sent = Response(write_gift(parse(material.newest_version.self_check)), mimetype="text/plain")
    sent.headers["Content-Disposition"] = f'attachment; filename="self-check-{material.public_id}.gift"'
    return sent


@blueprint.get("/my/materials/<public_id>/practice-qti-<any('2.1', '3.0'):version>")
def export_qti(public_id: str, version: str) -> Response:
    """Send the questions of the newest version as a package of QTI; one of them, by its number, as an item."""
    material = material_to_edit(db(), require_account(), public_id)
    newest = material.newest_version
    questions, language_of_it = parse(newest.self_check), (newest.record.get("language") or ["vi"])[0]
    name = f"self-check-{material.public_id}-qti-{version}"
    if "question" in request.args:
        number = request.args.get("question", 0, type=int)
        if not 1 <= number <= len(questions):
            raise NotFound(NO_QUESTION)
        content = write_item(questions[number - 1], version, language_of_it, number)
        name, kind = f"{name}-{number}.xml", "application/xml"
    else:
        content, kind = write_qti(questions, version, language_of_it), "application/zip"
        name = f"{name}.zip"
    sent = Response(content, mimetype=kind)
    sent.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return sent


def _figure_words(value: Decimal) -> str:
    return shown_number(value, "," if language() == "vi" else ".")


@blueprint.record_once
def _add_template_globals(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals.update(questions_of=parse, figure_words=_figure_words)
