from oer.statistics.queries.overview import material_figures, subjects_and_levels
from oer.usage.services.nightly import count_due_days
from tests.catalogue.factories import make_published
from tests.usage.factories import a_note, at, spooled


def test_a_materials_own_figures_begin_with_its_first_counted_day(installation):
    notes = [a_note("view", "A", moment=at("2026-03-10 10:00")), a_note("download", "A", moment=at("2026-03-12 10:00"))]
    spooled(installation, [*notes, a_note("view", "B", moment=at("2026-03-01 10:00"))])
    count_due_days(installation.database, at("2026-03-13 10:00"))
    with installation.database.reading() as session:
        found = material_figures(session, "A")
        assert (found.views, found.downloads, found.uses, f"{found.since}") == (1, 1, 1, "2026-03-10")
        assert material_figures(session, "nobody's").since is None


def test_a_material_is_of_its_subjects_and_of_those_above_them(session):
    material = make_published(session, subjects=["bas.song"], levels=["thcs"])
    found = subjects_and_levels(session, [material.public_id, "unknown"])
    assert set(found) == {material.public_id}
    assert {name: set(codes) for name, codes in found[material.public_id].items()} == {
        "subject": {"bas.song", "bas"},
        "level": {"thcs"},
    }
