"""Damage is noticed, named and gone after a rebuild; a process that dies while it writes leaves the old index."""

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from oer.backends.search import Health, IndexBroken, Query, open_search_index
from oer.backends.search.whoosh import folder as folder_module
from oer.backends.search.whoosh import segment
from oer.backends.search.whoosh.folder import Folder
from oer.backends.search.whoosh.index import SnapshotReader
from tests.backends.search.making import document, query

DOCUMENTS = [document(f"m{number}", f"Bài {number}", "thủy lợi nội đồng " * 50) for number in range(30)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    open_search_index(f"whoosh:{tmp_path}").rebuild(DOCUMENTS)
    return tmp_path


def flip_byte(file: Path, place: int) -> None:
    content = bytearray(file.read_bytes())
    content[place] ^= 0xFF
    file.write_bytes(content)


def files(path: Path, suffix: str) -> list[Path]:
    return sorted(Folder(path).current().glob(f"MAIN_*{suffix}"))


@pytest.mark.parametrize("suffix", [".trm", ".pst", ".words.col", ".key.col", "_text_len.col"])
def test_a_file_cut_short_is_noticed_and_a_rebuild_heals(path, suffix):
    for file in files(path, suffix):
        os.truncate(file, file.stat().st_size // 2)
    index = open_search_index(f"whoosh:{path}")
    assert index.state().health is Health.DAMAGED
    with pytest.raises(IndexBroken):
        index.search(query("thuy loi"))
    with pytest.raises(IndexBroken):
        index.put(DOCUMENTS[:1])
    index.rebuild(DOCUMENTS)
    assert index.state().health is Health.READY
    assert index.search(query("thuy loi")).total == 30


def test_content_that_changed_on_the_disk_is_found_by_a_check(path):
    (file,) = files(path, ".words.col")
    index = open_search_index(f"whoosh:{path}")
    assert index.state().health is Health.READY
    flip_byte(file, file.stat().st_size // 3)
    assert index.check().health is Health.DAMAGED
    assert open_search_index(f"whoosh:{path}").state().health is Health.DAMAGED


def test_one_flipped_byte_in_any_file_is_noticed_by_who_opens_the_index(path):
    """Whatever the byte meant: most of them leave an index that can be read, and answers wrongly (misuse 91)."""
    chance, current = random.Random(91), Folder(path).current()
    written = sorted(file for file in current.iterdir() if file.stat().st_size and "LOCK" not in file.name)
    assert len(written) > 8
    for number in range(200):
        file = written[number % len(written)]
        place = chance.randrange(file.stat().st_size)
        flip_byte(file, place)
        assert open_search_index(f"whoosh:{path}").state().health is Health.DAMAGED, (file, place)
        flip_byte(file, place)
        (current / "damaged").unlink()
    assert open_search_index(f"whoosh:{path}").state().health is Health.READY


@pytest.mark.parametrize("suffix", [".words.col", ".key.col", ".part.col", ".pst", "manifest.json"])
def test_a_file_that_was_removed_is_noticed_although_a_column_may_have_none(path, suffix):
    removed = [file for file in Folder(path).current().iterdir() if file.name.endswith(suffix)]
    assert removed
    for file in removed:
        file.unlink()
    assert open_search_index(f"whoosh:{path}").state().health is Health.DAMAGED


def test_each_segment_is_read_through_once_by_a_process_and_by_each_check(path, monkeypatch):
    read: list[str] = []
    crc = folder_module._crc
    monkeypatch.setattr(folder_module, "_crc", lambda file: read.append(file.name) or crc(file))
    index, crc_of_writing = open_search_index(f"whoosh:{path}"), [f.name for f in files(path, ".key.col")]
    index.search(query("thuy loi"))
    assert crc_of_writing[0] in read
    read.clear()
    index.put([document("new", "Thủy lợi mới")])
    read.clear()
    assert index.search(query("thuy loi")).total == 31
    assert crc_of_writing[0] not in read
    index.check()
    assert crc_of_writing[0] in read


def test_postings_that_cannot_be_read_are_noticed_by_the_search_that_reads_them(path):
    index = open_search_index(f"whoosh:{path}")
    assert index.state().health is Health.READY
    for file in files(path, ".pst"):
        content = file.read_bytes()
        with file.open("r+b") as stream:
            stream.write(b"\xff" * len(content))
    with pytest.raises(IndexBroken):
        index.search(query("thuy loi"))
    assert open_search_index(f"whoosh:{path}").state().health is Health.DAMAGED


@pytest.mark.parametrize("ask", [lambda index: index.search(query("thuy loi")), lambda index: index.contents()])
def test_files_that_change_under_an_open_index_are_noticed_by_who_reads_them(path, ask):
    index = open_search_index(f"whoosh:{path}")
    assert index.search(query("thuy loi")).total == 30
    for file in files(path, ".key.col"):
        with file.open("r+b") as stream:
            stream.write(b"\xff" * file.stat().st_size)
    with pytest.raises(IndexBroken):
        ask(index)
    assert index.state().health is Health.DAMAGED
    index.rebuild(DOCUMENTS)
    assert index.search(query("thuy loi")).total == 30


def test_what_the_files_must_be_is_damaged_itself(path):
    (Folder(path).current() / "manifest.json").write_bytes(b"\x00" * 50)
    assert open_search_index(f"whoosh:{path}").state().health is Health.DAMAGED


@pytest.mark.parametrize("name", [b"\xff\xfe\x00", b"", b"i-nowhere", b"i-" + b"x" * 5000, b"i-\x00", b"../i-1"])
def test_a_name_of_the_current_folder_that_names_none_is_a_missing_index(path, name):
    (path / "current").write_bytes(name)
    index = open_search_index(f"whoosh:{path}")
    assert index.state().health is Health.MISSING
    index.rebuild(DOCUMENTS)
    assert index.search(query("thuy loi")).total == 30


def test_what_fails_in_a_sound_index_is_no_damage(path):
    index = open_search_index(f"whoosh:{path}")
    with pytest.raises(TypeError):
        index.search(Query(offset="x"))
    assert index.state().health is Health.READY


def test_a_folder_that_was_removed_is_a_missing_index(path):
    index = open_search_index(f"whoosh:{path}")
    for folder in path.glob("i-*"):
        for file in folder.iterdir():
            if file.is_file():
                file.unlink()
        for left in folder.iterdir():
            left.rmdir()
        folder.rmdir()
    assert open_search_index(f"whoosh:{path}").state().health is Health.MISSING
    index.rebuild(DOCUMENTS)
    assert index.search(Query()).total == 30


def test_a_lost_index_is_searched_while_it_grows_and_says_that_it_is_incomplete(tmp_path):
    index = open_search_index(f"whoosh:{tmp_path}")
    seen = []

    def documents():
        for number in range(1200):
            yield document(f"m{number}", "Toán")
            if number in (700, 1100):
                state = open_search_index(f"whoosh:{tmp_path}").state()
                seen.append((state.documents > 0, state.incomplete))

    index.rebuild(documents())
    assert seen == [(True, True), (True, True)]
    assert (index.state().documents, index.state().incomplete) == (1200, False)


def test_a_commit_that_removes_files_while_they_are_opened_costs_nothing(path, monkeypatch):
    """Files of merged segments go column by column: one that is gone must not be taken for one that never was."""
    writer, opened = open_search_index(f"whoosh:{path}"), segment.map_file
    removed: list[Path] = []

    def open_and_lose(file: Path) -> object:
        content = opened(file)
        if not removed:
            removed.extend(files(path, ".words.col"))
            writer.put(DOCUMENTS)
        return content

    monkeypatch.setattr(segment, "map_file", open_and_lose)
    reader = open_search_index(f"whoosh:{path}")
    assert reader.search(query("thủy lợi")).total == 30
    assert [file.exists() for file in removed] == [False]


WRITER = """
import sys
from oer.backends.search import open_search_index
from tests.backends.search.making import document
index = open_search_index(sys.argv[1])
def documents():
    for number in range(100):
        yield document(f"new{number}", "Mới", "chữ " * 300)
    print("written", flush=True)
    sys.stdin.read()
index.put(documents()) if sys.argv[2] == "put" else index.rebuild(documents())
"""


@pytest.mark.parametrize("action", ["put", "rebuild"])
def test_a_writer_that_is_killed_leaves_the_old_index_and_no_lock(path, action):
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, f"whoosh:{path}", action],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[4],
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"written\n"
        writer.send_signal(signal.SIGKILL)
    index = open_search_index(f"whoosh:{path}")
    assert len(index.contents()) == 30
    index.put([document("after", "Sau")])
    assert len(index.contents()) == 31
    index.rebuild(DOCUMENTS)
    assert len(index.contents()) == 30
    assert len(list(path.glob("i-*"))) == 1


def test_searches_go_on_in_the_old_generation_while_a_new_one_is_opened(path, monkeypatch):
    index = open_search_index(f"whoosh:{path}")
    assert index.search(query("thuy loi")).total == 30
    opening, may_go_on = threading.Event(), threading.Event()
    open_files = SnapshotReader._opened

    def slowly(reading, folder):
        opening.set()
        assert may_go_on.wait(10)
        return open_files(reading, folder)

    monkeypatch.setattr(SnapshotReader, "_opened", slowly)
    index.put([document("new", "Thủy lợi mới")])
    opener = threading.Thread(target=index.search, args=[query("thuy loi")])
    opener.start()
    try:
        assert opening.wait(10)
        assert index.search(query("thuy loi")).total == 30, "this thread waited for the other"
    finally:
        may_go_on.set()
        opener.join()
    assert index.search(query("thuy loi")).total == 31
