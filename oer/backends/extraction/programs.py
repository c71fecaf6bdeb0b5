"""Programs of others that are used where they are installed."""

import shutil
import subprocess
from functools import cache


@cache
def recognises() -> bool:
    """Tell whether tesseract is there, with its Vietnamese."""
    program = shutil.which("tesseract")
    if program is None:
        return False
    listed = subprocess.run([program, "--list-langs"], check=False, capture_output=True, text=True, timeout=20)  # noqa: S603
    return "vie" in listed.stdout.split()


@cache
def office() -> str | None:
    """Return the path of LibreOffice, None if it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")
