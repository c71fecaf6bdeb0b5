"""Collections: courses and paths that educators put together."""

import pytest
import sqlalchemy as sa

from oer.accounts.models import Role
from oer.catalogue.models import CatalogueState, CollectionItem
from oer.catalogue.queries.collections import (
    chapters_of,
    collection_to_edit,
    collections_of_material,
    collections_to_edit,
    find_public_collection,
    item_counts,
    prerequisites_of,
    public_collections,
)
from oer.catalogue.services import collections as services
from oer.catalogue.services.collections import (
    add_material,
    add_note,
    add_part,
    add_prerequisite,
    create_collection,
    delete_collection,
    describe_collection,
    hide_collection,
    move,
    move_material,
    move_part,
    place_in_part,
    publish_collection,
    remove_material,
    remove_note,
    remove_part,
    remove_prerequisite,
    write_note,
)
from oer.catalogue.services.withdrawal import withdraw
from oer.core.errors import Conflict, Forbidden, Invalid, NotFound
from tests.accounts.factories import make_account, make_unit
from tests.catalogue.factories import make_collection, make_educator, make_material, make_published, make_reviewer


def order(session, collection):
    return [[item.material_id for item in chapter.items] for chapter in chapters_of(session, collection)]


def test_educators_make_collections_of_their_unit_alone(session):
    unit = make_unit(session)
    educator = make_educator(session, unit)
    collection = create_collection(session, educator, unit, {"vi": "Tin học căn bản"})
    assert (collection.unit_id, collection.published_at) == (unit.id, None)
    for other in (make_educator(session), make_account(session), make_reviewer(session)):
        with pytest.raises(Forbidden):
            create_collection(session, other, unit, {"vi": "Tin học"})


def test_a_collection_needs_a_title_and_a_kind(session):
    collection = make_collection(session, public=False)
    with pytest.raises(Invalid):
        describe_collection(session, collection, title={"vi": ""}, summary={}, kind="course")
    with pytest.raises(Invalid):
        describe_collection(session, collection, title={"vi": "A"}, summary={}, kind="heap")


def test_an_unpublished_collection_is_known_to_its_educators_alone(session):
    unit = make_unit(session)
    material = make_published(session)
    collection = make_collection(session, material, unit=unit, public=False)
    with pytest.raises(NotFound):
        find_public_collection(session, collection.public_id)
    assert collections_of_material(session, material.id) == []
    assert collection_to_edit(session, make_educator(session, unit), collection.public_id) is collection
    with pytest.raises(NotFound):
        collection_to_edit(session, make_educator(session), collection.public_id)


def test_a_public_collection_is_not_changed_by_others(session):
    collection = make_collection(session, make_published(session))
    assert find_public_collection(session, collection.public_id) is collection
    with pytest.raises(Forbidden):
        collection_to_edit(session, make_educator(session), collection.public_id)


def test_only_materials_in_service_are_put_into_a_collection(session):
    collection = make_collection(session, public=False)
    with pytest.raises(Conflict):
        add_material(session, collection, make_material(session))


def test_a_material_is_in_a_collection_once(session):
    first, second = make_published(session), make_published(session)
    collection = make_collection(session, first, second)
    add_material(session, collection, first)
    assert order(session, collection) == [[second.id, first.id]]


def test_materials_move_up_and_down_and_no_further_than_the_ends(session):
    materials = [make_published(session) for _ in range(3)]
    ids = [material.id for material in materials]
    collection = make_collection(session, *materials)
    move_material(session, collection, materials[2], -1)
    assert order(session, collection) == [[ids[0], ids[2], ids[1]]]
    for _ in range(3):
        move_material(session, collection, materials[2], -1)
    assert order(session, collection) == [[ids[2], ids[0], ids[1]]]
    for _ in range(5):
        move_material(session, collection, materials[2], 1)
    assert order(session, collection) == [[ids[0], ids[1], ids[2]]]


def test_from_the_end_of_a_part_a_material_goes_into_the_next_part_and_back(session):
    materials = [make_published(session) for _ in range(3)]
    ids = [material.id for material in materials]
    collection = make_collection(session, *materials)
    part, empty = (add_part(session, collection, {"vi": title}) for title in ("Phần 1", "Phần 2"))
    place_in_part(session, collection, collection.items[2], part.id)
    assert order(session, collection) == [ids[:2], ids[2:], []]
    move_material(session, collection, materials[1], 1)
    assert order(session, collection) == [ids[:1], ids[1:], []]
    for _ in range(3):
        move_material(session, collection, materials[2], 1)
    assert order(session, collection) == [ids[:1], [ids[1]], [ids[2]]]
    assert collection.items[2].part_id == empty.id
    for _ in range(5):
        move_material(session, collection, materials[2], -1)
    assert order(session, collection) == [[ids[2], ids[0]], [ids[1]], []]


def test_what_is_withdrawn_is_no_place_to_stop_at(session):
    first, gone, last = (make_published(session) for _ in range(3))
    collection = make_collection(session, first, gone, last)
    withdraw(session, make_reviewer(session), gone, "wrong", "Sai")
    move_material(session, collection, last, -1)
    assert order(session, collection) == [[last.id, first.id]]


def entries(session, collection):
    return [
        [getattr(each, "material_id", None) or each.heading["vi"] for each in chapter.entries]
        for chapter in chapters_of(session, collection)
    ]


def test_notes_stand_among_the_materials_and_move_with_the_same_steps(session):
    one, two = make_published(session), make_published(session)
    collection = make_collection(session, one, two)
    note = add_note(session, collection, {"vi": "Nghỉ"}, {"vi": "Uống nước."})
    assert entries(session, collection) == [[one.id, two.id, "Nghỉ"]]
    move(session, collection, note, -1)
    assert entries(session, collection) == [[one.id, "Nghỉ", two.id]]
    move_material(session, collection, two, -1)
    assert entries(session, collection) == [[one.id, two.id, "Nghỉ"]]
    part = add_part(session, collection, {"vi": "Phần"})
    place_in_part(session, collection, note, part.id)
    assert entries(session, collection) == [[one.id, two.id], ["Nghỉ"]]
    remove_part(session, collection, part.id)
    assert entries(session, collection) == [[one.id, two.id, "Nghỉ"]]
    write_note(session, collection, note, {"vi": "Giải lao"}, {})
    assert entries(session, collection)[0][2] == "Giải lao"
    with pytest.raises(Invalid):
        write_note(session, collection, note, {}, {"vi": ""})
    remove_note(session, collection, note)
    assert entries(session, collection) == [[one.id, two.id]]


def test_a_collection_takes_so_many_notes_and_no_more(session, monkeypatch):
    monkeypatch.setattr(services, "MAX_NOTES", 2)
    collection = make_collection(session, make_published(session))
    for _ in range(2):
        add_note(session, collection, {"vi": "Nghỉ"}, {})
    with pytest.raises(Invalid):
        add_note(session, collection, {"vi": "Nghỉ"}, {})


def needed(session, collection):
    return [(each.is_course, each.public_id, each.is_public) for each in prerequisites_of(session, collection.id)]


def test_courses_and_materials_are_asked_for_beforehand_once_each(session):
    collection, first = (
        make_collection(session, make_published(session)),
        make_collection(session, make_published(session)),
    )
    material = make_published(session, title={"vi": "Bảng chữ cái"})
    for each in (first, material, first):
        add_prerequisite(session, collection, each)
    assert needed(session, collection) == [(True, first.public_id, True), (False, material.public_id, True)]
    assert prerequisites_of(session, collection.id)[1].title == {"vi": "Bảng chữ cái"}
    withdraw(session, make_reviewer(session), material, "wrong", "Sai")
    hide_collection(session, make_educator(session), first)
    assert [is_public for _, _, is_public in needed(session, collection)] == [False, False]
    remove_prerequisite(session, collection, prerequisites_of(session, collection.id)[0].number)
    assert needed(session, collection) == [(False, material.public_id, False)]


def test_no_course_comes_before_itself_however_long_the_way_round(session):
    one, two, three = (make_collection(session, make_published(session)) for _ in range(3))
    with pytest.raises(Invalid):
        add_prerequisite(session, one, one)
    add_prerequisite(session, one, two)
    add_prerequisite(session, two, three)
    with pytest.raises(Invalid):
        add_prerequisite(session, three, one)


def test_what_nobody_may_see_is_asked_for_beforehand_by_nobody(session):
    collection = make_collection(session, make_published(session))
    for hidden in (make_collection(session, public=False), make_material(session)):
        with pytest.raises(Conflict):
            add_prerequisite(session, collection, hidden)
    for _ in range(10):
        add_prerequisite(session, collection, make_published(session))
    with pytest.raises(Invalid):
        add_prerequisite(session, collection, make_published(session))


def test_parts_hold_materials_and_move_as_a_whole(session):
    materials = [make_published(session) for _ in range(3)]
    ids = [material.id for material in materials]
    collection = make_collection(session, *materials)
    one, two = (add_part(session, collection, {"vi": title}) for title in ("Phần 1", "Phần 2"))
    for material, part in zip(materials, (two, one, two), strict=True):
        add_material(session, collection, material, part.id)
    assert order(session, collection) == [[ids[1]], [ids[0], ids[2]]]
    move_material(session, collection, materials[2], -1)
    assert order(session, collection) == [[ids[1]], [ids[2], ids[0]]]
    move_part(session, collection, two.id, -1)
    assert order(session, collection) == [[ids[2], ids[0]], [ids[1]]]
    remove_part(session, collection, one.id)
    assert order(session, collection) == [[ids[1]], [ids[2], ids[0]]]
    assert [chapter.part for chapter in chapters_of(session, collection)] == [None, two]


def test_a_part_of_another_collection_is_none(session):
    part = add_part(session, make_collection(session, public=False), {"vi": "Phần 1"})
    with pytest.raises(NotFound):
        add_material(session, make_collection(session, public=False), make_published(session), part.id)


def test_what_is_withdrawn_is_not_shown_and_keeps_its_place(session):
    material, other = make_published(session), make_published(session)
    collection = make_collection(session, material, other)
    withdraw(session, make_reviewer(session), material, "wrong", "Sai")
    assert order(session, collection) == [[other.id]]
    assert item_counts(session, [collection.id]) == {collection.id: 1}
    assert session.scalar(sa.select(sa.func.count()).select_from(CollectionItem)) == 2


def test_a_material_is_indexed_anew_when_its_collections_change(session):
    material = make_published(session)
    revisions = []

    def note():
        session.refresh(material)
        revisions.append(material.revision)

    note()
    collection = make_collection(session, material)
    note()
    describe_collection(session, collection, title={"vi": "Tên mới"}, summary={}, kind="path")
    note()
    remove_material(session, collection, material)
    note()
    assert revisions == sorted(set(revisions))


def test_a_change_has_home_and_lists_be_rendered_anew(session):
    make_published(session)
    state = session.get(CatalogueState, 1)
    before = state.page_revision
    make_collection(session, make_published(session))
    session.refresh(state)
    assert state.page_revision > before


def test_an_empty_collection_is_not_published(session):
    collection = make_collection(session, public=False)
    with pytest.raises(Invalid):
        publish_collection(session, make_account(session, Role.ADMIN), collection)


def test_a_published_collection_is_hidden_before_it_is_deleted(session, audited):
    admin, collection = make_account(session, Role.ADMIN), make_collection(session, make_published(session))
    with pytest.raises(Conflict):
        delete_collection(session, admin, collection)
    hide_collection(session, admin, collection)
    delete_collection(session, admin, collection)
    assert public_collections(session).total == 0
    assert session.scalar(sa.select(sa.func.count()).select_from(CollectionItem)) == 0
    assert audited()[-3:] == ["collection.published", "collection.hidden", "collection.deleted"]


def test_everybody_sees_those_that_they_may_change(session):
    unit = make_unit(session)
    mine = make_collection(session, unit=unit, public=False)
    make_collection(session, public=False)
    assert [each.id for each in collections_to_edit(session, make_educator(session, unit)).items] == [mine.id]
    assert collections_to_edit(session, make_account(session, Role.ADMIN)).total == 2
