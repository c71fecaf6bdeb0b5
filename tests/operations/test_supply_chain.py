"""What the product is made of is pinned, listed, and asked about without pretending."""

import json
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.serving import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")


def entries(lock: str) -> dict[tuple[str, str], set[str]]:
    """The packages of a lock file with their hashes."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    found = {}
    for entry in re.split(r"\n(?=\S)", text):
        name, version = re.findall(r"^([\w.-]+)==([^\s;\\]+)", entry)[0]
        found[name, version] = set(re.findall(r"--hash=sha256:([0-9a-f]{64})\b", entry))
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_of_a_lock_file_is_one_version_with_hashes(lock: str) -> None:
    found = entries(lock)
    assert len(found) > 50
    assert [package for package, hashes in found.items() if not hashes] == []
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if re.match(r"-|.*(://|@ )", line)] == [], "no other index, no address"


def test_nothing_is_installed_without_its_hash() -> None:
    for script in ("scripts/prepare", "scripts/deploy/Containerfile"):
        installs = re.findall(r"pip install[^&\n]*", (ROOT / script).read_text(encoding="utf-8"))
        assert installs
        assert all("--require-hashes" in each or "--no-deps" in each for each in installs), script


@pytest.mark.parametrize("lock", LOCKS)
def test_the_bill_of_materials_names_what_the_lock_file_does(lock: str) -> None:
    made = subprocess.run(
        [sys.executable, "-W", "error", ROOT / "scripts" / "sbom.py", ROOT / lock],
        check=False,
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stderr
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(made.stdout) is None
    told = json.loads(made.stdout)
    listed = {
        (part["name"], part["version"]): {each["content"] for each in part["hashes"]} for part in told["components"]
    }
    assert listed == entries(lock)
    assert told["metadata"]["component"]["name"] == "hoclieumo-oer"
    assert sum("licenses" in part for part in told["components"]) > 40


def test_a_package_without_a_hash_is_not_listed_as_if_it_had_one(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("flask==3.1.2\n")
    made = subprocess.run(
        [sys.executable, ROOT / "scripts" / "sbom.py", tmp_path / "lock"], check=False, capture_output=True, text=True
    )
    assert made.returncode != 0
    assert "flask==3.1.2 has no hash" in made.stderr


KNOWN = {"name": "flask", "version": "3.1.2", "vulns": []}
FAULTY = {
    "name": "jinja2",
    "version": "3.0.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.1.6"], "aliases": ["CVE-2025-1"], "description": ""}],
}
SKIPPED = {"name": "werkzeug", "skip_reason": "Dependency not found on PyPI and could not be audited"}


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ([KNOWN], 0, "known faults in 0"),
        ([KNOWN, SKIPPED], 0, "asked for 1 of"),
        ([KNOWN, FAULTY], 1, "jinja2 3.0.0: PYSEC-1 (CVE-2025-1), mended in 3.1.6"),
        ([SKIPPED], 3, "nothing is known either way"),
        (None, 3, "nothing is known either way"),
    ],
    ids=["none", "some-unknown", "faulty", "all-unknown", "no-answer"],
)
def test_an_audit_says_what_was_asked_and_never_calls_silence_good(
    tmp_path: Path, answer: list[object] | None, code: int, words: str
) -> None:
    program = tmp_path / "pip-audit"
    said = "exit 1" if answer is None else f"cat <<'END'\n{json.dumps({'dependencies': answer, 'fixes': []})}\nEND"
    program.write_text(f"#!/bin/sh\n{said}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    done = subprocess.run(
        [ROOT / "scripts" / "audit"],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "OER_AUDIT_PROGRAM": str(program)},
    )
    assert done.returncode == code, done.stderr
    assert words in done.stdout + done.stderr
