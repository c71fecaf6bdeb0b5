"""`oer samples`: the sample collection, and the demo sign-ins."""

import click

from oer.core.console import Progress, long_running, pass_installation
from oer.core.installation import Installation
from oer.samples.demo import PASSPHRASE, close_demo_accounts, open_demo_accounts
from oer.samples.loading import are_loaded, load_demo_accounts, load_samples


@click.group()
def samples() -> None:
    """The sample collection: materials to begin with. And the demo sign-ins, to try every role."""


@samples.command()
@click.option("--once", is_flag=True, help="Do nothing if the collection was loaded before.")
@long_running("What was loaded stays. Run `oer samples load` again for the rest.")
@pass_installation
def load(installation: Installation, once: bool, progress: Progress) -> None:
    """Load the sample collection, or bring it up to date."""
    if once and are_loaded(installation):
        return
    click.echo(f"Sample collection: {load_samples(installation, progress)} materials.")


@samples.command()
@click.option("--close", is_flag=True, help="Close them instead.")
@pass_installation
def demo(installation: Installation, close: bool) -> None:
    """Make and open the demo sign-ins, whose passphrase everybody knows. Not where others can reach the service."""
    settings = installation.settings
    if close:
        with installation.database.transaction() as session:
            click.echo(f"Closed: {', '.join(close_demo_accounts(session)) or 'none was open'}.")
        return
    if settings.is_public and not settings.demo_on_public_host:
        raise click.ClickException(
            "everybody knows the passphrase of the demo sign-ins, and others can reach this service; "
            "OER_DEMO_ON_PUBLIC_HOST=1 allows it all the same."
        )
    load_demo_accounts(installation)
    with installation.database.transaction() as session:
        opened = open_demo_accounts(session)
    click.echo(f"Sign in as {', '.join(opened)}; passphrase: {PASSPHRASE}" if opened else "None of them is in use.")


console = [samples]
