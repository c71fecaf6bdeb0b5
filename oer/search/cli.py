"""The console's commands about search."""

import click

from oer.catalogue.jobs import rebuild_index
from oer.core.console import Progress, long_running, pass_installation
from oer.core.installation import Installation


@click.group("search")
def commands() -> None:
    """The search index."""


@commands.command()
@long_running("Searching goes on in the old index. To rebuild it, run `oer search rebuild` again.")
@pass_installation
def rebuild(installation: Installation, progress: Progress) -> None:
    """Rebuild the index from the database; searching goes on in the old one meanwhile."""
    click.echo(f"{rebuild_index(installation, progress)} materials are in the index.")
