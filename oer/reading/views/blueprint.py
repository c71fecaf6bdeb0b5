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

blueprint = Blueprint("reading", __name__)

# Everything that a page of a material in service depends on, in one row; without one the page is not kept. The sum
# changes when a rendition ends, is replaced or tried again, and when a file is found damaged or infected.
MATERIAL_VALIDATOR = """
SELECT m.page_revision, m.current_version_id, m.link_broken_at, u.revision, s.page_revision,
       (SELECT sum(coalesce(r.id * 1000 + r.tries, 0)
                   + CASE WHEN b.condition <> 'whole' OR b.scan_state = 'infected' THEN 1000000007 ELSE 0 END)
          FROM version_file f
          JOIN blob b ON b.sha256 = f.blob_sha256
          LEFT JOIN rendition r ON r.blob_sha256 = b.sha256 AND r.state NOT IN ('waiting', 'running')
         WHERE f.version_id = m.current_version_id)
  FROM material m
  LEFT JOIN unit u ON u.id = m.unit_id
  LEFT JOIN catalogue_state s ON s.id = 1
 WHERE m.public_id = :public_id AND m.current_version_id IS NOT NULL AND m.withdrawn_at IS NULL
"""
NO_FILE = N_("There is no such file.")


def visible_material(public_id: str) -> VisibleVersion:
    """Return the version that the reader may see at this address. A misread id redirects to the one that was meant.

    Raises NotFound, or Gone for what was withdrawn.
    """
    meant = read_public_id(public_id)
    if meant and meant != public_id:
        values: dict[str, Any] = {**request.args, **(request.view_args or {}), "public_id": meant}
        abort(redirect(url_for(str(request.endpoint), **values), 301))
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
