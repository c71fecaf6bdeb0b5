"""The samples in an installation: all of them, in service, in their courses, related, and only once."""

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from oer.catalogue.models import Collection, Material, Version
from oer.samples.cli import samples
from oer.samples.loading import dependency_batches, load_samples, with_relations
from tests.samples.collection import SAMPLES, materials


def line(identifier):
    return {"identifier": identifier, "metadata": {"title": {"vi": identifier}}}


def relation(source, target):
    return {"from": source, "type": "isBasedOn", "to": target}


def test_a_material_comes_after_what_it_builds_on():
    relations = [relation("a", "b"), relation("b", "c"), relation("d", "c")]
    waves = [[each["identifier"] for each in wave] for wave in dependency_batches([*map(line, "abcd")], relations)]
    assert waves == [["c"], ["b", "d"], ["a"]]


def test_materials_in_a_ring_are_refused():
    with pytest.raises(ValueError, match="a, b"):
        list(dependency_batches([*map(line, "ab")], [relation("a", "b"), relation("b", "a")]))


def test_a_relation_is_written_with_the_id_of_its_target():
    found = with_relations(line("a"), [relation("a", "b"), relation("b", "a")], {"b": "0000b-00000"})
    assert found["metadata"]["relations"] == [{"type": "isBasedOn", "target": "0000b-00000"}]
    assert with_relations(line("c"), [relation("a", "b")], {}) == line("c")


def test_the_samples_load_whole_and_once(installation):
    assert load_samples(installation) == len(materials())
    with installation.database.reading() as session:
        published = session.scalars(sa.select(Material)).all()
        assert {material.identifier for material in published} == {each["identifier"] for each in materials()}
        assert all(material.is_public for material in published)
        ids = {material.public_id for material in published}
        targets = [
            each["target"] for material in published for each in material.current_version.record.get("relations", [])
        ]
        assert len(targets) > 3
        assert set(targets) <= ids
        checks = {material.identifier for material in published if material.current_version.self_check}
        assert checks == {path.stem for path in (SAMPLES / "self_checks").glob("*.txt")}
        courses = session.scalars(sa.select(Collection)).all()
        assert len(courses) >= 2
        assert all(course.published_at and course.items for course in courses)
    for words in (["load"], ["load", "--once"]):
        done = CliRunner().invoke(samples, words, obj=lambda: installation)
        assert done.exit_code == 0, done.output
        assert (f"{len(materials())} materials" in done.output) == ("--once" not in words)
        with installation.database.reading() as session:
            assert session.scalar(sa.select(sa.func.count(Version.id))) == len(materials())
