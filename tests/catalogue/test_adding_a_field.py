"""The worked examples of CONTRIBUTING.md, "Adding a field", carried out on a copy of the code."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
COPIED = ("oer", "templates", "migrations", "tests", "pyproject.toml")
NOT_PRODUCT = ("docs/", "tests/", "oer/translations/")
EXAMPLES = {"A text": 4, "A vocabulary with a facet": 7}  # heading -> most product files that may be touched


def _diffs(heading: str) -> list[tuple[str, list[list[str]]]]:
    """Return the diffs below a heading of CONTRIBUTING.md as (path, hunks)."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = re.split(r"^#+ ", text.split(f"### {heading}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]
    found = []
    for block in re.findall(r"```diff\n(.*?)```", section, re.DOTALL):
        first, *lines = block.splitlines()
        hunks: list[list[str]] = [[]]
        for line in lines:
            if line == "@@":
                hunks.append([])
            else:
                hunks[-1].append(line)
        found.append((first.removeprefix("--- "), hunks))
    return found


def _apply(path: Path, hunks: list[list[str]]) -> None:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for hunk in hunks:
        context = [line[1:] for line in hunk if not line.startswith("+")]
        added = [line[1:] for line in hunk if line.startswith("+")]
        ends = [at + len(context) for at in range(len(lines) + 1) if lines[at : at + len(context)] == context]
        assert not context or len(ends) == 1, f"{path.name}: these lines must be there once: {context}"
        lines[ends[0] if context else 0 : ends[0] if context else 0] = added
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def copy(tmp_path):
    left_out = shutil.ignore_patterns("__pycache__", "samples", "browser")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=left_out)
        else:
            shutil.copy(source, tmp_path / name)
    # Loading the samples is not tested here, but the console imports it.
    shutil.copytree(
        ROOT / "oer" / "samples", tmp_path / "oer" / "samples", ignore=shutil.ignore_patterns("data", "*.mp3")
    )
    return tmp_path


@pytest.mark.parametrize(("heading", "most"), EXAMPLES.items())
def test_adding_a_field_touches_few_files(heading, most):
    touched = {path for path, _ in _diffs(heading)}
    product = {path for path in touched if not path.startswith(NOT_PRODUCT)}
    assert 0 < len(product) <= most
    assert touched - product, "the translation belongs to it"


def test_the_examples_of_the_contributing_guide_work_as_written(copy):
    for heading in EXAMPLES:
        for path, hunks in _diffs(heading):
            _apply(copy / path, hunks)
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    # Its own temporary folder: pytest cleans up the common one, and may meet another run that does the same.
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", f"--basetemp={copy / '.temporary'}"]
    command = [sys.executable, "-m", "pytest", *options]
    ran = subprocess.run(
        [*command, "tests/catalogue/added_fields.py"],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]
