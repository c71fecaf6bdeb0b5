"""`oer storage` and `oer files`: the store that files are kept in, and what is made of them."""

import click

from oer.config import Settings
from oer.core.console import pass_installation
from oer.core.installation import Installation, open_backends
from oer.files.models import RenditionState
from oer.files.services.renditions import extract_again
from oer.files.services.store_ownership import adopt_store

_ENDED_WITHOUT = ["unsupported", "no_text", "limit", "damaged", "failed"]


@click.group()
def storage() -> None:
    """The store that files are kept in."""


@storage.command()
def adopt() -> None:
    """Say that the store belongs to this database, and list what it takes over. Nothing is deleted."""
    # Not the installation as it starts: that is just what refuses to start with a store that is another's.
    installation = open_backends(Settings.from_environment())
    with installation.database.transaction() as session:
        taken_over = adopt_store(session, installation.storage)
    for sha256 in taken_over:
        click.echo(sha256)
    click.echo(f"The store is this database's now; it holds {len(taken_over)} files that the database does not know.")


@click.group()
def files() -> None:
    """The text, facts and pictures that are made of files."""


@files.command()
@click.argument("states", nargs=-1, required=True, type=click.Choice(_ENDED_WITHOUT))
@pass_installation
def again(installation: Installation, states: tuple[str, ...]) -> None:
    """Ask the worker to read files again whose reading ended in one of STATES, say after installing LibreOffice."""
    with installation.database.transaction() as session:
        count = extract_again(session, *map(RenditionState, states))
    click.echo(f"{count} files will be read again.")


console = [storage, files]
