"""What a reviewer says and mends at the fields of a submission."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts.models import Account
from oer.catalogue.fields import FIELDS, Field, field_named
from oer.catalogue.forms.materials import MetadataForm, form_values
from oer.catalogue.forms.widgets import INPUTS
from oer.catalogue.models import Version
from oer.catalogue.schemas.record import parse_record
from oer.catalogue.seen import decision_parts, name_of_part
from oer.catalogue.services import review_notes
from oer.catalogue.services.review import ReviewHeld
from oer.catalogue.services.review_notes import EDITABLE
from oer.catalogue.views.blueprint import blueprint
from oer.catalogue.views.review import review_page, to_review
from oer.core.errors import Invalid, Unprocessable
from oer.core.seen import FIELD as SEEN
from oer.core.seen import ChangedMeanwhile, seen_of
from oer.web.context import db
from oer.web.forms import form_checks_token
from oer.web.languages import gettext

Answer = Response | str | tuple[str, int]


@blueprint.post("/review/<public_id>/comment")
def comment(public_id: str) -> Answer:
    """Keep a comment at a field, or take one back."""
    account, version = to_review(public_id)
    taken = request.form.get("take_back", "")
    try:
        if taken:
            number = int(taken) if taken.isascii() and taken.isdecimal() and len(taken) < 10 else 0  # 0 is nobody's
            review_notes.take_back_comment(db(), account, version.material, number)
        else:
            words = request.form.get("words", "")
            review_notes.comment(db(), account, version.material, request.form.get("part", ""), words)
    except ReviewHeld as error:
        return review_page(*to_review(public_id)), error.status
    except Invalid as error:
        return review_page(*to_review(public_id), fault=error), Unprocessable.status
    return redirect(url_for("catalogue.review", public_id=public_id) + "#comments", 303)


@blueprint.route("/review/<public_id>/edit", methods=["GET", "POST"])
@form_checks_token
def edit_in_review(public_id: str) -> Answer:
    """Show the fields that a reviewer may mend, and save them."""
    account, version = to_review(public_id)
    if request.method == "GET":
        return _edit_page(MetadataForm(formdata=None, data=form_values(version.record)), account, version)
    form = MetadataForm()
    form.validate_on_submit()
    if form.is_token_refused:
        return _edit_page(form, account, version), form.refusal_status
    try:
        typed = parse_record({field.name: _typed(field, form, version) for field in map(field_named, EDITABLE)})
        values = {name: typed.get(name) for name in EDITABLE}
        changed = review_notes.edit(db(), account, version.material, values, request.form.get(SEEN, ""))
    except ChangedMeanwhile as error:
        return review_page(*to_review(public_id), error.parts), error.status
    except ReviewHeld as error:
        return review_page(*to_review(public_id)), error.status
    except Invalid as error:
        form.show_errors(*getattr(error, "errors", (error,)))
        return _edit_page(form, account, version), Unprocessable.status
    words = ", ".join(gettext(name_of_part(name)) for name in changed)
    flash(
        gettext("Changed: %(names)s. The author is told.", names=words) if changed else gettext("Nothing was changed.")
    )
    return redirect(url_for("catalogue.review", public_id=public_id), 303)


def _typed(field: Field, form: MetadataForm, version: Version) -> Any:
    return INPUTS[field.widget].read(field, form, field.of(version.record))


def _edit_page(form: MetadataForm, account: Account, version: Version) -> str:
    seen = request.form.get(SEEN) or seen_of(decision_parts(version.material, version))
    fields = [(field, form.inputs_of(field)) for field in FIELDS if field.name in EDITABLE]
    return render_template(
        "catalogue/review_edit.html",
        form=form,
        fields=fields,
        material=version.material,
        version=version,
        account=account,
        seen=seen,
        part_name=lambda name: gettext(name_of_part(name)),
    )
