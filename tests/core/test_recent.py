import threading
from dataclasses import replace

from oer.core.installation import Installation
from oer.core.recent import Recent


def test_a_value_is_computed_once_however_often_it_is_asked_for(installation: Installation) -> None:
    made: list[int] = []
    recent = Recent(lambda _installation: made.append(1) or len(made), seconds=3600)
    assert [recent(installation) for _ in range(5)] == [1] * 5
    assert Recent(lambda _installation: made.append(1) or len(made), seconds=0)(installation) == 2


def test_nobody_waits_for_a_value_that_hangs_if_there_is_an_older_one(installation: Installation) -> None:
    go, calls = threading.Event(), []

    def compute(_installation: Installation) -> int:
        calls.append(1)
        if len(calls) > 1:
            assert go.wait(60)
        return len(calls)

    recent = Recent(compute, seconds=0)
    assert recent(installation) == 1
    hanging = threading.Thread(target=recent, args=(installation,))
    hanging.start()
    while len(calls) < 2:
        threading.Event().wait(0.01)
    assert recent(replace(installation)) == 1
    go.set()
    hanging.join()


def test_a_value_that_is_not_kept_is_computed_again(installation: Installation) -> None:
    made: list[int] = []
    recent = Recent(lambda _installation: made.append(1) or len(made), seconds=3600, keeps=lambda value: value > 2)
    assert [recent(installation) for _ in range(5)] == [1, 2, 3, 3, 3]
