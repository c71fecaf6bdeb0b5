"""`oer import`."""

from pathlib import Path
from typing import BinaryIO

import click

from oer.accounts.queries import account_with_email
from oer.accounts.services.administration import system_account
from oer.catalogue.jobs.importing import ImportRun, LineError, import_lines
from oer.catalogue.services.importing import Outcome
from oer.core.console import Progress, long_running, pass_installation
from oer.core.installation import Installation


@click.command("import")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--files",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder that the files named in the lines lie in.",
)
@click.option(
    "--owner", metavar="EMAIL", help="Account that the materials belong to; a system account if none is named."
)
@click.option("--publish", is_flag=True, help="Publish the materials at once, without a review.")
@long_running("What was committed stays. Run the same command again: it goes on, and nothing is doubled.")
@pass_installation
def import_command(
    installation: Installation,
    file: BinaryIO,
    folder: Path | None,
    owner: str | None,
    publish: bool,
    progress: Progress,
) -> None:
    """Import materials from FILE, one on each line ("-" reads from standard input).

    \b
    A line is a JSON object:
      {"identifier": "yours, the same each time", "metadata": {...}, "files": ["name.pdf"], "content": "# Markdown"}
    The metadata are described in docs/metadata.md. A file may also be {"name", "role", "language",
    "title", "description"}.

    The same identifier again updates its material; a line that changes nothing makes no new version. A line that
    cannot be taken is named with its reason, the others go in, and the command ends with code 1.
    """  # noqa: D301 (\b is what click takes to keep the lines as they are)
    errors: list[LineError] = []

    def report(error: LineError) -> None:
        errors.append(error)
        named = f" ({error.identifier})" if error.identifier else ""
        click.echo(f"line {error.number}{named}: {error.reason}", err=True)

    order = ImportRun(installation, _owner_id(installation, owner), folder, publish, report)
    outcomes = import_lines(order, file, _line_count(file), progress)
    told = ", ".join(f"{outcomes[outcome]} {outcome}" for outcome in Outcome)
    click.echo(f"{told}, {len(errors)} faulty")
    if errors:
        raise SystemExit(1)


def _line_count(file: BinaryIO) -> int | None:
    """Return how many lines a file has that can be read twice; None for standard input."""
    if not file.seekable():
        return None
    count = sum(1 for _ in file)
    file.seek(0)
    return count


def _owner_id(installation: Installation, email: str | None) -> int:
    with installation.database.transaction() as session:
        if email is None:
            return system_account(session).id
        account = account_with_email(session, email)
        if account is None:
            raise click.BadParameter(f"there is no account with the address {email}", param_hint="--owner")
        return account.id


console = [import_command]
