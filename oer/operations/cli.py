"""Commands that run an installation and look after it."""

import signal
import socket
from contextlib import nullcontext
from pathlib import Path
from smtplib import SMTPException

import click

from oer.backends.extraction.confinement import missing_layers
from oer.config import Settings
from oer.core.console import Progress, long_running, pass_installation
from oer.core.i18n import DEFAULT_LANGUAGE
from oer.core.installation import Installation, SecretWeak
from oer.core.mail import render_mail, send_mail
from oer.core.notices import notices
from oer.core.watching import glance
from oer.jobs.queue import open_queue
from oer.jobs.worker import run_worker
from oer.operations import jobs as operations_jobs
from oer.operations.backup import create_backup, prune_backups, restore_backup, verify_backups
from oer.operations.backup_folder import Retention, find_snapshot, snapshots
from oer.operations.config_check import find_config_faults
from oer.operations.doctor import CHECKED, find_integrity_issues
from oer.operations.listening import PortTaken, listen
from oer.operations.public_start import prepare_start
from oer.operations.serve import (
    Address,
    AnnounceWhenReady,
    WorkerProcess,
    exit_with_parent,
    forget_old_figures,
    prepare_environment,
    run_web,
)
from oer.operations.upgrade import upgrade_installation


@click.command()
@click.option("--host", envvar="HOST", default="127.0.0.1", show_default=True, help="Address to listen on [HOST].")
@click.option("--port", envvar="PORT", default=8000, show_default=True, help="Port to listen on [PORT].")
@click.option("--worker/--no-worker", "with_worker", default=True, help="Run the worker too, or the web server alone.")
@click.option(
    "--with-samples",
    is_flag=True,
    help="First make what is missing; for this machine alone, the samples and demo sign-ins too.",
)
@long_running("What was made stays. Run the same command again.")
@click.pass_context
def serve(
    context: click.Context, host: str, port: int, with_worker: bool, with_samples: bool, progress: Progress
) -> None:
    """Run the web server and the background worker until Ctrl-C."""
    address = Address(host, port)
    prepare_environment(address)
    Settings.from_environment().require_fit_for_public()
    listener = _listen(host, port)
    if with_samples:
        # In this process: each command of its own would load everything anew, and a start should take seconds.
        upgrade_installation(Settings.from_environment(), progress, _say_that_another_upgrades)
    installation: Installation = context.find_root().obj()
    try:
        told, told_when_ready = prepare_start(installation, address, with_samples=with_samples, progress=progress)
    except SecretWeak as refused:
        raise click.ClickException(str(refused)) from None
    for line in told:
        click.echo(line)
    click.echo(f"{installation.settings.site_name} is starting ...")
    ready = "\n".join([f"Ready: {address.url} (English: {address.url}/en/). Ctrl-C stops it.", *told_when_ready])
    installation.database.engine.dispose()
    forget_old_figures(installation.settings.metrics_dir)
    with listener, WorkerProcess() if with_worker else nullcontext():
        AnnounceWhenReady(address, click.echo, ready).start()
        run_web(listener)


def _listen(host: str, port: int) -> socket.socket:
    # Before anything else: of two servers by accident the second has done nothing yet.
    try:
        return listen(host, port)
    except PortTaken as error:
        raise click.ClickException(str(error)) from error


@click.command()
@click.option("--threads", default=2, show_default=True, help="How many jobs run at the same time.")
@click.option(
    "--with-parent", type=int, metavar="PID", help="Also end when the process PID, which started it, is gone."
)
@pass_installation
def worker(installation: Installation, threads: int, with_parent: int | None) -> None:
    """Run background jobs: text from files, the index, mails, usage figures. Ctrl-C ends it after the current job."""
    installation.settings.require_fit_for_public()
    if with_parent:
        exit_with_parent(signal.SIGINT, with_parent)
    run_worker(open_queue(installation.settings.jobs), installation, threads)


@click.group()
def db() -> None:
    """The database's schema, and the installation's secret."""


@db.command()
@long_running("The database is as it was before. Run `oer db upgrade` again.")
def upgrade(progress: Progress) -> None:
    """Make the database and the secret if there are none, and migrate the schema to this version."""
    upgrade_installation(Settings.from_environment(), progress, _say_that_another_upgrades)
    click.echo("The schema is current, and there is a secret.")


def _say_that_another_upgrades() -> None:
    click.echo("Another process is upgrading this database; waiting for it.", err=True)


@click.group()
def config() -> None:
    """The settings of this installation."""


@config.command()
@click.option("--quiet", is_flag=True, help="Say nothing of what is right.")
def check(quiet: bool) -> None:
    """Check every OER_* variable, and whether what they name answers; the exit code is 1 if something is wrong."""
    faults = 0
    for part, fault in find_config_faults(Settings.from_environment()):
        faults += bool(fault)
        if fault or not quiet:
            click.echo(f"{part}: {fault or 'answers'}")
    if faults:
        raise click.ClickException(f"{faults} of the parts that the settings name cannot be used.")
    click.echo("Every setting can be what it is, and every part answers.")


@click.group()
def mail() -> None:
    """The mails that the service sends."""


@mail.command()
@click.argument("address")
@pass_installation
def test(installation: Installation, address: str) -> None:
    """Send a test mail to ADDRESS at once."""
    rendered = render_mail(installation.settings, "test", DEFAULT_LANGUAGE, {"name": address})
    try:
        send_mail(installation.settings, address, rendered)
    except (OSError, SMTPException) as error:
        raise click.ClickException(f"the mail server refused it: {error}") from None
    click.echo("Sent." if installation.settings.smtp_url else "No OER_SMTP_URL is set: the mail is in the log.")


@click.group()
def backup() -> None:
    """Backups: snapshots of the database in one folder, and every file that they know, once."""


_FOLDER = click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))


def _backup_folder(given: Path | None) -> Path:
    folder = given or Path(Settings.from_environment().backup_folder)
    if folder == Path():
        raise click.UsageError("Name a FOLDER, or set OER_BACKUP_FOLDER.")
    return folder


@backup.command()
@_FOLDER
@long_running("There is no new backup; what was copied stays for the next one. Run the same command again.")
@pass_installation
def create(installation: Installation, folder: Path | None, progress: Progress) -> None:
    """Add a backup to FOLDER, else OER_BACKUP_FOLDER, while the service runs. Files are copied once."""
    snapshot, copied = create_backup(installation, _backup_folder(folder), progress)
    click.echo(
        f"{snapshot.name}: {copied.count} files ({copied.new} new), {copied.size} bytes, "
        f"database at schema {snapshot.manifest.revision}."
    )
    if copied.damaged:
        raise click.ClickException(f"missing or damaged, so not in the backup: {', '.join(copied.damaged)}")


@backup.command(name="list")
@_FOLDER
def list_backups(folder: Path | None) -> None:
    """List the finished backups in FOLDER, oldest first."""
    for each in snapshots(_backup_folder(folder)):
        size = each.manifest.blob_bytes
        click.echo(f"{each.name}  {each.manifest.blobs} files, {size} bytes, {len(each.manifest.damaged)} damaged")


@backup.command()
@_FOLDER
@click.option("--snapshot", "name", default="", metavar="NAME", help="Verify this backup alone.")
@long_running("Nothing was changed. Run the same command again.")
def verify(folder: Path | None, name: str, progress: Progress) -> None:
    """Read all backups in FOLDER whole and compare them with their hashes; the exit code is 1 if something is wrong."""
    place = _backup_folder(folder)
    verified = verify_backups([find_snapshot(place, name)] if name else snapshots(place), progress)
    for sentence in verified.wrong:
        click.echo(sentence)
    if verified.wrong or not verified.backups:
        raise click.ClickException(f"{len(verified.wrong)} faults in {verified.backups} backups.")
    click.echo(f"{verified.backups} backups and {verified.files} files are whole.")


@backup.command()
@_FOLDER
@click.option("--keep", default=None, metavar="D,W,M", help="How many days, weeks and months keep their last backup.")
def prune(folder: Path | None, keep: str | None) -> None:
    """Delete backups that need not stay, and files that no backup has any more. The newest backup always stays."""
    try:
        retention = Retention.parse(keep or Settings.from_environment().backup_keep)
    except ValueError as error:
        raise click.UsageError(f"--keep or OER_BACKUP_KEEP: {error}") from None
    gone = prune_backups(_backup_folder(folder), retention)
    click.echo(f"Deleted {len(gone)} backups{': ' if gone else '.'}{', '.join(gone)}")


@backup.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--snapshot", "name", default="", metavar="NAME", help="Which backup; the newest if none is named.")
@click.option("--accept-damage", is_flag=True, help="Leave out files of the backup that have come to harm.")
@long_running("The place to restore to is empty again. Run the same command again.")
def restore(folder: Path, name: str, accept_damage: bool, progress: Progress) -> None:
    """Restore a backup of FOLDER into the empty database and file store that the settings name, or change nothing."""
    snapshot = find_snapshot(folder, name)
    copied = restore_backup(Settings.from_environment(), snapshot, progress, accept_damage=accept_damage)
    click.echo(f"Restored the backup of {snapshot.manifest.made_at}: {copied.count} files, {copied.size} bytes.")
    if copied.damaged:
        raise click.ClickException(f"damaged in the backup, so not restored: {', '.join(copied.damaged)}")


@click.command()
@long_running("Nothing was changed. Run `oer doctor` again.")
@pass_installation
def doctor(installation: Installation, progress: Progress) -> None:
    """Check what must always be true of an installation (docs/architecture.md); the exit code is 1 if it is not.

    Lines that begin with "now" say what is wrong while it runs, such as a worker that is dead.
    """
    issues = find_integrity_issues(installation, progress)
    broken = {issue.invariant for issue in issues}
    for invariant in CHECKED:
        click.echo(f"{'broken' if invariant in broken else 'holds'}  {invariant.value}. {invariant.sentence}")
        for issue in issues:
            if issue.invariant is invariant:
                click.echo(f"           {issue.what}")
    for notice in (*notices(installation.settings), *missing_layers()):
        click.echo(f"notice {notice}")
    for part, observed in glance(installation).troubles:
        click.echo(f"now     {part}: {observed.sentence}")
    if issues:
        raise click.ClickException(f"{len(issues)} integrity issues were found.")
    click.echo("No integrity issue was found.")


# Imported for what it registers: the worker takes backups.
REGISTERING = (operations_jobs,)
console = [config, db, doctor, serve, worker, mail, backup]
