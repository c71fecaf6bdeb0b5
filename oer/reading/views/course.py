"""A course as one download, and its picture for chats."""

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from oer.catalogue.queries.collections import chapters_of, find_public_collection, volumes_of
from oer.catalogue.queries.files import files_of_many
from oer.core.errors import NotFound, OerError
from oer.core.i18n import N_, in_language
from oer.covers.chat_pictures import draw_chat_picture, picture_of_course
from oer.files.models import Blob
from oer.files.queries import servable_blob, servable_blobs
from oer.reading.archive_contents import lines_to_download, material_files, portable_name, with_ending
from oer.reading.archives import Archive
from oer.reading.course_archive import OfflineMaterial, course_files
from oer.reading.jobs import chat_pictures_of
from oer.reading.queries.files import FileLine, lines_of
from oer.reading.views.blueprint import blueprint
from oer.usage.counter.counting import ALL_FILES
from oer.usage.views import record_event
from oer.web.context import commit_and_release, db, installation, language, settings
from oer.web.file_responses import content_disposition, send_made_file

NOTHING = N_("Nothing in this course can be downloaded right now.")
YEAR = "private, max-age=31536000, immutable"
_SENT = frozenset({200, 206, 304})


@blueprint.get("/collections/<public_id>/download")
def download_course(public_id: str) -> Response:
    """Send a course to be read offline as a ZIP, while it is written, or the rest of it."""
    collection = find_public_collection(db(), public_id)
    chapters = chapters_of(db(), collection)
    materials = [item.material for chapter in chapters for item in chapter.items]
    versions = {each.id: each.current_version for each in materials if each.current_version}
    if not versions:
        raise NotFound(NOTHING)
    shown = files_of_many(db(), [version.id for version in versions.values()])
    lines = {each: lines_to_download(lines_of(shown[version.id], version)) for each, version in versions.items()}
    blobs = _sendable(lines)
    offline = {}
    for material in materials:
        mine = [line for line in lines[material.id] if line.shown.blob.sha256 in blobs]
        of_these = [blobs[line.shown.blob.sha256] for line in mine]
        record = versions[material.id].record
        files = material_files(
            material, record, mine, of_these, installation().storage, settings().base_url, language()
        )
        offline[material.id] = OfflineMaterial(material, mine, files, len(mine) < len(lines[material.id]))
    made = course_files(collection, chapters, offline, installation().database, settings().base_url, language())
    changed = max(version.reviewed_at or version.changed_at for version in versions.values())
    archive = Archive(made, changed)
    name = portable_name(with_ending(in_language(collection.title, language()), ".zip"))
    used = [each.material.public_id for each in offline.values() if each.lines]
    commit_and_release()
    response = send_made_file(archive.etag, archive.length, archive.blocks)
    response.content_type = "application/zip"
    response.headers["Content-Disposition"] = content_disposition("attachment", name)
    if response.status_code in _SENT:
        for each in used:
            record_event("download", each, format=ALL_FILES)
    return response


def _sendable(lines: dict[int, list[FileLine]]) -> dict[str, Blob]:
    """Return the blobs that may be sent, by hash: one that is damaged does not keep a whole course from anybody."""
    hashes = sorted({line.shown.blob.sha256 for mine in lines.values() for line in mine})
    storage = installation().storage
    try:
        return dict(zip(hashes, servable_blobs(db(), storage, hashes), strict=True))
    except OerError:
        found = {}
        for each in hashes:
            try:
                found[each] = servable_blob(db(), storage, each)
            except OerError:
                continue
        return found


@blueprint.get("/collections/<public_id>/cover.png")
def course_chat_picture(public_id: str) -> AnyResponse:
    """Send the picture of a course for chats and social networks, drawn now if it is the first time."""
    found = find_public_collection(db(), public_id)
    volumes = volumes_of(db(), [found.id])[found.id]
    wanted = picture_of_course(found.public_id, found.title, found.kind, volumes, settings().site_name)
    response = Response(content_type="image/png")
    response.set_etag(wanted.key[:20])
    response.headers["Cache-Control"] = YEAR if request.args.get("v") == wanted.key[:10] else "no-cache"
    if not request.if_none_match.contains(wanted.key[:20]):
        made = chat_pictures_of(installation()).find_or_draw(wanted.key, lambda: draw_chat_picture(wanted, None))
        response.set_data(made)
    return response.make_conditional(request)
