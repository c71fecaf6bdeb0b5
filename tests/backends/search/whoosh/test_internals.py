"""What is used of Whoosh although it does not promise to keep it: whatever a new version lacks is named."""

import ast
from pathlib import Path

import pytest
import whoosh
from whoosh import columns, index
from whoosh.filedb.filestore import FileStorage

from oer.backends.search.whoosh import internals
from oer.backends.search.whoosh.folder import Folder
from oer.backends.search.whoosh.rows import TEXT, WORDS, prepare, schema
from oer.backends.search.whoosh.writing import Batch, create_index
from tests.backends.search.making import document

ENGINE = Path(internals.__file__).parent
PRIVATE = {name for names in internals.REQUIRED.values() for name in names if name.startswith("_")}


@pytest.fixture
def objects(tmp_path):
    """One object of each of Whoosh's classes that something is required of, from a real index."""
    folder = Folder(tmp_path).new()
    create_index(folder)
    with Batch(folder) as changes:
        changes.put([prepare(document("a", "Toán"))])
    opened = index.open_dir(str(folder))
    toc = index.TOC.read(FileStorage(str(folder)), "MAIN")
    (segment,) = toc.segments
    storage = FileStorage(str(folder))
    terms = segment.codec().terms_reader(storage, segment)
    path = folder / segment.make_filename(f".{WORDS}.col")
    stream = storage.open_file(path.name)
    column = schema()[WORDS].column_type
    assert isinstance(column, columns.VarBytesColumn)
    writer = opened.writer()
    yield {
        "index.TOC": toc,
        "index.FileIndex": opened,
        "writing.SegmentWriter": writer,
        "codec.whoosh3.W3Codec": segment.codec(),
        "codec.whoosh3.W3Segment": segment,
        "codec.whoosh3.W3TermInfo": terms.term_info(TEXT, b"toan"),
        "columns.VarBytesColumn.Reader": column.reader(stream, 0, path.stat().st_size, 1),
    }
    writer.cancel()
    terms.close()
    stream.close()


def missing(objects):
    """The names that a version of Whoosh lacks, each as Class.name."""
    return [f"{kind}.{name}" for kind, names in internals.REQUIRED.items() for name in names
            if not hasattr(objects[kind], name)]  # fmt: skip


def test_this_version_of_whoosh_has_every_name_that_is_used(objects):
    assert missing(objects) == [], f"Whoosh {whoosh.versionstring()} lacks these names"


def test_a_name_that_went_missing_is_told(objects, monkeypatch):
    monkeypatch.delattr(index.TOC, "_latest_generation")
    del objects["codec.whoosh3.W3Segment"]._fieldlengths
    assert missing(objects) == ["index.TOC._latest_generation", "codec.whoosh3.W3Segment._fieldlengths"]


def private_names_of_others(path):
    """The private names that a module uses of objects that are not its own `self` or `cls`."""
    return {
        node.attr
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
    }


def test_only_one_module_uses_private_names_of_whoosh_and_lists_them_all():
    found = {path.name: names for path in ENGINE.glob("*.py") if (names := private_names_of_others(path))}
    assert found == {"internals.py": PRIVATE}
