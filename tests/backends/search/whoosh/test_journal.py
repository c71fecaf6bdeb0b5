"""The journal of a rebuild: what was put and removed meanwhile, whole, even if a writer died over it."""

import pickle
from pathlib import Path

from oer.backends.search import Document, Section, SuggestionEntry, open_search_index
from oer.backends.search.whoosh.folder import JOURNAL, Change, Folder, begin_journal, record_change, recorded_changes
from oer.backends.search.whoosh.rows import prepare
from oer.vietnamese.keys import analyse
from tests.backends.search.making import document, query

FULL = Document(
    id="m1",
    revision="5.a",
    titles=analyse("Đại số"),
    people=analyse("Trường Đại học"),
    subjects=analyse("Toán"),
    keywords=analyse("ma trận"),
    collections=analyse("Lớp 10"),
    places=analyse("Phường Sài Gòn"),
    summary=analyse("Định thức"),
    sections=[Section(1, analyse("Ma trận và định thức"), 3, "page=3", [0, 40]), Section(2, analyse(""))],
    facets={"level": ["thpt", "thcs"], "year": ["2026"]},
    newest=1_700_000_000,
    title_key="đại số",
    suggestions=[SuggestionEntry("subject", "Toán \ud800", "toan", "sch.toan")],
)


def test_a_document_comes_back_from_the_journal_as_it_was(tmp_path):
    folder = Folder(tmp_path)
    begin_journal(folder)
    record_change(folder, Change(put=[FULL, Document(id="m2")]))
    record_change(folder, Change(remove=["m3"]))
    first, second = recorded_changes(folder)
    assert [prepare(each) for each in first.put] == [prepare(FULL), prepare(Document(id="m2"))]
    assert (first.put[0].sections[0].words, first.put[0].suggestions) == (FULL.sections[0].words, FULL.suggestions)
    assert (second.put, second.remove) == ([], ["m3"])


def test_nothing_is_recorded_unless_a_rebuild_runs(tmp_path):
    record_change(Folder(tmp_path), Change(remove=["m1"]))
    assert list(tmp_path.iterdir()) == []


def test_a_line_that_a_crash_cut_short_costs_only_itself(tmp_path):
    folder = Folder(tmp_path)
    begin_journal(folder)
    record_change(folder, Change(remove=["m1"]))
    whole = (tmp_path / JOURNAL).read_bytes()
    record_change(folder, Change(put=[FULL]))
    cut = (tmp_path / JOURNAL).read_bytes()
    for size in range(len(whole), len(cut) - 1, 7):
        (tmp_path / JOURNAL).write_bytes(cut[:size])
        record_change(folder, Change(remove=["m2"]))
        assert [change.remove for change in recorded_changes(folder)] == [["m1"], ["m2"]], size


def test_the_pickled_journal_of_an_older_release_breaks_nothing_and_goes_with_the_next_rebuild(tmp_path: Path):
    index = open_search_index(f"whoosh:{tmp_path}")
    index.rebuild([document("a", "Một")])
    (tmp_path / "journal").write_bytes(pickle.dumps(([], ["a"])) + b"\x80")
    index = open_search_index(f"whoosh:{tmp_path}")
    index.put([document("b", "Hai")])
    assert set(index.contents()) == {"a", "b"}
    index.rebuild([document("a", "Một"), document("c", "Ba")])
    assert set(index.contents()) == {"a", "c"}
    assert index.search(query("ba")).total == 1
    assert not list(tmp_path.glob("journal*"))
