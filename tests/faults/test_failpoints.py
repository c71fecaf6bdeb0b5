"""Fail points are for tests alone: nothing happens where nobody asked for them."""

import os
import re
import subprocess
import sys
from pathlib import Path

from oer import failpoints
from oer.config import Settings
from tests.serving import ROOT

PROGRAM = "from oer.failpoints import fail_point; fail_point('a.point'); fail_point('a.point'); print('alive')"


def said(environment: dict[str, str]) -> str:
    clean = {name: value for name, value in os.environ.items() if name != failpoints.VARIABLE}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM], env=clean | environment, cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout


def test_a_point_fires_once_and_only_where_it_is_armed(tmp_path: Path) -> None:
    (tmp_path / "a.point").touch()
    (tmp_path / "another").touch()
    assert said({}) == "alive\n"
    assert (tmp_path / "a.point").exists()
    assert said({failpoints.VARIABLE: str(tmp_path)}) == ""
    assert said({failpoints.VARIABLE: str(tmp_path)}) == "alive\n"
    assert (tmp_path / "another").exists()


def test_points_are_no_setting_and_each_is_named_in_one_place() -> None:
    assert failpoints.VARIABLE not in {f"OER_{name.upper()}" for name in Settings.__dataclass_fields__}
    named = [
        name
        for path in sorted((ROOT / "oer").rglob("*.py"))
        for name in re.findall(r'fail_point\(f?"([^"]+)"\)', path.read_text(encoding="utf-8"))
    ]
    assert len(named) == len(set(named)) > 15
