"""The installation's secret: from the settings, else from a file that is made once and that only its owner can read."""

import os
import secrets
import tempfile
from dataclasses import replace
from pathlib import Path

from oer.config import Settings


class SecretMissing(RuntimeError):
    """There is no secret yet. The message names the command that makes one."""


def _secret_file(settings: Settings) -> Path:
    return settings.instance_dir / "secret"


def make_secret(settings: Settings) -> None:
    """Make instance/secret (mode 600) unless the settings hold a secret or the file is there."""
    path = _secret_file(settings)
    if settings.secret_key or path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)  # mkstemp gives mode 600 from the first moment
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)  # fails if another process was first: its secret stands
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()


def with_secret(settings: Settings) -> Settings:
    """Return the settings with their secret filled in. Raises SecretMissing where there is none."""
    if settings.secret_key:
        return settings
    try:
        return replace(settings, secret_key=_secret_file(settings).read_text().strip())
    except FileNotFoundError:
        raise SecretMissing(
            f"There is no secret at {_secret_file(settings)}. Run `oer db upgrade`, or set OER_SECRET_KEY."
        ) from None
