"""What is a folder's own: names, the disk, and what happens when it is full or fails."""

import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from oer.backends.storage import NoSpace, StoreFailed, open_storage


@pytest.fixture
def storage(tmp_path):
    return open_storage(f"file:{tmp_path / 'uploads'}")


def keep(storage, content):
    incoming = storage.receive(io.BytesIO(content), 10**9)
    storage.keep(incoming)
    storage.discard(incoming)
    return incoming.sha256


def test_content_lies_two_folders_deep_under_its_hash(storage, tmp_path):
    sha256 = keep(storage, b"x")
    assert storage.local_path(sha256) == tmp_path / "uploads" / sha256[:2] / sha256[2:4] / sha256
    assert storage.local_path(sha256).stat().st_mode & 0o222 == 0


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "g" * 64, "a" * 63, "a" * 64 + "\n"])
def test_only_a_hash_is_a_name(storage, name):
    with pytest.raises(ValueError, match="SHA-256"):
        storage.size(name)


def test_what_is_not_ours_is_named_and_left_alone(storage, tmp_path):
    sha256 = keep(storage, b"x")
    root = tmp_path / "uploads"
    (root / "notes.txt").write_text("?")
    (root / "ab" / "cd").mkdir(parents=True)
    (root / "ab" / "cd" / sha256).write_text("in another hash's folder")
    (root / ".gitkeep").touch()
    assert list(storage.orphans()) == ["notes.txt", f"ab/cd/{sha256}"]
    assert [each.sha256 for each in storage.contents()] == [sha256]


def test_a_file_system_without_hard_links_is_served_by_copying(storage, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EPERM, "not here")

    monkeypatch.setattr(os, "link", refuse)
    assert b"".join(storage.read(keep(storage, b"copied"))) == b"copied"


def test_names_are_made_durable_up_to_the_root(storage, monkeypatch):
    synced = []
    real = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda each: (synced.append(str(Path(f"/proc/self/fd/{each}").readlink())), real(each))
    )
    path = storage.local_path(keep(storage, b"x"))
    assert synced[0].startswith(str(storage.root / ".incoming"))
    assert synced[1:] == [str(path.parent), str(path.parent.parent), str(storage.root)]


def test_after_a_failed_fsync_nothing_is_taken_any_more(storage, monkeypatch):
    def fail(_):
        raise OSError(errno.EIO, "the disk is ill")

    with monkeypatch.context() as ill:
        ill.setattr(os, "fsync", fail)
        with pytest.raises(StoreFailed):
            storage.receive(io.BytesIO(b"x"), 10)
    with pytest.raises(StoreFailed):
        storage.receive(io.BytesIO(b"x"), 10)
    assert list((storage.root / ".incoming").iterdir()) == []


def test_a_full_disk_is_no_space_and_taking_goes_on_once_there_is_some(storage, tmp_path):
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)], check=False, capture_output=True
    ).returncode:
        pytest.skip("only root can mount a small disk")
    try:
        with pytest.raises(NoSpace):
            storage.receive(io.BytesIO(os.urandom(3_000_000)), 10**9)
        assert list((storage.root / ".incoming").iterdir()) == []
        assert b"".join(storage.read(keep(storage, b"small"))) == b"small"
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_receiver_killed_midway_leaves_only_a_temporary_file(storage, tmp_path):
    program = f"""
import os, signal
from oer.backends.storage import open_storage
class Stream:
    left = 3
    def read(self, size):
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)
        return b"x" * 1000
open_storage("file:{storage.root}").receive(Stream(), 10**9)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    assert list(storage.contents()) == []
    assert len(list((storage.root / ".incoming").iterdir())) == 1


def test_memory_stays_flat_however_long_the_stream(storage):
    program = f"""
import resource
from oer.backends.storage import open_storage
class Zeros:
    left = 400
    def read(self, size):
        self.left -= 1
        return bytes(1024 * 1024) if self.left >= 0 else b""
storage = open_storage("file:{storage.root}")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
storage.keep(storage.receive(Zeros(), 10**9))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    grown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert int(grown) < 16 * 1024


@pytest.mark.parametrize("url", ["", "file:", "ftp://x", "/uploads"])
def test_an_unknown_store_is_refused_at_the_start(url):
    with pytest.raises(ValueError, match="no file store"):
        open_storage(url)
