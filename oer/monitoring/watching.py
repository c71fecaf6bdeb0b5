"""What is observed of backups and of the settings: how old the last backup is, and what a public service lacks."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from oer.config import Settings
from oer.core.backup_runs import last_attempt, last_backup
from oer.core.clock import now
from oer.core.i18n import N_, size_texts
from oer.core.installation import Installation
from oer.core.watching import Level, Observation, watch


@watch("backup", N_("Backups"))
def watch_backups(session: Session, installation: Installation) -> Sequence[Observation]:
    """Observe how old the last backup is, and whether the last attempt failed."""
    settings, last, attempt = installation.settings, last_backup(session), last_attempt(session)
    observed = []
    if last is None:
        observed.append(Observation(N_("No backup has been taken yet."), level=Level.NOTICE))
    else:
        values = {"count": last.files, "size": size_texts(last.size)}
        observed.append(Observation(N_("The last backup: %(count)s files, %(size)s."), values, since=last.started_at))
    if attempt is not None and attempt.error:
        words = N_("The last attempt to take a backup failed; the log says why.")
        observed.append(Observation(words, {}, Level.TROUBLE, attempt.started_at, key="backup:failed"))
    if not settings.backup_folder:
        words = N_("The worker takes no backups by itself: OER_BACKUP_FOLDER is not set.")
        observed.append(Observation(words, level=Level.NOTICE))
    elif last is not None and last.started_at < now() - 2 * timedelta(hours=settings.backup_hours):
        words = N_("The last backup is too old.")
        observed.append(Observation(words, {}, Level.TROUBLE, last.started_at, key="backup:old"))
    return observed


@watch("settings", N_("Settings"))
def watch_settings(_session: Session, installation: Installation) -> Sequence[Observation]:
    """Observe which settings are missing."""
    missing = list(_missing(installation.settings))
    return missing or [Observation(N_("Everything that a public service needs is set."))]


def _missing(settings: Settings) -> Iterator[Observation]:
    values = {
        "OER_BASE_URL": (settings.base_url.startswith("https:"), N_("links in mails and feeds have no public address")),
        "OER_SMTP_URL": (bool(settings.smtp_url), N_("mails, also those of alarms, reach nobody")),
        "OER_SCANNER_URL": (bool(settings.scanner_url), N_("uploaded files are not scanned for malware")),
    }
    for name, (is_set, meaning) in values.items():
        if not is_set:
            yield Observation(meaning, {}, Level.NOTICE, path="", key=name)
