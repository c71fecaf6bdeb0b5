"""Files of a draft: uploaded, replaced, described, moved, removed."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.backends.storage import Storage
from oer.catalogue.checks import FILE_DESCRIPTION, FILE_TITLE
from oer.catalogue.models import MAX_FILES, TOO_MANY_FILES, FileRole, Material, Version, VersionFile
from oer.catalogue.queries.files import bytes_of_unit, quota_of
from oer.catalogue.services.changes import lock_material
from oer.core.clock import now
from oer.core.errors import Invalid, NotFound, TooLarge
from oer.core.i18n import N_, size_texts
from oer.files.models import Blob
from oer.files.services.ingest import Received, save_blob
from oer.vocabularies import vocabularies

_NO_FILE = N_("There is no such file.")
_ROLE = N_("A file is content, cover, captions or transcript.")
_LANGUAGE = N_("“%(value)s” is not a language code.")
_QUOTA_EXCEEDED = N_("Your files take %(used)s of the %(most)s that you may keep, so there is no room for this one.")
_UNIT_QUOTA_EXCEEDED = N_(
    "The files of your unit take %(used)s of the %(most)s that it may keep, so there is no room for this one."
)
_CAPTION_TYPES = frozenset({"text/vtt", "application/x-subrip"})
_RECORDINGS = ("audio/", "video/")


def save_upload(
    session: Session,
    storage: Storage,
    material: Material,
    received: Received,
    *,
    most_bytes: int,
    unit_bytes: int = 0,
    number: int | None = None,
) -> VersionFile:
    """Save a received file as the last of a material's draft, or in place of the one with `number`, which it keeps.

    To be called within the block of `files.services.ingest.receive`. Raises Conflict (no draft), NotFound (no such
    number), Invalid (too many files), or TooLarge with code quota if the owner's files would take more than
    `most_bytes`, or those of its unit more than `unit_bytes` (0: as many as they like).
    """
    version = _locked_draft(session, material)
    blob = save_blob(session, storage, received)
    if number is None:
        file = _append(version, blob.sha256, received.name, FileRole.CONTENT, None)
        _tell_captions(session, version, file, received.media_type)
    else:
        file = _numbered_file(version, number)
        file.blob_sha256, file.name = blob.sha256, received.name
    session.flush()
    require_quota(session, material.owner_id, most_bytes)
    require_unit_quota(session, material.unit_id, unit_bytes)
    return file


def _tell_captions(session: Session, version: Version, added: VersionFile, media_type: str) -> None:
    """Set which files are captions after one was added: those beside a recording, whichever came first."""
    session.flush()
    sha256s = [file.blob_sha256 for file in version.files]
    types = dict(session.execute(sa.select(Blob.sha256, Blob.media_type).where(Blob.sha256.in_(sha256s))).all())
    is_recording = media_type.startswith(_RECORDINGS)
    if media_type in _CAPTION_TYPES and any(kind.startswith(_RECORDINGS) for kind in types.values()):
        added.role = FileRole.CAPTIONS
    for file in version.files if is_recording else ():
        if file.role is FileRole.CONTENT and types[file.blob_sha256] in _CAPTION_TYPES:
            file.role = FileRole.CAPTIONS


def require_quota(session: Session, owner_id: int | None, most_bytes: int, coming: int = 0) -> None:
    """Raise TooLarge with code quota if an owner's files, with `coming` bytes more, take more than they may.

    What is still to come of uploads that have begun counts as if it were there.
    """
    if owner_id is None:
        return
    quota = quota_of(session, owner_id, most_bytes)
    taken = quota.used + quota.coming
    if taken + coming > quota.most:
        raise TooLarge(_QUOTA_EXCEEDED, code="quota", used=size_texts(taken), most=size_texts(quota.most))


def require_unit_quota(session: Session, unit_id: int | None, most_bytes: int, coming: int = 0) -> None:
    """Raise TooLarge with code quota if the files of a unit take more than `most_bytes`; 0 is no limit."""
    if unit_id is None or not most_bytes:
        return
    used = bytes_of_unit(session, unit_id)
    if used + coming > most_bytes:
        raise TooLarge(_UNIT_QUOTA_EXCEEDED, code="quota", used=size_texts(used), most=size_texts(most_bytes))


def add_file(
    session: Session,
    material: Material,
    blob_sha256: str,
    name: str,
    *,
    role: str = FileRole.CONTENT,
    language: str | None = None,
) -> VersionFile:
    """Add a saved blob to the draft of a material, as its last file. Raises Conflict (no draft), Invalid."""
    checked = _checked_role(role), _checked_language(language)
    file = _append(_locked_draft(session, material), blob_sha256, name, *checked)
    session.flush()
    return file


def set_file(
    session: Session,
    material: Material,
    number: int,
    *,
    role: str,
    language: str | None,
    title: Mapping[str, str] | None = None,
    description: Mapping[str, str] | None = None,
) -> VersionFile:
    """Set what a file of the draft is for and what it is called, by language; a draft has one cover at most.

    Texts in languages that are not given stay. Raises Conflict, NotFound, Invalid.
    """
    new_role, new_language = _checked_role(role), _checked_language(language)
    file = _numbered_file(_locked_draft(session, material), number)
    new_title = FILE_TITLE({**file.title, **(title or {})}, "title")
    new_description = FILE_DESCRIPTION({**file.description, **(description or {})}, "description")
    if new_role is FileRole.COVER:
        for other in file.version.files:
            other.role = FileRole.CONTENT if other.role is FileRole.COVER else other.role
    file.role, file.language = new_role, new_language
    file.title, file.description = new_title, new_description
    session.flush()
    return file


def remove_file(session: Session, material: Material, number: int) -> None:
    """Take a file away from the draft; those behind it move up. Raises Conflict, NotFound."""
    file = _numbered_file(_locked_draft(session, material), number)
    version = file.version
    version.files.remove(file)
    session.flush()
    _renumber(session, version, version.files)


def move_file(session: Session, material: Material, number: int, steps: int) -> None:
    """Move a file of the draft up (negative) or down by some places, as far as there are any."""
    file = _numbered_file(_locked_draft(session, material), number)
    files = list(file.version.files)
    at = files.index(file)
    files.insert(max(0, at + steps), files.pop(at))
    _renumber(session, file.version, files)


def _locked_draft(session: Session, material: Material) -> Version:
    lock_material(session, material)
    return material.draft


def _append(version: Version, blob_sha256: str, name: str, role: FileRole, language: str | None) -> VersionFile:
    if len(version.files) >= MAX_FILES:
        raise Invalid(TOO_MANY_FILES, code="too_many_files", most=MAX_FILES)
    position = max((file.position for file in version.files), default=0) + 1
    number = version.material.new_file_number()
    file = VersionFile(
        position=position, number=number, name=name, role=role, language=language, blob_sha256=blob_sha256
    )
    version.files.append(file)
    version.changed_at = now()
    return file


def _numbered_file(version: Version, number: int) -> VersionFile:
    """Return the file with a number, which is about to be changed. Raises NotFound."""
    file = next((each for each in version.files if each.number == number), None)
    if file is None:
        raise NotFound(_NO_FILE)
    version.changed_at = now()
    return file


def _checked_role(role: str) -> FileRole:
    try:
        return FileRole(role)
    except ValueError:
        raise Invalid(_ROLE, field="role") from None


def _checked_language(language: str | None) -> str | None:
    if language and language not in vocabularies().languages:
        raise Invalid(_LANGUAGE, field="language", value=language[:50])
    return language


def _renumber(session: Session, version: Version, files: Sequence[VersionFile]) -> None:
    # Positions are unique after every statement, so all are moved to negative numbers first.
    files = list(files)
    for sign in (-1, 1):
        for place, file in enumerate(files, 1):
            file.position = sign * place
        session.flush()
    session.expire(version, ["files"])
