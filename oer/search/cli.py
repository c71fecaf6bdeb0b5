"""The console's commands about search."""

import click

from oer.catalogue.jobs import rebuild_index
from oer.core.console import pass_engines
from oer.core.engines import Engines


@click.group("search")
def commands() -> None:
    """The search index."""


@commands.command()
@pass_engines
def rebuild(engines: Engines) -> None:
    """Make the index anew from the database; searching goes on in the old one meanwhile."""
    click.echo(f"{rebuild_index(engines)} materials are in the index.")
