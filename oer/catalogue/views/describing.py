"""The form that describes a draft: what files suggest is offered beside it, and what is typed is saved meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts.models import Account
from oer.accounts.permissions import Action, units_for
from oer.accounts.queries import all_units
from oer.catalogue.fields import field_named
from oer.catalogue.forms.materials import MetadataForm, form_values, record_typed
from oer.catalogue.models import Material, Version
from oer.catalogue.queries.licensing import refusing_sources
from oer.catalogue.queries.materials import material_to_edit
from oer.catalogue.queries.nearest import same_content
from oer.catalogue.queries.reviews import comments_on
from oer.catalogue.queries.suggestions import Suggested, Suggestions, has_words, suggestions_for
from oer.catalogue.schemas.record import read_record
from oer.catalogue.seen import described_parts, name_of_part, words_of
from oer.catalogue.services import drafts
from oer.catalogue.services.review import submit_for_review
from oer.catalogue.views.blueprint import blueprint
from oer.core.clock import city_time, now
from oer.core.errors import Invalid
from oer.core.i18n import N_, in_language
from oer.core.seen import FIELD as SEEN
from oer.core.seen import ChangedMeanwhile, changed_parts, seen_of, seen_still
from oer.web.context import commit_and_release, db, language
from oer.web.forms import FORM_EXPIRED, form_checks_token
from oer.web.identity import require_account
from oer.web.languages import gettext

AUTOSAVE = "X-Autosave"
_SAVED_AS_FAR = N_("What is right has been saved. What is named here has not: please mend it.")
_SAVED_NOT_SUBMITTED = N_("Saved, but not submitted yet: something is still missing.")
_THEIRS = N_("Meanwhile this was changed in another window or by somebody else, and was kept: %(names)s.")
_OTHER_SUGGESTION = N_("What the files suggest has changed meanwhile. Please look again.")

Answer = Response | str | tuple[str | Response, int]
# In the order in which the page asks for them.
_ASKED = ("title", "summary", "subjects", "types", "language", "audiences", "creators", "licence")


@dataclass(frozen=True)
class Row:
    """A field that the page asks for, folded to one line: what it has or what is suggested for it."""

    name: str
    label: str
    words: str
    suggested: Suggested | None
    has_errors: bool

    @property
    def group(self) -> str:
        """Under which heading it stands: `todo`, `offered` or `has`."""
        return "has" if self.words else "offered" if self.suggested else "todo"


@blueprint.route("/my/materials/<public_id>/describe", methods=["GET", "POST"])
@form_checks_token
def describe(public_id: str) -> Answer:
    """Show the metadata form, save it, take over what is suggested, and submit the draft if asked to."""
    account = require_account()
    material = material_to_edit(db(), account, public_id)
    version = material.draft
    if request.method == "POST" and AUTOSAVE in request.headers:
        return _autosaved(account, material)
    suggestions = suggestions_for(db(), version)
    form = _metadata_form(account, material, version)
    if request.method == "GET":
        if "check" in request.args:
            form.show_errors(*_missing_fields(version))
        return _metadata_page(form, material, version, suggestions)
    if "more" in request.form:
        return _metadata_page(form.make_room(), material, version, suggestions)
    if form.is_only_shown:
        return _metadata_page(form, material, version, suggestions)
    form.validate_on_submit()
    if form.is_token_refused:
        return _metadata_page(form, material, version, suggestions), form.refusal_status
    return _described(form, account, material, suggestions)


def _described(form: MetadataForm, account: Account, material: Material, suggestions: Suggestions) -> Answer:
    """Save what was typed as far as it is right, submit it if asked to, and name all that is wrong at once."""
    seen = request.form.get(SEEN)
    accepted = _accepted(suggestions)

    def typed(kept: dict[str, Any]) -> tuple[dict[str, Any], list[Invalid]]:
        found = record_typed(form, kept)
        for each in suggestions.for_empty(found).offered.values():
            if each.name in accepted:
                field_named(each.name).put(found, each.chosen(accepted[each.name]))
        return read_record(found, kept)

    try:
        saved = drafts.describe(db(), account, material, typed, seen=seen)
    except ChangedMeanwhile as error:
        version = material.draft
        still = _still_seen(seen or "", version, error.parts)
        return _metadata_page(form, material, version, suggestions, seen=still, clashes=error.parts), error.status
    form.show_errors(*saved.errors)
    still = seen_still(seen or "", described_parts(saved.version), saved.theirs)
    # Committed now: what was typed must not be lost if submitting fails.
    commit_and_release()
    version = material.newest_version
    if saved.theirs:
        flash(gettext(_THEIRS, names=", ".join(gettext(name_of_part(name)) for name in saved.theirs)))
    wants_review, is_faulty = "submit" in request.form, bool(form.errors)
    if wants_review:
        form.show_missing(_missing_fields(version))
    if form.errors:
        flash(gettext(_SAVED_AS_FAR if is_faulty else _SAVED_NOT_SUBMITTED), "warning")
        form.take_over({each.name: each.of(version.record) for each in map(field_named, accepted)})
        return _metadata_page(form, material, version, suggestions, seen=still), 422
    if accepted or "accept" in request.form:
        return redirect(url_for("catalogue.describe", public_id=material.public_id), 303)
    if wants_review:
        submit_for_review(db(), account, material)
        flash(gettext("Sent to the reviewers. We will write to you when they have decided."))
    else:
        flash(gettext("Saved."))
    return redirect(url_for("catalogue.edit", public_id=material.public_id), 303)


def _still_seen(seen: str, version: Version, clashes: Sequence[str]) -> str:
    parts = described_parts(version)
    return seen_still(seen, parts, [name for name in changed_parts(seen, parts) if name not in clashes])


def _accepted(suggestions: Suggestions) -> dict[str, str]:
    """Return the fields whose suggestion was pressed, as it was shown, each with the code that was chosen, or ""."""
    pressed = dict(each.partition(":")[::2] for each in request.form.getlist("accept"))
    if "all" in pressed:
        pressed = dict.fromkeys(suggestions.offered, "")
    changed = changed_parts(request.form.get("offered", ""), suggestions.parts) if pressed else []
    if any(name in changed for name in pressed):
        flash(gettext(_OTHER_SUGGESTION), "warning")
    return {name: code for name, code in pressed.items() if name in suggestions.offered and name not in changed}


def _autosaved(account: Account, material: Material) -> Answer:
    """Save what the page's script sends while somebody types; say as JSON what became of it."""
    form, seen = MetadataForm().offer_units(_units(account, material)), request.form.get(SEEN)
    form.validate_on_submit()
    if form.is_token_refused:
        return jsonify(words=gettext(FORM_EXPIRED)), form.refusal_status
    try:
        saved = drafts.describe(
            db(), account, material, lambda kept: read_record(record_typed(form, kept), kept), seen=seen
        )
    except ChangedMeanwhile as error:
        names = ", ".join(gettext(name_of_part(name)) for name in error.parts)
        words = N_(
            "Not saved: another window or somebody else has changed %(names)s. Press “Save the draft” to compare."
        )
        return jsonify(words=gettext(words, names=names)), error.status
    form.show_errors(*saved.errors)
    words = gettext(N_("Saved at %(time)s."), time=city_time(now()).strftime("%H:%M"))
    if form.errors:
        words = gettext(
            N_("Saved at %(time)s, but for what is not right yet."), time=city_time(now()).strftime("%H:%M")
        )
    if saved.theirs:
        words = gettext(_THEIRS, names=", ".join(gettext(name_of_part(name)) for name in saved.theirs))
    return jsonify(words=words, seen=seen_still(seen or "", described_parts(saved.version), saved.theirs))


def _metadata_form(account: Account, material: Material, version: Version) -> MetadataForm:
    offered = _units(account, material)
    if request.method == "POST":
        return MetadataForm().offer_units(offered)
    record = {**_defaults(account, material, offered), **version.record}
    return MetadataForm(formdata=None, data=form_values(record)).offer_units(offered)


def _defaults(account: Account, material: Material, offered: list[tuple[str, str]]) -> dict[str, Any]:
    """Return what is right for most first drafts: the account as author, its only unit, all audiences."""
    unit = offered[1][0] if len(offered) == 2 else None
    creator = {"name": account.name, "role": "author"}
    return {"unit": unit, "creators": [creator], "audiences": ["all"]} if material.current_version_id is None else {}


def _units(account: Account, material: Material) -> list[tuple[str, str]]:
    allowed = units_for(account, Action.MATERIAL_CREATE)
    chosen = [unit for unit in all_units(db()) if allowed is None or unit.id in allowed or unit.id == material.unit_id]
    return [("", gettext("No unit")), *((unit.code, in_language(unit.name, language())) for unit in chosen)]


def _missing_fields(version: Version) -> list[Invalid]:
    missing = version.missing_to_submit
    return [Invalid(error.message, field="source_url" if error.field == "files" else error.field) for error in missing]


def _rows(form: MetadataForm, offered: Mapping[str, Suggested]) -> list[Row]:
    typed = record_typed(form, {})
    rows = []
    for name in _ASKED:
        inputs = form.inputs_of(field_named(name))
        value = field_named(name).of(typed)
        words = words_of(name, value, language()) if has_words(value) else ""
        label = gettext(name_of_part(name))
        rows.append(Row(name, label, words, offered.get(name), any(each.errors for each in inputs)))
    return rows


def _metadata_page(
    form: MetadataForm,
    material: Material,
    version: Version,
    suggestions: Suggestions,
    *,
    seen: str | None = None,
    clashes: Sequence[str] = (),
) -> str:
    parts = described_parts(version)
    if seen is None:  # what was typed before is shown again over what its own page had seen
        seen = request.form.get(SEEN, "") if request.method == "POST" else seen_of(parts)
    offered = suggestions.for_empty(record_typed(form, {})).offered
    return render_template(
        "catalogue/describe.html",
        form=form,
        material=material,
        version=version,
        seen=seen,
        theirs=[(gettext(name_of_part(name)), words_of(name, parts[name], language())) for name in clashes],
        rows=_rows(form, offered),
        offered=offered,
        seen_offered=seen_of(suggestions.parts),
        words_of=lambda name, value: words_of(name, value, language()),
        waiting=suggestions.waiting,
        comments=[each for each in comments_on(db(), version) if not each.handled_at],
        part_name=lambda name: gettext(name_of_part(name)),
        same=same_content(db(), version),
        refusing=refusing_sources(db(), version.record),
    )
