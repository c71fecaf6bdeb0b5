"""Drafts: begun, copied from what is published, thrown away."""

import copy
from typing import Any

from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.accounts.permissions import Action, require, units_for
from oer.catalogue.models import DRAFT, IN_REVIEW, Material, Version, VersionFile
from oer.catalogue.queries.materials import draft_of, open_version
from oer.catalogue.services.describing import set_record
from oer.catalogue.services.holding import hold
from oer.core.errors import Conflict
from oer.core.i18n import N_

_WITHDRAWN = N_("This material was withdrawn. It must be restored before it can be changed.")
_NOT_PUBLISHED = N_("This material is not published yet: its draft can still be changed.")


def make_draft(session: Session, actor: Account) -> Material:
    """Begin a material of an account's own, without metadata, for the one unit that it publishes for if it is one.

    Raises Forbidden for who is no educator.
    """
    require(actor, Action.MATERIAL_CREATE)
    units = units_for(actor, Action.MATERIAL_CREATE) or frozenset()
    material = Material(owner_id=actor.id, unit_id=next(iter(units)) if len(units) == 1 else None)
    material.versions.append(Version(number=1, state=DRAFT, record={}, created_by_id=actor.id))
    session.add(material)
    session.flush()
    return material


def new_version(session: Session, actor: Account, material: Material) -> Version:
    """Copy a material's published version into a draft, its files too; where there is one already, return that.

    Raises Conflict for a material that was withdrawn or never published.
    """
    hold(session, material)
    version = open_version(material)
    if version is not None:
        return version
    if material.current_version is None:
        raise Conflict(_NOT_PUBLISHED, code="not_published")
    if material.withdrawn_at is not None:
        raise Conflict(_WITHDRAWN, code="withdrawn")
    return copy_version(session, material.current_version, actor.id)


def copy_version(session: Session, source: Version, actor_id: int) -> Version:
    """Add a draft to a material with the record and the files of one of its versions."""
    number = max(version.number for version in source.material.versions) + 1
    version = Version(number=number, state=DRAFT, created_by_id=actor_id)
    version.files = [
        VersionFile(
            position=file.position, name=file.name, role=file.role, language=file.language, blob_id=file.blob_id
        )
        for file in source.files
    ]
    source.material.versions.append(version)
    record: dict[str, Any] = copy.deepcopy(source.record)
    set_record(session, version, record)
    return version


def delete_draft(session: Session, material: Material) -> bool:
    """Throw a material's draft away, and the material with it if it was never published; tell whether it was.

    Raises Conflict where there is no draft, or while it is being reviewed.
    """
    hold(session, material)
    version = draft_of(material)
    never_published = material.current_version_id is None
    if never_published:
        session.delete(material)
    else:
        material.versions.remove(version)
    session.flush()
    return never_published


def take_back(session: Session, material: Material) -> Version:
    """Take a submitted version out of the review queue, to change it. Raises Conflict where none is being reviewed."""
    hold(session, material)
    version = open_version(material)
    if version is None or version.state != IN_REVIEW:
        raise Conflict(N_("This material is not being reviewed."), code="not_in_review")
    version.state = DRAFT
    version.submitted_at = None
    session.flush()
    return version
