"""What is taken is written down."""

import re
from pathlib import Path

from oer.backends.extraction.media_types import MEDIA_TYPES
from oer.backends.extraction.protocol import State

PAGE = (Path(__file__).parent.parent.parent / "docs" / "files.md").read_text(encoding="utf-8")


def test_every_ending_that_is_taken_is_on_the_page_and_no_other():
    table = PAGE.split("| kind |")[1].split("\n\n")[0]
    listed = [row.split("|")[2] for row in table.splitlines() if row.startswith("|") and "---" not in row]
    taken = {ending for each in MEDIA_TYPES.values() for ending in each.endings}
    assert set(re.findall(r"\w+", " ".join(listed))) == taken


def test_every_state_is_on_the_page():
    assert all(f"`{state}`" in PAGE for state in State)
