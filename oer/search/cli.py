"""The console's commands about search."""

import click

from oer.catalogue.jobs import rebuild_index
from oer.core.console import pass_installation
from oer.core.installation import Installation


@click.group("search")
def commands() -> None:
    """The search index."""


@commands.command()
@pass_installation
def rebuild(installation: Installation) -> None:
    """Make the index anew from the database; searching goes on in the old one meanwhile."""
    click.echo(f"{rebuild_index(installation)} materials are in the index.")
