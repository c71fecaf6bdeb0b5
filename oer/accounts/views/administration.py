"""Administration of accounts, role requests and units."""

import json
from collections.abc import Set

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts import queries
from oer.accounts.audit_words import ACTIONS, SUBJECTS, details_in_words
from oer.accounts.forms import REQUEST_STATE_NAMES, ROLE_NAMES, STATE_NAMES, GrantForm, UnitForm
from oer.accounts.models import AccountState, Role, RoleRequestState, Unit
from oer.accounts.services.administration import (
    decide_role_request,
    disable_account,
    enable_account,
    grant_role,
    revoke_role,
)
from oer.accounts.services.second_factors import reset_second_factors
from oer.accounts.services.units import change_unit, create_unit
from oer.accounts.views.blueprint import admin, page_number
from oer.core.audit import AuditFilters, audit_records, audit_words
from oer.core.clock import read_day
from oer.core.db import page_of
from oer.core.errors import Conflict, Invalid
from oer.core.i18n import N_, in_language
from oer.core.seen import FIELD as SEEN
from oer.core.seen import ChangedMeanwhile, seen_of
from oer.core.spreadsheets import CSV_TYPE, write_csv
from oer.core.text import clean_text
from oer.vietnamese.keys import collation_key
from oer.vocabularies import vocabularies
from oer.web.context import db, language
from oer.web.forms import form_checks_token
from oer.web.identity import require_account
from oer.web.languages import gettext
from oer.web.request_validation import row_number


@admin.get("/accounts")
def accounts() -> str:
    """List accounts, filtered by name or address, role and state."""
    asked = {name: request.args.get(name, "") for name in ("q", "role", "state")}
    found = queries.list_accounts(
        db(),
        words=asked["q"],
        role=Role(asked["role"]) if asked["role"] in set(Role) else None,
        state=AccountState(asked["state"]) if asked["state"] in set(AccountState) else None,
        page=page_number(request.args.get("page")),
    )
    waiting = queries.list_role_requests(db(), RoleRequestState.OPEN).total
    words = {"role_names": ROLE_NAMES, "state_names": STATE_NAMES}
    return render_template("accounts/admin/accounts.html", found=found, asked=asked, waiting=waiting, **words)


@admin.route("/accounts/<int:account_id>", methods=["GET", "POST"])
@form_checks_token
def account(account_id: int) -> Response | tuple[str, int]:
    """Show an account; grant it a role."""
    found = queries.find_account(db(), account_id)
    units = [(unit.code, in_language(unit.name, language())) for unit in queries.all_units(db())]
    roles = [(role.value, gettext(ROLE_NAMES[role])) for role in Role if role is not Role.LEARNER]
    form = GrantForm().offer(roles, units)
    if not form.validate_on_submit():
        page = render_template(
            "accounts/admin/account.html",
            found=found,
            form=form,
            role_names=ROLE_NAMES,
            state_names=STATE_NAMES,
            second_step=queries.has_second_factor(db(), found.id),
            is_own=found.id == require_account().id,
        )
        return page, form.page_status
    unit = queries.find_unit_by_code(db(), form.unit.data) if form.unit.data else None
    grant_role(db(), require_account().id, found.id, Role(form.role.data), unit)
    return _back(account_id, gettext("The role has been granted."))


@admin.post("/accounts/<int:account_id>/roles/<int:grant_id>/revoke")
def revoke(account_id: int, grant_id: int) -> Response:
    """Revoke a role."""
    actor_id = require_account().id
    revoke_role(db(), actor_id, grant_id)
    if account_id == actor_id:  # the administrator may have lost access to this page
        return redirect(url_for("accounts.own_page"), 303)
    return _back(account_id, gettext("The role has been removed."))


@admin.post("/accounts/<int:account_id>/second-step/reset")
def reset_second_step(account_id: int) -> Response:
    """Remove the second factors of somebody who has lost them."""
    reset_second_factors(db(), require_account().id, account_id)
    return _back(account_id, gettext("The second step has been removed, and the person has been told by e-mail."))


@admin.post("/accounts/<int:account_id>/disable")
def disable(account_id: int) -> Response:
    """Close an account."""
    disable_account(db(), require_account().id, account_id)
    return _back(account_id, gettext("The account has been closed and signed out everywhere."))


@admin.post("/accounts/<int:account_id>/enable")
def enable(account_id: int) -> Response:
    """Reopen a closed account."""
    enable_account(db(), require_account().id, account_id)
    return _back(account_id, gettext("The account has been reopened."))


def _back(account_id: int, words: str) -> Response:
    flash(words)
    return redirect(url_for("accounts_admin.account", account_id=account_id), 303)


LONGEST_ANSWER = 1000


@admin.get("/role-requests")
def role_requests() -> str:
    """List role requests by state."""
    return _requests_page()


def _requests_page(changed: int | None = None) -> str:
    """Render the list; `changed` is the id of a request that changed while somebody decided on it."""
    asked = request.args.get("state", "")
    state = RoleRequestState(asked) if asked in set(RoleRequestState) else RoleRequestState.OPEN
    found = queries.list_role_requests(db(), state, page_number(request.args.get("page")))
    return render_template(
        "accounts/admin/role_requests.html",
        found=found,
        state=state,
        state_names=REQUEST_STATE_NAMES,
        seen={each.id: seen_of(each.seen_parts) for each in found.items},
        changed=changed,
    )


@admin.post("/role-requests/<int:request_id>")
def decide(request_id: int) -> Response | tuple[str, int]:
    """Grant or refuse a request."""
    answer = clean_text(request.form.get("answer", ""))
    if len(answer) > LONGEST_ANSWER:
        raise Invalid(N_("Use at most %(count)s characters."), field="answer", count=LONGEST_ANSWER)
    granted = request.form.get("decision") == "grant"
    if not granted and request.form.get("decision") != "refuse":
        raise Invalid(N_("Choose whether to grant or to refuse."), field="decision")
    seen = request.form.get(SEEN, "")
    try:
        decide_role_request(db(), require_account().id, request_id, granted=granted, answer=answer, seen=seen)
    except ChangedMeanwhile as error:
        return _requests_page(changed=request_id), error.status
    flash(gettext("Your answer has been sent by e-mail."))
    return redirect(url_for("accounts_admin.role_requests"), 303)


@admin.get("/units")
def units() -> str:
    """List units, filtered by name or code, and kind."""
    asked = {name: request.args.get(name, "") for name in ("q", "kind")}
    found = queries.list_units(db(), words=asked["q"], kind=asked["kind"], page=page_number(request.args.get("page")))
    return render_template("accounts/admin/units.html", found=found, asked=asked, vocabularies=vocabularies())


@admin.route("/units/new", methods=["GET", "POST"])
@form_checks_token
def new_unit() -> Response | tuple[str, int]:
    """Create a unit."""
    form = UnitForm().offer()
    if form.validate_on_submit() and _create(form):
        return _saved(gettext("The unit has been created."))
    return _page(form, None)


@admin.route("/units/<code>", methods=["GET", "POST"])
@form_checks_token
def unit(code: str) -> Response | tuple[str, int]:
    """Change a unit."""
    found = queries.find_unit_by_code(db(), code)
    form = UnitForm(
        code=found.code,
        name_vi=found.name.get("vi"),
        name_en=found.name.get("en"),
        kind=found.kind,
        ward_code=found.ward_code or "",
    ).offer()
    try:
        if form.validate_on_submit() and _change(form, found):
            return _saved(gettext("Saved."))
    except ChangedMeanwhile as error:
        page, _ = _page(form, found, frozenset(error.parts))
        return page, error.status
    return _page(form, found)


def _create(form: UnitForm) -> bool:
    try:
        create_unit(
            db(),
            require_account().id,
            code=(form.code.data or "").strip(),
            name=form.name,
            kind=form.kind.data,
            ward_code=form.ward_code.data or None,
        )
    except (Invalid, Conflict) as refused:
        form.show_errors(refused, otherwise="code")
        return False
    return True


def _change(form: UnitForm, found: Unit) -> bool:
    try:
        change_unit(
            db(),
            require_account().id,
            found,
            name=form.name,
            kind=form.kind.data,
            ward_code=form.ward_code.data or None,
            seen=request.form.get(SEEN, ""),
        )
    except Invalid as refused:
        form.show_errors(refused, otherwise="code")
        return False
    return True


def _page(form: UnitForm, found: Unit | None, changed: Set[str] = frozenset()) -> tuple[str, int]:
    theirs = []
    if found and changed:
        chosen = {"kind": found.kind, "ward_code": found.ward_code or ""}
        words = {name: dict(form[name].choices).get(code, code) for name, code in chosen.items()}
        words |= {"name": " / ".join(found.name.values())}
        labels = {"name": gettext("Name"), "kind": form.kind.label.text, "ward_code": form.ward_code.label.text}
        theirs = [(labels[name], words[name]) for name in labels if name in changed or changed.isdisjoint(labels)]
    seen = seen_of(found.seen_parts) if found else ""
    return render_template(
        "accounts/admin/unit.html", form=form, unit=found, seen=seen, theirs=theirs
    ), form.page_status


def _saved(words: str) -> Response:
    flash(words)
    return redirect(url_for("accounts_admin.units"), 303)


# Who did what: every deed that leaves a record.

AUDIT_FILTERS = ("action", "subject_type", "subject_id", "actor", "since", "until")
MOST_EXPORTED = 100_000
NOBODY = 0  # what is no number of an account is nobody's, rather than everybody's


def _audit_filters() -> tuple[dict[str, str], AuditFilters]:
    asked = {name: request.args.get(name, "").strip()[:100] for name in AUDIT_FILTERS}
    actor = (row_number(asked["actor"]) or NOBODY) if asked["actor"] else None
    return asked, AuditFilters(
        asked["action"],
        asked["subject_type"],
        asked["subject_id"],
        actor,
        *(read_day(asked[name]) if asked[name] else None for name in ("since", "until")),
    )


@admin.get("/audit")
def audit() -> str:
    """Show the audit records that fit the filters, the latest first."""
    asked, filters = _audit_filters()
    found = page_of(db(), audit_records(filters), page_number(request.args.get("page")), 50)
    actions, subjects = audit_words(db())
    names = queries.account_names(db(), {each.actor_id for each in found.items if each.actor_id is not None})
    return render_template(
        "accounts/admin/audit.html",
        found=found,
        asked=asked,
        given={name: value for name, value in asked.items() if value},
        actions=_in_words(actions, ACTIONS),
        subjects=_in_words(subjects, SUBJECTS),
        names=names,
        details_of=lambda details: details_in_words(details, gettext),
    )


def _in_words(codes: list[str], words: dict[str, str]) -> dict[str, str]:
    """Return codes with what people call them, in the order of the alphabet; a code without a word is its own."""
    said = {code: gettext(words[code]) if code in words else code for code in codes}
    return dict(sorted(said.items(), key=lambda each: collation_key(each[1])))


@admin.get("/audit.csv")
def audit_csv() -> Response:
    """Send the audit records that fit the filters as CSV: all of them, or none. Raises Invalid if they are too many."""
    _, filters = _audit_filters()
    found = list(db().scalars(audit_records(filters).limit(MOST_EXPORTED + 1)))
    if len(found) > MOST_EXPORTED:
        raise Invalid(N_("These are more than %(count)s records. Choose a shorter period."), count=MOST_EXPORTED)
    rows = [
        [each.at.isoformat(), each.actor_id, each.action, each.subject_type, each.subject_id, json.dumps(each.details)]
        for each in found
    ]
    content = write_csv([["at", "actor_id", "action", "subject_type", "subject_id", "details"], *rows])
    response = Response(content, content_type=CSV_TYPE)
    response.headers["Content-Disposition"] = 'attachment; filename="audit.csv"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
