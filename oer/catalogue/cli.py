"""`oer import`."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import click

from oer.accounts.queries import account_with_email
from oer.accounts.services.administration import system_account
from oer.catalogue.jobs.importing import FAULT_HEADINGS, ImportRun, LineError, fault_table, import_lines, import_rows
from oer.catalogue.schemas.sheets import SHEET_ENDINGS, read_sheet
from oer.catalogue.services.importing import Outcome
from oer.core.console import Progress, long_running, pass_installation
from oer.core.errors import OerError
from oer.core.installation import Installation
from oer.core.spreadsheets import Cell, Sheet, write_csv, write_xlsx


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
@click.option("--dry-run", "dry", is_flag=True, help="Say what is wrong and what would be done, and do nothing.")
@click.option("--all-or-nothing", is_flag=True, help="Import nothing as long as anything is wrong.")
@click.option(
    "--faults",
    "fault_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what is wrong into a sheet, .csv or .xlsx.",
)
@long_running("What was committed stays. Run the same command again: it goes on, and nothing is doubled.")
@pass_installation
def import_command(
    installation: Installation,
    file: BinaryIO,
    folder: Path | None,
    owner: str | None,
    publish: bool,
    dry: bool,
    all_or_nothing: bool,
    fault_file: Path | None,
    progress: Progress,
) -> None:
    """Import materials from FILE: JSON, one on each line ("-" reads from standard input), or a sheet (.csv, .xlsx).

    \b
    A line is a JSON object:
      {"identifier": "yours, the same each time", "metadata": {...}, "files": ["name.pdf"], "content": "# Markdown"}
    The metadata are described in docs/metadata.md, and so are the columns of a sheet. A file may also be {"name",
    "role", "language", "title", "description"}.

    The same identifier again updates its material; a line that changes nothing makes no new version. A line that
    cannot be taken is named with its reason, the others go in, and the command ends with code 1.
    """  # noqa: D301 (\b is what click takes to keep the lines as they are)
    if all_or_nothing and not file.seekable():
        raise click.BadParameter("what is read twice must be a file", param_hint="--all-or-nothing")
    errors: list[LineError] = []
    name = str(getattr(file, "name", ""))  # what is piped in may have none
    is_sheet = name.lower().endswith(SHEET_ENDINGS)

    def run(*, only_tried: bool) -> Counter[Outcome]:
        errors.clear()
        order = ImportRun(installation, owner_id, folder, publish, errors.append, dry=only_tried)
        if not is_sheet:
            return import_lines(order, file, _line_count(file), progress)
        try:
            return import_rows(order, read_sheet(file, name), progress=progress)
        except OerError as error:
            raise click.ClickException(str(error)) from None

    owner_id = _owner_id(installation, owner)
    outcomes = run(only_tried=dry or all_or_nothing)
    is_done = not dry
    if all_or_nothing and not dry:
        is_done = not errors
        outcomes = run(only_tried=False) if is_done else outcomes
    _tell(errors, "row" if is_sheet else "line", fault_file)
    told = ", ".join(f"{outcomes[outcome]} {outcome}" for outcome in Outcome)
    click.echo(f"{told}, {len(errors)} faulty" + ("" if is_done else "; nothing was imported"))
    if errors:
        raise SystemExit(1)


def _tell(errors: list[LineError], what: str, fault_file: Path | None) -> None:
    for error in errors:
        named = f" ({error.identifier})" if error.identifier else ""
        click.echo(f"{what} {error.number}{named}: {error.reason}", err=True)
    if fault_file is not None:
        rows: list[Sequence[Cell]] = [*fault_table(errors, "en")]
        is_csv = fault_file.suffix.lower() == ".csv"
        workbook = [Sheet("faults", rows, FAULT_HEADINGS)]
        fault_file.write_bytes(write_csv([FAULT_HEADINGS, *rows]) if is_csv else write_xlsx(workbook))


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
