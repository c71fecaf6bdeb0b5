"""Bodies on their way into a draft: asked whether they may come before a byte of them is read."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field

from flask import request

from oer.accounts.models import Account
from oer.backends.storage import Readable
from oer.catalogue import queries
from oer.catalogue.models import Material, VersionFile
from oer.catalogue.services.uploads import keep_upload, require_room
from oer.core.errors import OerError, TooLarge, Unprocessable, UnsupportedType
from oer.core.i18n import N_
from oer.files.services import Received, readable_size, receive
from oer.web.context import db, engines, release, settings
from oer.web.forms import require_token
from oer.web.multipart import Part, body_stream, form_parts

_TOO_LARGE = N_("This file is larger than the %(limit)s that are taken.")


@dataclass
class FormUpload:
    """What a form with files brought: its fields, the files that were received, those that were refused and why."""

    fields: dict[str, str] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    refused: list[tuple[str, OerError]] = field(default_factory=list)


def draft_for_upload(account: Account, public_id: str) -> Material:
    """Return a material whose draft may get a file from an account, its quota not used up by what is announced.

    Raises NotFound, Forbidden, Conflict or TooLarge. Nothing of the body is read.
    """
    material = queries.material_to_edit(db(), account, public_id)
    queries.draft_of(material)
    require_room_for_body(material.owner_id)
    return material


def require_room_for_body(owner_id: int | None) -> None:
    """Raise TooLarge if what the request announces is more than is taken, or more than its owner may still keep."""
    announced, limit = request.content_length or 1, settings().max_upload_bytes
    if announced > limit and request.mimetype != "multipart/form-data":
        raise TooLarge(_TOO_LARGE, limit=readable_size(limit))
    require_room(db(), owner_id, settings().account_quota_bytes, announced)


@contextmanager
def received_body(name: str) -> Iterator[Received]:
    """Take the request's whole body in as one file. Nothing holds the database while it comes."""
    release()
    with _receive(body_stream(), name, expected=request.content_length) as received:
        yield received


@contextmanager
def received_form() -> Iterator[FormUpload]:
    """Take in the files of the request's form, each straight to where files arrive. Its token must come before them."""
    release()
    upload = FormUpload()
    with ExitStack() as kept:
        for part in form_parts():
            if part.file_name is None:
                upload.fields[part.name] = part.text()
            elif part.file_name:  # empty: no file was chosen
                require_token(upload.fields.get("csrf_token"))
                if not _take(part, upload, kept):
                    break
        require_token(upload.fields.get("csrf_token"))
        yield upload


def _take(part: Part, upload: FormUpload, kept: ExitStack) -> bool:
    """Take one file of a form in, or note why not; tell whether to go on reading."""
    name = part.file_name or ""
    try:
        upload.received.append(kept.enter_context(_receive(part, name)))
    except TooLarge as error:
        upload.refused.append((name, error))
        return False  # nobody knows how much more of it there is
    except (Unprocessable, UnsupportedType) as error:
        upload.refused.append((name, error))
    return True


def _receive(stream: Readable, name: str, expected: int | None = None) -> AbstractContextManager[Received]:
    limit = settings().max_upload_bytes
    return receive(engines().storage, engines().scanner, stream, name, limit=limit, expected=expected)


def keep_all(upload: FormUpload, material: Material) -> list[VersionFile]:
    """Make every received file one of a material's draft; one that finds no room joins the refused."""
    files = []
    for received in upload.received:
        try:
            with db().begin_nested():
                files.append(keep_one(received, material))
        except TooLarge as error:
            upload.refused.append((received.name, error))
    return files


def keep_one(received: Received, material: Material, position: int | None = None) -> VersionFile:
    """Make a received file one of a material's draft, or exchange the one at a position."""
    most = settings().account_quota_bytes
    return keep_upload(db(), engines().storage, material, received, most_bytes=most, position=position)
