"""The installed programs that read files: which there are, and how they are run from within a confined process."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

from oer.backends.extraction.confinement import die_with_parent


@cache
def has_ocr() -> bool:
    """Whether tesseract is installed with its Vietnamese model."""
    program = shutil.which("tesseract")
    if program is None:
        return False
    listed = subprocess.run([program, "--list-langs"], check=False, capture_output=True, text=True, timeout=20)  # noqa: S603
    return "vie" in listed.stdout.split()


@cache
def find_libreoffice() -> str | None:
    """Return the path of LibreOffice, None if it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def run_program(
    command: list[str], timeout_seconds: float, reading: Path | None = None
) -> "subprocess.CompletedProcess[bytes] | None":
    """Run a program from within the confined process and return what it wrote; None if it took too long.

    `reading` is the path of the file under which the confined process knows it: the program inherits it.
    """
    try:
        return subprocess.run(  # noqa: S603 (the command is ours, the file only an argument)
            command,
            check=False,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout_seconds,
            preexec_fn=die_with_parent,
            pass_fds=(int(reading.name),) if reading else (),
        )
    except subprocess.TimeoutExpired:
        return None
