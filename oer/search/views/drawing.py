"""Parts of a page of results that are made in Python: a page has a hundred boxes, sixty pieces of text, ten cards."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import current_app, request
from markupsafe import Markup, escape

from oer.core.i18n import N_, in_language
from oer.search.queries import Found, MaterialRow
from oer.search.queries.counts import FacetValue
from oer.search.snippets import Piece
from oer.search.views.frame import blueprint
from oer.web.context import language
from oer.web.languages import gettext
from oer.web.templates import address_of

_MOST_DRAWN, _MOST_BOXES = 2000, 5000
_NUMBERED = {"presentation": N_("slide %(number)s"), "spreadsheet": N_("sheet %(number)s")}


@blueprint.app_template_filter("marked")
def _marked(pieces: Sequence[Piece]) -> Markup:
    parts = [f"<mark>{escape(piece.text)}</mark>" if piece.marked else escape(piece.text) for piece in pieces]
    return Markup("".join(parts))  # noqa: S704 (every text in it is escaped)


@blueprint.app_template_filter("boxes")
def _boxes(values: Sequence[FacetValue], name: str) -> Markup:
    shown, chosen_language = current_app.jinja_env.filters["number"], language()
    parts = []
    for value in values:
        begin, end = _box(name, value.code, in_language(value.labels, chosen_language))
        count = value.count if value.count < 1000 else shown(value.count)
        parts.append(f"{begin}{' checked' if value.chosen else ''}{end}{count}</span></label>\n")
        if value.below:
            parts.append(f'<div class="below">{_boxes(value.below, name)}</div>')
    return Markup("".join(parts))  # noqa: S704 (every text in it is escaped)


@lru_cache(maxsize=_MOST_BOXES)
def _box(name: str, code: str, label: str) -> tuple[str, str]:
    """Return the HTML of a box before and after the place where it says that it is checked."""
    return f'<label><input type="checkbox" name="{name}" value="{escape(code)}"', f">{escape(label)}<span>"


class Unchanging(NamedTuple):
    """What a result shows of a material whatever was searched for."""

    picture: Markup
    link: Markup
    """The beginning of the link to its page; its title, with marks, follows."""
    whose: Markup
    facts: Markup


@lru_cache(maxsize=_MOST_DRAWN)
def _drawn(material: MaterialRow, _language: str, _root: str) -> Unchanging:
    macros: Any = current_app.jinja_env.get_template("search/_hit.html").module
    return Unchanging(*(getattr(macros, part)(material) for part in Unchanging._fields))


@blueprint.app_template_filter("unchanging")
def _unchanging(material: MaterialRow) -> Unchanging:
    return _drawn(material, language(), request.script_root)


@blueprint.app_template_filter("place_word")
def _place_word(found: Found) -> str:
    """Return what the link to the place of a snippet says."""
    if found.is_spoken:
        return gettext("hear it there")
    if found.page:
        return gettext(_NUMBERED.get(found.format, N_("page %(number)s")), number=found.page)
    return gettext("part %(number)s", number=found.part) if found.part > 1 else gettext("read it there")


@blueprint.app_template_filter("address_in_reader")
def _address_in_reader(found: Found, words: str) -> str:
    """Return where to read on, or to listen, with the words to mark; they stay out of the addresses that are kept."""
    if found.file is None:
        return ""
    endpoint = "reading.moment" if found.is_spoken else "reading.read"
    address = address_of(endpoint, public_id=found.material.public_id, position=found.file.position)
    return address + _asked(words, found.part if found.part > 1 and not found.is_spoken else 0)


@lru_cache(maxsize=64)
def _asked(words: str, page: int) -> str:
    arguments: dict[str, str | int] = {"q": words} if words else {}
    if page:
        arguments["page"] = page
    return f"?{urlencode(arguments)}" if arguments else ""
