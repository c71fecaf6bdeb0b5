from oer.core.clock import now
from oer.jobs.queue import registered_jobs
from oer.usage import jobs
from oer.usage.events import to_line
from oer.usage.models import UsageDay
from oer.usage.spool import Spool
from tests.usage.factories import a_note, daily, events_in


def test_the_worker_takes_the_spool_in_and_counts_today_provisionally(installation, monkeypatch):
    monkeypatch.setattr(jobs, "_pace", jobs._Pace())
    spool = Spool(installation.settings.spool_dir)
    spool.append(to_line(a_note(moment=now())))
    jobs.ingest_spool(installation)
    jobs.count_days(installation)
    assert [figures[0] for figures in daily(installation).values()] == [1]


def test_old_salts_go_with_the_spool(installation):
    old = installation.settings.salt_dir / "2020-01-01"
    old.parent.mkdir(parents=True)
    old.touch()
    jobs.ingest_spool(installation)
    assert not old.exists()


def test_counting_takes_a_small_share_of_the_workers_time(installation, monkeypatch):
    pace = jobs._Pace()
    monkeypatch.setattr(jobs, "_pace", pace)
    pace.took(100.0)
    spool = Spool(installation.settings.spool_dir)
    spool.append(to_line(a_note(moment=now())))
    jobs.ingest_spool(installation)
    jobs.count_days(installation)
    assert len(events_in(installation)) == 1
    assert daily(installation) == {}


def test_the_nightly_work_runs_on_an_empty_installation(installation):
    jobs.do_nightly_work(installation)
    with installation.database.reading() as session:
        assert session.query(UsageDay).count() == 0


def test_the_worker_knows_the_jobs_of_usage_and_how_often_they_come_round():
    rounds = {name: job.seconds for name, job in registered_jobs().items() if name.startswith("usage.")}
    assert rounds == {"usage.ingest": 1, "usage.count": 2, "usage.close_day": 600, "usage.groups": 21600}
