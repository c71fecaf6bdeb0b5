"""A form sent twice does its deed once."""

import threading
from datetime import timedelta

import sqlalchemy as sa

from oer.catalogue.models import IdempotencyKey
from oer.catalogue.services.idempotency import delete_old_keys, earlier_result, run_once


def test_the_second_time_the_first_result_is_told(session):
    done = []

    def deed():
        done.append(1)
        return {"id": len(done)}

    assert run_once(session, 1, "key", deed) == {"id": 1}
    assert run_once(session, 1, "key", deed) == {"id": 1}
    assert earlier_result(session, 1, "key") == {"id": 1}


def test_another_account_and_another_form_are_others(session):
    results = [run_once(session, account, key, lambda: {"a": 1}) for account, key in ((1, "a"), (2, "a"), (1, "b"))]
    assert len(results) == 3
    assert session.scalar(sa.select(sa.func.count()).select_from(IdempotencyKey)) == 3


def test_without_a_key_every_time_is_the_first(session):
    done = []
    for _ in range(2):
        run_once(session, 1, "", lambda: {"n": done.append(1)})
    assert len(done) == 2
    assert earlier_result(session, 1, "") is None


def test_of_two_at_the_same_moment_one_does_it(installation):
    done, results, start = [], [], threading.Barrier(2)

    def deed():
        done.append(1)
        return {"n": len(done)}

    def send():
        start.wait()
        with installation.database.transaction() as session:
            results.append(run_once(session, 1, "key", deed))

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(done), results) == (1, [{"n": 1}, {"n": 1}])


def test_old_keys_are_forgotten(session):
    run_once(session, 1, "old", dict)
    run_once(session, 1, "new", dict)
    old = session.get(IdempotencyKey, "1:old")
    old.at -= timedelta(days=8)
    session.flush()
    delete_old_keys(session)
    assert session.scalars(sa.select(IdempotencyKey.key)).all() == ["1:new"]
