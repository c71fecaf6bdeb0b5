"""Background work on the installation itself: backups."""

from oer.core.installation import Installation
from oer.jobs.queue import every
from oer.operations.backup import take_due_backup


@every(600, "operations.backup")
def backup_due(installation: Installation) -> None:
    """Take a backup if one is due; one worker of this machine does."""
    with installation.exclusive("backup", wait=False) as mine:
        if mine:
            take_due_backup(installation)
