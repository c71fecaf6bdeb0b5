"""What every command of the console shares: the installation, opened when a command first asks for it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

from oer.core.installation import Installation

Command = TypeVar("Command", bound=Callable[..., Any])


def pass_installation(command: Command) -> Command:
    """Give a click command the opened engines of the installation as its first argument."""

    @wraps(command)
    def with_engines(*given: Any, **options: Any) -> Any:
        opened: Installation = click.get_current_context().find_root().obj()
        return command(opened, *given, **options)

    return with_engines  # type: ignore[return-value]
