"""Highlights and notes of readers: kept in a reader, listed, changed, taken along as a file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.catalogue.models import Material
from oer.catalogue.queries.materials import find_public
from oer.core.clock import city_date, now
from oer.core.i18n import in_language
from oer.core.links import Links
from oer.files import queries as files
from oer.learning.models import PlaceKind, ReadingNote
from oer.learning.services import notes as services
from oer.learning.services.notes import without_space
from oer.learning.services.shelf import has_history, read_place
from oer.reading.page_text import shown_text
from oer.reading.queries.files import FileLine, file_lines
from oer.reading.quotes import page_of_note
from oer.reading.views.blueprint import blueprint
from oer.web.context import db, language, settings
from oer.web.file_responses import content_disposition
from oer.web.identity import require_account
from oer.web.languages import gettext
from oer.web.request_validation import local_redirect_target

MATERIALS_A_PAGE = 10


@dataclass(frozen=True)
class ShownNote:
    """A note as it is listed. `page` is where its words stand now; `is_lost` if they stand nowhere any more."""

    note: ReadingNote
    page: int
    is_lost: bool = False


@blueprint.get("/shelf/notes")
def notes() -> str:
    """Show somebody's notes by material; of one material with the places where their words stand now."""
    account, wanted = require_account(), request.args.get("material", "")
    groups = services.all_notes(db(), account.id)
    if wanted:
        groups = [each for each in groups if each[0].public_id == wanted]
    first = MATERIALS_A_PAGE * (max(1, min(request.args.get("page", 1, type=int), 10_000)) - 1)
    return render_template(
        "reading/notes.html",
        wanted=wanted,
        has_history=has_history(db(), account.id),
        groups=[
            (material, _located(material, of) if wanted else [ShownNote(each, each.place) for each in of])
            for material, of in groups[first : first + MATERIALS_A_PAGE]
        ],
        page=first // MATERIALS_A_PAGE + 1,
        pages=max(1, -(-len(groups) // MATERIALS_A_PAGE)),
    )


def _located(material: Material, own: Sequence[ReadingNote]) -> list[ShownNote]:
    version = material.current_version
    if version is None or material.withdrawn_at is not None:
        return [ShownNote(each, each.place) for each in own]
    lines = {line.number: line for line in file_lines(db(), version)}
    texts = {number: _texts(lines.get(number)) for number in {each.file_number for each in own if each.quote}}
    found = []
    for each in own:
        page = page_of_note(each, texts[each.file_number]) if each.quote else each.place
        found.append(ShownNote(each, page or each.place, is_lost=page is None or each.file_number not in lines))
    return found


def _texts(line: FileLine | None) -> list[tuple[int, str]]:
    rendition = line.shown.rendition if line else None
    pages = files.pages(db(), rendition.id) if rendition else []
    return [(each.number, without_space(shown_text(each.html) if each.html else each.text)) for each in pages]


@blueprint.get("/shelf/notes.md")
def notes_file() -> Response:
    """Send somebody's notes as a Markdown file: all, or those in one material."""
    account, wanted = require_account(), request.args.get("material", "")
    groups = [each for each in services.all_notes(db(), account.id) if wanted in ("", each[0].public_id)]
    text = "\n".join([f"# {gettext('My notes')}", "", *(line for group in groups for line in _as_markdown(*group))])
    response = Response(text + "\n", content_type="text/markdown; charset=utf-8")
    name = f"ghi-chu-{city_date(now()).isoformat()}.md"
    response.headers["Content-Disposition"] = content_disposition("attachment", name)
    return response


def _as_markdown(material: Material, own: Sequence[ReadingNote]) -> list[str]:
    record = material.current_version.record if material.current_version else {}
    title = in_language(record.get("title"), language()) or material.public_id
    lines, links = [f"## {_plain(title)}", ""], Links(settings().base_url)
    for each in own:
        query = {"page" if each.kind == PlaceKind.PAGE else "t": str(each.place)}
        path = f"/materials/{material.public_id}/files/{each.file_number}/read"
        lines += [f"> {_plain(each.quote)}", ""] if each.quote else []
        lines += [*(_plain(line) for line in each.words.split("\n")), ""] if each.words else []
        lines += [f"<{links.page(path, language(), **query)}>, {city_date(each.created_at).isoformat()}", ""]
    return lines


_SIGNS = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_{}[]<>#|~!&"})


_BEGINS_SOMETHING = re.compile(r"^(\d*)([-+=.)])")


def _plain(text: str) -> str:
    """Return a text so that Markdown shows it as it is: what begins a list or heading does not, nor does HTML."""
    shown = text.strip().translate(_SIGNS)
    return _BEGINS_SOMETHING.sub(r"\1\\\2", shown)


@blueprint.post("/materials/<public_id>/notes")
def add_note(public_id: str) -> Response:
    """Keep a highlight or note; who keeps no history yet is asked first."""
    account, form = require_account(), request.form
    material = find_public(db(), public_id)
    place = read_place(form.get("file"), form.get("kind"), form.get("at"), "0")
    note = services.add_note(db(), account, material, services.read_anchor(place, form), form.get("words", ""))
    back = local_redirect_target(form.get("next"), url_for("reading.material", public_id=public_id))
    if note is None:
        return redirect(url_for("learning.history", next=back), 303)
    flash(gettext("Your note is kept. Nobody else sees it."), "good")
    return redirect(f"{back.partition('#')[0]}#my-notes", 303)


@blueprint.post("/shelf/notes/<int:number>")
def change_note(number: int) -> Response:
    """Change or delete a note."""
    account = require_account()
    note = services.own_note(db(), account, number)
    of = note.material.public_id
    if request.form.get("delete"):
        services.delete_note(db(), note)
        flash(gettext("The note is deleted."), "good")
    else:
        services.change_note(db(), note, request.form.get("words", ""))
        flash(gettext("Your note is kept. Nobody else sees it."), "good")
    return redirect(local_redirect_target(request.form.get("next"), url_for("reading.notes", material=of)), 303)
