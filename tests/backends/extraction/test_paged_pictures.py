"""TIFF and HEIC: read confined, page by page, and shown as pictures made of them."""

import io

import pytest
from PIL import Image

from oer.backends.extraction import media_types as types
from oer.backends.extraction.extracting import NotRendered, render_page
from oer.backends.extraction.protocol import Limits, State
from tests.backends.extraction.document_factories import HEIC, tiff

RED, BLUE = (200, 30, 30), (30, 30, 200)


@pytest.fixture
def drawn(tmp_path):
    def of(content, page, width=800, **limits):
        (tmp_path / "x").write_bytes(content)
        return Image.open(io.BytesIO(render_page(tmp_path / "x", page, width, Limits(**limits)))).convert("RGB")

    return of


def close_to(pixel, colour):
    return all(abs(one - other) < 12 for one, other in zip(pixel, colour, strict=True))


def test_every_page_of_a_tiff_is_a_page_and_is_drawn(extracted, drawn):
    content = tiff((RED, BLUE), compression="tiff_lzw")
    found = extracted(content, types.TIFF)
    assert (found.state, len(found.pages)) == (State.OK, 2)
    assert (found.facts.width, found.facts.height, found.facts.pages) == (60, 40, 2)
    assert Image.open(io.BytesIO(found.cover)).size == (60, 40)
    assert close_to(drawn(content, 1).getpixel((5, 5)), RED)
    assert close_to(drawn(content, 2).getpixel((5, 5)), BLUE)
    assert drawn(content, 1, 30).size == (30, 20)


def test_a_heic_photograph_is_decoded_in_the_confined_process(extracted, drawn):
    found = extracted(HEIC, types.HEIC)
    assert (found.state, len(found.pages), found.facts.width, found.facts.height) == (State.OK, 1, 64, 48)
    picture = drawn(HEIC, 1)
    assert close_to(picture.getpixel((8, 8)), (230, 200, 40))
    assert close_to(picture.getpixel((56, 40)), (40, 90, 160))


def test_a_tiff_of_sixteen_bits_is_not_white(drawn):
    target = io.BytesIO()
    Image.new("I;16", (20, 20), 0x8000).save(target, "TIFF")
    assert close_to(drawn(target.getvalue(), 1).getpixel((5, 5)), (128, 128, 128))


def test_a_picture_on_its_side_is_shown_upright(extracted, drawn):
    content = tiff((RED,), tiffinfo={274: 6})
    assert drawn(content, 1).size == (40, 60)
    found = extracted(content, types.TIFF)
    assert (found.facts.width, found.facts.height) == (40, 60)


@pytest.mark.parametrize("content", [HEIC[:300], b"\0\0\0\x18ftypheic" + bytes(60), tiff()[:60], b"II*\0" + bytes(60)])
def test_a_damaged_picture_is_damaged(extracted, drawn, content):
    media_type = types.HEIC if content[4:8] == b"ftyp" else types.TIFF
    assert extracted(content, media_type).state is State.DAMAGED
    with pytest.raises(NotRendered):
        drawn(content, 1)


def test_a_picture_of_too_many_pixels_is_not_decoded(extracted, drawn):
    assert extracted(tiff(), types.TIFF, image_pixels=1000).state is State.LIMIT
    assert extracted(HEIC, types.HEIC, image_pixels=1000).state is State.LIMIT
    with pytest.raises(NotRendered):
        drawn(tiff(), 3)


def picture(kind, size=(1200, 900), mode="RGB", colour=RED, **options):
    target = io.BytesIO()
    Image.new(mode, size, colour).save(target, kind, **options)
    return target.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_smaller_picture_is_made_of_a_photograph(drawn, kind):
    made = drawn(picture(kind), 1, 800)
    assert made.size == (800, 600)
    assert close_to(made.getpixel((5, 5)), RED)


def test_a_photograph_is_made_smaller_upright(drawn):
    exif = Image.Exif()
    exif[274] = 6
    assert drawn(picture("JPEG", exif=exif), 1, 400).size == (400, 533)


def test_what_is_clear_in_a_picture_is_white(drawn):
    assert close_to(drawn(picture("PNG", mode="RGBA", colour=(0, 0, 0, 0)), 1).getpixel((5, 5)), (255, 255, 255))


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_a_picture_that_moves_none_is_made(drawn, kind):
    moving = picture(kind, size=(40, 40), save_all=True, append_images=[Image.new("RGB", (40, 40), BLUE)])
    with pytest.raises(NotRendered):
        drawn(moving, 1)


def test_a_picture_with_too_many_pixels_is_not_made_smaller(drawn):
    with pytest.raises(NotRendered):
        drawn(picture("JPEG"), 1, image_pixels=1_000_000)
