"""Which picture stands for a material."""

from sqlalchemy.orm import Session

from oer.catalogue.queries.files import covers_of
from oer.catalogue.services.files import add_file
from tests.catalogue.factories import make_blob, make_material, make_rendition


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


def test_a_version_without_pictures_has_none(session: Session) -> None:
    assert covers_of(session, [make_material(session).versions[0].id]) == {}
    assert covers_of(session, []) == {}
