"""A short way from bytes to what is extracted from them."""

import pytest

from oer.backends.extraction.extracting import extract
from oer.backends.extraction.protocol import Limits


@pytest.fixture
def extracted(tmp_path):
    def from_bytes(content, media_type, **limits):
        path = tmp_path / "file"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return extract(path, media_type, Limits(**limits))

    return from_bytes


@pytest.fixture
def read_here(tmp_path):
    """Runs a reader in this process: fast, and seen by a debugger. Isolation has tests of its own."""
    from importlib import import_module

    from oer.backends.extraction.protocol import Facts, Page
    from oer.backends.extraction.result import ExtractionResult
    from oer.backends.extraction.worker import FORMATS

    class Found:
        def __init__(self, content, media_type, **limits):
            self.pages, self.cover, self.messages = [], None, []
            result = ExtractionResult(Limits(**limits), self.take)
            path = tmp_path / "file"
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            module, function = FORMATS[media_type]
            try:
                getattr(import_module(f"oer.backends.extraction.formats.{module}"), function)(path, result)
            finally:
                self.facts: Facts = result.facts
                self.needs_ocr = result.needs_ocr

        def take(self, message):
            if "page" in message:
                self.pages.append(Page(**message["page"]))
            self.cover = message.get("cover", self.cover)

        @property
        def texts(self):
            return [page.text for page in self.pages]

        @property
        def labels(self):
            return [page.label for page in self.pages]

        @property
        def html(self):
            return "".join(page.html for page in self.pages)

    return Found
