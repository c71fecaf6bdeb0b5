"""A file that was just taken in becomes a file of a draft."""

from sqlalchemy.orm import Session

from oer.backends.storage import Storage
from oer.catalogue.models import CAPTIONS, CONTENT, Material, VersionFile
from oer.catalogue.queries.materials import draft_of
from oer.catalogue.queries.quota import quota_of
from oer.catalogue.services.files import add_file, replace_file
from oer.catalogue.services.holding import hold
from oer.core.errors import TooLarge
from oer.core.i18n import N_
from oer.files.services import Received, keep, readable_size

_FULL = N_("Your files take %(used)s of the %(most)s that you may keep, so there is no room for this one.")
_CAPTIONS = frozenset({"text/vtt", "application/x-subrip"})


def keep_upload(
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
    hold(session, material)
    draft_of(material)
    blob = keep(session, storage, received)
    if position is not None:
        file = replace_file(session, material, position, blob.sha256, received.name)
    else:
        role = CAPTIONS if received.media_type in _CAPTIONS else CONTENT
        file = add_file(session, material, blob.sha256, received.name, role=role)
    require_room(session, material.owner_id, most_bytes)
    return file


def require_room(session: Session, owner_id: int | None, most_bytes: int, coming: int = 0) -> None:
    """Raise TooLarge with code quota if an owner's files, with `coming` bytes more, take more than they may."""
    if owner_id is None:
        return
    quota = quota_of(session, owner_id, most_bytes)
    if quota.used + coming > quota.most:
        used, most = readable_size(quota.used), readable_size(quota.most)
        raise TooLarge(_FULL, code="quota", used=used, most=most)
