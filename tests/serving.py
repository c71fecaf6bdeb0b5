"""The real service for tests: `oer serve` in a process of its own, on a free port, over an instance of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parent.parent
START_SECONDS = 120
# What is on its way is finished first, on a machine that may be busy.
STOP_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Service:
    """`with Service(folder) as service:` runs server and worker; `service.url` is where.

    The instance is brought to this version first, unless it is said to be `upgraded`.
    """

    def __init__(
        self,
        instance: Path,
        environment: Mapping[str, str] | None = None,
        python: str = sys.executable,
        *,
        upgraded: bool = False,
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.instance, self.is_upgraded = instance, upgraded
        self.python = python
        # A page that a test looks at must not depend on what the developer's shell has set.
        clean = {name: value for name, value in os.environ.items() if not name.startswith("OER_") or "TEST" in name}
        clean.pop("PROMETHEUS_MULTIPROC_DIR", None)  # an application in this process has set it for itself
        self.environment = clean | {
            "OER_INSTANCE_DIR": str(instance),
            "OER_STORAGE_URL": f"file:{instance / 'uploads'}",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            **(environment or {}),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def run(self, *arguments: str, check: bool = True, given: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command of the console on this instance."""
        done = subprocess.run(
            [self.python, "-m", "oer", *arguments], check=False, env=self.environment, cwd=self.instance.parent,
            capture_output=True, text=True, input=given,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def start(self) -> None:
        self.log = (self.instance.parent / f"serve-{self.port}.log").open("ab")
        self.process = subprocess.Popen(
            [self.python, "-m", "oer", "serve"], env=self.environment, cwd=self.instance.parent,
            stdout=self.log, stderr=self.log,
        )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=2):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                assert self.process.poll() is None, self.said()
                time.sleep(0.05)
        raise AssertionError(f"the service did not start: {self.said()}")

    def said(self) -> str:
        return Path(self.log.name).read_text(encoding="utf-8", errors="replace")

    def stop(self, how: int = signal.SIGINT) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        code = self.process.wait(STOP_SECONDS)
        self.log.close()
        return code

    def __enter__(self) -> "Service":
        if not self.is_upgraded:
            self.run("db", "upgrade")
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()
