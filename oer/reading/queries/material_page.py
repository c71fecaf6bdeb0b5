"""A material at a glance and in full: everything that its page says."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from oer.accounts.models import Unit
from oer.catalogue.models import CAPTIONS, CONTENT, TRANSCRIPT
from oer.catalogue.queries import materials_by_public_ids, records_relating_to
from oer.catalogue.queries.covers import cover_among
from oer.catalogue.queries.formats import formats_among
from oer.core.ids import is_public_id
from oer.reading.queries.courses import Place, places_in_courses
from oer.reading.queries.files import FileLine, file_lines
from oer.reading.queries.seeing import Seen
from oer.vocabularies import vocabularies


@dataclass(frozen=True)
class Related:
    """What a material is related to, and how: a material here by its id, or an address elsewhere."""

    type: str
    public_id: str | None
    url: str | None
    title: dict[str, str]
    language: list[str]


@dataclass(frozen=True)
class MaterialPage:
    """What a material's page shows, of the version that is seen."""

    seen: Seen
    unit: Unit | None
    files: list[FileLine]
    cover: str | None
    places: list[Place]
    related: list[Related]
    formats: list[str]

    @property
    def record(self) -> dict[str, Any]:
        """The metadata."""
        return self.seen.version.record

    @property
    def contents(self) -> list[FileLine]:
        """The files that hold what is to be learned."""
        return [line for line in self.files if line.role == CONTENT]

    @property
    def companions(self) -> list[FileLine]:
        """Captions and transcripts."""
        return [line for line in self.files if line.role in {CAPTIONS, TRANSCRIPT}]

    @property
    def first(self) -> FileLine | None:
        """The file to open first, None where none opens here."""
        return next((line for line in self.contents if line.opens), None)

    @property
    def size(self) -> int:
        """How many bytes everything has together, covers left out."""
        return sum(line.size for line in (*self.contents, *self.companions))


def material_page(session: Session, seen: Seen) -> MaterialPage:
    """Return everything that the page of a material shows."""
    material, version = seen.material, seen.version
    files = file_lines(session, version)
    return MaterialPage(
        seen,
        session.get(Unit, material.unit_id) if material.unit_id else None,
        files,
        cover_among(line.shown for line in files),
        [] if seen.preview else places_in_courses(session, material),
        _related(session, material.public_id, version.record),
        formats_among(version.record, [line.shown.blob.media_type for line in files if line.role == CONTENT]),
    )


def _related(session: Session, public_id: str, record: dict[str, Any]) -> list[Related]:
    """Return the relations whose other end is in service here, or elsewhere; those that only others name come last."""
    relations = record.get("relations", [])
    wanted = [each["target"] for each in relations if is_public_id(each["target"])]
    here = materials_by_public_ids(session, wanted) if wanted else {}
    found = []
    for each in relations:
        other = here.get(each["target"])
        if other is not None and other.current_version is not None:
            found.append(_to(each["type"], each["target"], other.current_version.record))
        elif not is_public_id(each["target"]):
            found.append(Related(each["type"], None, each["target"], {}, []))
    said = {(each.type, each.public_id) for each in found}
    return found + [each for each in _relating(session, public_id) if (each.type, each.public_id) not in said]


def _relating(session: Session, public_id: str) -> Iterator[Related]:
    """Give what other materials say of this one, as it is said from this end."""
    for other, record in records_relating_to(session, public_id).items():
        for each in record.get("relations", []):
            term = vocabularies().relations.get(each["type"])
            if each["target"] == public_id and term is not None:
                yield _to(term.facts["inverse"], other, record)


def _to(kind: str, public_id: str, record: dict[str, Any]) -> Related:
    return Related(kind, public_id, None, record.get("title", {}), record.get("language", []))
