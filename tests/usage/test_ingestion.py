import pytest
import sqlalchemy as sa

from oer.core.errors import Conflict
from oer.usage.models import SetAsideLine, SpoolProgress, UsageDay, UserAgent
from oer.usage.queries.processing import spool_report
from oer.usage.robots import robot_policy
from oer.usage.services import ingestion
from oer.usage.services.ingestion import ingest, judge_agents, read_batch, take_batch
from oer.usage.spool import Spool, files_put_aside, spool_files
from tests.usage.cases import CHROME
from tests.usage.factories import a_note, at, events_in, spooled, to_line


def days_of(installation):
    with installation.database.reading() as session:
        return {f"{row.day}": row.touched for row in session.scalars(sa.select(UsageDay))}


def test_what_a_line_says_is_an_event_in_the_database_and_the_file_is_gone(installation):
    note = a_note("download", session="s1", person="p1", via="search", moment=at("2026-03-10 23:59"))
    assert spooled(installation, [note]) == 1
    (event,) = events_in(installation)
    assert (event.kind, event.item, event.format, event.url) == ("download", note.item, "pdf", note.url)
    assert (event.visitor, event.session, event.person, event.via) == ("v1", "s1", "p1", "search")
    assert (event.at, f"{event.day}") == (at("2026-03-10 23:59"), "2026-03-10")
    assert list(installation.settings.spool_dir.iterdir()) == []


def test_reading_the_spool_again_takes_nothing_twice(installation):
    spool = Spool(installation.settings.spool_dir)
    spool.append(to_line(a_note()))
    assert [ingest(installation.database, installation.settings.spool_dir, robot_policy()) for _ in range(3)] == [
        1,
        0,
        0,
    ]
    spool.append(to_line(a_note("read")))
    assert ingest(installation.database, installation.settings.spool_dir, robot_policy()) == 1
    assert [event.kind for event in events_in(installation)] == ["view", "read"]


def test_a_worker_that_dies_before_its_commit_leaves_the_lines_to_be_taken_again(installation, monkeypatch):
    class PowerCutError(Exception):
        pass

    def dies(session, batch, verdicts):
        take_batch(session, batch, verdicts)
        raise PowerCutError

    spool = Spool(installation.settings.spool_dir)
    spool.append(to_line(a_note()))
    monkeypatch.setattr(ingestion, "take_batch", dies)
    with pytest.raises(PowerCutError):
        ingest(installation.database, installation.settings.spool_dir, robot_policy())
    assert events_in(installation) == []
    monkeypatch.undo()
    assert ingest(installation.database, installation.settings.spool_dir, robot_policy()) == 1
    assert len(events_in(installation)) == 1


def test_a_worker_that_dies_before_it_throws_a_file_away_counts_nothing_twice(installation, monkeypatch):
    monkeypatch.setattr("oer.usage.spool.SpoolFile.discard", lambda _self: None)
    spooled(installation, [a_note()])
    monkeypatch.undo()
    assert len(spool_files(installation.settings.spool_dir)) == 1
    assert ingest(installation.database, installation.settings.spool_dir, robot_policy()) == 0
    assert spool_files(installation.settings.spool_dir) == []
    assert len(events_in(installation)) == 1


def test_of_two_workers_that_read_the_same_lines_one_takes_them(installation):
    spool = Spool(installation.settings.spool_dir)
    spool.append(to_line(a_note()))
    (file,) = spool_files(installation.settings.spool_dir)
    batch = read_batch(file.name, 0, file.lines(0, 10))
    verdicts = judge_agents(batch, (), robot_policy())
    with installation.database.transaction() as session:
        take_batch(session, batch, verdicts)
    with pytest.raises(Conflict), installation.database.transaction() as session:
        take_batch(session, batch, verdicts)
    assert len(events_in(installation)) == 1


def test_corrupt_lines_are_set_aside_and_the_rest_is_taken(installation, session):
    spool = Spool(installation.settings.spool_dir)
    for line in (to_line(a_note()), b"{\x1b[2J\xff\r<script>\n", b"\n", to_line(a_note("read"))):
        spool.append(line)
    spool.append(b'{"t":1,"k":"vi')
    del spool
    ingest(installation.database, installation.settings.spool_dir, robot_policy())
    assert [event.kind for event in events_in(installation)] == ["view", "read"]
    aside = session.scalars(sa.select(SetAsideLine).order_by(SetAsideLine.offset)).all()
    assert [line.reason for line in aside] == ["not an event", "not an event", "cut short"]
    assert aside[0].text == r"{\x1b[2J\xff\r<script>"
    assert spool_report(session).set_aside == 3
    assert spool_files(installation.settings.spool_dir) == []


def test_events_that_were_lost_on_a_full_disk_are_reported(installation, session):
    spool = Spool(installation.settings.spool_dir)
    spool.append(b'{"t":1,"k":"lost","n":5}\n')
    spool.append(to_line(a_note()))
    ingest(installation.database, installation.settings.spool_dir, robot_policy())
    report = spool_report(session)
    assert (report.events, report.lost, report.set_aside) == (1, 5, 0)


def test_a_user_agent_is_judged_once_and_kept_once(installation, session):
    notes = [a_note(seconds=n, user_agent=agent) for n, agent in enumerate([CHROME, "GPTBot/1.2", CHROME])]
    spooled(installation, notes)
    spooled(installation, notes)
    agents = session.scalars(sa.select(UserAgent).order_by(UserAgent.text)).all()
    assert [(agent.text, agent.is_robot) for agent in agents] == [("GPTBot/1.2", True), (CHROME, False)]
    assert {agent.list_version for agent in agents} == {robot_policy().version}


def test_more_lines_than_fit_a_batch_are_taken_in_several(installation, monkeypatch, session):
    monkeypatch.setattr(ingestion, "BATCH_LINES", 7)
    assert spooled(installation, [a_note(seconds=n) for n in range(30)]) == 30
    assert len(events_in(installation)) == 30
    progress = session.scalars(sa.select(SpoolProgress)).one()
    assert progress.events == 30
    assert progress.finished_at is not None


def test_a_day_and_the_day_before_are_touched_by_what_comes_right_after_midnight(installation):
    spooled(installation, [a_note(moment=at("2026-03-11 00:00"), seconds=seconds) for seconds in (10, 30, 31)])
    assert days_of(installation) == {"2026-03-10": 1, "2026-03-11": 5}


def test_events_of_any_time_are_taken_as_they_are(installation):
    spooled(installation, [a_note(moment=at("2027-11-22 10:00")), a_note(moment=at("2000-01-01 00:00"))])
    assert set(days_of(installation)) == {"1999-12-31", "2000-01-01", "2027-11-22"}


def test_a_spool_file_that_cannot_be_read_is_put_aside_and_the_others_are_read(installation, caplog):
    folder = installation.settings.spool_dir
    (folder / "20260310T01-0000.jsonl").mkdir(parents=True)  # reading it fails as a broken disk does, for root too
    assert spooled(installation, [a_note("read")]) == 1
    assert [event.kind for event in events_in(installation)] == ["read"]
    assert "20260310T01-0000.jsonl is damaged" in caplog.text
    assert files_put_aside(folder) == 1
    assert ingest(installation.database, folder, robot_policy()) == 0


def test_what_is_whole_in_a_damaged_file_is_counted(installation):
    folder = installation.settings.spool_dir
    folder.mkdir(parents=True)
    lines = [b"\0" * 40_000 + to_line(a_note("view")), b"\xff" * 40_000 + b"\n", b"[" * 9000 + b"\n", b"5\n"]
    lines += [to_line(a_note("read")), b"\0" * 5000]
    (folder / "20260310T01-0000.jsonl").write_bytes(b"".join(lines))
    ingest(installation.database, folder, robot_policy())
    assert [event.kind for event in events_in(installation)] == ["view", "read"]
    with installation.database.reading() as session:
        assert spool_report(session).set_aside == 4
    assert list(folder.iterdir()) == []
