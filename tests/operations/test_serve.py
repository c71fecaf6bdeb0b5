import os
import signal
import socket
import stat
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from oer.app import create_app
from oer.config import Settings
from oer.core.installation import SecretMissing, make_secret, with_secret
from oer.core.schema import SchemaOutdated
from oer.operations.serve import Address
from tests.serving import Service


def _ok(service: Service) -> bool:
    with urllib.request.urlopen(f"{service.url}/healthz", timeout=20) as answer:
        return bool(answer.status == 200)


def _processes(service: Service) -> list[psutil.Process]:
    assert service.process is not None
    return psutil.Process(service.process.pid).children(recursive=True)


def test_the_service_starts_serves_and_stops_with_its_worker(service: Service) -> None:
    with service:
        processes = _processes(service)
        assert any("worker" in process.cmdline() for process in processes)
        began = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - began < 12
        assert not [process for process in processes if process.is_running() and process.status() != "zombie"]


def test_web_processes_and_a_worker_that_die_are_replaced(service: Service) -> None:
    with service:
        condemned = [each for each in _processes(service) if "resource_tracker" not in " ".join(each.cmdline())]
        assert len(condemned) > 2
        for process in condemned:
            process.kill()
        deadline = time.monotonic() + 90
        while not (_answers(service) and _has_another_worker(service, condemned)):
            assert time.monotonic() < deadline, service.said()
            time.sleep(0.2)


def test_the_server_goes_on_however_often_a_web_process_dies(service: Service) -> None:
    with service:
        for _ in range(3):  # Granian by itself ends when one dies twice within 5.5 seconds
            _until_there_are_two(service).pop().kill()
        _until_there_are_two(service)
        assert _ok(service)


def _until_there_are_two(service: Service) -> list[psutil.Process]:
    assert service.process is not None
    deadline = time.monotonic() + 90
    while len(found := _web_processes(service)) != 2:
        assert service.process.poll() is None, service.said()
        assert time.monotonic() < deadline, service.said()
        time.sleep(0.05)
    return found


def _web_processes(service: Service) -> list[psutil.Process]:
    # Forked, they have the server's own command line.
    assert service.process is not None
    parent = psutil.Process(service.process.pid)
    return [
        each
        for each in parent.children()
        if each.status() != psutil.STATUS_ZOMBIE and each.cmdline() == parent.cmdline()
    ]


def _answers(service: Service) -> bool:
    try:
        return _ok(service)
    except OSError:
        return False


def _has_another_worker(service: Service, known: list[psutil.Process]) -> bool:
    return any("worker" in each.cmdline() for each in _processes(service) if each not in known)


def test_nothing_is_left_running_when_the_server_is_killed(service: Service) -> None:
    with service:
        processes = _processes(service)
        service.stop(signal.SIGKILL)
        assert psutil.wait_procs(processes, timeout=60)[1] == []


def test_stalled_connections_do_not_stop_the_service(service: Service) -> None:
    with service, ExitStack() as stalled:
        for _ in range(300):
            connection = stalled.enter_context(socket.create_connection(("127.0.0.1", service.port)))
            connection.sendall(b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf")
        assert _ok(service)  # scripts/bench/stalls.py says within which time


def test_the_application_refuses_a_database_without_schema(tmp_path: Path) -> None:
    with pytest.raises(SchemaOutdated, match="oer db upgrade"):
        create_app(Settings(instance_dir=tmp_path, secret_key="s"))


def test_the_application_refuses_to_start_without_a_secret(tmp_path: Path) -> None:
    with pytest.raises(SecretMissing, match="oer db upgrade"):
        create_app(Settings(instance_dir=tmp_path))


def test_a_command_without_database_names_the_one_that_makes_it(tmp_path: Path) -> None:
    service = Service(tmp_path / "instance", {"OER_DATABASE_URL": ""})
    done = service.run("worker", check=False)
    assert done.returncode != 0
    assert "oer db upgrade" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    settings = Settings(instance_dir=tmp_path / "instance")
    make_secret(settings)
    secret = with_secret(settings).secret_key
    make_secret(settings)
    path = tmp_path / "instance" / "secret"
    assert with_secret(settings).secret_key == secret
    assert len(secret) >= 43
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["secret"]  # noqa: PTH208


@pytest.mark.parametrize(
    ("host", "public", "url"),
    [
        ("127.0.0.1", False, "http://127.0.0.1:80"),
        ("0.0.0.0", True, "http://127.0.0.1:80"),
        ("::1", False, "http://[::1]:80"),
    ],
)
def test_an_address_knows_whether_others_reach_it(host: str, public: bool, url: str) -> None:
    address = Address(host, 80)
    assert (address.is_public, address.url) == (public, url)
