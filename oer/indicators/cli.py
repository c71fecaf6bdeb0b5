"""`oer indicators`: sets as data, and the rows that a figure stands on."""

from pathlib import Path

import click

from oer.core.console import pass_installation
from oer.core.errors import OerError
from oer.core.i18n import translate
from oer.core.installation import Installation
from oer.indicators.computation.formulas import RECIPE
from oer.indicators.computation.queries import figure_cells
from oer.indicators.computation.services import compute
from oer.indicators.periods import read_period
from oer.indicators.queries.sets import find_set, set_document
from oer.indicators.services.sets import load_series, load_sets
from oer.indicators.set_files.files import read_set_file, shipped_sets
from oer.indicators.set_files.workbooks import write_workbook
from oer.indicators.set_files.yaml_files import write_yaml


@click.group("indicators")
def commands() -> None:
    """Indicator sets: load, write out; rows of a figure, to audit it."""


@commands.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pass_installation
def load(installation: Installation, files: tuple[Path, ...]) -> None:
    """Load indicator sets from YAML or XLSX FILES; without any, those that come with the product.

    Loading the same set again changes nothing; a set that differs is a new version, and old values keep the old one.
    """
    try:
        documents = [each for path in files for each in read_set_file(path.read_bytes())] if files else shipped_sets()
        with installation.database.transaction() as session:
            outcomes = load_sets(session, documents)
            points = 0 if files else load_series(session)
    except OerError as error:
        raise click.ClickException(str(error)) from None
    for code, outcome in outcomes.items():
        click.echo(f"{code}: {outcome}")
    if points:
        click.echo(f"published series: {points} points")


@commands.command()
@click.argument("code")
@click.argument("period")
@click.option("--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="File to write them to.")
@pass_installation
def rows(installation: Installation, code: str, period: str, output: Path | None) -> None:
    """Compute the rows of a figure (as LC-09 2026-03) anew, and compare their SHA-256 with its data version.

    The file has exact numbers also about people: it is for auditors of the figures in the house, not for publication.
    """
    with installation.database.reading() as session:
        try:
            made = compute(session, code, read_period(period))
            kept = figure_cells(session, code, period)[0]
        except OerError as error:
            raise click.ClickException(translate("en", error.message, **error.values)) from None
    if output is not None:
        output.write_bytes(made.file())
    click.echo(f"{made.digest()}  {output or 'rows as counted now'}")
    click.echo(f"{kept.data_version}  {code} {period}, version {kept.version}")
    if kept.recipe != RECIPE:
        click.echo("This data version was made by an earlier recipe: the two cannot be compared.")
    elif kept.data_version == made.digest():
        click.echo("They are the same: what was counted has not changed.")
    else:
        raise click.ClickException("What was counted has changed since this figure was computed.")


@commands.command()
@click.argument("code")
@click.argument("path", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@pass_installation
def export(installation: Installation, code: str, path: Path) -> None:
    """Write the set CODE to PATH, as XLSX where its name ends so, else as YAML."""
    with installation.database.reading() as session:
        try:
            document = set_document(find_set(session, code))
        except OerError as error:
            raise click.ClickException(str(error)) from None
    path.write_bytes(write_workbook(document) if path.suffix == ".xlsx" else write_yaml(document).encode())
    click.echo(f"{code}: {len(document.lines)} lines in {path}")
