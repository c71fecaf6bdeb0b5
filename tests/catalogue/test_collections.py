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
    public_collections,
)
from oer.catalogue.services.collections import (
    add_material,
    add_part,
    create_collection,
    delete_collection,
    describe_collection,
    hide_collection,
    move_material,
    move_part,
    order_items,
    publish_collection,
    remove_material,
    remove_part,
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


def test_materials_are_put_in_order(session):
    materials = [make_published(session) for _ in range(3)]
    ids = [material.id for material in materials]
    collection = make_collection(session, *materials)
    order_items(session, collection, [ids[2], ids[0], ids[1]])
    assert order(session, collection) == [[ids[2], ids[0], ids[1]]]
    move_material(session, collection, materials[2], 1)
    assert order(session, collection) == [[ids[0], ids[2], ids[1]]]
    with pytest.raises(Invalid):
        order_items(session, collection, ids[:2])


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
