"""What a page showed, in a few characters: a decision, or a second save, notices what has changed since.

A page carries `seen_of(parts)` in its forms, and the service that acts on such a form calls `require_seen` once it
holds the lock. Parts are plain JSON values by name (without spaces); the digests say which of them differ, and nothing
has to be stored.
"""

import base64
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from oer.core.errors import Conflict
from oer.core.i18n import N_

FIELD = "seen"  # the name of the field in forms
CHANGED = N_("This has changed since you opened the page, so nothing was done. Please look again and decide anew.")
_DIGEST_BYTES = 15  # whoever writes both texts cannot find two that look the same


class ChangedMeanwhile(Conflict):
    """What a form was about has changed since its page was made; `parts` names what differs."""

    def __init__(self, parts: Sequence[str]) -> None:
        super().__init__(CHANGED, code="changed_meanwhile")
        self.parts = tuple(parts)


def seen_of(parts: Mapping[str, Any]) -> str:
    """Return what a page says about the parts that it shows. Parts without a value are as if they were not there."""
    return " ".join(f"{name}:{_digest(value)}" for name, value in sorted(parts.items()) if value)


def changed_parts(seen: str, parts: Mapping[str, Any]) -> list[str]:
    """Return the names of the parts that are not as they were when `seen` was written, new and lost ones included.

    The order is that of `parts`. An empty `seen` has seen nothing. `seen` comes from a form, so names that are not in
    `parts` may be any text: never look something up by them.
    """
    before = dict(entry.rsplit(":", 1) for entry in seen.split() if ":" in entry)
    present = {name: _digest(value) for name, value in parts.items() if value}
    names = [*parts, *(name for name in before if name not in parts)]
    return [name for name in names if before.get(name) != present.get(name)]


def seen_still(seen: str, parts: Mapping[str, Any], unread: Collection[str]) -> str:
    """Return what a page says that is shown again: of the parts `unread` what `seen` says, of others what they are."""
    fresh = seen_of({name: value for name, value in parts.items() if name not in unread})
    kept = [entry for entry in seen.split() if entry.rsplit(":", 1)[0] in unread]
    return " ".join([fresh, *kept])


def require_seen(seen: str | None, parts: Mapping[str, Any]) -> None:
    """Raise ChangedMeanwhile unless the parts are those that were seen. None: no page was shown to anybody."""
    changed = [] if seen is None else changed_parts(seen, parts)
    if changed:
        raise ChangedMeanwhile(changed)


def _digest(value: Any) -> str:
    written = json.dumps(value, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")
    return base64.urlsafe_b64encode(hashlib.blake2b(written, digest_size=_DIGEST_BYTES).digest()).decode()
