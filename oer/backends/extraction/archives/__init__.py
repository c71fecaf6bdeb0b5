"""ZIP archives, and the many formats that are one: read by our own code, and only once they are found safe."""

from oer.backends.extraction.archives.directory import (
    ArchiveDamaged,
    ArchiveError,
    ArchiveLimit,
    ArchiveUnsafe,
    Entry,
)
from oer.backends.extraction.archives.members import ArchiveUnreadable
from oer.backends.extraction.archives.reading import Archive, open_archive
from oer.backends.extraction.archives.safety import FOUND_SAFE, SAFE, ArchiveLimits, check_archive, is_safe_name

__all__ = [
    "FOUND_SAFE",
    "SAFE",
    "Archive",
    "ArchiveDamaged",
    "ArchiveError",
    "ArchiveLimit",
    "ArchiveLimits",
    "ArchiveUnreadable",
    "ArchiveUnsafe",
    "Entry",
    "check_archive",
    "is_safe_name",
    "open_archive",
]
