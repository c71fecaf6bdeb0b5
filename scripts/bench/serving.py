"""Servers that benches measure: an installation made for one, granian over it, and `wrk` that asks it."""

import os
import re
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from oer.app import open_installation
from oer.config import Settings
from oer.core.installation import Installation
from oer.operations.upgrade import upgrade_installation
from tests.serving import free_port

ROOT = Path(__file__).parents[2]
FRONT = ("--factory", "oer.operations.web:front")


def make_installation(folder: Path) -> Installation:
    """Make what a server needs to start, in `folder/instance`."""
    settings = Settings(instance_dir=folder / "instance")
    upgrade_installation(settings)
    return open_installation(settings)


@contextmanager
def started(servers, folder: Path):
    """Run each server, (arguments of granian, environment), with one worker; give their ports by name.

    `FRONT` as the arguments is what each web process of `oer serve` runs; others are WSGI.
    """
    ports, processes = {}, []
    try:
        for name, (target, environment) in servers.items():
            ports[name] = free_port()
            interface = ["rsgi", "--http", "1"] if target is FRONT else ["wsgi"]
            command = [sys.executable, "-m", "granian", "--interface", *interface, "--workers", "1", "--no-ws"]
            command += ["--host", "127.0.0.1", "--port", str(ports[name]), "--log-level", "warning", *target]
            path = {"PYTHONPATH": f"{folder}:{ROOT}"}
            processes.append(subprocess.Popen(command, env={**os.environ, **path, **environment}, cwd=folder))
        for port in ports.values():
            _wait(port)
        yield ports
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(port: int) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("a server did not start")


def cpu_seconds(port: int) -> float:
    """Return how long the server at a port has kept processors busy, its workers included."""
    stats = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            arguments = (process / "cmdline").read_text().split("\0")
        except OSError:  # it has ended meanwhile
            continue
        stats[int(process.name)] = (int(fields[1]), int(fields[11]) + int(fields[12]), arguments)
    family = {each for each, (_, _, arguments) in stats.items() if "--port" in arguments and str(port) in arguments}
    family |= {each for each, (parent, _, _) in stats.items() if parent in family}
    return sum(stats[each][1] for each in family) / os.sysconf("SC_CLK_TCK")


def requests_a_second(port: int, path: str, seconds: int, accept_encoding: str = "") -> float:
    """Ask for a path over 8 connections; every answer must be a success."""
    command = ["wrk", "-t1", "-c8", f"-d{seconds}s", "--timeout", "60", "-H", f"Accept-Encoding: {accept_encoding}"]
    command.append(f"http://127.0.0.1:{port}{path}")
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in said, said
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])
