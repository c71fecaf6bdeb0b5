"""The blueprint of a material's pages, the validator of cached pages, and who may see what."""

from typing import Any

from flask import Blueprint, abort, redirect, request, url_for

from oer.core.errors import Gone, NotFound
from oer.core.i18n import N_
from oer.core.ids import read_public_id
from oer.reading.queries.files import FileLine, file_lines, former_file
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
FILE_GONE = N_("This material no longer has this file.")


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


def visible_file(public_id: str, number: int) -> tuple[VisibleVersion, FileLine, list[FileLine]]:
    """Return the visible version, its file with a number, and all its files.

    What the material no longer has redirects to the file with the same bytes, if it has one. Raises NotFound, Gone.
    """
    visible = visible_material(public_id)
    lines = file_lines(db(), visible.version)
    line = next((each for each in lines if each.number == number), None)
    if line is None:
        _leave_former_file(visible, lines, number)
        raise NotFound(NO_FILE)
    return visible, line, lines


def _leave_former_file(visible: VisibleVersion, lines: list[FileLine], number: int) -> None:
    """Redirect from, or raise Gone for, a file that an earlier version had and the published one has not."""
    former = former_file(db(), visible.material, number) if visible.number is None else None
    if former is None:
        return
    same = [each for each in lines if each.shown.blob.sha256 == former.blob_sha256]
    if len(same) == 1:
        values: dict[str, Any] = {**(request.view_args or {}), "number": same[0].number}
        abort(redirect(url_for(str(request.endpoint), **values) + current_query(), 302))
    version = None if former.is_closed else former.version
    raise Gone(FILE_GONE, code="file_gone", material=visible.material.public_id, version=version)


def current_path(visible: VisibleVersion, number: int | None = None) -> str:
    """Return the path of the published version's page, or of its file with a number, if it has that one."""
    material = visible.material
    path = f"/materials/{material.public_id}"
    if number is None or material.current_version is None:
        return path
    has_file = any(file.number == number for file in material.current_version.files)
    return f"{path}/files/{number}/read" if has_file else path
