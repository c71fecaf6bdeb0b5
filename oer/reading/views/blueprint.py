"""The blueprint of a material's pages, the validator of cached pages, and who may see what."""

from typing import Any

from flask import Blueprint, abort, redirect, request, url_for

from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.core.ids import read_public_id
from oer.reading.queries.files import FileLine, file_lines
from oer.reading.queries.material import VisibleVersion, visible_version
from oer.web.context import db
from oer.web.identity import current_account, is_anonymous
from oer.web.languages import current_query

blueprint = Blueprint("reading", __name__)

# Everything that a page of a material in service depends on, in one row; without one the page is not kept. Of its
# renditions: how many have ended and when the last one did, so that each new attempt shows. Of its files: how many are
# damaged or infected, the first and the last of them, and when one was last found so.
MATERIAL_VALIDATOR = """
SELECT m.page_revision, m.current_version_id, m.link_broken_at, u.revision, s.page_revision,
       count(r.id), max(r.finished_at),
       count(bad.sha256), min(bad.sha256), max(bad.sha256), max(bad.last_checked_at)
  FROM material m
  LEFT JOIN unit u ON u.id = m.unit_id
  LEFT JOIN catalogue_state s ON s.id = 1
  LEFT JOIN version_file f ON f.version_id = m.current_version_id
  LEFT JOIN blob bad ON bad.sha256 = f.blob_sha256 AND (bad.condition <> 'whole' OR bad.scan_state = 'infected')
  LEFT JOIN rendition r ON r.blob_sha256 = f.blob_sha256 AND r.state NOT IN ('waiting', 'running')
 WHERE m.public_id = :public_id AND m.current_version_id IS NOT NULL AND m.withdrawn_at IS NULL
 GROUP BY m.id, u.id, s.id
"""
NO_FILE = N_("There is no such file.")


def visible_material(public_id: str) -> VisibleVersion:
    """Return the version that the reader may see at this address. A misread id redirects to the one that was meant.

    Raises NotFound, or Gone for what was withdrawn.
    """
    meant = read_public_id(public_id)
    if meant and meant != public_id:
        values: dict[str, Any] = {**(request.view_args or {}), "public_id": meant}
        abort(redirect(url_for(str(request.endpoint), **values) + current_query(), 301))
    account = None if is_anonymous() else current_account()
    return visible_version(db(), account, public_id, request.args.get("version", type=int))


def visible_file(public_id: str, position: int) -> tuple[VisibleVersion, FileLine, list[FileLine]]:
    """Return the visible version, its file at a position, and all its files. Raises NotFound, Gone."""
    visible = visible_material(public_id)
    lines = file_lines(db(), visible.version)
    line = next((each for each in lines if each.position == position), None)
    if line is None:
        raise NotFound(NO_FILE)
    return visible, line, lines
