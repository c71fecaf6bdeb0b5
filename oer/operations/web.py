"""What each web process of `oer serve` runs."""

import os
import signal

from flask import Flask

from oer.app import create_app
from oer.operations.parent import end_with_parent


def application() -> Flask:
    """Return the application, in a process that ends with the server that started it."""
    end_with_parent(signal.SIGTERM, os.getppid())
    return create_app()
