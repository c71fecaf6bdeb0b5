"""Nothing that waits in the queue can run code when it is read."""

import json
import pickle
import re
from pathlib import Path

import pytest

import oer
from oer.jobs.messages import JsonMessages
from oer.jobs.queue import Queue

CODE = Path(oer.__file__).parent


ran: list[str] = []


class Exploit:
    def __reduce__(self):
        return run, ("code",)


def run(what: str) -> None:
    ran.append(what)


def waiting(queue: Queue) -> list[bytes]:
    return list(queue.huey.storage.enqueued_items())


def test_a_job_waits_as_json(queue: Queue) -> None:
    queue.send("files.extract", "ab")
    [message] = waiting(queue)
    assert json.loads(message)["args"] == ["files.extract", "ab"]
    assert queue.huey.dequeue().args == ("files.extract", "ab")


def test_a_pickle_in_the_queue_is_not_read(queue: Queue) -> None:
    assert pickle.dumps(Exploit())
    queue.huey.storage.enqueue(pickle.dumps(Exploit()))
    with pytest.raises(ValueError, match=r"."):
        queue.huey.dequeue()
    assert ran == []
    queue.send("files.extract", "ab")
    assert queue.huey.dequeue().args == ("files.extract", "ab")


@pytest.mark.parametrize("content", [b"[]", b'{"name": "run", "evil": 1}', b"null", b"\xff"])
def test_what_is_no_message_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        JsonMessages().deserialize(content)


def test_only_the_index_is_read_by_a_means_that_could_run_code() -> None:
    """Readers of uploaded files cannot write there: tests/backends/extraction/test_confinement.py."""
    means = re.compile(r"^\s*(?:import|from) (?:pickle|marshal|shelve|dill|joblib|multiprocessing)\b", re.MULTILINE)
    users = {str(path.relative_to(CODE)) for path in CODE.rglob("*.py") if means.search(path.read_text("utf-8"))}
    assert users == {"backends/search/whoosh/internals.py"}
