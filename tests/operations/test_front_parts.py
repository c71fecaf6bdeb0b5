"""Parts of the front by themselves: the row of requests, the address that counts."""

import threading
import time
from types import SimpleNamespace

import pytest

from oer.operations.front import pool as pools
from oer.operations.front.asking import environ_of, network_of, remote_address
from oer.operations.front.pool import Pool

PATIENCE = 30


def test_a_row_that_stands_is_full_until_it_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "LONGEST_WAIT_SECONDS", 0.05)
    pool, go_on, ended = Pool(threads=1), threading.Event(), threading.Event()
    pool.put(lambda _late: go_on.wait(PATIENCE))
    pool.put(lambda _late: ended.set())
    _wait_until(lambda: pool.is_full)
    go_on.set()
    assert ended.wait(PATIENCE)
    assert not pool.is_full


def test_who_waited_too_long_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "GIVE_UP_SECONDS", 0.05)
    pool, go_on, told = Pool(threads=1), threading.Event(), []
    pool.put(lambda _late: go_on.wait(PATIENCE))
    pool.put(told.append)
    time.sleep(0.1)
    go_on.set()
    _wait_until(lambda: told)
    assert told == [True]


def _wait_until(happened) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Headers(list):
    def get_all(self, name: str) -> list[str]:
        return [value for each, value in self if each == name]

    def items(self) -> list[tuple[str, str]]:
        return list(self)


def _scope(*headers: tuple[str, str], client: str = "127.0.0.1:5000", path: str = "/") -> SimpleNamespace:
    return SimpleNamespace(
        client=client, server="127.0.0.1:80", headers=Headers(headers), http_version="1.1", method="GET", path=path,
        query_string="", scheme="http", authority=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("hops", "trusted", "counted"),
    [
        ((), 0, "127.0.0.1"),
        (("9.9.9.9",), 0, "127.0.0.1"),
        (("9.9.9.9, 8.8.8.8",), 1, "8.8.8.8"),
        (("9.9.9.9", "8.8.8.8"), 2, "9.9.9.9"),
        (("9.9.9.9",), 2, "127.0.0.1"),
    ],
)
def test_only_trusted_proxies_say_who_asks(hops: tuple[str, ...], trusted: int, counted: str) -> None:
    assert remote_address(_scope(*(("x-forwarded-for", hop) for hop in hops)), trusted) == counted


def test_a_network_of_ipv6_counts_as_one() -> None:
    assert remote_address(_scope(client="[2001:db8::5]:4000"), 0) == "2001:db8::5"
    assert network_of("2001:db8::5") == network_of("2001:db8::ffff:1") == "2001:db8::"
    assert network_of("::ffff:10.0.0.1") == "10.0.0.1"


def test_the_environ_is_that_of_the_request_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OER_SECRET_KEY", "secret")
    headers = (("cookie", "a=1"), ("cookie", "b=2"), ("x_forwarded_for", "1.1.1.1"), ("content-length", "3"))
    environ = environ_of(_scope(*headers, path="/tìm"))
    assert environ["HTTP_COOKIE"] == "a=1;b=2"
    assert environ["CONTENT_LENGTH"] == "3"
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/tìm"
    assert "HTTP_X_FORWARDED_FOR" not in environ
    assert "secret" not in environ.values()
