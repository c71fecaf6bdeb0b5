"""Materials as JSON of the API, in the manner of InvenioRDM: id, links, metadata, files."""

from collections.abc import Sequence
from typing import Any

from oer.catalogue.models import Material, Version
from oer.catalogue.queries.files import ShownFile
from oer.core.links import Links


def public_material(links: Links, material: Material) -> dict[str, Any]:
    """Return a public material as a search result of the API. Raises ValueError for any other."""
    version = material.current_version
    if version is None:
        raise ValueError("only published materials are public")
    public_id = material.public_id
    return {
        "id": public_id,
        "identifier": material.identifier,
        "created": _moment(material.first_published_at),
        "updated": _moment(material.published_at),
        "version": version.number,
        "links": {
            "self": links.api_material(public_id),
            "self_html": links.material(public_id),
            "versions": f"{links.api_material(public_id)}/versions",
            "cover": links.page(f"/materials/{public_id}/cover.png"),
            "archive": links.page(f"/materials/{public_id}/download"),
        },
        "metadata": version.record,
    }


def public_material_with_files(links: Links, material: Material, files: Sequence[ShownFile]) -> dict[str, Any]:
    """Return a public material with its files, in order."""
    return {**public_material(links, material), "files": [_public_file(links, material, each) for each in files]}


def _public_file(links: Links, material: Material, shown: ShownFile) -> dict[str, Any]:
    number = shown.file.number
    return {
        **file_entry(shown),
        "links": {
            "content": links.file(material.public_id, number),
            "read": links.file(material.public_id, number, "read"),
        },
    }


def file_entry(shown: ShownFile) -> dict[str, Any]:
    """Return a file without its links: a draft's files have none."""
    return {
        "key": shown.file.name,
        "number": shown.file.number,
        "title": shown.file.title,
        "description": shown.file.description,
        "position": shown.file.position,
        "role": shown.file.role,
        "language": shown.file.language,
        "size": shown.blob.size,
        "media_type": shown.blob.media_type,
        "checksum": f"sha256:{shown.blob.sha256}",
    }


def material_version(links: Links, material: Material, version: Version) -> dict[str, Any]:
    """Return a version of a public material: its number, when it was published, where it is read."""
    is_current = version.id == material.current_version_id
    page = links.material(material.public_id)
    return {
        "version": version.number,
        "is_latest": is_current,
        "published": _moment(version.reviewed_at),
        "links": {"self_html": page if is_current else f"{page}?version={version.number}"},
        "metadata": version.record,
    }


def draft_material(links: Links, version: Version, files: Sequence[ShownFile]) -> dict[str, Any]:
    """Return a draft for the educator who writes it."""
    public_id = version.material.public_id
    return {
        "id": public_id,
        "identifier": version.material.identifier,
        "version": version.number,
        "state": version.state,
        "links": {
            "self": links.page(f"/api/v1/materials/{public_id}/draft"),
            "self_html": links.page(f"/my/materials/{public_id}"),
            "files": links.page(f"/api/v1/materials/{public_id}/files"),
        },
        "metadata": version.record,
        "files": [file_entry(each) for each in files],
    }


def _moment(moment: Any) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
