import json

from click.testing import CliRunner

from oer.usage.cli import commands
from tests.usage.cases import CASES, event, figures


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
    assert result.stderr == "excluded (robot): 1\n"
    assert json.loads(result.stdout)["2026-03"]["A"] == figures(1, 1, 1, 1)
