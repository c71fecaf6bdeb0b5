"""Drafts: begun, described, copied from what is published, thrown away."""

import pytest
import sqlalchemy as sa

from oer.accounts.models import Role
from oer.catalogue.models import Contributor, Material, Version, VersionFile, VersionState, VersionTerm
from oer.catalogue.services.drafts import delete_draft, make_draft, new_version, set_metadata
from oer.catalogue.services.review import recall
from oer.catalogue.services.withdrawal import withdraw
from oer.core.errors import Conflict, Forbidden, Invalid
from oer.core.ids import is_public_id
from tests.accounts.factories import make_account, make_unit
from tests.catalogue.factories import (
    make_educator,
    make_material,
    make_published,
    make_reviewer,
    make_submitted,
    record,
)


def count(session, table) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table))


def test_a_new_draft_belongs_to_its_maker_and_the_unit_that_they_publish_for(session):
    unit = make_unit(session)
    educator = make_educator(session, unit)
    material = make_draft(session, educator)
    assert (material.owner_id, material.unit_id, material.is_public) == (educator.id, unit.id, False)
    assert [(version.number, version.state) for version in material.versions] == [(1, VersionState.DRAFT)]
    assert is_public_id(material.public_id)


@pytest.mark.parametrize("role", [Role.LEARNER, Role.REVIEWER, Role.REPORTER])
def test_who_is_no_educator_begins_no_draft(session, role):
    roles = [] if role is Role.LEARNER else [role]
    with pytest.raises(Forbidden):
        make_draft(session, make_account(session, *roles))


def test_a_description_makes_rows_of_terms_with_what_is_above_them(session):
    material = make_material(session, subjects=["bas.song", "sch.ngu-van"], levels=["thcs"])
    terms = session.execute(
        sa.select(VersionTerm.scheme, VersionTerm.code).order_by(VersionTerm.scheme, VersionTerm.position)
    ).all()
    assert [code for scheme, code in terms if scheme == "subject"] == ["bas.song", "bas", "sch.ngu-van", "sch"]
    assert ("level", "thcs") in terms
    assert ("licence", material.versions[0].record["licence"]) in terms


def test_people_are_found_by_their_folded_names(session):
    make_material(session, creators=[{"name": "Trường Tiểu học Nguyễn Huệ"}, {"name": "Sở Y tế", "role": "editor"}])
    people = session.scalars(sa.select(Contributor).order_by(Contributor.position)).all()
    assert [(each.position, each.folded, each.role) for each in people] == [
        (1, "truong tieu hoc nguyen hue", "author"),
        (2, "so y te", "editor"),
    ]


def test_describing_anew_replaces_the_rows(session):
    educator = make_educator(session)
    material = make_material(session, educator)
    set_metadata(session, educator, material, record(subjects=["sch.ngu-van"], creators=[{"name": "B"}]))
    subjects = session.scalars(sa.select(VersionTerm.code).where(VersionTerm.scheme == "subject")).all()
    assert sorted(subjects) == ["sch", "sch.ngu-van"]
    assert session.scalars(sa.select(Contributor.name)).all() == ["B"]


def test_a_unit_must_exist(session):
    educator = make_educator(session)
    with pytest.raises(Invalid, match="no-such-unit") as caught:
        set_metadata(session, educator, make_draft(session, educator), record(unit="no-such-unit"))
    assert caught.value.field == "unit"


def test_nobody_publishes_for_a_unit_that_is_not_theirs(session):
    educator, other = make_educator(session), make_unit(session)
    with pytest.raises(Invalid) as caught:
        set_metadata(session, educator, make_draft(session, educator), record(unit=other.code))
    assert caught.value.field == "unit"


def test_an_administrator_may_name_any_unit(session):
    material = make_draft(session, make_account(session, Role.ADMIN))
    unit = make_unit(session)
    set_metadata(session, make_account(session, Role.ADMIN), material, record(unit=unit.code))
    assert material.unit_id == unit.id


def test_a_new_version_is_a_copy_with_its_files(session):
    educator = make_educator(session)
    material = make_published(session, educator)
    version = new_version(session, educator, material)
    first = material.current_version
    assert (version.number, version.state, first.state) == (2, VersionState.DRAFT, VersionState.PUBLISHED)
    assert version.record == first.record
    assert version.record is not first.record
    copied, copies = ([(file.name, file.blob_sha256) for file in each.files] for each in (first, version))
    assert copies == copied
    assert {term.code for term in version.terms} <= {term.code for term in first.terms}


def test_asking_twice_for_a_new_version_makes_one(session):
    educator = make_educator(session)
    material = make_published(session, educator)
    assert new_version(session, educator, material).id == new_version(session, educator, material).id


@pytest.mark.parametrize(("table", "column"), [("version", "state"), ("version_file", "role")])
def test_the_database_itself_knows_states_and_roles(session, table, column):
    make_material(session)
    with pytest.raises(sa.exc.IntegrityError):
        session.execute(sa.text(f"UPDATE {table} SET {column} = 'lost'"))


def test_the_database_itself_keeps_a_second_open_version_out(session):
    material = make_material(session)
    session.add(Version(material_id=material.id, number=2, state=VersionState.IN_REVIEW, record={}))
    with pytest.raises(sa.exc.IntegrityError):
        session.flush()


def test_there_is_no_new_version_of_what_was_never_published_once_its_draft_is_gone(session):
    educator = make_educator(session)
    material = make_published(session, educator)
    withdraw(session, make_reviewer(session), material, "wrong", "Sai số liệu")
    with pytest.raises(Conflict) as caught:
        new_version(session, educator, material)
    assert caught.value.code == "withdrawn"


def test_deleting_the_only_draft_deletes_the_material_and_what_hangs_on_it(session):
    material = make_material(session)
    assert delete_draft(session, material) is True
    tables = (Material, Version, VersionFile, VersionTerm, Contributor)
    assert [count(session, table) for table in tables] == [0, 0, 0, 0, 0]


def test_deleting_a_new_version_leaves_what_is_published(session):
    educator = make_educator(session)
    material = make_published(session, educator)
    new_version(session, educator, material)
    assert delete_draft(session, material) is False
    assert [version.number for version in material.versions] == [1]
    assert material.is_public
    assert count(session, VersionFile) == 1


def test_what_is_being_reviewed_must_be_taken_back_first(session):
    educator = make_educator(session)
    material = make_submitted(session, educator)
    for change in (delete_draft, lambda *given: set_metadata(given[0], educator, given[1], record())):
        with pytest.raises(Conflict) as caught:
            change(session, material)
        assert caught.value.code == "in_review"
    recall(session, material)
    assert material.newest_version.state == VersionState.DRAFT
    with pytest.raises(Conflict):
        recall(session, material)


def test_a_published_version_is_not_described(session):
    educator = make_educator(session)
    material = make_published(session, educator)
    with pytest.raises(Conflict) as caught:
        set_metadata(session, educator, material, record())
    assert caught.value.code == "not_a_draft"
