"""What a page showed of a material, part by part: see `oer.core.seen`."""

from typing import Any

from oer.catalogue.fields import FIELDS
from oer.catalogue.models import Material, Version
from oer.core.i18n import N_

FILES, VERSION, REQUEST, WITHDRAWAL = "files", "version", "request", "withdrawal"
PART_NAMES = {
    "title": N_("Title"),
    "summary": N_("Short summary"),
    "creators": N_("Authors and contributors"),
    "accessibility.summary": N_("More about accessibility"),
    "relations": N_("Relations to other materials"),
    FILES: N_("Files"),
    VERSION: N_("Which version is public or waits"),
    REQUEST: N_("Request for withdrawal"),
    WITHDRAWAL: N_("Whether it is withdrawn"),
}
_OF_A_FILE = ("number", "name", "title", "description", "role", "language", "blob_sha256")


def described_parts(version: Version) -> dict[str, Any]:
    """Return the fields of a version's record by name."""
    return {field.name: field.of(version.record) for field in FIELDS}


def content_parts(version: Version) -> dict[str, Any]:
    """Return all that a version consists of: its fields and its files."""
    files = [{name: getattr(file, name) for name in _OF_A_FILE} for file in version.files]
    return {**described_parts(version), FILES: files}


def decision_parts(material: Material, version: Version) -> dict[str, Any]:
    """Return all that a reviewer's decision on a material is about, `version` being the one that is shown."""
    public = material.current_version
    return {
        **content_parts(version),
        VERSION: [version.number, version.state, public.number if public else None],
        REQUEST: material.withdrawal_asked_reason,
        WITHDRAWAL: material.withdrawn_at.isoformat() if material.withdrawn_at else None,
    }


def name_of_part(name: str) -> str:
    """Return the heading of a part, to be translated."""
    headings = {field.name: field.heading for field in FIELDS}
    return PART_NAMES.get(name) or headings.get(name) or name
