"""The console: `oer`. Each feature brings its own commands; here are those of the installation as a whole."""

import logging
from functools import cache

import click

from oer import __version__
from oer.accounts import cli as accounts
from oer.app import open_installation
from oer.backends.storage import StoreUnavailable
from oer.catalogue import cli as catalogue
from oer.config import Settings
from oer.core.console import INTERRUPTED
from oer.core.database_errors import database_errors, database_sentence
from oer.core.engine import LibraryMissing
from oer.core.errors import OerError
from oer.core.installation import Installation, SecretMissing
from oer.core.json_log import configure_logging
from oer.core.schema import SchemaOutdated
from oer.files import cli as files
from oer.indicators import cli as indicators
from oer.jobs.queue import QueueUnavailable
from oer.learning import cli as learning
from oer.operations import cli as operations
from oer.samples import cli as samples
from oer.search import cli as search
from oer.setting_checks import InvalidSetting
from oer.statistics import cli as statistics
from oer.usage import cli as usage


def _installation() -> Installation:
    return open_installation(Settings.from_environment())


# What each says is for whoever runs the command.
_TOLD = (
    *(OerError, InvalidSetting, SecretMissing, SchemaOutdated),
    *(LibraryMissing, StoreUnavailable, QueueUnavailable),
)


class Console(click.Group):
    """A group whose commands end in one line, without a traceback, on the product's own errors and on Ctrl-C."""

    def invoke(self, context: click.Context) -> object:
        """Run the command that was asked for."""
        try:
            return super().invoke(context)
        except _TOLD as error:
            # "The file store is not available" is for readers; its cause says what to mend.
            why = error.__cause__ if isinstance(error.__cause__, StoreUnavailable) else error
            raise click.ClickException(str(why)) from error
        except database_errors() as error:
            sentence = database_sentence(error, Settings.from_environment().database)
            if sentence is None:
                raise
            raise click.ClickException(sentence) from error
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None


@click.group(cls=Console, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__)
@click.pass_context
def main(context: click.Context) -> None:
    """Run and look after an open repository of learning materials.

    Everything is set by OER_* variables of the environment; docs/operations.md lists them. State lies in
    OER_INSTANCE_DIR (instance/ by default), files in OER_STORAGE_URL (uploads/ by default).
    """
    settings = Settings.from_environment()
    configure_logging(settings.log_format, settings.log_level)
    for talkative in ("alembic", "huey"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    context.obj = cache(_installation)  # opened once for a command, when it asks for it


for command in (
    *operations.console,
    accounts.commands,
    *catalogue.console,
    *files.console,
    *samples.console,
    indicators.commands,
    learning.commands,
    search.commands,
    statistics.commands,
    usage.commands,
):
    main.add_command(command)
