"""Remix: a draft of what somebody else has published, with its source filled in; and the sources of a draft."""

import copy
from typing import Any

from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.catalogue.models import Material, Version
from oer.catalogue.queries.licensing import BASED_ON, DERIVED, source_here
from oer.catalogue.queries.materials import find_public
from oer.catalogue.services.changes import lock_material
from oer.catalogue.services.drafts import copies_of_files, in_order, make_draft, set_record
from oer.catalogue.services.files import require_quota
from oer.core.errors import Conflict, Invalid
from oer.core.i18n import N_
from oer.core.ids import is_public_id
from oer.vocabularies import vocabularies

_NO_CHANGES = N_("Its licence does not allow changed versions, so no draft can be made of it. You can link to it.")
_ITSELF = N_("A material cannot be based on itself.")
# What is said of the other one alone: who made it, when and for which unit, and what it says that it is related to.
_OF_THE_OTHER = ("creators", "unit", "published_on", "relations", "source_url")


def remix(session: Session, actor: Account, source: Material, *, most_bytes: int) -> Material:
    """Begin a draft with the metadata, files and self-check of a published material, and with it as its source.

    Raises Forbidden if the actor is not an educator, Conflict where the licence allows no changed versions, TooLarge if
    the files do not fit into the actor's quota.
    """
    version = source.current_version
    if version is None or not source_here(source.public_id, version.record).may_be_changed:
        raise Conflict(_NO_CHANGES, code="no_changes_allowed")
    material = make_draft(session, actor)
    draft = material.draft
    draft.files, draft.self_check = copies_of_files(version), version.self_check
    material.last_file_number = max((file.number for file in draft.files), default=0)
    set_record(session, draft, _record_of_remix(source, version, actor))
    session.flush()
    require_quota(session, actor.id, most_bytes)
    return material


def _record_of_remix(source: Material, version: Version, actor: Account) -> dict[str, Any]:
    record = {name: copy.deepcopy(value) for name, value in version.record.items() if name not in _OF_THE_OTHER}
    allowed = vocabularies().adapter_licences.get(record.get("licence", ""), frozenset())
    if record.get("licence") not in allowed:
        record.pop("licence", None)
    record["creators"] = [{"name": actor.name, "role": "author"}]
    record["relations"] = [{"type": BASED_ON, "target": source.public_id}]
    return in_order(record)


def add_source(session: Session, material: Material, relation: dict[str, Any]) -> None:
    """Add a source to a draft: a relation in canonical form, in place of one to the same target.

    Raises Conflict where there is no draft, Invalid for the material itself, NotFound or Gone for a target here that is
    not public.
    """
    lock_material(session, material)
    version = material.draft
    target = relation["target"]
    if target == material.public_id:
        raise Invalid(_ITSELF, field="target")
    if is_public_id(target):
        find_public(session, target)
    relations = [each for each in version.record.get("relations", ()) if each["target"] != target]
    set_record(session, version, in_order({**version.record, "relations": [*relations, relation]}))


def remove_source(session: Session, material: Material, target: str) -> None:
    """Take a source away from a draft. Raises Conflict where there is no draft."""
    lock_material(session, material)
    version = material.draft
    relations = version.record.get("relations", ())
    kept = [each for each in relations if each["target"] != target or each["type"] not in DERIVED]
    set_record(session, version, in_order({**version.record, "relations": kept}))


def choose_licence(session: Session, material: Material, licence: str) -> None:
    """Set the licence of a draft, in canonical form. Raises Conflict where there is no draft."""
    lock_material(session, material)
    version = material.draft
    set_record(session, version, in_order({**version.record, "licence": licence}))
