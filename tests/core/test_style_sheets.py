"""What style sheets weigh, and what they hold for browsers of 2019, which do not know all that they say."""

import gzip
import re
import subprocess
import sys
from pathlib import Path

from oer.web.templates import STATIC

ROOT = Path(__file__).parent.parent.parent


def test_they_end_with_the_longhands_that_those_browsers_need() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/old_browsers.py", "--check"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_they_stay_light() -> None:
    weights = {sheet.name: len(gzip.compress(sheet.read_bytes(), 9)) for sheet in STATIC.glob("*.css")}
    look = weights.pop("look.css")
    assert look <= 14_000
    assert max(weights.values()) <= 10_000


def test_nothing_in_them_drops_a_whole_rule_that_those_browsers_need() -> None:
    for sheet in STATIC.glob("*.css"):
        rules = sheet.read_text(encoding="utf-8")
        assert "color-mix(" not in rules, sheet.name
        assert not re.search(r":not\([^()]*,", rules), f"{sheet.name}: write :not(a):not(b)"
