"""Segments: few of them, little in them deleted, and their merging seen by nobody."""

from oer.backends.search import open_search_index
from oer.backends.search.whoosh.folder import Folder
from oer.backends.search.whoosh.index import SnapshotReader
from tests.backends.search.making import document, query


def snapshot(path):
    return SnapshotReader(Folder(path), 1 << 20).snapshot()


def test_many_small_commits_make_few_segments(tmp_path):
    index = open_search_index(f"whoosh:{tmp_path}")
    index.rebuild([])
    for number in range(40):
        index.put([document(f"m{number}", f"Bài {number}")])
        assert len(snapshot(tmp_path).segments) < 8
    assert index.search(query("bài")).total == 40


def test_what_was_replaced_is_merged_away(tmp_path):
    index = open_search_index(f"whoosh:{tmp_path}")
    index.rebuild(document(f"m{number}", "Bài") for number in range(50))
    for _ in range(3):
        index.put(document(f"m{number}", "Bài", "có chữ") for number in range(50))
        assert snapshot(tmp_path).rows == 50
    assert index.search(query("chữ")).total == 50


def test_removing_everything_leaves_an_empty_index(tmp_path):
    index = open_search_index(f"whoosh:{tmp_path}")
    index.rebuild(document(f"m{number}", "Bài") for number in range(5))
    index.remove([f"m{number}" for number in range(5)])
    assert index.search(query("bài")).total == 0
    assert index.state().documents == 0
    index.put([document("again", "Bài")])
    assert index.search(query("bài")).total == 1
