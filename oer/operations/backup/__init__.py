"""Backups: one moment of an installation in a folder, and back."""

from oer.operations.backup.create import create_backup
from oer.operations.backup.restore import restore_backup

__all__ = ["create_backup", "restore_backup"]
