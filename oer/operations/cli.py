"""Commands that run an installation and look after it."""

import os
import threading

import click

from oer.config import Settings
from oer.core.console import pass_engines
from oer.core.engines import Engines
from oer.jobs import open_queue
from oer.jobs.worker import run_worker
from oer.operations.serve import Address, WorkerProcess, prepare_environment, run_web


@click.command()
@click.option("--host", envvar="HOST", default="127.0.0.1", show_default=True, help="Address to listen on [HOST].")
@click.option("--port", envvar="PORT", default=8000, show_default=True, help="Port to listen on [PORT].")
@click.option(
    "--worker/--no-worker", "with_worker", default=True, help="Also run the worker (default), or the web server alone."
)
@pass_engines
def serve(engines: Engines, host: str, port: int, with_worker: bool) -> None:
    """Run the web server and the background worker until Ctrl-C."""
    address = Address(host, port)
    prepare_environment(address)
    engines.database.engine.dispose()
    if not with_worker:
        run_web(address)
        return
    with WorkerProcess():
        run_web(address)


@click.command()
@click.option("--threads", default=2, show_default=True, help="Jobs that are run at the same time.")
@click.option("--with-parent", is_flag=True, help="Also end when standard input closes.")
@pass_engines
def worker(engines: Engines, threads: int, with_parent: bool) -> None:
    """Run background work: text from files, the index, mails, usage figures. Ends on Ctrl-C after the job in hand."""
    if with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    run_worker(open_queue(engines.settings.jobs), engines, threads)


def _end_with_parent() -> None:
    os.read(0, 1)
    os.kill(os.getpid(), 2)


console = [serve, worker]
