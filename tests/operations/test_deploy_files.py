"""The units and the container file are well-formed, and give the service no more rights than it needs."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.serving import ROOT

DEPLOY = ROOT / "scripts" / "deploy"
UNITS = ("oer-web.service", "oer-worker.service")
# In tenths of systemd's own score: 0 is shut in, 100 is free. A service without any line has 96.
MOST_EXPOSED = 25
# What readers of uploaded files confine themselves with: oer/backends/extraction/confinement.py.
READERS_NEED = {"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "seccomp", "unshare"}


def _analyze(*arguments: object) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("there is no systemd-analyze here")
    return subprocess.run([program, *map(str, arguments)], check=False, capture_output=True, text=True)


def _line(unit: str, name: str) -> list[str]:
    return re.findall(rf"(?m)^{name}=(.*)$", (DEPLOY / unit).read_text(encoding="utf-8"))


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_understands_every_line_of_a_unit(unit: str, tmp_path: Path) -> None:
    text = (DEPLOY / unit).read_text(encoding="utf-8")
    (tmp_path / unit).write_text(text.replace("/srv/oer/bin/oer ", "/bin/true "))  # it looks for the program
    done = _analyze("verify", "--man=no", tmp_path / unit)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_shut_in(unit: str) -> None:
    done = _analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", DEPLOY / unit)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_does_not_run_as_root_and_lets_readers_confine_themselves(unit: str) -> None:
    assert _line(unit, "User") == ["oer"]
    assert _line(unit, "NoNewPrivileges") == ["yes"]
    assert set(" ".join(_line(unit, "SystemCallFilter")).split()) >= READERS_NEED
    assert set(_line(unit, "RestrictNamespaces")[0].split()) == {"user", "net", "ipc"}


@pytest.mark.parametrize(("unit", "command"), [(UNITS[0], "serve"), (UNITS[1], "worker")])
def test_a_unit_starts_a_command_that_there_is(unit: str, command: str) -> None:
    from oer.cli import main

    program, name, *options = _line(unit, "ExecStart")[0].split()
    assert (program, name) == ("/srv/oer/bin/oer", command)
    known = {text for each in main.commands[command].params for text in (*each.opts, *each.secondary_opts)}
    assert set(options) <= known


def _instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n", " ", (DEPLOY / "Containerfile").read_text(encoding="utf-8"))
    lines = [line.split(None, 1) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(first, rest) for first, rest in lines]


def test_the_container_file_gives_the_service_a_user_of_its_own_and_nothing_to_write() -> None:
    found = _instructions()
    last_stage = found[max(n for n, (name, _) in enumerate(found) if name == "FROM") :]
    users = [rest for name, rest in last_stage if name == "USER"]
    assert users, "without USER it runs as root"
    assert users[-1].partition(":")[0] not in {"root", "0"}
    assert [rest for name, rest in last_stage if name == "VOLUME"] == ["/var/lib/oer"]
    assert {"HEALTHCHECK", "STOPSIGNAL"} <= {name for name, _ in last_stage}


def test_the_container_file_takes_nothing_unnamed_and_no_secret() -> None:
    for name, rest in _instructions():
        assert name in {
            "FROM",
            "WORKDIR",
            "COPY",
            "RUN",
            "ENV",
            "USER",
            "VOLUME",
            "EXPOSE",
            "STOPSIGNAL",
            "HEALTHCHECK",
            "CMD",
        }
        if name == "FROM":
            assert re.match(r"python:3\.\d+-\w+-\w+( |$)", rest), "a release by its name, never the latest"
        if name == "RUN":
            assert not re.search(r"curl|wget|sudo|chmod +(-R +)?[0-7]*7\b", rest)
            assert "apt-get install" not in rest or (
                "--no-install-recommends" in rest and "rm -rf /var/lib/apt" in rest
            )
        if name == "COPY" and not rest.startswith("--from"):
            *sources, _ = rest.split()
            assert all((ROOT / source).exists() and source != "." for source in sources), rest
        assert name != "ENV" or not re.search(r"SECRET|PASSWORD|KEY", rest)
    sent = (DEPLOY / "Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert sent[1] == "*"
    assert not {"!.", "!instance", "!uploads"} & set(sent)


def test_the_image_is_built_and_serves_without_a_privilege(tmp_path: Path) -> None:
    builder = next((each for each in ("docker", "podman") if shutil.which(each)), None)
    if builder is None or subprocess.run([builder, "info"], check=False, capture_output=True).returncode:
        pytest.skip("there is no builder of containers here that works")
    run = [builder, "build", "-q", "-f", DEPLOY / "Containerfile", ROOT]
    built = subprocess.run(run, check=False, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr[-3000:]
    image = built.stdout.strip().splitlines()[-1]
    least = ["--read-only", "--tmpfs", "/tmp", "--tmpfs", "/var/lib/oer:uid=10001,mode=700", "--cap-drop", "ALL"]
    least += ["--security-opt", "no-new-privileges"]
    done = subprocess.run(
        [builder, "run", "--rm", *least, image, "sh", "-c", "oer db upgrade && oer doctor && id -u"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip().endswith("10001")
