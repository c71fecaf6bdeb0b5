"""The console's commands about statements of finished courses."""

import click

from oer.core.console import pass_installation
from oer.core.installation import Installation
from oer.learning.services.statements import make_key


@click.group("statements")
def commands() -> None:
    """Statements of finished courses, and the keys that sign them."""


@commands.command("new-key")
@pass_installation
def new_key(installation: Installation) -> None:
    """Have a new key sign from now on. What the keys before it signed stays valid, and they stay published."""
    with installation.database.transaction() as session:
        made = make_key(session, installation.settings.secret_key)
    click.echo(f"From now on the key {made.kid} signs statements and badges.")
