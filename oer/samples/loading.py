"""Loads the sample collection into an installation, as an import would."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from sqlalchemy.orm import Session

from oer.accounts.models import Account, Unit
from oer.accounts.services.administration import system_account
from oer.accounts.services.units import create_unit, load_wards
from oer.catalogue.jobs.importing import ImportRun, LineError, import_lines
from oer.catalogue.models import Collection, Material
from oer.catalogue.queries.home import picture_of
from oer.catalogue.services.changes import collection_changed, material_changed
from oer.catalogue.services.collections import add_material, add_part, publish_collection
from oer.catalogue.services.home import set_picture
from oer.core.audit import AuditRecord, record
from oer.core.console import Progress, no_progress
from oer.core.installation import Installation
from oer.files.services.ingest import receive, save_blob
from oer.learning.self_checks import parse, write
from oer.samples.demo import make_demo_accounts

FOLDER = Path(__file__).parent
WARD_OF_THE_REPORTER = "26740"
LOADED = "samples.loaded"  # in the audit log, once all of it is there

Line = dict[str, Any]
Relation = Mapping[str, str]


class SamplesFaulty(RuntimeError):
    """A line of the sample collection was not taken: the collection and this version of the product do not agree."""


def are_loaded(installation: Installation) -> bool:
    """Tell whether the whole sample collection was loaded before, whatever has become of it since."""
    identifiers = [row["identifier"] for row in _read_yaml("collections.yaml")["collections"]]
    marked = sa.exists().where(AuditRecord.action == LOADED)
    # Collections come last; installations made before there was a mark have them.
    there = sa.exists().where(Collection.identifier.in_(identifiers))
    with installation.database.reading() as session:
        return bool(session.scalar(sa.select(sa.or_(marked, there))))


def load_samples(installation: Installation, progress: Progress = no_progress) -> int:
    """Load the sample collection, or bring it up to date; return how many materials it has. Raises SamplesFaulty."""
    with installation.database.transaction() as session:
        load_wards(session)
        _load_units(session)
        owner_id = system_account(session).id
    faults: list[LineError] = []
    run = ImportRun(installation, owner_id, FOLDER / "files", publish=True, report=faults.append)
    lines = _lines()
    done = 0
    progress("sample materials", 0, len(lines))
    for batch in dependency_batches(lines, _read_yaml("relations.yaml")["relations"]):
        done += _import_batch(run, batch)
        if faults:
            raise SamplesFaulty("; ".join(f"{fault.identifier or fault.number}: {fault.reason}" for fault in faults))
        progress("sample materials", done, len(lines))
    with installation.database.transaction() as session:
        _load_collections(session, owner_id)
        _load_pictures(session, installation)
        _load_self_checks(session, owner_id)
        record(session, None, LOADED, "samples", "collection", materials=done)
    return done


def load_demo_accounts(installation: Installation) -> None:
    """Make the demo accounts with the units that they belong to, unless they were made before."""
    with installation.database.transaction() as session:
        load_wards(session)
        unit = _load_units(session)
        ward = session.scalars(sa.select(Unit).where(Unit.code == WARD_OF_THE_REPORTER)).one()
        make_demo_accounts(session, unit, ward)


def _lines() -> list[Line]:
    return [json.loads(line) for line in (FOLDER / "collection.jsonl").read_text("utf-8").splitlines()]


def dependency_batches(lines: Iterable[Line], relations: Sequence[Relation]) -> Iterator[list[Line]]:
    """Group lines so that whatever a material relates to is in a batch before its own.

    Raises ValueError where materials relate to each other in a circle, or to one that is not there.
    """
    waiting = {line["identifier"]: line for line in lines}
    while waiting:
        blocked = {each["from"] for each in relations if each["to"] in waiting}
        batch = [line for identifier, line in waiting.items() if identifier not in blocked]
        if not batch:
            raise ValueError(f"related in a circle: {', '.join(waiting)}")
        yield batch
        waiting = {identifier: line for identifier, line in waiting.items() if identifier in blocked}


def with_relations(line: Line, relations: Sequence[Relation], ids: Mapping[str, str]) -> Line:
    """Return a line with its relations, which name materials by the public ids in `ids`. Raises KeyError."""
    own = [
        {"type": each["type"], "target": ids[each["to"]]} for each in relations if each["from"] == line["identifier"]
    ]
    return {**line, "metadata": {**line["metadata"], "relations": own}} if own else line


def _import_batch(run: ImportRun, batch: list[Line]) -> int:
    with run.installation.database.reading() as session:
        ids = {material.identifier or "": material.public_id for material in _materials(session, run.owner_id)}
    relations = _read_yaml("relations.yaml")["relations"]
    return import_lines(run, (json.dumps(with_relations(line, relations, ids)) for line in batch)).total()


def _materials(session: Session, owner_id: int) -> Sequence[Material]:
    return session.scalars(sa.select(Material).where(Material.owner_id == owner_id)).all()


def _read_yaml(name: str) -> dict[str, Any]:
    with (FOLDER / name).open(encoding="utf-8") as file:
        return dict(yaml.load(file, yaml.CSafeLoader))


def _load_units(session: Session) -> Unit:
    rows = _read_yaml("units.yaml")["units"]
    for row in rows:
        if session.scalar(sa.select(Unit.id).where(Unit.code == row["code"])) is None:
            create_unit(session, None, code=row["code"], name=row["name"], kind=row["kind"])
    return session.scalars(sa.select(Unit).where(Unit.code == rows[0]["code"])).one()


def _load_collections(session: Session, owner_id: int) -> None:
    owner = session.get_one(Account, owner_id)
    materials = {material.identifier: material for material in _materials(session, owner_id)}
    for row in _read_yaml("collections.yaml")["collections"]:
        known = session.scalar(sa.select(Collection).where(Collection.identifier == row["identifier"]))
        if known is None:
            _make_collection(session, owner, row, materials)


def _load_pictures(session: Session, installation: Installation) -> None:
    """Give each course its picture, unless somebody gave it another one."""
    for row in _read_yaml("collections.yaml")["collections"]:
        course = session.scalars(sa.select(Collection).where(Collection.identifier == row["identifier"])).one_or_none()
        if course is None or picture_of(session, course.id) is not None:
            continue
        path = FOLDER / "pictures" / row["picture"]
        limit = installation.settings.max_upload_bytes
        with (
            path.open("rb") as stream,
            receive(installation.storage, installation.scanner, stream, path.name, limit=limit) as received,
        ):
            set_picture(session, course, save_blob(session, installation.storage, received).sha256)


def _load_self_checks(session: Session, owner_id: int) -> None:
    """Give materials their questions (a file by identifier), unless somebody gave them others."""
    materials = {material.identifier: material for material in _materials(session, owner_id)}
    for path in sorted((FOLDER / "self_checks").glob("*.txt")):
        material = materials[path.stem]
        version = material.current_version
        if version is not None and not version.self_check:
            version.self_check = write(parse(path.read_text("utf-8")))
            material_changed(session, material)


def _make_collection(session: Session, owner: Account, row: dict[str, Any], materials: dict[Any, Material]) -> None:
    unit = session.scalars(sa.select(Unit).where(Unit.code == row["unit"])).one()
    collection = Collection(
        identifier=row["identifier"],
        kind=row["kind"],
        title=row["title"],
        summary=row["summary"],
        unit_id=unit.id,
        owner_id=owner.id,
    )
    session.add(collection)
    session.flush()
    for part_row in row["parts"]:
        part = add_part(session, collection, part_row["title"])
        session.flush()
        for identifier in part_row["materials"]:
            add_material(session, collection, materials[identifier], part.id)
    collection_changed(session, collection)
    publish_collection(session, owner, collection)
