"""Files of a draft: uploaded, replaced, described, moved, removed."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from oer.backends.storage import Storage
from oer.catalogue.models import CAPTIONS, CONTENT, COVER, FILE_ROLES, Material, Version, VersionFile
from oer.catalogue.queries.files import quota_of
from oer.catalogue.queries.materials import draft_of
from oer.catalogue.services.changes import lock_material
from oer.core.clock import now
from oer.core.errors import Invalid, NotFound, TooLarge
from oer.core.i18n import N_, size_texts
from oer.files.services.ingest import Received, save_blob
from oer.vocabularies import vocabularies

MOST_FILES = 500
_NO_FILE = N_("There is no such file.")
_ROLE = N_("A file is content, cover, captions or transcript.")
_LANGUAGE = N_("“%(value)s” is not a language code.")
_FULL = N_("A material has %(most)s files at most.")
_ORDER = N_("The new order must name every file once.")


def add_file(
    session: Session,
    material: Material,
    blob_id: str,
    name: str,
    *,
    role: str = CONTENT,
    language: str | None = None,
) -> VersionFile:
    """Add a kept blob to the draft of a material, as its last file. Raises Conflict (no draft), Invalid."""
    lock_material(session, material)
    version = draft_of(material)
    if len(version.files) >= MOST_FILES:
        raise Invalid(_FULL, code="too_many_files", most=MOST_FILES)
    file = append_file(version, blob_id, name, role=role, language=language)
    session.flush()
    return file


def append_file(
    version: Version, blob_id: str, name: str, *, role: str = CONTENT, language: str | None = None
) -> VersionFile:
    """Add a blob to a version as its last file. Raises Invalid for an unknown role or language."""
    _check(role, language)
    position = max((file.position for file in version.files), default=0) + 1
    file = VersionFile(position=position, name=name, role=role, language=language, blob_id=blob_id)
    version.files.append(file)
    version.changed_at = now()
    return file


def replace_file(session: Session, material: Material, position: int, blob_id: str, name: str) -> VersionFile:
    """Show other bytes, under another name, where a file of the draft was. Raises Conflict, NotFound."""
    file = _file_of_draft(session, material, position)
    file.blob_id, file.name = blob_id, name
    session.flush()
    return file


def set_file(session: Session, material: Material, position: int, *, role: str, language: str | None) -> VersionFile:
    """Say what a file of the draft is for and in which language it is. Raises Conflict, NotFound, Invalid."""
    _check(role, language)
    file = _file_of_draft(session, material, position)
    if role == COVER:
        for other in file.version.files:
            other.role = CONTENT if other.role == COVER else other.role
    file.role, file.language = role, language
    session.flush()
    return file


def remove_file(session: Session, material: Material, position: int) -> None:
    """Take a file away from the draft; those behind it move up. Raises Conflict, NotFound."""
    file = _file_of_draft(session, material, position)
    version = file.version
    version.files.remove(file)
    session.flush()
    _renumber(session, version, version.files)


def order_files(session: Session, material: Material, positions: Sequence[int]) -> None:
    """Put the draft's files into the order in which their positions are named. Raises Conflict, Invalid."""
    lock_material(session, material)
    version = draft_of(material)
    by_position = {file.position: file for file in version.files}
    if sorted(positions) != sorted(by_position):
        raise Invalid(_ORDER, field="order")
    _renumber(session, version, [by_position[position] for position in positions])


def move_file(session: Session, material: Material, position: int, steps: int) -> None:
    """Move a file of the draft up (negative) or down by some places, as far as there are any."""
    file = _file_of_draft(session, material, position)
    files = list(file.version.files)
    at = files.index(file)
    files.insert(max(0, at + steps), files.pop(at))
    _renumber(session, file.version, files)


def _file_of_draft(session: Session, material: Material, position: int) -> VersionFile:
    lock_material(session, material)
    version = draft_of(material)
    file = next((each for each in version.files if each.position == position), None)
    if file is None:
        raise NotFound(_NO_FILE)
    version.changed_at = now()
    return file


def _check(role: str, language: str | None) -> None:
    if role not in FILE_ROLES:
        raise Invalid(_ROLE, field="role")
    if language and language not in vocabularies().languages:
        raise Invalid(_LANGUAGE, field="language", value=language[:50])


def _renumber(session: Session, version: Version, files: Sequence[VersionFile]) -> None:
    # Positions are unique after every statement, so all of them step aside first.
    files = list(files)
    for sign in (-1, 1):
        for place, file in enumerate(files, 1):
            file.position = sign * place
        session.flush()
    session.expire(version, ["files"])


# A file that was just taken in becomes a file of a draft.

_QUOTA_EXCEEDED = N_("Your files take %(used)s of the %(most)s that you may keep, so there is no room for this one.")
_CAPTION_TYPES = frozenset({"text/vtt", "application/x-subrip"})


def save_upload(
    session: Session,
    storage: Storage,
    material: Material,
    received: Received,
    *,
    most_bytes: int,
    position: int | None = None,
) -> VersionFile:
    """Keep a received file as the last of a material's draft, or in place of the one at `position`.

    To be called within the block of `files.services.receive`. Raises Conflict (no draft), NotFound (no such position)
    or TooLarge with code quota if the owner's files would take more than `most_bytes`.
    """
    lock_material(session, material)
    draft_of(material)
    blob = save_blob(session, storage, received)
    if position is not None:
        file = replace_file(session, material, position, blob.sha256, received.name)
    else:
        role = CAPTIONS if received.media_type in _CAPTION_TYPES else CONTENT
        file = add_file(session, material, blob.sha256, received.name, role=role)
    require_quota(session, material.owner_id, most_bytes)
    return file


def require_quota(session: Session, owner_id: int | None, most_bytes: int, coming: int = 0) -> None:
    """Raise TooLarge with code quota if an owner's files, with `coming` bytes more, take more than they may."""
    if owner_id is None:
        return
    quota = quota_of(session, owner_id, most_bytes)
    if quota.used + coming > quota.most:
        used, most = size_texts(quota.used), size_texts(quota.most)
        raise TooLarge(_QUOTA_EXCEEDED, code="quota", used=used, most=most)
