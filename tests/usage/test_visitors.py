import hashlib
from datetime import timedelta

import pytest

from oer.usage.visitors import DaySalts
from tests.usage.factories import at

NOON = at("2026-03-10 12:00").timestamp()
MIDNIGHT = at("2026-03-11 00:00").timestamp()


def test_a_visitor_has_one_key_a_day_in_every_process_and_another_tomorrow(tmp_path):
    one, other = DaySalts(tmp_path / "salt"), DaySalts(tmp_path / "salt")
    assert one.keys(NOON, "v|10.0.0.1|Firefox") == other.keys(NOON + 3600, "v|10.0.0.1|Firefox")
    assert one.keys(NOON, "v|10.0.0.1|Firefox") != one.keys(NOON, "v|10.0.0.2|Firefox")
    today, tomorrow = (one.keys(moment, "v|10.0.0.1|Firefox")[0] for moment in (NOON, NOON + 86_400))
    assert today != tomorrow


def test_for_the_first_half_minute_of_a_day_a_visitor_has_yesterdays_key_too(tmp_path):
    salts = DaySalts(tmp_path)
    before, _ = salts.keys(MIDNIGHT - 10, "v")
    after, known_before = salts.keys(MIDNIGHT + 10, "v")
    assert known_before == before != after
    assert salts.keys(MIDNIGHT + 29.9, "v") == (after, before)
    assert salts.keys(MIDNIGHT + 31, "v") == (after, None)


def test_a_salt_is_thrown_away_with_its_day_and_no_other_file_is_touched(tmp_path):
    salts = DaySalts(tmp_path)
    for days in range(-2, 2):
        salts.keys(NOON + days * 86_400, "v")
    (tmp_path / "note.txt").touch()
    salts.forget_old(at("2026-03-10 12:00"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026-03-10", "note.txt"]


def test_yesterdays_salt_outlives_midnight_by_a_minute_at_most(tmp_path):
    salts = DaySalts(tmp_path)
    salts.keys(MIDNIGHT - 10, "v")
    salts.keys(MIDNIGHT + 10, "v")
    salts.forget_old(at("2026-03-11 00:00") + timedelta(seconds=20))
    assert len(list(tmp_path.iterdir())) == 2
    salts.forget_old(at("2026-03-11 00:00") + timedelta(seconds=61))
    assert [path.name for path in tmp_path.iterdir()] == ["2026-03-11"]


def test_once_the_salt_is_gone_the_same_visitor_on_the_same_day_is_somebody_else(tmp_path):
    first, _ = DaySalts(tmp_path).keys(NOON, "v")
    (tmp_path / "2026-03-10").unlink()
    assert DaySalts(tmp_path).keys(NOON, "v")[0] != first


def test_only_its_owner_can_read_a_salt(tmp_path):
    DaySalts(tmp_path / "salt").keys(NOON, "v")
    (file,) = (tmp_path / "salt").iterdir()
    assert (file.stat().st_mode & 0o077, len(file.read_bytes())) == (0, 32)


def test_hosts_that_share_a_secret_need_no_file(tmp_path):
    one, other = (DaySalts(tmp_path / name, "a secret shared by the web hosts") for name in ("a", "b"))
    assert one.keys(NOON, "v") == other.keys(NOON, "v")
    assert one.keys(NOON, "v") != DaySalts(tmp_path, "another secret").keys(NOON, "v")
    assert not (tmp_path / "a").exists()


def test_where_no_salt_can_be_kept_the_process_tells_visitors_apart_by_itself(tmp_path):
    (tmp_path / "salt").write_text("no folder")
    salts = DaySalts(tmp_path / "salt" / "deeper")
    assert salts.keys(NOON, "a") == salts.keys(NOON, "a")
    assert salts.keys(NOON, "a") != salts.keys(NOON, "b")


def test_a_clock_that_is_set_back_gives_the_day_its_own_key_again(tmp_path):
    salts = DaySalts(tmp_path)
    first, _ = salts.keys(NOON, "v")
    salts.keys(NOON + 365 * 86_400, "v")
    assert salts.keys(NOON, "v")[0] == first


@pytest.mark.parametrize("damage", [b"", b"short", b"\0" * 100])
def test_a_damaged_salt_is_replaced_and_all_processes_have_the_new_one(tmp_path, caplog, damage):
    path = tmp_path / "2026-03-10"
    path.write_bytes(damage)
    one, other = DaySalts(tmp_path), DaySalts(tmp_path)
    assert one.keys(NOON, "v") == other.keys(NOON, "v")
    assert len(path.read_bytes()) == 32
    assert "2026-03-10 is damaged" in caplog.text
    assert len(list(tmp_path.glob("2026-03-10.damaged-*"))) == 1


def test_a_damaged_salt_is_thrown_away_with_its_day(tmp_path):
    (tmp_path / "2026-03-10").write_bytes(b"half a salt")
    salts = DaySalts(tmp_path)
    salts.keys(NOON, "v")
    salts.forget_old(at("2026-03-11 12:00"))
    assert list(tmp_path.iterdir()) == []


def test_a_visitor_is_never_hashed_without_a_salt(tmp_path):
    (tmp_path / "2026-03-10").write_bytes(b"")
    unkeyed = hashlib.blake2b(b"v", digest_size=12).hexdigest()
    assert DaySalts(tmp_path).keys(NOON, "v")[0] != unkeyed
