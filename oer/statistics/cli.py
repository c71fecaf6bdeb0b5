"""`oer statistics`: usage figures on the console."""

from pathlib import Path

import click

from oer.core.console import pass_installation
from oer.core.errors import OerError
from oer.core.i18n import LANGUAGES, translate
from oer.core.installation import Installation
from oer.statistics.queries.overview import FILTERS, UsageQuestion
from oer.statistics.schemas.filters import read_filters
from oer.statistics.schemas.reports import TYPES, report_file
from oer.statistics.schemas.usage_reports import USAGE_REPORTS


@click.group("statistics", help="Usage figures as tables.")
def commands() -> None:
    """Export usage figures as tables."""


@commands.command("export")
@click.option("--report", type=click.Choice(list(USAGE_REPORTS)), default="over-time", show_default=True)
@click.option("--from", "since", metavar="DAY", help="First day, as 2026-03-01; by default 30 days ago.")
@click.option("--to", "until", metavar="DAY", help="Last day; by default today.")
@click.option(
    "--only", multiple=True, metavar="FILTER=VALUE", help=f"Only some materials: {', '.join(FILTERS)}. Several times."
)
@click.option("--as", "extension", type=click.Choice(list(TYPES)), default="csv", show_default=True)
@click.option("--language", type=click.Choice(LANGUAGES), default="vi", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write; by default printed.")
@pass_installation
def export(
    installation: Installation,
    report: str,
    since: str | None,
    until: str | None,
    only: tuple[str, ...],
    extension: str,
    language: str,
    output: Path | None,
) -> None:
    """Export the usage figures of the administrators' page, with their definitions, filters and exclusions."""
    given = {"from": since or "", "to": until or "", **dict(_filter(text) for text in only)}
    with installation.database.reading() as session:
        try:
            made = USAGE_REPORTS[report](UsageQuestion(session, read_filters(session, given)))
        except OerError as error:
            raise click.ClickException(translate("en", error.message, **error.values)) from None
        content = report_file(made, extension, language)
    if output is not None:
        output.write_bytes(content)
        click.echo(f"{output}: {len(made.rows)} rows")
    else:
        click.echo(content, nl=False)


def _filter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r} is not FILTER=VALUE", param_hint="--only")
    return name.strip(), value.strip()
