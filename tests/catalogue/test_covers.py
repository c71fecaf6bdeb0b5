"""Which picture stands for a material."""

import pytest
from sqlalchemy.orm import Session

from oer.catalogue.models import FileRole
from oer.catalogue.queries.files import cover_among, covers_of, files_of
from oer.catalogue.services.files import add_file
from oer.catalogue.services.review import publish, submit_for_review
from oer.search.queries.rows import material_rows
from tests.catalogue.factories import make_blob, make_educator, make_material, make_rendition, make_reviewer


def picture(session: Session, name: bytes) -> str:
    return make_blob(session, name, "image/webp").sha256


def test_the_first_content_file_with_a_cover_gives_it(session: Session) -> None:
    material = make_material(session, content=b"no cover")
    for name in (b"first", b"second"):
        blob = make_blob(session, name)
        add_file(session, material, blob.sha256, "a.pdf")
        make_rendition(session, blob, cover_sha256=picture(session, name + b" cover"))
    version = material.versions[0]
    assert covers_of(session, [version.id]) == {version.id: picture(session, b"first cover")}


def test_a_chosen_cover_comes_before_all_others_and_the_newest_picture_of_it_counts(session: Session) -> None:
    material = make_material(session)
    first = make_blob(session, b"content")
    make_rendition(session, first, cover_sha256=picture(session, b"of the content"))
    chosen = make_blob(session, b"chosen", "image/png")
    add_file(session, material, chosen.sha256, "bia.png", role="cover")
    make_rendition(session, chosen, version=1, cover_sha256=picture(session, b"old"))
    make_rendition(session, chosen, version=2, cover_sha256=picture(session, b"new"))
    version = material.versions[0]
    assert covers_of(session, [version.id]) == {version.id: picture(session, b"new")}


@pytest.mark.parametrize(
    ("media_type", "is_shown"),
    [
        ("application/pdf", True),
        ("application/epub+zip", True),
        ("application/vnd.oasis.opendocument.presentation", True),
        ("video/mp4", True),
        ("image/png", True),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", False),
        ("application/vnd.ms-excel", False),
        ("text/html", False),
    ],
)
def test_a_page_of_text_is_no_cover_unless_somebody_chose_it(session: Session, media_type: str, is_shown: bool) -> None:
    cover = picture(session, b"a page")
    for role in (FileRole.CONTENT, FileRole.COVER):
        owner = make_educator(session)
        material = make_material(session, owner, content=b"without a picture")
        blob = make_blob(session, media_type.encode() + role.encode(), media_type)
        make_rendition(session, blob, cover_sha256=cover)
        add_file(session, material, blob.sha256, "tep", role=role)
        submit_for_review(session, owner, material)
        publish(session, make_reviewer(session), material)
        version = material.current_version
        expected = cover if is_shown or role == FileRole.COVER else None
        assert covers_of(session, [version.id]).get(version.id) == expected
        assert cover_among(files_of(session, version)) == expected
        assert material_rows(session, [material.public_id])[material.public_id].cover == expected


def test_a_version_without_pictures_has_none(session: Session) -> None:
    assert covers_of(session, [make_material(session).versions[0].id]) == {}
    assert covers_of(session, []) == {}
