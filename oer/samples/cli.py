"""`oer samples`: the sample collection."""

import click

from oer.core.console import Progress, long_running, pass_installation
from oer.core.installation import Installation
from oer.samples.demo import DEMOS, PASSPHRASE
from oer.samples.loading import are_loaded, load_samples


@click.group()
def samples() -> None:
    """The sample collection: materials to begin with, and accounts to try every role."""


@samples.command()
@click.option("--once", is_flag=True, help="Do nothing if the collection was loaded before.")
@long_running("What was loaded stays. Run `oer samples load` again for the rest.")
@pass_installation
def load(installation: Installation, once: bool, progress: Progress) -> None:
    """Load the sample collection, or bring it up to date."""
    if once and are_loaded(installation):
        return
    click.echo(f"Sample collection: {load_samples(installation, progress)} materials.")
    click.echo(f"Accounts to try it with: {', '.join(demo.email for demo in DEMOS)}; passphrase: {PASSPHRASE}")


console = [samples]
