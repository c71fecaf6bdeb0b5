"""What a browser kept for somebody without an account, as its script sends it to be taken over."""

from typing import Any

from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.core.ids import is_public_id
from oer.core.strict_json import read_json
from oer.learning.services.shelf import KeptInBrowser, Place, read_place

MOST_KEPT = 300
LONGEST_KEPT = 100_000
_NOT_KEPT = N_("What this browser kept cannot be read.")


def read_kept(text: str) -> KeptInBrowser:
    """Return what the script of the shelf kept; single entries that make no sense are left out. Raises Invalid."""
    if len(text) > LONGEST_KEPT:
        raise Invalid(_NOT_KEPT, code="kept")
    told = read_json(text)
    if not isinstance(told, dict):
        raise Invalid(_NOT_KEPT, code="kept")
    read = [(each["id"], _place(each)) for each in _entries(told, "read")]
    return KeptInBrowser(
        [each["id"] for each in _entries(told, "saved")],
        [each["id"] for each in _entries(told, "done")],
        [(public_id, place) for public_id, place in read if place is not None],
    )


def _entries(told: dict[str, Any], name: str) -> list[dict[str, Any]]:
    entries = told.get(name)
    if not isinstance(entries, list):
        return []
    named = (each for each in entries[:MOST_KEPT] if isinstance(each, dict))
    return [each for each in named if isinstance(each.get("id"), str) and is_public_id(each["id"])]


def _place(entry: dict[str, Any]) -> Place | None:
    try:
        return read_place(entry.get("file"), entry.get("kind"), entry.get("at"), entry.get("total", 0))
    except Invalid:
        return None
