"""The web server and the worker: started together, stopped together, and neither outlives its parent."""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any

from oer.config import Settings, is_local_host
from oer.operations.listening import Server

WATCH_SECONDS = 0.5
GRACE_SECONDS = 5


def exit_with_parent(how: signal.Signals, parent: int) -> None:
    """Send this process the signal `how` once `parent` is gone, and kill it a few seconds later if it still runs.

    A child that outlives a killed parent would keep the port, or go on working.
    """
    threading.Thread(target=_watch, args=(parent, how), name="parent-watch", daemon=True).start()


def _watch(parent: int, how: signal.Signals) -> None:
    while os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os.kill(os.getpid(), how)
    time.sleep(GRACE_SECONDS)
    os._exit(1)


# The web server and the worker, started together and stopped together.

log = logging.getLogger(__name__)
STOP_SECONDS = 8
# A pause between restarts, so that a worker that dies at once does not keep a processor busy.
RESTART_SECONDS = 5
WEB_PROCESSES = 2
ASK_SECONDS, ASK_TIMEOUT, TELL_SECONDS = 0.3, 20, 30


@dataclass(frozen=True)
class Address:
    """Where the service listens."""

    host: str
    port: int

    @property
    def is_public(self) -> bool:
        """Whether other machines may reach it."""
        return not is_local_host(self.host)

    @property
    def url(self) -> str:
        """The address to open in a browser on this machine."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::", "localhost"} else self.host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


class WorkerProcess:
    """The worker process beside the server: restarted if it dies, and gone if the server is killed."""

    def __enter__(self) -> "WorkerProcess":
        self._ended, self._changing = threading.Event(), threading.Lock()
        self._process = self._start_process()
        self._watch = threading.Thread(target=self._restart_if_it_dies, daemon=True)
        self._watch.start()
        return self

    def _start_process(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "oer", "worker", "--with-parent", str(os.getpid())]
        # Its own process group: Ctrl-C in the terminal reaches only the server, which then stops the worker.
        return subprocess.Popen(command, start_new_session=True)  # noqa: S603

    def _restart_if_it_dies(self) -> None:
        while not self._ended.is_set():
            code = self._process.wait()
            if self._ended.wait(RESTART_SECONDS):
                return
            log.error("the worker ended unexpectedly (exit code %s) and is restarted", code)
            with self._changing:
                if not self._ended.is_set():
                    self._process = self._start_process()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the worker: by SIGINT, and by SIGKILL if it takes too long."""
        with self._changing:
            self._ended.set()
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._watch.join()


def prepare_environment(address: Address) -> None:
    """Tell the web processes and the worker the address by OER_* variables that are not set already."""
    os.environ.setdefault("OER_BASE_URL", address.url)
    if address.is_public:
        # No link is ever built from the Host header, so a public host without a configured name may accept any.
        os.environ.setdefault("OER_TRUSTED_HOSTS", "*" if os.environ["OER_BASE_URL"] == address.url else "")


def forget_old_figures(folder: Path) -> None:
    """Delete the figures of web processes that are gone: what they counted belongs to an earlier start."""
    for path in folder.glob("*_*.db"):
        pid = path.stem.rpartition("_")[2]
        if not (pid.isdigit() and Path(f"/proc/{pid}").exists()):
            path.unlink(missing_ok=True)


class AnnounceWhenReady(threading.Thread):
    """Asks the running service whether it is ready, says on the console which parts are not, and then that it is."""

    def __init__(self, address: Address, say: Callable[[str], None], ready: str) -> None:
        super().__init__(name="announce", daemon=True)
        self._url, self._say, self._ready = f"{address.url}/readyz", say, ready

    def run(self) -> None:
        """Ask until the service is ready."""
        told = time.monotonic()
        while not self._is_ready():
            time.sleep(ASK_SECONDS)
            if time.monotonic() - told > TELL_SECONDS:
                told = time.monotonic()
                self._say(f"Not ready yet: {self._missing()}.")
        self._say(self._ready)

    def _is_ready(self) -> bool:
        return bool(self._answer().get("ready"))

    def _missing(self) -> str:
        parts = {part: why for part, why in self._answer().get("parts", {}).items() if why != "ready"}
        return "; ".join(f"{part}: {why}" for part, why in parts.items()) or "the web server does not answer"

    def _answer(self) -> dict[str, Any]:
        # The environment is that of the web processes: see `prepare_environment`.
        hosts = Settings.from_environment().request_hosts
        request = urllib.request.Request(self._url, headers={"Host": hosts[0]} if hosts else {})  # noqa: S310 (http)
        try:
            with urllib.request.urlopen(request, timeout=ASK_TIMEOUT) as answer:  # noqa: S310
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            return dict(json.load(error)) if error.code == HTTPStatus.SERVICE_UNAVAILABLE else {}
        except (OSError, ValueError):
            return {}


def run_web(listener: socket.socket, processes: int = WEB_PROCESSES) -> None:
    """Serve the application until SIGINT or SIGTERM."""
    Server(listener, "oer.operations.web:front", processes).serve()
