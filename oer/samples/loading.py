"""The sample collection, put into an installation as an import would put it."""

import json
from collections.abc import Sequence
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
from oer.catalogue.services.changes import collection_changed
from oer.catalogue.services.collections import add_material, add_part, publish_collection
from oer.core.installation import Installation
from oer.samples.demo import make_demo_accounts
from oer.samples.relating import Line, dependency_batches, with_relations

FOLDER = Path(__file__).parent
WARD_OF_THE_REPORTER = "26740"


class SamplesFaulty(RuntimeError):
    """A line of the sample collection was not taken: the collection and this version of the product do not agree."""


def are_loaded(installation: Installation) -> bool:
    """Tell whether the sample collection was loaded before, whatever has become of it since."""
    with installation.database.reading() as session:
        codes = [row["code"] for row in _read_yaml("units.yaml")["units"]]
        return session.scalar(sa.select(Unit.id).where(Unit.code.in_(codes)).limit(1)) is not None


def load_samples(installation: Installation) -> int:
    """Load the sample collection, or bring it up to date; return how many materials it has. Raises SamplesFaulty."""
    with installation.database.transaction() as session:
        load_wards(session)
        unit = _load_units(session)
        ward = session.scalars(sa.select(Unit).where(Unit.code == WARD_OF_THE_REPORTER)).one()
        make_demo_accounts(session, unit, ward)
        owner_id = system_account(session).id
    faults: list[LineError] = []
    order = ImportRun(installation, owner_id, FOLDER / "files", publish=True, report=faults.append)
    materials = 0
    for wave in dependency_batches(_lines(), _read_yaml("relations.yaml")["relations"]):
        materials += _import_wave(order, wave)
        if faults:
            raise SamplesFaulty("; ".join(f"{fault.identifier or fault.number}: {fault.reason}" for fault in faults))
    with installation.database.transaction() as session:
        _load_collections(session, owner_id)
    return materials


def _lines() -> list[Line]:
    return [json.loads(line) for line in (FOLDER / "collection.jsonl").read_text("utf-8").splitlines()]


def _import_wave(order: ImportRun, wave: list[Line]) -> int:
    with order.installation.database.reading() as session:
        ids = {material.identifier or "": material.public_id for material in _materials(session, order.owner_id)}
    relations = _read_yaml("relations.yaml")["relations"]
    return import_lines(order, (json.dumps(with_relations(line, relations, ids)) for line in wave)).total()


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
