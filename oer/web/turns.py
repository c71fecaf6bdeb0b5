"""Turns: the threads of a process make their pages one after another."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

LONGEST_WAIT_SECONDS = 1.0
_turn = threading.Lock()


@contextmanager
def a_turn() -> Iterator[None]:
    """Have one page made at a time in a process: threads that make pages side by side only take each other's turns.

    For pages that cost processor time and wait for nobody. Who has waited for a second goes on without a turn: a page
    that hangs must not hold up the others.
    """
    has_turn = _turn.acquire(timeout=LONGEST_WAIT_SECONDS)
    try:
        yield
    finally:
        if has_turn:
            _turn.release()
