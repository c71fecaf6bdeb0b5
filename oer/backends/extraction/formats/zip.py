"""ZIP: a list of its members."""

from html import escape
from pathlib import Path

from oer.backends.extraction.archives import is_left_by_system, open_archive
from oer.backends.extraction.protocol import Encrypted, Member
from oer.backends.extraction.result import ExtractionResult

_MOST_MEMBERS = 10_000


def read(path: Path, result: ExtractionResult) -> None:
    """Add the members that somebody made. Raises Encrypted afterwards if they need a password."""
    with open_archive(path) as archive:
        files = [entry for entry in archive.entries if not (entry.is_folder or is_left_by_system(entry.name))]
        result.facts.members = [Member(entry.name, entry.size) for entry in files[:_MOST_MEMBERS]]
        names = [entry.name for entry in files[:_MOST_MEMBERS]]
        html = "".join(f"<li>{escape(name)}</li>" for name in names)
        result.add_page("\n".join(names), html=f"<ul>{html}</ul>")
        if any(entry.encrypted for entry in files):
            raise Encrypted("members are encrypted")
