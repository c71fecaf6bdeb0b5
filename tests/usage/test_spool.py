import os
import subprocess
import sys
import threading

import pytest

from oer.usage.spool import Spool, discard_unnamed, spool_files


def lines_of(folder):
    return [line.text for file in spool_files(folder) for line in file.lines(0, 1_000_000)]


def test_lines_come_back_in_order_with_the_offsets_where_the_next_begin(tmp_path):
    spool = Spool(tmp_path / "spool")
    assert all(spool.append(line) for line in (b"one\n", b"second\n"))
    (file,) = spool_files(tmp_path / "spool")
    assert file.lines(0, 10) == [(b"one", 4), (b"second", 11)]
    assert file.lines(0, 1) == [(b"one", 4)]
    assert file.lines(4, 10) == [(b"second", 11)]


def test_a_line_that_is_still_being_written_is_left_for_later(tmp_path):
    spool = Spool(tmp_path)
    spool.append(b"whole\n")
    spool.append(b"half")
    (file,) = spool_files(tmp_path)
    assert file.lines(0, 10) == [(b"whole", 6)]
    spool.append(b" and half\n")
    assert file.lines(6, 10) == [(b"half and half", 20)]


def test_a_file_is_complete_only_once_its_writer_is_gone(tmp_path):
    spool = Spool(tmp_path)
    spool.append(b"one\n")
    (file,) = spool_files(tmp_path)
    assert not file.is_complete()
    del spool
    assert file.is_complete()


def test_a_file_whose_process_was_killed_is_complete(tmp_path):
    code = (
        "import sys,pathlib,time;from oer.usage.spool import Spool\n"
        "s=Spool(pathlib.Path(sys.argv[1]));s.append(b'one\\n');print('ready',flush=True);time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        (file,) = spool_files(tmp_path)
        assert not file.is_complete()
        process.kill()
        process.wait()
        assert file.is_complete()
    assert lines_of(tmp_path) == [b"one"]


def test_a_new_hour_begins_a_new_file_and_a_thread_still_writing_the_old_one_loses_nothing(tmp_path, monkeypatch):
    hour = [1]
    monkeypatch.setattr("oer.usage.spool.time.time_ns", lambda: hour[0] * 3_600_000_000_000)
    spool = Spool(tmp_path)
    spool.append(b"old\n")
    held, hour[0] = spool._file, 2
    spool.append(b"new\n")
    os.write(held.descriptor, b"late\n")
    assert [file.is_complete() for file in spool_files(tmp_path)] == [False, False]
    del held
    assert [file.is_complete() for file in spool_files(tmp_path)] == [True, False]
    assert lines_of(tmp_path) == [b"old", b"late", b"new"]


def test_many_threads_and_processes_tear_no_line(tmp_path):
    def write(spool, name):
        for number in range(300):
            spool.append(f"{name}-{number}-{'x' * (number % 90)}\n".encode())

    def run():
        spool = Spool(tmp_path)
        threads = [threading.Thread(target=write, args=(spool, f"{os.getpid()}-{n}")) for n in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    children = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            run()
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
    expected = {
        f"{pid}-{n}-{number}-{'x' * (number % 90)}".encode()
        for pid in children
        for n in range(3)
        for number in range(300)
    }
    found = lines_of(tmp_path)
    assert len(found) == len(expected)
    assert set(found) == expected


def test_on_a_full_disk_nothing_raises_and_the_loss_is_told_as_soon_as_there_is_room(tmp_path, monkeypatch):
    spool = Spool(tmp_path)
    spool.append(b"before\n")
    real = os.write
    monkeypatch.setattr("oer.usage.spool.os.write", full_disk)
    assert not spool.append(b"lost\n")
    assert not spool.append(b"lost too\n")
    assert spool.lost == 2
    monkeypatch.setattr("oer.usage.spool.os.write", real)
    assert spool.append(b"after\n")
    assert spool.lost == 0
    texts = lines_of(tmp_path)
    assert texts[:2] == [b"before", b"after"]
    assert texts[2].endswith(b'"k": "lost", "n": 2}')


def full_disk(_descriptor, _line):
    raise OSError(28, "No space left on device")


def test_a_disk_that_fills_up_within_a_line_spoils_no_other_line(tmp_path, monkeypatch):
    spool = Spool(tmp_path)
    real = os.write
    monkeypatch.setattr("oer.usage.spool.os.write", lambda descriptor, line: real(descriptor, line[:3]))
    assert not spool.append(b"cut off\n")
    monkeypatch.setattr("oer.usage.spool.os.write", real)
    spool.append(b"whole\n")
    texts = lines_of(tmp_path)
    assert b"cut" in texts
    assert b"whole" in texts


def test_a_folder_that_cannot_be_made_costs_events_but_no_request(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    spool = Spool(tmp_path / "file" / "spool")
    assert not spool.append(b"one\n")
    assert spool.lost == 1


def test_what_a_dead_writer_could_not_name_goes_after_a_day(tmp_path):
    old, fresh = tmp_path / "a.new", tmp_path / "b.new"
    for path in (old, fresh):
        path.touch()
    os.utime(old, (0, 0))
    discard_unnamed(tmp_path)
    assert [path.exists() for path in (old, fresh)] == [False, True]


def test_a_file_that_its_writer_names_while_old_ones_are_sought_is_left_alone(tmp_path):
    (tmp_path / "a.new").symlink_to(tmp_path / "renamed")  # listed, and gone when it is looked at
    discard_unnamed(tmp_path, older_than_seconds=0)


@pytest.mark.parametrize("missing", ["no-such-folder"])
def test_a_spool_that_was_never_written_is_empty(tmp_path, missing):
    assert spool_files(tmp_path / missing) == []
