"""PDF, by pypdfium2: text page by page, labels, outline, cover; pages rendered as pictures."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path, PosixPath
from typing import Any, Self

import pypdfium2
from PIL import Image
from pypdfium2 import raw

from oer.backends.extraction.blocks import blocks_to_html
from oer.backends.extraction.formats.image import COVER_WIDTH, cover_of
from oer.backends.extraction.formats.pdf_fonts import is_drawn_wrong
from oer.backends.extraction.formats.pdf_sizes import Sizes, sized_html, sizes_of
from oer.backends.extraction.formats.pdf_structure import tagged_blocks
from oer.backends.extraction.legacy_lines import to_unicode
from oer.backends.extraction.private_use import from_private_use, is_unusable
from oer.backends.extraction.protocol import Damaged, Encrypted, LimitReached
from oer.backends.extraction.result import ExtractionResult

_MOST_OUTLINE = 2000
_MOST_PIXELS = 16_000_000
_MOST_SIDE = 16_000  # the most that WebP allows
# PDFium marks hyphens that it takes for line-break hyphens; they are removed together with the line break.
_LINE_HYPHEN = re.compile("[\ufffe\x02]\n?")


class _AsNamed(PosixPath):
    """A path under which the file is opened, although the folder in which it lies may be closed to this process."""

    def resolve(self, strict: bool = False) -> Self:  # noqa: ARG002 (the signature is Python's)
        return self


@contextmanager
def open_pdf(path: Path) -> Iterator[Any]:
    """Yield an open document. Raises Encrypted, Damaged."""
    try:
        document = pypdfium2.PdfDocument(_AsNamed(path))
    except pypdfium2.PdfiumError as error:
        if error.err_code in {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}:
            raise Encrypted(str(error)) from error
        raise Damaged(str(error)) from error
    with closing(document):
        yield document


def read(path: Path, result: ExtractionResult) -> None:
    """Add every page in order; pages that are only pictures, or whose letters nobody knows, are in `needs_ocr`."""
    with open_pdf(path) as document:
        _read_facts(document, result)
        if not result.pages_done:
            add_cover(document, result)
        is_tagged = bool(raw.FPDFCatalog_IsTagged(document))
        sizes = None if is_tagged else sizes_of(document)
        for number in range(result.pages_done, len(document)):
            with _page(document, number) as page:
                text = _text(page)
                if is_unusable(text):
                    result.needs_ocr.append(number + 1)
                    text = ""
                elif not text.strip() and _has_pictures(page):
                    result.needs_ocr.append(number + 1)
                html = _html(page, text, is_tagged=is_tagged, sizes=sizes) if text.strip() else ""
            result.add_page(text, document.get_page_label(number), html)


def _html(page: Any, text: str, *, is_tagged: bool, sizes: Sizes | None) -> str:
    """Return a page as its tags structure it, or the sizes of its letters; "" where neither tells anything."""
    if is_tagged:
        return _tagged_html(page, text)
    return sized_html(page, sizes, _readable) if sizes is not None and sizes.headings else ""


def _tagged_html(page: Any, text: str) -> str:
    """Return a page as its tags structure it; "" without tags, and where the font is of before Unicode."""
    blocks = tagged_blocks(page)
    letters = set().union(*(block.text for block in blocks)) if blocks else set()
    return blocks_to_html(blocks) if letters <= {*text, " "} else ""


def add_cover(document: Any, result: ExtractionResult) -> None:
    """Make the first page the cover, unless a picture of it would show other letters than it has."""
    if looks_right(document, 0):
        result.set_cover(cover_of(render(document, 0, COVER_WIDTH)))


def looks_right(document: Any, index: int) -> bool:
    """Whether a picture of a page shows the letters that the page has."""
    with _page(document, index) as page:
        return not is_drawn_wrong(page, document.get_metadata_value("Producer"))


@contextmanager
def _page(document: Any, index: int) -> Iterator[Any]:
    try:
        page = document[index]
    except pypdfium2.PdfiumError as error:
        raise Damaged(f"page {index + 1}: {error}") from error
    with closing(page):
        yield page


def _text(page: Any) -> str:
    with closing(page.get_textpage()) as text_page:
        return _readable(str(text_page.get_text_bounded()).replace("\r\n", "\n"))


def _readable(drawn: str) -> str:
    """Return letters as Unicode has them, and words whole that a line break parts."""
    text = from_private_use(drawn)
    # In TCVN3 they are ư at the end of a word, as in "như".
    letters = _LINE_HYPHEN.sub("-\n", text)
    converted = to_unicode(letters)
    return converted if converted != letters else _LINE_HYPHEN.sub("", text)


def _has_pictures(page: Any) -> bool:
    return next(iter(page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=2)), None) is not None


def _read_facts(document: Any, result: ExtractionResult) -> None:
    facts, width_and_height = result.facts, document.get_page_size(0)
    result.set_title(document.get_metadata_value("Title"))
    result.set_creator(document.get_metadata_value("Author"))
    facts.pages = len(document)
    facts.width, facts.height = (round(length) for length in width_and_height)
    for bookmark in islice(document.get_toc(), _MOST_OUTLINE):
        target = bookmark.get_dest()
        index = target.get_index() if target else None
        if index is not None:
            result.add_outline_entry(bookmark.get_title(), bookmark.level + 1, index + 1)


def render(document: Any, index: int, width: int, *, grey: bool = False) -> Image.Image:
    """Return a page as a picture `width` pixels wide, or narrower if the page is so long that it would be too large.

    Raises LimitReached if the page has no sensible size, Damaged if it cannot be read.
    """
    with _page(document, index) as page:
        wide, high = page.get_size()
        if not (wide > 0 and high > 0):
            raise LimitReached(f"a page of {wide} by {high}")
        # PDFium rounds lengths up.
        scale = min((width - 0.01) / wide, (_MOST_PIXELS / (wide * high)) ** 0.5, _MOST_SIDE / high)
        if min(wide, high) * scale < 1:
            raise LimitReached(f"a page of {wide} by {high}")
        with closing(page.render(scale=scale, grayscale=grey, limit_image_cache=True)) as bitmap:
            image: Image.Image = bitmap.to_pil().copy()
            return image
