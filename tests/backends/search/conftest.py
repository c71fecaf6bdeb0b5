"""Every engine that the tests of the protocol run against, each started for real."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from oer.backends.search import SearchIndex, open_search_index


@pytest.fixture
def index_url(tmp_path: Path) -> str:
    return f"whoosh:{tmp_path / 'index'}"


@pytest.fixture
def index(index_url: str) -> SearchIndex:
    made = open_search_index(index_url)
    made.rebuild([])
    return made


@pytest.fixture
def wait_until() -> Callable[..., None]:
    def wait(condition: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not within {seconds} s"
            time.sleep(0.02)

    return wait
