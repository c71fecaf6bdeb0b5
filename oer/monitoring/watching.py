"""What is observed of the settings: those that are missing for a service that the public uses."""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from oer.config import Settings
from oer.core.i18n import N_
from oer.core.installation import Installation
from oer.core.watching import Level, Observation, watch


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
