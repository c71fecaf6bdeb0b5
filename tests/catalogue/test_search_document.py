"""A material as the search index keeps it."""

import pytest

from oer.catalogue.models import FileRole
from oer.catalogue.schemas.search_document import document_of
from oer.catalogue.services.files import add_file, set_file
from oer.catalogue.services.review import publish, submit_for_review
from oer.files.models import RenditionState
from tests.accounts.factories import make_unit
from tests.catalogue.factories import (
    make_blob,
    make_collection,
    make_educator,
    make_material,
    make_published,
    make_rendition,
    make_reviewer,
)


def test_a_document_is_found_by_what_the_record_says(session):
    unit = make_unit(session, name={"vi": "Thư viện Tổng hợp", "en": "General Library"})
    material = make_published(
        session,
        make_educator(session, unit),
        title={"vi": "Nấu ăn", "en": "Cooking"},
        creators=[{"name": "Sở Y tế"}],
        subjects=["bas.song"],
        keywords=["bếp"],
        outcomes={"vi": ["Biết chọn rau"]},
    )
    make_collection(session, material, title={"vi": "Gia đình khỏe"})
    make_collection(session, material, title={"vi": "Bí mật"}, public=False)
    document = document_of(session, material, "signature")
    assert (document.id, document.revision) == (material.public_id, "signature")
    assert document.titles.folded == ["nau", "an", "cook"]
    assert document.titles.exact[:2] == ["nâu2", "ăn"]
    assert document.people.folded == ["so", "y", "te", "thu", "vien", "tong", "hop", "general", "librari"]
    assert {"ki", "nang", "song"} <= set(document.subjects.folded), "labels of the subject"
    assert "biet" in document.subjects.folded, "labels of what is above it"
    assert document.keywords.folded == ["bep"]
    assert document.collections.folded == ["gia", "dinh", "khoe"]
    assert document.summary.folded[-3:] == ["biet", "chon", "rau"]


def test_a_picture_is_found_by_what_its_educator_says_of_it(session):
    owner = make_educator(session)
    material = make_material(session, owner)
    add_file(session, material, make_blob(session, b"anh").sha256, "IMG_2041.jpg")
    set_file(
        session,
        material,
        1,
        role="content",
        language=None,
        title={"vi": "Rạch Nhiêu Lộc"},
        description={"vi": "Hai bờ kè"},
    )
    submit_for_review(session, owner, material)
    publish(session, make_reviewer(session), material)
    assert document_of(session, material).summary.folded[-6:] == ["rach", "nhieu", "loc", "hai", "bo", "ke"]


def test_facets_have_codes_with_what_is_above_them(session):
    material = make_published(
        session, subjects=["bas.song"], published_on="2024", levels=["thcs"], time_required="PT1H30M"
    )
    assert document_of(session, material).facets == {
        "subject": ["bas.song", "bas"],
        "level": ["thcs"],
        "type": ["handbook"],
        "audience": ["all"],
        "language": ["vi"],
        "licence": [material.current_version.record["licence"]],
        "format": ["pdf"],
        "unit": [material.current_version.record["unit"]],
        "year": ["2024"],
        "duration": ["240"],
    }


def test_the_text_of_the_files_is_in_sections_that_can_be_opened(session):
    educator = make_educator(session)
    material = make_material(session, educator, content=b"pdf")
    make_rendition(session, make_blob(session, b"pdf"), "Trang một", "", "Trang ba")
    notes = make_blob(session, b"md", "text/markdown")
    make_rendition(session, notes, "Ghi chú")
    add_file(session, material, notes.sha256, "ghi-chu.md")
    submit_for_review(session, educator, material)
    publish(session, make_reviewer(session), material)
    sections = document_of(session, material).sections
    assert [(each.file, each.page, each.anchor, list(each.words.folded)) for each in sections] == [
        (1, 1, "page=1", ["trang", "mot"]),
        (1, 3, "page=3", ["trang", "ba"]),
        (2, None, "section-1", ["ghi", "chu"]),
    ]


@pytest.mark.parametrize(("state", "count"), [(RenditionState.NO_TEXT, 0), (RenditionState.LIMIT, 1)])
def test_what_was_found_before_a_limit_is_searched_too(session, state, count):
    make_rendition(session, make_blob(session, b"pdf"), *["text"] * count, state=state)
    assert len(document_of(session, make_published(session, content=b"pdf")).sections) == count


def test_a_cover_has_no_text_of_its_own(session):
    educator = make_educator(session)
    make_rendition(session, make_blob(session, b"pdf"), "text")
    material = make_material(session, educator, content=b"other")
    add_file(session, material, make_blob(session, b"pdf").sha256, "bia.pdf")
    set_file(session, material, 2, role=FileRole.COVER, language=None)
    submit_for_review(session, educator, material)
    publish(session, make_reviewer(session), material)
    assert document_of(session, material).sections == []


def test_names_are_suggested(session):
    material = make_published(session, title={"vi": "Nấu ăn"}, creators=[{"name": "Sở Y tế"}], keywords=["bếp"])
    names = {(name.kind, name.text, name.code) for name in document_of(session, material).suggestions}
    assert {("title", "Nấu ăn", ""), ("person", "Sở Y tế", "sở y tế"), ("keyword", "bếp", "")} <= names
    assert ("subject", "Kỹ năng sống", "bas.song") in names


def test_a_draft_has_no_document(session):
    material = make_material(session)
    assert material.newest_version
    with pytest.raises(ValueError, match="published"):
        document_of(session, material)
