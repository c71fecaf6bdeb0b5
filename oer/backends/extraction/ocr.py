"""Text recognition (OCR) by tesseract, where it is installed with its Vietnamese model."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageOps

from oer.backends.extraction import media_types as types
from oer.backends.extraction.formats.image import open_picture
from oer.backends.extraction.formats.paged_picture import open_pages
from oer.backends.extraction.formats.pdf import open_pdf, render
from oer.backends.extraction.programs import run_program
from oer.backends.extraction.protocol import LimitReached
from oer.backends.extraction.result import ExtractionResult

_SECONDS_PER_PAGE = 20
_WIDTH = 1654  # 200 dpi on A4 finds 99.2% of the words; more costs time and finds hardly more
_LEAST_CONFIDENCE = 50.0  # below, mostly in photographs, what tesseract finds is rarely a word


def read(path: Path, media_type: str, pages: list[int], result: ExtractionResult) -> None:
    """Add the text of pages that are pictures, 20 s per page at most. Raises LimitReached past `ocr_pages`."""
    result.facts.recognised = True
    with TemporaryDirectory() as folder:
        for number, image in _pictures(path, media_type, pages[: result.limits.ocr_pages], result):
            picture = Path(folder) / "page.png"
            image.convert("L").save(picture)
            result.add_ocr_text(number, _words(picture))
    if len(pages) > result.limits.ocr_pages:
        raise LimitReached(f"{len(pages)} pages for OCR")


def _pictures(
    path: Path, media_type: str, pages: list[int], result: ExtractionResult
) -> Iterator[tuple[int, Image.Image]]:
    if media_type in types.SHOWN_FROM_PICTURES:
        with open_pages(path, result.limits) as pictures:
            for number in pages:
                shown = pictures[number - 1]
                shown.thumbnail((2 * _WIDTH, 2 * _WIDTH))
                yield number, shown
        return
    if media_type != types.PDF:
        with path.open("rb") as file, open_picture(file, result.limits) as image:
            upright: Image.Image = ImageOps.exif_transpose(image)
            upright.thumbnail((2 * _WIDTH, 2 * _WIDTH))
            yield 1, upright
        return
    with open_pdf(path) as document:
        for number in pages:
            yield number, render(document, number - 1, _WIDTH, grey=True)


def _words(picture: Path) -> str:
    command = ["tesseract", str(picture), "stdout", "-l", "vie", "--psm", "3", "tsv"]
    done = run_program(command, _SECONDS_PER_PAGE)
    return _text_of_table(done.stdout.decode("utf-8", "replace")) if done else ""


def _text_of_table(table: str) -> str:
    """Return the text in tesseract's TSV output: paragraphs and lines as on the page, without uncertain words."""
    text, place = "", ("", "", "")
    for row in table.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) < 12 or not cells[11].strip() or float(cells[10]) < _LEAST_CONFIDENCE:
            continue
        block, paragraph, line = cells[2], cells[3], cells[4]
        if text:
            text += " " if place == (block, paragraph, line) else "\n" if place[:2] == (block, paragraph) else "\n\n"
        text, place = text + cells[11], (block, paragraph, line)
    return text
