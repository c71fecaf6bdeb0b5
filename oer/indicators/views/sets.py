"""Sets as an administrator maintains them: imported, read, corrected line by line, given targets."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.config import MIB
from oer.core.errors import OerError
from oer.core.spreadsheets import XLSX_TYPE
from oer.core.text import clean_line
from oer.indicators.forms import LineForm, SeriesForm, SetEndForm, SetFileForm, TargetForm
from oer.indicators.labels import VERIFICATION_LABELS
from oer.indicators.models.sets import Indicator, IndicatorSet
from oer.indicators.queries.sets import (
    corrections_of,
    current_sets,
    find_indicator,
    find_set,
    find_target_unit,
    units_of_targets,
    verification_counts,
    versions_of,
)
from oer.indicators.services.sets import correct_line, end_set, load_sets, remove_target, set_target, take_in_series
from oer.indicators.set_files.documents import SetDocument
from oer.indicators.set_files.files import read_set_file
from oer.indicators.set_files.filled_sheets import (
    Faults,
    is_own_set,
    read_own_set,
    read_years,
    write_own_set,
    write_years,
)
from oer.indicators.views.blueprint import administrator, blueprint, reader
from oer.web.context import commit_and_release, db, language
from oer.web.forms import form_checks_token
from oer.web.languages import gettext
from oer.web.request_validation import row_number

MOST_SET_BYTES = 10 * MIB


@blueprint.get("/admin/indicators/sets")
def sets() -> str:
    """List the sets with the verification of each."""
    reader()
    return _sets_page(SetFileForm())


def _sets_page(form: SetFileForm) -> str:
    listed = [(each, verification_counts(each.indicators)) for each in current_sets(db(), with_lines=True)]
    return render_template("indicators/sets.html", sets=listed, form=form)


@blueprint.post("/admin/indicators/sets")
@form_checks_token
def import_set() -> Response | tuple[str, int]:
    """Import a file of sets."""
    account = administrator()
    commit_and_release()
    request.max_content_length = MOST_SET_BYTES
    form = SetFileForm()
    if form.validate_on_submit():
        try:
            documents, faults = _read(form.file.data.read())
            outcomes = load_sets(db(), documents, account.id) if not faults else {}
        except OerError as refused:
            form.show_errors(refused, otherwise="file")
        else:
            if faults:
                form.show_errors(*faults, otherwise="file")
                return _sets_page(form), form.refusal_status
            flash(", ".join(f"{code}: {gettext(outcome)}" for code, outcome in outcomes.items()))
            return redirect(url_for("indicators.sets"), 303)
    return _sets_page(form), form.refusal_status


def _read(content: bytes) -> tuple[list[SetDocument], Faults]:
    """Return the sets of a file; of the sheet of an own set that has faults, all of them instead."""
    if not is_own_set(content):
        return read_set_file(content), []
    document, faults = read_own_set(content, language())
    return [document] if document else [], faults


@blueprint.get("/admin/indicators/sets/own.xlsx")
def own_set_file() -> Response:
    """Send the empty sheet of a set of one's own."""
    administrator()
    return _workbook(write_own_set(language()), "bo-chi-so.xlsx")


def _workbook(content: bytes, name: str) -> Response:
    response = Response(content, content_type=XLSX_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.get("/admin/indicators/sets/<code>/years.xlsx")
def years_file(code: str) -> Response:
    """Send the empty sheet for values of earlier years of a set."""
    administrator()
    return _workbook(write_years(find_set(db(), code).indicators, language()), f"{code}-years.xlsx")


@blueprint.route("/admin/indicators/sets/<code>/years", methods=["GET", "POST"])
@form_checks_token
def years(code: str) -> Response | tuple[str, int]:
    """Take in values of earlier years; of a file with a fault nothing is saved, and every fault is told at its cell."""
    account = administrator()
    if request.method == "POST":
        request.max_content_length = MOST_SET_BYTES
    found, form = find_set(db(), code), SeriesForm()
    if form.validate_on_submit():
        try:
            values, faults = read_years(form.file.data.read(), [each.code for each in found.indicators], language())
            form.show_errors(*faults, otherwise="file")
            if not faults:
                texts = {"vi": clean_line(form.name_vi.data or ""), "en": clean_line(form.name_en.data or "")}
                name, source = {key: text for key, text in texts.items() if text}, clean_line(form.source.data or "")
                added, changed = take_in_series(db(), account.id, found, name=name, source=source, values=values)
        except OerError as refused:
            form.show_errors(refused, otherwise="file")
        else:
            if not faults:
                flash(gettext("%(added)s values are new, %(changed)s were replaced.", added=added, changed=changed))
                return redirect(url_for("indicators.set_page", code=code), 303)
    return render_template("indicators/years.html", set=found, form=form), form.page_status


@blueprint.get("/admin/indicators/sets/<code>")
def set_page(code: str) -> str:
    """Show a version of a set with all its lines."""
    reader()
    found = find_set(db(), code, row_number(request.args.get("version")))
    return _set_page(found, SetEndForm(formdata=None, valid_to=found.valid_to))


def _set_page(found: IndicatorSet, form: SetEndForm) -> str:
    return render_template("indicators/set.html", set=found, versions=versions_of(db(), found.code), form=form)


@blueprint.post("/admin/indicators/sets/<code>/end")
@form_checks_token
def end(code: str) -> Response | tuple[str, int]:
    """Set the last day a set is in force."""
    account = administrator()
    form = SetEndForm()
    if form.validate():
        try:
            end_set(db(), code, form.valid_to.data, account.id)  # type: ignore[arg-type]
        except OerError as refused:
            form.show_errors(refused, otherwise="valid_to")
        else:
            flash(gettext("Saved."))
            return redirect(url_for("indicators.set_page", code=code), 303)
    return _set_page(find_set(db(), code), form), form.refusal_status


@blueprint.route("/admin/indicators/sets/<code>/lines/<line_code>", methods=["GET", "POST"])
@form_checks_token
def line(code: str, line_code: str) -> Response | tuple[str, int]:
    """Correct a line; earlier corrections are listed below."""
    account = administrator()
    found = find_indicator(db(), code, line_code)
    form = LineForm.of(found)
    if form.validate_on_submit():
        try:
            correct_line(
                db(), found, form.changes(_verification(found)), revision=form.revision.number, actor_id=account.id
            )
        except OerError as refused:
            form.show_errors(refused, otherwise="wording_vi")
            # The page lists the current text, so sending the form again is a deliberate replacement.
            form.revision.raw_data, form.revision.data = None, str(found.revision)
        else:
            flash(gettext("Saved."))
            return redirect(url_for("indicators.line", code=code, line_code=line_code), 303)
    return _line_page(found, form, TargetForm(formdata=None)), form.refusal_status if form.errors else 200


def _verification(found: Indicator) -> dict[str, str]:
    """Return the words chosen for each part; a part that was not sent, or with an unknown word, stays as it is."""
    typed = {part: request.form.get(f"verification-{part}", word) for part, word in found.verification.items()}
    return {part: word if word in VERIFICATION_LABELS else found.verification[part] for part, word in typed.items()}


def _line_page(found: Indicator, form: LineForm, target_form: TargetForm) -> str:
    return render_template(
        "indicators/line.html",
        indicator=found,
        form=form,
        target_form=target_form,
        units=units_of_targets(db(), found),
        corrections=corrections_of(db(), found.id),
    )


@blueprint.post("/admin/indicators/sets/<code>/lines/<line_code>/targets")
@form_checks_token
def add_target(code: str, line_code: str) -> Response | tuple[str, int]:
    """Set a target of the city or of one unit."""
    account = administrator()
    found = find_indicator(db(), code, line_code)
    form = TargetForm()
    if form.validate():
        try:
            _set(found, account.id, form)
        except OerError as refused:
            form.show_errors(refused, otherwise="value")
        else:
            flash(gettext("Saved."))
            return redirect(url_for("indicators.line", code=code, line_code=line_code, _anchor="targets"), 303)
    return _line_page(found, LineForm.of(found), form), form.refusal_status


def _set(found: Indicator, actor_id: int, form: TargetForm) -> None:
    code = (form.unit.data or "").strip()
    unit = find_target_unit(db(), code) if code else None
    details = {
        "source": form.source.data or "",
        "at_most": bool(form.at_most.data),
        "unit_id": unit.id if unit else None,
    }
    set_target(db(), found, actor_id, year=form.year.data, value=form.value.data, **details)  # type: ignore[arg-type]


@blueprint.post("/admin/indicators/sets/<code>/lines/<line_code>/targets/<int:target_id>/remove")
def drop_target(code: str, line_code: str, target_id: int) -> Response:
    """Remove a target that was set here."""
    account = administrator()
    remove_target(db(), find_indicator(db(), code, line_code), target_id, account.id)
    flash(gettext("The target has been removed."))
    return redirect(url_for("indicators.line", code=code, line_code=line_code, _anchor="targets"), 303)
