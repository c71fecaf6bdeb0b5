"""`oer storage` and `oer files`."""

import click

from oer.config import Settings
from oer.core.console import Progress, long_running, pass_installation
from oer.core.installation import Installation, open_backends
from oer.files.models import RenditionState
from oer.files.services.renditions import extract_again
from oer.files.services.store_ownership import adopt_store

_ENDED_WITHOUT = ["unsupported", "no_text", "limit", "damaged", "failed"]


@click.group()
def storage() -> None:
    """The file store."""


@storage.command()
@long_running("The store is as it was. Run `oer storage adopt` again.")
def adopt(progress: Progress) -> None:
    """Mark the store as this database's, and list the files that the database does not know. Nothing is deleted."""
    # Not `pass_installation`: a normal start refuses a store that belongs to another database.
    installation = open_backends(Settings.from_environment())
    with installation.database.transaction() as session:
        taken_over = adopt_store(session, installation.storage, progress)
    for sha256 in taken_over:
        click.echo(sha256)
    click.echo(
        f"The store now belongs to this database; it has {len(taken_over)} files that the database does not know."
    )


@click.group()
def files() -> None:
    """Text, facts and covers that are extracted from files."""


@files.command()
@click.argument("states", nargs=-1, required=True, type=click.Choice(_ENDED_WITHOUT))
@pass_installation
def again(installation: Installation, states: tuple[str, ...]) -> None:
    """Extract files again whose extraction ended in one of STATES, for example after installing LibreOffice."""
    with installation.database.transaction() as session:
        count = extract_again(session, *map(RenditionState, states))
    click.echo(f"{count} files will be extracted again.")


console = [storage, files]
