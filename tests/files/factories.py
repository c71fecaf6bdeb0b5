"""Files as people bring them, and blobs as the services keep them."""

import io

from oer.backends.scanning import NoScanner, Verdict, VerdictState
from oer.files.services.ingest import receive, save_blob
from tests.backends.extraction.pdf_factories import pdf_of

GIB = 1024**3


class FixedScanner:
    """A scanner that has made up its mind."""

    def __init__(self, state, finding=""):
        self.verdict = Verdict(VerdictState(state), finding)

    def scan(self, path):
        assert path.is_file()
        return self.verdict


def a_pdf(text="Kỹ năng số cho người cao tuổi"):
    return pdf_of([text])


def receiving(storage, content, name="bài giảng.pdf", scanner=None, limit=GIB, expected=None):
    return receive(storage, scanner or NoScanner(), io.BytesIO(content), name, limit=limit, expected=expected)


def keep_file(session, storage, content=None, name="bài giảng.pdf", scanner=None):
    """Bring a file all the way; the caller commits."""
    with receiving(storage, a_pdf() if content is None else content, name, scanner) as received:
        return save_blob(session, storage, received)


def spooled(storage):
    return list((storage.root / ".incoming").glob("*"))
