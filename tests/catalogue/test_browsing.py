"""What is in service, as people walk through it."""

from oer.catalogue.queries.browsing import (
    count_public,
    materials_by_public_ids,
    materials_of_unit,
    materials_with,
    newest,
    term_counts,
    titles_of,
)
from oer.catalogue.queries.people import find_person, materials_of_person, people
from oer.catalogue.services.withdrawal import withdraw
from tests.accounts.factories import make_unit
from tests.catalogue.factories import make_educator, make_material, make_published, make_reviewer, make_submitted


def test_only_what_is_in_service_is_listed(session):
    public, gone = make_published(session), make_published(session)
    withdraw(session, make_reviewer(session), gone, "wrong", "Sai")
    make_material(session)
    make_submitted(session)
    assert [material.id for material in newest(session)] == [public.id]
    assert [material.id for material in materials_with(session, "subject", "bas.song").items] == [public.id]
    assert term_counts(session, "subject") == {"bas": 1, "bas.song": 1}
    assert count_public(session) == 1
    assert list(materials_by_public_ids(session, [public.public_id, gone.public_id])) == [public.public_id]
    assert people(session).items[0].materials == 1


def test_a_subject_has_the_materials_of_its_branches_each_once(session):
    material = make_published(session, subjects=["bas.song", "bas.tinh"])
    assert [each.id for each in materials_with(session, "subject", "bas").items] == [material.id]
    assert term_counts(session, "subject")["bas"] == 1


def test_the_newest_come_first(session):
    materials = [make_published(session) for _ in range(3)]
    ids = [material.id for material in reversed(materials)]
    assert [material.id for material in newest(session, 2)] == ids[:2]
    page = materials_with(session, "audience", "all", page=2, size=2)
    assert ([material.id for material in page.items], page.total, page.last) == (ids[2:], 3, 2)


def test_a_unit_has_its_materials(session):
    unit = make_unit(session)
    material = make_published(session, make_educator(session, unit))
    make_published(session)
    assert [each.id for each in materials_of_unit(session, unit.id).items] == [material.id]


def test_a_person_is_one_in_small_and_in_capital_letters_and_another_without_marks(session):
    titles = [{"creators": [{"name": name}]} for name in ("Sở Y tế", "So Y te", "SỞ Y TẾ")]
    for each in titles:
        make_published(session, **each)
    found = find_person(session, "sở y tế")
    assert (found.folded, found.materials) == ("so y te", 2)
    assert "ở" in found.name.lower()
    assert materials_of_person(session, "sở y tế").total == 2
    assert materials_of_person(session, "so y te").total == 1
    assert find_person(session, "nobody") is None


def test_titles_outlive_a_withdrawal_and_drafts_have_none(session):
    material, draft = make_published(session, title={"vi": "Tin học", "en": "Computing"}), make_material(session)
    withdraw(session, make_reviewer(session), material, "wrong", "Sai")
    assert titles_of(session, [material.public_id, draft.public_id]) == {
        material.public_id: {"vi": "Tin học", "en": "Computing"}
    }
