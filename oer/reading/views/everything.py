"""Everything of a material in one ZIP."""

from functools import partial

from flask import Response, request

from oer.backends.storage import Storage
from oer.catalogue.models import COVER
from oer.core.errors import NotFound
from oer.core.i18n import in_language
from oer.core.links import Links
from oer.files.queries import servable_blob
from oer.reading.archives import Entry, archive_blocks, archive_length, unlike_names
from oer.reading.licence_text import NAME, licence_text
from oer.reading.queries import FileLine, Seen, file_lines
from oer.reading.views.frame import NO_FILE, blueprint, seen_material
from oer.usage.views import note
from oer.web.context import db, engines, language, release, settings
from oer.web.file_names import content_disposition


@blueprint.get("/materials/<public_id>/download")
def download_all(public_id: str) -> Response:
    """Send all files of a material with the words of its licence, while the archive is written."""
    seen = seen_material(public_id)
    lines = [line for line in file_lines(db(), seen.version) if line.role != COVER]
    if not lines:
        raise NotFound(NO_FILE)
    entries = _entries(seen, lines, engines().storage)
    if not seen.preview:
        note("download", public_id, format="zip", url=f"/materials/{public_id}")
    name = f"{in_language(seen.version.record.get('title'), language())}.zip"
    changed = seen.material.published_at or seen.version.changed_at
    release()
    body = () if request.method == "HEAD" else archive_blocks(entries, changed)
    response = Response(body, content_type="application/zip")
    length = archive_length(entries)
    if length is not None:
        response.content_length = length
    response.headers["Content-Disposition"] = content_disposition("attachment", name)
    return response


def _entries(seen: Seen, lines: list[FileLine], storage: Storage) -> list[Entry]:
    """Return what goes into the archive. Raises Damaged or Gone before anything is sent if a file is not fit for it."""
    blobs = [servable_blob(db(), storage, line.shown.blob.sha256) for line in lines]
    address = Links(settings().base_url).material(seen.material.public_id)
    licence = licence_text(seen.material, seen.version.record, address).encode("utf-8-sig")
    names = unlike_names([NAME, *(line.name for line in lines)])
    files = [
        Entry(name, blob.size, partial(storage.read, blob.sha256)) for name, blob in zip(names[1:], blobs, strict=True)
    ]
    return [Entry(names[0], len(licence), lambda: [licence]), *files]
