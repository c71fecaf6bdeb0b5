"""The page that finds a licence by a few questions and names sources; a draft made of somebody else's material."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts.permissions import Action
from oer.catalogue.models import Material
from oer.catalogue.queries.licensing import (
    BASED_ON,
    Answers,
    Changes,
    Holder,
    attribution,
    authors_of,
    source_here,
    sources_of,
)
from oer.catalogue.queries.materials import find_public, material_to_edit
from oer.catalogue.schemas.record import parse_record
from oer.catalogue.services.idempotency import run_once
from oer.catalogue.services.remixing import add_source, choose_licence, remix, remove_source
from oer.catalogue.views.blueprint import blueprint, signed_in_for
from oer.core.errors import Gone, Invalid, NotFound, OerError, Unprocessable
from oer.core.i18n import LANGUAGES, N_
from oer.core.ids import is_public_id, new_token
from oer.core.links import Links
from oer.web.context import db, settings
from oer.web.errors import error_message
from oer.web.identity import require_account
from oer.web.languages import gettext

_NO_TARGET = N_("Write the web address of the source.")
_NO_SUCH_SOURCE = N_("There is no public material at this address.")
QUESTIONS = (
    (
        "holder",
        N_("Who holds the rights in it?"),
        (
            (Holder.OWN, N_("I do, or my unit does, or all who made it have agreed. Its pictures and music, too.")),
            (Holder.NOBODY, N_("Nobody any more: it is old, and its protection has ended.")),
            (Holder.OTHERS, N_("Somebody else, who has not allowed it to be shared.")),
        ),
    ),
    (
        "named",
        N_("Must whoever uses it name you?"),
        (("yes", N_("Yes, with the source.")), ("no", N_("No. Anybody may use it in any way, without naming anyone."))),
    ),
    (
        "changes",
        N_("May others change it for their class?"),
        (
            (Changes.YES, N_("Yes: shorten it, give other examples, translate it.")),
            (Changes.ALIKE, N_("Yes, if what they make of it is as open as this.")),
            (Changes.NO, N_("No, only whole. Then it is no open material, though it can be read here.")),
        ),
    ),
    (
        "sold",
        N_("May others earn money with it?"),
        (
            ("yes", N_("Yes: a bookshop may sell prints, a paid course may use it.")),
            ("no", N_("No, only uses that earn nothing.")),
        ),
    ),
)


@blueprint.get("/my/materials/<public_id>/licence")
def licence(public_id: str) -> str:
    """Ask some questions, say which licence fits the answers, and name the sources."""
    return _page(material_to_edit(db(), require_account(), public_id))


def _page(material: Material, error: OerError | None = None) -> str:
    version = material.draft
    answers = Answers.read(request.args)
    chosen = answers.licence or version.record.get("licence", "")
    links, sources = Links(settings().base_url), sources_of(db(), version.record)
    return render_template(
        "catalogue/licence.html",
        material=material,
        version=version,
        questions=QUESTIONS,
        answered=request.args,
        fitting=answers.licence,
        chosen=chosen,
        sources=[(each, [each.attribution(links, code) for code in LANGUAGES]) for each in sources],
        refusing=[each for each in sources if each.refuses(chosen)],
        fault=error_message(error) if error else "",
        typed=request.form,
    )


@blueprint.post("/my/materials/<public_id>/licence")
def change_licence(public_id: str) -> Response | tuple[str, int]:
    """Choose a licence, add a source or take one away, as the button says."""
    material = material_to_edit(db(), require_account(), public_id)
    action = request.form.get("action", "")
    try:
        if action == "choose":
            chosen = parse_record({"licence": request.form.get("licence") or None})
            choose_licence(db(), material, chosen.get("licence", ""))
            flash(gettext("The licence has been filled in. You can change it until you submit."))
            return redirect(url_for("catalogue.describe", public_id=public_id), 303)
        if action == "add":
            add_source(db(), material, _relation_typed())
        elif action == "remove":
            remove_source(db(), material, request.form.get("target", ""))
    except (NotFound, Gone):
        return _page(material, Invalid(_NO_SUCH_SOURCE)), Unprocessable.status
    except Invalid as error:
        return _page(material, error), Unprocessable.status
    return redirect(url_for("catalogue.licence", public_id=public_id) + "#sources", 303)


def _relation_typed() -> dict[str, Any]:
    """Return the source that was typed as a relation: its address, or the id or address of a material here.

    Raises Invalid or InvalidRecord.
    """
    written = request.form.get("target", "").strip()
    path = written.partition("?")[0].partition("#")[0].rstrip("/")
    last = path.rpartition("/materials/")[2]
    target = last if "/materials/" in path and is_public_id(last) else written
    if not target:
        raise Invalid(_NO_TARGET, field="target")
    about = () if is_public_id(target) else ("title", "author", "licence")
    typed = {"type": BASED_ON, "target": target, **{name: request.form.get(name) or None for name in about}}
    relation: dict[str, Any] = parse_record({"relations": [typed]})["relations"][0]
    return relation


@blueprint.route("/my/materials/remix/<public_id>", methods=["GET", "POST"])
def begin_remix(public_id: str) -> Response | str:
    """Say what may be made of a published material, and begin a draft with it."""
    account = signed_in_for(Action.MATERIAL_CREATE)
    material = find_public(db(), public_id)
    if request.method == "POST":
        most = settings().account_quota_bytes
        done = run_once(
            db(),
            account.id,
            request.form.get("key", ""),
            lambda: {"id": remix(db(), account, material, most_bytes=most).public_id},
        )
        flash(gettext("This is a draft of your own. Change it, and say in the summary what is different."))
        return redirect(url_for("catalogue.edit", public_id=done["id"]), 303)
    version = material.current_version or material.newest_version
    record, links = version.record, Links(settings().base_url)
    title, author, chosen = record.get("title", {}), authors_of(record), record.get("licence", "")
    lines = [attribution(title, author, links.material(public_id, code), chosen, code) for code in LANGUAGES]
    source = source_here(public_id, record)
    return render_template(
        "catalogue/remix.html", material=material, version=version, source=source, attributions=lines, key=new_token()
    )
