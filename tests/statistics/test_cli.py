import csv
import io
import json

import pytest
from click.testing import CliRunner

from oer.statistics.cli import commands
from tests.statistics.test_views import use


@pytest.fixture
def run(installation):
    def invoke(*arguments):
        return CliRunner().invoke(commands, ["export", *arguments], obj=lambda: installation)

    return invoke


def test_the_admins_figures_come_as_csv(materials, counted, run):
    _, (item,) = materials({"title": {"vi": "An toàn điện"}})
    counted(use("view", item), use("download", item, 60))
    result = run("--report", "materials")
    assert result.exit_code == 0, result.output
    lines = list(csv.reader(io.StringIO(result.stdout_bytes.decode("utf-8-sig"))))
    header, row = lines[-2:]
    found = dict(zip(header, row, strict=True))
    assert (found["Học liệu"], found["Lượt xem trang"], found["Lượt tải"]) == ("An toàn điện", "1", "1")


def test_filters_and_the_kind_of_file_can_be_chosen(materials, counted, run, tmp_path):
    _, (item,) = materials({"subjects": ["bas.song"]})
    counted(use("view", item))
    path = tmp_path / "figures.json"
    options = ["--report", "summary", "--as", "json", "--language", "en", "--output", str(path)]
    assert run(*options, "--only", "subject=dig").exit_code == 0
    assert json.loads(path.read_text("utf-8"))["rows"][0]["now"] == 0
    assert run(*options, "--only", "subject=bas").exit_code == 0
    assert json.loads(path.read_text("utf-8"))["rows"][0]["now"] == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--from", "2026-02-30"], "is not a day"),
        (["--from", "2026-03-02", "--to", "2026-03-01"], "must not be later"),
        (["--only", "subject=astrology"], "there is no value"),
        (["--only", "colour=red"], "no filter called"),
        (["--only", "subject"], "not FILTER=VALUE"),
    ],
)
def test_what_makes_no_sense_is_refused_with_words(run, options, words):
    result = run(*options)
    assert result.exit_code != 0
    assert words in result.output
