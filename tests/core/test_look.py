"""Which pages changed their look, by the pictures of `./scripts/look` before and after."""

from pathlib import Path

import pytest
from PIL import Image

from tests.browser.look import Change, changes, gone, index, main, pictures


def draw(folder: Path, name: str, *, mark: int = 0, height: int = 200, shade: int = 255) -> None:
    """A white picture in whose corner a square of `mark` pixels has another shade."""
    folder.mkdir(exist_ok=True)
    picture = Image.new("RGB", (100, height), "white")
    picture.paste((shade, shade, shade), (0, 0, mark, mark))
    picture.save(folder / name)


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    before, after = tmp_path / "before", tmp_path / "after"
    for folder in (before, after):
        draw(folder, "home.vi.light.360.png")
    return before, after


def test_what_is_as_before_is_no_change(two: tuple[Path, Path]) -> None:
    assert changes(two[1], two[0]) == []


def test_what_differs_is_told_by_how_much(two: tuple[Path, Path]) -> None:
    draw(two[1], "home.vi.light.360.png", mark=20, shade=0)
    draw(two[1], "help.en.dark.1280.png")
    assert changes(two[1], two[0]) == [
        Change("help.en.dark.1280.png", 1.0),
        Change("home.vi.light.360.png", 400 / 20_000),
    ]


def test_a_page_that_grew_has_changed(two: tuple[Path, Path]) -> None:
    draw(two[1], "home.vi.light.360.png", height=201)
    assert changes(two[1], two[0]) == [Change("home.vi.light.360.png", 1.0)]


def test_a_hair_or_a_shade_is_no_change(two: tuple[Path, Path]) -> None:
    draw(two[1], "home.vi.light.360.png", mark=3, shade=0)
    assert changes(two[1], two[0]) == []
    draw(two[1], "home.vi.light.360.png", mark=50, shade=250)
    assert changes(two[1], two[0]) == []


def test_the_index_has_every_picture_once_and_what_changed_beside_what_was(two: tuple[Path, Path]) -> None:
    draw(two[0], "gone.vi.light.360.png")
    draw(two[1], "home.vi.light.360.png", mark=20, shade=0)
    draw(two[1], "home.en.light.360.png")
    (two[1] / "notes.png").write_bytes(b"")  # of no page
    assert pictures(two[1]) == {"home": ["home.en.light.360.png", "home.vi.light.360.png"]}
    assert index(two[1], None).count("<img") == 2
    shown = index(two[1], two[0])
    assert shown.count("<img") == 5  # two of all, two of what changed, one that is new
    assert 'src="../before/home.vi.light.360.png"' in shown
    assert "No longer there: gone" in shown
    assert gone(two[1], two[0]) == ["gone"]


def test_the_program_says_which_pages_changed(two: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    draw(two[1], "home.vi.light.360.png", mark=20, shade=0)
    main(two[1], two[0])
    said = capsys.readouterr().out.splitlines()
    assert said[:2] == ["changed: home (1 pictures, up to 2.0%)", "1 pages changed"]
    assert (two[1] / "index.html").exists()
