"""What every store promises, asked of each."""

import hashlib
import io
from datetime import UTC, datetime, timedelta

import pytest

from oer.backends.storage import ForeignStore, Missing, TooLarge, Truncated

TEXT = "Tài liệu học tập\n".encode() * 5000
NOTHING_THERE = hashlib.sha256(b"nowhere").hexdigest()


def receive(storage, content=TEXT, **options):
    return storage.receive(io.BytesIO(content), options.pop("limit", 10**9), **options)


def keep(storage, content=TEXT):
    incoming = receive(storage, content)
    storage.keep(incoming)
    storage.discard(incoming)
    return incoming.sha256


def spooled(storage):
    return list(storage._spool.folder.glob("*")) if storage._spool.folder.exists() else []


def test_what_was_kept_is_read_back_byte_for_byte(storage):
    sha256 = keep(storage)
    assert sha256 == hashlib.sha256(TEXT).hexdigest()
    assert b"".join(storage.read(sha256)) == TEXT
    assert storage.size(sha256) == len(TEXT)
    with storage.as_file(sha256) as path:
        assert path.read_bytes() == TEXT


def test_an_empty_file_is_content_too(storage):
    sha256 = keep(storage, b"")
    assert storage.size(sha256) == 0
    assert b"".join(storage.read(sha256)) == b""


@pytest.mark.parametrize(
    ("start", "length"), [(0, 1), (3, 10), (len(TEXT) - 5, 100), (len(TEXT), 5), (7, None), (0, 0)]
)
def test_a_range_gives_exactly_its_bytes(storage, start, length):
    end = None if length is None else start + length
    assert b"".join(storage.read(keep(storage), start, length)) == TEXT[start:end]


def test_keeping_twice_leaves_one_content(storage):
    assert keep(storage) == keep(storage)
    assert [each.sha256 for each in storage.contents()] == [hashlib.sha256(TEXT).hexdigest()]


def test_received_bytes_can_be_kept_again_after_their_content_was_thrown_away(storage):
    incoming = receive(storage)
    storage.keep(incoming)
    storage.delete(incoming.sha256)
    assert storage.size(incoming.sha256) is None
    storage.keep(incoming)
    assert b"".join(storage.read(incoming.sha256)) == TEXT


def test_nothing_is_there_before_it_is_kept(storage):
    incoming = receive(storage)
    assert storage.size(incoming.sha256) is None
    assert not list(storage.contents())
    storage.discard(incoming)
    assert not spooled(storage)


def test_reading_what_is_not_there_says_so(storage):
    assert storage.size(NOTHING_THERE) is None
    with pytest.raises(Missing):
        next(iter(storage.read(NOTHING_THERE)))
    with pytest.raises(Missing), storage.as_file(NOTHING_THERE):
        pass
    storage.delete(NOTHING_THERE)


def test_one_byte_above_the_limit_is_refused_and_nothing_stays(storage):
    with pytest.raises(TooLarge):
        receive(storage, limit=len(TEXT) - 1)
    assert not spooled(storage)


def test_exactly_the_limit_is_taken(storage):
    assert receive(storage, limit=len(TEXT)).size == len(TEXT)


@pytest.mark.parametrize("announced", [len(TEXT) + 1, len(TEXT) - 1, 0])
def test_another_length_than_announced_is_refused(storage, announced):
    with pytest.raises(Truncated):
        receive(storage, expected=announced)
    assert not spooled(storage)


class Cut:
    """A client that goes away midway."""

    def __init__(self):
        self.blocks = [b"a" * 1000, b"b" * 1000]

    def read(self, size=-1):
        if self.blocks:
            return self.blocks.pop()
        raise ConnectionResetError


def test_a_cut_upload_leaves_nothing(storage):
    with pytest.raises(ConnectionResetError):
        storage.receive(Cut(), 10**9)
    assert not spooled(storage)
    assert not list(storage.contents())


def test_the_sweep_takes_old_temporary_files_and_spares_young_ones(storage):
    incoming = receive(storage)
    assert storage.sweep(timedelta(hours=1)) == 0
    assert incoming.path.exists()
    assert storage.sweep(timedelta(0)) == 1
    assert not spooled(storage)


def test_contents_are_listed_in_order_with_size_and_time(storage):
    kept = sorted(keep(storage, str(number).encode() * (number + 1)) for number in range(5))
    found = list(storage.contents())
    assert [each.sha256 for each in found] == kept
    assert sorted(each.size for each in found) == [1, 2, 3, 4, 5]
    assert all(abs(datetime.now(UTC) - each.modified_at) < timedelta(minutes=5) for each in found)
    assert list(storage.orphans()) == []


def test_a_new_store_has_no_owner_and_keeps_the_one_it_gets(storage):
    assert storage.owner() is None
    storage.adopt("first")
    assert storage.owner() == "first"
    storage.adopt("second")
    assert storage.owner() == "second"
    assert list(storage.orphans()) == []
    assert not list(storage.contents())


def test_replacing_puts_right_bytes_over_wrong_ones_of_the_same_size(storage, request):
    sha256 = keep(storage)
    wrong = bytes(len(TEXT))
    path = storage.local_path(sha256)
    if path:
        path.chmod(0o644)
        path.write_bytes(wrong)
    else:
        storage._client.put_object(Bucket=storage._bucket, Key=storage._key(sha256), Body=wrong)
    incoming = receive(storage)
    storage.keep(incoming)
    assert b"".join(storage.read(sha256)) == wrong, "the same size is believed unless one knows better"
    storage.keep(incoming, replace=True)
    assert b"".join(storage.read(sha256)) == TEXT


def test_a_damaged_marker_is_nobodys(storage, tmp_path):
    storage.adopt("first")
    if storage.local_path(NOTHING_THERE):
        (storage.root / ".oer-store").write_text("{")
    else:
        storage._client.put_object(Bucket=storage._bucket, Key=storage._prefix + ".oer-store", Body=b"{")
    with pytest.raises(ForeignStore):
        storage.owner()
