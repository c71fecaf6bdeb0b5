"""Notices: what a running service noticed about its own set-up, for administrators. Each is a file of the instance.

Reading never writes to the database, so they lie beside it. They are logged once, shown to administrators and by
`oer doctor`, and gone after a month or as soon as they are dropped.
"""

import json
import logging
import os
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from oer.config import Settings
from oer.core.clock import now

log = logging.getLogger(__name__)
KEPT_DAYS = 30


@dataclass(frozen=True)
class Notice:
    """A message key with its values, as errors have them, and when it was noticed."""

    name: str
    message: str
    values: dict[str, Any]
    noticed_at: datetime

    def __str__(self) -> str:
        return self.message % self.values


def give_notice(settings: Settings, name: str, message: str, **values: Any) -> None:
    """Keep a notice under its name, instead of an older one, and log it. Does nothing where nothing can be written."""
    notice = Notice(name, message, values, now())
    log.warning("%s", notice)
    folder = _folder(settings)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, written = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"message": message, "values": values, "noticed_at": notice.noticed_at.isoformat()}, file)
        Path(written).replace(folder / f"{name}.json")
    except OSError as error:
        log.warning("a notice could not be kept: %s", error)


def drop_notice(settings: Settings, name: str) -> None:
    """Drop a notice, if there is one."""
    (_folder(settings) / f"{name}.json").unlink(missing_ok=True)


def notices(settings: Settings) -> list[Notice]:
    """Return the notices of the last month, by name. A damaged one is none."""
    found = []
    for path in sorted(_folder(settings).glob("*.json")):
        try:
            kept = json.loads(path.read_text("utf-8"))
            notice = Notice(path.stem, kept["message"], kept["values"], datetime.fromisoformat(kept["noticed_at"]))
            str(notice)
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if notice.noticed_at > now() - timedelta(days=KEPT_DAYS):
            found.append(notice)
    return found


def _folder(settings: Settings) -> Path:
    return settings.instance_dir / "notices"
