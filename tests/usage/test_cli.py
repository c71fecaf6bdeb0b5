import json
from datetime import date

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from oer.usage import cli
from oer.usage.cli import commands
from oer.usage.events import to_line
from oer.usage.models import DailyUsage
from oer.usage.services.months import close_months
from oer.usage.services.nightly import count_due_days
from oer.usage.spool import Spool
from tests.usage.cases import CASES, event, figures
from tests.usage.factories import a_note, at, daily, spooled


def run(tmp_path, lines, *options):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines))
    return CliRunner().invoke(commands, ["count", str(path), *options])


def test_a_file_of_events_is_counted_as_the_cases_expect(tmp_path):
    for case in CASES["cases"]:
        result = run(tmp_path, case["events"])
        assert (result.exit_code, json.loads(result.stdout)) == (0, case["expected"]), case["id"]


def test_corrupt_lines_are_set_aside_and_reported_and_the_rest_counted(tmp_path):
    bad = [b"{", b"\xff\xfe\x00", b"[1]", b'{"kind": "request"}', b"[" * 5000, b'{"t": 1, "kind": "request"}']
    result = run(tmp_path, [event(0), *bad, b"", event(60)])
    assert json.loads(result.stdout) == {"2026-03": {"A": figures(2, 2, 1, 1)}}
    assert [line.split(" set")[0] for line in result.stderr.splitlines()] == [f"line {n}" for n in range(2, 8)]


def test_the_reasons_of_what_was_left_out_are_told_on_request(tmp_path):
    result = run(tmp_path, [event(0), event(1, ua="curl/8")], "--explain")
    assert result.stderr.splitlines()[0] == "excluded (robot): 1"
    assert json.loads(result.stdout)["2026-03"]["A"] == figures(1, 1, 1, 1)


@pytest.fixture
def oer(installation):
    """Runs a command of `oer usage` on this test's installation."""
    return lambda *arguments: CliRunner().invoke(commands, arguments, obj=lambda: installation)


def test_the_ratio_to_a_plain_count_of_lines_is_told(tmp_path):
    lines = [event(0), event(5), event(60), event(61, ua="curl/8")]
    result = run(tmp_path, lines, "--explain")
    assert "lines: 4; investigations: 2" in result.stderr
    assert "2.00 times as many" in result.stderr


def test_the_spool_can_be_taken_in_by_hand(oer, installation):
    spool = Spool(installation.settings.spool_dir)
    spool.append(to_line(a_note()))
    assert oer("ingest").output == "1 lines taken, 1 days counted\n"
    assert daily(installation)["2026-03-10", "abcde-fghij"][0] == 1


def test_open_days_can_be_rebuilt_and_closed_months_only_corrected(oer, installation, monkeypatch):
    monkeypatch.setattr(cli, "today", lambda: date(2026, 4, 11))  # events of long ago are gone and not counted anew
    spooled(installation, [a_note(), a_note(seconds=60, moment=at("2026-04-02 10:00"))])
    count_due_days(installation.database, at("2026-04-11 02:00"))
    with installation.database.transaction() as session:
        close_months(session, date(2026, 4, 10))
        session.execute(sa.delete(DailyUsage))
    result = oer("rebuild", "--from", "2026-03-01", "--to", "2026-04-02")
    assert result.output == "2 days counted, 31 days of closed months left as they are\n"
    assert set(daily(installation)) == {("2026-04-02", "abcde-fghij")}
    assert oer("correct", "2026-04", "--reason", "x").exit_code == 1
    assert "a new version is kept" in oer("correct", "2026-03", "--reason", "Rows were lost.").output
    assert daily(installation)["2026-03-10", "abcde-fghij"][0] == 1
    assert oer("months").output.splitlines() == [
        "2026-03 version 1: 0 requests, 1 page views",
        "2026-03 version 2: 0 requests, 1 page views (Rows were lost.)",
    ]
