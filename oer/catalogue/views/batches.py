"""Pages of batches: a folder, a ZIP or a sheet is brought, looked through, shown, and then becomes materials."""

import json
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts.models import Account
from oer.accounts.permissions import Action, may_in
from oer.catalogue.jobs.importing import FAULT_HEADINGS, told_faults
from oer.catalogue.schemas.sheets import columns
from oer.catalogue.services import batches
from oer.catalogue.upload_models import Batch, BatchKind, BatchState
from oer.catalogue.views.blueprint import blueprint, signed_in_for
from oer.core.errors import Invalid, OerError
from oer.core.i18n import N_, in_language
from oer.core.spreadsheets import CSV_TYPE, XLSX_TYPE, Cell, Sheet, write_csv, write_xlsx
from oer.core.text import clean_file_name
from oer.vocabularies import vocabularies
from oer.web.context import commit_and_release, db, language, settings
from oer.web.errors import error_message
from oer.web.forms import form_checks_token, require_token
from oer.web.languages import gettext
from oer.web.multipart import FormPart, form_parts

MOST_SHOWN = 200
_NOTHING = N_("Choose at least one file.")
_NO_SHEET = N_("Choose the sheet.")


@blueprint.route("/my/batches/new/<any(files, sheet):kind>", methods=["GET", "POST"])
@form_checks_token
def new_batch(kind: str) -> Response | str:
    """Offer to bring many files, or a sheet; take them, and have them looked through."""
    account = signed_in_for(Action.MATERIAL_CREATE)
    if request.method == "GET":
        begun = batches.open_batch(db(), account.id, BatchKind(kind))
        return render_template(
            "catalogue/new_batch.html", kind=kind, begun=begun, most_bytes=settings().max_upload_bytes
        )
    account_id = account.id
    commit_and_release()
    batch_id = _received(account_id, BatchKind(kind))
    if batch_id is None:
        words = _NO_SHEET if kind == "sheet" else _NOTHING
        flash(gettext(words), "error")
        return redirect(url_for("catalogue.new_batch", kind=kind), 303)
    return redirect(url_for("catalogue.batch", number=batch_id), 303)


class _Receiving:
    """A form whose files go into the folder of a batch, which begins with the first of them."""

    def __init__(self, account_id: int, kind: BatchKind) -> None:
        self._account_id, self._kind = account_id, kind
        self.fields: dict[str, str] = {}
        self.batch_id: int | None = None
        self.has_files = self.has_sheet = False
        self._filling: batches.Filling | None = None

    def take(self, part: FormPart) -> None:
        if part.file_name is None:
            self.fields[part.name] = part.text()
        elif part.file_name:
            require_token(self.fields.get("csrf_token"))
            filling = self._filling or self._begin()
            if part.name == "sheet":
                self.fields["name"] = clean_file_name(part.file_name)
                self.has_sheet = filling.put("sheet", part, below=".") is not None
            elif part.name == "archive":
                self.has_files |= filling.put(f"{filling.count}.zip", part, below="archives") is not None
            else:
                self.has_files |= filling.put(part.file_name, part) is not None

    def _begin(self) -> batches.Filling:
        account = db().get_one(Account, self._account_id)
        batch = batches.begin_batch(db(), settings(), account, self._kind)
        self.batch_id = batch.id
        self._filling = batches.Filling(db(), settings(), batch)
        commit_and_release()
        return self._filling

    def end(self) -> int | None:
        """Have the worker look at what came; None if that is nothing."""
        require_token(self.fields.get("csrf_token"))
        if "begin" in self.fields:  # its files come in pieces
            self._begin()
            return self.batch_id
        if self.batch_id is None or self._filling is None:
            return None
        batch = batches.own_batch(db(), self._account_id, self.batch_id, lock=True)
        if not (self.has_sheet if self._kind is BatchKind.SHEET else self.has_files or self._filling.refused):
            batches.discard_batch(db(), settings(), batch)
            return None
        batches.write_found(batches.folder_of(settings(), batch.id), self._filling.refused)
        batch.choices = {"name": self.fields.get("name", "")}
        batches.go_on(db(), settings(), batch, BatchState.CHECKING)
        return batch.id


def _received(account_id: int, kind: BatchKind) -> int | None:
    receiving = _Receiving(account_id, kind)
    try:
        for part in form_parts():
            receiving.take(part)
        return receiving.end()
    except OerError:
        if receiving.batch_id is not None:
            batches.discard_batch(db(), settings(), batches.own_batch(db(), account_id, receiving.batch_id))
            db().commit()
        raise


@blueprint.get("/my/batches/<int:number>")
def batch(number: int) -> str:
    """Show where a batch stands: what was found, what is wrong, what it became."""
    account = signed_in_for(Action.MATERIAL_CREATE)
    return _page(account, batches.own_batch(db(), account.id, number))


def _page(account: Account, found: Batch, refusals: list[str] | None = None) -> str:
    folder = batches.folder_of(settings(), found.id)
    files = batches.read_found(folder) if found.kind is BatchKind.FILES else []
    problem = found.report.get("problem")
    return render_template(
        "catalogue/batch.html",
        batch=found,
        good=[each for each in files if not each.problem],
        refused=[(each.path, gettext(each.problem, **_here(each.values))) for each in files if each.problem],
        faults=told_faults(_faults(found)[:MOST_SHOWN], language()) if found.kind is BatchKind.SHEET else [],
        problem=gettext(problem, **_here(found.report.get("values", {}))) if problem else "",
        most_shown=MOST_SHOWN,
        may_publish=_may_publish(account),
        refusals=refusals or [],
    )


def _here(values: dict[str, Any]) -> dict[str, Any]:
    return {key: in_language(value, language()) if isinstance(value, dict) else value for key, value in values.items()}


def _faults(found: Batch) -> list[list[Any]]:
    try:
        facts: list[list[Any]] = json.loads(
            (batches.folder_of(settings(), found.id) / "faults.json").read_text("utf-8")
        )
    except FileNotFoundError:
        return []
    return facts


def _may_publish(account: Account) -> bool:
    return may_in(account, Action.MATERIAL_ADMINISTER, None)


@blueprint.post("/my/batches/<int:number>/run")
def run_batch(number: int) -> Response | tuple[str, int]:
    """Make materials of a batch that was looked through."""
    account = signed_in_for(Action.MATERIAL_CREATE)
    found = batches.own_batch(db(), account.id, number, lock=True)
    batches.require_state(found, BatchState.CHECKED)
    try:
        if found.kind is BatchKind.FILES:
            batches.choose(found, request.form.get("as", ""), int(found.report.get("good", 0)))
        else:
            whole, publish = request.form.get("how") != "rows", "publish" in request.form and _may_publish(account)
            found.choices = {**found.choices, "whole": whole, "publish": publish}
    except Invalid as error:
        return _page(account, found, [error_message(error)]), 422
    batches.go_on(db(), settings(), found, BatchState.RUNNING)
    return redirect(url_for("catalogue.batch", number=number), 303)


@blueprint.post("/my/batches/<int:number>/check")
def check_batch(number: int) -> Response:
    """Have a batch looked through whose files came in pieces."""
    account = signed_in_for(Action.MATERIAL_CREATE)
    batches.check_batch(db(), settings(), batches.own_batch(db(), account.id, number, lock=True))
    return redirect(url_for("catalogue.batch", number=number), 303)


@blueprint.post("/my/batches/<int:number>/discard")
def discard_batch(number: int) -> Response:
    """Throw a batch away; the materials that it became stay."""
    account = signed_in_for(Action.MATERIAL_CREATE)
    batches.discard_batch(db(), settings(), batches.own_batch(db(), account.id, number, lock=True))
    flash(gettext("Discarded."))
    return redirect(url_for("catalogue.new"), 303)


@blueprint.get("/my/batches/<int:number>/faults.<any(csv, xlsx):ending>")
def batch_faults(number: int, ending: str) -> Response:
    """Give what is wrong in a sheet as a sheet."""
    account = signed_in_for(Action.MATERIAL_CREATE)
    found = batches.own_batch(db(), account.id, number)
    head = [gettext(heading) for heading in FAULT_HEADINGS]
    return _sheet(
        [Sheet(gettext("Faults"), told_faults(_faults(found), language()), head, filtered=True)], "faults", ending
    )


@blueprint.get("/my/batches/template.<any(csv, xlsx):ending>")
def sheet_template(ending: str) -> Response:
    """Give an empty sheet with all columns; a second one lists the codes that some of them take."""
    signed_in_for(Action.MATERIAL_CREATE)
    among = [column for column in columns() if column.code != "id"]
    codes = [
        [column.code, term.code, in_language(term.labels, language())]
        for column in among
        if column.field is not None and column.field.vocabulary
        for term in vocabularies().scheme(column.field.vocabulary)
    ]
    head = [gettext("Column"), gettext("Code"), gettext("Meaning")]
    first = Sheet(gettext("Materials"), [], [column.heading(language()) for column in among], escape=False)
    return _sheet([first, Sheet(gettext("Codes"), codes, head, filtered=True)], "template", ending)


def _sheet(sheets: list[Sheet], name: str, ending: str) -> Response:
    is_csv = ending == "csv"
    rows: list[list[Cell]] = [list(sheets[0].header), *(list(row) for row in sheets[0].rows)]
    response = make_response(write_csv(rows) if is_csv else write_xlsx(sheets))
    response.content_type = CSV_TYPE if is_csv else XLSX_TYPE
    response.headers["Content-Disposition"] = f"attachment; filename={name}.{ending}"
    return response
