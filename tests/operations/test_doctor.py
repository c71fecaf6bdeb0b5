"""The doctor checks the invariants of docs/architecture.md, under their numbers and in their words."""

import re

import pytest
from click.testing import CliRunner

from oer.core.health import Invariant
from oer.operations.cli import doctor
from oer.operations.doctor import CHECKED
from tests.serving import ROOT

ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
SECTION = ARCHITECTURE.split("## What must always be true")[1].split("\n## ")[0]


def test_the_invariants_are_those_of_the_architecture() -> None:
    listed = re.findall(r"^(\d+)\. (.+(?:\n   .+)*)", SECTION, re.MULTILINE)
    assert {int(number): " ".join(text.split()) for number, text in listed} == {
        each.value: each.sentence for each in Invariant
    }


def test_the_architecture_names_what_the_doctor_checks() -> None:
    named = re.search(r"`oer doctor` checks (.+?) at rest", SECTION, re.DOTALL)
    assert named is not None
    assert [int(number) for number in re.findall(r"\d+", named[1])] == [each.value for each in CHECKED]


@pytest.mark.parametrize("broken", [False, True])
def test_the_doctor_says_of_each_invariant_whether_it_holds(installation, keep_file, broken):
    sha256 = keep_file(b"content")
    if broken:
        installation.storage.delete(sha256)
    done = CliRunner().invoke(doctor, [], obj=lambda: installation)
    assert done.exit_code == (1 if broken else 0), done.output
    for each in CHECKED:
        assert f"{each.value}. {each.sentence}" in done.output
    assert (f"file {sha256} is missing" in done.output) == broken
    assert ("broken  1." in done.output) == broken


def test_the_doctor_notes_what_this_kernel_cannot_take_from_readers_of_files(installation, monkeypatch):
    monkeypatch.setattr("landlockpy.abi_version", lambda: 0)
    done = CliRunner().invoke(doctor, [], obj=lambda: installation)
    assert done.exit_code == 0, done.output
    assert "notice Landlock is off in this kernel" in done.output
