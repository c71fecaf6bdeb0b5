"""What a page showed of a material, part by part: see `oer.core.seen`."""

from typing import Any

from oer.catalogue.fields import FIELDS, field_named
from oer.catalogue.models import Material, Version
from oer.core.i18n import N_, in_language
from oer.vocabularies import vocabularies

FILES, VERSION, REQUEST, WITHDRAWAL = "files", "version", "request", "withdrawal"
SELF_CHECK = "self_check"
PART_NAMES = {
    "title": N_("Title"),
    "summary": N_("Short summary"),
    "creators": N_("Authors and contributors"),
    "accessibility.summary": N_("More about accessibility"),
    "relations": N_("Relations to other materials"),
    FILES: N_("Files"),
    SELF_CHECK: N_("Self-check"),
    VERSION: N_("Which version is public or waits"),
    REQUEST: N_("Request for withdrawal"),
    WITHDRAWAL: N_("Whether it is withdrawn"),
}
_OF_A_FILE = ("number", "name", "title", "description", "role", "language", "blob_sha256")


def described_parts(version: Version) -> dict[str, Any]:
    """Return the fields of a version's record by name."""
    return {field.name: field.of(version.record) for field in FIELDS}


def content_parts(version: Version) -> dict[str, Any]:
    """Return all that a version consists of: its fields, its files and its self-check."""
    files = [{name: getattr(file, name) for name in _OF_A_FILE} for file in version.files]
    return {**described_parts(version), FILES: files, SELF_CHECK: version.self_check}


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


def words_of(name: str, value: Any, language: str) -> str:
    """Return what a field of a record holds as a line of text, as well as that can be said of any field."""
    if isinstance(value, dict):
        return (
            str(value["name"])
            if "name" in value
            else " / ".join(words_of(name, each, language) for each in value.values())
        )
    if isinstance(value, list):
        return ", ".join(words_of(name, each, language) for each in value)
    vocabulary = field_named(name).vocabulary
    labels = vocabularies().scheme(vocabulary).labels(value) if vocabulary and value else None
    return in_language(labels, language) if labels else str(value or "–")


# What a reviewer judges besides the files themselves.
BESIDE_A_DECISION = ("creators", "unit", "licence", "subjects", "types", "audiences", "language", "keywords")


def changed_since_published(version: Version) -> list[str]:
    """Return the names of the parts in which a new version differs from the public one; none for a first version."""
    public = version.material.current_version
    if public is None or public is version:
        return []
    before, after = content_parts(public), content_parts(version)
    return [name for name in after if (before[name] or None) != (after[name] or None)]
