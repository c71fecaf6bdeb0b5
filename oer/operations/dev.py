"""The server for developing: reloads on every change, shows errors in the browser. Only for this machine.

It runs whatever a browser on this machine asks of it in its debugger, so its address is fixed to the loopback.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import click
from flask import Flask
from werkzeug.serving import is_running_from_reloader, run_simple

from oer.app import create_app, open_installation
from oer.config import Settings, templates_folder
from oer.operations.serve import Address, WorkerProcess, prepare_environment
from oer.operations.upgrade import upgrade_installation
from oer.samples.loading import are_loaded, load_demo_accounts, load_samples

LOOPBACK = "127.0.0.1"
_DATA = ("*.html", "*.txt", "*.po", "*.yaml", "*.css", "*.js", "*.svg")


def watched_files() -> Iterator[str]:
    """Give the files beside Python modules that a running application has read: a change restarts it."""
    for folder in (templates_folder(), Path(__file__).parent.parent):
        for pattern in _DATA:
            yield from map(str, folder.rglob(pattern))


def development_app() -> Flask:
    """Return the application as it is for developing: every unexpected error reaches the debugger."""
    app = create_app()
    app.debug = True
    # The product's own errors (404, a form's faults) stay pages, for those are what one develops.
    handlers = app.error_handler_spec[None][None]
    for kind in [each for each in handlers if each.__module__.split(".")[0] in {"builtins", "sqlalchemy"}]:
        del handlers[kind]
    return app


@click.command()
@click.option("--port", envvar="PORT", default=8000, show_default=True, help="Port to listen on [PORT].")
def main(port: int) -> None:
    """Serve this checkout on this machine with its samples, reloading on every change, until Ctrl-C."""
    address = Address(LOOPBACK, port)
    prepare_environment(address)
    if not is_running_from_reloader():
        upgrade_installation(Settings.from_environment())
        installation = open_installation(Settings.from_environment())
        if not are_loaded(installation):
            click.echo(f"Sample collection: {load_samples(installation)} materials.")
        load_demo_accounts(installation)
        installation.database.engine.dispose()
        click.echo(f"{address.url} reloads on every change. Ctrl-C stops it.")
        _serve(port, lambda *_: [])  # only watches: the process that it starts serves
        return
    with WorkerProcess():
        _serve(port, development_app())


def _serve(port: int, app: object) -> None:
    run_simple(LOOPBACK, port, app, use_reloader=True, use_debugger=True, threaded=True, extra_files=watched_files())  # type: ignore[arg-type]


if __name__ == "__main__":
    os.environ.setdefault("OER_PAGE_CACHE_BYTES", "0")
    main()
